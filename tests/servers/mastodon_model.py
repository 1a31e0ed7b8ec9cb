"""What the Mastodon double remembers, and in which ways real servers were seen to differ.

Each variant was observed on one of four servers that speak the Mastodon API (2026-11); the defaults
are Mastodon's own, from https://docs.joinmastodon.org/methods/ and its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from tests.servers.loopback import Response
from tests.servers.mastodon_text import mentioned, render

TOO_LONG = "Validation failed: Text character limit exceeded"
NO_TEXT = "Validation failed: Text can't be blank"


def error(status: int, message: str) -> Response:
    return Response.of_json({"error": message}, status)


def page(status: int, title: str = "") -> Response:
    """An HTML answer where JSON was to be expected."""
    text = f"<!DOCTYPE html><html><body><h1>{title}</h1></body></html>" if title else ""
    return Response.of_html(text, status)


BAD_TOKEN: Mapping[str, Response] = MappingProxyType(
    {
        "mastodon": error(401, "The access token is invalid"),
        "short": error(401, "invalid_token"),
        "400 page": page(400, "Bad Request"),
        "401 empty page": page(401),
        "422 empty page": page(422),
    }
)
UNKNOWN_ID: Mapping[str, Response] = MappingProxyType(
    {
        "mastodon": error(404, "Record not found"),
        "404 page": page(404, "Not Found"),
        "500 page": page(500, "Internal Server Error"),
    }
)
NO_INSTANCE_V2: Mapping[str, Response] = MappingProxyType(
    {"404": page(404, "Not Found"), "500": page(500, "Internal Server Error")}
)


def too_many_requests(reset: datetime, limit: int = 300) -> Response:
    """As Mastodon says it: an ISO-8601 moment and no Retry-After."""
    refusal = error(429, "Too many requests")
    return replace(refusal, headers=dict(refusal.headers) | rate_headers(limit, 0, reset))


def rate_headers(limit: int, remaining: int, reset: datetime) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": reset.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


class Keys(Enum):
    """What a repeated `Idempotency-Key` does."""

    HONOURED = "the first post is answered again"
    IGNORED = "a second post is made"
    ONE_AFTER_THE_OTHER = "honoured once the first answer has left"


@dataclass
class Dialect:
    """One server's ways. Where an answer may be None, None means that the request is accepted."""

    keys: Keys = Keys.HONOURED
    max_characters: int = 500
    default_visibility: str = "public"
    bad_token: Response = BAD_TOKEN["mastodon"]
    unknown_id: Response = UNKNOWN_ID["mastodon"]
    too_long: Response | None = field(default_factory=lambda: error(422, TOO_LONG))
    no_text: Response | None = field(default_factory=lambda: error(422, NO_TEXT))
    unknown_parent: Response | None = field(
        default_factory=lambda: error(404, "The post you are trying to reply to does not exist")
    )
    instance_v2: Response | None = None
    link_header: bool = True
    rate_headers: bool = True
    deletes_later: bool = False  # on `catch_up`
    schedules: bool = True  # else a post with `scheduled_at` is live at once
    letters_in_ids: bool = False
    looks_at_media: int = 2  # how often a video is found in process
    batches: bool = True  # several statuses by id, since 4.3; else there is no such path
    quotes: bool = True  # since 4.5
    unknown_type: Response | None = None  # of a notification that is asked for
    second_like: Response | None = None
    most_descendants: int = 4096
    closed_search: Response | None = None  # to whoever is not signed in
    profile: dict[str, Any] = field(default_factory=dict)  # what it says of the account otherwise


@dataclass
class MastodonAccount:
    id: str
    username: str
    token: str
    followers: int = 0
    host: str = ""  # where it lives, if elsewhere

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.host}" if self.host else self.username


class MediaState(Enum):
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


@dataclass
class Media:
    id: str
    account_id: str
    mime: str
    content: bytes = field(repr=False)
    description: str = ""
    focus: str = ""
    looks: int = 0
    state: MediaState = MediaState.READY
    status_id: str | None = None

    @property
    def kind(self) -> str:
        kind = self.mime.partition("/")[0]
        return "gifv" if self.mime == "image/gif" else kind

    def entity(self, base_url: str) -> dict[str, Any]:
        ready = self.state is MediaState.READY
        return {
            "id": self.id,
            "type": self.kind,
            "url": f"{base_url}/media/{self.id}" if ready else None,
            "preview_url": f"{base_url}/media/{self.id}/small",
            "remote_url": None,
            "meta": {},
            "description": self.description or None,
            "blurhash": None,
        }


@dataclass
class Status:
    id: str
    account: MastodonAccount
    text: str
    created_at: datetime
    visibility: str
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    quoted: "Status | None" = None
    liked_by: set[str] = field(default_factory=set)
    media: list[Media] = field(default_factory=list)
    edited_at: datetime | None = None
    key: str | None = None
    hidden: bool = False  # not yet there for those who read
    deleted: bool = False
    boosted: bool = False

    @property
    def named(self) -> set[str]:
        return mentioned(self.text)

    @property
    def is_restricted(self) -> bool:
        return self.visibility in {"private", "direct"}

    def entity(self, base_url: str) -> dict[str, Any]:
        # One server was seen answering with the boost's id, address and text for the post's own.
        shown_id = f"{self.id}9" if self.boosted else self.id
        content = render(self.text, base_url)
        return {
            "id": shown_id,
            "created_at": moment(self.created_at),
            "edited_at": moment(self.edited_at) if self.edited_at else None,
            "in_reply_to_id": self.in_reply_to_id,
            "in_reply_to_account_id": self.in_reply_to_account_id,
            "sensitive": self.sensitive,
            "spoiler_text": self.spoiler_text,
            "visibility": self.visibility,
            "language": self.language,
            "uri": f"{base_url}/users/{self.account.username}/statuses/{shown_id}",
            "url": f"{base_url}/@{self.account.username}/{shown_id}",
            "reblogs_count": int(self.boosted),
            "content": f"<p>Boosted:</p>{content}" if self.boosted else content,
            "reblog": None,
            "account": account_entity(self.account, base_url),
            "media_attachments": [media.entity(base_url) for media in self.media],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }


@dataclass
class Notification:
    id: str
    to: MastodonAccount
    kind: str
    by: MastodonAccount
    status: Status
    created_at: datetime


def account_entity(account: MastodonAccount, base_url: str) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "acct": account.acct,
        "display_name": account.username.title(),
        "url": f"{base_url}/@{account.username}",
        "uri": f"{base_url}/users/{account.username}",
        "avatar": f"{base_url}/avatars/{account.username}.png",
        "locked": False,
        "bot": False,
        "note": "",
        "followers_count": account.followers,
        "following_count": 0,
    }


def configuration(dialect: Dialect) -> dict[str, Any]:
    """The limits, in the values that the documentation shows."""
    return {
        "statuses": {
            "max_characters": dialect.max_characters,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": [
                *("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif"),
                *("video/webm", "video/mp4", "video/quicktime"),
            ],
            "description_limit": 1500,
            "image_size_limit": 16_777_216,
            "image_matrix_limit": 33_177_600,
            "video_size_limit": 103_809_024,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
        },
        "polls": {
            "max_options": 4,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
