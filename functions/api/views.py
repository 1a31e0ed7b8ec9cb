"""From what is stored to what the API answers."""

from collections.abc import Callable, Iterable, Sequence

from functions.api.schemas import answers as out
from shared.core import models, ports, workspaces
from shared.core.allowing import holding
from shared.core.content import approval_hash
from shared.core.errors import Problem
from shared.core.explaining import Explanation
from shared.core.lifecycle import lateness
from shared.core.pauses import at_once
from shared.core.platform import Capabilities, Verb
from shared.core.ports import CalendarEntry, PostRecord
from shared.core.posts import PostStatus, is_approved, is_by_hand, status_of
from shared.core.schedule import rfc3339


def time(at: models.Millis | None) -> str | None:
    return None if at is None else rfc3339(at)


def finding(problem: Problem, account_id: str | None = None) -> out.Finding:
    return out.Finding(
        where=problem.where,
        code=problem.code,
        message=problem.message,
        account_id=account_id,
        rule=problem.rule or None,
    )


def findings(problems: Iterable[Problem], account_id: str | None = None) -> list[out.Finding]:
    return [finding(problem, account_id) for problem in problems]


def error(failure: models.Failure | None) -> out.Error | None:
    if failure is None:
        return None
    return out.Error(code=failure.code, message=failure.message, at=rfc3339(failure.at))


def pause(switch: workspaces.Pause | None) -> out.PauseInForce | None:
    return None if switch is None else in_force(switch)


def in_force(switch: workspaces.Pause) -> out.PauseInForce:
    return out.PauseInForce(
        at=rfc3339(switch.at), by=switch.by, reason=switch.reason, until=time(switch.until)
    )


def workspace(found: workspaces.Workspace) -> out.Workspace:
    return out.Workspace(
        id=found.id,
        name=found.name,
        timezone=found.timezone,
        max_lateness=found.max_lateness // models.MINUTE,
        missed_window=found.missed_window,
        requires_approval=found.requires_approval,
        paused=pause(at_once(found)),
        archived_at=time(found.archived_at),
        created_at=rfc3339(found.created_at),
        version=found.version,
    )


def platform(facts: Capabilities) -> out.Platform:
    return out.Platform(
        name=facts.platform,
        title=facts.title,
        connect_fields=[
            out.ConnectField(
                name=f.name,
                label=f.label,
                secret=f.secret,
                required=f.required,
                example=f.example,
            )
            for f in facts.connect_fields
        ],
        visibilities=sorted(facts.visibilities),
        content_warning=facts.content_warning,
        threads=facts.threads,
        link_cards=facts.link_cards,
        max_images=facts.max_images,
        image_mimes=sorted(facts.image_mimes),
        video_mimes=sorted(facts.video_mimes),
        can_edit=Verb.EDIT in facts.verbs,
        can_delete=Verb.DELETE in facts.verbs,
        can_reply=facts.replies,
        can_like=Verb.LIKE in facts.verbs,
        can_hide=Verb.HIDE in facts.verbs,
        can_find_people=Verb.FIND_PEOPLE in facts.verbs,
    )


def account(found: workspaces.Account) -> out.Account:
    return out.Account(
        id=found.id,
        platform=found.platform,
        server=found.server,
        handle=found.handle,
        display_name=found.display_name,
        label=found.label,
        state=found.state,
        paused=pause(at_once(found)),
        limits=dict(found.limits),
        verified_at=time(found.verified_at),
        error=error(found.error),
        created_at=rfc3339(found.created_at),
        version=found.version,
    )


def job(found: workspaces.Job) -> out.Job:
    return out.Job(
        id=found.id,
        kind=found.kind,
        state=found.state,
        account_id=found.account_id,
        post_id=found.post_id,
        delivery_id=found.delivery_id,
        item_id=found.item_id,
        created_at=rfc3339(found.created_at),
        error=error(found.error),
    )


def key(found: workspaces.ApiKey) -> out.Key:
    return out.Key(
        id=found.id,
        name=found.name,
        workspace_ids=None if found.workspaces is None else list(found.workspaces),
        created_at=rfc3339(found.created_at),
        created_by=found.created_by,
        expires_at=time(found.expires_at),
        revoked_at=time(found.revoked_at),
        role=found.role,
        person=found.person,
        browser=found.browser,
    )


def media_refs(media: Iterable[models.Media]) -> list[out.MediaRef]:
    return [
        out.MediaRef(id=m.id, mime=m.mime, width=m.width, height=m.height, alt=m.alt) for m in media
    ]


def web_address(url: str | None) -> str | None:
    """What a network gave as an address, if a page may link to it."""
    return url if url is not None and url.startswith(("https://", "http://")) else None


def seen_media(media: Iterable[models.SeenMedia]) -> list[out.SeenMedia]:
    return [
        out.SeenMedia(kind=m.kind, url=url, alt=m.alt) for m in media if (url := web_address(m.url))
    ]


def elsewhere(found: models.Elsewhere | None) -> out.Elsewhere | None:
    if found is None:
        return None
    return out.Elsewhere(
        found_at=rfc3339(found.found_at),
        edited_at=time(found.edited_at),
        media=seen_media(found.media),
    )


def parts(found: Iterable[models.Part]) -> list[out.Part]:
    return [out.Part(text=p.text, media=media_refs(p.media)) for p in found]


def options(found: models.Options) -> out.Options:
    return out.Options(
        visibility=found.visibility,
        content_warning=found.content_warning,
        sensitive=found.sensitive,
        languages=list(found.languages),
    )


def links(found: models.FrozenLinks | None) -> out.Links | None:
    if found is None:
        return None
    parameters = [out.LinkParameter(name=p.name, value=p.value) for p in found.parameters]
    return out.Links(domains=list(found.domains), parameters=parameters)


def card(found: models.LinkCard | None) -> out.LinkCard | None:
    if found is None:
        return None
    return out.LinkCard(
        url=found.url,
        title=found.title,
        description=found.description,
        media_id=found.media.id if found.media else None,
    )


def variant(found: models.Variant) -> out.Variant:
    return out.Variant(
        text=found.text,
        media=None if found.media is None else media_refs(found.media),
        parts=None if found.parts is None else parts(found.parts),
        options=None if found.options is None else options(found.options),
        first_comment=found.first_comment,
        card=card(found.card),
    )


def plan(found: models.Plan | None) -> out.Plan | None:
    if found is None:
        return None
    return out.Plan(
        at=rfc3339(found.at),
        local=found.local,
        timezone=found.timezone,
        fold=found.fold,
        nonexistent="refuse" if found.nonexistent == "refuse" else "shift",
    )


def explanation(found: Explanation) -> out.Explanation:
    return out.Explanation(words=found.words, next_at=time(found.next_at), todo=found.todo)


def live_part(remote: models.Remote) -> out.LivePart:
    return out.LivePart(remote_id=None if is_by_hand(remote) else remote.id, url=remote.url)


def delivery(
    found: models.Delivery, said: Explanation, evidence: out.Evidence | None
) -> out.Delivery:
    live = [live_part(remote) for remote in found.live]
    return out.Delivery(
        id=found.id,
        account_id=found.account_id,
        platform=found.platform,
        state=found.state,
        due_at=rfc3339(found.due_at),
        claimed_at=time(found.claimed_at),
        sent_at=time(found.sent_at),
        accepted_at=time(found.accepted_at),
        lateness_ms=lateness(found),
        remote_id=live[0].remote_id if live else None,
        url=live[0].url if live else None,
        error=error(found.error),
        held_reason=found.held_reason,
        parts=found.parts,
        live=live,
        attempts=found.attempt,
        explanation=explanation(said),
        evidence=evidence,
        transitions=[
            out.Transition(at=rfc3339(t.at), state=t.state, why=t.why, by=t.by)
            for t in found.transitions
        ],
    )


def approval(found: models.Post) -> out.Approval | None:
    if found.approval is None:
        return None
    return out.Approval(
        by=found.approval.by,
        at=rfc3339(found.approval.at),
        valid=found.approval.content_hash == approval_hash(found),
    )


def allowances(found: models.Post) -> list[out.Allowance]:
    return [
        out.Allowance(rule=each.rule, reason=each.reason, by=each.by, at=rfc3339(each.at))
        for each in holding(found)
    ]


def status(found: models.Post, deliveries: Iterable[models.Delivery]) -> PostStatus:
    return status_of(
        [(d.state, d.held_reason) for d in deliveries],
        cancelled=found.cancelled_at is not None,
        approved=is_approved(found),
    )


def post(
    record: PostRecord,
    notices: Sequence[out.Finding] = (),
    *,
    said: Callable[[models.Delivery], tuple[Explanation, out.Evidence | None]],
) -> out.Post:
    """`said`: what each delivery's state means, and the evidence where nobody can tell."""
    found = record.post
    return out.Post(
        id=found.id,
        status=status(found, record.deliveries),
        origin="elsewhere" if found.elsewhere else "tidings",
        elsewhere=elsewhere(found.elsewhere),
        reply_to=found.reply_to.item_id if found.reply_to else None,
        text=found.content.text,
        media=media_refs(found.content.media),
        parts=parts(found.content.parts),
        variants={k: variant(v) for k, v in found.content.variants.items()},
        options=options(found.content.options),
        first_comment=found.content.first_comment,
        card=card(found.content.card),
        links=links(found.content.links),
        account_ids=list(found.account_ids),
        plan=plan(found.plan),
        tags=list(found.tags),
        campaign=found.campaign,
        requires_approval=found.requires_approval,
        approval=approval(found),
        allowances=allowances(found),
        content_hash=approval_hash(found),
        missed_window=found.missed_window,
        created_at=rfc3339(found.created_at),
        created_by=found.created_by,
        updated_at=rfc3339(found.updated_at),
        edited_by=found.edited.by if found.edited else found.created_by,
        edited_at=rfc3339(found.edited.at if found.edited else found.created_at),
        versions=found.versions,
        cancelled_at=time(found.cancelled_at),
        version=found.version,
        deliveries=[delivery(d, *said(d)) for d in record.deliveries],
        jobs=[job(j) for j in record.jobs],
        audit=[audit_entry(e) for e in record.audit],
        notices=list(notices),
    )


def audit_entry(entry: workspaces.AuditEntry) -> out.AuditEntry:
    return out.AuditEntry(
        id=entry.id,
        at=rfc3339(entry.at),
        by=entry.by,
        action=entry.action,
        detail=dict(entry.detail),
    )


def delivery_summary(found: ports.DeliverySummary) -> out.DeliverySummary:
    return out.DeliverySummary(
        id=found.id,
        account_id=found.account_id,
        platform=found.platform,
        state=found.state,
        due_at=rfc3339(found.due_at),
        sent_at=time(found.sent_at),
        url=found.url,
        held_reason=found.held_reason,
        error_code=found.error_code,
    )


def entry_status(entry: CalendarEntry) -> PostStatus:
    return status_of(
        [(d.state, d.held_reason) for d in entry.deliveries],
        cancelled=entry.post.cancelled,
        approved=entry.post.approved or not entry.post.requires_approval,
    )


def post_summary(entry: CalendarEntry) -> out.PostSummary:
    found = entry.post
    return out.PostSummary(
        id=found.id,
        status=entry_status(entry),
        origin="elsewhere" if found.elsewhere else "tidings",
        excerpt=found.excerpt,
        media_count=found.media_count,
        part_count=found.part_count,
        account_ids=list(found.account_ids),
        tags=list(found.tags),
        campaign=found.campaign,
        due_at=time(found.due_at),
        requires_approval=found.requires_approval,
        approved=found.approved,
        updated_at=rfc3339(found.updated_at),
        created_by=found.created_by,
        version=found.version,
        deliveries=[delivery_summary(d) for d in entry.deliveries],
    )
