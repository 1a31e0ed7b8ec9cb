"""Bluesky, and every server that speaks the AT Protocol: the adapter.

A post is a record that we write under a key of our own choosing, so that sending it twice is
sending it once: `putRecord` with `swapRecord: null` creates or, with the same bytes again, changes
nothing (observed on the reference PDS 0.5.35, 2026-11). https://docs.bsky.app/docs/advanced-guides/posts
and https://github.com/bluesky-social/atproto/tree/main/lexicons/com/atproto/repo (read 2026-11).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    CredentialExpired,
    Gone,
    PlatformError,
    Problem,
    Rejected,
    Transient,
    Unprepared,
    Unreadable,
)
from shared.core.models import Draft, Millis, Part, Remote, Target
from shared.core.platform import Capabilities, Check, Connected, Outgoing, Prepared
from shared.core.ports import MediaBytes
from shared.core.workspaces import Account
from shared.platforms import bluesky_check
from shared.platforms.base import (
    Adapter,
    Context,
    entered,
    entering,
    maybe_object,
    maybe_text,
    maybe_whole,
    text_of,
)
from shared.platforms.bluesky_facts import CAPABILITIES, ENTRYWAY
from shared.platforms.bluesky_places import Places
from shared.platforms.bluesky_record import COLLECTION, fetched_link, key_of, record, record_key
from shared.platforms.bluesky_refusals import Refused, Swapped
from shared.platforms.bluesky_server import Object, Server
from shared.platforms.bluesky_session import (
    Session,
    entered_wrongly,
    expiry,
    home,
    log_in,
    renewed,
    require_active,
)
from shared.platforms.bluesky_text import handles

if TYPE_CHECKING:  # the publisher never listens
    from shared.core.engagement import Author, Metrics, OwnPage, SeenItem, SeenPage, Thread
    from shared.core.previewing import ShownPart
    from shared.platforms.bluesky_home import Home
    from shared.platforms.bluesky_view import AppView

_REPO = "com.atproto.repo"


class Bluesky(Adapter):
    """Its credential: `did`, `pds`, `access`, `refresh`, `access_expires_at`, `app_password`,
    `identifier`.
    """

    capabilities: ClassVar[Capabilities] = CAPABILITIES

    @classmethod
    def check(cls, account: Account, draft: Draft) -> Check:
        return bluesky_check.check(draft)

    @classmethod
    def preview(cls, account: Account, draft: Draft) -> "Sequence[ShownPart]":
        from shared.platforms.bluesky_preview import preview

        return preview(draft)

    @classmethod
    def needs_prepare(cls, account: Account, draft: Draft) -> bool:
        return any(_needs_prepare(part) for part in draft.parts)

    @classmethod
    def connect(cls, fields: Mapping[str, str], context: Context) -> Connected:
        typed = fields.get("server", "").strip() or ENTRYWAY
        server = context.http.guard.origin(typed, where="fields.server")
        identifier = entered(fields, "identifier", "The handle").removeprefix("@").lower()
        app_password = entered(fields, "app_password", "The app password")
        try:
            with entering("fields.server"):
                session = log_in(
                    context, server=server, identifier=identifier, app_password=app_password
                )
        except PlatformError as error:
            raise entered_wrongly(error) or error from error
        credential = session.credential(identifier=identifier, app_password=app_password)
        return Connected(
            server=home(session.pds),
            remote_id=session.did,
            handle=session.handle,
            display_name=_display_name(context, session.pds, session.did),
            credential=credential,
        )

    def expires_at(self) -> Millis | None:
        known = maybe_whole(self._credential, "access_expires_at")
        return known or expiry(maybe_text(self._credential, "access"))

    def prepare(self, draft: Draft, handles: Mapping[str, object], media: MediaBytes) -> Prepared:
        # Here, not above: it brings the image library, which sending never needs.
        from shared.platforms.bluesky_prepare import Preparation

        return Preparation(self.context, self._server, did=self._did, kept=handles).advance(
            draft, media
        )

    def publish(self, outgoing: Outgoing) -> Remote:
        outgoing = replace(
            outgoing,
            earlier=tuple(map(self._whole, outgoing.earlier)),
            draft=replace(outgoing.draft, reply_to=self._aimed(outgoing.draft.reply_to)),
        )
        made = _made(outgoing)
        rkey = record_key(outgoing.key)
        try:
            return self._put(rkey, made, over=None)
        except Swapped:
            return self._taken_over(rkey, made)

    def locate(self, outgoing: Outgoing, *, since: Millis, owned: frozenset[str]) -> Remote | None:
        """The key is this part's own, so whatever stands there is this part."""
        found = self._standing(record_key(outgoing.key))
        if found is None:
            return None
        remote = self._remote(found)
        return None if remote.id in owned else remote

    def edit(self, outgoing: Outgoing, remote: Remote) -> Remote:
        """Its time and its place in a thread stay as they are live."""
        rkey = key_of(remote.id)
        found = self._standing(rkey)
        if found is None:
            raise Gone(f"{remote.url or remote.id} is not there any more")
        live = maybe_object(found, "value")
        try:
            made = _made(replace(outgoing, handles=self._completed(outgoing, live)))
        except Unprepared as error:
            message = "New pictures or videos need a new post: delete this one and post again."
            raise Rejected([Problem("media", "media_not_live", message)]) from error
        made |= {name: live[name] for name in ("createdAt", "reply") if name in live}
        try:
            return self._put(rkey, made, over=remote.extra or text_of(found, "cid"))
        except Swapped as error:
            message = "The post was changed elsewhere since; look at it before you overwrite it."
            raise Rejected([Problem("", "changed_elsewhere", message)]) from error

    def delete(self, remote: Remote) -> None:
        body = {"repo": self._did, "collection": COLLECTION, "rkey": key_of(remote.id)}
        with suppress(Gone):
            self._server.change(f"{_REPO}.deleteRecord", body, safe=True)

    def activity(self, *, since: Millis, page: str | None) -> "SeenPage":
        from shared.platforms.bluesky_listen import activity

        now = self.context.clock.now()
        return activity(
            self._view, did=self._did, places=self._places, since=since, page=page, now=now
        )

    def threads(self, remotes: Sequence[Remote]) -> "Mapping[str, Thread | None]":
        from shared.platforms.bluesky_thread import threads

        return threads(self._view, self._home, remotes, did=self._did, places=self._places)

    def look(self, remote_ids: Sequence[str]) -> "Mapping[str, SeenItem | None]":
        from shared.platforms.bluesky_listen import look

        return look(self._view, remote_ids, did=self._did, places=self._places)

    def own_posts(self, *, since: Millis, page: str | None) -> "OwnPage":
        from shared.platforms.bluesky_own import OwnPosts

        now = self.context.clock.now()
        view, places = self._view, self._places
        own = OwnPosts(view, self._home, did=self._did, places=places, since=since, now=now)
        return own.page(page)

    def post_metrics(self, remotes: Sequence[Remote]) -> "Mapping[str, Metrics | None]":
        from shared.platforms.bluesky_numbers import post_metrics

        return post_metrics(self._view, self._home, remotes)

    def account_metrics(self) -> "Metrics":
        from shared.platforms.bluesky_numbers import account_metrics

        return account_metrics(self._view, self._did)

    def like(self, target: Target, *, liked: bool) -> None:
        from shared.platforms.bluesky_reactions import like, unlike

        if liked:
            now = self.context.clock.now()
            like(self._view, self._home, target, did=self._did, now=now)
        else:
            unlike(self._view, self._home, target, did=self._did)

    def hide(self, target: Target, *, hidden: bool) -> None:
        from shared.platforms.bluesky_reactions import hide

        hide(self._home, target, hidden=hidden, did=self._did, now=self.context.clock.now())

    def find_people(self, typed: str) -> "Sequence[Author]":
        from shared.platforms.bluesky_people import find_people

        return find_people(self.context, typed, home=self.account.server)

    def verify(self) -> Connected:
        try:
            seen = self._server.read("com.atproto.server.getSession")
        except Refused as error:  # what the reference server says of an account it took down
            raise AccessRevoked(error.problems[0].message, code="needs_reconnect") from error
        require_active(seen)
        pds = self.secret("pds")
        return Connected(
            server=self.account.server,
            remote_id=text_of(seen, "did"),
            handle=maybe_text(seen, "handle") or self._did,
            display_name=_display_name(self.context, pds, self._did),
            credential=self.credential,
        )

    def refresh(self) -> Mapping[str, object]:
        session = self._next_session()
        if session.did != self._did:
            raise AccessRevoked(
                "the server signed us in to another account", code="needs_reconnect"
            )
        self._credential = session.credential(
            identifier=self.secret("identifier"), app_password=self.secret("app_password")
        )
        return self.credential

    def revoke(self) -> None:
        """Ends the session; the app password itself only its owner can remove."""
        server = self._server_with(self.secret("refresh"))
        with suppress(CredentialExpired, AccessRevoked, Rejected, Gone):
            server.change("com.atproto.server.deleteSession", None, safe=True)

    @property
    def _did(self) -> str:
        return self.secret("did")

    @property
    def _server(self) -> Server:
        return self._server_with(self.secret("access"))

    @property
    def _view(self) -> "AppView":
        from shared.platforms.bluesky_view import AppView

        return AppView(self._server)

    @property
    def _home(self) -> "Home":
        from shared.platforms.bluesky_home import Home

        return Home(self._server, did=self._did)

    @property
    def _places(self) -> Places:
        return Places(self.context, self.secret("pds"))

    def _server_with(self, token: str) -> Server:
        return Server(self.http, self.context.clock, origin=self.secret("pds"), token=token)

    def _next_session(self) -> Session:
        try:
            return renewed(self.context, pds=self.secret("pds"), refresh=self.secret("refresh"))
        except AccessRevoked as error:
            if error.code != "sign_in_refused":
                raise
        except (CredentialExpired, Refused):
            pass
        return log_in(
            self.context,
            server=self.account.server,
            identifier=self.secret("identifier"),
            app_password=self.secret("app_password"),
        )

    def _put(self, rkey: str, made: Object, *, over: str | None) -> Remote:
        """Create, or replace the version `over`. Raises Swapped."""
        body = {
            "repo": self._did,
            "collection": COLLECTION,
            "rkey": rkey,
            "record": made,
            "swapRecord": over,
        }
        answer = self._server.change(f"{_REPO}.putRecord", body)
        try:
            return self._remote(answer)
        except Unreadable as error:
            raise Ambiguous(error.message, code="unreadable") from error

    def _taken_over(self, rkey: str, made: Object) -> Remote:
        """An earlier attempt of this part stands there, perhaps in another version of the text:
        there must be one post, and it must be what was asked for last.
        """
        found = self._standing(rkey)
        if found is None:
            raise Transient("what stood in the way is gone again")
        if maybe_text(maybe_object(found, "value"), "text") == made["text"]:
            return self._remote(found)
        try:
            return self._put(rkey, made, over=text_of(found, "cid"))
        except Swapped as error:
            raise Ambiguous("the post keeps changing while it is sent") from error

    def _standing(self, rkey: str) -> Object | None:
        """The record at this key; public, so that it can be read whatever the session."""
        params = {"repo": self._did, "collection": COLLECTION, "rkey": rkey}
        try:
            return self._server_with("").read(f"{_REPO}.getRecord", params)
        except (Gone, Refused):
            return None

    def _whole(self, remote: Remote) -> Remote:
        """With its cid: a person who confirmed a part knew its address only."""
        if remote.extra:
            return remote
        found = self._standing(key_of(remote.id))
        if found is None:
            message = "The part of the thread that this one answers is not there any more."
            raise Rejected([Problem("parts", "thread_broken", message)])
        return self._remote(found)

    def _aimed(self, target: Target | None) -> Target | None:
        """With the versions of what is answered, which the record has to name: normally they are
        known since it was seen.
        """
        if target is None or (target.extra and (target.root_extra or not target.root_id)):
            return target
        views = self._view.posts([uri for uri in (target.remote_id, target.root_id) if uri])
        cids = {uri: maybe_text(view or {}, "cid") for uri, view in views.items()}
        extra = target.extra or cids.get(target.remote_id, "")
        root_extra = target.root_extra or cids.get(target.root_id, "")
        if not extra or (target.root_id and not root_extra):
            message = "What this answers is not there any more."
            raise Rejected([Problem("reply_to", "answered_post_gone", message)])
        return replace(target, extra=extra, root_extra=root_extra)

    def _remote(self, answer: Object) -> Remote:
        uri = text_of(answer, "uri")
        return Remote(uri, self._places.post(self._did, key_of(uri)), extra=text_of(answer, "cid"))

    def _completed(self, outgoing: Outgoing, live: Object) -> Mapping[str, object]:
        """The handles with what the new text needs: an edit comes without a prepare stage. A card
        that is live stays as it is.
        """
        from shared.platforms.bluesky_prepare import Preparation

        external = maybe_object(maybe_object(live, "embed"), "external")
        cards = {**maybe_object(outgoing.handles, "cards")}
        if external:
            cards[maybe_text(external, "uri")] = {"external": external}
        kept = {**outgoing.handles, "cards": cards}
        reader = Preparation(self.context, self._server, did=self._did, kept=kept)
        return reader.read(replace(outgoing.draft, parts=(outgoing.draft.parts[outgoing.part],)))


def _needs_prepare(part: Part) -> bool:
    pictured = part.card is not None and part.card.media is not None
    return bool(part.media or pictured or fetched_link(part) or handles(part.text))


def _made(outgoing: Outgoing) -> dict[str, object]:
    try:
        return record(outgoing)
    except KeyError as error:
        raise Unprepared("a file of the post has not been uploaded yet") from error


def _display_name(context: Context, pds: str, did: str) -> str:
    """From the profile's own record, which every server has; empty when there is none."""
    params = {"repo": did, "collection": "app.bsky.actor.profile", "rkey": "self"}
    server = Server(context.http, context.clock, origin=pds)
    try:
        found = server.read(f"{_REPO}.getRecord", params)
    except PlatformError:
        return ""
    return maybe_text(maybe_object(found, "value"), "displayName")
