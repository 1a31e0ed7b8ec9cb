"""`make deploy` and `make undeploy` from end to end, by SAM, against the embedded emulator."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.down import down
from deploy.questions import Person
from deploy.up import Outside, real_outside, up
from local.build import BUILT, build, this_machine
from local.emulator import server

pytestmark = pytest.mark.first
HERE = this_machine()
ANSWERS = {
    "ADMIN_EMAIL": "ada@example.com",
    "ALARM_EMAIL": "none",
    "ARCHITECTURE": HERE.architecture,
    "REGION": server.REGION,
    "RUNTIME": HERE.runtime,
    "SIGN_IN": "None",  # no emulator knows the pages of a user pool
    "TIME_ZONE": "Europe/Madrid",
}


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[server.Emulator]:
    running = server.start(tmp_path, front="http://127.0.0.1:1")
    running.open_gate()
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.ROOT_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    yield running
    running.stop()


def built_for_here(runtime: str, architecture: str) -> Path:
    """The one difference from a real deployment: wheels of this machine, not of Lambda's."""
    build(HERE)
    return BUILT


def outside(said: list[str], **variables: str) -> Outside:
    nobody = Person(ANSWERS | variables, None, said.append)
    return replace(real_outside(), build=built_for_here, person=nobody)


def test_a_deployment_lets_somebody_in_and_leaves_nothing_behind(
    emulator: server.Emulator,
) -> None:
    said: list[str] = []
    up(outside(said))
    stack = emulator.client("cloudformation").describe_stacks(StackName="tidings")["Stacks"][0]
    given = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    assert given["TimeZone"] == "Europe/Madrid"
    assert given["Footprint"] == "standard"
    assert re.search(r"API key \(shown once\): tdg_\w+", said[-1])
    assert re.search(r"/#sign-in=\w{20,}", said[-1])
    down(outside(said, CONFIRM="tidings"))
    assert "tidings is gone" in said[-1]
    assert what_is_left(emulator) == []


def what_is_left(emulator: server.Emulator) -> list[str]:
    stacks = emulator.client("cloudformation").list_stacks()["StackSummaries"]
    logs = emulator.client("logs").describe_log_groups()["logGroups"]
    return [
        *(s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"),
        *emulator.client("dynamodb").list_tables()["TableNames"],
        *(bucket["Name"] for bucket in emulator.client("s3").list_buckets()["Buckets"]),
        *(group["logGroupName"] for group in logs),
        *emulator.client("sqs").list_queues().get("QueueUrls", []),
        *(f["FunctionName"] for f in emulator.client("lambda").list_functions()["Functions"]),
        *(a["AlarmName"] for a in emulator.client("cloudwatch").describe_alarms()["MetricAlarms"]),
    ]
