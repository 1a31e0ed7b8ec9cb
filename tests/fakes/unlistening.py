"""A platform that is published to and never listened to."""

from collections.abc import Mapping, Sequence

from shared.core.engagement import Metrics, OwnPage, SeenItem, SeenPage, Thread
from shared.core.errors import Unsupported
from shared.core.models import Millis, Remote, Target


class Unlistening:
    """Every verb of listening and counting, declined as an adapter without them does."""

    def activity(self, *, since: Millis, page: str | None) -> SeenPage:
        raise Unsupported("Fake has no activity")

    def threads(self, remotes: Sequence[Remote]) -> Mapping[str, Thread | None]:
        raise Unsupported("Fake has no threads")

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, SeenItem | None]:
        raise Unsupported("Fake has no look")

    def own_posts(self, *, since: Millis, page: str | None) -> OwnPage:
        raise Unsupported("Fake has no own posts")

    def post_metrics(self, remotes: Sequence[Remote]) -> Mapping[str, Metrics | None]:
        raise Unsupported("Fake has no post metrics")

    def account_metrics(self) -> Metrics:
        raise Unsupported("Fake has no account metrics")

    def like(self, target: Target, *, liked: bool) -> None:
        raise Unsupported("Fake has no like")

    def hide(self, target: Target, *, hidden: bool) -> None:
        raise Unsupported("Fake has no hide")
