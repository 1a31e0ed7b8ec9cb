"""Liking what somebody wrote, and hiding a reply under a post of ours: records of our own.

A like stands under a key made from what is liked, so liking twice is liking once. What is hidden
stands in the thread's gate, a record under the key of the thread's first post
(https://docs.bsky.app/docs/tutorials/thread-gates, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from shared.core.errors import Gone, Problem, Rejected, Transient
from shared.core.models import Millis, Target
from shared.platforms.base import maybe_list, maybe_object, maybe_text, text_of
from shared.platforms.bluesky_facts import FACTS
from shared.platforms.bluesky_home import Home
from shared.platforms.bluesky_record import COLLECTION, instant, key_of, record_key, strong_ref
from shared.platforms.bluesky_refusals import Swapped
from shared.platforms.bluesky_seen import is_post, owner_of
from shared.platforms.bluesky_server import Object
from shared.platforms.bluesky_view import AppView

LIKES = "app.bsky.feed.like"
GATES = "app.bsky.feed.threadgate"
_TRIES = 3


def like(view: AppView, home: Home, target: Target, *, did: str, now: Millis) -> None:
    """Raises Gone. Liked already, here or in an app, is success."""
    post = _shown(view, target)
    if post is None:
        raise Gone("The post is not there any more.")
    if _like_of(post, did):
        return
    subject = strong_ref(target.remote_id, text_of(post, "cid"))
    made = {"$type": LIKES, "subject": subject, "createdAt": instant(now)}
    with suppress(Swapped):  # our own like stands there; the AppView has not read it yet
        home.put(LIKES, _key(target), made, over=None)


def unlike(view: AppView, home: Home, target: Target, *, did: str) -> None:
    """Takes back our like and one that was made in an app."""
    post = _shown(view, target)
    for rkey in {_key(target), _like_of(post or {}, did)} - {""}:
        home.remove(LIKES, rkey)


def hide(home: Home, target: Target, *, hidden: bool, did: str, now: Millis) -> None:
    """Raises Gone when our post is not there any more, Rejected for a reply under somebody
    else's.
    """
    root = target.root_id
    if owner_of(root) != did:
        message = "Only replies in a thread that this account began can be hidden."
        raise Rejected([Problem("", "not_our_thread", message)])
    if hidden and home.record(COLLECTION, key_of(root)) is None:
        raise Gone("The post above it is not there any more.")
    for _ in range(_TRIES):
        gate = home.record(GATES, key_of(root))
        after = _gate(maybe_object(gate or {}, "value"), target, hidden=hidden, now=now)
        if after is None:
            return
        with suppress(Swapped):  # an app changed it in between
            over = None if gate is None else text_of(gate, "cid")
            home.put(GATES, key_of(root), after, over=over)
            return
    raise Transient("the thread's gate keeps changing")


def _gate(before: Object, target: Target, *, hidden: bool, now: Millis) -> Object | None:
    """The gate with one reply more or less, all else as it is; None when nothing is to change."""
    listed = [uri for uri in maybe_list(before, "hiddenReplies") if isinstance(uri, str)]
    if hidden == (target.remote_id in listed):
        return None
    if hidden and len(listed) >= (most := FACTS["most_hidden"].value):
        message = f"At most {most} replies of a thread can be hidden; show another one again first."
        raise Rejected([Problem("", "too_many_hidden", message)])
    after = [*listed, target.remote_id] if hidden else _without(listed, target.remote_id)
    fresh = {"$type": GATES, "post": target.root_id, "createdAt": instant(now)}
    return {**fresh, **before, "hiddenReplies": after}


def _without(listed: Sequence[str], uri: str) -> list[str]:
    return [one for one in listed if one != uri]


def _shown(view: AppView, target: Target) -> Object | None:
    uri = target.remote_id
    return view.posts([uri]).get(uri) if is_post(uri) else None


def _like_of(post: Mapping[str, object], did: str) -> str:
    """The key of the account's own like, where the AppView knows one."""
    uri = maybe_text(maybe_object(post, "viewer"), "like")
    return key_of(uri) if uri.startswith(f"at://{did}/{LIKES}/") else ""


def _key(target: Target) -> str:
    return record_key(f"like {target.remote_id}")
