"""What is written reads back the same, and what this release cannot read says so."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.lifecycle import HISTORY
from shared.core.models import Delivery, DeliveryRef, Lock, Post, Transition, WakeKind
from shared.core.ports import Answered
from shared.core.workspaces import Account, ApiKey, AuditEntry, Job, MediaFile, Workspace
from shared.store import items, keys
from shared.store.attributes import Item, attribute, value_of
from shared.store.records import SCHEMA
from shared.store.unreadable import UnreadableRecord
from shared.store.views import delivery_summary, delivery_wake, job_wake, post_summary
from tests.fakes import make

quick = settings(max_examples=30, deadline=None)  # no test may depend on the machine's load

ids = st.from_regex(r"[A-Za-z0-9_-]{1,30}", fullmatch=True)
instants = st.integers(0, 9_999_999_999_999)
own = {"id": ids, "workspace_id": ids}
refs = st.builds(DeliveryRef, ids, ids, ids)
posts = st.builds(Post, **own)
steps = st.lists(st.from_type(Transition), max_size=HISTORY).map(tuple)
deliveries = st.builds(
    Delivery,
    **own,
    post_id=ids,
    wake_kind=st.sampled_from(WakeKind),
    wake_at=instants,
    transitions=steps,
) | st.builds(
    Delivery, **own, post_id=ids, wake_kind=st.none(), wake_at=st.none(), transitions=steps
)
jobs = st.builds(Job, **own, post_id=st.none() | ids, wake_at=st.none() | instants)
entries = st.builds(AuditEntry, **own, at=instants, post_id=st.none() | ids)


@quick
@given(posts)
def test_posts(post: Post) -> None:
    assert items.post_from(items.post_item(post)) == post


@quick
@given(deliveries)
def test_deliveries(delivery: Delivery) -> None:
    place = keys.calendar_position(make.post())
    assert items.delivery_from(items.delivery_item(delivery, place)) == delivery
    assert items.delivery_from(items.delivery_item(delivery, None)) == delivery


@quick
@given(st.builds(Account, **own))
def test_accounts(account: Account) -> None:
    assert items.account_from(items.account_item(account)) == account


@quick
@given(st.builds(Workspace, id=ids))
def test_workspaces(workspace: Workspace) -> None:
    assert items.workspace_from(items.workspace_item(workspace)) == workspace


@quick
@given(st.builds(MediaFile, **own))
def test_files(file: MediaFile) -> None:
    assert items.media_from(items.media_item(file)) == file


@quick
@given(jobs)
def test_jobs(job: Job) -> None:
    assert items.job_from(items.job_item(job)) == job


@quick
@given(entries)
def test_audit_entries(entry: AuditEntry) -> None:
    assert items.audit_from(items.audit_item(entry)) == entry


@quick
@given(st.builds(Lock, fingerprint=ids, holder=refs))
def test_locks(lock: Lock) -> None:
    assert items.lock_from(items.lock_item(lock)) == lock


@quick
@given(st.builds(ApiKey, id=ids))
def test_api_keys(key: ApiKey) -> None:
    assert items.api_key_from(items.api_key_item(key)) == key


@quick
@given(st.text(), st.integers(100, 599), st.none() | st.text())
def test_kept_answers(request_hash: str, status: int, body: str | None) -> None:
    answered = Answered(request_hash, status, body)
    begun = items.request_item(keys.request_key("key_1", "k"), request_hash, now=5)
    assert items.answered_from(begun) == Answered(request_hash, None, None)
    assert items.answered_from(begun | items.answer_attributes(answered)) == answered


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@quick
@given(values)
def test_values(value: object) -> None:
    assert value_of(attribute(value)) == value


def test_what_dynamodb_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError, match="float cannot be stored"):
        attribute({"a": [1.5]})


def shown(item: Item, index: str) -> Item:
    """The item's entry in an index, as the projection leaves it."""
    own_keys, projected = {
        keys.WAKE_INDEX: ({"wake_pk", "wake_sk"}, keys.WAKE_PROJECTION),
        keys.CALENDAR_INDEX: ({"cal_pk", "cal_sk"}, keys.CALENDAR_PROJECTION),
    }[index]
    return {n: v for n, v in item.items() if n in own_keys | set(projected) | {"pk", "sk"}}


@quick
@given(posts)
def test_the_calendar_shows_a_post(post: Post) -> None:
    plan = post.plan and replace(post.plan, at=abs(post.plan.at) % 10**13)
    post = replace(post, plan=plan)
    entry = shown(items.post_item(post), keys.CALENDAR_INDEX)
    assert items.post_summary_from(entry) == post_summary(post)


@quick
@given(deliveries)
def test_the_calendar_shows_a_delivery(delivery: Delivery) -> None:
    item = items.delivery_item(delivery, keys.calendar_position(make.post()))
    entry = shown(item, keys.CALENDAR_INDEX)
    assert items.delivery_summary_from(entry) == delivery_summary(delivery)


@quick
@given(deliveries)
def test_the_wake_index_shows_a_delivery(delivery: Delivery) -> None:
    item = shown(items.delivery_item(delivery, None), keys.WAKE_INDEX)
    assert ("wake_pk" in item) == (delivery.wake_at is not None)
    if "wake_pk" in item:
        assert items.wake_from(item) == delivery_wake(delivery)


@quick
@given(jobs)
def test_the_wake_index_shows_a_job(job: Job) -> None:
    item = shown(items.job_item(job), keys.WAKE_INDEX)
    assert ("wake_pk" in item) == (job.wake_at is not None)
    if "wake_pk" in item:
        assert items.wake_from(item) == job_wake(job)


def test_a_newer_schema_is_refused_with_what_to_do() -> None:
    item = items.post_item(make.post()) | {"v": attribute(SCHEMA + 1)}
    with pytest.raises(UnreadableRecord, match=r"POST: schema 2, this release reads 1; .* deploy"):
        items.post_from(item)


def test_an_item_without_a_schema_is_refused() -> None:
    item = items.post_item(make.post())
    del item["v"]
    with pytest.raises(UnreadableRecord, match="schema 0"):
        items.post_from(item)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": attribute("teleported")}, "Delivery.state: 'teleported'"),
        ({"due_at": attribute("soon")}, "Delivery.due_at: 'soon' is not int"),
        ({"attempt": attribute(True)}, "Delivery.attempt: True is not int"),  # noqa: FBT003 -- a value
        ({"live": attribute([{"url": "x"}])}, "Remote lacks id"),
        ({"live": attribute("x")}, "Remote"),
        ({"error": attribute([])}, "Failure lacks code"),
    ],
)
def test_a_damaged_item_says_what_is_wrong(change: Item, words: str) -> None:
    item = items.delivery_item(make.delivery(make.post()), None) | change
    with pytest.raises(UnreadableRecord, match=words):
        items.delivery_from(item)


def test_a_missing_attribute_says_which() -> None:
    item = items.delivery_item(make.delivery(make.post()), None)
    del item["platform"]
    with pytest.raises(UnreadableRecord, match="Delivery lacks platform"):
        items.delivery_from(item)


def test_what_a_newer_release_added_is_left_alone() -> None:
    delivery = make.delivery(make.post())
    item = items.delivery_item(delivery, None) | {"priority": attribute(3)}
    assert items.delivery_from(item) == delivery


def test_defaults_that_mean_something_are_stored() -> None:
    item = items.workspace_item(make.workspace())
    assert item["max_lateness"] == {"N": "3600000"}
    assert item["missed_window"] == {"S": "hold"}
    assert "requires_approval" not in item
    assert "paused" not in item


def test_what_may_be_deleted_says_when() -> None:
    lock = Lock("p", "f", DeliveryRef("w", "p", "d"), 1, at=5_000)
    assert items.lock_item(lock)["expires"] == {"N": str(5 + 30 * 86_400)}
    request = items.request_item(keys.request_key("key_1", "k"), "h", now=5_000)
    assert request["expires"] == {"N": str(5 + 86_400)}
    code = items.sign_in_item("c", email="a@b", expires_at=5_000)
    assert code["expires"] == {"N": str(5 + 86_400)}
    for kept in (make.post(), make.delivery(make.post())):
        item = items.post_item(kept) if isinstance(kept, Post) else items.delivery_item(kept, None)
        assert "expires" not in item
