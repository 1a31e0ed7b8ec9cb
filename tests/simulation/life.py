"""What happens on the network and at the desk while Tidings listens: others speak, change their
words and take them back; the account's people post from here and from their telephones.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from functions.poll_engagement.threads import AGAIN
from shared.core.engagement import ItemState
from shared.core.errors import Conflict, NotFound, SocialError, Transient
from shared.core.lifecycle import S, scheduled
from shared.core.models import MINUTE, SECOND, Delivery, Millis, Part, Post, Remote
from shared.core.workspaces import AccountState
from tests.fakes import network as faults
from tests.fakes.listening import DAY, HOUR, ListeningWorld
from tests.fakes.network import Crash, FakeNetwork, Fault
from tests.fakes.social import Paging
from tests.fakes.time import START
from tests.simulation.tally import note

WHILE_SENDING: list[Fault] = [
    faults.lost_answer,
    faults.lost_request,
    faults.applied_late,
    faults.refused_connection,
    faults.crash_before,
    faults.crash_after,
]


@dataclass
class Life:
    """`touched` is what people decided about items, which nobody but people may undo."""

    world: ListeningWorld
    chance: random.Random
    touched: dict[str, ItemState] = field(default_factory=dict)
    sent: list[Post] = field(default_factory=list)
    _words: int = 0

    def happen(self) -> None:
        """One thing, by chance; nothing when it is about something that does not exist yet."""
        (event,) = self.chance.choices(EVENTS, WEIGHTS)
        if event(self):
            note(f"event: {event.__name__.replace('_', ' ')}")

    def words(self, what: str) -> str:
        self._words += 1
        return f"{what} {self._words}"

    def any_said(self) -> str | None:
        there = [said.id for said in self.world.network.said.values() if not said.gone]
        return self.chance.choice(there) if there else None

    def any_own(self) -> str | None:
        """A post on the profile; a recent one is likelier to be answered."""
        there = [post.id for post in self.world.network.posts]
        return self.chance.choice(there[-6:]) if there else None

    def sometimes_late(self, said: str) -> None:
        """What lists do with what was just said."""
        network, drawn = self.world.network, self.chance.random()
        if drawn < 0.15 and network.said[said].parent is not None and self.is_shown(said):
            note("list: never shows it")
            network.unlisted.add(said)
        elif drawn < 0.45:
            note("list: shows it late")
            late = self.chance.randrange(SECOND, 8 * MINUTE)
            network.listed_from[said] = self.world.clock.now() + late

    def young(self) -> list[str]:
        """Live posts of ours whose threads are looked at within hours."""
        network = self.world.network
        dates = {post.id: network.dates.get(post.id, post.at) for post in network.posts}
        return [remote_id for remote_id, at in dates.items() if at > START - HOUR]

    def is_shown(self, remote_id: str) -> bool:
        """It is one of these, or the thread below one leads to it."""
        young, network = self.young(), self.world.network
        return remote_id in young or any(remote_id in network.below(one) for one in young)

    def leads_to_answers(self, remote_id: str) -> bool:
        """What answers this is shown by a thread: what answers a quote of our post is not."""
        young, network = self.young(), self.world.network
        return remote_id in young or any(remote_id in network.answers(one) for one in young)

    def at_once(self, numbers: list[int], *, found_in_thread: bool) -> int:
        """How many speak at the same instant. Lists that are paged by time lose some of these for
        good, so that only threads can find them: adapters know better than to page like that.
        """
        number = self.chance.choice(numbers)
        by_time = self.world.network.paging is Paging.TIME
        return 1 if by_time and not found_in_thread else number

    def looked_at_meanwhile(self, network: FakeNetwork, apply: Callable[[], Remote]) -> Remote:
        """The request is live and its sender waits for the answer; a look at the profile comes in
        between, and perhaps something else stands there too.
        """
        note("publishing: looked at while it is sent")
        remote = apply()
        if self.chance.random() < 0.7:
            self.world.network.post_elsewhere(self.world.account, self.words("elsewhere"))
        feed = self.world.feed
        if feed.wake_at is not None:
            now = self.world.clock.now()
            self.world.store.engagement.save_feed(feed, replace(feed, wake_at=now))
        with suppress(Crash, SocialError):
            self.world.poll()
        return remote

    def dated(self) -> Millis | None:
        """Some programs date what they send by a minute, an hour or days ago."""
        if self.chance.random() < 0.85:
            return None
        note("date: set back")
        return self.world.clock.now() - self.chance.choice([SECOND, HOUR, DAY, 9 * DAY])


def somebody_replies(life: Life) -> bool:
    """Sometimes several at the same instant."""
    to = life.any_own() if life.chance.random() < 0.7 else life.any_said()
    if to is None:
        return False
    at = life.dated()
    for _ in range(life.at_once([1, 1, 1, 4], found_in_thread=life.leads_to_answers(to))):
        named = [life.world.account.profile] if life.chance.random() < 0.5 else []
        said = life.world.network.say(life.words("reply"), to=to, naming=named, created_at=at)
        life.sometimes_late(said)
    return True


def somebody_mentions(life: Life) -> bool:
    for _ in range(life.at_once([1, 1, 3], found_in_thread=False)):
        named = [life.world.account.profile]
        said = life.world.network.say(life.words("mention"), naming=named, created_at=life.dated())
        life.sometimes_late(said)
    return True


def somebody_quotes(life: Life) -> bool:
    quoting = life.any_own()
    if quoting is None:
        return False
    life.sometimes_late(life.world.network.say(life.words("quote"), quoting=quoting))
    return True


def somebody_edits(life: Life) -> bool:
    said = life.any_said()
    if said is None:
        return False
    network = life.world.network
    if life.chance.random() < 0.3:
        until = life.world.clock.now() + life.chance.randrange(20 * MINUTE)
        network.stale_until[said] = (until, network.said[said])
    network.reword(said, life.words("edited"))
    return True


def somebody_deletes(life: Life) -> bool:
    said = life.any_said()
    if said is None:
        return False
    life.world.network.take_back(said)
    return True


def we_post(life: Life) -> bool:
    """Some as threads, some with the same words, some with trouble on the way."""
    world, chance = life.world, life.chance
    text = "the same words" if chance.random() < 0.2 else life.words("post")
    parts = (Part(life.words("part")),) if chance.random() < 0.25 else ()
    for _ in range(1 + len(parts)):
        faulty = chance.choice([*WHILE_SENDING, life.looked_at_meanwhile])
        if chance.random() < 0.3:
            note("publishing: the outcome stays unknown for long")
            world.network.look_faults.extend([Transient("down")] * 8)
        world.network.faults.append(faulty if chance.random() < 0.5 else _nothing_wrong)
    life.sent.append(world.post(text, after=chance.randrange(MINUTE, 10 * MINUTE), parts=parts))
    return True


def _nothing_wrong(_network: object, apply: Callable[[], Remote]) -> Remote:
    return apply()


def we_answer(life: Life) -> bool:
    """From here, as the api does it."""
    there = [
        item
        for item in life.world.items().values()
        if item.reply is None and not item.seen.ours and item.deleted_at is None
    ]
    if not there:
        return False
    item = life.chance.choice(there)
    with suppress(Conflict):
        life.world.network.faults.append(_nothing_wrong)
        life.sent.append(life.world.answer(item, life.words("answer")))
        life.touched.pop(item.seen.remote_id, None)
    return True


def we_post_on_the_network_itself(life: Life) -> bool:
    life.world.network.post_elsewhere(
        life.world.account, life.words("elsewhere"), created_at=life.dated()
    )
    return True


def we_answer_on_the_network_itself(life: Life) -> bool:
    said = life.any_said()
    if said is None or not life.is_shown(said):
        return False
    life.world.network.post_elsewhere(life.world.account, life.words("own answer"), to=said)
    return True


def we_edit_on_the_network_itself(life: Life) -> bool:
    there = [post.id for post in life.world.network.posts if post.id.startswith("e")]
    if not there:
        return False
    life.world.network.reword(life.chance.choice(there), life.words("edited elsewhere"))
    return True


def we_delete_on_the_network_itself(life: Life) -> bool:
    if life.chance.random() < 0.6:
        return False
    there = life.young()
    if not there:
        return False
    life.world.network.take_back(life.chance.choice(there))
    return True


def we_decide(life: Life) -> bool:
    return decide(life, None)


def decide(life: Life, remote_id: str | None) -> bool:
    """Somebody opens or closes an item: this one, or any."""
    items = life.world.items()
    there = [r for r, item in items.items() if not item.seen.ours and remote_id in (None, r)]
    if not there:
        return False
    item = items[life.chance.choice(there)]
    state = life.chance.choice([ItemState.OPEN, ItemState.CLOSED])
    with suppress(Conflict):
        life.world.store.save_item(item, replace(item, state=state))
        life.touched[item.seen.remote_id] = state
    return True


def the_account_is_lost_and_connected_again(life: Life) -> bool:
    world = life.world
    account = world.store.account("wks_1", world.account.id)
    if account.state is AccountState.CONNECTED:
        if life.chance.random() < 0.5:
            return False
        lost = replace(account, state=AccountState.NEEDS_RECONNECT)
        world.store.save_account(account, lost)
        return True
    return reconnect(world)


def reconnect(world: ListeningWorld) -> bool:
    """As the api does it; what was held goes out again."""
    account = world.store.account("wks_1", world.account.id)
    if account.state is not AccountState.CONNECTED:
        account = world.store.save_account(
            account, replace(account, state=AccountState.CONNECTED, error=None)
        )
        world.store.listen(account, now=world.clock.now())
        for held in [d for d in world.store.delivery_items.values() if d.state is S.HELD]:
            world.move(held, _released(world, held))
    return True


def _released(world: ListeningWorld, held: Delivery) -> Delivery:
    now = world.clock.now()
    return scheduled(
        held, due_at=now, needs_prepare=False, now=now, timing=world.timing, consent_late=True
    )


def a_post_cannot_be_found_for_a_while(life: Life) -> bool:
    """Once, and shorter than the pause after which it is looked for again."""
    blind = life.world.network.blind_until
    there = [remote_id for remote_id in life.young() if remote_id not in blind]
    if not there:
        return False
    until = life.world.clock.now() + life.chance.randrange(AGAIN * life.world.timing.thread)
    blind[life.chance.choice(there)] = until
    return True


def likes_come_and_go(life: Life) -> bool:
    remote_id = life.any_own()
    if remote_id is None:
        return False
    life.world.network.likes[remote_id] = life.chance.randrange(100)
    life.world.network.followers = life.chance.randrange(1_000)
    return True


EVENTS: list[Callable[[Life], bool]] = [
    somebody_replies,
    somebody_mentions,
    somebody_quotes,
    somebody_edits,
    somebody_deletes,
    we_post,
    we_answer,
    we_post_on_the_network_itself,
    we_answer_on_the_network_itself,
    we_edit_on_the_network_itself,
    we_delete_on_the_network_itself,
    we_decide,
    the_account_is_lost_and_connected_again,
    a_post_cannot_be_found_for_a_while,
    likes_come_and_go,
]
WEIGHTS = [10, 5, 3, 3, 3, 4, 2, 3, 2, 1, 1, 2, 1, 2, 2]


def deliveries_of(life: Life) -> list[Delivery]:
    """Of what was sent from here."""
    found: list[Delivery] = []
    for post in life.sent:
        with suppress(NotFound):
            found += life.world.deliveries(post)
    return found
