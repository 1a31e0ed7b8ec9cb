"""The built artifacts under AWS's own Lambda runtime emulator, with each committed event."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from local.invoke import EVENTS, FUNCTIONS
from tests.servers.lambda_runtime import LambdaRuntime
from tests.servers.mastodon import Mastodon
from tests.servers.stack import Stack, committed, sqs_event
from tests.template.reading import FUNCTION, resources

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the program is built for Linux")

Invoke = Callable[[str, dict[str, Any]], Any]


@pytest.fixture(scope="module")
def stack(mastodon: Mastodon) -> Iterator[Stack]:
    with Stack((mastodon.url.removeprefix("http://"),)) as deployed:
        yield deployed


@pytest.fixture
def invoke(stack: Stack) -> Iterator[Invoke]:
    """Sends an event to a function, which is started when it is first needed."""
    started: dict[str, LambdaRuntime] = {}
    with ExitStack() as running:

        def call(function: str, event: dict[str, Any]) -> Any:
            if function not in started:
                started[function] = running.enter_context(LambdaRuntime(stack, function))
            return started[function].invoke(event)

        yield call


def test_every_committed_event_has_its_function() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(FUNCTIONS)
    assert set(FUNCTIONS.values()) <= set(resources(FUNCTION))


def test_each_function_takes_its_events(invoke: Invoke) -> None:
    nothing: dict[str, list[object]] = {"batchItemFailures": []}
    assert invoke("TickFunction", committed("tick"))["oldest_overdue_ms"] == 0
    assert invoke("PrepareFunction", committed("prepare")) == nothing
    assert invoke("DeliverFunction", committed("deliver")) == nothing
    assert invoke("DeliverFunction", committed("fence")) == {"epoch": 0, "marked": 0}
    assert invoke("DeliverFunction", committed("rotate_key")) == {"rotated": True}
    assert invoke("ApiFunction", committed("sign_in_link"))["code"]
    ways = invoke("ApiFunction", committed("api_sign_in"))
    assert (ways["statusCode"], json.loads(ways["body"])) == (200, {"oidc": None})


def test_the_api_lets_in_whoever_has_the_first_key(invoke: Invoke, stack: Stack) -> None:
    listing, writing = committed("api_get"), committed("api_post")
    refused = invoke("ApiFunction", listing)
    assert refused["statusCode"] == 401
    assert json.loads(refused["body"])["code"] == "bad_key"
    key = invoke("ApiFunction", committed("first_key"))["api_key"]
    for event in (listing, writing):
        event["headers"]["authorization"] = f"Bearer {key}"
    made = invoke("ApiFunction", writing)
    assert made["statusCode"] == 201, made
    assert invoke("ApiFunction", listing)["statusCode"] == 200
    written = json.loads(made["body"])
    read = invoke("ApiFunction", stack.request("GET", f"/v1/posts/{written['id']}"))
    assert read["statusCode"] == 200, read
    assert json.loads(read["body"])["text"] == json.loads(writing["body"])["text"]


def test_a_post_leaves_with_nothing_but_the_permissions_of_the_roles(
    invoke: Invoke, stack: Stack, mastodon: Mastodon
) -> None:
    """Connected, planned, dispatched and sent, each by its own function."""

    def call(path: str, body: object) -> Any:
        answer = invoke("ApiFunction", stack.request("POST", path, body))
        assert answer["statusCode"] == 201, answer
        return json.loads(answer["body"])

    token = mastodon.add_account("under-the-emulator").token
    fields = {"server": mastodon.url, "access_token": token}
    account = call("/v1/accounts", {"platform": "mastodon", "fields": fields})["id"]
    body = {"text": "Sent by what was built", "account_ids": [account], "schedule": {"now": True}}
    post = call("/v1/posts", body)
    assert stack.messages("PublishQueue")  # the api's own message; the tick sends another
    assert invoke("TickFunction", committed("tick"))["dispatched"] == 1
    (message,) = stack.messages("PublishQueue")
    assert json.loads(message["Body"])["post"] == post["id"]
    assert invoke("DeliverFunction", sqs_event(message["Body"])) == {"batchItemFailures": []}
    assert "Sent by what was built" in [status.text for status in mastodon.statuses]


def test_a_message_that_is_not_ours_comes_back(invoke: Invoke) -> None:
    answered = invoke("DeliverFunction", sqs_event("not ours"))
    assert answered == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


def test_an_error_has_the_shape_that_lambda_gives_it(invoke: Invoke) -> None:
    answered = invoke("ApiFunction", {"action": "open_sesame"})
    assert answered["errorType"] == "BadInvocation"
    assert "sign_in_link" in answered["errorMessage"]
    assert answered["stackTrace"]
