"""The api's real handler over real HTTP, with a publisher that runs beside it on fakes.

The quick half of the page's tests: no emulator, no other process, but every request goes through
`functions.api.app` as API Gateway would hand it over, and every post through the publisher's real
steps, in real time, onto a social network in memory.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from functions.api.app import App
from functions.publish import delivering, jobs, preparing, ticking
from shared.core.errors import InvalidDraft, Problem
from shared.core.models import SECOND, WakeKind
from shared.core.platform import Capabilities, Connected, Field
from shared.core.ports import Downloaded
from shared.core.services import Api, Publisher
from shared.core.timing import Timing
from shared.runtime.clock import RandomIds, SystemClock
from shared.store.queue import parse_message
from tests.fakes.api_world import FakePages
from tests.fakes.bucket import FakeBucket
from tests.fakes.network import FakeNetwork
from tests.fakes.queue import FakeQueue
from tests.fakes.store import MemoryStore
from tests.fakes.telemetry import FakeTelemetry
from tests.fakes.time import FixedRandom
from tests.fakes.vault import FakeVault

EMAIL = "ada@bakery.example"


class RandomSecrets:
    def new(self) -> str:
        return secrets.token_hex(20)


class Network(FakeNetwork):
    """The fake network with what people enter and choose."""

    def capabilities(self, platform: str) -> Capabilities:
        return replace(
            super().capabilities(platform),
            title="Fakebook",
            connect_fields=(
                Field("server", "Server", example="https://fake.example"),
                Field("name", "User name", example="ada"),
                Field("token", "Access token", secret=True),
            ),
            visibilities=frozenset({"public", "unlisted", "private"}),
            quiet=400,
        )

    def connect(self, platform: str, fields: Mapping[str, str]) -> Connected:
        if not fields.get("server", "").startswith("https://"):
            words = "Enter the server's address, such as https://fake.example."
            raise InvalidDraft([Problem("fields.server", "bad_server", words)])
        return super().connect(platform, fields)


class Bucket(FakeBucket):
    """Uploads and pictures by real HTTP, from an origin of its own as S3's is."""

    url = ""

    def presign_post(
        self, key: str, *, mime: str, max_size: int, expires_s: int
    ) -> Mapping[str, object]:
        form = super().presign_post(key, mime=mime, max_size=max_size, expires_s=expires_s)
        return {**form, "url": f"{self.url}/"}

    def presign_get(self, key: str, *, expires_s: int) -> str:
        return f"{self.url}/{key}?expires={expires_s}"


class BucketRequests(BaseHTTPRequestHandler):
    """What S3 does with a browser's form and with a signed link."""

    bucket: ClassVar[Bucket]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        fields: dict[str, bytes] = {}
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            payload = part.get_payload(decode=True)
            fields[name] = payload if isinstance(payload, bytes) else b""
        file = fields.pop("file")
        form = {"fields": {name: value.decode() for name, value in fields.items()}}
        self._answer(204 if self.bucket.upload(form, file) else 403)

    def do_OPTIONS(self) -> None:
        """Watching an upload's progress makes the browser ask first, as it will ask S3."""
        self._answer(200)

    def do_GET(self) -> None:
        found = self.bucket.files.get(urlsplit(self.path).path.lstrip("/"))
        if found is None:
            return self._answer(404)
        return self._answer(200, found[0], found[1])

    def _answer(self, status: int, data: bytes = b"", mime: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "POST")
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: a test says what went wrong."""


class ApiRequests(BaseHTTPRequestHandler):
    """API Gateway's part: from HTTP to an event of payload version 2.0, and back."""

    app: "ClassVar[OneAtATime]"
    delay: ClassVar[float] = 0

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        if self.delay:
            time.sleep(self.delay)
        answer = self.app(self._event(body), None)
        data = answer.get("body") or ""
        payload = base64.b64decode(data) if answer.get("isBase64Encoded") else data.encode()
        self.send_response(answer["statusCode"])
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _event(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        http = {"method": self.command, "path": path, "sourceIp": "127.0.0.1"}
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)) or None,
            "requestContext": {"http": http, "stage": "$default", "requestId": "r"},
            "body": base64.b64encode(body).decode() if body else None,
            "isBase64Encoded": bool(body),
        }

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: a test says what went wrong."""


class ApiServer:
    """Everything behind the page, in this process. `network.faults` makes posts go wrong."""

    def __init__(self) -> None:
        clock, ids = SystemClock(), RandomIds()
        self.timing = Timing(quiet=400, lead=1_000, retry_base=300)
        self.store, self.queue = MemoryStore(), FakeQueue(clock)
        self.network, self.bucket = Network(clock), Bucket()
        self.clock, vault, telemetry = clock, FakeVault(), FakeTelemetry()
        self.pages = FakePages()
        self.api = Api(
            store=self.store,
            queue=self.queue,
            platforms=self.network,
            vault=vault,
            bucket=self.bucket,
            download=_nothing_outside,
            read_page=self.pages,
            clock=clock,
            ids=ids,
            secrets=RandomSecrets(),
            telemetry=telemetry,
            timing=self.timing,
        )
        self.publisher = Publisher(
            store=self.store,
            queue=self.queue,
            platforms=self.network,
            vault=vault,
            media=self.bucket,
            clock=clock,
            ids=ids,
            random=FixedRandom(),
            telemetry=telemetry,
            timing=self.timing,
            epoch=0,
        )
        self.app = OneAtATime(App(lambda: self.api))
        self.ada = ""
        self._servers = [
            ThreadingHTTPServer(("127.0.0.1", 0), type("Api", (ApiRequests,), {"app": self.app})),
            ThreadingHTTPServer(
                ("127.0.0.1", 0), type("S3", (BucketRequests,), {"bucket": self.bucket})
            ),
        ]
        self.url, self.bucket.url = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )
        self._stop = threading.Event()
        self._threads = [
            *(threading.Thread(target=s.serve_forever, args=(0.05,)) for s in self._servers),
            threading.Thread(target=self._publish),
        ]

    def __enter__(self) -> "ApiServer":
        made = self.app({"action": "first_key", "email": EMAIL, "timezone": "Europe/Madrid"}, None)
        self.key, self.workspace_id = made["api_key"], made["workspace_id"]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(10)

    def sign_in_link(self) -> str:
        code = self.app({"action": "sign_in_link", "email": EMAIL}, None)["code"]
        return f"{self.url}/#sign-in={code}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request as a program makes it, without the wire; must succeed."""
        asked = {
            "authorization": f"Bearer {self.key}",
            "content-type": "application/json",
            "tidings-workspace": self.workspace_id,
        } | headers
        path, _, query = path.partition("?")
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": asked,
            "queryStringParameters": dict(parse_qsl(query)) or None,
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "requestId": "r",
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self.app(event, None)
        assert answer["statusCode"] < 400, answer["body"]
        return json.loads(answer["body"] or "null")

    def connect(self, name: str = "ada", *, label: str = "") -> str:
        """One more profile; answers the account's id."""
        fields = {"server": "https://fake.example", "name": name, "token": "t0"}
        body = {"platform": "fake", "fields": fields, "label": label}
        return str(self.call("POST", "/v1/accounts", body)["id"])

    def _publish(self) -> None:
        """The tick every second, messages as they become visible: what EventBridge and SQS do."""
        next_tick = 0
        while not self._stop.wait(0.05):
            now = self.clock.now()
            if now >= next_tick:
                next_tick = now + SECOND
                ticking.tick(self.publisher, time_left=lambda: 60 * SECOND)
            for message in self.queue.receive():
                self._work(message.body)
                self.queue.delete(message)

    def _work(self, body: str) -> None:
        wake = parse_message(body)
        if wake.is_job:
            jobs.run(self.publisher, wake)
        elif wake.kind is WakeKind.PREPARE:
            preparing.prepare(self.publisher, wake, time_left=lambda: 900 * SECOND)
        else:
            delivering.deliver(self.publisher, wake, time_left=lambda: 60 * SECOND)


class OneAtATime:
    """Like a sandbox of Lambda's: the handler has one event at a time, whoever asks."""

    def __init__(self, app: App) -> None:
        self._app, self._turn = app, threading.Lock()

    def __call__(self, event: Any, context: Any) -> Any:
        with self._turn:
            return self._app(event, context)


def _nothing_outside(url: str, *, max_size: int) -> Downloaded:
    raise InvalidDraft([Problem("url", "unreachable", "Nothing outside can be reached here.")])
