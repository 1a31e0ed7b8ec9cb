"""What Bluesky can do and how much of it, each number with its page."""

from collections.abc import Mapping

from shared.core.models import ReconcileClass
from shared.core.platform import Capabilities, Fact, Field, Verb

_READ = "2026-11"
_LEXICONS = "https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky"
_SOURCE = "https://github.com/bluesky-social/social-app/blob/main/src"
_APP = f"{_SOURCE}/lib/constants.ts"
_RATES = "https://docs.bsky.app/docs/advanced-guides/rate-limits"

FACTS: Mapping[str, Fact] = {
    "max_graphemes": Fact(300, f"{_LEXICONS}/feed/post.json", _READ),
    "max_bytes": Fact(3_000, f"{_LEXICONS}/feed/post.json", _READ),
    "max_languages": Fact(3, f"{_LEXICONS}/feed/post.json", _READ),
    "max_images": Fact(4, f"{_LEXICONS}/embed/images.json", _READ),
    "image_bytes": Fact(2_000_000, f"{_LEXICONS}/embed/images.json", _READ),
    # The official app makes pictures fit 4000 by 4000:
    "image_pixels": Fact(16_000_000, _APP, _READ),
    "thumb_bytes": Fact(1_000_000, f"{_LEXICONS}/embed/external.json", _READ),
    "thumb_pixels": Fact(4_000_000, _APP, _READ),
    # The network sets no limit for pictures, the official app does:
    "alt_graphemes": Fact(2_000, _APP, _READ),
    "video_bytes": Fact(300_000_000, f"{_LEXICONS}/embed/video.json", _READ),
    "video_ms": Fact(600_000, _APP, _READ),
    # Blobs that no record shows are kept for at least an hour:
    "unused_blob_ms": Fact(3_600_000, "https://atproto.com/specs/blob", _READ),
    "logins_in_5_minutes": Fact(30, _RATES, _READ),
    "logins_a_day": Fact(300, _RATES, _READ),
    # Of one address, whichever accounts it speaks for; one look may take several calls:
    "calls_per_5_minutes": Fact(3_000, _RATES, _READ),
    # 5,000 points an hour and 35,000 a day, of which a new record costs three:
    "posts_per_hour": Fact(1_666, _RATES, _READ),
    "posts_per_day": Fact(11_666, _RATES, _READ),
    "metrics_batch": Fact(25, f"{_LEXICONS}/feed/getPosts.json", _READ),
    "most_hidden": Fact(300, f"{_LEXICONS}/feed/threadgate.json", _READ),
    # What the official app shows of a post. With so many line breaks as many lines are shown:
    "fold_line_breaks": Fact(25, _APP, _READ),
    # Of a link the host, and of what follows it at most so much; of more the beginning:
    "link_path_shown": Fact(15, f"{_SOURCE}/lib/strings/url-helpers.ts", _READ),
    "link_path_kept": Fact(13, f"{_SOURCE}/lib/strings/url-helpers.ts", _READ),
    # Width by height: of one picture at least, and of the frame of two or three, and of four.
    "narrowest_ratio_percent": Fact(50, f"{_SOURCE}/components/images/AutoSizedImage.tsx", _READ),
    "pair_ratio_percent": Fact(200, f"{_SOURCE}/components/images/ImageLayoutGrid.tsx", _READ),
    "grid_of_4_ratio_percent": Fact(150, f"{_SOURCE}/components/images/ImageLayoutGrid.tsx", _READ),
}

ENTRYWAY = "https://bsky.social"

CAPABILITIES = Capabilities(
    platform="bluesky",
    title="Bluesky",
    verbs=frozenset(Verb),
    connect_fields=(
        Field("server", "Server", example=ENTRYWAY, required=False),
        Field("identifier", "Handle", example="alice.bsky.social"),
        Field("app_password", "App password", secret=True, example="xxxx-xxxx-xxxx-xxxx"),
    ),
    reconcile=ReconcileClass.CLIENT_ID,
    quiet=0,
    counting=(
        "characters as readers see them, at most 300, and at most 3,000 bytes; links count in full,"
        " since the text is shown as it was written"
    ),
    visibilities=frozenset({"public"}),
    content_warning=False,
    threads=True,
    replies=True,
    link_cards=True,
    max_images=FACTS["max_images"].value,
    image_mimes=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}),
    # What the official app hands to the video service, which turns all of it into MP4:
    # https://github.com/bluesky-social/social-app src/lib/constants.ts (read 2026-11).
    video_mimes=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    facts=FACTS,
    # https://github.com/bluesky-social/atproto lexicons/app/bsky/feed/defs.json (postView) and
    # actor/defs.json (profileViewDetailed), read 2026-11. No views, no clicks.
    metrics=frozenset({"likes", "reposts", "replies", "quotes", "saves"}),
    account_metrics=frozenset({"followers", "following", "posts"}),
    cautions={
        # https://github.com/bluesky-social/social-app/issues/673 (open, last read 2026-11)
        Verb.EDIT: (
            "The post is changed on the account's server and in apps that show edits; bsky.app goes"
            " on showing it as it was first published. To change what is seen there, delete it and"
            " post again."
        ),
        Verb.HIDE: (
            "Apps put the reply behind a tap; its author and whoever opens it still see it. Only"
            " replies in a thread that this account began can be hidden."
        ),
    },
)
