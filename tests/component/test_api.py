"""The api's Lambda entry with the committed events, and what its start costs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.api_world import ApiWorld, got

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
# botocore, asyncio and pydantic.json_schema are loaded by the libraries themselves.
HEAVY = (
    "PIL", "httpx", "httpcore", "bs4", "cryptography", "boto3", "tzdata",
    "shared.platforms.registry",
    "shared.platforms.mastodon", "shared.platforms.bluesky", "shared.platforms.images",
    "shared.store.dynamo", "functions.api.openapi",
)  # fmt: skip


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def signed(world: ApiWorld, name: str) -> Any:
    made = event(name)
    made["headers"]["authorization"] = f"Bearer {world.key}"
    return made


def test_the_committed_events_are_answered() -> None:
    world = ApiWorld()
    created = got(world.invoke(signed(world, "api_post")))
    assert created.status == 201
    assert created.json["text"] == "Hello from a test event"
    again = got(world.invoke(signed(world, "api_post")))
    assert (again.text, again.headers["idempotency-replayed"]) == (created.text, "true")
    listed = got(world.invoke(signed(world, "api_get")))
    assert (listed.status, listed.json["items"]) == (200, [])
    assert set(world.invoke(event("first_key"))) == {"api_key", "workspace_id"}
    assert set(world.invoke(event("sign_in_link"))) == {"code"}


def test_an_event_as_it_is_committed_says_that_it_needs_a_key() -> None:
    world = ApiWorld()
    answer = got(world.invoke(event("api_get")))
    assert (answer.status, answer.json["code"]) == (401, "bad_key")


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has after `code`, without an environment."""
    program = f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603 -- our own interpreter and words
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", HEAVY)
def test_starting_loads_nothing_that_the_first_request_may_not_need(
    name: str, at_start: set[str]
) -> None:
    assert name not in at_start


@pytest.fixture(scope="module")
def at_start() -> set[str]:
    return loaded("import functions.api.app")


def test_starting_reads_no_settings(at_start: set[str]) -> None:
    """The import above ran with an empty environment."""
    assert "functions.api.app" in at_start
