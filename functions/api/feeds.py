"""Calendar feeds: making, changing and revoking their links. `subscribed.py` serves them."""

from dataclasses import replace

from functions.api import keeping
from functions.api.auth import secret_hash
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import feeds as shapes
from shared.core.campaigns import Campaign, called
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.feeds import CalendarFeed
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.validation import text_problem

MOST = 100
"""Feeds of one workspace."""

routes = Routes("Feeds", "Secret links by which calendar programs show what is planned.")


@routes.add("GET", "/v1/feeds", "List feeds", answer=out.Page[shapes.Feed])
def list_feeds(api: Api, call: Call) -> Answer:
    """Their links are never shown again; renew one to get another."""
    found = [feed_view(feed) for feed in api.store.all_kept(CalendarFeed, call.workspace_id)]
    return Answer(out.Page[shapes.Feed](items=found, next=None))


@routes.add(
    "POST",
    "/v1/feeds",
    "Create a feed",
    body=shapes.FeedCreate,
    answer=shapes.FeedWithLink,
    status=201,
    unkept="link",
)
def create_feed(api: Api, call: Call, *, body: shapes.FeedCreate) -> Answer:
    """Of the whole workspace, or narrowed to an account, a campaign or a person.

    It shows what was planned for the last 60 days and what is planned for the next 180, at most
    1,000 posts. Nobody has to sign in to read it: treat its link as a password. It works as long as
    you belong to the workspace.
    """
    if problem := text_problem("name", body.name):
        raise InvalidDraft([problem])
    secret = api.secrets.new()
    made = CalendarFeed(
        id=api.ids.new("fed"),
        workspace_id=call.workspace_id,
        name=body.name,
        secret_hash=secret_hash(secret),
        created_at=call.now,
        created_by=call.by,
        link_made_at=call.now,
        account_id=_account(api, call, body.account_id),
        campaign=_campaign(api, call, body.campaign),
        person=body.person,
        text=body.text,
        drafts=body.drafts,
        holder=_holder(call),
    )
    keeping.add(api, call, made, what="feed", most=MOST)
    return Answer(_with_link(made, secret), status=201, version=made.version)


def _holder(call: Call) -> str | None:
    return call.person.email if call.person else None


def _account(api: Api, call: Call, account_id: str | None) -> str | None:
    if account_id is None:
        return None
    try:
        return api.store.account(call.workspace_id, account_id).id
    except NotFound:
        words = "There is no such account in this workspace."
        raise InvalidDraft([Problem("account_id", "unknown_account", words)]) from None


def _campaign(api: Api, call: Call, words: str | None) -> str | None:
    if words is None:
        return None
    found = called(api.store.all_kept(Campaign, call.workspace_id), words)
    if found is None:
        said = "There is no such campaign in this workspace; `GET /v1/campaigns` lists them."
        raise InvalidDraft([Problem("campaign", "unknown_campaign", said)])
    return found.id


@routes.add(
    "PATCH",
    "/v1/feeds/{feed_id}",
    "Change a feed",
    body=shapes.FeedEdit,
    answer=shapes.Feed,
    if_match=True,
)
def edit_feed(api: Api, call: Call, *, feed_id: str, body: shapes.FeedEdit) -> Answer:
    """Its name and what it shows. Its link stays."""
    if problem := text_problem("name", body.name or ""):
        raise InvalidDraft([problem])
    given = {k: v for k in sorted(body.model_fields_set) if (v := getattr(body, k)) is not None}

    def decide(feed: CalendarFeed) -> CalendarFeed:
        return replace(feed, **given)

    saved = keeping.change(api, call, CalendarFeed, feed_id, what="feed", decide=decide)
    return Answer(feed_view(saved), version=saved.version)


@routes.add(
    "POST",
    "/v1/feeds/{feed_id}/renew",
    "Renew a feed's link",
    answer=shapes.FeedWithLink,
    unkept="link",
)
def renew_feed(api: Api, call: Call, *, feed_id: str) -> Answer:
    """The link that worked so far stops working at once. The new one is yours: it works as long as
    you belong to the workspace, whoever made the feed.
    """
    secret = api.secrets.new()

    def decide(feed: CalendarFeed) -> CalendarFeed:
        hashed, holder = secret_hash(secret), _holder(call)
        return replace(feed, secret_hash=hashed, link_made_at=call.now, holder=holder)

    saved = keeping.change(
        api, call, CalendarFeed, feed_id, what="feed", decide=decide, done="renewed"
    )
    return Answer(_with_link(saved, secret), version=saved.version)


@routes.add(
    "DELETE", "/v1/feeds/{feed_id}", "Revoke a feed", answer=None, status=204, if_match=True
)
def revoke_feed(api: Api, call: Call, *, feed_id: str) -> Answer:
    """Its link stops working at once. What calendars have read already stays with them."""

    keeping.drop(api, call, CalendarFeed, feed_id, what="feed", done="revoked")
    return Answer(None, status=204)


def _with_link(feed: CalendarFeed, secret: str) -> shapes.FeedWithLink:
    # The secret stands in the query because access logs hold paths, but no queries.
    link = f"/feeds/{feed.workspace_id}/{feed.id}.ics?key={secret}"
    return shapes.FeedWithLink(**feed_view(feed).model_dump(), link=link)


def feed_view(feed: CalendarFeed) -> shapes.Feed:
    return shapes.Feed(
        id=feed.id,
        name=feed.name,
        account_id=feed.account_id,
        campaign=feed.campaign,
        person=feed.person,
        text=feed.text,
        drafts=feed.drafts,
        created_at=rfc3339(feed.created_at),
        created_by=feed.created_by,
        link_made_at=rfc3339(feed.link_made_at),
        version=feed.version,
    )
