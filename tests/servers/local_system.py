"""`make run` as a test's fixture: the deployed system, driven over HTTP like everybody does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from local.emulator.server import attach
from local.invoke import EVENTS, FUNCTIONS

ROOT = Path(__file__).parents[2]
START_S = 300


class NotReady(Exception):
    """The system did not start; the message holds what it printed."""


@dataclass
class Answer:
    """One answer of the api."""

    status: int
    body: Any

    def ok(self) -> Any:
        """The body of an answer that had to succeed."""
        assert self.status < 400, f"{self.status}: {json.dumps(self.body, indent=1)}"
        return self.body


class LocalSystem:
    """One `make run`. `parameters` go to the template; `allow` names servers it may reach."""

    def __init__(
        self,
        data: Path,
        *,
        allow: tuple[str, ...] = (),
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data
        self._allow = allow
        self._parameters = dict(parameters or {})
        self.process: subprocess.Popen[str] | None = None
        self.ready = ""
        self.key = ""
        self.url = ""
        self.practice: dict[str, str] = {}
        self.resources: dict[str, str] = {}
        self._emulator = ""

    def start(self) -> "LocalSystem":
        """Returns when it printed its line that starts with `ready`."""
        command = [sys.executable, "-m", "local.run", "--port", "0", "--data", str(self.data)]
        command += ["--allow", ",".join(self._allow)]
        for name, value in self._parameters.items():
            command += ["--parameter", f"{name}={value}"]
        self.process = subprocess.Popen(  # noqa: S603  our own program, our own arguments
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.ready = self._first_line_starting_with("ready")
        access = json.loads((self.data / "access.json").read_text())
        self.key, self.url, self.practice = access["api_key"], access["url"], access["practice"]
        run = json.loads((self.data / "run.json").read_text())
        self.resources, self._emulator = run["resources"], run["emulator"]
        return self

    def _first_line_starting_with(self, word: str) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if line.startswith(word):
                return line.strip()
        raise NotReady("".join(seen))

    def stop(self) -> int:
        """A clean stop, as by Ctrl-C; answers the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL to everything at once, as a power cut would."""
        assert self.process is not None
        whole = psutil.Process(self.process.pid)
        for each in [*whole.children(recursive=True), whole]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request with the first workspace's key; header names with _ for -."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = httpx.request(
            method,
            self.url + path,
            json=body,
            headers={"Authorization": f"Bearer {self.key}"} | given,
            timeout=60,
        )
        text = answer.text
        kind = answer.headers.get("content-type", "")
        return Answer(answer.status_code, json.loads(text) if "json" in kind and text else text)

    def invoke(self, event: str) -> Any:
        """Runs a function with one of the events in `events/`, as its schedule does by and by."""
        payload = json.loads((EVENTS / f"{event}.json").read_text())
        return attach(self._emulator).invoke(self.resources[FUNCTIONS[event]], payload)

    def upload(self, data: bytes, alt: str) -> str:
        """As the page does: ask for a form, post the JPEG straight to the bucket, finish."""
        file = {"name": "p.jpg", "mime": "image/jpeg", "size": len(data), "alt": alt}
        started = self.call("POST", "/v1/media", file).ok()
        form = started["upload"]
        put = httpx.post(form["url"], data=form["fields"], files={"file": data}, timeout=60)
        assert put.status_code in (200, 201, 204), put.text
        done = self.call("POST", f"/v1/media/{started['id']}/finish", {}).ok()
        assert done["state"] == "ready"
        return str(started["id"])

    def post(self, text: str, account_id: str, *, after: float | None = None, **more: Any) -> Any:
        """A post to one account: now, or `after` seconds from now."""
        when: dict[str, Any] = {"now": True}
        if after is not None:
            when = {"at": (datetime.now(UTC) + timedelta(seconds=after)).isoformat()}
        body = {"text": text, "account_ids": [account_id], "schedule": when} | more
        return self.call("POST", "/v1/posts", body).ok()

    def wait_for(self, post_id: str, state: str, *, within: float = 60) -> Any:
        """The post once every delivery of it is in `state`."""

        def settled() -> Any:
            post = self.call("GET", f"/v1/posts/{post_id}").ok()
            return post if all(d["state"] == state for d in post["deliveries"]) else None

        return wait_until(
            settled,
            within=within,
            what=f"{post_id} to be {state}",
            show=lambda: self.call("GET", f"/v1/posts/{post_id}").body,
        )


def wait_until(
    ask: Callable[[], Any], *, within: float, what: str, show: Callable[[], Any] = lambda: None
) -> Any:
    """What `ask` answers once it is true; fails with what `show` says when it takes too long."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.25)
    raise AssertionError(f"waited {within} s for {what}: {json.dumps(show(), indent=1)}")
