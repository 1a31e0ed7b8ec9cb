"""Stopping and going on: who is past stopping, and what goes out again, never as a burst."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from functions.api.acting import audit_entry, doing, enqueue
from functions.api.changing import repeating
from functions.api.content import fitting_for
from functions.api.routing import Call
from functions.api.schemas import answers as out
from shared.core import lifecycle
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import LEAVING, S
from shared.core.models import MINUTE, Delivery, DeliveryRef, HeldReason, Millis
from shared.core.pauses import Subject, covers, keeping, next_look, on_all, stopping
from shared.core.ports import CalendarEntry, PostRecord
from shared.core.posts import SPACING, Move, release
from shared.core.services import Api
from shared.core.values import dataclass
from shared.core.workspaces import Account, Pause, PauseScope, Workspace

DAY: Millis = 24 * 60 * MINUTE
LOOK_BACK: Millis = 35 * DAY
"""How long before the pause a held post may have been due; no lateness is tolerated for longer."""
LOCKS_SINCE: Millis = 2 * DAY
"""An attempt that began earlier has ended: an unknown outcome is asked about for a day at most."""
Keeping = Callable[[Delivery, PostRecord], list[Pause]]


@dataclass(frozen=True, slots=True)
class Released:
    """What became of what was held: it goes out, or it missed its window. `stopped`: another pause
    still stops some of the accounts.
    """

    gone: int = 0
    missed: int = 0
    stopped: bool = False

    def __add__(self, more: "Released") -> "Released":
        return Released(
            self.gone + more.gone, self.missed + more.missed, self.stopped or more.stopped
        )


def workspaces_under(api: Api, call: Call, pause: Pause) -> list[str]:
    """Which workspaces a pause is about: the one at hand, or all of them."""
    if pause.scope is PauseScope.INSTALLATION:
        return [workspace.id for workspace in api.store.workspaces()]
    return [call.workspace_id]


def accounts_under(api: Api, workspace_id: str, pause: Pause) -> list[Account]:
    """Those of whose posts a pause may stop some."""
    accounts = api.store.accounts(workspace_id)
    if pause.scope in (PauseScope.ACCOUNT, PauseScope.PLATFORM):
        return [a for a in accounts if covers(pause, Subject(a.id, a.platform))]
    return list(accounts)


def still_leaving(api: Api, call: Call, pause: Pause) -> list[out.LeavingDelivery]:
    """The deliveries under a pause that are past their intent.

    Call it after the pause is stored: whatever the locks do not show will see the pause.
    """
    leaving = []
    for workspace_id in workspaces_under(api, call, pause):
        profiles = {a.profile for a in accounts_under(api, workspace_id, pause)}
        holders = {
            lock.holder
            for profile in sorted(profiles)
            for lock in api.store.locks_of(profile)
            if lock.holder.workspace_id == workspace_id and lock.at > call.now - LOCKS_SINCE
        }
        for holder in sorted(holders, key=lambda ref: ref.id):
            found = _leaving(api, holder, pause)
            if found is not None:
                leaving.append(found)
    return leaving


def _leaving(api: Api, holder: DeliveryRef, pause: Pause) -> out.LeavingDelivery | None:
    try:
        found = api.store.delivery(holder)
        if found.state not in LEAVING:
            return None
        if pause.scope is PauseScope.TAG:
            tags = api.store.post(holder.workspace_id, holder.post_id).post.tags
            if not covers(pause, Subject(found.account_id, found.platform, tags)):
                return None
    except NotFound:
        return None
    return out.LeavingDelivery(
        workspace_id=found.workspace_id,
        post_id=found.post_id,
        delivery_id=found.id,
        account_id=found.account_id,
        state=found.state,
    )


def entries_between(
    api: Api, workspace_id: str, start: Millis, end: Millis
) -> Iterable[CalendarEntry]:
    """Every post planned in [start, end), page by page."""
    after = None
    while True:
        page = api.store.calendar(workspace_id, start=start, end=end, limit=1_000, after=after)
        yield from page.items
        after = page.next
        if after is None:
            return


def release_paused(
    api: Api,
    call: Call,
    *,
    since: Millis,
    accounts: Sequence[Account],
    taken: defaultdict[str, int],
) -> Released:
    """What pauses held on `accounts` of the workspace at hand goes on, unless one keeps it that
    nobody ended; what that holds until its end is looked at then. `taken` as in `release_of`.
    """
    workspace, installation = api.store.workspace(call.workspace_id), api.store.installation()
    of_account = {account.id: on_all(installation, workspace, account) for account in accounts}

    def kept(delivery: Delivery, record: PostRecord) -> list[Pause]:
        known = of_account[delivery.account_id]
        return keeping(known, delivery, record.post.tags, now=call.now)

    released = release_held(
        api,
        call,
        since=since,
        reason=HeldReason.PAUSED,
        workspace=workspace,
        accounts=accounts,
        taken=taken,
        kept=kept,
    )
    stopped = any(
        stopping(of_account[a.id], Subject(a.id, a.platform), at=call.now) for a in accounts
    )
    return released + Released(stopped=stopped)


def nothing_keeps(delivery: Delivery, record: PostRecord) -> list[Pause]:
    """What is released for another reason than a pause: if one is on, the next worker holds it."""
    return []


def release_held(
    api: Api,
    call: Call,
    *,
    since: Millis,
    reason: HeldReason,
    workspace: Workspace,
    accounts: Sequence[Account],
    taken: defaultdict[str, int],
    kept: Keeping = nothing_keeps,
) -> Released:
    """Plan again what was held for `reason` on `accounts` and is not `kept`. What others keep
    moving meanwhile is left to them."""
    by_id = {account.id: account for account in accounts}
    gone, missed = 0, 0
    start = since - LOOK_BACK
    held = _held_posts(api, call, start, reason, by_id.keys())
    for post_id in [*held, *_waiting_replies(api, call, start, by_id.keys())]:

        def once(post_id: str = post_id) -> list[Delivery]:
            record = api.store.post(call.workspace_id, post_id)
            return release_of(
                api,
                call,
                record,
                reason=reason,
                workspace=workspace,
                accounts=by_id,
                taken=taken,
                kept=kept,
            )

        try:
            moved = repeating(once)
        except (Conflict, NotFound):
            continue
        missed += sum(d.held_reason is HeldReason.MISSED_WINDOW for d in moved)
        gone += sum(d.state is not S.HELD for d in moved)
    return Released(gone, missed)


def _held_posts(
    api: Api, call: Call, start: Millis, reason: HeldReason, account_ids: Collection[str]
) -> Iterable[str]:
    """Posts of the calendar, due or already being prepared."""
    end = call.now + api.timing.prepare_lead + MINUTE
    for entry in entries_between(api, call.workspace_id, start, end):
        held = [d for d in entry.deliveries if d.state is S.HELD and d.held_reason is reason]
        if any(d.account_id in account_ids for d in held):
            yield entry.post.id


def _waiting_replies(
    api: Api, call: Call, start: Millis, account_ids: Collection[str]
) -> Iterable[str]:
    """Answers stand in no calendar: they are found by what they answer, which stays unanswered
    while they are held.
    """
    conversations: dict[str, None] = {}
    after = None
    while True:
        page = api.store.inbox(call.workspace_id, answered=False, limit=100, after=after)
        for item in page.items:
            if item.reply is not None and item.account_id in account_ids:
                conversations[item.conversation_id] = None
        after = page.next
        if after is None or (page.items and page.items[-1].at < start):
            break
    for conversation_id in conversations:
        yield from api.store.conversation(call.workspace_id, conversation_id).reply_post_ids


def release_of(
    api: Api,
    call: Call,
    record: PostRecord,
    *,
    reason: HeldReason,
    workspace: Workspace,
    accounts: dict[str, Account],
    taken: defaultdict[str, int],
    kept: Keeping = nothing_keeps,
) -> list[Delivery]:
    """Release the held deliveries of one post. `taken` counts per profile, to space them, also
    where several workspaces speak for it.
    """
    fitting = fitting_for(api, record.post, accounts)
    chosen = [
        d
        for d in record.deliveries
        if d.state is S.HELD and d.held_reason is reason and d.account_id in accounts
    ]
    keepers = {d.id: kept(d, record) for d in chosen}
    free = [d for d in chosen if not keepers[d.id]]
    moves: list[Move] = []
    for delivery in free:
        profile = accounts[delivery.account_id].profile
        after = release(
            delivery,
            due_at=call.now + taken[profile] * SPACING,
            max_lateness=workspace.max_lateness,
            fit=fitting(delivery.account_id),
            doing=doing(api, call),
        )
        taken[profile] += after.state is not S.HELD
        moves.append((delivery, after))
    moves += [move for d in chosen if (move := _look_later(d, keepers[d.id])) is not None]
    if not moves:
        return []
    changed = replace(record.post, updated_at=call.now)
    action = "post.released" if free else "post.kept_held"
    entry = audit_entry(api, call, action, post_id=record.post.id, reason=reason)
    api.store.change_post(record.post, changed, moves=moves, audit=entry)
    moved = [new for _, new in moves if new is not None]
    enqueue(api, moved)
    return moved


def _look_later(delivery: Delivery, keepers: Sequence[Pause]) -> Move | None:
    """What another pause keeps until its end is looked at then."""
    at = next_look(keepers, delivery)
    if at is None or at == delivery.wake_at:
        return None
    return delivery, lifecycle.left_held(delivery, look_at=at)
