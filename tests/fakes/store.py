"""The in-memory store: both ports over one shared state, as one table is in production."""

from tests.fakes.api_store import MemoryApiStore
from tests.fakes.publish_store import MemoryPublishStore


class MemoryStore(MemoryPublishStore, MemoryApiStore):
    """Compares and sets exactly, also under threads; passes the same contract tests as DynamoDB."""
