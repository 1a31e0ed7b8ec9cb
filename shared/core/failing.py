"""What a failure leaves behind: words for people, and a pause before the next try."""

from typing import Protocol

from shared.core.errors import SocialError
from shared.core.models import Failure, Millis
from shared.core.ports import Random
from shared.core.timing import Timing


class Patient(Protocol):
    """Whoever tries again after a while."""

    @property
    def timing(self) -> Timing: ...

    @property
    def random(self) -> Random: ...


def failure(error: Exception, now: Millis) -> Failure:
    """What people are told. Words of unexpected errors may hold content, so only their type is
    kept.
    """
    if isinstance(error, SocialError):
        return Failure(error.code, error.message or str(error) or error.code, now)
    return Failure("internal", f"unexpected {type(error).__name__}", now)


def backoff(patient: Patient, failures: int) -> Millis:
    """Full jitter: anywhere between a moment and a doubling bound."""
    timing = patient.timing
    bound = min(timing.retry_cap, timing.retry_base * 2 ** min(failures, 20))
    return int(patient.random.uniform(timing.retry_base / 4, bound))
