"""What the inbox takes and answers."""

from typing import Annotated

from pydantic import ConfigDict, Field

from functions.api.schemas.answers import Error, Finding, MediaRef, PostSummary, SeenMedia
from functions.api.schemas.base import GivenId, Id, Input, Output, Time
from functions.api.schemas.requests import ListQuery, MediaIds, OptionsInput, Text, Words
from shared.core.engagement import ItemKind, ItemState
from shared.core.models import DeliveryState, HeldReason


class InboxQuery(ListQuery):
    q: Words = None
    account_id: GivenId | None = Field(default=None, description="Only what came to this account.")
    kind: Annotated[ItemKind, Field(strict=False)] | None = None
    state: Annotated[ItemState, Field(strict=False)] | None = None
    answered: Annotated[bool, Field(strict=False)] | None = Field(
        default=None,
        description="`true`: only what was answered, here or on the network itself; "
        "`false`: only what was not.",
    )


class ItemEdit(Input):
    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "closed"}]})

    state: ItemState


class ReplyCreate(Input):
    """An answer: words, files, or both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Thank you! We open at six."}]}
    )

    text: Text = ""
    media_ids: MediaIds = ()
    options: OptionsInput | None = Field(
        default=None,
        description="How the answer is shown. Visibility and content warning are those of what it "
        "answers where you leave them out, so that nothing private is answered in public.",
    )
    close: bool = Field(default=True, description="Close the item with this answer.")


class Author(Output):
    """Whoever wrote it, as the network names them."""

    handle: str
    name: str
    url: str | None
    avatar: str | None


class Can(Output):
    """What can be done with it here, as its network and its account allow."""

    reply: bool
    like: bool
    hide: bool


class LatestReply(Output):
    """The latest answer that was given here, in short."""

    post_id: Id
    delivery_id: Id
    at: Time
    by: str
    state: DeliveryState | None = Field(description="null when the answer was deleted.")
    held_reason: HeldReason | None
    error: Error | None


class InboxItem(Output):
    """Somebody's reply, mention or quote."""

    id: Id
    account_id: Id
    platform: str
    kind: ItemKind
    state: ItemState
    ours: bool = Field(
        description="The account itself wrote it, on the network. Only in conversations."
    )
    author: Author
    text: str
    content_warning: str
    visibility: str
    media: list[SeenMedia]
    url: str | None
    created_at: Time = Field(description="As the network says; it may be backdated.")
    received_at: Time = Field(description="When it was taken in.")
    edited_at: Time | None
    deleted_at: Time | None = Field(
        description="It is gone from the network; its words are kept for those who answer."
    )
    post_id: Id | None = Field(description="The post that it is about, if that is one of yours.")
    liked: bool
    hidden: bool
    can: Can
    reply: LatestReply | None
    answered_at: Time | None = Field(
        description="null while nobody answered, and again when an answer did not go out."
    )
    version: int


class Reply(Output):
    """What was answered here: a post of its own, with one delivery."""

    post_id: Id
    delivery_id: Id
    item_id: Id = Field(description="What it answers.")
    state: DeliveryState
    held_reason: HeldReason | None
    error: Error | None
    text: str
    content_warning: str
    visibility: str
    media: list[MediaRef]
    url: str | None
    created_at: Time
    created_by: str
    sent_at: Time | None


class Entry(Output):
    """One message of a conversation: exactly one of `item` and `reply`."""

    at: Time
    item: InboxItem | None
    reply: Reply | None


class Conversation(Output):
    item: InboxItem
    post: PostSummary | None = Field(
        description="The post that it is about; null when that is not one of yours."
    )
    entries: list[Entry] = Field(
        description="Oldest first: what others wrote, what the account wrote on the network, and "
        "what was answered here."
    )
    complete: bool = Field(
        description="False when there is more than fits: then it is what was written around the "
        "item."
    )


class Replied(Output):
    reply: Reply
    item: InboxItem
    notices: list[Finding] = Field(description="Worth knowing about what you just did.")
