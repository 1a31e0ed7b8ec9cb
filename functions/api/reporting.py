"""Numbers of several deliveries added up, with the networks that each of them covers. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from functions.api.schemas import metrics as out
from functions.api.views import time
from shared.core.folding import By, Cell, folded
from shared.core.models import Millis, Post
from shared.core.rollup import (
    FOLLOWERS,
    AccountDay,
    Audience,
    Series,
    Snapshot,
    audience,
    engagement,
    engagement_rate,
)
from shared.core.schedule import local_day, rfc3339, to_datetime
from shared.core.values import dataclass
from shared.store.views import excerpt

FollowersAt = Callable[[Millis], int | None]


@dataclass(frozen=True, slots=True)
class Counted:
    """A delivery's series, and what is known of its account's followers."""

    series: Series
    followers: FollowersAt

    @property
    def latest(self) -> Snapshot | None:
        return self.series.snapshots[-1] if self.series.snapshots else None

    @property
    def audience(self) -> Audience | None:
        last = self.latest
        return audience(last.values, followers=self.followers(last.at)) if last else None


def followers_at(days: Iterable[AccountDay]) -> FollowersAt:
    """From an instant to the followers as they were last reported by then."""
    known = sorted(
        (snapshot.at, snapshot.values[FOLLOWERS])
        for day in days
        for snapshot in day.snapshots
        if FOLLOWERS in snapshot.values
    )

    def at(moment: Millis) -> int | None:
        place = bisect_right(known, moment, key=lambda pair: pair[0])
        return known[place - 1][1] if place else None

    return at


def added(reported: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counters added up, each over those that report it."""
    sums: dict[str, int] = {}
    for values in reported:
        for name, value in values.items():
            sums[name] = sums.get(name, 0) + value
    return dict(sorted(sums.items()))


def numbers(counted: Sequence[Counted]) -> dict[str, Any]:
    """The fields of `Numbers`."""
    known = [(one, last) for one in counted if (last := one.latest) is not None]
    networks: dict[str, set[str]] = {}
    for one, last in known:
        for name in _reported(one, last):
            networks.setdefault(name, set()).add(one.series.platform)
    return {
        "at": time(max((last.at for _, last in known), default=None)),
        "metrics": added(last.values for _, last in known),
        "networks": {name: sorted(found) for name, found in sorted(networks.items())},
        "engagement": _engagement(known),
    }


def _reported(one: Counted, last: Snapshot) -> Iterable[str]:
    yield from last.values
    if engagement(last.values) is not None:
        yield "engagement"
        if one.audience is not None:
            yield "engagement_rate"


def _engagement(known: Sequence[tuple[Counted, Snapshot]]) -> out.Engagement | None:
    found = [(e, one.audience) for one, last in known if (e := engagement(last.values))]
    if not found:
        return None
    rated = [(e.total, seen) for e, seen in found if seen is not None]
    size = sum(seen.size for _, seen in rated)
    return out.Engagement.model_validate(
        {
            "total": sum(e.total for e, _ in found),
            "counted": sorted({name for e, _ in found for name in e.counted}),
            "rate": engagement_rate(sum(total for total, _ in rated), size) if rated else None,
            "audience": size if rated else None,
            "per": sorted({seen.per for _, seen in rated}),
        }
    )


def cells(found: Iterable[Cell], place: ZoneInfo, by: By) -> list[out.MetricsCell]:
    """One whose last snapshot holds no number is a gap like one without a snapshot."""
    return [
        out.MetricsCell(
            start=rfc3339(cell.start),
            label=label(cell.start, place, by),
            at=rfc3339(cell.snapshot.at),
            metrics=dict(cell.snapshot.values),
        )
        for cell in found
        if cell.snapshot.values
    ]


def label(start: Millis, place: ZoneInfo, by: By) -> str:
    """The cell on the clocks of its zone, as ISO 8601 writes it."""
    local = to_datetime(start).astimezone(place)
    digits = {By.DAY: 10, By.MONTH: 7}.get(by)
    return local.isoformat(timespec="minutes")[:digits]


def summed(counted: Sequence[Counted], place: ZoneInfo, by: By) -> list[Cell]:
    """Deliveries added up, cell by cell: one that was not counted in a cell is as it was before."""
    of_each = [
        {c.start: c.snapshot for c in folded(one.series.snapshots, place, by)} for one in counted
    ]
    so_far: dict[int, Snapshot] = {}
    found = []
    for start in sorted({start for one in of_each for start in one}):
        so_far |= {n: one[start] for n, one in enumerate(of_each) if start in one}
        at = max(snapshot.at for snapshot in so_far.values())
        values = added(snapshot.values for snapshot in so_far.values())
        found.append(Cell(start, Snapshot(at, values)))
    return found


def row(counted: Sequence[Counted], key: str | None = None) -> out.ReportRow:
    return out.ReportRow(
        key=key,
        posts=len({one.series.post_id for one in counted}),
        deliveries=len(counted),
        counted=sum(one.latest is not None for one in counted),
        **numbers(counted),
    )


def rows(
    counted: Sequence[Counted], keys_of: Callable[[Series], Iterable[str | None]]
) -> list[out.ReportRow]:
    """A row per key, in their order; what has no key comes last."""
    groups: dict[str | None, list[Counted]] = {}
    for one in counted:
        for key in keys_of(one.series):
            groups.setdefault(key, []).append(one)
    ordered = sorted(groups, key=lambda key: (key is None, key or ""))
    return [row(groups[key], key) for key in ordered]


def ranked(counted: Sequence[Counted], by: out.Ranking) -> list[list[Counted]]:
    """What was published, post by post, the best first; the younger of equals, and last those of
    which nobody reported that number.
    """
    posts: dict[str, list[Counted]] = {}
    for one in counted:
        posts.setdefault(one.series.post_id, []).append(one)

    def place(found: list[Counted]) -> tuple[bool, float, Millis]:
        value = _value(numbers(found), by)
        return value is None, -(value or 0), -min(one.series.published_at for one in found)

    return sorted(posts.values(), key=place)


def _value(shown: Mapping[str, Any], by: out.Ranking) -> float | None:
    reached: out.Engagement | None = shown["engagement"]
    if by is out.Ranking.ENGAGEMENT:
        return reached.total if reached else None
    if by is out.Ranking.ENGAGEMENT_RATE:
        return reached.rate if reached else None
    value: int | None = shown["metrics"].get(by.value)
    return value


def ranked_post(counted: Sequence[Counted], post: Post | None) -> out.RankedPost:
    return out.RankedPost(
        post_id=counted[0].series.post_id,
        excerpt=excerpt(post.content) if post else "",
        account_ids=sorted({one.series.account_id for one in counted}),
        published_at=rfc3339(min(one.series.published_at for one in counted)),
        **numbers(counted),
    )


def date_key(by: out.Grouping, place: ZoneInfo) -> Callable[[Series], Iterable[str]]:
    """The day, week or month in which a delivery was published."""

    def key(series: Series) -> Iterable[str]:
        return (_written(local_day(series.published_at, place), by),)

    return key


def _written(day: date, by: out.Grouping) -> str:
    if by is out.Grouping.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat()[: 7 if by is out.Grouping.MONTH else 10]
