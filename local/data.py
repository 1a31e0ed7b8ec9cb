"""The folder that holds everything the local system remembers (DATA, by default .local/)."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.emulator import server

# Clocks and the moment between a change and its snapshot; more only makes the fence ask more often.
SLACK = timedelta(seconds=5)
# How long the children of a killed run may need to end: a function's last call, then the state.
PATIENCE_SECONDS = 45.0


class DataError(Exception):
    """The folder cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Fence:
    """What the functions must be told before they may send again after lost state.

    `since`: everything unsettled that was due from then on may have been sent.
    """

    epoch: int
    since: str


def write_private(path: Path, value: dict[str, Any]) -> None:
    """As a whole or not at all, readable by its owner only."""
    half = path.with_name(f"{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    value: dict[str, Any] = json.loads(path.read_text())
    return value


@dataclass(frozen=True)
class Data:
    """An opened folder, locked against a second run."""

    folder: Path
    lock: int

    @property
    def access(self) -> Path:
        return self.folder / "access.json"

    @property
    def memory(self) -> Path:
        """Ports, tokens and the workspace of this folder, over starts."""
        return self.folder / "run.json"

    def remembered(self, name: str, make: Callable[[], Any]) -> Any:
        """What was remembered under this name, or what `make` gives, remembered from now on."""
        known = read(self.memory)
        if name not in known:
            known[name] = make()
            write_private(self.memory, known)
        return known[name]

    def remember(self, **values: Any) -> None:
        write_private(self.memory, read(self.memory) | values)

    def practice_token(self) -> str:
        token: str = self.remembered("practice_token", lambda: secrets.token_urlsafe(24))
        return token

    def practice_port(self) -> int:
        port: int = self.remembered("practice_port", server.free_port)
        return port

    def epoch(self) -> int:
        return int(read(self.folder / "epoch.json").get("epoch", 0))

    def pending_fence(self) -> Fence | None:
        """Raises the epoch when the last stop was unclean. An earlier fence that was never set
        keeps its start: what it had to cover is still uncovered."""
        file = self.folder / "fence.json"
        pending = Fence(**read(file)) if file.exists() else None
        if not server.stopped_uncleanly(self.folder):
            return pending
        since = pending.since if pending else self._last_durable()
        fence = Fence(epoch=max(self.epoch(), pending.epoch if pending else 0) + 1, since=since)
        write_private(file, asdict(fence))
        write_private(self.folder / "epoch.json", {"epoch": fence.epoch})
        return fence

    def _last_durable(self) -> str:
        taken = server.last_durable(self.folder) or 0.0
        moment = datetime.fromtimestamp(taken, UTC) - (SLACK if taken else timedelta())
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def fence_is_set(self) -> None:
        (self.folder / "fence.json").unlink(missing_ok=True)

    def close(self) -> None:
        os.close(self.lock)


def open_data(folder: Path, *, url: str, say: Callable[[str], None]) -> Data:
    """Raises DataError when another run uses the folder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataError(f"DATA={folder} cannot be used: {error.strerror}.") from error
    # The children keep the lock while they live, also when we are killed.
    os.set_inheritable(lock, True)  # noqa: FBT003 -- its signature
    acquire(lock, folder, say=say)
    os.truncate(lock, 0)
    os.pwrite(lock, json.dumps({"process": os.getpid(), "url": url}).encode(), 0)
    return Data(folder=folder, lock=lock)


def acquire(lock: int, folder: Path, *, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = json.loads(os.pread(lock, 500, 0) or b"{}")
            if is_alive(holder.get("process")) or time.monotonic() > deadline:
                raise DataError(
                    f"Tidings already runs on {folder} ({holder.get('url', 'starting')}, process "
                    f"{holder.get('process', 'unknown')}). Use that one, stop it with Ctrl-C, or "
                    f"start a second with its own data: make run DATA=.local-2/ PORT=8081"
                ) from None
        else:
            return
        if not told:
            say("waiting for the previous run to finish")
            told = True
        time.sleep(0.2)


def is_alive(process: int | None) -> bool:
    if process is None:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
