"""Every form of "come back later" that networks send."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platforms.rate import LONGEST, retry_at

NOW = 1_795_000_000_000
INSTANTS = st.integers(min_value=NOW // 1000, max_value=(NOW + LONGEST) // 1000)


def said(**headers: str) -> int | None:
    return retry_at({name.replace("_", "-"): value for name, value in headers.items()}, now=NOW)


@given(st.integers(min_value=0, max_value=86_400))
def test_seconds_from_now(seconds: int) -> None:
    assert said(retry_after=str(seconds)) == NOW + seconds * 1000
    assert said(x_ratelimit_reset=str(seconds)) == NOW + seconds * 1000


@given(INSTANTS)
def test_http_date(epoch: int) -> None:
    date = format_datetime(datetime.fromtimestamp(epoch, UTC), usegmt=True)
    assert said(retry_after=date) == epoch * 1000


@given(INSTANTS)
def test_epoch_in_seconds_and_milliseconds(epoch: int) -> None:
    assert said(ratelimit_reset=str(epoch)) == epoch * 1000
    assert said(x_ratelimit_reset=str(epoch * 1000)) == epoch * 1000


@given(INSTANTS, st.sampled_from(["Z", "+00:00"]), st.integers(0, 999_999))
def test_iso_8601(epoch: int, zone: str, micros: int) -> None:
    text = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{micros:06d}{zone}"
    expected = min(epoch * 1000 + round(micros / 1000), NOW + LONGEST)
    at = said(x_ratelimit_reset=text)
    assert at is not None
    assert abs(at - expected) <= 1


def test_recorded_headers() -> None:
    reset = "2026-08-01T15:00:00.754511Z"
    at = round(datetime.fromisoformat(reset).timestamp() * 1000)
    assert retry_at({"x-ratelimit-reset": reset}, now=at - 60_000) == at


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2", "x-ratelimit-reset": "300"}, 2),
        ({"retry-after": "soon", "x-ratelimit-reset": "300"}, 300),
        ({"ratelimit-policy": "3000;w=300"}, 300),
        ({"ratelimit-policy": "10;w=1, 3000;w=300"}, 1),
        ({"ratelimit": '"default";r=0;t=37'}, 37),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-5"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"x-ratelimit-reset": "99999999999"}, LONGEST / 1000),
        ({"retry-after": "9" * 400}, None),
        ({}, None),
    ],
)
def test_which_header_counts(headers: dict[str, str], seconds: float | None) -> None:
    expected = None if seconds is None else NOW + round(seconds * 1000)
    assert retry_at(headers, now=NOW) == expected


@given(
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "x-ratelimit-reset", "ratelimit-reset", "ratelimit", "ratelimit-policy"]
        ),
        st.text(max_size=30) | st.from_regex(r"[0-9:TZ.+;w= -]{1,30}", fullmatch=True),
    )
)
def test_no_header_can_crash_it_or_park_an_account_for_long(headers: dict[str, str]) -> None:
    at = retry_at(headers, now=NOW)
    assert at is None or NOW <= at <= NOW + LONGEST
