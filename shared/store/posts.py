"""Posts and the calendar: the part of the api's store where several items move together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from shared.core.errors import NotFound
from shared.core.models import Delivery, Millis, Post
from shared.core.ports import CalendarEntry, Page, PostRecord
from shared.core.versions import Version
from shared.core.workspaces import AuditEntry, Job
from shared.store import items, keys
from shared.store.attributes import Item, attribute
from shared.store.base import moved
from shared.store.bounds import DELIVERIES, TRANSACTION, check_deliveries, check_post
from shared.store.cursors import cursor, position
from shared.store.dynamo import Write, create, delete, put, remove, swap, update
from shared.store.gone import gone_writes
from shared.store.inbox_items import read_item
from shared.store.keys import CALENDAR_INDEX, CalendarPosition, Key
from shared.store.records import stored_key
from shared.store.versions import DynamoVersions, version_writes

JOBS_SHOWN = 5


class DynamoPosts(DynamoVersions):
    def create_post(self, post: Post, deliveries: Sequence[Delivery], audit: AuditEntry) -> None:
        check_post(post, deliveries=len(deliveries))
        place = keys.calendar_position(post)
        writes = [create(items.post_item(post)), put(items.audit_item(audit))]
        writes += [create(items.delivery_item(delivery, place)) for delivery in deliveries]
        self._table.transact(writes)

    def post(self, workspace_id: str, post_id: str) -> PostRecord:
        """One query, and one more call for posts that have jobs."""
        found: dict[str, list[Item]] = {}
        for item in self._table.query_all(keys.post_pk(workspace_id, post_id), strong=True):
            found.setdefault(item["sk"]["S"].split("#")[0], []).append(item)
        if "POST" not in found:
            raise NotFound("no such post")
        pointers = found.get("J", [])[-JOBS_SHOWN:]
        jobs = self._table.read_many([items.job_pointed_to(item) for item in pointers])
        return PostRecord(
            post=items.post_from(found["POST"][0]),
            deliveries=tuple(items.delivery_from(item) for item in found.get("D", [])),
            audit=tuple(items.audit_from(item) for item in found.get("A", [])),
            jobs=tuple(items.job_from(jobs[key]) for key in sorted(jobs, reverse=True)),
        )

    def change_post(
        self,
        before: Post,
        after: Post,
        *,
        moves: Sequence[tuple[Delivery | None, Delivery | None]],
        audit: AuditEntry | None,
        jobs: Sequence[Job] = (),
        version: Version | None = None,
    ) -> None:
        check_post(after, deliveries=len(moves))
        place = keys.calendar_position(after)
        shifted = place != keys.calendar_position(before)
        writes = [
            swap(items.post_item(before), items.post_item(after), version=before.version),
            *([put(items.audit_item(audit))] if audit else []),
            *([] if version is None else version_writes(version, of=after.versions)),
        ]
        writes += [_move(old, new, place, shifted=shifted) for old, new in moves]
        writes += [write for job in jobs for write in job_writes(job)]
        if shifted and place is not None:
            writes += self._shift_others(before, moves, place)
        check_deliveries(len(writes) - (TRANSACTION - DELIVERIES))
        self._table.transact(writes)
        gone = [old for old, new in moves if old is not None and new is None]
        self._table.discard([keys.handles_key(old.ref) for old in gone])

    def _shift_others(
        self,
        post: Post,
        moves: Sequence[tuple[Delivery | None, Delivery | None]],
        place: CalendarPosition,
    ) -> list[Write]:
        """A post and its deliveries stand together in the calendar, also those already settled.

        The post's compare-and-set guards the list: deliveries come and go only together with it.
        """
        touched = {delivery.id for pair in moves for delivery in pair if delivery is not None}
        pk = keys.post_pk(post.workspace_id, post.id)
        others = self._table.query_all(pk, low="D#", high="D#~", strong=True)
        return [
            _shift(stored_key(item), place)
            for item in others
            if item["sk"]["S"].split("#")[1] not in touched
        ]

    def delete_post(self, record: PostRecord, audit: AuditEntry) -> None:
        """The post and its deliveries go at once; what then belongs to nothing is swept after.

        The entry about it is kept with the workspace; so is, for a while, what calendars need to
        take it away.
        """
        post = record.post
        kept = replace(audit, post_id=None)
        writes = [
            remove(keys.post_key(post.workspace_id, post.id), version=post.version),
            put(items.audit_item(kept)),
        ]
        writes += [remove(keys.delivery_key(d.ref), version=d.version) for d in record.deliveries]
        writes += [delete(place) for place in self._places_as_answer(post)]
        writes += gone_writes(post, at=audit.at)
        self._table.transact(writes)
        pk = keys.post_pk(post.workspace_id, post.id)
        rest = self._table.query_all(pk, strong=True)
        self._table.discard([stored_key(item) for item in rest])
        self._discard_written(post)

    def _places_as_answer(self, post: Post) -> set[Key]:
        """In the conversation for which it was written, and in that to which this moved."""
        if post.reply_to is None:
            return set()
        item = read_item(self._table, post.workspace_id, post.reply_to.item_id)
        conversations = {post.reply_to.conversation_id, item.conversation_id}
        return {
            keys.member_key(post.workspace_id, each, at=post.created_at, member_id=post.id)
            for each in conversations
        }

    def calendar(
        self,
        workspace_id: str,
        *,
        start: Millis,
        end: Millis,
        limit: int,
        after: str | None,
        latest: bool = False,
    ) -> Page[CalendarEntry]:
        query = ("latest" if latest else "calendar", workspace_id, start, end)
        low, high = keys.instant(start), keys.instant(end)
        if after and latest:
            high = f"{position(after, query=query)}#"
        elif after:
            low = f"{position(after, query=query)}#~"
        if low > high:
            return Page(())
        found, more = self._table.query(
            keys.workspace_pk(workspace_id),
            low=low,
            high=high,
            index=CALENDAR_INDEX,
            forward=not latest,
            limit=_items_for(limit),
        )
        return _page(found, limit, query, cut=more is not None)

    def drafts(self, workspace_id: str, *, limit: int, after: str | None) -> Page[CalendarEntry]:
        query = ("drafts", workspace_id)
        high = f"{position(after, query=query)}#" if after else "~"
        found, more = self._table.query(
            keys.undated_pk(workspace_id),
            low="0",
            high=high,
            index=CALENDAR_INDEX,
            forward=False,
            limit=_items_for(limit),
        )
        return _page(found, limit, query, cut=more is not None)


def job_writes(job: Job) -> list[Write]:
    """The job, and where it concerns a post a pointer beside that: it changes in one place."""
    writes = [create(items.job_item(job))]
    if job.post_id is not None:
        writes.append(put(items.job_pointer_item(job, job.post_id)))
    return writes


def _move(
    old: Delivery | None,
    new: Delivery | None,
    place: CalendarPosition | None,
    *,
    shifted: bool,
) -> Write:
    if old is not None and new is not None:
        return moved(old, new, to=place if shifted else None)
    if new is not None:
        return create(items.delivery_item(new, place))
    if old is not None:
        return remove(keys.delivery_key(old.ref), version=old.version)
    raise ValueError("a move of nothing to nothing")


def _shift(key: Key, place: CalendarPosition) -> Write:
    """Not a change of the delivery: its version stays."""
    sort_key = place.delivery_sk(key.sk.removeprefix("D#"))
    return update(
        key,
        sets={"cal_pk": attribute(place.pk), "cal_sk": attribute(sort_key)},
        condition="attribute_exists(pk)",
    )


def _items_for(limit: int) -> int:
    """Items of one query: room for some deliveries per post, and always for one whole post."""
    return max(DELIVERIES + 10, limit * 4)


def _page(
    found: list[Item], limit: int, query: tuple[object, ...], *, cut: bool
) -> Page[CalendarEntry]:
    """Whole posts only: the last one of a cut page may lack deliveries, so it starts the next."""
    groups = [(place, list(group)) for place, group in groupby(found, key=_place)]
    if cut and len(groups) > 1:
        groups.pop()
    shown = groups[:limit]
    more = cut or len(groups) > limit
    entries = tuple(entry for _, group in shown for entry in _entries(group))
    return Page(entries, cursor(shown[-1][0], query=query) if more and shown else None)


def _place(item: Item) -> str:
    return str(item["cal_sk"]["S"]).rsplit("#", 1)[0]


def _entries(group: list[Item]) -> Iterator[CalendarEntry]:
    """One entry; none while the index has caught up with a delivery but not yet with its post."""
    deliveries = [items.delivery_summary_from(i) for i in group if i["sk"]["S"] != "POST"]
    for item in group:
        if item["sk"]["S"] == "POST":
            ordered = tuple(sorted(deliveries, key=lambda delivery: delivery.id))
            yield CalendarEntry(items.post_summary_from(item), ordered)
