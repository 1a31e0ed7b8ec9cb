"""What others see: the AppView, which collects from all servers who answered and liked whom.

We ask it through the account's own server, which passes on what it does not know itself and signs
for the account (https://docs.bsky.app/docs/advanced-guides/api-directory, read 2026-11).
"""

from collections.abc import Iterator, Mapping, Sequence

from shared.core.errors import PlatformError, Rejected, Transient, Unreadable
from shared.platforms.base import maybe_list, maybe_text
from shared.platforms.bluesky_facts import FACTS
from shared.platforms.bluesky_refusals import Refused
from shared.platforms.bluesky_server import Object, Params, Server
from shared.platforms.request import MAX_ANSWER, host_of

BATCH = FACTS["metrics_batch"].value

# Answers of servers that pass nothing on. The reference server, 0.5.35, says InvalidRequest and
# "No service configured for app.bsky…"; others do not know the method.
_UNCONFIGURED = "No service configured"
_UNKNOWN = frozenset({"MethodNotImplemented", "XRPCNotSupported", "answer 404", "answer 501"})


class NoAppView(Transient):
    """The account's server passes nothing on: it may be set up to do so, later."""

    code = "no_app_view"


class AppView:
    """The AppView as one signed-in account reaches it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def read(
        self, method: str, params: Params | None = None, *, max_bytes: int = MAX_ANSWER
    ) -> Object:
        """A query. Raises NoAppView."""
        try:
            return self._server.read(method, params, max_bytes=max_bytes)
        except Refused as error:
            if error.name in _UNKNOWN or _UNCONFIGURED in error.problems[0].message:
                raise NoAppView(_no_app_view(self._server.origin)) from error
            raise

    def posts(self, uris: Sequence[str]) -> Mapping[str, Object | None]:
        """Post views by address, in the largest batches. None: there is no such post, or none yet.
        Left out: a batch that failed. Raises what the last one did when all of them failed.
        """
        found: dict[str, Object | None] = {}
        failed: PlatformError | None = None
        for batch in _batches(uris):
            try:
                answer = self.read("app.bsky.feed.getPosts", {"uris": batch})
            except (Transient, Unreadable, Rejected) as error:
                failed = error
                continue
            found |= {**dict.fromkeys(batch), **_by_uri(answer, batch)}
        if failed is not None and not found:
            raise failed
        return found


def _no_app_view(origin: str) -> str:
    return (
        f"{host_of(origin)} passes no questions on to an AppView, so replies and numbers cannot be"
        " read; publishing goes on. Its operator can name one (PDS_BSKY_APP_VIEW_URL)."
    )


def _batches(uris: Sequence[str]) -> Iterator[Sequence[str]]:
    once = list(dict.fromkeys(uris))
    for start in range(0, len(once), BATCH):
        yield once[start : start + BATCH]


def _by_uri(answer: Object, asked: Sequence[str]) -> Mapping[str, Object]:
    if not isinstance(answer.get("posts"), list):
        raise Unreadable("the answer holds no posts")
    views = [view for view in maybe_list(answer, "posts") if isinstance(view, dict)]
    return {uri: view for view in views if (uri := maybe_text(view, "uri")) in asked}
