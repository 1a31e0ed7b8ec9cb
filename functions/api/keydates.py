"""Key dates: a workspace's own days and ranges, and the public holidays that it shows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from functions.api import keeping
from functions.api.public_holidays import holidays_between
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import calendar as shapes
from shared.core.errors import InvalidDraft, Problem
from shared.core.keydates import KeyDate, occurrences
from shared.core.schedule import day
from shared.core.services import Api

MOST = 300
LONGEST = 366
"""Days of one range; so that a yearly one never meets itself."""

routes = Routes(
    "Key dates", "Days that a workspace plans around. Public holidays are in the calendar's rules."
)


@routes.add("GET", "/v1/key-dates", "List key dates", answer=out.Page[shapes.KeyDate])
def list_key_dates(api: Api, call: Call) -> Answer:
    """The workspace's own, in the order of their days; at most 300."""
    found = sorted(_all(api, call), key=lambda each: (each.first_day, each.id))
    return Answer(out.Page[shapes.KeyDate](items=[_shown(each) for each in found], next=None))


@routes.add(
    "POST",
    "/v1/key-dates",
    "Add a key date",
    body=shapes.KeyDateCreate,
    answer=shapes.KeyDate,
    status=201,
)
def create_key_date(api: Api, call: Call, *, body: shapes.KeyDateCreate) -> Answer:
    made = KeyDate(
        id=api.ids.new("kdt"),
        workspace_id=call.workspace_id,
        name=body.name,
        first_day=body.first_day,
        last_day=body.last_day or body.first_day,
        created_at=call.now,
        created_by=call.by,
        yearly=body.yearly,
        notes=body.notes,
    )
    _check_days(made)
    keeping.add(api, call, made, what="key_date", most=MOST)
    return Answer(_shown(made), status=201, version=made.version)


@routes.add(
    "PATCH",
    "/v1/key-dates/{key_date_id}",
    "Change a key date",
    body=shapes.KeyDateEdit,
    answer=shapes.KeyDate,
    if_match=True,
)
def edit_key_date(api: Api, call: Call, *, key_date_id: str, body: shapes.KeyDateEdit) -> Answer:
    given = {k: v for k in body.model_fields_set if (v := getattr(body, k)) is not None}

    def decide(before: KeyDate) -> KeyDate:
        after = replace(before, **given)
        _check_days(after)
        return after

    saved = keeping.change(api, call, KeyDate, key_date_id, what="key_date", decide=decide)
    return Answer(_shown(saved), version=saved.version)


@routes.add(
    "DELETE",
    "/v1/key-dates/{key_date_id}",
    "Delete a key date",
    status=204,
    if_match=True,
)
def delete_key_date(api: Api, call: Call, *, key_date_id: str) -> Answer:
    keeping.drop(api, call, KeyDate, key_date_id, what="key_date")
    return Answer(None, status=204)


def _all(api: Api, call: Call) -> Sequence[KeyDate]:
    return api.store.all_kept(KeyDate, call.workspace_id)


def _check_days(of: KeyDate) -> None:
    """Raises InvalidDraft (`bad_date`, `out_of_range`, `too_long`)."""
    first, last = day(of.first_day, where="first_day"), day(of.last_day, where="last_day")
    if last < first:
        words = "`last_day` is before `first_day`."
        raise InvalidDraft([Problem("last_day", "out_of_range", words)])
    if (last - first).days >= LONGEST:
        words = f"A key date has at most {LONGEST} days."
        raise InvalidDraft([Problem("last_day", "too_long", words)])


def _shown(of: KeyDate) -> shapes.KeyDate:
    return shapes.KeyDate(
        id=of.id,
        name=of.name,
        first_day=of.first_day,
        last_day=of.last_day,
        yearly=of.yearly,
        notes=of.notes,
        version=of.version,
    )


def key_dates_between(
    api: Api, call: Call, countries: Iterable[str], first: date, last: date
) -> list[shapes.KeyDateShown]:
    """The workspace's own and the holidays of these countries, in the order of their days."""
    own = [
        _of_calendar(each.name, days, key_date_id=each.id)
        for each in _all(api, call)
        for days in occurrences(each, first, last)
    ]
    public = [
        _of_calendar(found.name, (found.day, found.day), country=country)
        for country in countries
        for found in holidays_between(country, first, last)
    ]
    return sorted([*own, *public], key=lambda each: (each.first_day, each.last_day, each.title))


def _of_calendar(
    title: str,
    days: tuple[date, date],
    *,
    key_date_id: str | None = None,
    country: str | None = None,
) -> shapes.KeyDateShown:
    return shapes.KeyDateShown(
        id=key_date_id,
        title=title,
        first_day=days[0].isoformat(),
        last_day=days[1].isoformat(),
        country=country,
    )
