"""Which posts of the calendar are shown: what its query asks for."""

from collections.abc import Iterable
from dataclasses import replace

from functions.api import views
from functions.api.schemas.calendar import CalendarQuery
from shared.core.campaigns import Campaign, belongs
from shared.core.errors import InvalidDraft, Problem
from shared.core.gaps import Placed
from shared.core.ports import CalendarEntry
from shared.core.posts import PostStatus
from shared.core.targets import CalendarRules
from shared.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Showing:
    """Empty sets and texts let everything through."""

    query: CalendarQuery
    accounts: frozenset[str]
    platforms: frozenset[str]
    states: frozenset[PostStatus]
    campaign: Campaign | None

    def shows(self, entry: CalendarEntry) -> bool:
        post, query = entry.post, self.query
        return (
            (not self.accounts or not self.accounts.isdisjoint(post.account_ids))
            and (not self.platforms or any(d.platform in self.platforms for d in entry.deliveries))
            and (not self.states or views.entry_status(entry) in self.states)
            and (
                query.campaign is None
                or belongs(post.campaign, self.campaign, asked=query.campaign)
            )
            and (query.tag is None or query.tag in post.tags)
            and (query.author is None or query.author == post.created_by)
            and (not query.text or query.text.casefold() in post.excerpt.casefold())
            and (query.origin is None or (query.origin == "elsewhere") is post.elsewhere)
        )

    def of_accounts(self, found: Iterable[Placed]) -> list[Placed]:
        """Accounts are planned as a whole: no other filter takes anything away."""
        return [each for each in found if not self.accounts or each.account_id in self.accounts]

    def narrowed(self, rules: CalendarRules) -> CalendarRules:
        """With the targets of these accounts only."""
        targets = [t for t in rules.targets if not self.accounts or t.account_id in self.accounts]
        return replace(rules, targets=tuple(targets))


def showing(query: CalendarQuery, campaign: Campaign | None) -> Showing:
    """Raises InvalidDraft (`unknown_value`) for a state that does not exist."""
    return Showing(
        query=query,
        accounts=_several(query.account_id),
        platforms=_several(query.platform),
        states=frozenset(_status(each) for each in _several(query.status)),
        campaign=campaign,
    )


def _several(given: str | None) -> frozenset[str]:
    return frozenset(each.strip() for each in (given or "").split(",") if each.strip())


def _status(given: str) -> PostStatus:
    try:
        return PostStatus(given)
    except ValueError:
        words = f"There is no state {given[:40]!r}; there are {', '.join(PostStatus)}."
        raise InvalidDraft([Problem("status", "unknown_value", words)]) from None
