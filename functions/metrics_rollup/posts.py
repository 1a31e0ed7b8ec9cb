"""Posts: their parts asked about in the network's largest batches, each stored by itself."""

from collections.abc import Iterator, Mapping, Sequence

from functions.metrics_rollup.keeping import keep_series, note_gone
from functions.metrics_rollup.visit import Visit
from shared.core.engagement import Metrics
from shared.core.models import Remote
from shared.core.rollup import Series, Snapshot, combined
from shared.core.sampling import gone, sampled

Reported = Mapping[str, Metrics | None]


def count_posts(visit: Visit, series: Sequence[Series]) -> Iterator[tuple[Series, bool]]:
    """Each post that was asked about, and whether its network said anything. Raises Enough, and
    what the adapter raises; what was yielded before is stored.
    """
    for batch in _batches(series, visit.batch):
        remotes = [remote for one in batch for remote in one.remotes]
        reported = visit.ask(lambda platform, r=remotes: platform.post_metrics(r))  # type: ignore[misc]  # mypy cannot type a default in a lambda
        for one in batch:
            yield one, _keep(visit, one, reported)


def _batches(series: Sequence[Series], size: int) -> Iterator[list[Series]]:
    """As many whole posts as fit into one call; a longer thread goes alone."""
    batch: list[Series] = []
    parts = 0
    for one in series:
        if batch and parts + len(one.remotes) > size:
            yield batch
            batch, parts = [], 0
        batch.append(one)
        parts += len(one.remotes)
    if batch:
        yield batch


def _keep(visit: Visit, series: Series, reported: Reported) -> bool:
    """False when nothing was said of one of its parts: a sum without it would lie."""
    parts = _parts(series.remotes, reported)
    if parts is None:
        return False
    now, unit = visit.listener.clock.now(), visit.listener.timing.sampling
    if all(values is None for values in parts):
        note_gone(visit.store, series, now=now)
        keep_series(visit.store, visit.account, series, lambda s: gone(s, now=now))
        return True
    snapshot = Snapshot(now, combined(parts))
    keep_series(
        visit.store, visit.account, series, lambda s: sampled(s, snapshot, now=now, unit=unit)
    )
    visit.taken += 1
    return True


def _parts(remotes: Sequence[Remote], reported: Reported) -> list[Metrics | None] | None:
    if not all(remote.id in reported for remote in remotes):
        return None
    return [reported[remote.id] for remote in remotes]
