"""A real Bluesky server for tests: the reference PDS with its own directory, on loopback.

There is no AppView: reading the network (`app.bsky.feed.getPosts` and its kin) is an error here.
`bluesky_network.RealNetwork` has one.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import httpx

from tests.servers.node import install_packages, program
from tests.servers.proxy import FaultyProxy

FOLDER = Path(__file__).parent / "bluesky"
POSTS = "app.bsky.feed.post"
STOP_TIMEOUT_S = 10

# upstream: https://github.com/bluesky-social/pds installer.sh sets PDS_BLOB_UPLOAD_LIMIT to 100 MiB
# for its users (2026-11); without it the program's own limit is 5 MiB.
INSTALLERS_BLOB_LIMIT = 104_857_600


@dataclass(frozen=True)
class PdsAccount:
    did: str
    handle: str
    password: str


@dataclass(frozen=True)
class Session:
    access: str
    refresh: str


@dataclass(frozen=True)
class Record:
    uri: str
    cid: str
    value: Mapping[str, Any]

    @property
    def rkey(self) -> str:
        return self.uri.rsplit("/", 1)[1]


class XrpcError(Exception):
    """The server refused; `status` and `error` are its words."""

    def __init__(self, answer: httpx.Response) -> None:
        said = answer.json()
        self.status = answer.status_code
        self.error: str = said.get("error", "")
        super().__init__(f"{self.status} {self.error}: {said.get('message', '')}")


class RealPds(FaultyProxy):
    """Runs from `__enter__` to `__exit__`, in a folder of its own that is then removed.

    Clients reach it through a proxy at `url`: a test sees their requests in `sent`, and makes them
    fail with `on`. The methods here go around it.
    """

    def __init__(self, *, rate_limits: bool = False, blob_limit: int | None = None) -> None:
        super().__init__()
        self.did = ""
        self.appview = ""
        self.jwt_secret = secrets.token_hex(16)
        self.admin_password = secrets.token_hex(16)
        self._settings = {
            "RATE_LIMITS": "1" if rate_limits else "",
            "BLOB_LIMIT": str(blob_limit or ""),
        }
        self._open = ExitStack()
        self._direct: httpx.Client | None = None

    @property
    def url(self) -> str:
        """The name the server has for itself, in its own answers and in the directory."""
        return f"http://localhost:{self.port}"

    def __enter__(self) -> Self:
        install_packages(FOLDER)
        with ExitStack() as stack:
            data = stack.enter_context(tempfile.TemporaryDirectory(prefix="pds-"))
            started = stack.enter_context(self._process(data))
            stack.callback(_stop, started)
            ready = _first_line(started)
            self.upstream, self.did = ready["pds"], ready["did"]
            self.appview = ready.get("appview", "")
            self._direct = stack.enter_context(httpx.Client(base_url=self.upstream, timeout=30))
            super().__enter__()
            self._open = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            super().__exit__(*error)
        finally:
            self._open.close()

    @property
    def _http(self) -> httpx.Client:
        assert self._direct is not None, "the server has not been entered"
        return self._direct

    def _process(self, data: str) -> subprocess.Popen[str]:
        settings = {
            "DATA_DIR": data,
            "PUBLIC_PORT": str(self.port),
            "JWT_SECRET": self.jwt_secret,
            "ADMIN_PASSWORD": self.admin_password,
        }
        return subprocess.Popen(  # noqa: S603 -- our own program
            [program("node"), str(FOLDER / "pds.mjs")],
            env=os.environ | self._settings | settings,
            stdin=subprocess.PIPE,  # closes with this process, and stops the server
            stdout=subprocess.PIPE,
            text=True,
        )

    def create_account(self, handle: str = "") -> PdsAccount:
        """A handle is made up where none is given; one without a domain gets the server's."""
        name = handle or f"u{secrets.token_hex(6)}"
        full = name if "." in name else f"{name}.test"
        password = secrets.token_urlsafe(12)
        fields = {
            "handle": full,
            "email": f"{secrets.token_hex(6)}@mail.test",
            "password": password,
        }
        made = self.call("com.atproto.server.createAccount", fields)
        return PdsAccount(did=made["did"], handle=full, password=password)

    def session(self, account: PdsAccount, *, password: str = "") -> Session:
        fields = {"identifier": account.did, "password": password or account.password}
        made = self.call("com.atproto.server.createSession", fields)
        return Session(access=made["accessJwt"], refresh=made["refreshJwt"])

    def app_password(self, account: PdsAccount, name: str = "tidings") -> str:
        token = self.session(account).access
        made = self.call("com.atproto.server.createAppPassword", {"name": name}, token=token)
        return cast("str", made["password"])

    def revoke_app_password(self, account: PdsAccount, name: str = "tidings") -> None:
        token = self.session(account).access
        self.call("com.atproto.server.revokeAppPassword", {"name": name}, token=token)

    def take_down(self, account: PdsAccount, *, applied: bool = True) -> None:
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}
        change = {"subject": subject, "takedown": {"applied": applied, "ref": "test"}}
        self.call("com.atproto.admin.updateSubjectStatus", change, as_admin=True)

    def expired(self, token: str) -> str:
        """The same token, an hour past its end and signed as the server signs."""
        header, payload, _ = token.split(".")
        claims = json.loads(_unpadded_decode(payload))
        claims |= {"iat": claims["iat"] - 86_400, "exp": claims["iat"] - 3_600}
        signed = f"{header}.{_unpadded_encode(json.dumps(claims).encode())}"
        digest = hmac.new(self.jwt_secret.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_unpadded_encode(digest)}"

    def records(self, did: str, collection: str = POSTS) -> list[Record]:
        """Oldest first."""
        found: list[Record] = []
        query = {"repo": did, "collection": collection, "limit": "100", "reverse": "true"}
        while True:
            page = self.read("com.atproto.repo.listRecords", query)
            found += [Record(r["uri"], r["cid"], r["value"]) for r in page["records"]]
            if not page.get("cursor"):
                return found
            query["cursor"] = page["cursor"]

    def record(self, did: str, rkey: str, collection: str = POSTS) -> Record | None:
        query = {"repo": did, "collection": collection, "rkey": rkey}
        try:
            found = self.read("com.atproto.repo.getRecord", query)
        except XrpcError as error:
            if error.error == "RecordNotFound":
                return None
            raise
        return Record(found["uri"], found["cid"], found["value"])

    def blobs(self, did: str) -> list[str]:
        """Content ids of the blobs that records refer to."""
        return cast("list[str]", self.read("com.atproto.sync.listBlobs", {"did": did})["cids"])

    def blob(self, did: str, cid: str) -> bytes:
        query = {"did": did, "cid": cid}
        answer = self._http.get("/xrpc/com.atproto.sync.getBlob", params=query)
        if answer.is_error:
            raise XrpcError(answer)
        return answer.content

    def read(self, method: str, query: Mapping[str, Any], *, token: str = "") -> dict[str, Any]:
        """Raises XrpcError."""
        return _checked(
            self._http.get(f"/xrpc/{method}", params=dict(query), headers=_bearer(token))
        )

    def call(
        self, method: str, body: object, *, token: str = "", as_admin: bool = False
    ) -> dict[str, Any]:
        """Raises XrpcError."""
        headers = self._admin() if as_admin else _bearer(token)
        return _checked(self._http.post(f"/xrpc/{method}", json=body, headers=headers))

    def _admin(self) -> dict[str, str]:
        pair = base64.b64encode(f"admin:{self.admin_password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise XrpcError(answer)
    return cast("dict[str, Any]", answer.json()) if answer.content else {}


def _first_line(server: subprocess.Popen[str]) -> dict[str, str]:
    """Waits until it serves; when it ends instead, its own words stand above, in our output."""
    assert server.stdout is not None
    line = server.stdout.readline()
    if not line:
        raise RuntimeError(f"the Bluesky server ended with {server.wait()} before it was ready")
    return cast("dict[str, str]", json.loads(line))


def _stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    try:
        server.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()


def _unpadded_decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _unpadded_encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
