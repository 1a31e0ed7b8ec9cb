"""What is left of deleted posts for a while, and posts by their ids: what calendar feeds need."""

from collections.abc import Mapping, Sequence

from shared.core.feeds import GONE, GonePost
from shared.core.models import Millis, Post
from shared.store import items, keys
from shared.store.attributes import Item, build
from shared.store.base import SharedStore
from shared.store.dynamo import Write, put
from shared.store.records import data_of, home, record, tail, without


class DynamoGone(SharedStore):
    def posts(self, workspace_id: str, post_ids: Sequence[str]) -> Mapping[str, Post]:
        wanted = {post_id: keys.post_key(workspace_id, post_id) for post_id in post_ids}
        found = self._table.read_many(list(wanted.values()))
        return {
            post_id: items.post_from(found[key]) for post_id, key in wanted.items() if key in found
        }

    def gone_posts(self, workspace_id: str, *, since: Millis, limit: int) -> Sequence[GonePost]:
        found, _ = self._table.query(
            keys.workspace_pk(workspace_id),
            low=f"GONE#{keys.instant(since)}",
            high="GONE#~",
            forward=False,
            limit=limit,
        )
        return [_gone_from(item) for item in found]


def gone_writes(post: Post, *, at: Millis) -> list[Write]:
    """Nothing for what stands in no calendar."""
    gone = gone_post(post, at=at)
    if gone is None:
        return []
    key = keys.gone_key(gone.workspace_id, gone.id, at=gone.deleted_at)
    data = without(gone, "id", "workspace_id", "deleted_at")
    return [put(record(key, data, expires=(at + GONE) // 1_000))]


def gone_post(post: Post, *, at: Millis) -> GonePost | None:
    if post.plan is None or post.reply_to is not None or post.elsewhere is not None:
        return None
    return GonePost(
        id=post.id,
        workspace_id=post.workspace_id,
        due_at=post.plan.at,
        deleted_at=at,
        version=post.version + 1,
        account_ids=post.account_ids,
        created_by=post.created_by,
        campaign=post.campaign,
    )


def _gone_from(item: Item) -> GonePost:
    at = int(item["sk"]["S"].split("#")[1])
    key = {"id": tail(item), "workspace_id": home(item)[0], "deleted_at": at}
    return build(GonePost, data_of(item) | key)
