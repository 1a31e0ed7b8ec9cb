"""Why a delivery moved on by itself, where what people are told depends on it."""

from enum import StrEnum


class Reason(StrEnum):
    """As it stands in the delivery's history; `explaining.py` has the words for people."""

    TIME_IS_SHORT = "time is short"
    WORKER_LOST = "worker lost"
    TOO_SLOW = "it was too slow to leave"
    RELEASED = "nothing holds it"
    THREAD_GOES_ON = "thread goes on"
    ITS_TURN = "waiting for its turn on this account"
    ASKED_TO_WAIT = "the network asked us to wait"
    SILENT = "the network does not answer at the moment"
    SAME_CONTENT = "the same content is on its way on this profile"
    NO_FENCE = "state was restored and no fence is set yet"
    PROCESSING = "the platform is processing"
    NOT_THERE = "it is not there"
    WINDOW_MISSED = "its window was missed"
    PAUSE_SKIPS = "it came due during a pause that leaves out what it stops"
