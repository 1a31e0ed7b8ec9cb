"""Finding a post of ours among an account's statuses, to learn what became of a lost answer."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.core.errors import Ambiguous, Unreadable
from shared.core.models import MINUTE, SECOND, Media, Millis, Remote
from shared.core.platform import Outgoing
from shared.core.values import dataclass
from shared.platforms.base import (
    as_list,
    as_object,
    id_of,
    maybe_list,
    maybe_object,
    maybe_text,
    text_of,
)
from shared.platforms.mastodon_look import Look, of_html, of_text
from shared.platforms.mastodon_media import ready_id
from shared.platforms.mastodon_server import Server, parent_of, remote_of
from shared.platforms.request import Answer

SKEW: Millis = 1 * MINUTE
"""How far a server's `created_at` may lag behind its own `Date` header."""
PAGE = 40
PAGES = 10


@dataclass(frozen=True, slots=True)
class _Wanted:
    look: Look
    warning: str
    visibility: str
    media_ids: frozenset[str]
    alts: tuple[str, ...]
    parent: str | None
    owned: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Found:
    remote: Remote
    doubt: tuple[bool, bool, bool, Millis]
    """Sorts the likeliest first: same uploads, same visibility, same warning, earliest."""


def locate(
    server: Server,
    account_id: str,
    outgoing: Outgoing,
    *,
    since: Millis,
    owned: frozenset[str],
    now: Millis,
) -> Remote | None:
    """Raises Ambiguous when something is there that could be ours, or too much to look through."""
    wanted = _wanted(outgoing, owned)
    found: list[_Found] = []
    doubts: list[Ambiguous] = []
    for page in _pages(server, account_id, since=since, now=now):
        if page is None:
            doubts.append(Ambiguous("too many posts to look through", code="too_many_posts"))
            break
        for status, created in page:
            try:
                if _is_ours(status, wanted):
                    found.append(_Found(remote_of(status), _doubt(status, created, wanted)))
            except Ambiguous as doubt:
                doubts.append(doubt)
    if not found and doubts:
        raise doubts[0]
    return min(found, key=lambda one: one.doubt).remote if found else None


def _media(outgoing: Outgoing) -> tuple[Media, ...]:
    return outgoing.draft.parts[outgoing.part].media


def _wanted(outgoing: Outgoing, owned: frozenset[str]) -> _Wanted:
    options = outgoing.draft.options
    uploads = (
        ready_id(outgoing.handles, f"{outgoing.part}.{place}", media)
        for place, media in enumerate(_media(outgoing))
    )
    return _Wanted(
        look=of_text(outgoing.draft.parts[outgoing.part].text),
        warning=options.content_warning,
        visibility=options.visibility,
        media_ids=frozenset(one for one in uploads if one is not None),
        alts=tuple(media.alt for media in _media(outgoing)),
        parent=parent_of(outgoing),
        owned=owned | {remote.id for remote in outgoing.earlier},
    )


def _is_ours(status: Mapping[str, object], wanted: _Wanted) -> bool:
    if id_of(status) in wanted.owned or maybe_object(status, "reblog"):
        return False
    look = of_html(maybe_text(status, "content"))
    if not look.same(wanted.look):
        _refuse_disguise(status, look, wanted)
        return False
    if not _has_our_media(status, wanted):
        return False
    parent = status.get("in_reply_to_id")
    if parent is None and wanted.parent is not None:
        where = maybe_text(status, "url")
        raise Ambiguous(f"a copy stands outside of its thread: {where}", code="outside_thread")
    return (None if parent is None else str(parent)) == wanted.parent


def _refuse_disguise(status: Mapping[str, object], look: Look, wanted: _Wanted) -> None:
    """A boost makes some servers answer with the boost's id and words (observed, 2026-11)."""
    boosted = status.get("reblogs_count")
    ours = wanted.look.seen
    if isinstance(boosted, int) and boosted > 0 and ours and look.seen.endswith(ours):
        where = maybe_text(status, "url")
        raise Ambiguous(f"a boosted post looks like this one: {where}", code="looks_like_it")


def _has_our_media(status: Mapping[str, object], wanted: _Wanted) -> bool:
    attached = _attached(status)
    if len(attached) != len(wanted.alts):
        return False
    if wanted.look.seen or not attached:
        return True
    # Without words there is only the picture to go by: its id, or where ids change its description.
    alts = tuple(maybe_text(one, "description") for one in attached)
    return _attached_ids(status) == wanted.media_ids or alts == wanted.alts


def _attached(status: Mapping[str, object]) -> list[Mapping[str, object]]:
    return [as_object(one, "a file") for one in maybe_list(status, "media_attachments")]


def _attached_ids(status: Mapping[str, object]) -> frozenset[str]:
    return frozenset(id_of(one) for one in _attached(status))


def _doubt(
    status: Mapping[str, object], created: Millis, wanted: _Wanted
) -> tuple[bool, bool, bool, Millis]:
    return (
        _attached_ids(status) != wanted.media_ids,
        maybe_text(status, "visibility") != wanted.visibility,
        maybe_text(status, "spoiler_text") != wanted.warning,
        created,
    )


_Page = list[tuple[Mapping[str, object], Millis]]


def _pages(
    server: Server, account_id: str, *, since: Millis, now: Millis
) -> Iterator[_Page | None]:
    """What the account posted since, newest page first, until a page holds nothing as young.

    None where we gave up before.
    """
    path = f"/api/v1/accounts/{account_id}/statuses"
    params: dict[str, str | int] = {"limit": PAGE, "exclude_reblogs": "true"}
    for _ in range(PAGES):
        answer = server.read(path, params)
        page = [as_object(one, "a status") for one in as_list(answer.json(), "the statuses")]
        earliest = since - SKEW + min(0, _ahead(answer, now))
        young = [(one, at) for one in page if (at := _created(one)) >= earliest]
        yield young
        last = id_of(page[-1]) if page else None
        if not young or last is None or last == params.get("max_id"):
            return
        params["max_id"] = last
    yield None


def _ahead(answer: Answer, now: Millis) -> Millis:
    """How far the server's clock is ahead of ours (negative: behind); 0 when it does not say."""
    try:
        date = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return 0
    return round(date.timestamp() * SECOND) - now


def _created(status: Mapping[str, object]) -> Millis:
    try:
        at = datetime.fromisoformat(text_of(status, "created_at"))
    except ValueError as error:
        raise Unreadable("a status has no readable date") from error
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * SECOND)
