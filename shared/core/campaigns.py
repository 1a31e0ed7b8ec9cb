"""Campaigns: posts that belong together, with days, a colour and what they are to reach."""

from collections.abc import Iterable

from shared.core.models import Millis
from shared.core.values import dataclass

COLOURS = ("teal", "blue", "violet", "pink", "red", "orange", "green", "grey")
"""By name: the page has a shade of each for light and for dark."""


@dataclass(frozen=True, slots=True)
class Goal:
    """`metric` is `posts` (live ones), `engagement`, or a counter that networks report."""

    metric: str
    target: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """Days are dates of the workspace's zone, both included; None leaves that end open."""

    id: str
    workspace_id: str
    name: str
    created_at: Millis
    created_by: str
    first_day: str | None = None
    last_day: str | None = None
    colour: str = ""
    notes: str = ""
    goals: tuple[Goal, ...] = ()
    archived_at: Millis | None = None
    version: int = 1


def called(campaigns: Iterable[Campaign], words: str) -> Campaign | None:
    """The campaign with this id, else the one of this name; of several the one in use, then the
    newest.
    """
    known = list(campaigns)
    by_id = next((each for each in known if each.id == words), None)
    if by_id is not None:
        return by_id
    named = [each for each in known if each.name.casefold() == words.strip().casefold()]
    return max(named, key=lambda each: (each.archived_at is None, each.id), default=None)


def holds(campaign: Campaign, written: str | None) -> bool:
    """True when a post that says `written` belongs to it. Before there were campaigns, posts named
    theirs in words of their own: such a post belongs to the campaign of that name.
    """
    if written is None:
        return False
    return written == campaign.id or written.casefold() == campaign.name.casefold()


def belongs(written: str | None, campaign: Campaign | None, *, asked: str) -> bool:
    """Whether a post is of the campaign that was asked for, by id or name; `campaign` None: there
    is none, and posts may still have its name in words.
    """
    return written == asked if campaign is None else holds(campaign, written)
