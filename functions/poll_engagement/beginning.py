"""Who is to be listened to: every connected account, also one that was connected before anybody
listened, or whose timers were stopped and never started again.
"""

from collections.abc import Callable
from dataclasses import replace

from shared.core.engagement import Feed
from shared.core.errors import Conflict
from shared.core.models import MINUTE, Millis
from shared.core.platform import Verb
from shared.core.rollup import Counting
from shared.core.services import Listener
from shared.core.workspaces import Account

HEARD = frozenset({Verb.ACTIVITY, Verb.OWN_POSTS, Verb.THREADS})
COUNTED = frozenset({Verb.ACCOUNT_METRICS, Verb.POST_METRICS})
HOUR: Millis = 60 * MINUTE


def is_time(now: Millis) -> bool:
    """The first run of each hour looks: whoever connects an account gives it its timers, so that
    hardly ever anything is found.
    """
    return now % HOUR < MINUTE


def listen_to_everybody(listener: Listener, *, go_on: Callable[[], bool] = lambda: True) -> None:
    """Give every connected account that lacks them its timers, as long as `go_on`. It begins at any
    of them, so that over the hours all are looked at, however many there are.
    """
    accounts = listener.store.connected_accounts()
    first = int(listener.random.uniform(0, len(accounts)))
    for account in [*accounts[first:], *accounts[:first]]:
        if not go_on():
            return
        try:
            verbs = listener.platforms.capabilities(account.platform).verbs
            if verbs & HEARD:
                _listen(listener, account)
            if verbs & COUNTED:
                _count(listener, account)
        except Conflict:
            continue  # somebody else is at it


def _listen(listener: Listener, account: Account) -> None:
    home, now = (account.workspace_id, account.id), listener.clock.now()
    feed = listener.store.feed(*home)
    if feed is None:
        listener.store.create_feed(Feed(*home, created_at=now, wake_at=now))
    elif feed.wake_at is None:
        listener.store.save_feed(feed, replace(feed, wake_at=now))


def _count(listener: Listener, account: Account) -> None:
    home, now = (account.workspace_id, account.id), listener.clock.now()
    counting = listener.store.counting(*home)
    if counting is None:
        listener.store.create_counting(Counting(*home, created_at=now, wake_at=now))
    elif counting.wake_at is None:
        listener.store.save_counting(counting, replace(counting, wake_at=now))
