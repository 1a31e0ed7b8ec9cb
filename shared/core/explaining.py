"""How a delivery stands, for whoever planned it: what is so, what comes next and when, what to do.

Pure. The words are the users': none of the protocol's own terms is among them, and every sentence
can be shown as it is.
"""

from collections.abc import Callable, Mapping, Sequence

from shared.core.hindrances import (
    TO_END,
    Standing,
    hindrances,
    of_window,
    pauses_on,
    quoted,
    said_of,
)
from shared.core.lifecycle import S, lateness
from shared.core.models import MINUTE, SECOND, Delivery, HeldReason, Millis, WakeKind
from shared.core.pauses import keeping, next_look
from shared.core.posts import is_by_hand
from shared.core.reasons import Reason
from shared.core.values import dataclass
from shared.core.workspaces import PauseFate

OVERDUE: Millis = MINUTE
"""So long after its time whatever has not left counts as stuck."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`words`: how it stands, and what follows by itself. `next_at`: when that is; in the past: any
    moment now. `todo`: what somebody should do; empty: nothing.
    """

    words: str
    next_at: Millis | None = None
    todo: str = ""


def explain(delivery: Delivery, standing: Standing, *, now: Millis) -> Explanation:
    return _SAID[delivery.state](delivery, standing, now)


def _hindered(delivery: Delivery, standing: Standing, at: Millis, otherwise: str) -> Explanation:
    """`otherwise`, unless something would stop it at `at`."""
    found = hindrances(delivery, standing, at=at)
    if not found:
        return Explanation(otherwise, at)
    words = " ".join(each.words for each in found)
    later = [each.until for each in found if each.until is not None]
    return Explanation(
        f"As things stand it does not leave at its time. {words}",
        max(later) if len(later) == len(found) else at,
        " ".join(dict.fromkeys(each.todo for each in found)),
    )


def _draft(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    return Explanation("It has no date yet, so nothing goes out.", todo="Give it a time.")


def _scheduled(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    if delivery.wake_kind is WakeKind.PREPARE:
        return _to_prepare(delivery, standing, now)
    if now > delivery.due_at + OVERDUE:
        words = "It should have left at its time and has not. It leaves as soon as it can."
        todo = "If it stays like this for minutes, ask whoever runs Tidings to look at its alarms."
        late = _hindered(delivery, standing, now, words)
        return Explanation(late.words, delivery.due_at, late.todo or todo)
    return _hindered(delivery, standing, delivery.due_at, "It is ready and leaves at its time.")


def _to_prepare(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    last = delivery.transitions[-1].why if delivery.transitions else ""
    step = max(delivery.wake_at or 0, 0) or delivery.due_at
    if delivery.error is not None:
        words = f"Getting it ready did not work yet{quoted(delivery.error)}. It is tried again."
    elif last == Reason.PROCESSING:
        words = "The network is still working on its pictures or video. It is asked again soon."
    elif step > now:
        words = "Its pictures and links are sent ahead to the network, so that it leaves on time."
    else:
        words = "Its pictures and links are about to be sent ahead to the network."
    found = _hindered(delivery, standing, max(step, delivery.due_at), words)
    return Explanation(found.words, step, found.todo)


def _preparing(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    words = "Its pictures and links are on their way to the network, so that it leaves on time."
    return _hindered(delivery, standing, max(now, delivery.due_at), words)


def _claimed(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    words = (
        "It is about to leave." if not delivery.live else f"{_parts(delivery)} The rest follows."
    )
    return Explanation(words, max(delivery.due_at, delivery.claimed_at or 0))


def _sending(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    words = (
        "It is leaving right now. Should no answer come, Tidings looks for it on the network "
        "before anything else is sent."
    )
    return Explanation(words, delivery.wake_at)


def _published(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    late = lateness(delivery)
    if late is None:
        return Explanation("It is live.")
    return Explanation(f"It is live. It left {late / SECOND:.2f} seconds after its time.")


WAITS: Mapping[str, str] = {
    Reason.TIME_IS_SHORT: "It could not be finished in one go.",
    Reason.WORKER_LOST: "It was interrupted before it left.",
    Reason.TOO_SLOW: "It was interrupted before it left.",
    Reason.RELEASED: "What held it up is over.",
    Reason.THREAD_GOES_ON: "What is out of it was found on the network; the rest follows.",
    Reason.ITS_TURN: (
        "Much leaves from this account right now; it waits for its turn, so that the network does "
        "not refuse it."
    ),
    Reason.ASKED_TO_WAIT: "The network asked to wait.",
    Reason.SILENT: "The network does not answer at the moment.",
    Reason.SAME_CONTENT: (
        "The same words are on their way to this account from another post; it waits for that one, "
        "so that neither is mistaken for the other."
    ),
    Reason.NO_FENCE: (
        "Tidings was restored to an earlier state, and nothing leaves until whoever runs it "
        "says that this is done."
    ),
}
"""Why something waits though nothing is wrong with it."""


def _retry(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    at = delivery.retry_at or delivery.wake_at or now
    left = _parts(delivery) if delivery.live else "Nothing went out so far."
    found = hindrances(delivery, standing, at=at)
    stop = " ".join(each.words for each in found)
    todo = " ".join(dict.fromkeys(each.todo for each in found))
    return Explanation(f"{_why_again(delivery, left)} {stop}".rstrip(), at, todo)


def _why_again(delivery: Delivery, left: str) -> str:
    why = delivery.transitions[-1].why if delivery.transitions else ""
    if why in WAITS:
        return f"{WAITS[why]} {left} It leaves as soon as it can."
    again = f"{left} It is tried again; if that keeps failing, it stops and asks you."
    if why == Reason.NOT_THERE:
        return f"Tidings looked on the network, and it was not there. {again}"
    if delivery.error is None:
        return f"It could not leave yet. {again}"
    did = "asked to wait" if delivery.error.code == "rate_limited" else "did not take it"
    return f"The network {did}{quoted(delivery.error)}. {again}"


def _parts(delivery: Delivery) -> str:
    are = "is" if len(delivery.live) == 1 else "are"
    return f"{len(delivery.live)} of {delivery.parts} parts {are} live."


def _unknown(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    words = (
        f"The network did not answer clearly{quoted(delivery.error)}, so it may be live. Tidings "
        "looks there first and sends nothing before it knows, so that nothing is posted twice."
    )
    return Explanation(words, delivery.wake_at)


def _failed(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    left = f"{_parts(delivery)} The rest did not go out" if delivery.live else "Nothing went out"
    words = f"{left}{quoted(delivery.error)}."
    if any(is_by_hand(remote) for remote in delivery.live):
        return Explanation(
            words, todo="Write the rest as a new post: nothing can follow from here."
        )
    return Explanation(words, todo="Mend what is said here, then try again, or give it up.")


def _unconfirmed(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    words = f"Nobody can tell from here whether it went out{quoted(delivery.error)}."
    todo = "Look for it on the network, then say whether it is live or is to be sent again."
    return Explanation(f"{words} Nothing happens until you say.", todo=todo)


def _held(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    reason = delivery.held_reason
    if reason is HeldReason.PAUSED:
        return _held_by_a_pause(delivery, standing, now)
    if reason is HeldReason.NEEDS_APPROVAL:
        words = "Its time came and nobody had approved it as it stands, so it did not leave."
        return Explanation(words, todo="Approve it: it leaves at once unless it is too late.")
    if reason is HeldReason.NEEDS_RECONNECT:
        words = f"The account has lost its access to the network{quoted(delivery.error)}."
        todo = "Reconnect the account: what is not too late by then leaves at once."
        return Explanation(f"{words} It waits here.", todo=todo)
    words = "Its time passed too long ago, so it was not sent without asking you."
    return Explanation(words, todo="Send it now, plan it anew, or cancel it.")


def _held_by_a_pause(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    kept = keeping(pauses_on(delivery, standing), delivery, standing.tags, now=now)
    said = " ".join(f"{said_of(pause, delivery, standing)}." for pause in kept)
    words = said or "Publishing was paused when its time came."
    if kept and all(pause.fate is PauseFate.SEND_AFTER for pause in kept):
        return _leaves_after(delivery, standing, words, next_look(kept, delivery))
    if not kept and delivery.wake_at is not None:
        words = f"{words} That is over, and it goes on in its turn."
        return Explanation(words, max(now, delivery.wake_at))
    words = f"{words} It waits here and never leaves by itself."
    then = "What is not too late by then leaves, a few seconds apart; the rest waits for you."
    if not kept:
        return Explanation(words, todo="Resume publishing, send it now, or cancel it.")
    todo = [*dict.fromkeys(TO_END[pause.scope] for pause in kept), then]
    return Explanation(words, todo=" ".join(todo))


def _leaves_after(
    delivery: Delivery, standing: Standing, words: str, at: Millis | None
) -> Explanation:
    """It goes on by itself once the pause is over, if its window is not missed by then."""
    if at is None:
        words = f"{words} It leaves once somebody ends the pause, unless it is too late by then."
        return Explanation(words, todo="Resume publishing, send it now, or cancel it.")
    late = of_window(delivery, standing, at)
    then = " ".join(each.words for each in late) or "It leaves by itself after that."
    return Explanation(f"{words} {then}", at, " ".join(each.todo for each in late))


def _cancelled(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    why = delivery.transitions[-1].why if delivery.transitions else ""
    if why == Reason.WINDOW_MISSED:
        words = "Its time passed too long ago, and such posts are left out here. Nothing goes out."
        return Explanation(words, todo="Plan it anew if it should still go out.")
    if why == Reason.PAUSE_SKIPS:
        words = "Its time came during a pause that leaves out what comes due. Nothing goes out."
        return Explanation(words, todo="Plan it anew if it should still go out.")
    return Explanation("It was cancelled. Nothing goes out.")


def _deleted(delivery: Delivery, standing: Standing, now: Millis) -> Explanation:
    return Explanation("It is gone from the network.")


_SAID: Mapping[S, Callable[[Delivery, Standing, Millis], Explanation]] = {
    S.DRAFT: _draft,
    S.SCHEDULED: _scheduled,
    S.PREPARING: _preparing,
    S.CLAIMED: _claimed,
    S.SENDING: _sending,
    S.PUBLISHED: _published,
    S.RETRY: _retry,
    S.UNKNOWN: _unknown,
    S.FAILED: _failed,
    S.UNCONFIRMED: _unconfirmed,
    S.HELD: _held,
    S.CANCELLED: _cancelled,
    S.DELETED: _deleted,
}
DEPENDS = frozenset({S.SCHEDULED, S.PREPARING, S.RETRY, S.HELD})
"""States whose explanation depends on what `Standing` holds."""


def stuck(state: S, due_at: Millis, *, now: Millis) -> bool:
    """It should be out by now, nothing stopped it on purpose, and it is not."""
    return state in _UNDERWAY and now > due_at + OVERDUE


_UNDERWAY = frozenset({S.SCHEDULED, S.PREPARING, S.CLAIMED, S.SENDING, S.RETRY, S.UNKNOWN})
STOPPED: Sequence[S] = (S.HELD, S.FAILED, S.UNCONFIRMED)
"""States that end only when a person decides."""
