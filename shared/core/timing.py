"""How long each step may take and each wait lasts."""

from shared.core.models import MINUTE, SECOND, Millis
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The protocol's spans, in milliseconds; settings, so that tests need not wait for minutes.

    `lead`: how early a message should arrive. `horizon`: how far the tick looks ahead. `lease` must
    exceed the deliverer's timeout, because the hard kill is what ends a lost worker. `quiet`: how
    long to wait before asking what became of an unknown outcome (a platform may state its own).
    `follow`: how long after it went live we begin to listen for answers. `feed`: how often each
    account's feed is read. `thread` and `sampling`: when the thread below a live post is first
    looked at, and its numbers first taken; later looks are multiples. `counting`: how often an
    account's own numbers are taken.
    """

    lead: Millis = 3 * SECOND
    horizon: Millis = 5 * MINUTE
    lease: Millis = 75 * SECOND
    prepare_lease: Millis = 16 * MINUTE
    prepare_lead: Millis = 10 * MINUTE
    quiet: Millis = 90 * SECOND
    stage: Millis = 150
    redispatch: Millis = 60 * SECOND
    send_timeout: Millis = 20 * SECOND
    margin: Millis = 5 * SECOND
    retry_base: Millis = 2 * SECOND
    retry_cap: Millis = 15 * MINUTE
    max_failures: int = 12
    follow: Millis = 5 * SECOND
    feed: Millis = 4 * MINUTE
    thread: Millis = MINUTE
    sampling: Millis = 10 * MINUTE
    counting: Millis = 60 * MINUTE
