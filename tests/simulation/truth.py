"""What must hold once everything is at rest: what is stored is what the network shows."""

from collections.abc import Iterator

from shared.core.engagement import ItemState
from shared.core.lifecycle import S
from shared.core.models import Millis
from tests.fakes.listening import DAY, ListeningWorld
from tests.fakes.network import LivePost
from tests.fakes.social import Paging, Said
from tests.simulation.life import Life, deliveries_of


def ours(life: Life) -> dict[str, str]:
    """Remote ids that were sent from here, and the post of each."""
    return {part.id: d.post_id for d in deliveries_of(life) for part in d.live}


def listed(world: ListeningWorld) -> list[Said]:
    """What the list of activity shows at rest."""
    network, profile = world.network, world.account.profile
    return [s for s in network.said.values() if network.lists(s) and network.concerns(s, profile)]


def lost_in_pages(world: ListeningWorld, said: Said) -> bool:
    """Lists that are paged by time may pass over what was said at one instant."""
    tied = sum(said.created_at == other.created_at for other in world.network.said.values())
    return world.network.paging is Paging.TIME and tied > 1


def lost_on_the_profile(world: ListeningWorld, post: LivePost) -> bool:
    """The same holds for the list of the account's own posts."""
    dates = [world.network.dates.get(each.id, each.at) for each in world.network.posts]
    tied = dates.count(world.network.dates.get(post.id, post.at))
    return world.network.paging is Paging.TIME and tied > 1


def reachable(life: Life) -> set[str]:
    """What others said that a list shows, or the thread of a followed post that is looked at more
    than once a day.
    """
    world, young = life.world, set(life.young())
    shown = {said.id for said in listed(world) if not lost_in_pages(world, said)}
    for watch in world.store.watch_items.values():
        for remote in watch.remotes:
            if watch.wake_at is not None and remote.id in young:
                shown |= set(world.network.below(remote.id))
    return {one for one in shown if one in world.network.said}


def check_prompt(life: Life, since: Millis) -> None:
    """Without waiting for a deep look: what lists show in its place is here, and is not ours."""
    world = life.world
    for said in listed(world):
        dated_back = said.created_at != said.arrived_at
        if not dated_back and not lost_in_pages(world, said) and said.arrived_at >= since:
            assert said.id in world.items(), f"{said} is late"
    elsewhere, own = world.elsewhere(), ours(life)
    for post in world.network.posts:
        if post.parent is None and post.id not in own:
            dated_back = world.network.dates.get(post.id, post.at) != post.at
            excused = dated_back or lost_on_the_profile(world, post)
            assert excused or post.at < since or post.id in elsewhere, f"{post} is late"


def check_inbox(life: Life) -> None:
    """Every reply, mention and quote once, with its words as they are; tombstones of what is gone;
    nothing else.
    """
    world, items = life.world, life.world.items()
    assert len(items) == len(world.store.inbox_items), "twice"
    assert reachable(life) <= items.keys(), sorted(reachable(life) - items.keys())
    own = ours(life)
    for remote_id, item in items.items():
        assert remote_id not in own, f"{remote_id} was sent from here"
        assert item.seen.ours is (remote_id not in world.network.said), item
        if item.seen.ours:
            continue
        said = world.network.said[remote_id]
        assert (item.deleted_at is not None) is said.gone, (item, said)
        assert said.gone or item.seen.text == said.text, (item, said)
        assert item.seen.created_at == said.created_at
    listing = world.listed()
    assert sorted(listing) == sorted(r for r, item in items.items() if not item.seen.ours)
    assert [items[r].at for r in listing] == sorted((items[r].at for r in listing), reverse=True)


def check_conversations(life: Life) -> None:
    """Everything below one of our posts is one conversation, about that post."""
    world, items = life.world, life.world.items()
    about = {**ours(life), **{r: post.id for r, post in world.elsewhere().items()}}
    answers = {d.post_id: d.answers for d in deliveries_of(life) if d.answers}
    for remote_id, item in items.items():
        root = _unbroken_root(world, remote_id)
        post_id = about.get(root) if root is not None else None
        if item.deleted_at is None and post_id is not None and post_id not in answers:
            assert item.post_id == post_id, (item, root)
    for post_id in set(about.values()):
        conversations = {i.conversation_id for i in items.values() if i.post_id == post_id}
        assert len(conversations) <= 1, post_id


def _unbroken_root(world: ListeningWorld, remote_id: str) -> str | None:
    """The live post of ours at the top, if all that leads there is there and is stored. A quote
    that came before what it quotes is in no thread: the next deep look gives it its place.
    """
    network, items, swept_at = world.network, world.items(), world.feed.swept_at or 0
    at = remote_id
    while at in items and items[at].deleted_at is None:
        said = network.said.get(at)
        if said is None and network.post_with(at) is None:
            return None
        parent = network.parent(at)
        at = parent or (said.quotes if said else None) or ""
        if parent is None and at in items and items[at].received_at >= swept_at:
            return None
    return at if network.post_with(at) else None


def check_elsewhere(life: Life) -> None:
    """Posts made elsewhere are what stands on the profile beside what was sent from here. What a
    list passes over for ever, because it is paged by time, cannot be followed when it is edited.
    """
    world, own = life.world, ours(life)
    there = {post.id: post for post in world.network.posts if post.parent is None}
    foreign = {remote_id: post for remote_id, post in there.items() if remote_id not in own}
    found = world.elsewhere()
    assert not found.keys() & own.keys(), "our own was taken for foreign"
    shown = {name for name, post in foreign.items() if not lost_on_the_profile(world, post)}
    assert shown <= found.keys(), sorted(shown - found.keys())
    for remote_id, post in found.items():
        state = world.delivery(post).state
        assert state is (S.PUBLISHED if remote_id in there else S.DELETED), remote_id
        if remote_id in shown:
            assert post.content.text == there[remote_id].text, remote_id


def check_own(life: Life) -> None:
    """What is gone from the network is marked as gone; nothing else is."""
    world = life.world
    for delivery in deliveries_of(life):
        there = [part for part in delivery.live if world.network.post_with(part.id)]
        if delivery.state is S.PUBLISHED:
            assert there, f"{delivery} is gone"
        if delivery.state is S.DELETED:
            assert not there, f"{delivery} is there"


def check_people(life: Life) -> None:
    """What people decided stands; what was answered on the network counts as answered."""
    items = life.world.items()
    for remote_id, state in life.touched.items():
        if items[remote_id].reply is None:
            assert items[remote_id].state is state, items[remote_id]
    for item in _answered(life):
        assert item in life.touched or items[item].state is not ItemState.NEW
        assert items[item].answered_at is not None or items[item].reply is not None


def _answered(life: Life) -> Iterator[str]:
    """Items with an answer that was made on the network and is kept here."""
    items = life.world.items()
    for item in items.values():
        parent = item.seen.parent_id
        if item.seen.ours and parent in items and not items[parent].seen.ours:
            yield parent


def check_timers(life: Life) -> None:
    """Nothing is due that nobody does, and nobody waits for ever."""
    world, now = life.world, life.world.clock.now()
    assert world.feed.wake_at is not None
    for feed in world.store.feed_items.values():
        assert now - DAY < (feed.wake_at or 0) < now + DAY
    for watch in world.store.watch_items.values():
        assert watch.wake_at is None or watch.wake_at > now - DAY
        assert watch.polls <= 105
