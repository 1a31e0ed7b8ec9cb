"""What listening and counting need from the store; the api's part of it is in `api_ports.py`.

As in `ports.py`: a method that changes something either did it or raised, and every write can be
repeated without harm.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.core.engagement import (
    Conversation,
    Due,
    Feed,
    InboxItem,
    Known,
    Watch,
)
from shared.core.models import Delivery, DeliveryRef, Lock, Millis, Post, WakeKind
from shared.core.rollup import AccountDay, Counting, Series
from shared.core.values import dataclass
from shared.core.workspaces import Account, AccountState, Workspace


@dataclass(frozen=True, slots=True)
class AtHand:
    """What one account's turn begins with. `archived`: its workspace was put away."""

    account: Account
    sealed: bytes | None
    feed: Feed | None
    archived: bool = False

    @property
    def may_ask(self) -> bool:
        """Whether anything is asked of its network in this account's name."""
        return self.account.state is AccountState.CONNECTED and not self.archived


class CredentialStore(Protocol):
    """What opening an account and refreshing its credential takes."""

    def sealed(self, account: Account) -> bytes | None: ...

    def save_sealed(self, account: Account, *, before: bytes, after: bytes) -> bool: ...

    def save_account(self, before: Account, after: Account) -> Account: ...


class EngagementStore(CredentialStore, Protocol):
    """The part of the store that `poll_engagement` and `metrics_rollup` work with."""

    def due(self, kind: WakeKind, *, before: Millis, limit: int) -> Sequence[Due]:
        """Timers of kind `poll` or `metrics` with `wake_at <= before`, all shards, oldest first."""
        ...

    def connected_accounts(self) -> Sequence[Account]:
        """Every account that is connected, of every workspace that is not archived."""
        ...

    def account(self, workspace_id: str, account_id: str) -> Account:
        """Strong read; raises NotFound."""
        ...

    def workspace(self, workspace_id: str) -> Workspace: ...

    def delivery(self, ref: DeliveryRef) -> Delivery: ...

    def deliveries(self, refs: Sequence[DeliveryRef]) -> Mapping[DeliveryRef, Delivery]:
        """Strong reads in batches; what does not exist is left out."""
        ...

    def advance(self, before: Delivery, after: Delivery) -> Delivery:
        """Compare-and-set, as in `PublishStore`."""
        ...

    def post(self, workspace_id: str, post_id: str) -> Post:
        """The post alone, strongly read; raises NotFound."""
        ...

    def locks_of(self, profile: str) -> Sequence[Lock]: ...

    # listening

    def taking_turns(self, turns: Sequence[int]) -> Sequence[Feed]:
        """Those whose minute of the round it is, due or not; not strongly read."""
        ...

    def at_hand(self, workspace_id: str, account_id: str, *, feed: bool) -> AtHand:
        """With the feed only where asked for; in one call and not strongly read: whoever changes
        one of them compares. Raises NotFound.
        """
        ...

    def feed(self, workspace_id: str, account_id: str) -> Feed | None: ...

    def create_feed(self, feed: Feed) -> bool:
        """False when the account has one already."""
        ...

    def save_feed(self, before: Feed, after: Feed) -> Feed:
        """Compare-and-set on the version; raises Conflict."""
        ...

    def watches(self, account: Account, delivery_ids: Sequence[str]) -> Sequence[Watch]: ...

    def resting(self, account: Account) -> Sequence[tuple[Millis, str]]:
        """Its threads at rest: when each post was published, and its delivery. From the index,
        where it appears moments after it was written.
        """
        ...

    def create_watch(self, watch: Watch) -> bool: ...

    def save_watch(self, before: Watch, after: Watch) -> Watch: ...

    def known(self, account: Account, remote_ids: Sequence[str]) -> Mapping[str, Known]:
        """Those of `remote_ids` that are live parts of this workspace's deliveries."""
        ...

    def remember(self, known: Sequence[Known], *, workspace_id: str) -> None:
        """Keep which delivery owns a remote id; repeating it is harmless."""
        ...

    def items(self, workspace_id: str, item_ids: Sequence[str]) -> Mapping[str, InboxItem]:
        """Strong reads in batches; what does not exist is left out."""
        ...

    def items_between(self, account: Account, *, start: Millis, end: Millis) -> Sequence[InboxItem]:
        """The account's listed items whose `at` is in [start, end)."""
        ...

    def add_item(self, item: InboxItem) -> bool:
        """Put it where there is none and into its conversation; False when it was there. At most
        four write units for an item below one KB.
        """
        ...

    def save_item(self, before: InboxItem, after: InboxItem) -> InboxItem:
        """Compare-and-set; moves it within its conversation when `conversation_id` changed."""
        ...

    def conversation(self, workspace_id: str, conversation_id: str) -> Conversation: ...

    def create_elsewhere(self, post: Post, delivery: Delivery) -> bool:
        """Post and delivery, all or nothing; False when they were there."""
        ...

    def save_elsewhere(self, before: Post, after: Post) -> Post:
        """The words of a post made elsewhere, compare-and-set."""
        ...

    # counting

    def counting(self, workspace_id: str, account_id: str) -> Counting | None: ...

    def create_counting(self, counting: Counting) -> bool: ...

    def save_counting(self, before: Counting, after: Counting) -> Counting: ...

    def series(self, account: Account, keys: Sequence[tuple[Millis, str]]) -> Sequence[Series]:
        """By (`published_at`, delivery id), strongly; what does not exist is left out."""
        ...

    def create_series(self, series: Series) -> bool: ...

    def save_series(self, before: Series, after: Series) -> Series:
        """Compare-and-set; raises Conflict."""
        ...

    def series_between(
        self, workspace_id: str, account_id: str, *, start: Millis, end: Millis
    ) -> Sequence[Series]:
        """Those of posts published in [start, end), oldest first."""
        ...

    def account_day(self, workspace_id: str, account_id: str, day: str) -> AccountDay | None: ...

    def save_account_day(self, before: AccountDay | None, after: AccountDay) -> AccountDay:
        """Create or compare-and-set; raises Conflict."""
        ...
