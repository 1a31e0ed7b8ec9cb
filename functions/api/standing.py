"""What a post's deliveries are waiting for: read when somebody looks, then said in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.api import views
from functions.api.schemas import answers as out
from shared.core.content import draft_of
from shared.core.explaining import DEPENDS, Explanation, explain
from shared.core.hindrances import Standing
from shared.core.lifecycle import S
from shared.core.models import Delivery, Millis, Post
from shared.core.platform import Verb
from shared.core.ports import PostRecord
from shared.core.posts import is_approved
from shared.core.services import Api
from shared.core.workspaces import Account


def post_view(
    api: Api,
    record: PostRecord,
    notices: Sequence[out.Finding] = (),
    *,
    now: Millis,
    standing: Standing | None = None,
) -> out.Post:
    """The post as the API shows it. `standing`: what is known already; else it is read, though not
    for what is at rest.
    """
    states = {delivery.state for delivery in record.deliveries}
    if standing is None and states & (DEPENDS | {S.UNCONFIRMED}):
        standing = for_post(standing_of(api, record.post.workspace_id), record.post)
    holds = standing or Standing(approved=is_approved(record.post))

    def said(delivery: Delivery) -> tuple[Explanation, out.Evidence | None]:
        return explain(delivery, holds, now=now), _evidence(api, record, delivery, holds)

    return views.post(record, notices, said=said)


def standing_of(
    api: Api, workspace_id: str, accounts: Mapping[str, Account] | None = None
) -> Standing:
    """As a workspace, its accounts (unless they were read already) and the installation are."""
    if accounts is None:
        accounts = {a.id: a for a in api.store.accounts(workspace_id)}
    return Standing(
        workspace=api.store.workspace(workspace_id),
        accounts=accounts,
        installation=api.store.installation(),
    )


def for_post(standing: Standing, post: Post) -> Standing:
    """The same with what one post says of itself."""
    return replace(
        standing,
        approved=is_approved(post),
        missed_window=post.missed_window,
        tags=post.tags,
    )


def _evidence(
    api: Api, record: PostRecord, delivery: Delivery, standing: Standing
) -> out.Evidence | None:
    account = (standing.accounts or {}).get(delivery.account_id)
    if delivery.state is not S.UNCONFIRMED or account is None:
        return None
    draft = draft_of(record.post, account)
    number = min(len(delivery.live), len(draft.parts) - 1)
    part, error = draft.parts[number], delivery.error
    # The intent is written a moment before the instant at which the request leaves.
    sent = None if delivery.attempt_at is None else max(delivery.attempt_at, delivery.due_at)
    return out.Evidence(
        sent_at=views.time(sent),
        part=number + 1,
        text=part.text,
        media=views.media_refs(part.media),
        card=views.card(part.card),
        content_warning=draft.options.content_warning,
        answered=error.message if error else None,
        answered_at=views.time(error.at if error else None),
        looked=_looked(api, delivery, account),
        where=account.server,
    )


def _looked(api: Api, delivery: Delivery, account: Account) -> str:
    """Why looking for it on the network did not clear it up."""
    facts = api.platforms.capabilities(delivery.platform)
    if Verb.LOCATE not in facts.verbs:
        return f"{facts.title} offers no way to ask what was published, so Tidings cannot look."
    looks = sum(step.state is S.UNKNOWN for step in delivery.transitions)
    times = "once" if looks == 1 else f"{looks} times"
    return f"Tidings looked on {account.handle} {times} and could not find out."
