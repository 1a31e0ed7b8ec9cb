"""The api on the fakes, beside the publisher's real steps: requests in, virtual time passes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.api.app import App
from shared.core.errors import InvalidDraft, Problem
from shared.core.ports import Downloaded, PageCard
from shared.core.services import Api
from tests.fakes.bucket import FakeBucket
from tests.fakes.world import World


class SeqSecrets:
    """Counts up, in the length of real secrets."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"{self._last:040x}"


@dataclass
class FakeDownload:
    """`files` maps URLs to what they answer."""

    files: dict[str, Downloaded] = field(default_factory=dict)

    def __call__(self, url: str, *, max_size: int) -> Downloaded:
        if url not in self.files:
            raise InvalidDraft([Problem("url", "url_refused", "The server answered 404.")])
        return self.files[url]


@dataclass
class FakePages:
    """`said` maps links to what their pages say."""

    said: dict[str, PageCard] = field(default_factory=dict)

    def __call__(self, url: str) -> PageCard:
        return self.said.get(url, PageCard(why="The link gets no preview: it answered 404."))


@dataclass(frozen=True)
class Got:
    status: int
    json: Any
    headers: Mapping[str, str]
    text: str

    @property
    def codes(self) -> list[str]:
        """The codes of a problem document's problems."""
        return [problem["code"] for problem in self.json["problems"]]


class ApiWorld(World):
    """`get`, `post` … call the api with the key of workspace `wks_1`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.bucket = FakeBucket()
        self.download = FakeDownload()
        self.pages = FakePages()
        self.api = Api(
            store=self.store,
            queue=self.queue,
            platforms=self.network,
            vault=self.vault,
            bucket=self.bucket,
            download=self.download,
            read_page=self.pages,
            clock=self.clock,
            ids=self.ids,
            secrets=SeqSecrets(),
            telemetry=self.telemetry,
            timing=self.timing,
        )
        self.app = App(lambda: self.api)
        first = self.invoke({"action": "first_key", "email": "a@b.example", "timezone": "UTC"})
        self.key: str = first["api_key"]

    def invoke(self, event: dict[str, Any]) -> Any:
        return self.app(event, None)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        key: str | None = "",
        **headers: str,
    ) -> Got:
        """`body`: an object to be sent as JSON, or bytes as they are. `key` None: no key at all.

        Header names are given with underscores: `if_match='"1"'`.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent.setdefault("authorization", f"Bearer {key or self.key}")
        event = http_event(method, path, query=query, headers=sent)
        if isinstance(body, bytes):
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        elif body is not None:
            event["body"] = json.dumps(body, ensure_ascii=False)
        if body is not None:
            event["headers"].setdefault("content-type", "application/json")
        return got(self.app(event, None))

    def get(self, path: str, **options: Any) -> Got:
        return self.request("GET", path, **options)

    def send(self, path: str, body: object = None, **options: Any) -> Got:
        return self.request("POST", path, body, **options)

    def patch(self, path: str, body: object, **options: Any) -> Got:
        return self.request("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Got:
        return self.request("DELETE", path, **options)

    def write(self, text: str = "hello", *, seconds: int | None = 90, **fields: Any) -> Any:
        """Create a post through the api, due in `seconds`; None: a draft."""
        body: dict[str, Any] = {"text": text, "account_ids": [self.account.id], **fields}
        if seconds is not None:
            body["schedule"] = {"at": rfc3339_in(self, seconds)}
        answer = self.send("/v1/posts", body)
        assert answer.status == 201, answer.text
        return answer.json

    def read(self, post: Mapping[str, Any]) -> Any:
        answer = self.get(f"/v1/posts/{post['id']}")
        assert answer.status == 200, answer.text
        return answer.json


def rfc3339_in(world: World, seconds: float) -> str:
    from shared.core.schedule import rfc3339

    return rfc3339(world.clock.now() + int(seconds * 1000))


def http_event(
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What API Gateway hands over (payload format 2.0)."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": dict(headers or {}),
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7"},
            "requestId": "request-1",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(query)
    return event


def got(answer: Mapping[str, Any]) -> Got:
    body = answer.get("body") or ""
    text = base64.b64decode(body).decode("latin-1") if answer.get("isBase64Encoded") else body
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    is_json = headers.get("content-type", "").startswith("application/") and "json" in headers.get(
        "content-type", ""
    )
    return Got(answer["statusCode"], json.loads(text) if text and is_json else None, headers, text)
