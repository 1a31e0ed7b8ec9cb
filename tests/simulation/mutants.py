"""Listeners that lack one safeguard each, taken away at a port: the store or the network is handed
to the production code in a form in which the safeguard does nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.poll_engagement.reading import DAY, OVERLAP
from shared.core.engagement import Feed, Reading
from shared.core.services import Listener

Mutant = Callable[[Listener], Listener]


class _Changed:
    """Another object, but for what a subclass says."""

    def __init__(self, sound: Any) -> None:
        self.sound = sound

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sound, name)


def _store(change: Callable[[Any], Any]) -> Mutant:
    return lambda listener: replace(listener, store=change(listener.store))


def _network(change: Callable[[Any], Any]) -> Mutant:
    class Platforms(_Changed):
        def open(self, account: Any, credential: Any) -> Any:
            return change(self.sound.open(account, credential))

    return lambda listener: replace(listener, platforms=Platforms(listener.platforms))


class NoOverlap(_Changed):
    """Each look begins exactly where the one before began."""

    def activity(self, *, since: int, page: str | None) -> Any:
        return self.sound.activity(since=since + OVERLAP, page=page)


class FirstPageOnly(_Changed):
    """What does not fit on one page is not asked for."""

    def activity(self, *, since: int, page: str | None) -> Any:
        return replace(self.sound.activity(since=since, page=page), next=None)


class ThreadsUnread(_Changed):
    """Only lists are believed."""

    def threads(self, remotes: Sequence[Any]) -> Mapping[str, Any]:
        return {}


class TombstonesUnasked(_Changed):
    """What a list does not show is gone."""

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Any]:
        return dict.fromkeys(remote_ids)


class NothingAskedAgain(_Changed):
    """What a list does not show is left as it is."""

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Any]:
        return {}


class CutThreadsBelieved(_Changed):
    """A thread that was cut short counts as whole, and what it does not show as gone."""

    def threads(self, remotes: Sequence[Any]) -> Mapping[str, Any]:
        found = self.sound.threads(remotes)
        return {one: t and replace(t, complete=True) for one, t in found.items()}

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Any]:
        return dict.fromkeys(remote_ids)


class NeverDeep(_Changed):
    """The deep look never comes round."""

    def save_feed(self, before: Feed, after: Feed) -> Feed:
        saved: Feed = self.sound.save_feed(before, replace(after, swept_at=2**45, sweep=Reading()))
        return saved


class LocksUnread(_Changed):
    """What is on its way from here is not asked about."""

    def locks_of(self, profile: str) -> Sequence[Any]:
        return []


class NothingKnown(_Changed):
    """Which live posts are ours is forgotten."""

    def known(self, account: Any, remote_ids: Sequence[str]) -> Mapping[str, Any]:
        return {}


class CursorPastWhatWaits(_Changed):
    """What could not be told from our own yet is not looked at again."""

    def save_feed(self, before: Feed, after: Feed) -> Feed:
        held = after.activity.since - DAY < after.own_posts.since < after.activity.since
        if held and after.own_posts.page is None:  # not the deep look, which goes back further
            after = replace(after, own_posts=Reading(since=after.activity.since))
        saved: Feed = self.sound.save_feed(before, after)
        return saved


class CursorFirst(_Changed):
    """The cursor moves, then what was read is stored."""

    def __init__(self, sound: Any) -> None:
        super().__init__(sound)
        self.waiting: list[Any] = []

    def add_item(self, item: Any) -> bool:
        self.waiting.append(item)
        return True

    def save_feed(self, before: Feed, after: Feed) -> Feed:
        saved: Feed = self.sound.save_feed(before, after)
        waiting, self.waiting = self.waiting, []
        for item in waiting:
            if len(waiting) % 3:  # the process dies now and then
                self.sound.add_item(item)
        return saved


class WhoeverWritesLast(_Changed):
    """No comparing before setting: an item that people changed meanwhile is overwritten."""

    def save_item(self, before: Any, after: Any) -> Any:
        current = self.sound.items(before.workspace_id, [before.id])[before.id]
        return self.sound.save_item(current, after)


class GoneAtFirstSight(_Changed):
    """A post that is not found once counts as deleted."""

    def save_watch(self, before: Any, after: Any) -> Any:
        return self.sound.save_watch(before, replace(after, failures_in_row=1))


MUTANTS: dict[str, Mutant] = {
    "looks do not overlap": _network(NoOverlap),
    "only the first page": _network(FirstPageOnly),
    "threads unread": _network(ThreadsUnread),
    "tombstones without asking": _network(TombstonesUnasked),
    "what is missing is not asked about": _network(NothingAskedAgain),
    "cut threads believed": _network(CutThreadsBelieved),
    "never deep": _store(NeverDeep),
    "locks unread": _store(LocksUnread),
    "nothing known": _store(NothingKnown),
    "the cursor passes what waits": _store(CursorPastWhatWaits),
    "the cursor before the items": _store(CursorFirst),
    "whoever writes last": _store(WhoeverWritesLast),
    "gone at first sight": _store(GoneAtFirstSight),
}
