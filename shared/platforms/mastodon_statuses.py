"""Posts by their ids, in as few calls as the server allows, and what is counted of them.

Mastodon has batches since 4.3 (https://docs.joinmastodon.org/methods/statuses/#index, read
2026-11); where there are none each post is asked for by itself. An answer that leaves a post out
says only that it was not shown, so what is missing in a batch is asked for by itself, too: no post
is taken for gone unless the server says so of that very post.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from urllib.parse import quote

from shared.core.engagement import Metrics, SeenItem
from shared.core.errors import AccessRevoked, Gone, Rejected, Transient, Unreadable
from shared.core.workspaces import Account
from shared.platforms.base import as_list, as_object
from shared.platforms.mastodon_facts import FACTS
from shared.platforms.mastodon_seen import Status, counters, maybe_id, seen_item, status_id, whole
from shared.platforms.mastodon_server import ME, SERVER_ERROR, Server

STATUSES = "/api/v1/statuses"
BATCH = FACTS["metrics_batch"].value
LIST_BYTES = 16 * 1024 * 1024
"""A bound for answers with many posts, of which each repeats all of its author's profile."""
_ACCOUNT = {
    "followers": "followers_count",
    "following": "following_count",
    "posts": "statuses_count",
}


def path_of(status_id: str, tail: str = "") -> str:
    return f"{STATUSES}/{quote(status_id, safe='')}{tail}"


def by_ids(server: Server, ids: Sequence[str]) -> dict[str, Status | None]:
    """By the id that was asked for. None: the server has no such post (any more). Left out: it did
    not say, with an error of its own or because this post is not for us.

    Raises Transient when the server is out of reach, RateLimited, AccessRevoked.
    """
    return _Asking(server).all(list(dict.fromkeys(ids)))


def look(server: Server, account: Account, ids: Sequence[str]) -> dict[str, SeenItem | None]:
    """Left out also when a post is answered under another id: some servers then show a boost of it,
    in other words (observed, 2026-11).
    """
    found: dict[str, SeenItem | None] = {}
    for asked, status in by_ids(server, ids).items():
        if status is None:
            found[asked] = None
        elif maybe_id(status, "id") == asked:
            with suppress(Unreadable):
                found[asked] = seen_item(status, account)
    return found


def post_metrics(server: Server, ids: Sequence[str]) -> dict[str, Metrics | None]:
    return {
        asked: None if status is None else counters(status)
        for asked, status in by_ids(server, ids).items()
    }


def account_metrics(server: Server) -> Metrics:
    return whole(as_object(server.read(ME).json(), "the profile"), _ACCOUNT)


class _Asking:
    """One run; remembers what the server turned out not to have."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._has_batches = True
        self._token_works = False
        self._found: dict[str, Status | None] = {}

    def all(self, ids: list[str]) -> dict[str, Status | None]:
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            if len(batch) > 1 and self._has_batches:
                self._found |= self._batch(batch)
            for one in batch:
                if one not in self._found:
                    self._one(one)
        return self._found

    def _batch(self, ids: list[str]) -> Mapping[str, Status]:
        try:
            answer = self._server.read(STATUSES, {"id[]": ids}, max_bytes=LIST_BYTES)
            shown = as_list(answer.json(), "the statuses")
        except (Gone, Rejected, Unreadable):
            shown, self._has_batches = [], False
        except AccessRevoked as refused:
            shown, self._has_batches = [], False
            self._require_token(refused)
        except Transient as broken:
            _must_be_its_own(broken)
            shown = []
        return {found: one for found, one in _with_ids(shown) if found in ids}

    def _one(self, asked: str) -> None:
        try:
            answer = self._server.read(path_of(asked))
            self._found[asked] = as_object(answer.json(), "the status")
        except Gone:
            self._found[asked] = None
        except (Rejected, Unreadable):
            return
        except AccessRevoked as refused:
            self._require_token(refused)
        except Transient as broken:
            _must_be_its_own(broken)

    def _require_token(self, refused: AccessRevoked) -> None:
        if not self._token_works:
            self._server.may_still(refused)
            self._token_works = True


def _must_be_its_own(broken: Transient) -> None:
    """An answer 500 can be about this one post; everything else is about the server."""
    if broken.code != SERVER_ERROR:
        raise broken


def _with_ids(shown: Sequence[object]) -> Iterator[tuple[str, Status]]:
    for one in shown:
        if isinstance(one, dict):
            with suppress(Unreadable):
                yield status_id(one), one
