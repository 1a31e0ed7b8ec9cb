"""Mastodon, and the many servers that speak its API: the adapter.

https://docs.joinmastodon.org/methods/statuses/ (read 2026-11), and what four implementations were
seen to do otherwise (2026-11): they ignore idempotency keys, pick their own default visibility, let
replies to a lost parent stand alone, and answer errors in every form.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Gone,
    InvalidDraft,
    PlatformError,
    Problem,
    Rejected,
    Unprepared,
    Unreadable,
)
from shared.core.models import Draft, Millis, Remote, Target
from shared.core.platform import Capabilities, Check, Connected, Outgoing, Prepared
from shared.core.ports import MediaBytes
from shared.core.workspaces import Account
from shared.platforms.base import (
    Adapter,
    Context,
    as_object,
    entered,
    entering,
    id_of,
    maybe_list,
)
from shared.platforms.mastodon_facts import CAPABILITIES
from shared.platforms.mastodon_media import Uploads, is_forgotten, media_ids
from shared.platforms.mastodon_profile import profile
from shared.platforms.mastodon_server import Server, parent_of, remote_of

if TYPE_CHECKING:  # what listens and counts is imported by the verbs: sending needs none of it
    from shared.core.engagement import Author, Metrics, OwnPage, SeenItem, SeenPage, Thread
    from shared.core.previewing import ShownPart

STATUSES = "/api/v1/statuses"
_CLIENT = ("client_id", "client_secret")


class Mastodon(Adapter):
    """Its credential: `access_token`, and `client_id`, `client_secret` where they were given."""

    capabilities: ClassVar[Capabilities] = CAPABILITIES

    @classmethod
    def check(cls, account: Account, draft: Draft) -> Check:
        # Imported here: sending counts nothing and should not pay for loading the counting rules.
        from shared.platforms.mastodon_check import check

        return check(account, draft)

    @classmethod
    def preview(cls, account: Account, draft: Draft) -> "Sequence[ShownPart]":
        from shared.platforms.mastodon_preview import preview

        return preview(account, draft)

    @classmethod
    def needs_prepare(cls, account: Account, draft: Draft) -> bool:
        return any(part.media for part in draft.parts)

    @classmethod
    def connect(cls, fields: Mapping[str, str], context: Context) -> Connected:
        origin = context.http.guard.origin(
            entered(fields, "server", "The server"), where="fields.server"
        )
        credential = {"access_token": _token(fields), **_client(fields)}
        token = credential["access_token"]
        server = Server(context.http, context.clock, origin=origin, token=token)
        try:
            with entering("fields.server"):
                return profile(server, credential)
        except (Gone, Unreadable) as error:
            message = f"{origin} does not speak the Mastodon API. Check the address."
            raise InvalidDraft([Problem("fields.server", "wrong_server", message)]) from error
        except Rejected as error:
            problems = [Problem("fields.server", p.code, p.message) for p in error.problems]
            raise InvalidDraft(problems) from error
        except AccessRevoked as error:
            message = f"{error.message}. Make a new access token there and copy all of it."
            problem = Problem("fields.access_token", "token_refused", message)
            raise InvalidDraft([problem]) from error

    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        uploads = Uploads(self._server, self.account, media, self.context.clock)
        return uploads.advance(draft, handles)

    def publish(self, outgoing: Outgoing) -> Remote:
        outgoing = _as_sent(outgoing)
        body = self._body(outgoing, self._fresh_media(outgoing))
        try:
            answer = self._server.change("POST", STATUSES, body, key=outgoing.key)
        except Gone as error:
            raise _no_parent(outgoing, str(error)) from error
        try:
            status = as_object(answer.json(), "the new status")
            remote = remote_of(status)
        except Unreadable as error:
            raise Ambiguous(f"answer {answer.status}: {error}", code="unreadable") from error
        self._require_thread(outgoing, status, remote)
        return remote

    def locate(self, outgoing: Outgoing, *, since: Millis, owned: frozenset[str]) -> Remote | None:
        # Imported here, as above: hardly any send has to look for what became of it.
        from shared.platforms.mastodon_locate import locate

        return locate(
            self._server,
            self.account.remote_id,
            _as_sent(outgoing),
            since=since,
            owned=owned,
            now=self.context.clock.now(),
        )

    def edit(self, outgoing: Outgoing, remote: Remote) -> Remote:
        outgoing = _as_sent(outgoing)
        ids = self._live_media(outgoing, remote)
        alts = (media.alt for media in outgoing.draft.parts[outgoing.part].media)
        attributes = [{"id": one, "description": alt} for one, alt in zip(ids, alts, strict=True)]
        body = self._body(outgoing, ids) | ({"media_attributes": attributes} if ids else {})
        answer = self._server.change("PUT", f"{STATUSES}/{remote.id}", body)
        as_object(answer.json(), "the edited status")
        # Not the id that was answered: it can be another one once somebody boosted the post.
        return remote

    def delete(self, remote: Remote) -> None:
        with suppress(Gone):
            self._server.change("DELETE", f"{STATUSES}/{remote.id}")

    def activity(self, *, since: Millis, page: str | None) -> "SeenPage":
        from shared.platforms.mastodon_lists import activity

        return activity(self._server, self.account, since=since, page=page)

    def own_posts(self, *, since: Millis, page: str | None) -> "OwnPage":
        from shared.platforms.mastodon_lists import own_posts

        return own_posts(self._server, self.account, since=since, page=page)

    def threads(self, remotes: Sequence[Remote]) -> "Mapping[str, Thread | None]":
        from shared.platforms.mastodon_threads import threads

        return threads(self._server, self.account, remotes)

    def look(self, remote_ids: Sequence[str]) -> "Mapping[str, SeenItem | None]":
        from shared.platforms.mastodon_statuses import look

        return look(self._server, self.account, remote_ids)

    def post_metrics(self, remotes: Sequence[Remote]) -> "Mapping[str, Metrics | None]":
        from shared.platforms.mastodon_statuses import post_metrics

        return post_metrics(self._server, [remote.id for remote in remotes])

    def account_metrics(self) -> "Metrics":
        from shared.platforms.mastodon_statuses import account_metrics

        with self._known():
            return account_metrics(self._server)

    def like(self, target: Target, *, liked: bool) -> None:
        from shared.platforms.mastodon_like import like

        like(self._server, target.remote_id, liked=liked)

    def find_people(self, typed: str) -> "Sequence[Author]":
        from shared.platforms.mastodon_people import find_people

        anybody = Server(self.http, self.context.clock, origin=self.account.server, token="")
        return find_people(anybody, self.account, typed)

    def verify(self) -> Connected:
        with self._known():
            return profile(self._server, self.credential)

    def revoke(self) -> None:
        """Needs the app's own credential: https://docs.joinmastodon.org/methods/oauth/#revoke."""
        if not all(self._credential.get(name) for name in _CLIENT):
            return
        body = {name: self.secret(name) for name in _CLIENT}
        body["token"] = self.secret("access_token")
        with suppress(AccessRevoked, Gone, Rejected):
            self._server.change("POST", "/oauth/revoke", body)

    @contextmanager
    def _known(self) -> Iterator[None]:
        try:
            yield
        except Gone as error:
            message = f"{self.account.server} no longer knows this profile"
            raise AccessRevoked(message) from error

    @property
    def _server(self) -> Server:
        return Server(
            self.http,
            self.context.clock,
            origin=self.account.server,
            token=self.secret("access_token"),
        )

    def _body(self, outgoing: Outgoing, ids: list[str]) -> dict[str, object]:
        """Visibility is always sent: some servers' own default is another."""
        options = outgoing.draft.options
        body: dict[str, object] = {
            "status": outgoing.draft.parts[outgoing.part].text,
            "visibility": options.visibility,
            "sensitive": options.sensitive,
        }
        optional = {
            "media_ids": ids,
            "spoiler_text": options.content_warning,
            "language": options.languages[0] if options.languages else "",
            "in_reply_to_id": parent_of(outgoing),
        }
        return body | {name: value for name, value in optional.items() if value}

    def _require_thread(
        self, outgoing: Outgoing, status: Mapping[str, object], remote: Remote
    ) -> None:
        """What lost its parent is taken back: alone it would be a post nobody wrote."""
        parent = parent_of(outgoing)
        if parent is None or str(status.get("in_reply_to_id")) == parent:
            return
        try:
            self.delete(remote)
        except PlatformError as error:
            message = f"posted outside of its thread and could not be taken back: {remote.url}"
            raise Ambiguous(message, code="outside_thread") from error
        raise _no_parent(outgoing, "the server posted it outside of its thread; taken back")

    def _fresh_media(self, outgoing: Outgoing) -> list[str]:
        now = self.context.clock.now()
        for place, media in enumerate(outgoing.draft.parts[outgoing.part].media):
            if is_forgotten(outgoing.handles, f"{outgoing.part}.{place}", media, now=now):
                raise Unprepared("the server has dropped a file since it was prepared")
        return media_ids(outgoing)

    def _live_media(self, outgoing: Outgoing, remote: Remote) -> list[str]:
        """An edit that leaves out the media would remove them."""
        wanted = outgoing.draft.parts[outgoing.part].media
        if not wanted:
            return []
        with suppress(Unprepared):
            return media_ids(outgoing)
        answer = self._server.read(f"{STATUSES}/{remote.id}")
        live = as_object(answer.json(), "the status")
        attached = maybe_list(live, "media_attachments")
        if len(attached) != len(wanted):
            message = "The images of a live post stay as they are; delete it and post again."
            raise Rejected([Problem(f"parts[{outgoing.part}].media", "media_fixed", message)])
        return [id_of(as_object(one, "a file")) for one in attached]


def _token(fields: Mapping[str, str]) -> str:
    token = entered(fields, "access_token", "The access token")
    if not token.isascii() or not token.isprintable() or " " in token:
        message = "An access token has letters, digits and signs only; copy it again."
        raise InvalidDraft([Problem("fields.access_token", "bad_token", message)])
    return token


def _client(fields: Mapping[str, str]) -> dict[str, str]:
    """Both or none: with them the token can be revoked when the account is disconnected."""
    given = {name: fields.get(name, "").strip() for name in _CLIENT}
    missing = [name for name, value in given.items() if not value]
    if len(missing) == 1:
        message = "Client key and client secret belong together: give both or none."
        raise InvalidDraft([Problem(f"fields.{missing[0]}", "missing", message)])
    return {} if missing else given


def _as_sent(outgoing: Outgoing) -> Outgoing:
    if outgoing.draft.reply_to is None:
        return outgoing
    # Imported here: naming somebody takes the counting rules, which other posts do without.
    from shared.platforms.mastodon_reply import as_sent

    return replace(outgoing, draft=as_sent(outgoing.draft))


def _no_parent(outgoing: Outgoing, said: str) -> Rejected:
    where = f"parts[{outgoing.part}]"
    if outgoing.earlier:
        message = f"The part before this one is not there any more ({said})."
        return Rejected([Problem(where, "parent_lost", message)])
    if outgoing.draft.reply_to:
        message = f"What this answers is not there any more ({said})."
        return Rejected([Problem("reply_to", "parent_lost", message)])
    return Rejected([Problem(where, "refused", f"The server has no place to post to ({said}).")])
