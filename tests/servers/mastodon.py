"""A server that speaks the Mastodon API on loopback, as well or as badly as the test wants it to.

It serves what a publisher needs: connect, post, media, edit, delete, read back; what comes back is
in `mastodon_engagement`. What happened is there to be looked at (`statuses`, `requests`); nothing
happens by itself, the test moves it on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.form import File, fields, is_true
from tests.servers.loopback import LoopbackServer, Request, Response
from tests.servers.mastodon_engagement import ROUTES as ENGAGEMENT
from tests.servers.mastodon_engagement import told
from tests.servers.mastodon_model import (
    Dialect,
    Keys,
    MastodonAccount,
    Media,
    MediaState,
    Status,
    account_entity,
    configuration,
    error,
    rate_headers,
    too_many_requests,
)
from tests.servers.mastodon_pages import Entry, links, page_of
from tests.servers.mastodon_state import RefusedError, State

SCHEDULED_AHEAD = timedelta(minutes=5)
RATE_LIMIT, RATE_WINDOW = 300, timedelta(minutes=5)


class Mastodon(LoopbackServer):
    """`read_lag` hides new posts from readers, `allowance` counts requests down to a 429.

    `catch_up` ends the lag and carries out what was put off.
    """

    def __init__(
        self,
        dialect: Dialect | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.clock = clock
        self.read_lag = False
        self.allowance = RATE_LIMIT
        self.media_fails = False
        self.scheduled: list[Mapping[str, Any]] = []
        self.state = State(dialect or Dialect(), clock)
        self._deletions: list[Status] = []
        self._rate_reset = clock() + RATE_WINDOW

    # What a test does and sees.

    @property
    def dialect(self) -> Dialect:
        """May be changed while the server runs."""
        return self.state.dialect

    @property
    def statuses(self) -> list[Status]:
        """The posts that are live, oldest first, seen by readers or not."""
        return [status for status in self.state.statuses.values() if not status.deleted]

    @property
    def media(self) -> Mapping[str, Media]:
        return self.state.media

    def add_account(self, username: str = "author", *, followers: int = 0) -> MastodonAccount:
        account = MastodonAccount(
            id=self.state.new_id(),
            username=username,
            token=f"token-of-{username}",
            followers=followers,
        )
        self.state.accounts[account.token] = account
        return account

    def say(
        self,
        account: MastodonAccount,
        text: str,
        *,
        to: str | None = None,
        quotes: str | None = None,
        at: datetime | None = None,
        visibility: str = "public",
    ) -> Status:
        """Somebody posts: an answer to `to`, a quote of `quotes`, backdated to `at`."""
        parent, quoted = (self.state.statuses[one] if one else None for one in (to, quotes))
        status = Status(
            id=self.state.new_id(),
            account=account,
            text=text,
            created_at=at or self.clock(),
            visibility=visibility,
            in_reply_to_id=parent.id if parent else None,
            in_reply_to_account_id=parent.account.id if parent else None,
            quoted=quoted,
        )
        self._keep(status)
        return status

    def remove(self, status_id: str) -> None:
        """As its author would: gone at once, with every notification of it."""
        self.state.delete(self.state.statuses[status_id])

    def revoke(self, token: str) -> None:
        del self.state.accounts[token]

    def catch_up(self) -> None:
        """Readers see everything from now on, until `read_lag` is set again; deletions are done."""
        self.read_lag = False
        for status in self.state.statuses.values():
            status.hidden = False
        for status in self._deletions:
            self.state.delete(status)
        self._deletions.clear()

    def boost(self, status_id: str) -> None:
        """Somebody boosts it: some servers then answer with another id, address and text."""
        self.state.statuses[status_id].boosted = True

    # What clients are answered.

    def respond(self, request: Request) -> Response:
        try:
            return self._with_rate(self._route(request))
        except RefusedError as refused:
            return self._with_rate(refused.response)

    def _route(self, request: Request) -> Response:
        for method, pattern, route in (*_ROUTES, *ENGAGEMENT):
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                self._count_down()
                return route(self, request, *found.groups())
        return error(404, "Not found")

    def _count_down(self) -> None:
        if self.clock() >= self._rate_reset:
            self.allowance, self._rate_reset = RATE_LIMIT, self.clock() + RATE_WINDOW
        if self.allowance <= 0:
            raise RefusedError(too_many_requests(self._rate_reset))
        self.allowance -= 1

    def _with_rate(self, answer: Response) -> Response:
        if not self.dialect.rate_headers:
            return answer
        headers = rate_headers(RATE_LIMIT, self.allowance, self._rate_reset)
        return replace(answer, headers=headers | dict(answer.headers))

    def _instance_v2(self, _: Request) -> Response:
        about = {
            "domain": f"127.0.0.1:{self.port}",
            "title": "A server of the tests",
            "version": "4.4.2",
            "api_versions": {"mastodon": 6},
            "configuration": configuration(self.dialect),
        }
        return self.dialect.instance_v2 or Response.of_json(about)

    def _instance_v1(self, _: Request) -> Response:
        about = {
            "uri": f"127.0.0.1:{self.port}",
            "title": "A server of the tests",
            "version": "4.4.2",
            "configuration": configuration(self.dialect),
        }
        return Response.of_json(about)

    def _verify(self, request: Request) -> Response:
        account = self.author(request)
        own = [status for status in self.statuses if status.account is account]
        source = {"privacy": self.dialect.default_visibility, "sensitive": False, "language": None}
        more = {"statuses_count": len(own), "source": source, **self.dialect.profile}
        return Response.of_json(account_entity(account, self.url) | more)

    def _create(self, request: Request) -> Response:
        author = self.author(request)
        key = request.headers.get("idempotency-key")
        if key and (first := self.state.known(author, key)):
            return self._shown(first)
        sent = self._fields(request)
        if sent.get("scheduled_at") and self.dialect.schedules:
            return self._schedule(sent)
        parent = self.state.parent(sent.get("in_reply_to_id"))
        status = Status(
            id=self.state.new_id(),
            account=author,
            text=self.state.text(sent),
            created_at=self.clock(),
            visibility=self.state.visibility(sent),
            spoiler_text=str(sent.get("spoiler_text") or ""),
            sensitive=is_true(sent.get("sensitive")) or bool(sent.get("spoiler_text")),
            language=sent.get("language"),
            in_reply_to_id=parent.id if parent else None,
            in_reply_to_account_id=parent.account.id if parent else None,
            media=self.state.attached(author, sent),
            key=key,
            hidden=self.read_lag,
        )
        self._keep(status)
        return self._shown(status, when_sent=lambda: self.state.remember(status))

    def _keep(self, status: Status) -> None:
        self.state.statuses[status.id] = status
        self.state.notifications += told(self.state, status)
        for media in status.media:
            media.status_id = status.id
        if self.dialect.keys is Keys.HONOURED:
            self.state.remember(status)

    def _schedule(self, sent: Mapping[str, Any]) -> Response:
        at = datetime.fromisoformat(str(sent["scheduled_at"]).replace("Z", "+00:00"))
        if at < self.clock() + SCHEDULED_AHEAD:
            raise RefusedError(error(422, "Validation failed: Scheduled at must be in the future"))
        plan = {"id": self.state.new_id(), "scheduled_at": at.isoformat(), "params": dict(sent)}
        self.scheduled.append(plan)
        return Response.of_json(plan)

    def _read(self, request: Request, status_id: str) -> Response:
        status = self.status_for(request, status_id)
        return Response.of_json(self.entity(status, self.reader(request)))

    def _source(self, request: Request, status_id: str) -> Response:
        status = self._own(request, status_id)
        source = {"id": status.id, "text": status.text, "spoiler_text": status.spoiler_text}
        return Response.of_json(source)

    def _edit(self, request: Request, status_id: str) -> Response:
        """What is not sent is lost, media too: update_status_service.rb of Mastodon 4."""
        status = self._own(request, status_id)
        sent = self._fields(request)
        media = self.state.attached(status.account, sent, status_id=status.id)
        status.text = self.state.text(sent)
        status.spoiler_text = str(sent.get("spoiler_text") or "")
        status.sensitive = is_true(sent.get("sensitive")) or bool(status.spoiler_text)
        status.language = sent.get("language") or status.language
        status.media = media
        status.edited_at = self.clock()
        for attached in media:
            attached.status_id = status.id
        for change in sent.get("media_attributes") or []:
            self.media[str(change["id"])].description = str(change.get("description") or "")
        return self._shown(status)

    def _delete(self, request: Request, status_id: str) -> Response:
        status = self._own(request, status_id)
        if self.dialect.deletes_later:
            self._deletions.append(status)
        else:
            self.state.delete(status)
        return Response.of_json(self.entity(status) | {"text": status.text})

    def _statuses_of(self, request: Request, account_id: str) -> Response:
        if account_id not in {account.id for account in self.state.accounts.values()}:
            raise RefusedError(self.dialect.unknown_id)
        reader = self.reader(request)
        may_see_all = reader is not None and reader.id == account_id
        own = [
            status
            for status in self.seen()
            if status.account.id == account_id
            and (may_see_all or not status.is_restricted)
            and not (is_true(request.parameter("exclude_replies")) and _answers_others(status))
        ]
        return self.paged(request, own, lambda status: self.entity(status, reader), most=40)

    def paged(
        self,
        request: Request,
        entries: list[Entry],
        entity: Callable[[Entry], dict[str, Any]],
        *,
        most: int,
    ) -> Response:
        """One page of these, which are given oldest first."""
        page = page_of(entries, request, most)
        answer = Response.of_json([entity(one) for one in page])
        if not (page and self.dialect.link_header):
            return answer
        return replace(
            answer, headers=dict(answer.headers) | links(page, f"{self.url}{request.path}")
        )

    def _upload(self, request: Request) -> Response:
        author = self.author(request)
        sent = self._fields(request)
        file = sent.get("file")
        if not isinstance(file, File) or not file.content:
            raise RefusedError(error(422, "Validation failed: File can't be blank"))
        self.state.check_upload(file, str(sent.get("description") or ""))
        media = Media(
            id=self.state.new_id(),
            account_id=author.id,
            mime=file.mime,
            content=file.content,
            description=str(sent.get("description") or ""),
            focus=str(sent.get("focus") or ""),
        )
        if media.kind != "image":
            media.state = MediaState.PROCESSING
        self.state.media[media.id] = media
        status = 202 if media.state is MediaState.PROCESSING else 200
        return Response.of_json(media.entity(self.url), status)

    def _media_state(self, request: Request, media_id: str) -> Response:
        media = self._own_media(request, media_id)
        media.looks += 1
        if media.state is MediaState.PROCESSING and media.looks > self.dialect.looks_at_media:
            media.state = MediaState.FAILED if self.media_fails else MediaState.READY
        if media.state is MediaState.FAILED:
            return error(422, "Error processing thumbnail for uploaded media")
        status = 206 if media.state is MediaState.PROCESSING else 200
        return Response.of_json(media.entity(self.url), status)

    def _describe(self, request: Request, media_id: str) -> Response:
        media = self._own_media(request, media_id)
        media.description = str(self._fields(request).get("description") or "")
        return Response.of_json(media.entity(self.url))

    def _own_media(self, request: Request, media_id: str) -> Media:
        """One that a post shows is no longer found here: that may mean that it was published."""
        author = self.author(request)
        media = self.media.get(media_id)
        if media is None or media.account_id != author.id or media.status_id:
            raise RefusedError(self.dialect.unknown_id)
        return media

    def _fields(self, request: Request) -> dict[str, Any]:
        try:
            return fields(request)
        except ValueError as bad:
            raise RefusedError(error(400, "Error occurred while parsing request")) from bad

    def reader(self, request: Request) -> MastodonAccount | None:
        given = request.headers.get("authorization")
        return self.author(request) if given else None

    def author(self, request: Request) -> MastodonAccount:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.state.author(token)

    def status_for(self, request: Request, status_id: str) -> Status:
        status = self.state.live(status_id)
        if status.hidden or not self.state.may_see(self.reader(request), status):
            raise RefusedError(self.dialect.unknown_id)
        return status

    def _own(self, request: Request, status_id: str) -> Status:
        author = self.author(request)
        status = self.state.live(status_id)
        if status.account is not author:
            raise RefusedError(self.dialect.unknown_id)
        return status

    def seen(self) -> list[Status]:
        return [status for status in self.statuses if not status.hidden]

    def entity(self, status: Status, reader: MastodonAccount | None = None) -> dict[str, Any]:
        return self.state.entity(status, self.url, reader)

    def _shown(self, status: Status, when_sent: Callable[[], None] = lambda: None) -> Response:
        return replace(Response.of_json(self.entity(status, status.account)), when_sent=when_sent)


def _answers_others(status: Status) -> bool:
    """A thread of one's own counts as posts: scope `without_replies` of Mastodon 4."""
    return status.in_reply_to_account_id not in {None, status.account.id}


_STATUS = r"/api/v1/statuses/([^/]+)"
_MEDIA = r"/api/v1/media/([^/]+)"
_ROUTES: list[tuple[str, str, Callable[..., Response]]] = [
    ("GET", "/api/v2/instance", Mastodon._instance_v2),
    ("GET", "/api/v1/instance", Mastodon._instance_v1),
    ("GET", "/api/v1/accounts/verify_credentials", Mastodon._verify),
    ("GET", "/api/v1/accounts/([^/]+)/statuses", Mastodon._statuses_of),
    ("POST", "/api/v1/statuses", Mastodon._create),
    ("GET", _STATUS, Mastodon._read),
    ("PUT", _STATUS, Mastodon._edit),
    ("DELETE", _STATUS, Mastodon._delete),
    ("GET", f"{_STATUS}/source", Mastodon._source),
    ("POST", "/api/v2/media", Mastodon._upload),
    ("GET", _MEDIA, Mastodon._media_state),
    ("PUT", _MEDIA, Mastodon._describe),
]
