"""What we rely on the emulator for; whoever exchanges it must pass this."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator import deploy, server
from local.emulator.server import Emulator, EmulatorError

TEMPLATE = Path(__file__).with_name("small_stack.yaml")
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"

pytestmark = pytest.mark.e2e


class Small:
    """An emulator with the small stack in it, on data of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.start()

    def start(self, **parameters: str) -> None:
        self.emulator: Emulator = server.start(self.data, front="http://127.0.0.1:1")
        self.ids = deploy.deploy(self.emulator, TEMPLATE, {"Runtime": RUNTIME} | parameters)

    def call(self, **event: Any) -> Any:
        return self.emulator.invoke(self.ids["Function"], event)

    def as_function(self, service: str) -> Any:
        """A client with the rights of the function's role."""
        return boto3.session.Session().client(
            service,  # type: ignore[call-overload]  # the name is only known at run time
            endpoint_url=self.emulator.url,
            region_name=server.REGION,
            config=Config(retries={"total_max_attempts": 1}),
            **self.call()["credentials"],
        )

    def log(self) -> str:
        path = self.data / "logs" / "Function.log"
        return path.read_text() if path.exists() else ""

    def items(self) -> set[str]:
        found = self.emulator.client("dynamodb").scan(TableName=self.ids["Table"])["Items"]
        return {item["id"]["S"] for item in found}

    def put(self, name: str) -> None:
        table = self.emulator.client("dynamodb")
        table.put_item(TableName=self.ids["Table"], Item={"id": {"S": name}})


def eventually(ask: Callable[[], bool], *, within: float = 30) -> None:
    end = time.monotonic() + within
    while not ask():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    running = Small(tmp_path_factory.mktemp("emulator"))
    yield running
    running.emulator.stop()


def denied(action: Callable[[], Any]) -> bool:
    try:
        action()
    except ClientError as error:
        return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    return False


def test_function_sees_its_own_packages_and_environment_only(small: Small) -> None:
    answer = small.call()
    assert answer["foreign"] == []
    assert answer["leaked"] == []


def test_failure_is_told_and_its_traceback_logged(small: Small) -> None:
    with pytest.raises(EmulatorError, match="as asked"):
        small.call(fail=True)
    eventually(lambda: "ValueError: as asked" in small.log())
    assert small.call()["marker"] == "one"


def test_role_allows_what_it_names_and_nothing_else(small: Small) -> None:
    table, name = small.as_function("dynamodb"), small.ids["Table"]
    table.put_item(TableName=name, Item={"id": {"S": "allowed"}})
    assert denied(lambda: table.get_item(TableName=name, Key={"id": {"S": "allowed"}}))
    assert denied(lambda: table.scan(TableName=name))


def test_batches_need_the_permission_of_single_messages(small: Small) -> None:
    queue, entries = small.as_function("sqs"), [{"Id": "1", "MessageBody": "x"}]
    sent = queue.send_message_batch(QueueUrl=small.ids["Queue"], Entries=entries)
    assert len(sent["Successful"]) == 1


def test_encryption_context_is_part_of_the_permission(small: Small) -> None:
    kms, key = small.as_function("kms"), small.ids["Key"]

    def ask(**context: Any) -> Any:
        return kms.generate_data_key(KeyId=key, KeySpec="AES_256", **context)

    assert len(ask(EncryptionContext={"workspace": "mine"})["Plaintext"]) == 32
    assert denied(lambda: ask(EncryptionContext={"workspace": "theirs"}))
    assert denied(ask)


def test_objects_are_limited_to_their_prefix_and_loopback_counts_as_secure(small: Small) -> None:
    store, bucket = small.as_function("s3"), small.ids["Bucket"]
    store.put_object(Bucket=bucket, Key="media/a", Body=b"x")
    assert denied(lambda: store.put_object(Bucket=bucket, Key="other/a", Body=b"x"))


def test_items_expire(small: Small) -> None:
    table = small.emulator.client("dynamodb")
    described = table.describe_time_to_live(TableName=small.ids["Table"])
    assert described["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires",
    }


def test_queue_starts_nothing_until_the_gate_opens_then_gathers_one_batch(
    tmp_path: Path,
) -> None:
    small = Small(tmp_path)
    try:
        queue = small.emulator.client("sqs")
        for _ in range(23):
            queue.send_message(QueueUrl=small.ids["Queue"], MessageBody="x")
        # Three times as long as the gate and the window could take.
        time.sleep(3)
        assert "BATCH" not in small.log()
        small.emulator.open_gate()
        eventually(lambda: "BATCH" in small.log())
        assert small.log().count("BATCH 23") == 1
    finally:
        small.emulator.stop()


def test_what_was_stored_survives_a_clean_stop(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.put("kept")
    assert server.stopped_uncleanly(tmp_path)
    small.emulator.stop()
    assert not server.stopped_uncleanly(tmp_path)
    before = small.ids
    small.start(Marker="two")
    try:
        assert small.items() == {"kept"}
        assert small.call()["marker"] == "two"
        assert small.ids["Table"] == before["Table"]
        assert small.ids["Queue"] == before["Queue"]
    finally:
        small.emulator.stop()


def test_kill_loses_nothing_that_was_taken_into_a_snapshot(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.put("durable")
    written = time.time()
    eventually(lambda: (server.last_durable(tmp_path) or 0) > written)
    small.emulator.kill()
    assert server.stopped_uncleanly(tmp_path)
    small.start()
    try:
        assert small.items() == {"durable"}
    finally:
        small.emulator.stop()


def test_functions_end_with_a_killed_emulator(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.call()
    workers = list((tmp_path / "tmp").glob("ministack-lambda-*"))
    assert len(workers) == 1
    processes = running_in(workers[0])
    assert processes
    small.emulator.kill()
    eventually(lambda: not running_in(workers[0]))


def running_in(folder: Path) -> list[list[str]]:
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [words for words in commands if f"{folder}/_worker.py" in words]


def test_first_deployment_that_failed_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    template = deploy.read_template(TEMPLATE)
    unknown = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": [{"Id": "m"}]}}
    template["Resources"]["Alarm"] = unknown
    (tmp_path / "broken.json").write_text(json.dumps(template))
    emulator = server.start(tmp_path, front="http://127.0.0.1:1")
    try:
        with pytest.raises(EmulatorError, match="ROLLBACK_COMPLETE: Alarm"):
            deploy.deploy(emulator, tmp_path / "broken.json", {"Runtime": RUNTIME})
    finally:
        emulator.stop()
    small = Small(tmp_path)
    assert small.call()["marker"] == "one"
    small.emulator.stop()


def test_deployment_that_was_killed_is_as_if_it_had_never_begun(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.put("kept")
    small.emulator.stop()
    emulator = server.start(tmp_path, front="http://127.0.0.1:1")
    template = deploy.read_template(TEMPLATE)
    template["Resources"]["Extra"] = {"Type": "AWS::SQS::Queue"}
    stacks = emulator.client("cloudformation")
    stacks.update_stack(
        StackName=deploy.STACK,
        TemplateBody=json.dumps(template),
        Capabilities=deploy.CAPABILITIES,
        Parameters=[{"ParameterKey": "Runtime", "ParameterValue": RUNTIME}],
    )
    emulator.kill()
    small.start(Marker="two")
    assert small.items() == {"kept"}
    assert small.call()["marker"] == "two"
    small.emulator.stop()
