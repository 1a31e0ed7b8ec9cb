"""Several posts at once. Each is changed as a whole or stays as it was; the answer says which."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from functions.api import views, writing
from functions.api.actions import call_off, move_to
from functions.api.changing import changing
from functions.api.content import AccountProblems, known_accounts
from functions.api.planning import planned
from functions.api.routing import Answer, Call, Routes, etag
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.schemas import several as shapes
from functions.api.voicing import voice_of
from shared.core.errors import Conflict, InvalidDraft, Problem, SocialError
from shared.core.models import SECOND, Millis, Plan, Post
from shared.core.ports import PostRecord
from shared.core.posts import PostStatus
from shared.core.schedule import day, to_datetime, zone
from shared.core.services import Api
from shared.core.values import dataclass

PATIENCE: Millis = 20 * SECOND
"""After which nothing more is begun: the function is stopped after 29."""
MOST_TAGS = 20
WAITING = frozenset({PostStatus.SCHEDULED, PostStatus.AWAITING_APPROVAL})

routes = Routes(
    "Several posts",
    "Up to 100 at once: each all or nothing, and the answer says what happened.",
)


@dataclass(frozen=True, slots=True)
class _Changed:
    """A post before and after, and what its author should know."""

    before: Post
    plan: Plan | None
    notices: Sequence[out.Finding] = ()


Change = Callable[[Call, shapes.Chosen], _Changed]


def _each(api: Api, call: Call, posts: Sequence[shapes.Chosen], change: Change) -> Answer:
    begun = api.clock.now()
    done: list[shapes.PostDone] = []
    for n, chosen in enumerate(posts):
        seen = None if chosen.version is None else etag(chosen.version)
        try:
            if api.clock.now() - begun > PATIENCE:
                words = "There was no time left for it; ask again for this one."
                raise Conflict(words, code="not_reached")
            if any(other.id == chosen.id for other in posts[:n]):
                raise Conflict("It is in the list above already.", code="twice")
            changed = change(replace(call, if_match=seen), chosen)
        except SocialError as error:
            done.append(_refused(chosen, error))
        else:
            done.append(_done(chosen, changed))
    return Answer(shapes.PostsDone(done=sum(each.done for each in done), items=done))


def _done(chosen: shapes.Chosen, changed: _Changed) -> shapes.PostDone:
    return shapes.PostDone(
        id=chosen.id,
        done=True,
        before=views.plan(changed.before.plan),
        plan=views.plan(changed.plan),
        problems=[],
        notices=list(changed.notices),
    )


def _refused(chosen: shapes.Chosen, error: SocialError) -> shapes.PostDone:
    return shapes.PostDone(
        id=chosen.id,
        done=False,
        before=None,
        plan=None,
        problems=list(_reasons(error)),
        notices=[],
    )


def _reasons(error: SocialError) -> Iterator[out.Finding]:
    if isinstance(error, InvalidDraft):
        accounts = error.account_ids if isinstance(error, AccountProblems) else None
        for n, problem in enumerate(error.problems):
            yield views.finding(problem, accounts[n] if accounts else None)
    else:
        yield views.finding(Problem("", error.code, error.message))


@routes.add(
    "POST",
    "/v1/posts/reschedule",
    "Move several posts",
    body=shapes.Reschedule,
    answer=shapes.PostsDone,
)
def reschedule_posts(api: Api, call: Call, *, body: shapes.Reschedule) -> Answer:
    """`shift` and `date` move what waits. With a `schedule` for each, posts are planned as by
    `/v1/posts/{post_id}/schedule`: so a move is undone, by what `before` said. But what somebody
    cancelled meanwhile stays cancelled.
    """
    _require_one(body)
    workspace = api.store.workspace(call.workspace_id)
    voice, known = voice_of(api, call), known_accounts(api, call)

    def change(call: Call, chosen: shapes.Chosen) -> _Changed:
        def once(record: PostRecord) -> _Changed:
            if record.post.cancelled_at is not None:
                raise Conflict("It was cancelled: plan it anew by itself.", code="not_waiting")
            schedule = getattr(chosen, "schedule", None) or _moved(record, body, workspace.timezone)
            plan = planned(schedule, now=call.now, timezone=workspace.timezone)
            notices = move_to(
                api, call, record, plan, workspace=workspace, voice=voice, known=known
            )
            return _Changed(record.post, plan.plan, notices)

        return changing(api, call, chosen.id, once)

    return _each(api, call, body.posts, change)


def _require_one(body: shapes.Reschedule) -> None:
    """Raises InvalidDraft unless it is clear where each post goes."""
    alone = [post.schedule is not None for post in body.posts]
    ways = (body.shift is not None, body.date is not None, any(alone))
    if sum(ways) != 1 or (any(alone) and not all(alone)):
        words = "Give exactly one: `shift`, `date`, or a `schedule` in each of `posts`."
        raise InvalidDraft([Problem("", "choose_one", words)])
    if body.shift is not None:
        _require_once(body, body.shift)
    if body.date is not None:
        day(body.date, where="date")


def _require_once(body: shapes.Reschedule, shift: shapes.Shift) -> None:
    """Raises InvalidDraft where asking again, after an answer that was lost, would move further."""
    if not (shift.days or shift.minutes):
        raise InvalidDraft([Problem("shift", "no_shift", "Say by how many days or minutes.")])
    words = "Give the version that you saw: a repetition would move the post once more."
    unseen = [n for n, post in enumerate(body.posts) if post.version is None]
    if unseen:
        raise InvalidDraft([Problem(f"posts[{n}].version", "required", words) for n in unseen])


def _moved(record: PostRecord, body: shapes.Reschedule, timezone: str) -> take.Schedule:
    """Where a common move puts this one. Raises Conflict (`no_date`, `not_waiting`)."""
    plan, status = record.post.plan, views.status(record.post, record.deliveries)
    if plan is None:
        raise Conflict("It is a draft without a date: plan it by itself first.", code="no_date")
    if status not in WAITING:
        words = f"Only what waits can be moved with others; this is {status}."
        raise Conflict(words, code="not_waiting")
    wall = to_datetime(plan.at).astimezone(zone(timezone)).replace(tzinfo=None)
    if body.date is not None:
        wall = datetime.combine(day(body.date, where="date"), wall.time())
    elif body.shift is not None:
        wall += timedelta(days=body.shift.days, minutes=body.shift.minutes)
    return take.Schedule(local=wall.isoformat())


@routes.add(
    "POST",
    "/v1/posts/label",
    "Label several posts",
    body=shapes.LabelPosts,
    answer=shapes.PostsDone,
)
def label_posts(api: Api, call: Call, *, body: shapes.LabelPosts) -> Answer:
    """Gives and takes tags, puts posts into a campaign or takes them out."""
    given = body.model_fields_set & {"add_tags", "remove_tags", "campaign"}
    if not given:
        words = "Give `add_tags`, `remove_tags` or `campaign`."
        raise InvalidDraft([Problem("", "nothing_to_do", words)])

    def change(call: Call, chosen: shapes.Chosen) -> _Changed:
        def once(record: PostRecord) -> _Changed:
            kept = [tag for tag in record.post.tags if tag not in body.remove_tags]
            tags = tuple(dict.fromkeys([*kept, *body.add_tags]))
            if len(tags) > MOST_TAGS:
                words = f"A post has at most {MOST_TAGS} tags."
                raise InvalidDraft([Problem("add_tags", "too_many", words)])
            edit = take.PostEdit(tags=tags)
            if "campaign" in given:
                edit = take.PostEdit(tags=tags, campaign=body.campaign)
            notices = writing.edit(api, call, record, edit)
            return _Changed(record.post, record.post.plan, notices)

        return changing(api, call, chosen.id, once)

    return _each(api, call, body.posts, change)


@routes.add(
    "POST",
    "/v1/posts/cancel",
    "Cancel several posts",
    body=shapes.CancelPosts,
    answer=shapes.PostsDone,
)
def cancel_posts(api: Api, call: Call, *, body: shapes.CancelPosts) -> Answer:
    """What is named as done does not go out any more."""

    def change(call: Call, chosen: shapes.Chosen) -> _Changed:
        before = call_off(api, call, chosen.id)
        return _Changed(before, before.plan)

    return _each(api, call, body.posts, change)
