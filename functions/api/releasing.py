"""Stopping and going on: who is past stopping, and what goes out again, never as a burst."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from functions.api.acting import audit_entry, doing, enqueue
from functions.api.changing import repeating
from functions.api.content import fitting_for
from functions.api.routing import Call
from functions.api.schemas import answers as out
from shared.core.errors import Conflict, NotFound
from shared.core.lifecycle import LEAVING, S
from shared.core.models import MINUTE, Delivery, DeliveryRef, HeldReason, Millis
from shared.core.ports import CalendarEntry, PostRecord
from shared.core.posts import SPACING, Fitting, Move, in_force, release
from shared.core.services import Api
from shared.core.workspaces import Account, AccountState, Workspace

DAY: Millis = 24 * 60 * MINUTE
LOOK_BACK: Millis = 35 * DAY
"""How long before the pause a held post may have been due; no lateness is tolerated for longer."""
LOCKS_SINCE: Millis = 2 * DAY
"""An attempt that began earlier has ended: an unknown outcome is asked about for a day at most."""


def still_leaving(api: Api, call: Call, accounts: Iterable[Account]) -> list[out.LeavingDelivery]:
    """The deliveries of these accounts that are past their intent.

    Call it after the switch is stored: whatever the locks do not show will see the switch.
    """
    holders: dict[DeliveryRef, None] = {}
    for account in accounts:
        for lock in api.store.locks_of(account.profile):
            if lock.holder.workspace_id == call.workspace_id and lock.at > call.now - LOCKS_SINCE:
                holders[lock.holder] = None
    leaving = []
    for holder in holders:
        try:
            found = api.store.delivery(holder)
        except NotFound:
            continue
        if found.state in LEAVING:
            leaving.append(
                out.LeavingDelivery(
                    post_id=found.post_id,
                    delivery_id=found.id,
                    account_id=found.account_id,
                    state=found.state,
                )
            )
    return leaving


def entries_between(
    api: Api, workspace_id: str, start: Millis, end: Millis
) -> Iterable[CalendarEntry]:
    """Every post planned in [start, end), page by page."""
    after = None
    while True:
        page = api.store.calendar(workspace_id, start=start, end=end, limit=100, after=after)
        yield from page.items
        after = page.next
        if after is None:
            return


def release_stopped(
    api: Api,
    call: Call,
    *,
    since: Millis,
    workspace: Workspace,
    accounts: Sequence[Account],
) -> tuple[int, int]:
    """What a pause held goes on, and what was held for want of a connection that came back while
    the pause was on.
    """
    gone, missed = release_held(
        api, call, since=since, reason=HeldReason.PAUSED, workspace=workspace, accounts=accounts
    )
    connected = [a for a in accounts if a.state is AccountState.CONNECTED]
    more, too_late = release_held(
        api,
        call,
        since=since,
        reason=HeldReason.NEEDS_RECONNECT,
        workspace=workspace,
        accounts=connected,
    )
    return gone + more, missed + too_late


def release_held(
    api: Api,
    call: Call,
    *,
    since: Millis,
    reason: HeldReason,
    workspace: Workspace,
    accounts: Sequence[Account],
) -> tuple[int, int]:
    """Plan again what was held for `reason` on `accounts`; answers how many go out and how many
    missed their window. One that others keep moving meanwhile is left to them."""
    by_id = {account.id: account for account in accounts}
    taken: defaultdict[str, int] = defaultdict(int)
    gone, missed = 0, 0
    start = since - LOOK_BACK
    held = _held_posts(api, call, start, reason, by_id.keys())
    for post_id in [*held, *_waiting_replies(api, call, start, by_id.keys())]:

        def once(post_id: str = post_id) -> list[Delivery]:
            record = api.store.post(call.workspace_id, post_id)
            return release_of(
                api, call, record, reason=reason, workspace=workspace, accounts=by_id, taken=taken
            )

        try:
            moved = repeating(once)
        except (Conflict, NotFound):
            continue
        missed += sum(d.state is S.HELD for d in moved)
        gone += sum(d.state is not S.HELD for d in moved)
    return gone, missed


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
) -> list[Delivery]:
    """Release the held deliveries of one post. `taken` counts per account, to space them."""
    fitting = fitting_for(api, record.post, accounts)
    chosen = [
        d
        for d in record.deliveries
        if d.state is S.HELD and d.held_reason is reason and d.account_id in accounts
    ]
    moves = _moves(api, call, chosen, fitting=fitting, workspace=workspace, taken=taken)
    if not moves:
        return []
    after = replace(record.post, updated_at=call.now)
    entry = audit_entry(api, call, "post.released", post_id=record.post.id, reason=reason)
    api.store.change_post(record.post, after, moves=moves, audit=entry)
    moved = [new for _, new in moves if new is not None]
    enqueue(api, moved)
    return moved


def _moves(
    api: Api,
    call: Call,
    chosen: Sequence[Delivery],
    *,
    fitting: Fitting,
    workspace: Workspace,
    taken: defaultdict[str, int],
) -> list[Move]:
    moves: list[Move] = []
    for delivery in chosen:
        after = release(
            delivery,
            due_at=call.now + taken[delivery.account_id] * SPACING,
            max_lateness=workspace.max_lateness,
            fit=fitting(delivery.account_id),
            doing=doing(api, call),
        )
        if after.state is not S.HELD:
            taken[delivery.account_id] += 1
        moves.append((delivery, after))
    return moves


def flowing(workspace: Workspace, now: Millis) -> Callable[[Account], bool]:
    """Whether neither switch stops an account."""

    def open_for(account: Account) -> bool:
        return not in_force(workspace.paused, now) and not in_force(account.paused, now)

    return open_for
