"""Rehearsals: the next days run through every check, and nothing is sent."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from functions.api import rehearsing, views
from functions.api.acting import enqueue_jobs, new_job
from functions.api.content import known_accounts, review_of
from functions.api.rehearsing import Found, Sending
from functions.api.releasing import entries_between
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import rehearsals as shapes
from functions.api.schemas.rehearsals import AccountAccess, Effect
from functions.api.standing import for_post, standing_of
from functions.api.voicing import voice_of
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.explaining import STOPPED
from shared.core.lifecycle import S
from shared.core.models import MINUTE, Millis
from shared.core.ports import DeliverySummary
from shared.core.rate import calls_pace, uploads_pace
from shared.core.schedule import TOLERANCE, instant, rfc3339
from shared.core.services import Api
from shared.core.voice import CODE, Voice
from shared.core.workspaces import Account, AccountState, JobKind
from shared.store.views import excerpt

DAY: Millis = 24 * 60 * MINUTE
USUAL, LONGEST = 7, 14
"""Days."""
MOST = 500
"""Deliveries of one rehearsal: each post is read whole, one after the other."""
FRESH: Millis = 10 * MINUTE
"""An account that was verified so lately is not asked again."""
PLANNED = frozenset({S.SCHEDULED, S.PREPARING, S.CLAIMED, S.RETRY, *STOPPED})

routes = Routes("Rehearsals", "What would become of everything that is planned.")


@routes.add(
    "POST",
    "/v1/rehearsals",
    "Rehearse the next days",
    body=shapes.Rehearse,
    answer=shapes.Rehearsal,
    also={202: shapes.Rehearsal},
    repeatable=False,
)
def rehearse(api: Api, call: Call, *, body: shapes.Rehearse) -> Answer:
    """Everything planned for this time, run through the real checks: account, what the network
    takes, files, how much it takes in how much time, approval, pauses, the same words twice.
    Nothing is sent or changed.

    Whether an account's credential still works is asked of its network by a job each, unless that
    was done in the last ten minutes: then the answer is 202. Rehearse again once the jobs are done.
    Answers to what is in the inbox leave at once and are not rehearsed.
    """
    start, end = _span(body, now=call.now)
    known = known_accounts(api, call)
    wanted = _wanted(body, known)
    sendings, covered = _planned(api, call, known, wanted, start=start, end=end)
    found = _findings(api, call, sendings, known)
    accounts = _accounts(api, call, sendings, known)
    shown = shapes.Rehearsal(
        since=rfc3339(start),
        until=rfc3339(end),
        deliveries=len(sendings),
        complete=covered == end,
        covered_to=rfc3339(covered),
        ok=all(f.effect is Effect.NOTICE for f in found)
        and all(a.access is AccountAccess.WORKS for a in accounts),
        findings=[_shown(each) for each in found],
        accounts=accounts,
    )
    checking = any(a.job is not None for a in accounts)
    return Answer(shown, status=202 if checking else 200)


def _span(body: shapes.Rehearse, *, now: Millis) -> tuple[Millis, Millis]:
    start = instant(body.since, where="since") if body.since else now
    if start < now - TOLERANCE:
        words = "A rehearsal looks ahead; leave `since` out, or give a later time."
        raise InvalidDraft([Problem("since", "past_date", words)])
    if body.until is None:
        return start, start + (body.days or USUAL) * DAY
    if body.days is not None:
        raise InvalidDraft([Problem("until", "choose_one", "Give either `days` or `until`.")])
    end = instant(body.until, where="until")
    if not start < end <= start + LONGEST * DAY:
        words = f"`until` is at most {LONGEST} days after the start, and not before it."
        raise InvalidDraft([Problem("until", "out_of_range", words)])
    return start, end


def _wanted(body: shapes.Rehearse, known: Mapping[str, Account]) -> Collection[str]:
    if body.account_ids is None:
        return known.keys()
    unknown = [n for n, account_id in enumerate(body.account_ids) if account_id not in known]
    if unknown:
        words = "There is no such account in this workspace."
        raise InvalidDraft(
            [Problem(f"account_ids[{n}]", "unknown_account", words) for n in unknown]
        )
    return body.account_ids


def _planned(
    api: Api,
    call: Call,
    known: Mapping[str, Account],
    wanted: Collection[str],
    *,
    start: Millis,
    end: Millis,
) -> tuple[list[Sending], Millis]:
    """What is planned, each post read whole, and the instant before which none is missing."""
    found: list[Sending] = []
    workspace = standing_of(api, call.workspace_id, known)

    def concerns(delivery: DeliverySummary) -> bool:
        return delivery.state in PLANNED and delivery.account_id in wanted

    for entry in entries_between(api, call.workspace_id, start, end):
        if entry.post.elsewhere or not any(concerns(d) for d in entry.deliveries):
            continue
        if len(found) >= MOST:
            return found, entry.post.due_at or end
        try:
            record = api.store.post(call.workspace_id, entry.post.id)
        except NotFound:
            continue
        standing = for_post(workspace, record.post)
        found += [
            Sending(record.post, d, known[d.account_id], standing)
            for d in record.deliveries
            if d.state in PLANNED and d.account_id in wanted
        ]
    return found, end


def _findings(
    api: Api, call: Call, sendings: Sequence[Sending], known: Mapping[str, Account]
) -> list[Found]:
    going = [s for s in sendings if s.delivery.state not in STOPPED]
    sizes = _sizes(api, going)
    found: list[Found] = []
    voice = voice_of(api, call)
    for sending in sendings:
        found += rehearsing.by_standing(sending, now=call.now)
    for sending in going:
        found += _by_content(api, sending, known, voice)
        found += rehearsing.by_files(sending, sizes)
        found += rehearsing.by_preparing(sending, now=call.now)
    found += rehearsing.by_twins(going)
    for of_profile in _by_profile(going):
        found += _by_pace(api, of_profile)
    return sorted(found, key=lambda f: (f.sending.at, f.sending.delivery.id))


def _sizes(api: Api, going: Sequence[Sending]) -> dict[str, int | None]:
    """Each file is looked at once, however many posts show it."""
    sizes: dict[str, int | None] = {}
    for key in sorted(rehearsing.all_files(going)):
        try:
            sizes[key] = api.bucket.size(key)
        except NotFound:
            sizes[key] = None
    return sizes


def _by_content(
    api: Api, sending: Sending, known: Mapping[str, Account], voice: Voice
) -> Iterable[Found]:
    """What its network and the brand's voice say of it, in the very words that planning gives."""
    review = replace(review_of(api, sending.post, known, voice), wanted=(sending.account.id,))
    wrong = [*review.wrong, *(problem for problem, of in review.unfinished if of)]
    for p in wrong:
        if p.code.startswith(CODE):  # a rule that is younger than the plan keeps nothing back
            todo = "It leaves as it is; edit it if the rule is meant for it, too."
            yield Found(sending, Effect.NOTICE, p.code, p.message, todo, p.where)
        else:
            yield Found(sending, Effect.STOPS, p.code, p.message, "Edit the post.", p.where)
    for p, _ in review.notices:
        yield Found(sending, Effect.NOTICE, p.code, p.message, "", p.where)


def _by_profile(going: Sequence[Sending]) -> Iterable[list[Sending]]:
    groups: defaultdict[str, list[Sending]] = defaultdict(list)
    for sending in going:
        groups[sending.account.profile].append(sending)
    return groups.values()


def _by_pace(api: Api, going: list[Sending]) -> list[Found]:
    """As the publisher paces itself under the network's own numbers."""
    account = going[0].account
    numbers = api.platforms.capabilities(account.platform).numbers_for(account)
    return rehearsing.by_pace(
        going,
        calls=calls_pace(numbers),
        uploads=uploads_pace(numbers),
        lead=api.timing.prepare_lead,
    )


def _accounts(
    api: Api, call: Call, sendings: Sequence[Sending], known: Mapping[str, Account]
) -> list[shapes.RehearsedAccount]:
    """With a job for each whose credential nobody has tried lately: the api cannot open it."""
    planned: defaultdict[str, int] = defaultdict(int)
    for sending in sendings:
        planned[sending.account.id] += 1
    jobs, shown = [], []
    for account_id in sorted(planned):
        account = known[account_id]
        access, job = _access(account, now=call.now), None
        if access is AccountAccess.CHECKING:
            job = new_job(api, call, JobKind.VERIFY, account_id)
            api.store.create_job(job)
            jobs.append(job)
        shown.append(
            shapes.RehearsedAccount(
                account_id=account_id,
                planned=planned[account_id],
                access=access,
                job=views.job(job) if job else None,
            )
        )
    enqueue_jobs(api, jobs)
    return shown


def _access(account: Account, *, now: Millis) -> AccountAccess:
    if account.state is not AccountState.CONNECTED:
        return AccountAccess.LOST
    fresh = account.verified_at is not None and account.verified_at >= now - FRESH
    return AccountAccess.WORKS if fresh else AccountAccess.CHECKING


def _shown(found: Found) -> shapes.RehearsalFinding:
    sending = found.sending
    return shapes.RehearsalFinding(
        post_id=sending.post.id,
        delivery_id=sending.delivery.id,
        account_id=sending.account.id,
        excerpt=excerpt(sending.post.content),
        due_at=rfc3339(sending.at),
        effect=found.effect,
        code=found.code,
        words=found.words,
        todo=found.todo,
        where=found.where,
        other_post_id=found.other_post_id,
    )
