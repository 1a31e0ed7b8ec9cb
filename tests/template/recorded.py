"""The publisher's scenarios on a real client, noting which function calls what on AWS.

What the unit tests play on fakes is played again here on DynamoDB as moto has it, so that the roles
in the template can be compared with what the functions really ask for.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3

from functions.api.app import App
from functions.metrics_rollup.ticking import Ticked, tick
from functions.poll_engagement.beginning import listen_to_everybody
from functions.poll_engagement.polling import Polled
from functions.publish.fence import raise_fence
from shared.core.issuers import Arrival, Door, Entrance
from shared.core.models import MINUTE, Draft, Millis, WakeKind
from shared.core.platform import Prepared
from shared.core.ports import Downloaded, MediaBytes, Wake
from shared.core.services import Api
from shared.core.timing import Timing
from shared.core.workspaces import Account
from shared.runtime.wiring_api import RandomSecrets
from shared.store.api_store import DynamoApiStore
from shared.store.engagement_store import DynamoEngagementStore
from shared.store.publish_store import DynamoPublishStore
from shared.store.queue import parse_message
from tests.contract.stores import new_table
from tests.fakes.api_world import FakePages
from tests.fakes.bucket import FakeBucket
from tests.fakes.listening import ListeningWorld
from tests.fakes.network import Crash, FakeNetwork, FakePlatform
from tests.fakes.queue import FakeQueue
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.time import FakeClock, SeqIds
from tests.fakes.vault import FakeVault
from tests.fakes.world import World
from tests.template.reading import ROOT


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
"""One grey pixel."""
QUEUES = {WakeKind.PUBLISH: "PublishQueue", WakeKind.PREPARE: "PrepareQueue"}


@dataclass(frozen=True, slots=True)
class Used:
    """One permission that was needed, on one resource; `leading` is the partition key, if any."""

    role: str
    action: str
    target: str
    leading: str = ""


@dataclass
class Recorder:
    """Notes every call made while a function is named as the caller."""

    caller: str = ""
    used: set[Used] = field(default_factory=set)

    @contextmanager
    def calling(self, role: str) -> Iterator[None]:
        self.caller = role
        try:
            yield
        finally:
            self.caller = ""

    def note(self, action: str, target: str, leading: str = "") -> None:
        if self.caller:
            self.used.add(Used(self.caller, action, target, leading))

    def listen(self, client: Any) -> None:
        client.meta.events.register("provide-client-params.dynamodb.*", self._dynamodb)

    def _dynamodb(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        for action, key in _touched(model.name, params):
            index = params.get("IndexName")
            target = f"Table/index/{index}" if index else "Table"
            self.note(f"dynamodb:{action}", target, "" if index else key)


def _touched(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """IAM action and partition key of everything that one call reads or writes."""
    if operation == "Query":
        yield operation, params["ExpressionAttributeValues"][":pk"]["S"]
    elif operation == "TransactWriteItems":
        for member in params["TransactItems"]:
            ((verb, arguments),) = member.items()
            yield f"{verb}Item", _key(arguments)
    elif operation == "BatchGetItem":
        for table in params["RequestItems"].values():
            yield from ((operation, key["pk"]["S"]) for key in table["Keys"])
    else:
        yield operation, _key(params)


def _key(arguments: Mapping[str, Any]) -> str:
    return str((arguments.get("Key") or arguments["Item"])["pk"]["S"])


class NotedVault(FakeVault):
    """Asks for what the keyring asks: who opened one knows the public key, too."""

    loaded = False

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def make_key(self) -> None:
        """As the deliverer does when it is started."""
        for half in ("private", "public"):
            for action in ("ssm:GetParameter", "ssm:PutParameter"):
                self._recorder.note(action, f"credentials/{half}")

    def seal(self, workspace_id: str, account_id: str, credential: Mapping[str, object]) -> bytes:
        if not self.loaded:
            self._recorder.note("ssm:GetParameter", "credentials/public")
        return super().seal(workspace_id, account_id, credential)

    def open(self, workspace_id: str, account_id: str, sealed: bytes) -> dict[str, object]:
        self.loaded = True
        self._recorder.note("ssm:GetParameter", "credentials/private")
        return super().open(workspace_id, account_id, sealed)


class NotedQueue(FakeQueue):
    def __init__(self, recorder: Recorder, clock: FakeClock) -> None:
        super().__init__(clock)
        self._recorder = recorder

    def send(self, wakes: Sequence[Wake], *, now: Millis, lead: Millis) -> Sequence[Wake]:
        for wake in wakes:
            self._recorder.note("sqs:SendMessage", QUEUES[wake.kind])
        return super().send(wakes, now=now, lead=lead)


class NotedBucket(FakeBucket):
    """What IAM asks for each: a signed form or link needs what its later use needs."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def _note(self, action: str, key: str) -> None:
        self._recorder.note(action, f"MediaBucket/{key.partition('/')[0]}/*")

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        self._note("s3:GetObject", key)
        return super().read(key, start=start, length=length)

    def size(self, key: str) -> int:
        self._note("s3:GetObject", key)
        return super().size(key)

    def presign_post(
        self, key: str, *, mime: str, max_size: int, expires_s: int
    ) -> Mapping[str, object]:
        self._note("s3:PutObject", key)
        return super().presign_post(key, mime=mime, max_size=max_size, expires_s=expires_s)

    def presign_get(self, key: str, *, expires_s: int) -> str:
        self._note("s3:GetObject", key)
        return super().presign_get(key, expires_s=expires_s)

    def write(self, key: str, data: bytes, *, mime: str) -> None:
        self._note("s3:PutObject", key)
        super().write(key, data, mime=mime)

    def copy(self, source: str, target: str) -> None:
        self._note("s3:GetObject", source)
        self._note("s3:PutObject", target)
        super().copy(source, target)

    def delete(self, key: str) -> None:
        self._note("s3:DeleteObject", key)
        super().delete(key)


class NoIssuer:
    """Asking it is HTTP, which takes no permission."""

    def entrance(self) -> Entrance:
        raise NotImplementedError

    def email_of(self, arrival: Arrival) -> str:
        raise NotImplementedError


class NotedDirectory:
    """Everybody is new, and gets a mail."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def welcome(self, email: str) -> None:
        self._recorder.note("cognito-idp:AdminCreateUser", "UserPool")


class ReadingNetwork(FakeNetwork):
    """Its adapter reads the files it is given, as every real one does; `dies` once if asked to."""

    dies = False

    def open(self, account: Account, credential: Mapping[str, object]) -> FakePlatform:
        return ReadingPlatform(self, account, dict(credential))


class ReadingPlatform(FakePlatform):
    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        for part in draft.parts:
            for each in part.media:
                media.read(each.key, start=0, length=1)
        if isinstance(self.network, ReadingNetwork) and self.network.dies:
            self.network.dies = False
            raise Crash
        return super().prepare(draft, handles, media)


class BothStores:
    """What the scenarios look at: the api's half, and the publisher's where only it can."""

    def __init__(self, client: Any, table: str) -> None:
        self._halves = (DynamoPublishStore(client, table), DynamoApiStore(client, table))

    def __getattr__(self, name: str) -> Any:
        publish, api = self._halves
        return getattr(publish if hasattr(publish, name) else api, name)


class NotedHalf:
    """A store whose every call counts as the api's."""

    def __init__(self, store: DynamoApiStore, recorder: Recorder) -> None:
        self._store, self._recorder = store, recorder

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*args: Any, **named: Any) -> Any:
            with self._recorder.calling("ApiRole"):
                return method(*args, **named)

        return call


class RecordedWorld(World):
    """The world of the unit tests, on moto's DynamoDB."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.noted = recorder, client()
        recorder.listen(self.noted)
        super().__init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        quiet = client()
        table = new_table(quiet)
        self.store = BothStores(quiet, table)  # type: ignore[assignment]  # has what scenarios ask for
        self.network: ReadingNetwork = ReadingNetwork(self.clock)
        self.vault: NotedVault = NotedVault(self.recorder)
        self.queue = NotedQueue(self.recorder, self.clock)
        self.publisher = replace(
            self.publisher,
            store=DynamoPublishStore(self.noted, table),
            vault=self.vault,
            queue=self.queue,
            platforms=self.network,
            media=NotedBucket(self.recorder),
        )
        self.store.create_workspace(self.workspace, self.entry("created"))
        self.account = self.connect("ada")

    def start(self) -> None:
        with self.recorder.calling("DeliverRole"):
            self.vault.make_key()

    def tick(self) -> None:
        with self.recorder.calling("TickRole"):
            super().tick()

    def work(self, body: str) -> None:
        prepares = parse_message(body).kind is WakeKind.PREPARE
        with self.recorder.calling("PrepareRole" if prepares else "DeliverRole"):
            super().work(body)

    def fence(self) -> None:
        with self.recorder.calling("DeliverRole"):
            raise_fence(self.publisher, epoch=1, since=self.clock.now() - MINUTE)


class RecordedEars(ListeningWorld):
    """The world that is listened to and counted, on moto's DynamoDB; only listening is noted."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        super().__init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        noted, quiet = client(), client()
        self.recorder.listen(noted)
        table = new_table(quiet)
        self.store = BothStores(quiet, table)  # type: ignore[assignment]  # has what scenarios ask for
        self.vault = NotedVault(self.recorder)
        self.publisher = replace(
            self.publisher, store=DynamoPublishStore(quiet, table), vault=self.vault
        )
        self.listener = replace(
            self.listener, store=DynamoEngagementStore(noted, table), vault=self.vault
        )
        self.store.create_workspace(self.workspace, self.entry("created"))
        self.account = self.connect("ada")
        with self.recorder.calling("PollEngagementRole"):
            listen_to_everybody(self.listener)

    def poll(self) -> Polled:
        with self.recorder.calling("PollEngagementRole"):
            return super().poll()

    def later(self, span: Millis) -> None:
        """Time passes without a tick; then one looks twice, for what the first one found."""
        self._next_tick = self.clock.advance(span) + MINUTE
        self.poll()
        self.run(2 * MINUTE)

    def count(self) -> Ticked:
        """One run of counting."""
        with self.recorder.calling("MetricsRollupRole"):
            return tick(self.listener, time_left=lambda: 120_000)


class RecordedApi:
    """The api's real handler on moto's DynamoDB; `ask` plays API Gateway."""

    def __init__(self, recorder: Recorder) -> None:
        noted = client()
        recorder.listen(noted)
        self.recorder, self.clock = recorder, FakeClock()
        self.bucket = NotedBucket(recorder)
        self.api = Api(
            store=DynamoApiStore(noted, new_table(client())),
            queue=NotedQueue(recorder, self.clock),
            platforms=FakeNetwork(self.clock),
            vault=NotedVault(recorder),
            bucket=self.bucket,
            download=lambda url, *, max_size: Downloaded(PNG, "image/png"),
            read_page=FakePages(),
            clock=self.clock,
            ids=SeqIds(),
            secrets=RandomSecrets(),
            telemetry=FakeTelemetry(),
            timing=Timing(),
            door=Door(issuer=NoIssuer(), directory=NotedDirectory(recorder)),
        )
        self._app = App(lambda: self.api)
        with recorder.calling("ApiRole"):
            first = {"action": "first_key", "email": "ada@example.com", "timezone": "UTC"}
            self.key = self._app(first, None)["api_key"]
            self._app({"action": "sign_in_link", "email": "ada@example.com"}, None)

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer's body; fails on anything but success."""
        event = json.loads((ROOT / "events" / "api_post.json").read_text(encoding="utf-8"))
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event |= {"rawPath": path, "body": None if body is None else json.dumps(body)}
        event["headers"] |= {"authorization": f"Bearer {self.key}"}
        event["headers"]["idempotency-key"] = f"{method}-{path}-{hash(event['body'])}"
        with self.recorder.calling("ApiRole"):
            answer = self._app(event, None)
        assert answer["statusCode"] < 300, answer
        found: dict[str, Any] = json.loads(answer["body"] or "{}")
        return found


def client() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1")
