"""No input can name an item of another workspace, and text sorts as time does."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.errors import NotFound
from shared.core.models import DeliveryRef, WakeKind
from shared.store import keys
from shared.store.keys import Key

quick = settings(max_examples=30, deadline=None)  # no test may depend on the machine's load

ID = "pst_01JB2Q3N8W5Z7X9V6T4R2P0M1K"


@pytest.mark.parametrize(
    "text", ["", "#", "a#b", "W#wsp_1", "a b", "a/b", "é", "a\n", "x" * 65, "POST\x00", "*"]
)
def test_what_is_no_id_names_nothing(text: str) -> None:
    makers: list[Callable[[str], Key]] = [
        keys.workspace_key,
        keys.api_key_key,
        keys.sign_in_key,
        lambda found: keys.post_key(ID, found),
        lambda found: keys.post_key(found, ID),
        lambda found: keys.delivery_key(DeliveryRef(ID, ID, found)),
        lambda found: keys.account_key(ID, found),
        lambda found: keys.credential_key(ID, found),
        lambda found: keys.media_key(ID, found),
        lambda found: keys.job_key(ID, found),
        lambda found: keys.request_key(found, "k"),
        lambda found: keys.feed_key(ID, found),
        lambda found: keys.feed_key(found, ID),
        lambda found: keys.counting_key(found, ID),
        lambda found: keys.watch_key(ID, ID, found),
        lambda found: keys.series_key(ID, ID, 0, found),
        lambda found: keys.account_day_key(ID, ID, found),
        lambda found: keys.known_key(found, ID, ID),
        lambda found: keys.inbox_item_key(ID, found),
        lambda found: keys.inbox_item_key(found, ID),
        lambda found: keys.member_key(ID, found, at=0, member_id=ID),
        lambda found: keys.member_key(ID, ID, at=0, member_id=found),
    ]
    for make in makers:
        with pytest.raises(NotFound):
            make(text)


@quick
@given(st.text(max_size=80), st.text(max_size=80))
def test_keys_of_one_workspace_stay_in_it(workspace: str, thing: str) -> None:
    makers = [keys.post_key, keys.account_key, keys.media_key, keys.job_key]
    makers += [keys.feed_key, keys.counting_key, keys.inbox_item_key]
    for make in makers:
        try:
            key = make(workspace, thing)
        except NotFound:
            continue
        assert key.pk.split("#")[1] == workspace
        assert "#" not in workspace


@quick
@given(st.text(), st.text())
def test_what_a_network_calls_its_things_names_nothing_else(account: str, remote: str) -> None:
    key = keys.known_key(ID, account, remote)
    assert key.pk.startswith(f"W#{ID}#R#")
    assert len(key.pk) == len(f"W#{ID}#R#") + 64


def test_no_two_kinds_of_things_share_a_partition() -> None:
    pks = [
        keys.workspace_pk(ID),
        keys.undated_pk(ID),
        keys.inbox_pk(ID),
        keys.post_pk(ID, ID),
        keys.account_pk(ID, ID),
        keys.conversation_pk(ID, ID),
        keys.inbox_item_key(ID, ID).pk,
        keys.known_key(ID, ID, ID).pk,
    ]
    assert len(set(pks)) == len(pks)


@quick
@given(st.text())
def test_an_idempotency_key_may_be_any_text(text: str) -> None:
    assert len(keys.request_key("key_1", text).sk) == 64


@quick
@given(st.integers(0, 9_999_999_999_999), st.integers(0, 9_999_999_999_999))
def test_instants_sort_as_text(one: int, other: int) -> None:
    assert (keys.instant(one) < keys.instant(other)) == (one < other)


def test_instants_stay_within_thirteen_digits() -> None:
    assert keys.instant(-5) == "0" * 13
    assert keys.instant(10**15) == "9" * 13


@quick
@given(st.from_regex(r"[a-z0-9_]{1,30}", fullmatch=True))
def test_every_timer_is_in_a_shard_that_the_tick_reads(item_id: str) -> None:
    for kind in WakeKind:
        assert keys.wake_pk(kind, item_id) in keys.wake_pks(kind)


def test_timers_spread_over_the_shards() -> None:
    used = {keys.wake_pk(WakeKind.PUBLISH, f"dlv_{number}") for number in range(100)}
    assert used == set(keys.wake_pks(WakeKind.PUBLISH))
