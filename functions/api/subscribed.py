"""`GET /feeds/…`: what calendar programs ask for, again and again, without signing in."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.api import ics, people
from functions.api.auth import secret_hash
from functions.api.feeding import Outline, outline, with_texts
from shared.core.errors import NotFound
from shared.core.feeds import CalendarFeed
from shared.core.models import SECOND, Millis
from shared.core.services import Api
from shared.core.values import dataclass

MAX_AGE = int(ics.REFRESH.total_seconds())
RECENT: Millis = 60 * SECOND
"""How long an instance remembers what it worked out: whoever asks faster costs one read each."""
REMEMBERED = 8
_CALENDAR, _WORDS = "text/calendar; charset=utf-8", "text/plain; charset=utf-8"
_NONE = "There is no such calendar; its link may have been revoked.\n"
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Read:
    """A feed as it was at `at`; `text` is written when somebody lacks it."""

    at: Millis
    tag: str
    outline: Outline
    text: str | None = None


class Subscribed:
    """The feeds that this instance serves."""

    def __init__(self) -> None:
        self._recent: OrderedDict[tuple[str, int, str], Read] = OrderedDict()

    def answer(
        self,
        api: Api,
        feed: CalendarFeed | None,
        headers: Mapping[str, str],
    ) -> Response[str]:
        if feed is None:
            return Response(404, _WORDS, _NONE, {"Cache-Control": "no-store", **_SAFE})
        home = _home(headers)
        read = self._read(api, feed, home)
        sent = {"Cache-Control": f"private, max-age={MAX_AGE}", "ETag": read.tag, **_SAFE}
        if read.tag in _tags(headers.get("if-none-match", "")):
            return Response(304, headers=sent, body="")
        sent["Content-Disposition"] = f'inline; filename="{feed.id}.ics"'
        return Response(200, _CALENDAR, self._text(api, feed, home, read), sent, compress=True)

    def _read(self, api: Api, feed: CalendarFeed, home: str) -> Read:
        now, place = api.clock.now(), (feed.id, feed.version, home)
        known = self._recent.get(place)
        if known is not None and now < known.at + RECENT:
            return known
        found = outline(api, feed, home=home, now=now)
        digest = hashlib.sha256(repr((feed, home, found.note, found.events)).encode())
        read = Read(now, f'"{digest.hexdigest()[:32]}"', found)
        self._recent[place] = read
        while len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return read

    def _text(self, api: Api, feed: CalendarFeed, home: str, read: Read) -> str:
        if read.text is not None:
            return read.text
        events = with_texts(api, feed, read.outline)
        text = ics.written(feed.name, read.outline.note, events)
        self._recent[feed.id, feed.version, home] = replace(read, text=text)
        return text


def add_to(resolver: APIGatewayHttpResolver, api: Callable[[], Api]) -> None:
    served = Subscribed()

    @resolver.get("/feeds/<workspace_id>/<name>", operation_id="feed")
    def feed(workspace_id: str, name: str) -> Response[str]:
        event = resolver.current_event
        key = event.query_string_parameters.get("key", "")
        found = linked(api(), workspace_id, name, key)
        return served.answer(api(), found, event.headers)


def linked(api: Api, workspace_id: str, name: str, key: str) -> CalendarFeed | None:
    """The feed that this link opens. Why it opens none is not told."""
    try:
        feed = api.store.kept(CalendarFeed, workspace_id, name.removesuffix(".ics"))
    except NotFound:
        feed = None
    stored = feed.secret_hash if feed else "0" * 64
    given = secret_hash(key) if key.isascii() else ""
    if feed is None or not hmac.compare_digest(stored, given):
        return None
    return feed if _is_held(api, feed) else None


def _is_held(api: Api, feed: CalendarFeed) -> bool:
    """Whether whoever got the link still belongs to the workspace."""
    if feed.holder is None:
        return True
    holder = people.known(api, feed.holder)
    return holder is not None and holder.membership(feed.workspace_id) is not None


def _home(headers: Mapping[str, str]) -> str:
    """Where the page is: the gateway says which address it was asked at."""
    scheme = headers.get("x-forwarded-proto", "http")
    return f"{scheme}://{headers.get('host', '')}" if scheme in ("http", "https") else ""


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
