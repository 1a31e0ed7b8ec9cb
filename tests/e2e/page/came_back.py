"""What came back, put where the functions that listen and count leave it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.core.engagement import (
    Author,
    InboxItem,
    ItemKind,
    SeenItem,
    conversation_id,
    elsewhere_delivery_id,
    elsewhere_post_id,
    item_id,
)
from shared.core.lifecycle import S, published_at
from shared.core.models import (
    MINUTE,
    Content,
    Delivery,
    Elsewhere,
    MediaKind,
    Millis,
    Plan,
    Post,
    Remote,
    SeenMedia,
    Target,
)
from shared.core.rollup import AccountDay, Series, Snapshot, utc_day
from shared.core.workspaces import AuditEntry
from tests.e2e.page.api_server import ApiServer

HOUR = 60 * MINUTE
DAY = 24 * HOUR


def receive(
    server: ApiServer,
    text: str,
    *,
    name: str = "María García",
    account: str = "",
    ago: Millis = 5 * MINUTE,
    conversation: str = "",
    seen: Mapping[str, Any] | None = None,
    **changes: Any,
) -> InboxItem:
    """Somebody writes to Ada; each is a conversation of its own unless one is named."""
    to, number = account or server.ada, len(server.store.inbox_items)
    remote_id, at = f"seen-{number}", server.clock.now() - ago
    handle = f"@{name.split()[0].lower()}"
    author = Author(name, handle, name, f"https://fake.example/{handle}", "https://cdn.example/a")
    url = f"https://fake.example/{handle}/{number}"
    shown = SeenItem(ItemKind.REPLY, Target(remote_id), author, text, at, url=url)
    item = InboxItem(
        id=item_id(to, remote_id),
        workspace_id=server.workspace_id,
        account_id=to,
        platform="fake",
        conversation_id=conversation_id(to, conversation or remote_id),
        seen=replace(shown, **(seen or {})),
        at=at,
        received_at=at + MINUTE,
    )
    item = replace(item, **changes)
    assert server.store.engagement.add_item(item)
    return item


def made_elsewhere(server: ApiServer, text: str, *, at: Millis, number: int = 1) -> str:
    """A post with a picture and a film that was found on Ada's profile; answers its id."""
    remote = Remote(f"there-{number}", f"https://fake.example/@ada/there-{number}")
    media = (
        SeenMedia(MediaKind.IMAGE, "https://cdn.example/1.jpg", "A blue door"),
        SeenMedia(MediaKind.VIDEO, "https://cdn.example/2.mp4"),
    )
    post = Post(
        id=elsewhere_post_id(server.ada, remote.id),
        workspace_id=server.workspace_id,
        content=Content(text),
        account_ids=(server.ada,),
        created_at=at,
        created_by="@ada",
        updated_at=at,
        plan=Plan(at),
        elsewhere=Elsewhere(at + HOUR, media),
    )
    delivery = Delivery(
        id=elsewhere_delivery_id(server.ada, remote.id),
        workspace_id=server.workspace_id,
        post_id=post.id,
        account_id=server.ada,
        platform="fake",
        state=S.PUBLISHED,
        due_at=at,
        created_at=at + HOUR,
        live=(remote,),
    )
    assert server.store.engagement.create_elsewhere(post, delivery)
    return post.id


def published(
    server: ApiServer, text: str, *, at: Millis, platforms: Mapping[str, str]
) -> Sequence[Delivery]:
    """A post of ours that is live on several accounts; `platforms` by account."""
    post = Post(
        id=f"pst_{len(server.store.post_items):026d}",
        workspace_id=server.workspace_id,
        content=Content(text),
        account_ids=tuple(platforms),
        created_at=at,
        created_by="key",
        updated_at=at,
        plan=Plan(at),
    )
    made = [
        Delivery(
            id=f"dlv_{account_id.removeprefix('acc_')}",
            workspace_id=server.workspace_id,
            post_id=post.id,
            account_id=account_id,
            platform=platform,
            state=S.PUBLISHED,
            due_at=at,
            created_at=at,
            sent_at=at,
            live=(Remote(f"live-{account_id}"),),
        )
        for account_id, platform in platforms.items()
    ]
    entry = AuditEntry(f"aud_{post.id[4:]}", server.workspace_id, at, "key", "post.created")
    server.store.create_post(post, made, entry)
    return made


def count_post(
    server: ApiServer,
    delivery: Delivery,
    taken: Sequence[tuple[Millis, Mapping[str, int]]],
    *,
    platform: str = "fake",
) -> None:
    """`taken`: how long after it was published, and what its network reported then."""
    began = published_at(delivery)
    series = Series(
        workspace_id=server.workspace_id,
        account_id=delivery.account_id,
        platform=platform,
        post_id=delivery.post_id,
        delivery_id=delivery.id,
        remotes=delivery.live,
        published_at=began,
        snapshots=tuple(Snapshot(began + after, values) for after, values in taken),
    )
    assert server.store.engagement.create_series(series)


def count_account(server: ApiServer, account: str, at: Millis, **values: int) -> None:
    """What was reported of a profile; one reading a day is kept."""
    day = AccountDay(server.workspace_id, account, utc_day(at), (Snapshot(at, values),))
    server.store.engagement.save_account_day(None, day)


def deliveries_of(server: ApiServer, post_id: str) -> Sequence[Delivery]:
    return server.store.post(server.workspace_id, post_id).deliveries
