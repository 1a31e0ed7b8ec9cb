"""make run: starts everything, says where it is, and stops it in order."""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from local import system
from local.build import ROOT, BuildError
from local.client import Refused
from local.data import Data, DataError, open_data
from local.emulator.server import EmulatorError
from local.practice import PracticeError

KNOWN_FAILURES = (BuildError, DataError, EmulatorError, PracticeError, Refused)


class Cancelled(Exception):
    """Told to stop while still starting."""


class PortTaken(Exception):
    """The message says what to do."""


def machine_zone() -> str:
    """The machine's IANA zone, UTC when it does not say."""
    named = os.environ.get("TZ", "").removeprefix(":")
    link = Path("/etc/localtime")
    target = str(link.resolve()) if link.exists() else ""
    plain = Path("/etc/timezone")
    for candidate in (
        named,
        target.partition("zoneinfo/")[2],
        plain.read_text().strip() if plain.exists() else "",
    ):
        if candidate and is_zone(candidate):
            return candidate
    return "UTC"


def is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run Tidings on this machine")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--data", type=Path, default=Path(".local"))
    parser.add_argument(
        "--allow", default="", help="private servers accounts may live on: host:port, comma between"
    )
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template"
    )
    return parser.parse_args()


def options_from(given: argparse.Namespace, door: system.Door) -> system.Options:
    pairs = (word.partition("=") for word in given.parameter)
    return system.Options(
        port=door.port,
        zone=machine_zone(),
        allowed_hosts=tuple(host for host in given.allow.split(",") if host),
        parameters={name: value for name, _, value in pairs},
    )


def open_door(port: int) -> system.Door:
    try:
        return system.Door(port)
    except (OSError, OverflowError) as error:
        raise PortTaken(
            f"Port {port} is taken or not allowed. Stop the program that uses it, or take "
            f"another: make run PORT={port + 1 if port < 65535 else 8081}"
        ) from error


def serve(data: Data, given: argparse.Namespace, told: threading.Event) -> bool:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"run: {text} ({time.monotonic() - began:.0f} s)", flush=True)
        if told.is_set():
            raise Cancelled

    door = open_door(given.port)
    options = options_from(given, door)
    say("starting")
    running = system.start(data, door, options, say=say)
    try:
        client = system.first_access(running, options)
        account = system.practice_account(running, client)
        system.write_access(running, client, account)
        link = system.sign_in_link(running)
        print(f"ready {link}  practice posts: {running.practice.url}/", flush=True)
        return system.wait_for_end(running, told)
    finally:
        print("run: stopping", flush=True)
        running.stop()
        print("run: stopped", flush=True)


def main() -> int:
    given = read_options()
    told = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    folder = given.data if given.data.is_absolute() else ROOT / given.data
    try:
        data = open_data(folder, url=f"http://127.0.0.1:{given.port}", say=print)
        try:
            if serve(data, given, told):
                return 0
        finally:
            data.close()
        print(f"run: the AWS emulator ended by itself; see {folder / 'logs' / 'emulator.log'}")
    except Cancelled:
        return 0
    except (*KNOWN_FAILURES, PortTaken) as error:
        print(f"run: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
