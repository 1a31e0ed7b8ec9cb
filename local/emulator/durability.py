"""Keeps the emulator's state on disk while it runs, not only when it stops cleanly.

Every INTERVAL in which something changed, the process forks and the child, which sees memory as it
was at that moment, writes one file and renames it into place. A kill loses at most what changed
since the last such moment, which is recorded in the file as `taken`.
"""

import asyncio
import copy
import gc
import hashlib
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack import app as gateway
from ministack.core import persistence

INTERVAL = 1.0
# Writing must never take more than this share of the time.
SHARE = 0.2
LARGE = 16_384
READS = ("Get", "Query", "Scan", "BatchGet", "Describe", "List", "Receive", "Head")

Scope = dict[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]


class Keeper:
    """Decides when to write, and writes."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "snapshot.json"
        self.blobs = folder / "blobs"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self.changed = False
        self._default = persistence._json_default
        self._hook = persistence._json_object_hook

    def watch(self, app: Asgi) -> Asgi:
        async def watched(scope: Scope, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                await self._lifespan(app, scope, receive, send)
                return
            await app(scope, receive, send)
            self.changed = self.changed or not is_read(scope)

        return watched

    async def _lifespan(self, app: Asgi, scope: Scope, receive: Any, send: Any) -> None:
        task = asyncio.create_task(self._keep())
        try:
            await app(scope, receive, send)
        finally:
            task.cancel()

    async def _keep(self) -> None:
        pause = INTERVAL
        while True:
            await asyncio.sleep(pause)
            if self.changed and is_whole():
                self.changed = False
                started = time.monotonic()
                if not await asyncio.to_thread(wait_for, self._fork()):
                    self.changed = True
                pause = max(INTERVAL, (time.monotonic() - started) / SHARE)

    def _fork(self) -> int:
        # On the event loop's thread, where requests are handled: no request is half done.
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            write_cheaply()
            self.write()
            status = 0
        finally:
            os._exit(status)

    def write_last(self) -> None:
        if is_whole():
            self.write()

    def write(self) -> None:
        taken = time.time()
        services = {}
        for name, state in gateway._build_persistence_save_dict().items():
            payload = state()
            if payload is not None:
                services[name] = payload
        text = json.dumps({"taken": taken, "services": services}, default=self._encode)
        half = self.file.with_suffix(".half")
        with half.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        half.replace(self.file)

    def load(self) -> None:
        if not self.file.exists():
            return
        text = self.file.read_text(encoding="utf-8")
        services = json.loads(text, object_hook=self._decode)["services"]
        for name, module in gateway._state_map.items():
            if services.get(name):
                gateway._get_module(module).load_persisted_state(services[name])

    def _encode(self, value: Any) -> Any:
        """Code and layers go to files named by their hash, written once."""
        if isinstance(value, bytes) and len(value) > LARGE:
            name = hashlib.sha256(value).hexdigest()
            target = self.blobs / name
            if not target.exists():
                half = target.with_suffix(".half")
                half.write_bytes(value)
                half.replace(target)
            return {"__blob__": name}
        return self._default(value)

    def _decode(self, value: dict[str, Any]) -> Any:
        if "__blob__" in value:
            return (self.blobs / value["__blob__"]).read_bytes()
        return self._hook(value)


def is_whole() -> bool:
    """False while a stack is being changed, or when its creation failed: it could never be changed
    again. What is on disk stays the state from before; nothing but the deployment itself can be
    lost, since nothing is served meanwhile."""
    stacks = gateway._get_module("cloudformation")._stacks._data.values()
    statuses = [stack.get("StackStatus", "") for stack in stacks]
    return not any(s.endswith("IN_PROGRESS") or s == "ROLLBACK_COMPLETE" for s in statuses)


def write_cheaply() -> None:
    """For a child, whose memory is its own anyway: no copies of what is about to be written, and
    no collecting of garbage, which would touch and so copy every page."""
    gc.disable()
    vars(copy)["deepcopy"] = lambda value, memo=None: value


def is_read(scope: Scope) -> bool:
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return True
    headers = dict(scope["headers"])
    action: str = headers.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
    return action.startswith(READS)


def wait_for(child: int, limit: float = 60.0) -> bool:
    """True when the child wrote the snapshot. A stuck one (a lock that was held when it was
    forked) is ended, and the next one tries again."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return bool(os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False
