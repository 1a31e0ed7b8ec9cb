"""What a workspace wants of its calendar: how much, how far apart, and which holidays."""

from shared.core.values import dataclass

ONE = "calendar"
"""The id: a workspace has one set of rules."""


@dataclass(frozen=True, slots=True)
class Target:
    """Posts of an account: wanted in a week, and at most on a day; None: whatever comes."""

    account_id: str
    per_week: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """`min_gap`: minutes that should lie between two posts of one account. `quiet_days`: days
    without a post from which it is called a gap. 0 asks for neither. `countries`: ISO 3166 codes,
    a subdivision's with a dash. Version 0 was never stored.
    """

    id: str
    workspace_id: str
    min_gap: int = 15
    quiet_days: int = 7
    countries: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    version: int = 0

    def target(self, account_id: str) -> Target:
        found = (each for each in self.targets if each.account_id == account_id)
        return next(found, Target(account_id))
