"""What a post costs, line by line: AWS calls and DynamoDB units, from the api to the end.

The api's handler and the publisher's steps are the real ones; DynamoDB, SQS and Parameter Store are
moto's, and the units follow AWS's published rules (`tests/fakes/meter.py`).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from bench.metered import MeteredWorld, metered_world
from bench.table import Row
from shared.core.models import MINUTE, SECOND
from tests.fakes.api_world import rfc3339_in
from tests.fakes.meter import Call

TEXT = "Our bakery opens at seven from Monday on. " * 7
"""As long as posts are: some 300 characters."""
LONG = "Our bakery opens at seven from Monday on. " * 11 + "Bring friends and a bag."
"""What most networks allow: nearly 500."""
AHEAD = 20 * MINUTE // SECOND

CREATING = (
    "key of the caller: get_item",
    "workspace of the caller: get_item",
    "reserve the Idempotency-Key: put_item",
    "workspace and its rules: get_item",
    "accounts: query",
    "the brand's voice: get_item",
    "post, delivery, audit: transact_write_items",
    "pauses of everybody: get_item",
    "keep the answer: update_item",
)
SENDING = (
    "tick, send the message: send_message_batch",
    "tick, mark it as dispatched: update_item",
    "claim: update_item",
    "load post, account, credential: batch_get_item",
    "lock the content: put_item",
    "intent: update_item",
    "switches: batch_get_item",
    "settle: update_item",
)
OPENING = "ssm:get_parameter"
"""Once for each process: it remembers the keys."""


@dataclass(frozen=True, slots=True)
class Bill:
    """`opening` is what came on top because the credential's key was not yet known."""

    calls: tuple[Call, ...]
    opening: int = 0

    @property
    def writes(self) -> float:
        return sum(call.writes for call in self.calls)

    @property
    def reads(self) -> float:
        return sum(call.reads for call in self.calls)

    def lines(self, names: Sequence[str]) -> Iterator[Row]:
        """One for each call. Raises ValueError when other calls were made than `names` says."""
        for call, name in zip(self.calls, names, strict=True):
            what, _, verb = name.rpartition(": ")
            if not call.name.endswith(f":{verb}"):
                raise ValueError(f"{call.name} where {name} belongs")
            units = (call.writes, "write units") if call.writes else (call.reads, "read units")
            yield Row(f"· {what} ({call.name})", units[0], f" {units[1]}" if units[0] else "")


def measure() -> Sequence[Row]:
    with metered_world() as world:
        created = creation(world, TEXT)
        first = dispatch(world)
        creation(world, TEXT.upper())
        sent = dispatch(world)
        long = creation(world, LONG)
        long_sent = dispatch(world)
        return [
            Row("creation of a text post", created.writes, " write units", goal=16),
            *created.lines(CREATING),
            Row("dispatched to settled, writes", sent.writes, " write units", goal=24),
            Row("dispatched to settled, reads", sent.reads, " read units", goal=8),
            Row("dispatched to settled, AWS calls", len(sent.calls), goal=8),
            *sent.lines(SENDING),
            Row("AWS calls on top for the first send of a process", first.opening),
            Row(f"creation, {len(LONG)} characters", long.writes, " write units", goal=16),
            Row(
                f"dispatched to settled, {len(LONG)} characters",
                long_sent.writes,
                " write units",
                goal=24,
            ),
            *_more(world),
        ]


def creation(world: MeteredWorld, text: str, **fields: Any) -> Bill:
    """A post through the api's handler, as a careful client sends it."""
    body = {
        "text": text,
        "account_ids": [world.account_id],
        "schedule": {"at": rfc3339_in(world, AHEAD)},
        **fields,
    }
    world.meter.clear()
    answer = world.send("/v1/posts", body, idempotency_key=world.ids.new("key"))
    if answer.status != 201:
        raise ValueError(answer.text)
    return _bill(world)


def dispatch(world: MeteredWorld) -> Bill:
    """From the tick that sees the post to its settled delivery, without a tick's own queries."""
    world.meter.clear()
    world.run((AHEAD + 60) * SECOND)
    return _bill(world, skip="dynamodb:query")


def _bill(world: MeteredWorld, *, skip: str = "") -> Bill:
    calls = [call for call in world.meter.calls if call.name != skip]
    kept = tuple(call for call in calls if call.name != OPENING)
    return Bill(kept, len(calls) - len(kept))


def _more(world: MeteredWorld) -> Iterator[Row]:
    """For information: what other posts cost on top."""
    creation(world, "with a picture", media_ids=[picture(world)])
    image = dispatch(world)
    yield Row("a post with an image, prepared to settled, writes", image.writes, " write units")
    yield Row("a post with an image, prepared to settled, reads", image.reads, " read units")
    yield Row("a post with an image, prepared to settled, AWS calls", len(image.calls))
    parts = [{"text": "two"}, {"text": "three"}]
    thread = creation(world, "one", parts=parts)
    sent = dispatch(world)
    yield Row("creation of a thread of three", thread.writes, " write units")
    yield Row("a thread of three, dispatched to settled, writes", sent.writes, " write units")
    yield Row("a thread of three, dispatched to settled, reads", sent.reads, " read units")
    yield Row("a thread of three, dispatched to settled, AWS calls", len(sent.calls))


def picture(world: MeteredWorld) -> str:
    """The id of an uploaded image."""
    data = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(data, "PNG")
    size = len(data.getvalue())
    asked = {"name": "p.png", "mime": "image/png", "size": size, "alt": "Teal"}
    started = world.send("/v1/media", asked).json
    world.bucket.upload(started["upload"], data.getvalue())
    world.send(f"/v1/media/{started['id']}/finish", {})
    return str(started["id"])
