"""The practice network: a Mastodon-compatible server for people without an account elsewhere.

The server itself is mastodon_mock, which has no public pages; in front of it we show what was
posted, at the addresses that the server gives its posts.
"""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from local.emulator.server import ROOT, free_port
from local.proxy import Answer, Forward, Proxy

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
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem;
  color: #1b1f24; background: #f6f7f9 }
.note { color: #57606a } article { background: #fff; border: 1px solid #d8dee4; border-radius: 8px;
  padding: 1rem; margin: 1rem 0; overflow-wrap: anywhere } img, video { max-width: 100% }
time { color: #57606a; font-size: .875rem } summary { font-weight: 600 }
"""
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # What is shown was written by whoever posted, so nothing of it may run.
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


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
        readers = {USER: Server(hidden, token), GUEST: Server(hidden, GUEST_TOKEN)}
        front = Proxy(port, lambda method, target, _: route(readers, method, target))
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
    )
    program = ROOT / ".envs" / "practice" / "bin" / "python"
    listen = ["--host", "127.0.0.1", "--port", str(hidden), "--domain", f"127.0.0.1:{port}"]
    return [str(program), "-c", PROGRAM, "serve", "--config", str(config), *listen]


@dataclass(frozen=True)
class Server:
    """mastodon_mock itself, read as the practice account, which sees all of its own posts."""

    port: int
    token: str

    def fetch(self, target: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{target}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


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


def route(readers: dict[str, Server], method: str, target: str) -> Forward | Answer:
    """Ours are the pages at `/`, `/@user` and `/@user/id`; everything else is the server's."""
    path = target.partition("?")[0]
    if method in ("GET", "HEAD"):
        user, _, post = path.removeprefix("/@").partition("/")
        if path == "/":
            found = [p for name, server in readers.items() for p in posts_in(server, name)]
            return page(sorted(found, key=lambda p: str(p["created_at"]), reverse=True))
        if path.startswith("/@") and user in readers:
            server = readers[user]
            return one_post(server, post) if post else page(posts_in(server, user))
    if path.startswith(("/_mock", "/_ui")):
        return Answer(404)
    return Forward(readers[USER].port, target)


def posts_in(server: Server, user: str) -> list[Any]:
    account = server.fetch(f"/api/v1/accounts/lookup?acct={user}")
    found: list[Any] = server.fetch(f"/api/v1/accounts/{account['id']}/statuses?limit=40")
    return found


def one_post(server: Server, name: str) -> Answer:
    try:
        post = server.fetch(f"/api/v1/statuses/{name}") if name.isdecimal() else None
    except urllib.error.HTTPError:
        post = None
    if post is None:
        return page([], status=404, note="There is no such post; it may have been deleted.")
    return page([post])


def page(posts: list[Any], *, status: int = 200, note: str = "") -> Answer:
    empty = "" if posts or note else "<p>Nothing has been posted yet.</p>"
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Practice network</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style><h1>Practice network</h1>"
        '<p class="note">Posts here are for practice: they are on this machine only and nobody '
        'else can see them. <a href="/">All posts</a></p>'
        f"<p>{escape(note)}</p>{empty}{''.join(map(article, posts))}</html>"
    )
    return Answer(status, html.encode(), PAGE_HEADERS)


def article(post: dict[str, Any]) -> str:
    """`content` is HTML by Mastodon's API; the page's policy keeps anything in it from running."""
    media = "".join(map(attachment, post.get("media_attachments", ())))
    body = f"{post['content']}{media}"
    if post.get("spoiler_text"):
        warning = escape(post["spoiler_text"])
        body = f"<details><summary>{warning}</summary>{body}</details>"
    answered = " · continues a thread" if post.get("in_reply_to_id") else ""
    visibility = escape(post.get("visibility", ""))
    author = escape(str(post["account"]["username"]))
    return (
        f'<article>{body}<a href="/@{author}/{escape(str(post["id"]))}">@{author} '
        f"<time>{escape(post['created_at'])}</time></a> · {visibility}{answered}</article>"
    )


def attachment(media: dict[str, Any]) -> str:
    source, label = escape(media.get("url") or ""), escape(media.get("description") or "")
    if media.get("type") == "image":
        return f'<p><img src="{source}" alt="{label}"></p>'
    return f'<p><video src="{source}" aria-label="{label}" controls></video></p>'
