"""The built artifacts under AWS's own Lambda runtime emulator, with each committed event.

That program comes with SAM. It starts a function as Lambda does, over the runtime API, with an
interpreter that has nothing but Lambda's runtime client: what the layer lacks is missing here too.
"""

import json
import os
import platform
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.build import BUILT, ROOT, build, this_machine
from local.emulator import deploy, server
from local.invoke import EVENTS, FUNCTIONS
from tests.servers.local_system import wait_until
from tests.template.reading import FUNCTION, resources

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the program is built for Linux")

RAPID = "lib/python3*/site-packages/samcli/local/rapid"
PROGRAM = "aws-lambda-rie-arm64" if platform.machine() == "aarch64" else "aws-lambda-rie-x86_64"
PATH = "/2015-03-31/functions/function/invocations"
Invoke = Callable[[str, dict[str, Any]], Any]


@pytest.fixture(scope="module")
def environments(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, dict[str, str]]]:
    """The variables that each function has where it is deployed; nothing is fired there."""
    build(this_machine())
    emulator = server.start(tmp_path_factory.mktemp("data"), front="http://127.0.0.1:1")
    try:
        here = this_machine()
        wanted = {"Architecture": here.architecture, "Footprint": "small", "Runtime": here.runtime}
        names = deploy.deploy(emulator, BUILT, wanted)
        client = emulator.client("lambda")
        found = {
            name: client.get_function_configuration(FunctionName=names[name])
            for name in resources(FUNCTION)
        }
        yield {
            name: aws(emulator.url) | each["Environment"]["Variables"]
            for name, each in found.items()
        }
    finally:
        emulator.stop()


def aws(url: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": server.ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": server.REGION,
        "AWS_REGION": server.REGION,
        "AWS_ENDPOINT_URL": url,
    }


@contextmanager
def started(function: str, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The address that takes invocations; the function starts with the first."""
    (program,) = (ROOT / ".envs" / "sam").glob(f"{RAPID}/{PROGRAM}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    artifact, layer = BUILT.parent / function, BUILT.parent / "DependenciesLayer" / "python"
    settings = resources(FUNCTION)[function]
    lambdas = {
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(settings["Timeout"]),
        "LAMBDA_TASK_ROOT": str(artifact),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{artifact}{os.pathsep}{layer}",
    }
    port, inner = server.free_port(), server.free_port()
    with (folder / f"{function}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- the program that SAM brings, on our artifact
            [
                str(program),
                *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
                *("--runtime-api-address", f"127.0.0.1:{inner}"),
                *("--log-level", "error"),
                *(str(ROOT / ".envs" / "runtime" / "bin" / "python"), "-m", "awslambdaric"),
                settings["Handler"],
            ],
            cwd=artifact,
            env=environment | lambdas,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}{PATH}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def invoke(environments: dict[str, dict[str, str]], tmp_path: Path) -> Iterator[Invoke]:
    """Sends an event to a function, which is started when it is first needed."""
    urls: dict[str, str] = {}
    with ExitStack() as running:

        def call(function: str, event: dict[str, Any]) -> Any:
            if function not in urls:
                program = started(function, environments[function], tmp_path)
                urls[function] = running.enter_context(program)
            return wait_until(lambda: answer(urls[function], event), within=60, what=function)

        yield call


def answer(url: str, event: dict[str, Any]) -> Any:
    """What the function answered; None while the program is not up yet."""
    try:
        return httpx.post(url, json=event, timeout=60).json()
    except httpx.ConnectError:
        return None


def committed(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def test_every_committed_event_has_its_function() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(FUNCTIONS)
    assert set(FUNCTIONS.values()) <= set(resources(FUNCTION))


def test_each_function_takes_its_events(invoke: Invoke) -> None:
    nothing: dict[str, list[object]] = {"batchItemFailures": []}
    assert invoke("TickFunction", committed("tick")) == {"dispatched": 0, "oldest_overdue_ms": 0}
    assert invoke("PrepareFunction", committed("prepare")) == nothing
    assert invoke("DeliverFunction", committed("deliver")) == nothing
    assert invoke("DeliverFunction", committed("fence")) == {"epoch": 0, "marked": 0}
    assert invoke("ApiFunction", committed("sign_in_link"))["code"]


def test_the_api_lets_in_whoever_has_the_first_key(invoke: Invoke) -> None:
    listing, writing = committed("api_get"), committed("api_post")
    assert invoke("ApiFunction", listing)["statusCode"] == 401
    key = invoke("ApiFunction", committed("first_key"))["api_key"]
    for event in (listing, writing):
        event["headers"]["authorization"] = f"Bearer {key}"
    made = invoke("ApiFunction", writing)
    assert made["statusCode"] == 201, made
    assert invoke("ApiFunction", listing)["statusCode"] == 200
    written = json.loads(made["body"])
    listing["rawPath"] = listing["requestContext"]["http"]["path"] = f"/v1/posts/{written['id']}"
    listing |= {"rawQueryString": "", "queryStringParameters": {}}
    read = invoke("ApiFunction", listing)
    assert read["statusCode"] == 200, read
    assert json.loads(read["body"])["text"] == json.loads(writing["body"])["text"]


def test_an_error_has_the_shape_that_lambda_gives_it(invoke: Invoke) -> None:
    answered = invoke("ApiFunction", {"action": "open_sesame"})
    assert answered["errorType"] == "BadInvocation"
    assert "sign_in_link" in answered["errorMessage"]
