"""The entry of listening with its committed event, wired as on AWS, against moto and a Mastodon
server: from words on the network to an item in the api.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.poll_engagement import app
from functions.publish import app as publish_app
from shared.core.engagement import elsewhere_post_id
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


def forget() -> None:
    """Each test starts like a new process."""
    new_process()
    for made in (app._listener, app._telemetry, app._progress):
        made.cache_clear()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Looked at again and again: nobody waits for minutes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("TIMING", "follow=0,feed=0,thread=1")
    with aws_in_memory(), Mastodon() as server:
        forget()
        deployment = new_deployment(server, monkeypatch)
        deployment.connect()
        yield deployment
        forget()


def listen() -> dict[str, Any]:
    return app.handler(committed("poll"), Context())


def send(deployed: Deployment) -> None:
    (message,) = deployed.messages()
    assert publish_app.deliver(records(message["Body"]), Context()) == {"batchItemFailures": []}


def inbox(deployed: Deployment) -> dict[str, Any]:
    items = deployed.call("GET", "/v1/inbox").json["items"]
    return {item["text"]: item for item in items}


def test_nothing_due_is_nothing_done(deployed: Deployment) -> None:
    forget()
    done = listen()
    assert done["accounts"] == 1
    assert done["drained"] is True


def test_a_reply_comes_in_is_answered_and_the_answer_is_no_item(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.post("Good morning")
    send(deployed)
    listen()
    server = deployed.server
    reader = server.add_account("reader")
    said = server.say(reader, "@author When do you open?", to=server.statuses[0].id)
    capsys.readouterr()
    listen()
    listen()
    found = inbox(deployed)
    assert list(found) == [said.text]
    assert (found[said.text]["kind"], found[said.text]["state"]) == ("reply", "new")
    printed = capsys.readouterr().out
    assert '"InboxItemsAdded":[1.0]' in printed
    assert "PollOverdueSeconds" not in printed  # on time, and a metric that is said is charged for
    assert "When do you open" not in printed
    item_id = found[said.text]["id"]
    deployed.call("POST", f"/v1/inbox/{item_id}/replies", {"text": "At nine"})
    send(deployed)
    for _ in range(3):
        listen()
    assert server.statuses[-1].in_reply_to_id == said.id
    conversation = deployed.call("GET", f"/v1/inbox/{item_id}").json
    assert len(conversation["entries"]) == 2
    assert list(inbox(deployed)) == [said.text]


def test_a_reply_that_its_author_deletes_becomes_a_tombstone(deployed: Deployment) -> None:
    deployed.post("Good morning")
    send(deployed)
    listen()
    server = deployed.server
    said = server.say(server.add_account("reader"), "@author oops", to=server.statuses[0].id)
    listen()
    server.remove(said.id)
    for _ in range(8):
        listen()
    assert inbox(deployed)[said.text]["deleted_at"] is not None


def test_a_post_made_elsewhere_is_there_once(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    server = deployed.server
    (author,) = server.state.accounts.values()
    server.say(author, "from my phone")
    deployed.post("from here")
    send(deployed)
    for _ in range(3):
        listen()
    texts = [status.text for status in server.statuses]
    assert sorted(texts) == ["from here", "from my phone"]
    foreign, own = (
        elsewhere_post_id(deployed.account, status.id)
        for status in sorted(server.statuses, key=lambda status: status.text, reverse=True)
    )
    assert deployed.call("GET", f"/v1/posts/{foreign}").json["text"] == "from my phone"
    with pytest.raises(AssertionError, match="404"):
        deployed.call("GET", f"/v1/posts/{own}")
    assert capsys.readouterr().out.count('"ElsewherePostsAdded":[1.0]') == 1


def test_two_processes_at_once_find_it_once(deployed: Deployment) -> None:
    server = deployed.server
    server.say(server.add_account("reader"), "@author hello")
    listen()
    forget()
    listen()
    assert len(inbox(deployed)) == 1
