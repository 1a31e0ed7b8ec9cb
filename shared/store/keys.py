"""Every key of the table and its three indexes. Pure.

    item                    pk                     sk
    post                    W#<ws>#P#<post>        POST
    delivery, its handles   W#<ws>#P#<post>        D#<delivery>, H#<delivery>
    audit of a post         W#<ws>#P#<post>        A#<at>#<id>
    its jobs (pointers)     W#<ws>#P#<post>        J#<job>
    what it said before     W#<ws>#V#<post>        V#<version>
    what is written on it   W#<ws>#V#<post>        C#<hash of whose copy>, S#<hash of whose window>
    workspace and its own   W#<ws>                 WORKSPACE, ACCOUNT#…, CREDENTIAL#…, PROFILE#…,
                                                   MEDIA#…, JOB#…, A#<at>#<id>
    deleted posts, a while  W#<ws>                 GONE#<at>#<post>
    what it keeps           W#<ws>                 <kind>#<id>: CAMPAIGN#…
    people, their trail     PEOPLE#installation    PERSON#…, INVITATION#…, A#<at>#<id>
    listening, counting     W#<ws>#A#<account>     FEED, COUNTING
    thread below a post     W#<ws>#A#<account>     T#<delivery>
    numbers of a post       W#<ws>#A#<account>     S#<published at>#<delivery>
    numbers of an account   W#<ws>#A#<account>     N#<UTC day>
    whose live part it is   W#<ws>#R#<hash>        KNOWN
    inbox item              W#<ws>#I#<item>        ITEM
    conversation (pointers) W#<ws>#C#<conversation> <at>#<item or post that answers>
    installation            INSTALLATION           SETTINGS, WORKSPACE#<ws>
    content lock            LOCK#<profile>         <fingerprint>
    budget of a profile     RATE#<profile>         CALLS, UPLOADS
    breaker of a server     RATE#<platform|server> SERVER
    API key                 KEYS                   <id>
    sign-in code            SIGNIN#<hash>          CODE
    idempotency             REQUEST#<scope>        <hash of the key>

The workspace in a key comes from the signed-in context, and no id can contain `#`: so no input can
name an item of another workspace. Whatever is not an id of ours is `NotFound`.
"""

import hashlib
import re
from typing import NamedTuple
from zlib import crc32

from shared.core.errors import NotFound
from shared.core.models import DeliveryRef, Millis, Post, WakeKind
from shared.core.people import INSTALLATION as INSTALLATION_HOME
from shared.core.rate import Meter
from shared.core.workspaces import AuditEntry

WAKE_SHARDS = 4
"""Partitions per kind of timer. The tick reads all of them, so it may grow, but never shrink."""
WAKE_INDEX = "wake"
WAKE_PROJECTION = ("due_at", "state", "account_id")
CALENDAR_INDEX = "calendar"
CALENDAR_PROJECTION = (
    "state",
    "due_at",
    "account_id",
    "platform",
    "sent_at",
    "live",
    "held_reason",
    "error",
    "excerpt",
    "media_count",
    "part_count",
    "account_ids",
    "tags",
    "campaign",
    "requires_approval",
    "approved",
    "cancelled_at",
    "updated_at",
    "created_by",
    "version",
)
"""What lists show of posts and deliveries; at most 20 attributes fit an index (2026-11-21:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html)."""

INBOX_INDEX = "inbox"
"""Listed items, latest last, with all they have."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LAST: Millis = 9_999_999_999_999
_PROFILE_LENGTH = 500


class Key(NamedTuple):
    pk: str
    sk: str


class CalendarPosition(NamedTuple):
    """Where a post and its deliveries stand in the calendar index: one partition, one prefix."""

    pk: str
    prefix: str

    def post_sk(self) -> str:
        return f"{self.prefix}#0"

    def delivery_sk(self, delivery_id: str) -> str:
        return f"{self.prefix}#{delivery_id}"


def workspace_pk(workspace_id: str) -> str:
    """People stand apart: who sends may write what belongs to workspaces, but no roles."""
    if workspace_id == INSTALLATION_HOME:
        return f"PEOPLE#{INSTALLATION_HOME}"
    return f"W#{_id(workspace_id)}"


def post_pk(workspace_id: str, post_id: str) -> str:
    return f"W#{_id(workspace_id)}#P#{_id(post_id)}"


def post_key(workspace_id: str, post_id: str) -> Key:
    return Key(post_pk(workspace_id, post_id), "POST")


def delivery_key(ref: DeliveryRef) -> Key:
    return Key(post_pk(ref.workspace_id, ref.post_id), f"D#{_id(ref.id)}")


def handles_key(ref: DeliveryRef) -> Key:
    return Key(post_pk(ref.workspace_id, ref.post_id), f"H#{_id(ref.id)}")


def job_pointer_key(workspace_id: str, post_id: str, job_id: str) -> Key:
    return Key(post_pk(workspace_id, post_id), f"J#{_id(job_id)}")


def audit_key(entry: AuditEntry) -> Key:
    home = entry.workspace_id, entry.post_id
    pk = workspace_pk(home[0]) if home[1] is None else post_pk(home[0], home[1])
    return Key(pk, f"A#{instant(entry.at)}#{_id(entry.id)}")


def written_pk(workspace_id: str, post_id: str) -> str:
    """What a post said before and what is being written, apart from what sending it reads."""
    return f"W#{_id(workspace_id)}#V#{_id(post_id)}"


def version_key(workspace_id: str, post_id: str, version_id: str) -> Key:
    return Key(written_pk(workspace_id, post_id), f"V#{_id(version_id)}")


def copy_key(workspace_id: str, post_id: str, whose: str) -> Key:
    return Key(written_pk(workspace_id, post_id), f"C#{_id(whose)}")


def presence_key(workspace_id: str, post_id: str, whose: str) -> Key:
    return Key(written_pk(workspace_id, post_id), f"S#{_id(whose)}")


def job_key(workspace_id: str, job_id: str) -> Key:
    return Key(workspace_pk(workspace_id), f"JOB#{_id(job_id)}")


def workspace_key(workspace_id: str) -> Key:
    return Key(workspace_pk(workspace_id), "WORKSPACE")


def account_key(workspace_id: str, account_id: str) -> Key:
    return Key(workspace_pk(workspace_id), f"ACCOUNT#{_id(account_id)}")


def credential_key(workspace_id: str, account_id: str) -> Key:
    return Key(workspace_pk(workspace_id), f"CREDENTIAL#{_id(account_id)}")


def profile_key(workspace_id: str, profile: str) -> Key:
    """Makes a profile unique within its workspace."""
    return Key(workspace_pk(workspace_id), f"PROFILE#{_bounded(profile)}")


def media_key(workspace_id: str, media_id: str) -> Key:
    return Key(workspace_pk(workspace_id), f"MEDIA#{_id(media_id)}")


def gone_key(workspace_id: str, post_id: str, *, at: Millis) -> Key:
    return Key(workspace_pk(workspace_id), f"GONE#{_place(at, post_id)}")


def kept_key(workspace_id: str, kind: str, thing_id: str) -> Key:
    """`kind` is one of `shared/store/kept.py`."""
    return Key(workspace_pk(workspace_id), f"{kind}#{_id(thing_id)}")


def account_pk(workspace_id: str, account_id: str) -> str:
    """What listening to an account and counting it needs."""
    return f"W#{_id(workspace_id)}#A#{_id(account_id)}"


def feed_key(workspace_id: str, account_id: str) -> Key:
    return Key(account_pk(workspace_id, account_id), "FEED")


def counting_key(workspace_id: str, account_id: str) -> Key:
    return Key(account_pk(workspace_id, account_id), "COUNTING")


def watch_key(workspace_id: str, account_id: str, delivery_id: str) -> Key:
    return Key(account_pk(workspace_id, account_id), f"T#{_id(delivery_id)}")


def series_key(workspace_id: str, account_id: str, published_at: Millis, delivery_id: str) -> Key:
    pk = account_pk(workspace_id, account_id)
    return Key(pk, f"S#{instant(published_at)}#{_id(delivery_id)}")


def account_day_key(workspace_id: str, account_id: str, day: str) -> Key:
    return Key(account_pk(workspace_id, account_id), f"N#{_id(day)}")


def known_key(workspace_id: str, account_id: str, remote_id: str) -> Key:
    """Networks choose their ids: only a hash becomes part of a key."""
    digest = hashlib.sha256(f"{account_id}|{remote_id}".encode()).hexdigest()
    return Key(f"W#{_id(workspace_id)}#R#{digest}", "KNOWN")


def inbox_item_key(workspace_id: str, item_id: str) -> Key:
    return Key(f"W#{_id(workspace_id)}#I#{_id(item_id)}", "ITEM")


def inbox_pk(workspace_id: str) -> str:
    return f"{workspace_pk(workspace_id)}#INBOX"


def inbox_sk(at: Millis, item_id: str) -> str:
    return f"{instant(at)}#{_id(item_id)}"


def conversation_pk(workspace_id: str, conversation_id: str) -> str:
    return f"W#{_id(workspace_id)}#C#{_id(conversation_id)}"


def member_key(workspace_id: str, conversation_id: str, *, at: Millis, member_id: str) -> Key:
    """Where an item, or a post that answers one, stands in a conversation."""
    pk = conversation_pk(workspace_id, conversation_id)
    return Key(pk, f"{instant(at)}#{_id(member_id)}")


INSTALLATION = Key("INSTALLATION", "SETTINGS")


def workspace_pointer_key(workspace_id: str) -> Key:
    return Key("INSTALLATION", f"WORKSPACE#{_id(workspace_id)}")


def lock_pk(profile: str) -> str:
    return f"LOCK#{_bounded(profile)}"


def lock_key(profile: str, fingerprint: str) -> Key:
    return Key(lock_pk(profile), _id(fingerprint))


def budget_key(profile: str, meter: Meter) -> Key:
    """By profile, as the lock: whoever speaks for it shares what the network allows it."""
    return Key(f"RATE#{_bounded(profile)}", meter.value)


def breaker_key(platform: str, server: str) -> Key:
    return Key(f"RATE#{_bounded(f'{platform}|{server}')}", "SERVER")


API_KEYS_PK = "KEYS"


def api_key_key(key_id: str) -> Key:
    return Key(API_KEYS_PK, _id(key_id))


def sign_in_key(code_hash: str) -> Key:
    return Key(f"SIGNIN#{_id(code_hash)}", "CODE")


def request_key(scope: str, key: str) -> Key:
    """An Idempotency-Key is somebody else's text: only its hash becomes part of a key."""
    return Key(f"REQUEST#{_id(scope)}", hashlib.sha256(key.encode()).hexdigest())


def wake_pk(kind: WakeKind, item_id: str) -> str:
    return f"{kind.value}#{crc32(item_id.encode()) % WAKE_SHARDS}"


def wake_pks(kind: WakeKind) -> list[str]:
    return [f"{kind.value}#{shard}" for shard in range(WAKE_SHARDS)]


def turn_pk(turn: int) -> str:
    """Of the wake index: who has this minute of listening's round."""
    return f"turn#{turn}"


def rest_pk(workspace_id: str, account_id: str) -> str:
    """Of the wake index: the account's threads at rest."""
    return f"rest#{_id(workspace_id)}#{_id(account_id)}"


def wake_sk(wake_at: Millis, item_id: str) -> str:
    return f"{instant(wake_at)}#{_id(item_id)}"


def calendar_position(post: Post) -> CalendarPosition | None:
    """By due instant; posts without a date stand apart, by their last change. Answers stand in
    their conversation and in no calendar.
    """
    if post.reply_to is not None:
        return None
    pk = workspace_pk(post.workspace_id)
    if post.plan is None:
        return CalendarPosition(undated_pk(post.workspace_id), _place(post.updated_at, post.id))
    return CalendarPosition(pk, _place(post.plan.at, post.id))


def undated_pk(workspace_id: str) -> str:
    return f"{workspace_pk(workspace_id)}#UNDATED"


def instant(at: Millis) -> str:
    """Sorts as text the way instants sort: 13 digits reach from 1970 to 2286."""
    return f"{min(max(at, 0), _LAST):013d}"


def _place(at: Millis, post_id: str) -> str:
    return f"{instant(at)}#{_id(post_id)}"


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise NotFound("there is no such thing here")
    return value


def _bounded(profile: str) -> str:
    """Servers choose their ids; a key holds 1,024 bytes at most."""
    if len(profile.encode()) <= _PROFILE_LENGTH:
        return profile
    return f"sha256:{hashlib.sha256(profile.encode()).hexdigest()}"
