"""What must hold: at the instant at which a request leaves, and once all has come to rest."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.content import draft_of
from shared.core.lifecycle import S
from shared.core.models import (
    MINUTE,
    SENDING_KINDS,
    Delivery,
    DeliveryRef,
    HeldReason,
    Millis,
    MissedWindow,
    Post,
    ReconcileClass,
)
from shared.core.pauses import keeping, on_all, stopping, subject
from shared.core.platform import Outgoing
from shared.core.posts import is_approved, is_by_hand
from shared.core.reasons import Reason
from shared.core.workspaces import AccountState, Pause, PauseScope
from tests.simulation.publishing.machine import Process

if TYPE_CHECKING:
    from tests.simulation.publishing.installation import Installation

KINDS = (
    "lost",
    "duplicated",
    "misattributed",
    "early",
    "after a stop",
    "not approved",
    "wrong state",
    "too much work",
    "raised",
)
HAND_OVERS = 30
"""Messages that one delivery may take, and one more for each minute that it takes."""


@dataclass(frozen=True)
class Finding:
    """One promise that was broken; `kind` is one of KINDS."""

    kind: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"


class Watch:
    """Knows the truth: the store as it is, and what people were told."""

    def __init__(self, world: "Installation") -> None:
        self._world = world
        self.findings: list[Finding] = []
        self.stops: dict[str, bool] = {}
        """Posts whose cancel was acknowledged, until somebody wants them sent again."""
        self.pauses: list[tuple[Pause, dict[str, int]]] = []
        """Pauses that were acknowledged, and the attempts that were already leaving."""
        self.earliest: dict[str, Millis] = {}
        """The instant that people were told last, by post."""

    def find(self, kind: str, words: str) -> None:
        self.findings.append(Finding(kind, words))
        self._world.machine.trace(None, f"BROKEN: {kind}: {words}")

    def leaves(self, process: Process, outgoing: Outgoing) -> None:
        """A request to publish is on its way now."""
        world, name = self._world, outgoing.key
        ref = world.refs[name.rpartition(".")[0]]
        delivery = world.store.delivery_items.get(ref)
        post = world.store.post_items.get((ref.workspace_id, ref.post_id))
        if delivery is None or post is None:
            self.find("after a stop", f"{name} leaves though it was deleted")
            return
        if delivery.state is not S.SENDING:
            self.find("after a stop", f"{name} leaves while it is {delivery.state}")
        self._early(delivery, process, part=outgoing.part, name=name)
        account = world.store.account_items[ref.workspace_id, delivery.account_id]
        if draft_of(post, account) != outgoing.draft:
            self.find("not approved", f"{name} leaves in a version that was edited away")
        if not is_approved(post):
            self.find("not approved", f"{name} leaves without approval")
        if self.stops.get(post.id):
            self.find("after a stop", f"{name} leaves after its cancel was acknowledged")
        self._paused(delivery, post, name)

    def _early(self, delivery: Delivery, process: Process, *, part: int, name: str) -> None:
        """By the clock of whoever sends. Later parts of a thread follow the first by any clock."""
        clock = process.local() if part == 0 else process.machine.now + self._world.scenario.skew
        if clock < delivery.due_at:
            self.find("early", f"{name} leaves {delivery.due_at - clock} ms early")
        if clock < self.earliest.get(delivery.post_id, 0):
            self.find("early", f"{name} leaves before the instant that somebody was told")

    def _paused(self, delivery: Delivery, post: Post, name: str) -> None:
        """By any clock: a pause that only begins, or that is about a tag that the post just got,
        does not reach whoever had written the intent by then.
        """
        world, what = self._world, subject(delivery, post.tags)
        skew, now = world.scenario.skew, world.machine.now
        meant = delivery.attempt_at or 0
        for pause, leaving in self.pauses:
            stops = all(stopping([pause], what, at=at) for at in (now - skew, now + skew))
            begun = pause.since is None or meant - skew >= pause.since
            seen = pause.scope is not PauseScope.TAG or meant > post.updated_at + 2 * skew
            if stops and begun and seen and leaving.get(delivery.id) != delivery.attempt:
                self.find("after a stop", f"{name} leaves after a pause was acknowledged: {pause}")

    def at_rest(self) -> list[Finding]:
        """Everything has settled: compare what is stored with what readers see."""
        world = self._world
        live = {post.id: post for post in world.network.posts}
        copies = Counter(post.key for post in world.network.ever)
        for key, number in sorted(copies.items()):
            if number > 1:
                self.find("duplicated", f"{key} went live {number} times")
        for ref, delivery in sorted(
            world.store.delivery_items.items(), key=lambda pair: pair[0].id
        ):
            self._recorded(delivery, {id: post.key for id, post in live.items()})
            self._explained(delivery)
            self._effort(delivery, world.handed_over[ref.id])
        gone = set(world.refs.values()) - set(world.store.delivery_items)
        for ref in sorted(gone, key=lambda one: one.id):
            self._removed(ref, [post.key for post in live.values()])
        return self.findings

    def _effort(self, delivery: Delivery, messages: int) -> None:
        took = delivery.transitions[-1].at - delivery.created_at
        if messages > HAND_OVERS + took / MINUTE:
            self.find("too much work", f"{delivery.id} took {messages} messages")

    def _removed(self, ref: DeliveryRef, keys: list[str]) -> None:
        if any(key.startswith(f"{ref.id}.") for key in keys):
            self.find("wrong state", f"{ref.id} was removed and is live")
        if ref.post_id not in self._world.stopped_by_people:
            self.find("lost", f"{ref.id} is gone")

    def _recorded(self, delivery: Delivery, keys: dict[str, str]) -> None:
        """What is stored as live is this delivery's own and there; and nothing else of it is."""
        recorded = [r.id.rsplit("/", 1)[-1] if is_by_hand(r) else r.id for r in delivery.live]
        name = delivery.id
        if delivery.state is not S.DELETED:
            for part, remote in enumerate(recorded):
                if remote not in keys:
                    self.find("lost", f"{name} says {remote} is live, which is not there")
                elif keys[remote] != f"{name}.{part}":
                    self.find("misattributed", f"{name} claims {remote} of {keys[remote]}")
        theirs = [id for id, key in keys.items() if key.startswith(f"{name}.")]
        unknown = [id for id in theirs if id not in recorded or delivery.state is S.DELETED]
        if unknown and delivery.state is not S.UNCONFIRMED:
            self.find("wrong state", f"{name} is {delivery.state}, and {unknown} are live")
        if delivery.state is S.PUBLISHED and len(recorded) != delivery.parts:
            self.find("wrong state", f"{name} is published with {len(recorded)} parts")
        self._remembered(delivery)

    def _remembered(self, delivery: Delivery) -> None:
        """When it left is kept; where nobody planned it anew, that was not before its instant."""
        if delivery.state is not S.PUBLISHED or any(is_by_hand(r) for r in delivery.live):
            return
        if delivery.sent_at is None:
            self.find("wrong state", f"{delivery.id} is published and nobody knows since when")
        elif not self._moved_by_people(delivery) and delivery.sent_at < delivery.due_at:
            self.find(
                "early", f"{delivery.id} was sent {delivery.due_at - delivery.sent_at} ms early"
            )

    def _moved_by_people(self, delivery: Delivery) -> bool:
        """Its instant may be another one than that for which its first part left."""
        return delivery.id in self._world.asked_about or bool(self._world.scenario.events)

    def _explained(self, delivery: Delivery) -> None:
        """Nothing is left in a passing state, and whatever did not go out says rightly why."""
        name, state = delivery.id, delivery.state
        if state in (S.PUBLISHED, S.DELETED):
            return
        if delivery.wake_kind in SENDING_KINDS or state not in (
            S.HELD,
            S.FAILED,
            S.CANCELLED,
            S.UNCONFIRMED,
        ):
            self.find("lost", f"{name} stays {state}")
        elif state is S.HELD and not self._rightly_held(delivery):
            self.find("lost", f"{name} is held ({delivery.held_reason}), and nothing holds it")
        elif state is S.CANCELLED and not self._rightly_cancelled(delivery):
            self.find("lost", f"{name} is cancelled, and nobody did")
        elif state is S.FAILED and not self._rightly_failed(delivery):
            self.find("lost", f"{name} failed without a reason: {delivery.error}")
        elif state is S.UNCONFIRMED and self._one_can_look(delivery):
            self.find("lost", f"{name} is unconfirmed where one can look")

    def _one_can_look(self, delivery: Delivery) -> bool:
        """A network of two phases is asked about the upload: one that it forgot says nothing."""
        kind, network = self._world.kind, self._world.network
        asked_by_upload = kind is ReconcileClass.TWO_PHASE
        if asked_by_upload and f"{delivery.id}.{len(delivery.live)}" in network.forgotten:
            return False
        return kind is not ReconcileClass.NOTHING

    def _rightly_held(self, delivery: Delivery) -> bool:
        store = self._world.store
        post = store.post_items[delivery.workspace_id, delivery.post_id]
        account = store.account_items[delivery.workspace_id, delivery.account_id]
        workspace = store.workspace_items[delivery.workspace_id]
        now = self._world.machine.now
        reason = delivery.held_reason
        if reason is HeldReason.NEEDS_APPROVAL:
            return not is_approved(post)
        if reason is HeldReason.NEEDS_RECONNECT:
            return account.state is not AccountState.CONNECTED
        if reason is HeldReason.PAUSED:
            pauses = on_all(store.settings, workspace, account)
            return bool(keeping(pauses, delivery, post.tags, now=now))
        late = delivery.transitions[-1].at > delivery.due_at + workspace.max_lateness
        return reason is HeldReason.MISSED_WINDOW and late

    def _rightly_cancelled(self, delivery: Delivery) -> bool:
        if delivery.post_id in self._world.stopped_by_people:
            return True
        store = self._world.store
        post = store.post_items[delivery.workspace_id, delivery.post_id]
        workspace = store.workspace_items[delivery.workspace_id]
        if delivery.transitions[-1].why == Reason.PAUSE_SKIPS:
            return any(e.what == "pause something" for e in self._world.scenario.events)
        late = delivery.transitions[-1].at > delivery.due_at + workspace.max_lateness
        return late and post.missed_window is MissedWindow.SKIP

    def _rightly_failed(self, delivery: Delivery) -> bool:
        error, most = delivery.error, self._world.timing.max_failures
        if error is None:
            return False
        taken_down = (
            error.code == "taken_down" and delivery.post_id in self._world.stopped_by_people
        )
        tired = delivery.failures_in_row + 1 >= most or delivery.attempt >= most
        return error.code in ("rejected", "rest_not_sent") or taken_down or tired
