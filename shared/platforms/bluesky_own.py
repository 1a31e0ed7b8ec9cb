"""Posts that stand on a Bluesky profile, whoever made them.

The account's own server lists them by key, and apps draw keys from the clock: so the newest come
first, and a look ends at the keys of the time it goes back to. Keys that hold another time than
that of writing (ours come from a hash) would take the whole list, for ever longer; those posts are
asked of the AppView, which sorts by time.
"""

from collections.abc import Iterator

from shared.core.engagement import OwnPage, SeenPost
from shared.core.errors import Gone, Transient
from shared.core.models import MINUTE, MediaKind, Millis, Remote, SeenMedia
from shared.platforms.base import maybe_list, maybe_object, maybe_text
from shared.platforms.bluesky_home import Home
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_record import COLLECTION, key_at, key_of
from shared.platforms.bluesky_refusals import Refused
from shared.platforms.bluesky_seen import (
    MOST_ALT,
    MOST_MEDIA,
    MOST_TEXT,
    answers_somebody,
    clean,
    is_version,
    owner_of,
    time_of,
)
from shared.platforms.bluesky_server import Object
from shared.platforms.bluesky_view import AppView, NoAppView

_LIMIT = 100
_SKEW: Millis = 24 * 60 * MINUTE
"""How far a key may lie behind the time of writing: apps draw it from their own clock."""
_KEYS, _TIMES = "keys", "times"
"""The two lists, one after the other; a page is `keys:<key>` or `times:<cursor>`."""


class OwnPosts:
    """One look at a profile: by key, then by time what has keys of no time."""

    def __init__(
        self, view: AppView, home: Home, *, did: str, places: Places, since: Millis, now: Millis
    ) -> None:
        self._view = view
        self._home = home
        self._did = did
        self._places = places
        self._since = since
        self._now = now
        self._last_key = key_at(since - _SKEW)

    def page(self, page: str | None) -> OwnPage:
        """As `Platform.own_posts`."""
        kind, _, cursor = (page or _KEYS).partition(":")
        if kind == _KEYS:
            return self._by_key(cursor)
        if kind == _TIMES:
            return self._by_time(cursor)
        raise Gone("the place in the list is not known")

    def _by_key(self, cursor: str) -> OwnPage:
        answer = self._home.page(COLLECTION, limit=_LIMIT, cursor=cursor)
        records = _objects(answer, "records")
        posts = [seen for one in records if (seen := self._seen(one, maybe_object(one, "value")))]
        uris = [uri for one in records if owner_of(uri := maybe_text(one, "uri")) == self._did]
        following = maybe_text(answer, "cursor")
        reaches_back = any(key_of(uri) < self._last_key for uri in uris)
        ended = not records or following in {"", cursor} or reaches_back
        fresh = tuple(post for post in posts if self._is_fresh(post))
        return OwnPage(fresh, _TIMES if ended else f"{_KEYS}:{following}")

    def _by_time(self, cursor: str) -> OwnPage:
        try:
            answer = self._feed(cursor)
        except NoAppView:
            return OwnPage(())
        except Refused as error:
            if cursor:
                raise Gone("the place in the list is not known any more") from error
            return OwnPage(())  # it has not heard of the account yet
        except Transient:
            if cursor:
                raise
            return OwnPage(())  # the own server goes on alone; a deeper look later makes up for it
        entries = _objects(answer, "feed")
        posts = []
        for entry in entries:
            view = maybe_object(entry, "post")
            seen = None if "reason" in entry else self._seen(view, maybe_object(view, "record"))
            if seen is not None and key_of(seen.remote.id) < self._last_key:
                posts.append(seen)
        following = maybe_text(answer, "cursor")
        ended = following in {"", cursor} or self._reaches_back(entries)
        fresh = tuple(post for post in posts if post.created_at >= self._since)
        return OwnPage(fresh, None if ended else f"{_TIMES}:{following}")

    def _feed(self, cursor: str) -> Object:
        params: dict[str, str | int] = {
            "actor": self._did,
            "limit": _LIMIT,
            "filter": "posts_no_replies",
        }
        if cursor:
            params["cursor"] = cursor
        return self._view.read("app.bsky.feed.getAuthorFeed", params)

    def _seen(self, holder: Object, record: Object) -> SeenPost | None:
        """A record of the profile's own that answers nobody; None when it cannot be read."""
        uri, cid = maybe_text(holder, "uri"), maybe_text(holder, "cid")
        created_at = time_of(record, "createdAt")
        if owner_of(uri) != self._did or not is_version(cid) or created_at is None:
            return None
        if answers_somebody(record):
            return None
        return SeenPost(
            remote=Remote(uri, self._places.post(self._did, key_of(uri)), extra=cid),
            text=clean(maybe_text(record, "text"), MOST_TEXT),
            created_at=min(created_at, self._now),
            media=tuple(self._media(maybe_object(record, "embed")))[:MOST_MEDIA],
        )

    def _is_fresh(self, post: SeenPost) -> bool:
        """Dated since, or written since: an app may date what it brings over from elsewhere."""
        return post.created_at >= self._since or key_of(post.remote.id) >= key_at(self._since)

    def _reaches_back(self, entries: list[Object]) -> bool:
        """The last entry of a page is its oldest: a post, or a repost at the time of reposting."""
        if not entries:
            return False
        reason, post = maybe_object(entries[-1], "reason"), maybe_object(entries[-1], "post")
        times = [time_of(reason, "indexedAt")] if reason else [time_of(post, "indexedAt")]
        if not reason:
            times.append(time_of(maybe_object(post, "record"), "createdAt"))
        return min((at for at in times if at is not None), default=self._since) < self._since

    def _media(self, embed: Object) -> Iterator[SeenMedia]:
        shown = maybe_object(embed, "media") or embed
        for name in ("images", "items"):
            for image in _objects(shown, name):
                yield from self._file(MediaKind.IMAGE, maybe_object(image, "image"), image)
        yield from self._file(MediaKind.VIDEO, maybe_object(shown, "video"), shown)

    def _file(self, kind: MediaKind, blob: Object, described: Object) -> Iterator[SeenMedia]:
        cid = maybe_text(maybe_object(blob, "ref"), "$link")
        if is_version(cid):
            alt = clean(maybe_text(described, "alt"), MOST_ALT)
            yield SeenMedia(kind, self._places.blob(self._did, cid), alt)


def _objects(holder: Object, name: str) -> list[Object]:
    return [one for one in maybe_list(holder, name) if isinstance(one, dict)]
