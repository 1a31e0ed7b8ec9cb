"""Post views, notifications and threads as a Bluesky AppView shows them."""

from typing import Any

from shared.platforms.bluesky_record import instant
from tests.fakes.time import START

ME, BO = "did:plc:alice", "did:plc:bo"
Json = dict[str, Any]


def uri(name: str, owner: str = BO) -> str:
    return f"at://{owner}/app.bsky.feed.post/{name}"


def ref(name: str, owner: str = ME) -> Json:
    return {"uri": uri(name, owner), "cid": f"cid{name}"}


def reply(parent: str = "root", *, by: str = ME, root: str = "root", root_by: str = ME) -> Json:
    return {"root": ref(root, root_by), "parent": ref(parent, by)}


def view(name: str, owner: str = BO, *, at: int = START, **more: Any) -> Json:
    """`record` in `more` is laid over the record."""
    record = {"$type": "app.bsky.feed.post", "text": name, "createdAt": instant(at)}
    return {
        "uri": uri(name, owner),
        "cid": f"cid{name}",
        "author": {"did": owner, "handle": f"{owner[8:]}.example"},
        "indexedAt": instant(at + 500),
        **more,
        "record": record | more.get("record", {}),
    }


def notice(name: str, *, reason: str = "reply", at: int = START) -> Json:
    return {
        "uri": uri(name),
        "cid": f"cid{name}",
        "author": {"did": BO, "handle": "bo.example"},
        "reason": reason,
        "record": {},
        "indexedAt": instant(at),
    }


def node(post: Json, *replies: Json) -> Json:
    """A post of a thread with what stands below it."""
    kind = "app.bsky.feed.defs#threadViewPost"
    return {"$type": kind, "post": {"replyCount": len(replies), **post}, "replies": list(replies)}
