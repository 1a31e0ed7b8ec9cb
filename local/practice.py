"""The practice network: a Mastodon-compatible server for people without an account elsewhere.

The server itself is mastodon_mock, which has no public pages; in front of it we show what was
posted, at the addresses that the server gives its posts, and let a visitor answer and like there
(`practice_front`).
"""

import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.error
from dataclasses import dataclass
from pathlib import Path

from local.emulator.server import ROOT, free_port
from local.practice_front import Front, Server
from local.practice_pages import VISITOR
from local.proxy import Proxy

START_SECONDS = 30.0
# No secret: it opens a second account of this machine's practice network, for the README's calls.
GUEST_TOKEN = "practice-guest"  # noqa: S105  see above
USER, GUEST = "practice", "guest"
# The server ends with us, also when we are killed: its standard input closes.
PROGRAM = """
import os, sys, threading
watch = lambda: (sys.stdin.buffer.read(), os._exit(0))
threading.Thread(target=watch, daemon=True).start()
from mastodon_mock.cli import main
sys.exit(main())
"""


class PracticeError(Exception):
    """The practice network did not start; the message says what to do."""


@dataclass
class Practice:
    """A running practice network. `port` stays the same for good: accounts are stored with it."""

    port: int
    process: subprocess.Popen[bytes]
    front: Proxy

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.front.stop()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def start(data: Path, *, port: int, token: str, inherit: tuple[int, ...] = ()) -> Practice:
    """`port`: where it was before. Raises PracticeError when that is taken."""
    hidden = free_port()
    try:
        authors = {USER: Server(hidden, token), GUEST: Server(hidden, GUEST_TOKEN)}
        front = Proxy(port, Front(port, authors, Server(hidden, visitor_token(token))).route)
    except OSError as error:
        raise PracticeError(
            f"Port {port} is taken by another program. The practice network's accounts and posts "
            f"live at that address: stop the other program, or start with another DATA folder."
        ) from error
    log = data / "logs" / "practice.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command(data, hidden=hidden, port=port, token=token),
            cwd=data,
            env={"HOME": str(data), "LANG": "C.UTF-8", "PATH": os.defpath},
            # Never written to: it closes when we end, however we end.
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=inherit,
            start_new_session=True,
        )
    wait_until_ready(process, Server(hidden, token), log)
    front.start()
    return Practice(port=port, process=process, front=front)


def visitor_token(token: str) -> str:
    """The visitor's own, the same at every start and nobody's who does not have the account's."""
    return hmac.new(token.encode(), VISITOR.encode(), hashlib.sha256).hexdigest()


def command(data: Path, *, hidden: int, port: int, token: str) -> list[str]:
    config = data / "practice.toml"
    config.touch(mode=0o600)
    config.write_text(
        f"[database]\npath = {json.dumps(str(data / 'practice.sqlite'))}\n"
        f"[faults]\nenabled = false\n"
        f'[[seed.accounts]]\nusername = "{USER}"\ndisplay_name = "Practice"\n'
        f'note = "Practice network on this machine"\naccess_token = "{token}"\n'
        f'[[seed.accounts]]\nusername = "{GUEST}"\ndisplay_name = "Guest"\n'
        f'note = "For trying how an account is connected"\naccess_token = "{GUEST_TOKEN}"\n'
        f'[[seed.accounts]]\nusername = "{VISITOR}"\ndisplay_name = "Visitor"\n'
        f'note = "Answers and likes on the pages here"\naccess_token = "{visitor_token(token)}"\n'
    )
    program = ROOT / ".envs" / "practice" / "bin" / "python"
    listen = ["--host", "127.0.0.1", "--port", str(hidden), "--domain", f"127.0.0.1:{port}"]
    return [str(program), "-c", PROGRAM, "serve", "--config", str(config), *listen]


def wait_until_ready(process: subprocess.Popen[bytes], server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.fetch("/api/v1/instance")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    process.kill()
    raise PracticeError(f"The practice network did not start; see {log}")
