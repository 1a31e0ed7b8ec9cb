"""The rules of a workspace's calendar: targets, distances, and whose holidays it shows."""

from dataclasses import replace

from functions.api import keeping
from functions.api.public_holidays import countries, country_problem, parts_of
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import calendar as shapes
from shared.core.errors import InvalidDraft, Problem
from shared.core.services import Api
from shared.core.targets import ONE, CalendarRules, Target

routes = Routes("Calendar rules", "How much, how far apart, and which holidays.")


def rules_of(api: Api, call: Call) -> CalendarRules:
    """As they were chosen, else the usual ones."""
    return keeping.only(api, CalendarRules(ONE, call.workspace_id))


@routes.add("GET", "/v1/calendar/rules", "Get the calendar's rules", answer=shapes.CalendarRules)
def get_calendar_rules(api: Api, call: Call) -> Answer:
    """By which it names conflicts and gaps, counts plan against target, and shows holidays."""
    found = rules_of(api, call)
    return Answer(_shown(found), version=found.version)


@routes.add(
    "PATCH",
    "/v1/calendar/rules",
    "Change the calendar's rules",
    body=shapes.CalendarRulesEdit,
    answer=shapes.CalendarRules,
    if_match=True,
)
def edit_calendar_rules(api: Api, call: Call, *, body: shapes.CalendarRulesEdit) -> Answer:
    """They name and count; they never keep a post from going out."""
    problems = _problems(api, call, body)
    if problems:
        raise InvalidDraft(problems)

    saved = keeping.change_only(
        api,
        call,
        CalendarRules(ONE, call.workspace_id),
        lambda before: _edited(before, body),
        "calendar_rules.changed",
        fields=",".join(sorted(body.model_fields_set)),
    )
    return Answer(_shown(saved), version=saved.version)


def _problems(api: Api, call: Call, body: shapes.CalendarRulesEdit) -> list[Problem]:
    found = [
        Problem(f"countries[{n}]", "unknown_country", words)
        for n, code in enumerate(body.countries or ())
        if (words := country_problem(code)) is not None
    ]
    if not body.targets:
        return found
    known = {account.id for account in api.store.accounts(call.workspace_id)}
    seen: set[str] = set()
    for n, target in enumerate(body.targets):
        where = f"targets[{n}].account_id"
        if target.account_id not in known:
            words = "There is no such account in this workspace."
            found.append(Problem(where, "unknown_account", words))
        elif target.account_id in seen:
            found.append(Problem(where, "twice", "This account has a target above already."))
        seen.add(target.account_id)
    return found


def _edited(before: CalendarRules, body: shapes.CalendarRulesEdit) -> CalendarRules:
    targets = before.targets
    if body.targets is not None:
        targets = tuple(Target(t.account_id, t.per_week, t.per_day) for t in body.targets)
    return replace(
        before,
        min_gap=before.min_gap if body.min_gap is None else body.min_gap,
        quiet_days=before.quiet_days if body.quiet_days is None else body.quiet_days,
        countries=before.countries
        if body.countries is None
        else tuple(dict.fromkeys(body.countries)),
        targets=tuple(t for t in targets if t.per_week is not None or t.per_day is not None),
    )


def _shown(rules: CalendarRules) -> shapes.CalendarRules:
    return shapes.CalendarRules(
        min_gap=rules.min_gap,
        quiet_days=rules.quiet_days,
        countries=list(rules.countries),
        targets=[
            shapes.Target(account_id=t.account_id, per_week=t.per_week, per_day=t.per_day)
            for t in rules.targets
        ],
        version=rules.version,
    )


@routes.add(
    "GET",
    "/v1/calendar/countries",
    "List countries with public holidays",
    query=shapes.CountriesQuery,
    answer=out.Page[shapes.Country],
)
def list_countries(api: Api, call: Call, *, query: shapes.CountriesQuery) -> Answer:
    """Whose holidays `countries` of the calendar's rules may name."""
    named = countries()
    wanted = named if query.code is None else {c: n for c, n in named.items() if c == query.code}
    items = [
        shapes.Country(code=code, name=name, parts=list(parts_of(code)) if query.code else None)
        for code, name in wanted.items()
    ]
    return Answer(out.Page[shapes.Country](items=items, next=None))
