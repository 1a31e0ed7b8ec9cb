"""When a network will listen again, from whichever headers it sends.

Forms met: `Retry-After` in seconds or as an HTTP date; a reset as ISO 8601, as epoch seconds or as
seconds from now (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/, read
2026-11); and, where there is no reset, the window of `ratelimit-policy: 300;w=300`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.core.models import MINUTE, SECOND, Millis

LONGEST: Millis = 24 * 60 * MINUTE
"""No answer may park an account for longer: a wrong clock or unit is likelier than such a limit."""
_RESETS = ("x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
_EPOCH_SECONDS = 1_000_000_000
_EPOCH_MILLIS = 1_000_000_000_000
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")
_WINDOW = re.compile(r";\s*w=(\d{1,9})")
_REMAINING = re.compile(r";\s*t=(\d{1,9})")


def retry_at(headers: Mapping[str, str], *, now: Millis) -> Millis | None:
    """The instant from which to ask again, from `now` to a day ahead; None when nothing was said.

    `headers` by lower-case name. `Retry-After` is the direct word; resets may be of a wider window.
    """
    for at in _candidates(headers, now):
        if at is not None:
            return min(max(at, now), now + LONGEST)
    return None


def _candidates(headers: Mapping[str, str], now: Millis) -> Iterator[Millis | None]:
    yield _instant(headers.get("retry-after", ""), now)
    for name in _RESETS:
        yield _instant(headers.get(name, ""), now)
    yield _after(_REMAINING.findall(headers.get("ratelimit", "")), now)
    yield _after(_WINDOW.findall(headers.get("ratelimit-policy", "")), now)


def _after(seconds: list[str], now: Millis) -> Millis | None:
    # Of several windows the shortest: asking once too early costs one refused request.
    return now + min(map(int, seconds)) * SECOND if seconds else None


def _instant(text: str, now: Millis) -> Millis | None:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _from_number(float(text), now)
    return _from_date(text)


def _from_number(number: float, now: Millis) -> Millis:
    if number >= _EPOCH_MILLIS:
        return round(number)
    if number >= _EPOCH_SECONDS:
        return round(number * SECOND)
    return now + round(number * SECOND)


def _from_date(text: str) -> Millis | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = parse(text)
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=UTC)
            return round(instant.timestamp() * SECOND)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
