"""The emulator's process: ministack with our patches, bound to loopback, its state kept on disk.

Started by `local.emulator.server` with the emulator's own interpreter. It stops cleanly on SIGTERM
and when its standard input closes, that is also when whoever started it was killed.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

PINNED = "1.5.33"
DRAIN_SECONDS = 12


def main() -> None:
    if version("ministack") != PINNED:
        sys.exit(f"the emulator's patches fit ministack {PINNED}, not {version('ministack')}")
    # Ctrl-C reaches everything in the terminal. Who started us stops us in order, and functions,
    # which inherit this, may finish what they are sending.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(os.environ["TIDINGS_EMULATOR"])
    from ministack import app as gateway
    from ministack.core import lambda_runtime

    from local.emulator import patches
    from local.emulator.durability import Keeper

    state = Path(os.environ["STATE_DIR"])
    gate = patches.Gate()
    patches.apply(
        gate=gate,
        interpreter=settings["interpreter"],
        unpacked=Path(settings["unpacked"]),
        logs=Path(settings["logs"]),
    )
    keeper = Keeper(state)
    gateway._load_persisted_state = keeper.load
    # Its own saving at shutdown is one file per service and not atomic as a whole.
    gateway.save_all = lambda _: None
    # Until this file is gone again, the last stop was unclean.
    running = state / "running"
    running.touch()
    asyncio.run(serve_until_told(keeper.watch(gateway.app), settings["port"], gate))
    lambda_runtime.reset()
    keeper.write_last()
    running.unlink()


async def serve_until_told(app: Any, port: int, gate: Any) -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    listener = threading.Thread(target=obey, args=(loop, told, gate), daemon=True)
    listener.start()

    async def drained() -> None:
        await told.wait()
        gate.is_open = False
        await until_idle()

    await serve(app, config, shutdown_trigger=drained)


async def until_idle() -> None:
    """A post that is being sent may finish; what takes longer is reconciled at the next start."""
    from ministack.core import lambda_runtime

    for _ in range(DRAIN_SECONDS * 20):
        if not lambda_runtime.workers_in_use():
            return
        await asyncio.sleep(0.05)


def obey(loop: asyncio.AbstractEventLoop, told: asyncio.Event, gate: Any) -> None:
    for line in sys.stdin:
        if line.strip() == "go":
            gate.is_open = True
    with suppress(RuntimeError):  # it may have ended by a signal already
        loop.call_soon_threadsafe(told.set)


if __name__ == "__main__":
    main()
