"""The queue of production on moto and the fake one carry the same messages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from shared.core.errors import StoreUnavailable
from shared.core.models import Millis, WakeKind
from shared.core.ports import Queue, Wake
from shared.store.aws import DeploymentFault, client_config
from shared.store.queue import SqsQueue, delay_seconds, message, parse_message
from shared.store.unreadable import UnreadableRecord
from tests.fakes import make
from tests.fakes.queue import FakeQueue
from tests.fakes.time import START, FakeClock

LEAD: Millis = 3_000


def wake(number: int = 1, *, due_in: Millis = 0, **changes: Any) -> Wake:
    made = Wake(
        kind=WakeKind.PUBLISH,
        workspace_id=make.WORKSPACE,
        id=make.new_id("dlv", number),
        post_id=make.new_id("pst", number),
        account_id=make.ACCOUNT,
        state="scheduled",
        due_at=START + due_in,
        wake_at=START + due_in,
    )
    return replace(made, **changes)


@dataclass(frozen=True)
class Opened:
    """A queue and a look at what of a kind can be received right now."""

    queue: Queue
    visible: Callable[[], list[str]]


class QueueContract:
    def test_a_message_per_wake_arrives(self, opened: Opened) -> None:
        wakes = [wake(number) for number in range(1, 24)]
        assert list(opened.queue.send(wakes, now=START, lead=LEAD)) == wakes
        found = sorted(parse_message(body).id for body in opened.visible())
        assert found == [w.id for w in wakes]

    def test_what_is_far_off_is_not_yet_visible(self, opened: Opened) -> None:
        near, far = wake(1, due_in=LEAD), wake(2, due_in=LEAD + 600_000)
        assert list(opened.queue.send([near, far], now=START, lead=LEAD)) == [near, far]
        assert [parse_message(body).id for body in opened.visible()] == [near.id]

    def test_a_message_says_where_to_look(self, opened: Opened) -> None:
        delivery, job = wake(1), wake(2, post_id=None)
        opened.queue.send([delivery, job], now=START, lead=LEAD)
        found = {parsed.id: parsed for parsed in map(parse_message, opened.visible())}
        # A message carries neither account nor state.
        assert found[delivery.id] == replace(delivery, account_id="", state="")
        assert found[job.id] == replace(job, account_id="", state="")
        assert found[job.id].is_job

    def test_sending_nothing_sends_nothing(self, opened: Opened) -> None:
        assert list(opened.queue.send([], now=START, lead=LEAD)) == []
        assert opened.visible() == []

    def test_a_wake_without_an_account_is_sent_too(self, opened: Opened) -> None:
        nameless = wake(account_id="")
        assert list(opened.queue.send([nameless], now=START, lead=LEAD)) == [nameless]


class TestFakeQueue(QueueContract):
    @pytest.fixture
    def opened(self) -> Opened:
        queue = FakeQueue(FakeClock())
        return Opened(queue, lambda: [m.body for m in queue.receive(1_000)])


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.Session().client("sqs", region_name="eu-west-1", config=client_config("sqs"))


def received(sqs: Any, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    ).get("Messages", []):
        found += page
    return found


class SqsContract(QueueContract):
    @pytest.fixture
    def url(self, sqs: Any) -> Iterator[str]:
        url = sqs.create_queue(QueueName="publish")["QueueUrl"]
        yield url
        sqs.delete_queue(QueueUrl=url)

    @pytest.fixture
    def opened(self, sqs: Any, url: str) -> Opened:
        queue = SqsQueue(sqs, urls={WakeKind.PUBLISH: url})
        return Opened(queue, lambda: [m["Body"] for m in received(sqs, url)])

    def test_accounts_take_turns(self, sqs: Any, url: str, opened: Opened) -> None:
        opened.queue.send([wake()], now=START, lead=LEAD)
        (sent,) = received(sqs, url)
        assert sent["Attributes"]["MessageGroupId"] == make.ACCOUNT


class TestSqsQueue(SqsContract):
    def test_each_kind_has_its_queue(self, sqs: Any, url: str) -> None:
        other = sqs.create_queue(QueueName="prepare")["QueueUrl"]
        queue = SqsQueue(sqs, urls={WakeKind.PUBLISH: url, WakeKind.PREPARE: other})
        queue.send([wake(1), wake(2, kind=WakeKind.PREPARE)], now=START, lead=LEAD)
        (prepare,) = received(sqs, other)
        assert parse_message(prepare["Body"]).kind is WakeKind.PREPARE
        assert len(received(sqs, url)) == 1

    def test_ten_messages_go_in_one_call(self, sqs: Any, opened: Opened) -> None:
        calls: list[int] = []
        event = "provide-client-params.sqs.SendMessageBatch"

        def count(params: Any, **_: object) -> None:
            calls.append(len(params["Entries"]))

        sqs.meta.events.register(event, count)
        opened.queue.send([wake(number) for number in range(23)], now=START, lead=LEAD)
        sqs.meta.events.unregister(event, count)
        assert calls == [10, 10, 3]


@dataclass
class Answering:
    """Stands for the client: answers each batch by `turns`."""

    turns: list[Callable[[Sequence[dict[str, Any]]], dict[str, Any]]]

    def send_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 -- boto3's names
        Entries: Sequence[dict[str, Any]],  # noqa: N803 -- boto3's names
    ) -> dict[str, Any]:
        return self.turns.pop(0)(Entries)


def all_of(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"Successful": [{"Id": entry["Id"]} for entry in entries]}


def all_but_the_second(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    failed = [{"Id": entries[1]["Id"], "SenderFault": False, "Code": "InternalError"}]
    return all_of([entries[0], *entries[2:]]) | {"Failed": failed}


def none_of(_: Sequence[dict[str, Any]]) -> dict[str, Any]:
    raise EndpointConnectionError(endpoint_url="https://sqs.test")


def queue_that(*turns: Callable[[Sequence[dict[str, Any]]], dict[str, Any]]) -> SqsQueue:
    client: Any = Answering(list(turns))
    return SqsQueue(client, urls={WakeKind.PUBLISH: "https://sqs.test/publish"})


def test_what_sqs_refused_is_left_out() -> None:
    wakes = [wake(number) for number in range(3)]
    accepted = queue_that(all_but_the_second).send(wakes, now=START, lead=LEAD)
    assert list(accepted) == [wakes[0], wakes[2]]


def test_a_lost_batch_does_not_hide_the_others() -> None:
    wakes = [wake(number) for number in range(25)]
    accepted = queue_that(all_of, none_of, all_of).send(wakes, now=START, lead=LEAD)
    assert list(accepted) == [*wakes[:10], *wakes[20:]]


def test_an_unreachable_queue_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        queue_that(none_of).send([wake()], now=START, lead=LEAD)


def test_a_missing_queue_is_a_wrong_deployment(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="gone")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(DeploymentFault, match="sqs:SendMessage"):
        SqsQueue(sqs, urls={WakeKind.PUBLISH: url}).send([wake()], now=START, lead=LEAD)


@pytest.mark.parametrize(
    ("due_in", "seconds"),
    [
        (-60_000, 0),
        (0, 0),
        (LEAD, 0),
        (LEAD + 1, 1),
        (LEAD + 1_000, 1),
        (LEAD + 1_001, 2),
        (LEAD + 300_000, 300),
        (LEAD + 900_000, 900),
        (LEAD + 10**9, 900),
    ],
)
def test_delays_are_whole_seconds_never_early(due_in: Millis, seconds: int) -> None:
    assert delay_seconds(START + due_in, now=START, lead=LEAD) == seconds


def test_the_format_of_a_message() -> None:
    """Kept word for word: messages outlive releases."""
    assert message(wake()) == (
        '{"v":1,"kind":"publish","ws":"wsp_00000000000000000000000001",'
        '"post":"pst_00000000000000000000000001","id":"dlv_00000000000000000000000001",'
        '"due":1780000000000}'
    )
    assert '"post"' not in message(wake(post_id=None))


@pytest.mark.parametrize("missing", ["null", '""'])
def test_a_job_may_be_written_with_an_empty_post(missing: str) -> None:
    body = message(wake(post_id=None)).replace('"id"', f'"post":{missing},"id"')
    if missing == "null":
        assert parse_message(body).is_job
    else:
        with pytest.raises(UnreadableRecord):
            parse_message(body)


def test_a_newer_message_says_what_to_do() -> None:
    with pytest.raises(UnreadableRecord, match=r"message format 2: .* redrive the dead-letter"):
        parse_message(message(wake()).replace('"v":1', '"v":2'))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "5",
        '{"v":1}',
        "not json",
        "[" * 100_000,
        message(wake()).replace("publish", "perish"),
        message(wake()).replace("1780000000000", '"soon"'),
        message(wake()).replace("1780000000000", "true"),
        message(wake()).replace('"pst_00000000000000000000000001"', "7"),
        message(wake()).replace('"id"', '"it"'),
    ],
)
def test_what_is_no_message_of_ours_is_refused(body: str) -> None:
    with pytest.raises(UnreadableRecord):
        parse_message(body)
