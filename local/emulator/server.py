"""Starts and stops the emulator's process and says how to talk to it."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "000000000000", "us-east-1"
# The emulator takes this access key for the account's root user. Whoever can reach the port of
# this machine can also read its state from disk, so it is no secret.
ROOT_KEY = "tidings-root"
# Part of queue URLs, which are stored: it stays the same while the real port may change.
NOMINAL_PORT = "4566"
START_SECONDS, STOP_SECONDS = 60.0, 30.0


class EmulatorError(Exception):
    """The emulator did not do what was asked; the message says where to look."""


@dataclass(frozen=True)
class Endpoint:
    """An emulator that runs somewhere, as its account's root user."""

    url: str

    def client(self, service: str, *, read_timeout: float = 120) -> Any:
        config = Config(read_timeout=read_timeout, retries={"total_max_attempts": 1})
        return boto3.session.Session().client(
            service,  # type: ignore[call-overload]  # the name is only known at run time
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key="local",  # noqa: S106 -- never checked for the root key
            config=config,
        )

    def invoke(self, function: str, payload: dict[str, Any]) -> Any:
        """The function's answer. Raises EmulatorError with the function's own words."""
        try:
            answer = self.client("lambda").invoke(
                FunctionName=function, Payload=json.dumps(payload)
            )
        except (BotoCoreError, ClientError) as error:
            raise EmulatorError(f"{function} cannot be called: {error}") from error
        body = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise EmulatorError(f"{function} failed: {body.get('errorMessage', body)}")
        return body


@dataclass(frozen=True)
class Emulator(Endpoint):
    """One that we started. Schedules and queues start nothing before `open_gate`."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def open_gate(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(b"go\n")
            self.process.stdin.flush()

    def stop(self) -> None:
        """Clean: lets running functions finish, writes the state, ends."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """As a power cut would; what was not yet on disk is lost."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def attach(url: str) -> Endpoint:
    return Endpoint(url)


def stopped_uncleanly(data: Path) -> bool:
    return (data / "emulator" / "running").exists()


def last_durable(data: Path) -> float | None:
    """When the state on disk was taken, seconds since the epoch; None when there is none."""
    snapshot = data / "emulator" / "snapshot.json"
    if not snapshot.exists():
        return None
    with snapshot.open(encoding="utf-8") as file:
        head = file.read(64)
    return float(head.partition('"taken": ')[2].partition(",")[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, port: int, front: str) -> dict[str, str]:
    """Nothing of the caller's environment reaches the functions: no credentials, no proxies."""
    settings = {
        "port": port,
        "interpreter": str(ROOT / ".envs" / "runtime" / "bin" / "python"),
        "unpacked": str(data / "tmp"),
        "logs": str(data / "logs"),
    }
    return {
        "TIDINGS_EMULATOR": json.dumps(settings),
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        # Upload forms name this address; a browser then posts to the page's own origin.
        "AWS_ENDPOINT_URL_S3": front,
        "DOCKER_HOST": "unix:///nonexistent",
        "GATEWAY_PORT": NOMINAL_PORT,
        "HOME": str(data / "tmp"),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "LANG": "C.UTF-8",
        "LOG_LEVEL": "WARNING",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "PATH": os.defpath,
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(data / "emulator" / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(data / "emulator"),
        "TMPDIR": str(data / "tmp"),
    }


def start(data: Path, *, front: str, inherit: tuple[int, ...] = ()) -> Emulator:
    """`front`: where a browser reaches the media bucket. `inherit`: file descriptors that stay open
    as long as the emulator lives."""
    if not (data / "emulator" / "snapshot.json").exists():
        # Left by a first start that did not come to its end.
        shutil.rmtree(data / "emulator", ignore_errors=True)
    for name in ("emulator/s3", "tmp", "logs"):
        (data / name).mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = data / "logs" / "emulator.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(ROOT / ".envs" / "emulator" / "bin" / "python"), "-m", "local.emulator.launcher"],
            cwd=ROOT,
            env=environment(data, port, front),
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=inherit,
        )
    emulator = Emulator(url=f"http://127.0.0.1:{port}", port=port, process=process, log=log)
    wait_until_ready(emulator)
    return emulator


def wait_until_ready(emulator: Emulator) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if emulator.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{emulator.url}/_ministack/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    emulator.process.kill()
    raise EmulatorError(f"The AWS emulator did not start; see {emulator.log}")
