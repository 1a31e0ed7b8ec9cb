"""What one item and one transaction can hold, refused in words before DynamoDB refuses it in code.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (2026-11-21):
an item has at most 400 KB, a transaction at most 100 members.
"""

import json

from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Post
from shared.store.attributes import plain

TRANSACTION = 100
DELIVERIES = 90
"""Of one post; what is left of a transaction is for the post, its audit entry and jobs."""
POST_BYTES = 350_000
"""Of everything a person wrote in one post; what is left of an item is for its other attributes."""


def check_post(post: Post, *, deliveries: int) -> None:
    """Raises InvalidDraft (`too_large`, `too_many_accounts`)."""
    size = len(json.dumps(plain(post.content), ensure_ascii=False).encode())
    if size > POST_BYTES:
        words = (
            f"Texts, variants and alt texts take {size:,} bytes together; a post can hold "
            f"{POST_BYTES:,}. Shorten them or split the post."
        )
        raise InvalidDraft([Problem("text", "too_large", words)])
    check_deliveries(deliveries)


def check_deliveries(deliveries: int) -> None:
    """Raises InvalidDraft (`too_many_accounts`)."""
    if deliveries > DELIVERIES:
        words = f"One post can go to at most {DELIVERIES} accounts; split it into several posts."
        raise InvalidDraft([Problem("account_ids", "too_many_accounts", words)])
