"""Calendar feeds: secret links for calendar programs, and what those show. Pure."""

from enum import StrEnum

from shared.core.campaigns import Campaign, holds
from shared.core.models import SECOND, Millis
from shared.core.ports import CalendarEntry, PostSummary
from shared.core.posts import PostStatus
from shared.core.values import dataclass

_DAY: Millis = 24 * 60 * 60 * SECOND
BEHIND: Millis = 60 * _DAY
AHEAD: Millis = 180 * _DAY
GONE: Millis = 30 * _DAY
"""How long what was cancelled or deleted is still shown, as cancelled: programs that ask seldom, or
that only add up what they are told, take it away by that.
"""
TITLE = 80
"""Characters of a post that stand in a calendar's cell."""
TEXT = 1_000
"""Characters of a post that stand behind it, in feeds with texts."""


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """A link to the posts of a workspace, or of one account, campaign or person of it.

    Only the hash of the link's secret is kept. `campaign` is its id; `person` is whoever created a
    post, as posts name them. `text`: whole posts, not only their first words. `drafts`: also what
    nobody approved yet. `holder`: the address of whoever got the link that works now, by themselves
    or by a key that acts for them; None: a key that stands alone did.
    """

    id: str
    workspace_id: str
    name: str
    secret_hash: str
    created_at: Millis
    created_by: str
    link_made_at: Millis
    account_id: str | None = None
    campaign: str | None = None
    person: str | None = None
    text: bool = False
    drafts: bool = False
    holder: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class GonePost:
    """What is left of a planned post that was deleted: enough to take it off calendars, and nothing
    of what it said. `version` is one more than the post's last.
    """

    id: str
    workspace_id: str
    due_at: Millis
    deleted_at: Millis
    version: int
    account_ids: tuple[str, ...]
    created_by: str
    campaign: str | None = None


class Standing(StrEnum):
    """RFC 5545's words for an event's status."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Event:
    """One post as calendars show it. `sequence` rises with every change that people make; `url`:
    where it is on the page, as long as it is.
    """

    post_id: str
    start: Millis
    changed_at: Millis
    sequence: int
    standing: Standing
    title: str
    words: str
    tags: tuple[str, ...] = ()
    url: str = ""


_STANDING = {
    PostStatus.DRAFT: Standing.TENTATIVE,
    PostStatus.AWAITING_APPROVAL: Standing.TENTATIVE,
    PostStatus.CANCELLED: Standing.CANCELLED,
    PostStatus.DELETED: Standing.CANCELLED,
}
SAID = {
    PostStatus.DRAFT: "A draft: nothing goes out.",
    PostStatus.AWAITING_APPROVAL: "Waits for approval.",
    PostStatus.SCHEDULED: "Planned.",
    PostStatus.PUBLISHING: "Leaving right now.",
    PostStatus.PUBLISHED: "Live.",
    PostStatus.PARTLY_PUBLISHED: "Partly live.",
    PostStatus.NEEDS_ATTENTION: "Needs you: not all of it went out.",
    PostStatus.FAILED: "Needs you: it did not go out.",
    PostStatus.CANCELLED: "Cancelled: nothing goes out.",
    PostStatus.DELETED: "Taken down.",
}
"""How a post stands, for people who see it in their calendar."""


def standing_of(status: PostStatus) -> Standing:
    return _STANDING.get(status, Standing.CONFIRMED)


def shows(
    feed: CalendarFeed,
    post: PostSummary,
    status: PostStatus,
    *,
    campaign: Campaign | None,
    now: Millis,
) -> bool:
    """`campaign` is the feed's, where it is about one that still exists."""
    if post.elsewhere or not (feed.drafts or standing_of(status) is not Standing.TENTATIVE):
        return False
    if standing_of(status) is Standing.CANCELLED and post.updated_at < now - GONE:
        return False
    return is_about(feed, post, campaign=campaign)


def is_about(
    feed: CalendarFeed, post: PostSummary | GonePost, *, campaign: Campaign | None
) -> bool:
    if feed.account_id is not None and feed.account_id not in post.account_ids:
        return False
    if feed.person is not None and feed.person != post.created_by:
        return False
    if feed.campaign is None:
        return True
    return holds(campaign, post.campaign) if campaign else post.campaign == feed.campaign


def changed_at(entry: CalendarEntry) -> Millis:
    """By people, or by leaving."""
    return max([entry.post.updated_at, *(d.sent_at or 0 for d in entry.deliveries)])


def title_of(excerpt: str, status: PostStatus | None = None) -> str:
    """The first words; what went wrong says so in front of them."""
    words = excerpt if len(excerpt) <= TITLE else f"{excerpt[: TITLE - 1].rstrip()}…"
    wrong = status in (PostStatus.NEEDS_ATTENTION, PostStatus.FAILED)
    return ("Needs you: " if wrong else "") + (words or "A post without words")
