"""Why a planned delivery would not leave at its time, though nothing is wrong with what it says:
its account, a pause, a missing approval, a window that was missed.

Pure. The words are the users', as everywhere in `explaining.py`.
"""

from collections.abc import Mapping

from shared.core.models import MINUTE, Delivery, Millis, MissedWindow
from shared.core.pauses import fate_of, on_all, stopping, subject
from shared.core.values import dataclass
from shared.core.workspaces import (
    Account,
    AccountState,
    Installation,
    Pause,
    PauseFate,
    PauseScope,
    Workspace,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides, beside a delivery itself, whether it leaves. `missed_window` is the post's own
    choice, None: as the workspace says; `tags` are the post's.
    """

    workspace: Workspace | None = None
    accounts: Mapping[str, Account] | None = None
    installation: Installation = Installation()
    approved: bool = True
    missed_window: MissedWindow | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why it would not leave at its time as things stand, and how to mend that. `until`: when it
    leaves all the same, by itself.
    """

    code: str
    words: str
    todo: str
    until: Millis | None = None


def hindrances(delivery: Delivery, standing: Standing, *, at: Millis) -> list[Hindrance]:
    """Everything that would stop it at the instant `at`, though nothing is wrong with what it says.

    What `standing` does not know (`workspace` or `accounts` None) is not looked at.
    """
    return [
        *_of_account(delivery, standing),
        *_of_pauses(delivery, standing, at),
        *_of_approval(standing),
        *of_window(delivery, standing, at),
    ]


def _of_account(delivery: Delivery, standing: Standing) -> list[Hindrance]:
    if standing.accounts is None:
        return []
    account = standing.accounts.get(delivery.account_id)
    if account is None:
        words = "Its account is no longer here."
        return [Hindrance("account_gone", words, "Choose another account for the post.")]
    if account.state is AccountState.DISCONNECTED:
        words = f"{account.handle} is disconnected."
        todo = "Connect the account again, or take it off the post."
        return [Hindrance("account_disconnected", words, todo)]
    if account.state is AccountState.NEEDS_RECONNECT:
        words = f"{account.handle} has lost its access to the network{quoted(account.error)}."
        return [Hindrance("needs_reconnect", words, "Reconnect the account.")]
    return []


def _of_pauses(delivery: Delivery, standing: Standing, at: Millis) -> list[Hindrance]:
    what = subject(delivery, standing.tags)
    stops = stopping(pauses_on(delivery, standing), what, at=at)
    fate = fate_of(stops, begun=bool(delivery.live))
    return [_of_pause(delivery, standing, pause, fate) for pause in stops]


def pauses_on(delivery: Delivery, standing: Standing) -> tuple[Pause, ...]:
    account = (standing.accounts or {}).get(delivery.account_id)
    return on_all(standing.installation, standing.workspace, account)


def _of_pause(delivery: Delivery, standing: Standing, pause: Pause, fate: PauseFate) -> Hindrance:
    words = f"{said_of(pause, delivery, standing)}: {THEN[fate]}."
    if fate is PauseFate.SEND_AFTER and pause.until is not None:
        return Hindrance("paused", words, "", until=pause.until)
    return Hindrance("paused", words, TO_END[pause.scope])


def said_of(pause: Pause, delivery: Delivery, standing: Standing) -> str:
    account = (standing.accounts or {}).get(delivery.account_id)
    return paused_words(pause, account.handle if account else "Its account")


def paused_words(pause: Pause, handle: str) -> str:
    """What is paused, and why; `handle` is the account's."""
    words = {
        PauseScope.INSTALLATION: "Publishing is paused for everybody",
        PauseScope.WORKSPACE: "Publishing is paused",
        PauseScope.ACCOUNT: f"{handle} is paused",
        PauseScope.PLATFORM: f"Publishing to {pause.value.capitalize()} is paused",
        PauseScope.TAG: f"What is tagged “{pause.value}” is paused",
    }
    because = f" (“{pause.reason}”)" if pause.reason else ""
    return words[pause.scope] + because


THEN: Mapping[PauseFate, str] = {
    PauseFate.HOLD: "what comes due waits until somebody ends the pause",
    PauseFate.SEND_AFTER: "what comes due leaves after the pause",
    PauseFate.SKIP: "what comes due is left out",
}
TO_END: Mapping[PauseScope, str] = {
    PauseScope.INSTALLATION: "Ask whoever runs Tidings to resume publishing.",
    PauseScope.WORKSPACE: "Resume publishing.",
    PauseScope.ACCOUNT: "Resume the account.",
    PauseScope.PLATFORM: "End the pause.",
    PauseScope.TAG: "End the pause.",
}


def _of_approval(standing: Standing) -> list[Hindrance]:
    if standing.approved:
        return []
    words = "Nobody has approved it as it stands."
    return [Hindrance("needs_approval", words, "Approve it before its time.")]


def of_window(delivery: Delivery, standing: Standing, at: Millis) -> list[Hindrance]:
    """By `at` it would be later than the workspace tolerates."""
    workspace = standing.workspace
    if workspace is None or delivery.live or delivery.consent_late:
        return []
    policy = standing.missed_window or workspace.missed_window
    if policy is MissedWindow.SEND or at <= delivery.due_at + workspace.max_lateness:
        return []
    then = "put on hold" if policy is MissedWindow.HOLD else "left out"
    words = f"By then it is more than {_minutes(workspace.max_lateness)} late, so it is {then}."
    return [Hindrance("missed_window", words, "Send it now, plan it anew, or cancel it.")]


def _minutes(span: Millis) -> str:
    minutes = max(1, span // MINUTE)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def quoted(error: object) -> str:
    message = getattr(error, "message", "")
    return f": “{message.rstrip('.')}”" if message else ""
