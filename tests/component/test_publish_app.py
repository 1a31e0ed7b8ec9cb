"""The publisher's Lambda entries with the committed events, wired as on AWS, against moto.

The table is the template's, the network a Mastodon server on loopback; posts come in through the
api's own entry.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from PIL import Image

from functions.api import app as api_app
from functions.publish import app
from shared.runtime import wiring
from shared.store.keyring import Keyring
from shared.store.unreadable import UnreadableRecord
from tests.fakes.api_world import Got, got, http_event
from tests.fakes.aws import aws_in_memory
from tests.servers.mastodon import Mastodon
from tests.template.reading import resources

pytestmark = pytest.mark.enable_socket

EVENTS = Path(__file__).parents[2] / "events"
REGION = "eu-west-1"
MADE_ONCE = (
    app._publisher,
    app._telemetry,
    api_app._production,
    app._make_key,
    wiring.keyring,
    wiring.platforms,
    wiring.settings,
    wiring._session,
)
"""What a process makes at its first event and keeps; each test starts like a new process."""


class Context:
    """What the Lambda runtime hands over."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def committed(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def records(*bodies: str) -> Any:
    """The committed deliver event with other messages, named m1, m2, …"""
    event = committed("deliver")
    (record,) = event["Records"]
    event["Records"] = [
        record | {"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies, 1)
    ]
    return event


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]  # any of them


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@dataclass
class Deployment:
    """One account in one workspace; what the queues hold is taken out by the test."""

    server: Mastodon
    table: str
    key: str = ""
    account: str = ""

    def call(self, method: str, path: str, body: object = None) -> Got:
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        event = http_event(method, path, headers=headers)
        if body is not None:
            event["body"] = json.dumps(body)
        answer = got(api_app.handler(event, Context()))
        assert answer.status < 400, answer.text
        return answer

    def connect(self) -> None:
        self.key = api_app.handler(committed("first_key"), Context())["api_key"]
        token = self.server.add_account().token
        fields = {"server": self.server.url, "access_token": token}
        body = {"platform": "mastodon", "fields": fields}
        self.account = self.call("POST", "/v1/accounts", body).json["id"]

    def post(self, text: str, *, seconds: float | None = None, **fields: object) -> Any:
        """Now, or in so many seconds."""
        schedule: dict[str, object] = {"now": True}
        if seconds is not None:
            schedule = {"at": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()}
        body = {"text": text, "account_ids": [self.account], "schedule": schedule, **fields}
        return self.call("POST", "/v1/posts", body).json

    def delivery(self, post: Any) -> Any:
        (found,) = self.call("GET", f"/v1/posts/{post['id']}").json["deliveries"]
        return found

    def messages(self, kind: str = "publish") -> list[dict[str, Any]]:
        """What has arrived in a queue, delays passed over."""
        sqs = client("sqs")
        url = sqs.get_queue_url(QueueName=kind)["QueueUrl"]
        found: list[dict[str, Any]] = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages", [])
        return found

    @property
    def live(self) -> list[str]:
        return [status.text for status in self.server.statuses]


def new_deployment(server: Mastodon, environ: pytest.MonkeyPatch) -> Deployment:
    dynamodb, sqs = client("dynamodb"), client("sqs")
    location = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket="media", CreateBucketConfiguration=location)
    template = resources("AWS::DynamoDB::Table")["Table"]
    names = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")
    dynamodb.create_table(TableName="tidings", **{name: template[name] for name in names})
    settings = {
        "ALLOWED_PRIVATE_HOSTS": server.url.removeprefix("http://"),
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_SECRET_ACCESS_KEY": "none",
        "CREDENTIALS_KEY": "/tidings/credentials",
        "MEDIA_BUCKET": "media",
        "PREPARE_QUEUE_URL": sqs.create_queue(QueueName="prepare")["QueueUrl"],
        "PUBLISH_QUEUE_URL": sqs.create_queue(QueueName="publish")["QueueUrl"],
        "STATE_EPOCH": "0",
        "TABLE_NAME": "tidings",
    }
    for name, value in settings.items():
        environ.setenv(name, value)
    Keyring(client("ssm"), settings["CREDENTIALS_KEY"]).make()
    return Deployment(server, "tidings")


def new_process() -> None:
    """Forget everything that was made at the first event."""
    if wiring.platforms.cache_info().currsize:
        http = vars(wiring.platforms()).get("_http")  # made only when an account was opened
        if http is not None:
            http.close()
    for made in MADE_ONCE:
        made.cache_clear()
    wiring._clients.clear()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    with aws_in_memory(), Mastodon() as server:
        new_process()
        deployment = new_deployment(server, monkeypatch)
        deployment.connect()
        yield deployment
        new_process()


def test_the_committed_events_on_a_table_without_posts(deployed: Deployment) -> None:
    nothing: dict[str, list[object]] = {"batchItemFailures": []}
    assert app.tick(committed("tick"), Context()) == {"dispatched": 0, "oldest_overdue_ms": 0}
    assert app.deliver(committed("deliver"), Context()) == nothing
    assert app.prepare(committed("prepare"), Context()) == nothing
    assert app.deliver(committed("fence"), Context()) == {"epoch": 0, "marked": 0}


def test_a_post_goes_from_the_api_to_the_network(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    post = deployed.post("Good morning")
    (message,) = deployed.messages()
    capsys.readouterr()
    assert app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}
    assert deployed.live == ["Good morning"]
    sent = deployed.delivery(post)
    assert sent["state"] == "published"
    assert sent["due_at"] <= sent["claimed_at"] <= sent["sent_at"] <= sent["accepted_at"]
    assert sent["remote_id"] == deployed.server.statuses[0].id
    printed = capsys.readouterr().out
    assert '"DeliveryPublished":[1.0]' in printed
    assert "Good morning" not in printed


def test_a_message_that_comes_twice_sends_once(deployed: Deployment) -> None:
    deployed.post("only once")
    (message,) = deployed.messages()
    event = records(message["Body"], message["Body"], message["Body"])
    assert app.deliver(event, Context()) == {"batchItemFailures": []}
    assert app.deliver(event, Context()) == {"batchItemFailures": []}
    assert deployed.live == ["only once"]


def test_one_bad_message_does_not_take_its_neighbours(deployed: Deployment) -> None:
    for text in ("first", "second"):
        deployed.post(text)
    first, second = (message["Body"] for message in deployed.messages())
    newer = json.dumps(json.loads(first) | {"v": 99})
    gone = json.dumps(json.loads(first) | {"id": "dlv_00000000000000000000000000"})
    event = records("not JSON", first, newer, gone, second)
    assert failed(app.deliver(event, Context())) == ["m1", "m3"]
    assert sorted(deployed.live) == ["first", "second"]


def test_everything_comes_back_when_the_table_is_gone(deployed: Deployment) -> None:
    deployed.post("later")
    (message,) = deployed.messages()
    client("dynamodb").delete_table(TableName=deployed.table)
    assert failed(app.deliver(records(message["Body"]), Context())) == ["m1"]
    assert failed(app.prepare(committed("prepare"), Context())) == [
        committed("prepare")["Records"][0]["messageId"]
    ]
    assert deployed.live == []


def test_the_tick_puts_what_is_due_on_the_queue_once(deployed: Deployment) -> None:
    near = deployed.post("in two seconds", seconds=2)
    deployed.post("in an hour", seconds=3_600)
    deployed.messages()  # the api's own, which the tick does not know of
    assert app.tick(committed("tick"), Context())["dispatched"] == 1
    assert app.tick(committed("tick"), Context())["dispatched"] == 0
    (message,) = deployed.messages()
    body = json.loads(message["Body"])
    assert (body["kind"], body["post"]) == ("publish", near["id"])
    assert message["Attributes"]["MessageGroupId"] == deployed.account
    assert app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}
    sent = deployed.delivery(near)
    assert sent["state"] == "published"
    assert sent["lateness_ms"] >= 0


def test_what_is_overdue_is_seen_by_the_alarm(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.post("nobody came")
    capsys.readouterr()
    answer: dict[str, Any] = app.tick(committed("tick"), Context())
    assert answer["oldest_overdue_ms"] > 0
    assert '"OverdueSeconds":[' in capsys.readouterr().out


def test_an_image_is_uploaded_ahead_of_time(deployed: Deployment) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(picture, "PNG")
    data = picture.getvalue()
    asked = {"name": "p.png", "mime": "image/png", "size": len(data), "alt": "Teal"}
    started = deployed.call("POST", "/v1/media", asked).json
    # moto checks no upload form; the emulator does, in the tests of the deployed system.
    key = started["upload"]["fields"]["key"]
    client("s3").put_object(Bucket="media", Key=key, Body=data, ContentType="image/png")
    deployed.call("POST", f"/v1/media/{started['id']}/finish", {})
    post = deployed.post("with a picture", media_ids=[started["id"]])
    assert deployed.messages() == []
    (message,) = deployed.messages("prepare")
    assert app.prepare(records(message["Body"]), Context()) == {"batchItemFailures": []}
    assert [media.description for media in deployed.server.media.values()] == ["Teal"]
    assert deployed.live == []
    (message,) = deployed.messages()
    assert app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}
    assert [len(status.media) for status in deployed.server.statuses] == [1]
    assert deployed.delivery(post)["state"] == "published"


def test_nothing_leaves_after_a_restore_until_the_fence_is_set(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator restores a backup, raises StateEpoch and sends the committed event."""
    due = deployed.post("perhaps it went out before the restore")
    planned = deployed.post("tomorrow", seconds=86_400)
    (message,) = deployed.messages()
    monkeypatch.setenv("STATE_EPOCH", "1")
    new_process()
    assert app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}
    assert deployed.live == []
    assert deployed.delivery(due)["state"] == "retry"
    event = committed("fence") | {"epoch": 1}
    assert app.deliver(event, Context()) == {"epoch": 1, "marked": 1}
    assert deployed.delivery(due)["state"] == "unknown"
    assert deployed.delivery(planned)["state"] == "scheduled"
    deployed.post("written afterwards")
    bodies = [message["Body"] for message in deployed.messages()]
    assert app.deliver(records(*bodies), Context()) == {"batchItemFailures": []}
    assert deployed.live == ["written afterwards"]


def test_a_fence_without_its_instant_is_refused(deployed: Deployment) -> None:
    with pytest.raises(KeyError, match="since"):
        app.deliver({"action": "fence", "epoch": 1}, Context())


def test_a_message_of_another_release_says_what_to_do() -> None:
    with pytest.raises(UnreadableRecord, match="redrive"):
        wiring.parse_message('{"v": 99}')


def test_credentials_outlive_a_rotation_of_their_key(deployed: Deployment) -> None:
    deployed.post("before")
    (message,) = deployed.messages()
    assert app.deliver({"action": "rotate_key"}, Context()) == {"rotated": True}
    new_process()
    assert app.deliver({"Records": []}, Context()) == {"batchItemFailures": []}
    assert app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}
    assert deployed.live == ["before"]
