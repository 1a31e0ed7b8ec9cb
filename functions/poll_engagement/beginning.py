"""Who is to be listened to: every connected account, also one that was connected before anybody
listened, or whose timers were stopped and never started again.
"""

from dataclasses import replace

from shared.core.engagement import Feed
from shared.core.errors import Conflict
from shared.core.platform import Verb
from shared.core.rollup import Counting
from shared.core.services import Listener
from shared.core.workspaces import Account

HEARD = frozenset({Verb.ACTIVITY, Verb.OWN_POSTS, Verb.THREADS})
COUNTED = frozenset({Verb.ACCOUNT_METRICS, Verb.POST_METRICS})


def listen_to_everybody(listener: Listener) -> None:
    """Give every connected account that lacks them its timers. Once per process is enough: whoever
    connects an account gives it its timers too.
    """
    for account in listener.store.connected_accounts():
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
