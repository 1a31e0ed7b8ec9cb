"""The preview of a link: title, description and picture, as the page states them.

Open Graph first (https://ogp.me), then Twitter's cards, then plain HTML (read 2026-11). Pages are a
stranger's: what is read is bounded, in bytes and in time, and the client behind `http` guards every
hop. Any page can be without a preview, so whoever wants one must do without it.
"""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, ParserRejectedMarkup
from bs4.dammit import EncodingDetector

from shared.core.errors import InvalidDraft, PlatformError, Transient
from shared.core.models import SECOND, Millis
from shared.core.values import dataclass
from shared.platforms.images import Fitted, fitted
from shared.platforms.request import Answer, Http, Request
from shared.platforms.text import first_graphemes

HOPS = 5
TIMEOUT: Millis = 10 * SECOND
"""For the page, and again for its picture."""
PAGE_BYTES = 1024 * 1024
"""So much of a page is read; its head is in there."""
IMAGE_BYTES = 16 * 1024 * 1024
TITLE_LENGTH = 300
DESCRIPTION_LENGTH = 1_000

_HTML = frozenset({"text/html", "application/xhtml+xml", ""})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)

# The parser takes minutes for a page made to hurt it (218 s for 500 kB of "<!-- " with Python
# 3.11), so it gets only the few tags that matter, cut out in one pass.
_TAG = re.compile(rb"<(?:meta|base|(title))\b", re.IGNORECASE)
_TO_THE_END = re.compile(rb"""(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_END_OF_TITLE = re.compile(rb"</title", re.IGNORECASE)
_MOST_TAGS = 400
# Those of https://encoding.spec.whatwg.org (read 2026-11); Python has others, some without a bound
# on their time.
_ENCODINGS = re.compile(
    r"utf-?8|us-ascii|ascii|latin-?1|iso-8859-\d+|windows-\d+|cp\d+|koi8-[ru]|gb2312|gbk|gb18030"
    r"|big5(-hkscs)?|shift[_-]jis|sjis|euc-(jp|kr)|iso-2022-jp"
)
_READ_AS = dict.fromkeys(("us-ascii", "ascii", "latin1", "latin-1", "iso-8859-1"), "windows-1252")
_LONGEST_TAG = 16 * 1024


class NoCardError(Exception):
    """The link has no preview; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Card:
    """`image` is fitted to what the caller asked for; None when the page has none to show.
    `image_url` is where the page says it is.
    """

    title: str
    description: str
    image: Fitted | None = None
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says about itself; empty where it says nothing."""

    title: str
    description: str
    image_url: str


def fetch_card(
    http: Http,
    url: str,
    *,
    mimes: frozenset[str],
    max_bytes: int,
    max_pixels: int,
    timeout: Millis = TIMEOUT,
) -> Card:
    """The page and its picture: two requests, or three when the page failed once.

    Raises NoCardError.
    """
    page = _page(http, url, timeout)
    stated = read_page(page.body, url=page.url or url, charset=_charset(page))
    image = None
    if stated.image_url:
        answer = _picture(http, stated.image_url, timeout)
        image = _image(answer.body, mimes, max_bytes, max_pixels) if answer else None
    return Card(stated.title or _host(url), stated.description, image, stated.image_url)


def read_page(html: bytes, *, url: str, charset: str = "") -> Stated:
    """What the page says; `url` is where it came from, `charset` what its server said."""
    try:
        soup = BeautifulSoup(_decoded(_relevant(html), charset), "html.parser")
    except ParserRejectedMarkup as error:
        raise NoCardError("the page cannot be read") from error
    named: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("property") or tag.get("name") or "").strip().lower()
        content = " ".join(str(tag.get("content") or "").split())
        if name and content:
            named.setdefault(name, content)
    base = soup.find("base")
    start = urljoin(url, str(base.get("href") or "")) if base else url
    heading = soup.title.get_text() if soup.title else ""
    return Stated(
        title=_first(named, _TITLES, " ".join(heading.split()), most=TITLE_LENGTH),
        description=_first(named, _DESCRIPTIONS, "", most=DESCRIPTION_LENGTH),
        image_url=_joined(start, _first(named, _IMAGES, "", most=4_096)),
    )


_TITLES = ("og:title", "twitter:title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


def _first(named: dict[str, str], names: tuple[str, ...], otherwise: str, *, most: int) -> str:
    found = next((named[name] for name in names if name in named), otherwise)
    return first_graphemes(found, most)


def _joined(start: str, reference: str) -> str:
    try:
        return urljoin(start, reference) if reference else ""
    except ValueError:
        return ""


def _relevant(html: bytes) -> bytes:
    """The tags that describe a page, without comments and scripts, in time linear in its size."""
    for start, end in ((b"<!--", b"-->"), (b"<script", b"</script"), (b"<svg", b"</svg")):
        html = b"".join(_outside(html, start, end))
    return b"\n".join(_tags(html))


def _outside(html: bytes, start: bytes, end: bytes) -> Iterator[bytes]:
    lower, at = html.lower(), 0
    while (opened := lower.find(start, at)) >= 0:
        closed = lower.find(end, opened + len(start))
        if closed < 0:
            break
        yield html[at:opened]
        at = closed + len(end)
    yield html[at:]


def _tags(html: bytes) -> Iterator[bytes]:
    for found in islice(_TAG.finditer(html), _MOST_TAGS):
        bound = found.start() + _LONGEST_TAG
        tag = _TO_THE_END.match(html, found.end(), bound)
        if tag is None:
            continue
        if not found[1]:
            yield html[found.start() : tag.end()]
        elif closing := _END_OF_TITLE.search(html, tag.end(), bound):
            yield html[found.start() : closing.start()] + b"</title>"


def _decoded(html: bytes, charset: str) -> str:
    """In the encoding that the server says, else the page, else in one of the usual ones."""
    declared = EncodingDetector.find_declared_encoding(html, is_html=True) or ""
    for name in (charset.lower(), declared, "utf-8"):
        if _ENCODINGS.fullmatch(name):
            try:
                return html.decode(_READ_AS.get(name, name))
            except (LookupError, UnicodeDecodeError):
                continue
    return html.decode("windows-1252", "replace")


def _page(http: Http, url: str, timeout: Millis) -> Answer:
    headers = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    request = Request(
        "GET", url, headers, safe=True, hops=HOPS, max_bytes=PAGE_BYTES, cut=True, timeout=timeout
    )
    try:
        page = _fetched(http, request)
    except Transient:
        page = _again(http, request)
    except PlatformError as error:
        raise NoCardError(error.message) from error
    if page.mime not in _HTML:
        raise NoCardError(f"it is no web page but {page.mime}")
    return page


def _again(http: Http, request: Request) -> Answer:
    try:
        return _fetched(http, request)
    except PlatformError as error:
        raise NoCardError(error.message) from error


def _fetched(http: Http, request: Request) -> Answer:
    """Raises NoCardError, or Transient when another attempt may go better."""
    answer = http.send(request)
    if answer.status >= 500:
        raise Transient(f"{request.host} answered {answer.status}")
    if not answer.ok:
        raise NoCardError(f"{request.host} answered {answer.status}")
    return answer


def _picture(http: Http, url: str, timeout: Millis) -> Answer | None:
    """One that cannot be had or read leaves a card without a picture."""
    request = Request("GET", url, safe=True, hops=HOPS, max_bytes=IMAGE_BYTES, timeout=timeout)
    try:
        return _fetched(http, request)
    except (NoCardError, PlatformError):
        return None


def _image(data: bytes, mimes: frozenset[str], max_bytes: int, max_pixels: int) -> Fitted | None:
    try:
        return fitted(
            data, mimes=mimes, max_bytes=max_bytes, max_pixels=max_pixels, animation=False
        )
    except InvalidDraft:
        return None


def _charset(page: Answer) -> str:
    found = _CHARSET.search(page.headers.get("content-type", ""))
    return found[1] if found else ""


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
