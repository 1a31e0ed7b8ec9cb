"""The real clock and identifiers."""

import secrets
import time

from shared.core.models import Millis

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class SystemClock:
    """UTC milliseconds; sleeping ends at the instant asked for, never before it."""

    def now(self) -> Millis:
        return time.time_ns() // 1_000_000

    def sleep_until(self, at: Millis) -> None:
        while (left := at - self.now()) > 0:
            time.sleep(left / 1_000)


class RandomIds:
    """`<prefix>_` and 26 characters: 48 bits of time, then 80 random bits, so that ids sort by
    time.
    """

    def new(self, prefix: str) -> str:
        number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
        digits = []
        for _ in range(26):
            digits.append(_ALPHABET[number & 31])
            number >>= 5
        return f"{prefix}_{''.join(reversed(digits))}"
