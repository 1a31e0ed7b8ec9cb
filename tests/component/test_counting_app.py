"""The entry of counting with its committed event, wired as on AWS, against moto and a Mastodon
server: from a like on the network to a number in the api.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.metrics_rollup import app
from functions.poll_engagement import app as poll_app
from functions.publish import app as publish_app
from tests.component.test_publish_app import (
    Context,
    Deployment,
    committed,
    new_deployment,
    new_process,
    records,
)
from tests.fakes.aws import aws_in_memory
from tests.servers.mastodon import Mastodon

pytestmark = pytest.mark.enable_socket

MADE_ONCE = (app._listener, app._telemetry, poll_app._listener, poll_app._telemetry,
             poll_app._progress)  # fmt: skip


def forget() -> None:
    """Each test starts like a new process."""
    new_process()
    for made in MADE_ONCE:
        made.cache_clear()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Followed at once, and counted again and again: nobody waits for minutes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("TIMING", "follow=0,sampling=1,thread=1,counting=1")
    with aws_in_memory(), Mastodon() as server:
        forget()
        deployment = new_deployment(server, monkeypatch)
        deployment.connect()
        yield deployment
        forget()


def publish(deployed: Deployment, text: str) -> Any:
    post = deployed.post(text)
    (message,) = deployed.messages()
    assert publish_app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}
    poll_app.handler(committed("poll"), Context())
    return post


def count() -> dict[str, Any]:
    return app.handler(committed("metrics"), Context())


def numbers(deployed: Deployment, post: Any) -> Any:
    return deployed.call("GET", f"/v1/posts/{post['id']}/metrics").json["total"]


def test_a_like_becomes_a_number(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    post = publish(deployed, "Good morning")
    author = deployed.server.statuses[0].account
    author.followers = 40
    deployed.server.statuses[0].liked_by.add("someone")
    capsys.readouterr()
    counted = count()
    assert (counted["accounts"], counted["failed"]) == (1, 0)
    assert counted["snapshots"] == 2
    shown = numbers(deployed, post)
    assert shown["metrics"]["likes"] == 1
    assert shown["engagement"]["rate"] == 2.5
    printed = capsys.readouterr().out
    assert '"SnapshotsTaken":[2.0]' in printed
    assert "MetricsOverdueSeconds" not in printed  # on time: nothing to say
    assert "Good morning" not in printed


def test_a_post_that_vanished_on_the_network_says_so_here(deployed: Deployment) -> None:
    post = publish(deployed, "regretted")
    deployed.server.remove(deployed.server.statuses[0].id)
    count()
    (delivery,) = deployed.call("GET", f"/v1/posts/{post['id']}").json["deliveries"]
    assert delivery["state"] == "deleted"
    assert delivery["transitions"][-1]["why"] == "gone from the network"


def test_a_credential_that_was_withdrawn_is_said_once(deployed: Deployment) -> None:
    publish(deployed, "last words")
    deployed.server.revoke(deployed.server.statuses[0].account.token)
    assert count()["failed"] == 1
    account = deployed.call("GET", f"/v1/accounts/{deployed.account}").json
    assert account["state"] == "needs_reconnect"
    assert count() == {"accounts": 0, "snapshots": 0, "failed": 0, "oldest_overdue_ms": 0}
