"""What can stop a send at the last moment, read strongly after the intent is written.

Because the intent is written first, somebody who pauses and then reads the locks either sees this
delivery as leaving or knows that it will see the switch.
"""

from collections.abc import Sequence

from shared.core.models import Delivery, HeldReason, Millis, MissedWindow, Post
from shared.core.pauses import fate_of, on_all, stopping, subject
from shared.core.ports import Switches
from shared.core.posts import is_approved
from shared.core.reasons import Reason
from shared.core.services import Publisher
from shared.core.values import dataclass
from shared.core.workspaces import AccountState, Pause, PauseFate, Workspace


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why it must not leave: to be held, to be skipped, or (neither) to be looked at again
    later.
    """

    why: str
    held: HeldReason | None = None
    skip: bool = False


def verdict(
    publisher: Publisher, delivery: Delivery, post: Post, switches: Switches | None = None
) -> Verdict | None:
    """None when it may leave. `switches` as they were just read, if they were."""
    now = publisher.clock.now()
    switches = switches or publisher.store.switches(delivery)
    if switches.installation.epoch != publisher.epoch:
        return Verdict(Reason.NO_FENCE)
    if switches.account is None or switches.account.state is not AccountState.CONNECTED:
        return Verdict("the account is not connected", held=HeldReason.NEEDS_RECONNECT)
    if switches.workspace is None:
        return Verdict("the workspace is gone", skip=True)
    # Asked for the instant of sending: a pause that ends right then holds nothing.
    what, at = subject(delivery, post.tags), max(now, delivery.due_at)
    if stops := stopping(pauses_of(switches), what, at=at):
        return _paused(stops, delivery)
    if not is_approved(post):
        return Verdict("it is not approved as it stands", held=HeldReason.NEEDS_APPROVAL)
    return _missed(delivery, post, switches.workspace, now)


def pauses_of(switches: Switches) -> tuple[Pause, ...]:
    return on_all(switches.installation, switches.workspace, switches.account)


def _paused(stops: Sequence[Pause], delivery: Delivery) -> Verdict:
    if fate_of(stops, begun=bool(delivery.live)) is PauseFate.SKIP:
        return Verdict(Reason.PAUSE_SKIPS, skip=True)
    return Verdict("publishing is paused", held=HeldReason.PAUSED)


def _missed(delivery: Delivery, post: Post, workspace: Workspace, now: Millis) -> Verdict | None:
    """Later than the workspace tolerates: never silently. A thread that has begun is finished, and
    what was looked up; consent given for this delivery counts.
    """
    if delivery.live or delivery.consent_late or now <= delivery.due_at + workspace.max_lateness:
        return None
    policy = post.missed_window or workspace.missed_window
    if policy is MissedWindow.SEND:
        return None
    if policy is MissedWindow.SKIP:
        return Verdict(Reason.WINDOW_MISSED, skip=True)
    return Verdict(Reason.WINDOW_MISSED, held=HeldReason.MISSED_WINDOW)
