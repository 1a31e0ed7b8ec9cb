"""Findings of the calendar as the API answers them, in words that say how to mend them."""

from functions.api.schemas import calendar as shapes
from shared.core import gaps

_CONFLICTS = {
    "too_close": "Two posts of one account within {limit} minutes: move one of them.",
    "same_words": "One account would say the same words twice within {limit} hours: change or "
    "cancel one of them.",
    "too_many": "{posts} posts of one account on this day, and it may have {limit}: move some to "
    "another day.",
}


def conflict(found: gaps.Conflict) -> shapes.CalendarConflict:
    words = _CONFLICTS[found.code].format(limit=found.limit, posts=len(found.post_ids))
    return shapes.CalendarConflict.model_validate(
        {
            "code": found.code,
            "account_id": found.account_id,
            "date": found.day.isoformat(),
            "post_ids": list(found.post_ids),
            "limit": found.limit,
            "message": words,
        }
    )


def gap(found: gaps.Gap) -> shapes.CalendarGap:
    days = (found.last_day - found.first_day).days + 1
    words = f"Nothing is planned for {days} days in a row: plan something between."
    if found.code == "below_target":
        words = f"{found.posts} of {found.target} posts are planned or live: plan more."
    return shapes.CalendarGap.model_validate(
        {
            "code": found.code,
            "account_id": found.account_id,
            "first_day": found.first_day.isoformat(),
            "last_day": found.last_day.isoformat(),
            "posts": found.posts,
            "target": found.target,
            "message": words,
        }
    )


def week(counted: gaps.Week) -> shapes.CalendarWeek:
    return shapes.CalendarWeek(
        account_id=counted.account_id,
        first_day=counted.first_day.isoformat(),
        planned=counted.planned,
        published=counted.published,
        target=counted.target,
    )
