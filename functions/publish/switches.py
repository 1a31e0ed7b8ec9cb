"""What can stop a send at the last moment, read strongly after the intent is written.

Because the intent is written first, somebody who pauses and then reads the locks either sees this
delivery as leaving or knows that it will see the switch.
"""

from dataclasses import dataclass

from shared.core.content import approval_hash
from shared.core.models import (
    AccountState,
    Delivery,
    HeldReason,
    Millis,
    MissedWindow,
    Pause,
    Post,
    Workspace,
)
from shared.core.services import Publisher


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why it must not leave: to be held, to be skipped, or (neither) to be looked at again
    later.
    """

    why: str
    held: HeldReason | None = None
    skip: bool = False


def verdict(publisher: Publisher, delivery: Delivery, post: Post) -> Verdict | None:
    """None when it may leave."""
    now = publisher.clock.now()
    switches = publisher.store.switches(delivery)
    if switches.installation.epoch != publisher.epoch:
        return Verdict("state was restored and no fence is set yet")
    if switches.account is None or switches.account.state is not AccountState.CONNECTED:
        return Verdict("the account is not connected", held=HeldReason.NEEDS_RECONNECT)
    if switches.workspace is None:
        return Verdict("the workspace is gone", skip=True)
    pauses = (switches.installation.paused, switches.workspace.paused, switches.account.paused)
    if any(in_force(pause, now) for pause in pauses):
        return Verdict("publishing is paused", held=HeldReason.PAUSED)
    if needs_approval(post):
        return Verdict("it is not approved as it stands", held=HeldReason.NEEDS_APPROVAL)
    return _missed(delivery, post, switches.workspace, now)


def in_force(pause: Pause | None, now: Millis) -> bool:
    """A pause holds from its start until somebody resumes, or until its end."""
    return pause is not None and (pause.until is None or now < pause.until)


def needs_approval(post: Post) -> bool:
    """True when what would be sent is not exactly what somebody approved."""
    if not post.requires_approval:
        return False
    return post.approval is None or post.approval.content_hash != approval_hash(post)


def _missed(delivery: Delivery, post: Post, workspace: Workspace, now: Millis) -> Verdict | None:
    """Later than the workspace tolerates: never silently. A thread that has begun, or an outcome
    that was
    looked up, is finished; consent given for this delivery counts."""
    if delivery.live or delivery.consent_late or now <= delivery.due_at + workspace.max_lateness:
        return None
    policy = post.missed_window or workspace.missed_window
    if policy is MissedWindow.SEND:
        return None
    if policy is MissedWindow.SKIP:
        return Verdict("its window was missed", skip=True)
    return Verdict("its window was missed", held=HeldReason.MISSED_WINDOW)
