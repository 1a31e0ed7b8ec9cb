"""A real Bluesky network for tests: the reference PDS and the reference AppView, on loopback.

`tests/e2e/test_real_appview.py` says what such a network does where one would expect otherwise.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from tests.servers.bluesky import POSTS, PdsAccount, RealPds, Record
from tests.servers.postgres import Postgres

LIKES = "app.bsky.feed.like"
REPOSTS = "app.bsky.feed.repost"
FOLLOWS = "app.bsky.graph.follow"
INDEXING_TIMEOUT_S = 60


class RealNetwork(RealPds):
    """A PDS whose accounts can also read: what others do arrives at them.

    Clients call the PDS, which asks the AppView for them. The methods here act as somebody on the
    network and go around the proxy. Each waits until what came before is indexed: the AppView takes
    in accounts side by side, and never notifies of a reply that it meets together with its post.
    """

    def __init__(self, *, rate_limits: bool = False, blob_limit: int | None = None) -> None:
        super().__init__(rate_limits=rate_limits, blob_limit=blob_limit)
        self._below = ExitStack()
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._settings["DATABASE_URL"] = stack.enter_context(Postgres()).url
            super().__enter__()
            self._below = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            super().__exit__(*error)
        finally:
            self._below.close()

    def token(self, account: PdsAccount) -> str:
        if account.did not in self._tokens:
            self._tokens[account.did] = self.session(account).access
        return self._tokens[account.did]

    def ask(self, account: PdsAccount, method: str, **query: Any) -> dict[str, Any]:
        """What a client of this account is answered."""
        self.wait_indexed()
        return self.read(method, query, token=self.token(account))

    def wait_indexed(self) -> None:
        """Returns when all that happened so far can be read, counts and notifications included."""
        httpx.get(f"{self.appview}/indexed", timeout=INDEXING_TIMEOUT_S).raise_for_status()

    def create(
        self, account: PdsAccount, collection: str, value: Mapping[str, Any], *, rkey: str = ""
    ) -> Record:
        self.wait_indexed()
        record = {"$type": collection, "createdAt": iso(datetime.now(UTC)), **value}
        body = {"repo": account.did, "collection": collection, "record": record}
        body |= {"rkey": rkey} if rkey else {}
        made = self.call("com.atproto.repo.createRecord", body, token=self.token(account))
        return Record(made["uri"], made["cid"], record)

    def delete(self, account: PdsAccount, record: Record) -> None:
        place = {"repo": account.did, "collection": record.uri.split("/")[3], "rkey": record.rkey}
        self.call("com.atproto.repo.deleteRecord", place, token=self.token(account))

    def edit(self, account: PdsAccount, record: Record, text: str) -> Record:
        """The same post with another text, which the PDS permits and the app never does."""
        value = dict(record.value) | {"text": text}
        place = {"repo": account.did, "collection": POSTS, "rkey": record.rkey}
        body = place | {"record": value}
        made = self.call("com.atproto.repo.putRecord", body, token=self.token(account))
        return Record(made["uri"], made["cid"], value)

    def post(self, account: PdsAccount, text: str, **more: Any) -> Record:
        """`more` is what `post_record` takes."""
        return self.create(account, POSTS, post_record(text, **more))

    def posts(self, account: PdsAccount, records: Sequence[Mapping[str, Any]]) -> list[Record]:
        """All in one write, and so in one moment."""
        self.wait_indexed()
        kind = "com.atproto.repo.applyWrites#create"
        writes = [{"$type": kind, "collection": POSTS, "value": dict(value)} for value in records]
        body = {"repo": account.did, "writes": writes}
        made = self.call("com.atproto.repo.applyWrites", body, token=self.token(account))["results"]
        return [
            Record(one["uri"], one["cid"], value) for one, value in zip(made, records, strict=True)
        ]

    def like(self, account: PdsAccount, record: Record) -> Record:
        return self.create(account, LIKES, {"subject": _reference(record)})

    def repost(self, account: PdsAccount, record: Record) -> Record:
        return self.create(account, REPOSTS, {"subject": _reference(record)})

    def follow(self, account: PdsAccount, other: PdsAccount) -> Record:
        return self.create(account, FOLLOWS, {"subject": other.did})


def post_record(
    text: str,
    *,
    reply_to: Record | None = None,
    quote: Record | None = None,
    mention: PdsAccount | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """`mention` is named before the text; `at` is the time that the post says it is from."""
    record: dict[str, Any] = {
        "$type": POSTS,
        "text": text,
        "createdAt": iso(at or datetime.now(UTC)),
    }
    if mention:
        record |= _mentioning(mention, text)
    if reply_to:
        root = reply_to.value.get("reply", {}).get("root") or _reference(reply_to)
        record["reply"] = {"root": root, "parent": _reference(reply_to)}
    if quote:
        record["embed"] = {"$type": "app.bsky.embed.record", "record": _reference(quote)}
    return record


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _mentioning(account: PdsAccount, text: str) -> dict[str, Any]:
    name = f"@{account.handle}"
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": account.did}
    facet = {"index": {"byteStart": 0, "byteEnd": len(name)}, "features": [feature]}
    return {"text": f"{name} {text}", "facets": [facet]}


def _reference(record: Record) -> dict[str, str]:
    return {"uri": record.uri, "cid": record.cid}
