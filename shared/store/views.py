"""What the indexes for timers and the calendar show. Pure; the fake store shares it."""

from collections.abc import Iterable, Iterator

from shared.core.content import approval_hash, part_count
from shared.core.models import (
    Content,
    Delivery,
    DeliveryState,
    Media,
    Millis,
    Post,
    Variant,
    WakeKind,
)
from shared.core.ports import DeliverySummary, PostSummary, Wake
from shared.core.workspaces import Job

EXCERPT = 140
"""Characters of a post's text that lists show."""
ELSEWHERE = "elsewhere"
"""The `state` that marks a post made elsewhere in the calendar index. Posts have no state of their
own, and what an index projects cannot be changed where it is deployed.
"""


def excerpt(content: Content) -> str:
    """The first words: of the base, or of the first variant that has any."""
    texts = [content.text, *(part.text for part in content.parts), content.first_comment]
    texts += [variant.text or "" for variant in content.variants.values()]
    texts += [content.card.title] if content.card else []
    text = next((t for t in texts if t.strip()), "")
    words = " ".join(text[: EXCERPT * 4].split())
    return words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…"


def media_of(content: Content) -> Iterator[Media]:
    """Every file that any account would show."""
    written: Iterable[Content | Variant] = (content, *content.variants.values())
    for each in written:
        yield from each.media or ()
        for part in each.parts or ():
            yield from part.media
        if each.card and each.card.media:
            yield each.card.media


def post_summary(post: Post) -> PostSummary:
    approval, elsewhere = post.approval, post.elsewhere
    return PostSummary(
        id=post.id,
        workspace_id=post.workspace_id,
        excerpt=excerpt(post.content),
        media_count=len({media.id for media in media_of(post.content)})
        + (len(elsewhere.media) if elsewhere else 0),
        part_count=part_count(post.content),
        account_ids=post.account_ids,
        tags=post.tags,
        campaign=post.campaign,
        due_at=post.plan.at if post.plan else None,
        requires_approval=post.requires_approval,
        approved=approval is not None and approval.content_hash == approval_hash(post),
        cancelled=post.cancelled_at is not None,
        updated_at=post.updated_at,
        created_by=post.created_by,
        version=post.version,
        elsewhere=elsewhere is not None,
    )


def delivery_summary(delivery: Delivery) -> DeliverySummary:
    return DeliverySummary(
        id=delivery.id,
        post_id=delivery.post_id,
        account_id=delivery.account_id,
        platform=delivery.platform,
        state=delivery.state,
        due_at=delivery.due_at,
        sent_at=delivery.sent_at,
        url=delivery.live[0].url if delivery.live else None,
        held_reason=delivery.held_reason,
        error_code=delivery.error.code if delivery.error else None,
    )


def arrival(kind: WakeKind, state: str, *, due_at: Millis, wake_at: Millis) -> Millis:
    """When a message about a timer should arrive.

    A planned send is wanted at its due instant wherever its timer stands (dispatching moves the
    timer on); everything else, preparing and retries included, is wanted when its timer rings.
    """
    planned = kind is WakeKind.PUBLISH and state == DeliveryState.SCHEDULED
    return due_at if planned else wake_at


def delivery_wake(delivery: Delivery) -> Wake | None:
    """The delivery's timer, None when it has none."""
    kind, wake_at = delivery.wake_kind, delivery.wake_at
    if kind is None or wake_at is None:
        return None
    return Wake(
        kind=kind,
        workspace_id=delivery.workspace_id,
        id=delivery.id,
        post_id=delivery.post_id,
        account_id=delivery.account_id,
        state=delivery.state,
        due_at=arrival(kind, delivery.state, due_at=delivery.due_at, wake_at=wake_at),
        wake_at=wake_at,
    )


def job_wake(job: Job) -> Wake | None:
    """The job's timer, None when it has none. `post_id` stays None: that marks it as a job's."""
    if job.wake_at is None:
        return None
    return Wake(
        kind=WakeKind.PUBLISH,
        workspace_id=job.workspace_id,
        id=job.id,
        post_id=None,
        account_id=job.account_id,
        state=job.state,
        due_at=job.wake_at,
        wake_at=job.wake_at,
    )
