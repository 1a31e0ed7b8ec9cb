"""The world with ears: the same workspace and publisher, on a network that is listened to."""

from contextlib import suppress
from dataclasses import dataclass, replace

from functions.poll_engagement.beginning import listen_to_everybody
from functions.poll_engagement.polling import Polled, poll
from shared.core.engagement import Feed, InboxItem, ItemState, Reply, Watch, item_id
from shared.core.errors import SocialError
from shared.core.models import MINUTE, SECOND, Content, Millis, Plan, Post, ReplyTo
from shared.core.services import Listener
from shared.core.workspaces import Account
from tests.fakes.network import Crash
from tests.fakes.social import SocialNetwork
from tests.fakes.time import FixedRandom
from tests.fakes.world import World

HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR


@dataclass
class ListeningWorld(World):
    """`run()` ticks for listening too, once a minute; `poll()` is one such tick."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.network: SocialNetwork = SocialNetwork(self.clock)
        self.publisher = replace(self.publisher, platforms=self.network)
        self.listener = Listener(
            store=self.store.engagement,
            platforms=self.network,
            vault=self.vault,
            clock=self.clock,
            random=FixedRandom(),
            telemetry=self.telemetry,
            timing=self.timing,
        )
        self.listening: Millis = 120 * SECOND
        self.heard: Millis | None = None
        listen_to_everybody(self.listener)

    def tick(self) -> None:
        super().tick()
        with suppress(Crash, SocialError):
            self.poll()

    def poll(self) -> Polled:
        started = self.clock.now()

        def time_left() -> Millis:
            return started + self.listening - self.clock.now()

        since, self.heard = self.heard, None
        done = poll(self.listener, time_left=time_left, workers=1, since=since)
        self.heard = done.until
        return done

    def heard_until(self, at: Millis) -> None:
        """As a process that did the round up to then."""
        self.heard = at

    # what is stored

    @property
    def feed(self) -> Feed:
        found = self.store.engagement.feed("wks_1", self.account.id)
        assert found is not None
        return found

    def items(self) -> dict[str, InboxItem]:
        """Everything that was filed, by remote id."""
        return {item.seen.remote_id: item for item in self.store.inbox_items.values()}

    def listed(self) -> list[str]:
        """The inbox: remote ids, newest first."""
        page = self.store.inbox("wks_1", limit=1_000, after=None)
        return [item.seen.remote_id for item in page.items]

    def item_of(self, remote_id: str) -> InboxItem:
        return self.store.inbox_item("wks_1", item_id(self.account.id, remote_id))

    def watch(self, post: Post) -> Watch:
        (found,) = self.store.engagement.watches(self.account, [self.delivery(post).id])
        return found

    def elsewhere(self) -> dict[str, Post]:
        """Posts made elsewhere, by where they are live."""
        return {
            delivery.live[0].id: post
            for post in self.store.post_items.values()
            if post.elsewhere is not None
            for delivery in self.store.deliveries_of(post.workspace_id, post.id)
        }

    # what people do

    def live_post(self, text: str = "hello", **changes: object) -> Post:
        """A post that is live and followed; its remote id is `remote(post)`."""
        post = self.post(text, after=MINUTE, **changes)  # type: ignore[arg-type]  # the tests' own shorthand
        self.run(3 * MINUTE)
        return post

    def remote(self, post: Post, part: int = 0) -> str:
        return self.delivery(post).live[part].id

    def answer(self, item: InboxItem, text: str = "we open at nine") -> Post:
        """An answer from here, as the api makes it; the tick sends it."""
        now = self.clock.now()
        target = ReplyTo(item.id, item.conversation_id, item.seen.target)
        post = Post(
            id=self.ids.new("pst"),
            workspace_id="wks_1",
            content=Content(text),
            account_ids=(item.account_id,),
            created_at=now,
            created_by="key_1",
            updated_at=now,
            plan=Plan(now),
            reply_to=target,
        )
        account: Account = self.store.account("wks_1", item.account_id)
        delivery = replace(self.planned(post, account, now), answers=item.id)
        reply = Reply(post.id, delivery.id, now, "key_1")
        after = replace(item, reply=reply, answered_at=now, state=ItemState.CLOSED)
        self.store.create_reply(post, [delivery], self.entry("replied"), before=item, after=after)
        return post
