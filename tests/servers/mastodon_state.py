"""The state of the Mastodon double and its rules: what may be posted, what is remembered."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.servers.form import File
from tests.servers.loopback import Response
from tests.servers.mastodon_model import (
    Dialect,
    Keys,
    MastodonAccount,
    Media,
    MediaState,
    Notification,
    Status,
    configuration,
    error,
)
from tests.servers.mastodon_text import count

KEY_KEPT = timedelta(hours=1)  # post_status_service.rb of Mastodon 4: setex … 3600
VISIBILITIES = {"public", "unlisted", "private", "direct"}
FIRST_ID = 115_000_000_000_000_000
DESCRIPTION_LIMIT = 1_500
MOST_MEDIA = 4


class RefusedError(Exception):
    """A request that changes nothing; `response` is what its client is told."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class State:
    """Raises RefusedError wherever the dialect refuses."""

    def __init__(self, dialect: Dialect, clock: Callable[[], datetime]) -> None:
        self.dialect = dialect
        self.clock = clock
        self.accounts: dict[str, MastodonAccount] = {}  # by token
        self.statuses: dict[str, Status] = {}
        self.media: dict[str, Media] = {}
        self.notifications: list[Notification] = []
        self._keys: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._made = 0

    def new_id(self) -> str:
        self._made += 1
        number = FIRST_ID + self._made
        return f"01K{number:023d}" if self.dialect.letters_in_ids else str(number)

    def author(self, token: str) -> MastodonAccount:
        if token not in self.accounts:
            raise RefusedError(self.dialect.bad_token)
        return self.accounts[token]

    def live(self, status_id: str) -> Status:
        status = self.statuses.get(status_id)
        if status is None or status.deleted:
            raise RefusedError(self.dialect.unknown_id)
        return status

    def may_see(self, reader: MastodonAccount | None, status: Status) -> bool:
        if not status.is_restricted:
            return True
        return reader is not None and (reader is status.account or reader.acct in status.named)

    def delete(self, status: Status) -> None:
        """What answered it stands alone from now on: `dependent: :nullify` in Mastodon 4."""
        status.deleted = True
        for other in self.statuses.values():
            if other.in_reply_to_id == status.id:
                other.in_reply_to_id = None
        self.notifications = [one for one in self.notifications if one.status is not status]

    def entity(
        self, status: Status, base_url: str, reader: MastodonAccount | None
    ) -> dict[str, Any]:
        """The status with its counters and as `reader` sees it."""
        live = [one for one in self.statuses.values() if not (one.deleted or one.hidden)]
        # increment_counter_caches of Mastodon 4: only what everybody may see is counted.
        answers = [s for s in live if s.in_reply_to_id == status.id and not s.is_restricted]
        shown = status.entity(base_url) | {
            "replies_count": len(answers),
            "favourites_count": len(status.liked_by),
            "mentions": [
                {"id": one.id, "username": one.username, "acct": one.acct}
                for one in self.accounts.values()
                if one.acct in status.named
            ],
        }
        if reader is not None:
            shown["favourited"] = reader.id in status.liked_by
        if self.dialect.quotes:
            shown["quotes_count"] = sum(one.quoted is status for one in live)
            shown["quote"] = self._quote(status, base_url)
        return shown

    def _quote(self, status: Status, base_url: str) -> dict[str, Any] | None:
        if status.quoted is None:
            return None
        if status.quoted.deleted:
            return {"state": "deleted", "quoted_status": None}
        return {"state": "accepted", "quoted_status": status.quoted.entity(base_url)}

    def remember(self, status: Status) -> None:
        if status.key:
            place = status.account.id, status.key
            self._keys.setdefault(place, (status.id, self.clock()))

    def known(self, author: MastodonAccount, key: str) -> Status | None:
        if self.dialect.keys is Keys.IGNORED:
            return None
        first, at = self._keys.get((author.id, key), ("", self.clock()))
        if self.clock() - at >= KEY_KEPT:
            del self._keys[author.id, key]
            return None
        status = self.statuses.get(first)
        return None if status is None or status.deleted else status

    def text(self, sent: Mapping[str, Any]) -> str:
        text = str(sent.get("status") or "")
        limit = self.dialect.max_characters
        too_long = count(text, str(sent.get("spoiler_text") or "")) > limit
        if too_long and self.dialect.too_long:
            raise RefusedError(self.dialect.too_long)
        if not text.strip() and not sent.get("media_ids") and self.dialect.no_text:
            raise RefusedError(self.dialect.no_text)
        return text

    def visibility(self, sent: Mapping[str, Any]) -> str:
        chosen = str(sent.get("visibility") or self.dialect.default_visibility)
        if chosen not in VISIBILITIES:
            raise RefusedError(error(422, "Validation failed: Visibility is not in the list"))
        return chosen

    def parent(self, parent_id: object) -> Status | None:
        if not parent_id:
            return None
        parent = self.statuses.get(str(parent_id))
        if parent and not parent.deleted:
            return parent
        if self.dialect.unknown_parent:
            raise RefusedError(self.dialect.unknown_parent)
        return None

    def attached(
        self, author: MastodonAccount, sent: Mapping[str, Any], *, status_id: str | None = None
    ) -> list[Media]:
        ids = [str(media_id) for media_id in sent.get("media_ids") or []]
        chosen = [self.media[media_id] for media_id in ids if media_id in self.media]
        free = [m for m in chosen if m.account_id == author.id and m.status_id in {None, status_id}]
        if len(free) < len(ids):
            raise RefusedError(error(422, "Validation failed: Media not found"))
        if any(media.state is not MediaState.READY for media in chosen):
            raise RefusedError(error(422, "Cannot attach files that have not been processed"))
        moving = any(media.kind != "image" for media in chosen)
        if len(chosen) > (1 if moving else MOST_MEDIA):
            raise RefusedError(error(422, "Cannot attach more than 4 files"))
        return chosen

    def check_upload(self, file: File, description: str) -> None:
        limits = configuration(self.dialect)["media_attachments"]
        if file.mime not in limits["supported_mime_types"]:
            raise RefusedError(error(422, "Validation failed: File type is not supported"))
        kind = "image" if file.mime.startswith("image/") else "video"
        if len(file.content) > limits[f"{kind}_size_limit"]:
            raise RefusedError(error(422, "Validation failed: File is too large"))
        if len(description) > DESCRIPTION_LIMIT:
            raise RefusedError(error(422, "Validation failed: Description is too long"))
