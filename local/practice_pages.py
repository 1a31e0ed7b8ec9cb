"""What the practice network shows: its posts, and forms to answer and like them as a visitor."""

from html import escape
from typing import Any

from local.proxy import Answer

VISITOR = "visitor"
LONGEST = 400
"""Characters of a visitor's answer: with the name before it, it fits a post of 500."""
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem;
  color: #1b1f24; background: #f6f7f9 }
.note { color: #57606a } article { background: #fff; border: 1px solid #d8dee4; border-radius: 8px;
  padding: 1rem; margin: 1rem 0; overflow-wrap: anywhere } img, video { max-width: 100% }
time { color: #57606a; font-size: .875rem } summary { font-weight: 600 }
article.below { margin-left: 2rem }
form { display: inline-flex; gap: .5rem; margin: .75rem .5rem 0 0 }
input, button { font: inherit; padding: .25rem .5rem }
"""
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # What is shown was written by whoever posted, so nothing of it may run.
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}


def page(
    posts: list[Any],
    *,
    below: list[Any] | None = None,
    liked: frozenset[str] = frozenset(),
    status: int = 200,
    note: str = "",
) -> Answer:
    """`below`: the answers to a single post. `liked`: ids of the posts that the visitor likes."""
    empty = "" if posts or note else "<p>Nothing has been posted yet.</p>"
    shown = [article(post, liked=str(post["id"]) in liked) for post in posts]
    shown += [article(post, liked=str(post["id"]) in liked, below=True) for post in below or ()]
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Practice network</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style><h1>Practice network</h1>"
        '<p class="note">Posts here are for practice: they are on this machine only and nobody '
        "else can see them. Answer or like one as a visitor: it comes back to the account that "
        'wrote it. <a href="/">All posts</a></p>'
        f"<p>{escape(note)}</p>{empty}{''.join(shown)}</html>"
    )
    return Answer(status, html.encode(), PAGE_HEADERS)


def article(post: dict[str, Any], *, liked: bool = False, below: bool = False) -> str:
    """`content` is HTML by Mastodon's API; the page's policy keeps anything in it from running."""
    media = "".join(map(attachment, post.get("media_attachments", ())))
    body = f"{post['content']}{media}"
    if post.get("spoiler_text"):
        warning = escape(post["spoiler_text"])
        body = f"<details><summary>{warning}</summary>{body}</details>"
    author = escape(str(post["account"]["username"]))
    facts = [escape(post.get("visibility", "")), *counted(post)]
    if post.get("in_reply_to_id") and not below:
        facts.append("answers a post")
    opening = '<article class="below">' if below else "<article>"
    return (
        f'{opening}{body}<a href="{address(post)}">@{author} '
        f"<time>{escape(post['created_at'])}</time></a> · {' · '.join(facts)}"
        f"{forms(post, liked=liked)}</article>"
    )


def address(post: dict[str, Any]) -> str:
    return f"/@{escape(str(post['account']['username']))}/{escape(str(post['id']))}"


def counted(post: dict[str, Any]) -> list[str]:
    counts = {"answer": post.get("replies_count"), "like": post.get("favourites_count")}
    return [f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items() if count]


def forms(post: dict[str, Any], *, liked: bool) -> str:
    """What the visitor can do: nothing with a post that was not meant for everybody."""
    if post.get("visibility") not in ("public", "unlisted"):
        return ""
    where = address(post)
    if post["account"]["username"] == VISITOR:
        return f"<br>{button(where, 'delete', 'Delete')}"
    like = button(where, "unlike", "Take the like back") if liked else button(where, "like", "Like")
    return (
        f'<br><form method="post" action="{where}/answer"><input name="text" required '
        f'maxlength="{LONGEST}" aria-label="Answer as a visitor" placeholder="Answer as a visitor">'
        f"<button>Answer</button></form>{like}"
    )


def button(where: str, action: str, label: str) -> str:
    return f'<form method="post" action="{where}/{action}"><button>{label}</button></form>'


def attachment(media: dict[str, Any]) -> str:
    source, label = escape(media.get("url") or ""), escape(media.get("description") or "")
    if media.get("type") == "image":
        return f'<p><img src="{source}" alt="{label}"></p>'
    return f'<p><video src="{source}" aria-label="{label}" controls></video></p>'
