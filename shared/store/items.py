"""Each model as an item of the table, and back. Pure.

What comes back from the networks is in `engagement_items.py`; what all items have in `records.py`.
"""

import json
import zlib
from collections.abc import Mapping

from shared.core.lifecycle import HISTORY
from shared.core.models import (
    Delivery,
    DeliveryRef,
    DeliveryState,
    Failure,
    HeldReason,
    Lock,
    Millis,
    Post,
    Remote,
    WakeKind,
)
from shared.core.ports import Answered, DeliverySummary, PostSummary, Wake
from shared.core.workspaces import (
    Account,
    AccountState,
    ApiKey,
    AuditEntry,
    Installation,
    Job,
    MediaFile,
    Workspace,
)
from shared.store import keys
from shared.store.attributes import Item, attribute, build, plain, value_of
from shared.store.keys import CalendarPosition, Key
from shared.store.records import data_of, home, record, tail, timer, without, woken
from shared.store.unreadable import UnreadableRecord
from shared.store.views import ELSEWHERE, arrival, post_summary

_DAY_S = 24 * 60 * 60
LOCK_LIFE_S = 30 * _DAY_S
REQUEST_LIFE: Millis = _DAY_S * 1_000


def post_item(post: Post) -> Item:
    place, shown = keys.calendar_position(post), post_summary(post)
    return record(
        keys.post_key(post.workspace_id, post.id),
        without(post, "id", "workspace_id"),
        cal_pk=place.pk if place else None,
        cal_sk=place.post_sk() if place else None,
        state=ELSEWHERE if shown.elsewhere else None,
        excerpt=shown.excerpt,
        media_count=shown.media_count,
        part_count=shown.part_count,
        approved=shown.approved,
    )


def post_from(item: Item) -> Post:
    workspace_id, post_id = home(item)
    return build(Post, data_of(item) | {"id": post_id, "workspace_id": workspace_id})


def delivery_item(delivery: Delivery, place: CalendarPosition | None) -> Item:
    """`place` is its post's; None leaves it out: answers have none, and items that are compared and
    not stored need none.
    """
    item = record(
        keys.delivery_key(delivery.ref),
        without(delivery, "id", "workspace_id", "post_id", "wake_kind", "wake_at"),
        cal_pk=place.pk if place else None,
        cal_sk=place.delivery_sk(delivery.id) if place else None,
    )
    return item | timer(delivery.wake_kind, delivery.wake_at, delivery.id)


def delivery_from(item: Item) -> Delivery:
    workspace_id, post_id = home(item)
    data = data_of(item) | {"id": tail(item), "workspace_id": workspace_id, "post_id": post_id}
    # A claim appends without reading; what is over the bound goes with the next move.
    data["transitions"] = data.get("transitions", [])[-HISTORY:]
    return build(Delivery, data | woken(item))


def wake_from(item: Item) -> Wake:
    workspace_id, post_id = home(item)
    ringing = woken(item)
    kind, wake_at = WakeKind(ringing["wake_kind"]), ringing["wake_at"]
    state = value_of(item["state"])
    due_at = value_of(item["due_at"]) if "due_at" in item else wake_at
    return Wake(
        kind=kind,
        workspace_id=workspace_id,
        id=tail(item),
        post_id=post_id or None,
        account_id=value_of(item["account_id"]),
        state=state,
        due_at=arrival(kind, state, due_at=due_at, wake_at=wake_at),
        wake_at=wake_at,
    )


def post_summary_from(item: Item) -> PostSummary:
    workspace_id, post_id = home(item)
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
        created_by=data["created_by"],
        version=data["version"],
        elsewhere=data.get("state") == ELSEWHERE,
    )


def delivery_summary_from(item: Item) -> DeliverySummary:
    data = {name: value_of(value) for name, value in item.items()}
    held, live = data.get("held_reason"), data.get("live", [])
    return DeliverySummary(
        id=tail(item),
        post_id=home(item)[1],
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
    return record(keys.workspace_key(workspace.id), without(workspace, "id"))


def workspace_from(item: Item) -> Workspace:
    return build(Workspace, data_of(item) | {"id": home(item)[0]})


def workspace_pointer_item(workspace: Workspace) -> Item:
    return record(keys.workspace_pointer_key(workspace.id), {})


def workspace_pointed_to(item: Item) -> str:
    return tail(item)


def installation_from(item: Item | None) -> Installation:
    return Installation() if item is None else build(Installation, data_of(item))


def account_item(account: Account) -> Item:
    key = keys.account_key(account.workspace_id, account.id)
    return record(key, without(account, "id", "workspace_id"))


def account_from(item: Item) -> Account:
    key = {"id": tail(item), "workspace_id": home(item)[0]}
    return build(Account, data_of(item) | key)


def occupied_profile(account: Account) -> str | None:
    """The profile that is unique in its workspace; a disconnected account gives it up."""
    return None if account.state is AccountState.DISCONNECTED else account.profile


def profile_item(account: Account) -> Item:
    key = keys.profile_key(account.workspace_id, account.profile)
    return record(key, {"account_id": account.id})


def credential_item(account: Account, sealed: bytes) -> Item:
    return record(keys.credential_key(account.workspace_id, account.id), {"sealed": sealed})


def sealed_from(item: Item) -> bytes:
    return bytes(data_of(item)["sealed"])


def media_item(file: MediaFile) -> Item:
    return record(keys.media_key(file.workspace_id, file.id), without(file, "id", "workspace_id"))


def media_from(item: Item) -> MediaFile:
    key = {"id": tail(item), "workspace_id": home(item)[0]}
    return build(MediaFile, data_of(item) | key)


def audit_item(entry: AuditEntry) -> Item:
    return record(keys.audit_key(entry), without(entry, "id", "workspace_id", "post_id"))


def audit_from(item: Item) -> AuditEntry:
    workspace_id, post_id = home(item)
    key = {"id": tail(item), "workspace_id": workspace_id, "post_id": post_id or None}
    return build(AuditEntry, data_of(item) | key)


def job_item(job: Job) -> Item:
    key = keys.job_key(job.workspace_id, job.id)
    return record(key, without(job, "id", "workspace_id", "wake_at")) | timer(
        WakeKind.PUBLISH, job.wake_at, job.id
    )


def job_from(item: Item) -> Job:
    key = {"id": tail(item), "workspace_id": home(item)[0]}
    return build(Job, data_of(item) | key | woken(item))


def job_pointer_item(job: Job, post_id: str) -> Item:
    return record(keys.job_pointer_key(job.workspace_id, post_id, job.id), {})


def job_pointed_to(item: Item) -> Key:
    return keys.job_key(home(item)[0], tail(item))


def handles_item(delivery: Delivery, handles: Mapping[str, object]) -> Item:
    """As JSON: what an adapter keeps is its own business and may hold any number. `turn` says which
    version of the delivery they were made for.
    """
    kept = {"handles": json.dumps(handles), "turn": delivery.version}
    return record(keys.handles_key(delivery.ref), kept)


def handles_from(item: Item) -> dict[str, object]:
    found = json.loads(data_of(item)["handles"])
    if not isinstance(found, dict):
        raise UnreadableRecord(f"{item['sk']['S']}: handles are not a map")
    return found


def lock_item(lock: Lock) -> Item:
    return record(
        keys.lock_key(lock.profile, lock.fingerprint),
        plain(lock),
        expires=lock.at // 1_000 + LOCK_LIFE_S,
    )


def lock_from(item: Item) -> Lock:
    return build(Lock, data_of(item))


def api_key_item(key: ApiKey) -> Item:
    return record(keys.api_key_key(key.id), without(key, "id"))


def api_key_from(item: Item) -> ApiKey:
    return build(ApiKey, data_of(item) | {"id": item["sk"]["S"]})


def sign_in_item(code_hash: str, *, email: str, expires_at: Millis) -> Item:
    data = {"email": email, "expires_at": expires_at, "expires": expires_at // 1_000 + _DAY_S}
    return record(keys.sign_in_key(code_hash), data)


def email_from(item: Item) -> str:
    return str(data_of(item)["email"])


def request_item(key: Key, request_hash: str, *, now: Millis) -> Item:
    until = now + REQUEST_LIFE
    data = {"request_hash": request_hash, "until": until, "expires": until // 1_000}
    return record(key, data)


def answered_from(item: Item) -> Answered:
    data = data_of(item)
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
