"""Each model as an item of the table, and back. Pure.

Attributes are named like the model's fields; what the key holds is not stored again. Every item
carries `v`, its schema number: a release reads its own and the one before.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from shared.core.lifecycle import HISTORY
from shared.core.models import (
    Account,
    AccountState,
    ApiKey,
    AuditEntry,
    Delivery,
    DeliveryRef,
    DeliveryState,
    DeliverySummary,
    Failure,
    HeldReason,
    Installation,
    Job,
    Lock,
    MediaFile,
    Millis,
    Post,
    PostSummary,
    Remote,
    WakeKind,
    Workspace,
)
from shared.core.ports import Answered, Wake
from shared.store import keys
from shared.store.attributes import Item, attribute, build, plain, value_of
from shared.store.keys import CalendarPosition, Key
from shared.store.unreadable import UnreadableRecord
from shared.store.views import arrival, delivery_wake, job_wake, post_summary

SCHEMA = 1
"""What is written."""
READABLE = frozenset({SCHEMA})
"""What is read: what is written and, once there is one, the schema before it."""
_DAY_S = 24 * 60 * 60
LOCK_LIFE_S = 30 * _DAY_S
REQUEST_LIFE: Millis = _DAY_S * 1_000
TIMER = ("wake_pk", "wake_sk")
PLACE = ("cal_pk", "cal_sk")
_KEY_NAMES = frozenset({"pk", "sk", *TIMER, *PLACE})


def key_item(key: Key) -> Item:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def stored_key(item: Item) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])


def _item(key: Key, data: Mapping[str, Any], **more: object) -> Item:
    """`more` are attributes beside the model's own; None leaves one out."""
    extra = {name: attribute(value) for name, value in more.items() if value is not None}
    body = {name: attribute(value) for name, value in data.items()}
    return key_item(key) | {"v": attribute(SCHEMA)} | body | extra


def _data(item: Item) -> dict[str, Any]:
    """The plain values of an item; raises UnreadableRecord when a newer release wrote it."""
    version = value_of(item["v"]) if "v" in item else 0
    if version not in READABLE:
        raise UnreadableRecord(
            f"{item['sk']['S']}: schema {version}, this release reads {SCHEMA}; "
            "a newer release wrote it: finish its deployment, or deploy it again"
        )
    return {name: value_of(value) for name, value in item.items() if name not in _KEY_NAMES}


def _without(model: object, *names: str) -> dict[str, Any]:
    return {name: value for name, value in plain(model).items() if name not in names}


def post_item(post: Post) -> Item:
    place, shown = keys.calendar_position(post), post_summary(post)
    return _item(
        keys.post_key(post.workspace_id, post.id),
        _without(post, "id", "workspace_id"),
        cal_pk=place.pk,
        cal_sk=place.post_sk(),
        excerpt=shown.excerpt,
        media_count=shown.media_count,
        part_count=shown.part_count,
        approved=shown.approved,
    )


def post_from(item: Item) -> Post:
    workspace_id, post_id = _home(item)
    return build(Post, _data(item) | {"id": post_id, "workspace_id": workspace_id})


def delivery_item(delivery: Delivery, place: CalendarPosition | None) -> Item:
    """`place` is its post's; None leaves it out, for items that are compared and not stored."""
    item = _item(
        keys.delivery_key(delivery.ref),
        _without(delivery, "id", "workspace_id", "post_id", "wake_kind", "wake_at"),
        cal_pk=place.pk if place else None,
        cal_sk=place.delivery_sk(delivery.id) if place else None,
    )
    return item | _timer(delivery_wake(delivery))


def delivery_from(item: Item) -> Delivery:
    workspace_id, post_id = _home(item)
    data = _data(item) | {"id": _tail(item), "workspace_id": workspace_id, "post_id": post_id}
    # A claim appends without reading; what is over the bound goes with the next move.
    data["transitions"] = data.get("transitions", [])[-HISTORY:]
    return build(Delivery, data | _woken(item))


def _timer(wake: Wake | None) -> Item:
    if wake is None:
        return {}
    return {
        "wake_pk": attribute(keys.wake_pk(wake.kind, wake.id)),
        "wake_sk": attribute(keys.wake_sk(wake.wake_at, wake.id)),
    }


def _woken(item: Item) -> dict[str, Any]:
    if "wake_sk" not in item:
        return {}
    kind, at = item["wake_pk"]["S"].split("#")[0], item["wake_sk"]["S"].split("#")[0]
    return {"wake_kind": kind, "wake_at": int(at)}


def _home(item: Item) -> tuple[str, str]:
    """Workspace and post from `W#<ws>#P#<post>`; the post is empty where the key has none."""
    parts = item["pk"]["S"].split("#")
    return parts[1], parts[3] if len(parts) > 3 else ""


def _tail(item: Item) -> str:
    """The id at the end of a sort key."""
    return str(item["sk"]["S"]).rsplit("#", 1)[-1]


def wake_from(item: Item) -> Wake:
    workspace_id, post_id = _home(item)
    woken = _woken(item)
    kind, wake_at = WakeKind(woken["wake_kind"]), woken["wake_at"]
    state = value_of(item["state"])
    due_at = value_of(item["due_at"]) if "due_at" in item else wake_at
    return Wake(
        kind=kind,
        workspace_id=workspace_id,
        id=_tail(item),
        post_id=post_id or None,
        account_id=value_of(item["account_id"]),
        state=state,
        due_at=arrival(kind, state, due_at=due_at, wake_at=wake_at),
        wake_at=wake_at,
    )


def post_summary_from(item: Item) -> PostSummary:
    workspace_id, post_id = _home(item)
    data = {name: value_of(value) for name, value in item.items()}
    undated = data["cal_pk"] == keys.undated_pk(workspace_id)
    return PostSummary(
        id=post_id,
        workspace_id=workspace_id,
        excerpt=data["excerpt"],
        media_count=data["media_count"],
        part_count=data["part_count"],
        account_ids=tuple(data.get("account_ids", ())),
        tags=tuple(data.get("tags", ())),
        campaign=data.get("campaign"),
        due_at=None if undated else int(data["cal_sk"].split("#")[0]),
        requires_approval=data.get("requires_approval", False),
        approved=data["approved"],
        cancelled="cancelled_at" in data,
        updated_at=data["updated_at"],
        version=data["version"],
    )


def delivery_summary_from(item: Item) -> DeliverySummary:
    data = {name: value_of(value) for name, value in item.items()}
    held, live = data.get("held_reason"), data.get("live", [])
    return DeliverySummary(
        id=_tail(item),
        post_id=_home(item)[1],
        account_id=data["account_id"],
        platform=data["platform"],
        state=DeliveryState(data["state"]),
        due_at=data["due_at"],
        sent_at=data.get("sent_at"),
        url=build(Remote, live[0]).url if live else None,
        held_reason=HeldReason(held) if held else None,
        error_code=build(Failure, data["error"]).code if "error" in data else None,
    )


def workspace_item(workspace: Workspace) -> Item:
    return _item(keys.workspace_key(workspace.id), _without(workspace, "id"))


def workspace_from(item: Item) -> Workspace:
    return build(Workspace, _data(item) | {"id": _home(item)[0]})


def workspace_pointer_item(workspace: Workspace) -> Item:
    return _item(keys.workspace_pointer_key(workspace.id), {})


def workspace_pointed_to(item: Item) -> str:
    return _tail(item)


def installation_from(item: Item | None) -> Installation:
    return Installation() if item is None else build(Installation, _data(item))


def account_item(account: Account) -> Item:
    key = keys.account_key(account.workspace_id, account.id)
    return _item(key, _without(account, "id", "workspace_id"))


def account_from(item: Item) -> Account:
    key = {"id": _tail(item), "workspace_id": _home(item)[0]}
    return build(Account, _data(item) | key)


def occupied_profile(account: Account) -> str | None:
    """The profile that is unique in its workspace; a disconnected account gives it up."""
    return None if account.state is AccountState.DISCONNECTED else account.profile


def profile_item(account: Account) -> Item:
    key = keys.profile_key(account.workspace_id, account.profile)
    return _item(key, {"account_id": account.id})


def credential_item(account: Account, sealed: bytes) -> Item:
    return _item(keys.credential_key(account.workspace_id, account.id), {"sealed": sealed})


def sealed_from(item: Item) -> bytes:
    return bytes(_data(item)["sealed"])


def media_item(file: MediaFile) -> Item:
    return _item(keys.media_key(file.workspace_id, file.id), _without(file, "id", "workspace_id"))


def media_from(item: Item) -> MediaFile:
    key = {"id": _tail(item), "workspace_id": _home(item)[0]}
    return build(MediaFile, _data(item) | key)


def audit_item(entry: AuditEntry) -> Item:
    return _item(keys.audit_key(entry), _without(entry, "id", "workspace_id", "post_id"))


def audit_from(item: Item) -> AuditEntry:
    workspace_id, post_id = _home(item)
    key = {"id": _tail(item), "workspace_id": workspace_id, "post_id": post_id or None}
    return build(AuditEntry, _data(item) | key)


def job_item(job: Job) -> Item:
    key = keys.job_key(job.workspace_id, job.id)
    return _item(key, _without(job, "id", "workspace_id", "wake_at")) | _timer(job_wake(job))


def job_from(item: Item) -> Job:
    key = {"id": _tail(item), "workspace_id": _home(item)[0]}
    return build(Job, _data(item) | key | _woken(item))


def job_pointer_item(job: Job, post_id: str) -> Item:
    return _item(keys.job_pointer_key(job.workspace_id, post_id, job.id), {})


def job_pointed_to(item: Item) -> Key:
    return keys.job_key(_home(item)[0], _tail(item))


def handles_item(delivery: Delivery, handles: Mapping[str, object]) -> Item:
    """As JSON: what an adapter keeps is its own business and may hold any number."""
    return _item(keys.handles_key(delivery.ref), {"handles": json.dumps(handles)})


def handles_from(item: Item) -> dict[str, object]:
    found = json.loads(_data(item)["handles"])
    if not isinstance(found, dict):
        raise UnreadableRecord(f"{item['sk']['S']}: handles are not a map")
    return found


def lock_item(lock: Lock) -> Item:
    return _item(
        keys.lock_key(lock.profile, lock.fingerprint),
        plain(lock),
        expires=lock.at // 1_000 + LOCK_LIFE_S,
    )


def lock_from(item: Item) -> Lock:
    return build(Lock, _data(item))


def api_key_item(key: ApiKey) -> Item:
    return _item(keys.api_key_key(key.id), _without(key, "id"))


def api_key_from(item: Item) -> ApiKey:
    return build(ApiKey, _data(item) | {"id": item["sk"]["S"]})


def sign_in_item(code_hash: str, *, email: str, expires_at: Millis) -> Item:
    data = {"email": email, "expires_at": expires_at, "expires": expires_at // 1_000 + _DAY_S}
    return _item(keys.sign_in_key(code_hash), data)


def email_from(item: Item) -> str:
    return str(_data(item)["email"])


def request_item(key: Key, request_hash: str, *, now: Millis) -> Item:
    until = now + REQUEST_LIFE
    data = {"request_hash": request_hash, "until": until, "expires": until // 1_000}
    return _item(key, data)


def answered_from(item: Item) -> Answered:
    data = _data(item)
    body = zlib.decompress(data["body"]).decode() if "body" in data else None
    return Answered(data["request_hash"], data.get("status"), body)


def answer_attributes(answered: Answered) -> Item:
    """A kept answer is read back whole or not at all, so its body is stored small."""
    packed = None if answered.body is None else zlib.compress(answered.body.encode())
    data = {"status": answered.status, "body": packed}
    return {name: attribute(value) for name, value in data.items() if value is not None}


def key_of(wake: Wake) -> Key:
    """The item whose timer rang."""
    if wake.post_id is None:
        return keys.job_key(wake.workspace_id, wake.id)
    return keys.delivery_key(DeliveryRef(wake.workspace_id, wake.post_id, wake.id))
