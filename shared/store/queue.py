"""SQS: one message per timer that is due soon. It carries ids only; the store owns the truth."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shared.core.errors import StoreUnavailable
from shared.core.models import SECOND, Millis, WakeKind
from shared.core.ports import Wake
from shared.store.aws import translated
from shared.store.unreadable import UnreadableRecord

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

VERSION = 1
"""The message format that is written."""
READABLE = frozenset({VERSION})
"""What is read: what is written and, once there is one, the format before it."""
BATCH = 10
"""Entries of one SendMessageBatch; 256 KiB in all, far more than ten of ours (2026-11-21:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html)"""
MAX_DELAY_S = 900
"""The longest delay that SQS takes (2026-11-21:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html)"""


def delay_seconds(due_at: Millis, *, now: Millis, lead: Millis) -> int:
    """Whole seconds until `lead` before `due_at`, rounded up: what comes too early is dropped."""
    return max(0, min(MAX_DELAY_S, -((now + lead - due_at) // SECOND)))


def message(wake: Wake) -> str:
    """The body of one message: a hint where to look, with the instant it is meant for."""
    body: dict[str, object] = {"v": VERSION, "kind": wake.kind.value, "ws": wake.workspace_id}
    if wake.post_id is not None:
        body["post"] = wake.post_id
    body |= {"id": wake.id, "due": wake.due_at}
    if wake.alone:
        body["alone"] = True
    return json.dumps(body, separators=(",", ":"))


def parse_message(body: str) -> Wake:
    """The wake-up in a message, without the account and state, which a message does not carry.

    Raises UnreadableRecord, so that the message ends in the dead-letter queue where people look.
    """
    try:
        data = json.loads(body)
        version = data["v"]
        if version not in READABLE:
            raise UnreadableRecord(
                f"message format {version!r}: this release reads {VERSION}; "
                "deploy the release that wrote it, then redrive the dead-letter queue"
            )
        return Wake(
            kind=WakeKind(data["kind"]),
            workspace_id=_text(data, "ws"),
            id=_text(data, "id"),
            post_id=None if data.get("post") is None else _text(data, "post"),
            account_id="",
            state="",
            due_at=_instant(data, "due"),
            wake_at=_instant(data, "due"),
            alone=data.get("alone") is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableRecord(f"not a message of ours ({type(error).__name__})") from error


def _text(data: Mapping[str, object], name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _instant(data: Mapping[str, object], name: str) -> Millis:
    value = data[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(name)
    return value


class SqsQueue:
    """The queues of the publisher, one per kind of timer; implements the `Queue` port.

    Standard queues: FIFO ones have no delay per message. `MessageGroupId` is the account, which on
    a standard queue means fair turns, not order, so that one busy account cannot hold up the others
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html,
    2026-11-21).
    """

    def __init__(self, client: "SQSClient", *, urls: Mapping[WakeKind, str]) -> None:
        self._client = client
        self._urls = urls

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        """What is not accepted is left out: its timer stands, and the tick finds it again.

        Raises StoreUnavailable when nothing at all was accepted because SQS could not be reached.
        """
        accepted: list[Wake] = []
        lost: StoreUnavailable | None = None
        for kind, url in self._urls.items():
            ours = [wake for wake in wakes if wake.kind is kind]
            for start in range(0, len(ours), BATCH):
                batch = ours[start : start + BATCH]
                try:
                    accepted += self._send_batch(url, batch, now=now, lead=lead)
                except StoreUnavailable as error:
                    lost = error
        if lost is not None and not accepted:
            raise lost
        return accepted

    def _send_batch(
        self, url: str, wakes: Sequence[Wake], *, now: Millis, lead: Millis
    ) -> list[Wake]:
        entries = [_entry(number, wake, now, lead) for number, wake in enumerate(wakes)]
        with translated("sqs:SendMessage"):
            answer = self._client.send_message_batch(QueueUrl=url, Entries=entries)
        return [wakes[int(sent["Id"])] for sent in answer.get("Successful", [])]


def _entry(
    number: int, wake: Wake, now: Millis, lead: Millis
) -> "SendMessageBatchRequestEntryTypeDef":
    entry: SendMessageBatchRequestEntryTypeDef = {
        "Id": str(number),
        "MessageBody": message(wake),
        "DelaySeconds": delay_seconds(wake.due_at, now=now, lead=lead),
    }
    if wake.account_id:
        entry["MessageGroupId"] = wake.account_id
    return entry
