"""From the `schedule` of a request to a plan, and what its author should know about it."""

from collections.abc import Iterable, Sequence

from functions.api import views
from functions.api.content import Review
from functions.api.previewing import previewed
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.views import findings
from shared.core.errors import InvalidDraft, Problem
from shared.core.models import MINUTE, SECOND, Content, Delivery, Millis, Plan, Post, WakeKind
from shared.core.platform import Check
from shared.core.posts import is_approved
from shared.core.schedule import Planned, planned_at, planned_local, planned_now
from shared.core.validation import holding_notices
from shared.core.workspaces import Account, Installation, Workspace
from shared.store.views import media_of

LOOKED_UP: Millis = 5 * SECOND
"""What uploading pictures and looking up links and mentions usually takes at most."""
PROCESSED: Millis = 2 * MINUTE
"""The same for a video, which the network processes before it can be shown."""


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


def checked(
    review: Review,
    *,
    problems: Sequence[Problem] = (),
    notices: Sequence[Problem] = (),
    plan: Plan | None = None,
) -> out.Checked:
    """The answer of a dry run. `problems` and `notices` are further ones, of the whole."""
    general = [*review.wrong, *(p for p, of in review.unfinished if of is None), *problems]
    accounts = [_of_account(review, account, check) for account, check in review.checks]
    return out.Checked(
        ok=not general and not any(a.problems for a in accounts),
        accounts=accounts,
        problems=findings(general),
        notices=findings(notices),
        plan=views.plan(plan),
    )


def _of_account(review: Review, account: Account, check: Check) -> out.AccountCheck:
    return out.AccountCheck(
        account_id=account.id,
        platform=account.platform,
        counts=[out.Count(used=c.used, limit=c.limit, unit=c.unit) for c in check.counts],
        links=[link for of_part in check.links for link in of_part],
        preview=previewed(review, account),
        problems=findings(check.problems, account.id),
        notices=findings(check.notices, account.id),
    )


def outlook(
    call: Call,
    workspace: Workspace,
    review: Review,
    post: Post,
    *,
    prepared: Sequence[Millis],
    installation: Installation | None = None,
) -> list[Problem]:
    """Why a post as planned would not leave, or only some time after its instant, as things stand.

    `prepared`: when those of its deliveries are due that something is prepared for. `installation`:
    unless it is to be read.
    """
    at = call.now if post.plan is None else max(call.now, post.plan.at)
    approved, tags = is_approved(post), post.tags
    everywhere = review.api.store.installation() if installation is None else installation
    holding = holding_notices(
        everywhere, workspace, review.accounts, approved=approved, at=at, tags=tags
    )
    if holding or not prepared:
        return holding
    takes, why = preparing(review.content)
    return [Problem("schedule", "prepared_first", why)] if min(prepared) < call.now + takes else []


def to_prepare(deliveries: Iterable[Delivery | None]) -> list[Millis]:
    """When those are due that pass through the prepare stage first."""
    return [d.due_at for d in deliveries if d is not None and d.wake_kind is WakeKind.PREPARE]


def preparing(content: Content) -> tuple[Millis, str]:
    """How long before its instant it should be known, and why."""
    mimes = {media.mime for media in media_of(content)}
    if any(mime.startswith("video/") for mime in mimes):
        words = "Its video is uploaded and processed first; it goes out as soon as that is done"
        return PROCESSED, f"{words}, usually within two minutes."
    words = "Its links and mentions are looked up first; it goes out right after"
    if mimes:
        words = "Its pictures are uploaded first; it goes out as soon as they are there"
    return LOOKED_UP, f"{words}, usually within five seconds."
