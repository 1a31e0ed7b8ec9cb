"""The api's half of the in-memory store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.core.errors import Conflict, NotFound
from shared.core.feeds import GonePost
from shared.core.models import Delivery, Millis, Post
from shared.core.ports import RESERVED, Answered, CalendarEntry, Page, PostRecord
from shared.core.versions import Version
from shared.core.workspaces import (
    Account,
    ApiKey,
    AuditEntry,
    Installation,
    Job,
    MediaFile,
    Workspace,
)
from shared.store.bounds import check_post
from shared.store.cursors import cursor, position
from shared.store.gone import gone_post
from shared.store.views import delivery_summary, post_summary
from tests.fakes.memory import already_connected, check, exists, present, swap
from tests.fakes.versions_store import MemoryVersions

DAY: Millis = 24 * 60 * 60 * 1000
JOBS_SHOWN = 5


class MemoryApiStore(MemoryVersions):
    """Implements `shared.core.api_ports.ApiStore`."""

    def installation(self) -> Installation:
        with self._alone():
            return self.settings

    def save_installation(
        self, before: Installation, after: Installation, audit: Sequence[AuditEntry]
    ) -> Installation:
        with self._alone():
            if self.settings.version != before.version:
                raise Conflict("somebody else changed it first; read it again", code="stale")
            self.settings = replace(
                self.settings,
                paused=after.paused,
                pauses=after.pauses,
                version=before.version + 1,
            )
            self.audit.extend(audit)
            return self.settings

    def create_workspace(self, workspace: Workspace, audit: AuditEntry) -> None:
        with self._alone():
            if workspace.id in self.workspace_items:
                raise exists()
            self.workspace_items[workspace.id] = workspace
            self.audit.append(audit)

    def workspaces(self) -> Sequence[Workspace]:
        with self._alone():
            return [w for _, w in sorted(self.workspace_items.items())]

    def save_workspace(self, before: Workspace, after: Workspace, audit: AuditEntry) -> Workspace:
        with self._alone():
            stored = swap(self.workspace_items, before.id, before, after)
            self.audit.append(audit)
            return stored

    def create_account(self, account: Account, sealed: bytes, audit: AuditEntry) -> None:
        with self._alone():
            profile = (account.workspace_id, account.profile)
            if profile in self.profiles:
                raise already_connected()
            if (account.workspace_id, account.id) in self.account_items:
                raise exists()
            self.profiles[profile] = account.id
            self.account_items[account.workspace_id, account.id] = account
            self.credentials[account.workspace_id, account.id] = sealed
            self.audit.append(audit)

    def accounts(self, workspace_id: str) -> Sequence[Account]:
        with self._alone():
            return [a for (ws, _), a in sorted(self.account_items.items()) if ws == workspace_id]

    def change_account(
        self, before: Account, after: Account, audit: AuditEntry, *, sealed: bytes | None = None
    ) -> Account:
        with self._alone():
            stored = self._save_account(before, after)
            if sealed is not None:
                self.credentials[before.workspace_id, before.id] = sealed
            self.audit.append(audit)
            return stored

    def create_media(self, file: MediaFile) -> None:
        with self._alone():
            if (file.workspace_id, file.id) in self.media_items:
                raise exists()
            self.media_items[file.workspace_id, file.id] = file

    def media_file(self, workspace_id: str, media_id: str) -> MediaFile:
        with self._alone():
            return present(self.media_items, (workspace_id, media_id), "file")

    def media_files(self, workspace_id: str, *, limit: int, after: str | None) -> Page[MediaFile]:
        with self._alone():
            query = ("media", workspace_id)
            start = position(after, query=query) if after else None
            files = [
                f
                for (ws, _), f in sorted(self.media_items.items(), reverse=True)
                if ws == workspace_id and (start is None or f.id < start)
            ]
            more = cursor(files[limit - 1].id, query=query) if len(files) > limit else None
            return Page(tuple(files[:limit]), more)

    def save_media(self, before: MediaFile, after: MediaFile) -> MediaFile:
        with self._alone():
            return swap(self.media_items, (before.workspace_id, before.id), before, after)

    def delete_media(self, file: MediaFile) -> None:
        with self._alone():
            check(self.media_items, (file.workspace_id, file.id), file)
            del self.media_items[file.workspace_id, file.id]

    def create_post(self, post: Post, deliveries: Sequence[Delivery], audit: AuditEntry) -> None:
        with self._alone():
            check_post(post, deliveries=len(deliveries))
            if (post.workspace_id, post.id) in self.post_items:
                raise exists()
            self.post_items[post.workspace_id, post.id] = post
            self.delivery_items |= {d.ref: d for d in deliveries}
            self.audit.append(audit)

    def post(self, workspace_id: str, post_id: str) -> PostRecord:
        with self._alone():
            post = present(self.post_items, (workspace_id, post_id), "post")
            audit = [
                a for a in self.audit if (a.workspace_id, a.post_id) == (workspace_id, post_id)
            ]
            jobs = [
                j
                for j in self.job_items.values()
                if (j.workspace_id, j.post_id) == (workspace_id, post_id)
            ]
            return PostRecord(
                post=post,
                deliveries=self.deliveries_of(workspace_id, post_id),
                audit=tuple(sorted(audit, key=lambda a: (a.at, a.id))),
                jobs=tuple(sorted(jobs, key=lambda j: j.id, reverse=True)[:JOBS_SHOWN]),
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
        with self._alone():
            key = (before.workspace_id, before.id)
            check_post(after, deliveries=len(moves))
            check(self.post_items, key, before)
            for old, new in moves:
                self._check_move(old, new)
            for job in jobs:
                if (job.workspace_id, job.id) in self.job_items:
                    raise exists()
            swap(self.post_items, key, before, after)
            for old, new in moves:
                self._apply_move(old, new)
            self.job_items |= {(j.workspace_id, j.id): j for j in jobs}
            if audit is not None:
                self.audit.append(audit)
            if version is not None:
                self._keep_version(version, of=after.versions)

    def _check_move(self, old: Delivery | None, new: Delivery | None) -> None:
        if old is not None:
            check(self.delivery_items, old.ref, old)
        elif new is not None and new.ref in self.delivery_items:
            raise exists()

    def _apply_move(self, old: Delivery | None, new: Delivery | None) -> None:
        if old is not None and new is not None:
            self._move(old, new)
        elif new is not None:
            self.delivery_items[new.ref] = new
        elif old is not None:
            del self.delivery_items[old.ref]
            self.handles.pop(old.ref, None)

    def delete_post(self, record: PostRecord, audit: AuditEntry) -> None:
        with self._alone():
            post = record.post
            key = (post.workspace_id, post.id)
            check(self.post_items, key, post)
            if {d.ref for d in self.deliveries_of(*key)} != {d.ref for d in record.deliveries}:
                raise Conflict("somebody else changed it first; read it again", code="stale")
            for delivery in record.deliveries:
                check(self.delivery_items, delivery.ref, delivery)
            for delivery in record.deliveries:
                self._apply_move(delivery, None)
            del self.post_items[key]
            if post.reply_to is not None:
                self.answers.pop((post.workspace_id, post.reply_to.item_id, post.id), None)
            self.audit = [a for a in self.audit if (a.workspace_id, a.post_id) != key]
            self.audit.append(replace(audit, post_id=None))
            self._discard_written(post)
            if (gone := gone_post(post, at=audit.at)) is not None:
                self.gone_items.append(gone)

    def posts(self, workspace_id: str, post_ids: Sequence[str]) -> Mapping[str, Post]:
        with self._alone():
            found = {i: self.post_items.get((workspace_id, i)) for i in post_ids}
            return {post_id: post for post_id, post in found.items() if post}

    def gone_posts(self, workspace_id: str, *, since: Millis, limit: int) -> Sequence[GonePost]:
        with self._alone():
            mine = [g for g in self.gone_items if g.workspace_id == workspace_id]
            late = [g for g in mine if g.deleted_at >= since]
            return sorted(late, key=lambda g: (g.deleted_at, g.id), reverse=True)[:limit]

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
        with self._alone():
            planned = [
                (f"{p.plan.at:013d}#{p.id}", p)
                for (ws, _), p in self.post_items.items()
                if ws == workspace_id and p.plan and not p.reply_to and start <= p.plan.at < end
            ]
            planned.sort(key=lambda pair: pair[0], reverse=latest)
            query = ("latest" if latest else "calendar", workspace_id, start, end)
            return self._page(planned, limit, after, query)

    def drafts(self, workspace_id: str, *, limit: int, after: str | None) -> Page[CalendarEntry]:
        with self._alone():
            undated = [
                (f"{p.updated_at:013d}#{p.id}", p)
                for (ws, _), p in self.post_items.items()
                if ws == workspace_id and p.plan is None and p.reply_to is None
            ]
            undated.sort(reverse=True)
            return self._page(undated, limit, after, ("drafts", workspace_id))

    def _page(
        self,
        found: list[tuple[str, Post]],
        limit: int,
        after: str | None,
        query: tuple[object, ...],
    ) -> Page[CalendarEntry]:
        if after:
            seen = position(after, query=query)
            backwards = query[0] in {"drafts", "latest"}
            found = [(at, p) for at, p in found if (at < seen if backwards else at > seen)]
        entries = [
            CalendarEntry(
                post_summary(p),
                tuple(delivery_summary(d) for d in self.deliveries_of(p.workspace_id, p.id)),
            )
            for _, p in found[:limit]
        ]
        more = cursor(found[limit - 1][0], query=query) if len(found) > limit else None
        return Page(tuple(entries), more)

    def create_job(self, job: Job) -> None:
        with self._alone():
            if (job.workspace_id, job.id) in self.job_items:
                raise exists()
            self.job_items[job.workspace_id, job.id] = job

    def create_key(self, key: ApiKey) -> None:
        with self._alone():
            if key.id in self.key_items:
                raise exists()
            self.key_items[key.id] = key

    def key(self, key_id: str) -> ApiKey:
        with self._alone():
            return present(self.key_items, key_id, "API key")

    def keys(self) -> Sequence[ApiKey]:
        with self._alone():
            return [k for _, k in sorted(self.key_items.items())]

    def revoke_key(self, key_id: str, *, now: Millis) -> ApiKey:
        with self._alone():
            found = self.key(key_id)
            revoked = found.revoked_at if found.revoked_at is not None else now
            self.key_items[key_id] = replace(found, revoked_at=revoked)
            return self.key_items[key_id]

    def create_sign_in(self, code_hash: str, *, email: str, expires_at: Millis) -> None:
        with self._alone():
            self.sign_ins[code_hash] = (email, expires_at)

    def redeem_sign_in(self, code_hash: str, *, now: Millis) -> str:
        with self._alone():
            email, expires_at = self.sign_ins.pop(code_hash, ("", now))
            if expires_at <= now:
                raise NotFound("this sign-in link was used before, or is too old")
            return email

    def begin_request(
        self, scope: str, key: str, request_hash: str, *, now: Millis
    ) -> Answered | None:
        with self._alone():
            at, answered = self.requests.get((scope, key), (now - DAY, None))
            lost = answered == Answered(request_hash, None, None) and at <= now - RESERVED
            if answered is not None and at > now - DAY and not lost:
                return answered
            self.requests[scope, key] = (now, Answered(request_hash, None, None))
            return None

    def finish_request(self, scope: str, key: str, answered: Answered) -> None:
        with self._alone():
            if (scope, key) in self.requests:
                at, _ = self.requests[scope, key]
                self.requests[scope, key] = (at, answered)

    def forget_request(self, scope: str, key: str) -> None:
        with self._alone():
            self.requests.pop((scope, key), None)

    def workspace_audit(
        self, workspace_id: str, *, limit: int, after: str | None
    ) -> Page[AuditEntry]:
        with self._alone():
            query = ("audit", workspace_id)
            found = sorted(
                (
                    (f"{a.at:013d}#{a.id}", a)
                    for a in self.audit
                    if a.workspace_id == workspace_id and a.post_id is None
                ),
                key=lambda pair: pair[0],
                reverse=True,
            )
            if after:
                seen = position(after, query=query)
                found = [(at, a) for at, a in found if at < seen]
            more = cursor(found[limit - 1][0], query=query) if len(found) > limit else None
            return Page(tuple(a for _, a in found[:limit]), more)
