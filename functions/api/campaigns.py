"""Campaigns: made, changed, put away; and how they stand against their goals."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from functions.api import keeping, reporting
from functions.api.metrics import published_between
from functions.api.releasing import entries_between
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import calendar as shapes
from functions.api.schemas import requests as take
from functions.api.views import time
from shared.core.campaigns import Campaign, Goal, called, holds
from shared.core.errors import Conflict, InvalidDraft, Problem
from shared.core.gaps import placed
from shared.core.models import Millis
from shared.core.ports import CalendarEntry
from shared.core.schedule import day, day_start, local_day, rfc3339, zone
from shared.core.services import Api

MOST = 300
END_OF_TIME: Millis = 9_000_000_000_000
HORIZON = timedelta(days=366)
"""How far an open end is looked at."""
LONGEST = 2 * 366
"""Days of one campaign."""

routes = Routes(
    "Campaigns",
    "Posts that belong together. A post names its campaign by id; where a name is given, it is the "
    "campaign of that name.",
)


@routes.add(
    "GET",
    "/v1/campaigns",
    "List campaigns",
    query=shapes.CampaignsQuery,
    answer=out.Page[shapes.Campaign],
)
def list_campaigns(api: Api, call: Call, *, query: shapes.CampaignsQuery) -> Answer:
    """Latest first day first; at most 300."""
    found = [c for c in _all(api, call) if query.archived or c.archived_at is None]
    found.sort(key=lambda each: (each.first_day or "9999", each.id), reverse=True)
    return Answer(out.Page[shapes.Campaign](items=[_shown(each) for each in found], next=None))


@routes.add(
    "POST",
    "/v1/campaigns",
    "Create a campaign",
    body=shapes.CampaignCreate,
    answer=shapes.Campaign,
    status=201,
)
def create_campaign(api: Api, call: Call, *, body: shapes.CampaignCreate) -> Answer:
    """Posts that named it in words before it was made belong to it from now on."""
    made = Campaign(
        id=api.ids.new("cmp"),
        workspace_id=call.workspace_id,
        name=body.name,
        created_at=call.now,
        created_by=call.by,
        first_day=body.first_day,
        last_day=body.last_day,
        colour=body.colour,
        notes=body.notes,
        goals=_goals(body.goals),
    )
    check: Callable[[Sequence[Campaign]], None] = partial(_check, made)
    keeping.add(api, call, made, what="campaign", most=MOST, check=check)
    return Answer(_shown(made), status=201, version=made.version)


@routes.add("GET", "/v1/campaigns/{campaign_id}", "Get a campaign", answer=shapes.Campaign)
def get_campaign(api: Api, call: Call, *, campaign_id: str) -> Answer:
    found = api.store.kept(Campaign, call.workspace_id, campaign_id)
    return Answer(_shown(found), version=found.version)


@routes.add(
    "PATCH",
    "/v1/campaigns/{campaign_id}",
    "Change a campaign",
    body=shapes.CampaignEdit,
    answer=shapes.Campaign,
    if_match=True,
)
def edit_campaign(api: Api, call: Call, *, campaign_id: str, body: shapes.CampaignEdit) -> Answer:
    """`archived`: it is no longer offered for new posts; its posts and numbers stay."""

    def decide(before: Campaign) -> Campaign:
        after = _edited(call, before, body)
        _check(after, _all(api, call))
        return after

    saved = keeping.change(api, call, Campaign, campaign_id, what="campaign", decide=decide)
    return Answer(_shown(saved), version=saved.version)


@routes.add(
    "DELETE",
    "/v1/campaigns/{campaign_id}",
    "Delete a campaign",
    status=204,
    if_match=True,
)
def delete_campaign(api: Api, call: Call, *, campaign_id: str) -> Answer:
    """Only one without posts: else archive it."""

    def check(found: Campaign) -> None:
        if _used(api, call, found):
            words = "It has posts; archive it instead, so that they keep what they belong to."
            raise Conflict(words, code="campaign_in_use")

    keeping.drop(api, call, Campaign, campaign_id, what="campaign", check=check)
    return Answer(None, status=204)


def _used(api: Api, call: Call, campaign: Campaign) -> bool:
    dated = entries_between(api, call.workspace_id, 0, END_OF_TIME)
    if any(holds(campaign, entry.post.campaign) for entry in dated):
        return True
    after = None
    while True:
        page = api.store.drafts(call.workspace_id, limit=1_000, after=after)
        if any(holds(campaign, entry.post.campaign) for entry in page.items):
            return True
        after = page.next
        if after is None:
            return False


@routes.add(
    "GET",
    "/v1/campaigns/{campaign_id}/progress",
    "See how a campaign stands",
    answer=shapes.CampaignProgress,
)
def get_campaign_progress(api: Api, call: Call, *, campaign_id: str) -> Answer:
    """Its posts in its days, and what they reached of its goals. An open first day is the day on
    which it was made.
    """
    campaign = api.store.kept(Campaign, call.workspace_id, campaign_id)
    place = zone(api.store.workspace(call.workspace_id).timezone)
    first = _day(campaign.first_day) or local_day(campaign.created_at, place)
    last = _day(campaign.last_day) or max(first, local_day(call.now, place)) + HORIZON
    start, end = day_start(first, place), day_start(last + timedelta(days=1), place)
    mine = [
        entry
        for entry in entries_between(api, call.workspace_id, start, end)
        if holds(campaign, entry.post.campaign)
    ]
    found = placed(mine, place)
    live = {each.post_id for each in found if each.live}
    ahead = {each.post_id for each in found} - live
    reached = {"posts": len(live), **_counters(api, call, campaign, mine, start=start, end=end)}
    shown = shapes.CampaignProgress(
        campaign_id=campaign.id,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        planned=len(ahead),
        published=len(live),
        goals=[
            shapes.GoalProgress.model_validate(
                {"metric": g.metric, "target": g.target, "reached": reached.get(g.metric)}
            )
            for g in campaign.goals
        ],
    )
    return Answer(shown)


def _counters(
    api: Api,
    call: Call,
    campaign: Campaign,
    mine: Sequence[CalendarEntry],
    *,
    start: int,
    end: int,
) -> dict[str, int]:
    """What networks report of its posts, read only where a goal asks for it."""
    if all(goal.metric == "posts" for goal in campaign.goals) or not mine:
        return {}
    ids = {entry.post.id for entry in mine}
    published = published_between(api, call, start=start, end=end)
    known = reporting.numbers([one for one in published if one.series.post_id in ids])
    reported: dict[str, int] = known["metrics"]
    engagement = known["engagement"]
    return reported | ({"engagement": engagement.total} if engagement else {})


def belonging(api: Api, call: Call, words: str | None) -> Campaign | None:
    """The campaign that a filter names, if there is one."""
    return None if words is None else called(_all(api, call), words)


W = TypeVar("W", take.PostCheck, take.PostCreate, take.PostEdit)


def with_campaign(api: Api, call: Call, body: W, *, before: str | None = None) -> W:
    """What was written, with the id of the campaign that it names. What the post says already is
    left as it is. Raises InvalidDraft (`unknown_campaign`, `archived_campaign`).
    """
    given = body.campaign
    if given is None or given == before:
        return body
    found = belonging(api, call, given)
    if found is None:
        words = f"There is no campaign {given!r}; create it first, or give the id or name of one."
        raise InvalidDraft([Problem("campaign", "unknown_campaign", words)])
    if found.archived_at is not None:
        words = f"The campaign {found.name!r} is archived; take it out of the archive first."
        raise InvalidDraft([Problem("campaign", "archived_campaign", words)])
    return body.model_copy(update={"campaign": found.id})


def _all(api: Api, call: Call) -> Sequence[Campaign]:
    return api.store.all_kept(Campaign, call.workspace_id)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _goals(given: Sequence[shapes.GoalInput]) -> tuple[Goal, ...]:
    return tuple(Goal(goal.metric, goal.target) for goal in given)


def _edited(call: Call, before: Campaign, body: shapes.CampaignEdit) -> Campaign:
    given = body.model_fields_set
    archived = before.archived_at
    if body.archived is not None:
        archived = (archived or call.now) if body.archived else None
    return replace(
        before,
        name=before.name if body.name is None else body.name,
        first_day=body.first_day if "first_day" in given else before.first_day,
        last_day=body.last_day if "last_day" in given else before.last_day,
        colour=before.colour if body.colour is None else body.colour,
        notes=before.notes if body.notes is None else body.notes,
        goals=before.goals if body.goals is None else _goals(body.goals),
        archived_at=archived,
    )


def _check(campaign: Campaign, known: Sequence[Campaign]) -> None:
    """Raises InvalidDraft with everything that is wrong with it."""
    found = []
    first = day(campaign.first_day, where="first_day") if campaign.first_day else None
    last = day(campaign.last_day, where="last_day") if campaign.last_day else None
    if first and last and last < first:
        words = "`last_day` is before `first_day`."
        found.append(Problem("last_day", "out_of_range", words))
    elif first and last and (last - first).days >= LONGEST:
        found.append(Problem("last_day", "too_long", f"A campaign has at most {LONGEST} days."))
    metrics = [goal.metric for goal in campaign.goals]
    for n, metric in enumerate(metrics):
        if metric in metrics[:n]:
            words = "There is a goal for this number already."
            found.append(Problem(f"goals[{n}].metric", "twice", words))
    if campaign.archived_at is None and _is_taken(campaign, known):
        words = "There is a campaign of this name already; give this one another."
        found.append(Problem("name", "name_taken", words))
    if found:
        raise InvalidDraft(found)


def _is_taken(campaign: Campaign, known: Sequence[Campaign]) -> bool:
    return any(
        other.id != campaign.id
        and other.archived_at is None
        and other.name.casefold() == campaign.name.casefold()
        for other in known
    )


def _shown(of: Campaign) -> shapes.Campaign:
    return shapes.Campaign.model_validate(
        {
            "id": of.id,
            "name": of.name,
            "first_day": of.first_day,
            "last_day": of.last_day,
            "colour": of.colour or "teal",
            "notes": of.notes,
            "goals": [{"metric": goal.metric, "target": goal.target} for goal in of.goals],
            "archived_at": time(of.archived_at),
            "created_at": rfc3339(of.created_at),
            "created_by": of.created_by,
            "version": of.version,
        }
    )
