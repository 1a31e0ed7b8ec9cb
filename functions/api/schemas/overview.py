"""Shapes of what is seen of all brands at once."""

from typing import Annotated

from pydantic import Field

from functions.api.schemas.base import Id
from functions.api.schemas.health import Attention
from functions.api.schemas.inbox import InboxItem
from functions.api.schemas.posts import PostSummary
from functions.api.schemas.requests import ListQuery
from shared.core.posts import PostStatus


class OverviewPostsQuery(ListQuery):
    status: Annotated[PostStatus, Field(strict=False)] | None = None
    since: str | None = Field(default=None, max_length=64, description="Due at or after, RFC 3339.")
    until: str | None = Field(default=None, max_length=64, description="Due before, RFC 3339.")


class OverviewInboxQuery(ListQuery):
    hours: Annotated[int, Field(ge=1, le=24 * 90, strict=False)] = Field(
        default=24, description="How long it has been waiting at least; at most 90 days are shown."
    )


class OverviewPost(PostSummary):
    workspace_id: Id


class OverviewAttention(Attention):
    workspace_id: Id


class OverviewItem(InboxItem):
    workspace_id: Id
