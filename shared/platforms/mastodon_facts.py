"""What Mastodon can do and how much of it, each number with its page.

The numbers are Mastodon's own defaults. A server says its own in `/api/v2/instance`; they are kept
in the account's limits under the same names and win.
"""

from collections.abc import Mapping

from shared.core.models import ReconcileClass
from shared.core.platform import Capabilities, Fact, Field, Verb
from shared.core.workspaces import Account
from shared.platforms.base import limit

_INSTANCE = "https://docs.joinmastodon.org/entities/Instance/"
_CODE = "https://github.com/mastodon/mastodon"
_READ = "2026-11"

FACTS: Mapping[str, Fact] = {
    "max_characters": Fact(500, "https://docs.joinmastodon.org/user/posting/", _READ),
    "per_url": Fact(23, "https://docs.joinmastodon.org/user/posting/", _READ),
    "max_media": Fact(4, "https://docs.joinmastodon.org/user/posting/", _READ),
    "alt_characters": Fact(1500, _INSTANCE, _READ),
    "image_bytes": Fact(16_777_216, _INSTANCE, _READ),
    "image_pixels": Fact(33_177_600, _INSTANCE, _READ),
    "video_bytes": Fact(103_809_024, _INSTANCE, _READ),
    "video_pixels": Fact(8_294_400, _INSTANCE, _READ),
    "calls_per_5_minutes": Fact(300, "https://docs.joinmastodon.org/api/rate-limits/", _READ),
    "uploads_per_30_minutes": Fact(30, "https://docs.joinmastodon.org/api/rate-limits/", _READ),
    # Posts that one call asks for, since 4.3; where there is no such call each post is its own:
    "metrics_batch": Fact(
        20,
        "https://github.com/mastodon/mastodon app/controllers/api/v1/statuses_controller.rb",
        _READ,
    ),
    # A repeated key answers the first result for so long:
    "idempotency_ms": Fact(3_600_000, "https://docs.joinmastodon.org/methods/statuses/", _READ),
    # Files that no post shows are removed by the server's daily clean-up:
    "unused_media_ms": Fact(
        86_400_000,
        "https://github.com/mastodon/mastodon app/lib/vacuum/media_attachments_vacuum.rb",
        _READ,
    ),
    # What its web client shows of a post. Higher than so many of its lines, a text is folded:
    "fold_lines": Fact(32, f"{_CODE} app/javascript/mastodon/components/status_content.jsx", _READ),
    "folded_to_lines": Fact(15, f"{_CODE} app/javascript/styles/mastodon/components.scss", _READ),
    "link_characters_shown": Fact(30, f"{_CODE} app/lib/text_formatter.rb", _READ),
    # Of hashtags below a post:
    "tags_shown": Fact(3, f"{_CODE} app/javascript/mastodon/components/hashtag_bar.tsx", _READ),
    # Width by height of the frame that two to four files share:
    "gallery_ratio_percent": Fact(
        150, f"{_CODE} app/javascript/mastodon/components/media_gallery.jsx", _READ
    ),
}

TAKES = "takes "
"""Prefix of the limits that name the media types a server takes, as it lists them itself."""

CAPABILITIES = Capabilities(
    platform="mastodon",
    title="Mastodon",
    verbs=frozenset(set(Verb) - {Verb.REFRESH, Verb.HIDE}),
    connect_fields=(
        Field("server", "Server", example="https://mastodon.social"),
        Field("access_token", "Access token", secret=True),
        Field("client_id", "Client key", required=False),
        Field("client_secret", "Client secret", secret=True, required=False),
    ),
    reconcile=ReconcileClass.KEY,
    quiet=90_000,
    counting=(
        "characters as readers see them, content warning and text together; a link counts 23,"
        " of a mention on another server only the name counts"
    ),
    visibilities=frozenset({"public", "unlisted", "private", "direct"}),
    content_warning=True,
    threads=True,
    replies=True,
    link_cards=False,
    max_images=FACTS["max_media"].value,
    image_mimes=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}),
    video_mimes=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    facts=FACTS,
    # https://docs.joinmastodon.org/entities/Status/ (quotes since 4.5) and /entities/Account/
    metrics=frozenset({"likes", "reposts", "replies", "quotes"}),
    account_metrics=frozenset({"followers", "following", "posts"}),
    cautions={
        Verb.ACTIVITY: (
            "The access token needs the scope read besides write. What the account's own filters"
            " for notifications hold back on its server does not come here."
        ),
    },
)


def limit_of(account: Account, name: str) -> int:
    """The server's own number, or Mastodon's default."""
    return limit(account, name, FACTS[name].value)


def takes(account: Account, mime: str) -> bool:
    """Whether the server lists this type; where it lists none, whether Mastodon takes it."""
    listed = {name.removeprefix(TAKES) for name in account.limits if name.startswith(TAKES)}
    return mime in (listed or CAPABILITIES.image_mimes | CAPABILITIES.video_mimes)
