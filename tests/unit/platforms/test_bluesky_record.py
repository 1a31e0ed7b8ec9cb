"""A part's record key and labels. What record it becomes: `tests/golden/bluesky`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.models import Draft, Media, Options, Part
from shared.core.platform import Outgoing
from shared.platforms.bluesky_record import SELF_LABELS, key_at, key_of, label, record, record_key

CREATED = 1_780_000_000_007
TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")
"""https://atproto.com/specs/tid (read 2026-11)."""


def test_a_file_that_was_not_prepared_is_noticed() -> None:
    media = Media("med_1", "image/png", 1, "aa", "k")
    bare = Outgoing(Draft((Part("x", (media,)),)), 0, "k", CREATED, {})
    with pytest.raises(KeyError):
        record(bare)


@given(st.text(min_size=1))
def test_every_key_becomes_a_valid_record_key(key: str) -> None:
    made = record_key(key)
    assert TID.fullmatch(made)
    assert made == record_key(key)


def test_record_keys_do_not_collide_and_lie_in_the_past() -> None:
    keys = {record_key(f"dlv_{number}.{part}") for number in range(20_000) for part in range(3)}
    assert len(keys) == 60_000
    # The letters sort as the numbers they stand for; this is 2020-09-13 in microseconds.
    alphabet = "234567abcdefghijklmnopqrstuvwxyz"
    latest = 1_600_000_000_000_000 << 10
    bound = "".join(alphabet[latest >> 5 * place & 31] for place in reversed(range(13)))
    assert max(keys) < bound


@given(st.integers(0, 2**43), st.integers(0, 2**43))
def test_keys_of_instants_sort_as_they_do(one: int, other: int) -> None:
    assert TID.fullmatch(key_at(one))
    assert (key_at(one) < key_at(other)) == (one < other)


def test_the_key_of_an_instant_is_that_of_every_clock() -> None:
    # https://atproto.com/specs/tid (read 2026-11): this one is an example, of 2024-11-17 or so.
    key = "3lbjd7yhaqc2a"
    assert key_at(1_731_000_000_000) < key < key_at(1_733_000_000_000)


def test_the_key_stands_at_the_end_of_the_address() -> None:
    assert key_of("at://did:plc:me/app.bsky.feed.post/3lbjd7yhaqc2a") == "3lbjd7yhaqc2a"


@pytest.mark.parametrize("value", SELF_LABELS)
def test_a_warning_that_names_a_label_is_that_label(value: str) -> None:
    assert label(Options(content_warning=f" {value.upper()} ")) == value
    assert label(Options(content_warning=value, sensitive=True)) == value


def test_sensitive_alone_covers_and_says_nothing_worse() -> None:
    assert label(Options(sensitive=True)) == "graphic-media"
    assert label(Options()) == ""
