"""From the `schedule` of a request to a plan."""

from collections.abc import Iterable

from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.views import findings
from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Millis
from shared.core.schedule import Planned, planned_at, planned_local, planned_now


def planned(schedule: take.Schedule, *, now: Millis, timezone: str) -> Planned:
    """Raises InvalidDraft for anything but one clear future moment."""
    given = [name for name in ("at", "local", "now") if getattr(schedule, name) is not None]
    if len(given) != 1:
        words = "Give exactly one of `at`, `local` and `now`; leave `schedule` out for a draft."
        raise InvalidDraft([Problem("schedule", "choose_one", words)])
    beside = schedule.model_fields_set - {"at", "local", "now"}
    if schedule.local is None and beside:
        words = "This goes with `local` only."
        raise InvalidDraft([Problem(f"schedule.{n}", "only_with_local", words) for n in beside])
    if schedule.at is not None:
        return planned_at(schedule.at, now=now)
    if schedule.local is not None:
        return planned_local(
            schedule.local,
            timezone=schedule.timezone or timezone,
            now=now,
            fold=schedule.fold,
            nonexistent=schedule.nonexistent,
        )
    return planned_now(now)


def all_findings(
    general: Iterable[Problem], of_accounts: Iterable[tuple[Problem, str | None]]
) -> list[out.Finding]:
    by_account = [f for p, account_id in of_accounts for f in findings([p], account_id)]
    return [*findings(general), *by_account]
