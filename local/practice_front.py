"""What stands before the practice network's server: pages for people, and a visitor's hands.

A page anywhere on the web could send a form to this machine. What changes something is therefore
taken only from our own pages: the browser says where a form stood, and for which host it asks.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from local.practice_pages import LONGEST, VISITOR, address, page
from local.proxy import Answer, Decision, Forward, Receive

MOST_BODY = 8_192
_POST = re.compile(r"/@(\w+)/(\d{1,20})")
_ACTION = re.compile(r"/@(\w+)/(\d{1,20})/(answer|like|unlike|delete)")
_CALLS = {
    "like": ("POST", "/favourite"),
    "unlike": ("POST", "/unfavourite"),
    "delete": ("DELETE", ""),
}
GONE = "There is no such post; it may have been deleted."


@dataclass(frozen=True)
class Server:
    """mastodon_mock itself, asked as one account, which sees all of its own posts."""

    port: int
    token: str

    def fetch(self, target: str) -> Any:
        return self.send("GET", target)

    def send(self, method: str, target: str, body: Mapping[str, str] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{target}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Front:
    """`authors` by user name, whose posts the first page shows; `port` is where people come in."""

    port: int
    authors: Mapping[str, Server]
    visitor: Server

    def route(self, method: str, target: str, host: str) -> Decision:
        """Ours are the pages at `/`, `/@user` and `/@user/id`, and what is done on them; everything
        else is the server's.
        """
        path = target.partition("?")[0]
        if method in ("GET", "HEAD"):
            if (shown := self._page(path)) is not None:
                return shown
        elif method == "POST" and path.startswith("/@"):
            return self._received(path, host)
        if path == "/favicon.ico":
            return Answer(204)
        if path.startswith(("/_mock", "/_ui")):
            return Answer(404)
        return Forward(self.visitor.port, target)

    def _page(self, path: str) -> Answer | None:
        if path == "/":
            posts = [post for user in self.authors for post in self._posts_of(user)]
            posts.sort(key=lambda post: str(post["created_at"]), reverse=True)
            return page(posts, liked=self._liked(posts))
        user, _, post_id = path.removeprefix("/@").partition("/")
        if not path.startswith("/@") or not (user in self.authors or user == VISITOR):
            return None
        if post_id:
            return self._one_post(user, post_id)
        posts = self._posts_of(user)
        return page(posts, liked=self._liked(posts))

    def _reader(self, user: str) -> Server:
        return self.authors.get(user, self.visitor)

    def _posts_of(self, user: str) -> list[Any]:
        server = self._reader(user)
        account = server.fetch(f"/api/v1/accounts/lookup?acct={user}")
        found: list[Any] = server.fetch(f"/api/v1/accounts/{account['id']}/statuses?limit=40")
        return found

    def _one_post(self, user: str, post_id: str) -> Answer:
        if not _POST.fullmatch(f"/@{user}/{post_id}"):
            return page([], status=404, note=GONE)
        server, path = self._reader(user), f"/api/v1/statuses/{post_id}"
        try:
            post, context = server.fetch(path), server.fetch(f"{path}/context")
        except urllib.error.HTTPError:
            return page([], status=404, note=GONE)
        below = context["descendants"]
        return page([post], below=below, liked=self._liked([post, *below]))

    def _liked(self, posts: list[Any]) -> frozenset[str]:
        if not posts:
            return frozenset()
        wanted = urlencode([("id[]", post["id"]) for post in posts])
        seen = self.visitor.fetch(f"/api/v1/statuses?{wanted}")
        return frozenset(str(post["id"]) for post in seen if post["favourited"])

    def _received(self, path: str, host: str) -> Decision:
        action = _ACTION.fullmatch(path)
        if action is None:
            return Answer(404)
        if host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            return page([], status=403, note="This page is not at this address.")

        def answer(headers: Mapping[str, str], body: bytes) -> Answer:
            if headers.get("origin") != f"http://{host}":
                return page([], status=403, note="Only the pages here can do this.")
            return self._do(action[2], action[3], body)

        return Receive(MOST_BODY, answer)

    def _do(self, post_id: str, action: str, body: bytes) -> Answer:
        """As the visitor; then back to the post, or to where it was."""
        path = f"/api/v1/statuses/{post_id}"
        try:
            post = self.visitor.fetch(path)
            if action == "answer":
                self._answer(post, body)
            else:
                method, tail = _CALLS[action]
                self.visitor.send(method, f"{path}{tail}")
        except urllib.error.HTTPError as error:
            note = GONE if error.code == 404 else f"The server refused it ({error.code})."
            return page([], status=error.code, note=note)
        return Answer(303, headers={"Location": "/" if action == "delete" else address(post)})

    def _answer(self, post: dict[str, Any], body: bytes) -> None:
        """Whom it answers is named, as Mastodon's own apps do: that is what tells them."""
        given = parse_qs(body.decode("utf-8", "replace")).get("text", [""])[0].strip()
        sent = {
            "status": f"@{post['account']['acct']} {given[:LONGEST]}",
            "in_reply_to_id": str(post["id"]),
            "visibility": str(post["visibility"]),
        }
        if given:
            self.visitor.send("POST", "/api/v1/statuses", sent)
