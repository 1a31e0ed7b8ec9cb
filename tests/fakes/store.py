"""The in-memory store: every port over one shared state, as one table is in production."""

from tests.fakes.api_store import MemoryApiStore
from tests.fakes.engagement_store import MemoryEngagementStore
from tests.fakes.inbox_store import MemoryInboxStore
from tests.fakes.kept_store import MemoryKept
from tests.fakes.publish_store import MemoryPublishStore


class MemoryStore(MemoryPublishStore, MemoryApiStore, MemoryInboxStore, MemoryKept):
    """Compares and sets exactly, also under threads; passes the same contract tests as DynamoDB."""

    @property
    def engagement(self) -> MemoryEngagementStore:
        """Listening and counting over this very memory: some of its methods have our names."""
        return MemoryEngagementStore(self)
