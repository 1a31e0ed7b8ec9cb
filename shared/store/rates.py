"""What all workers share of a profile's budget and of a server's trouble.

Budgets are moved on by arithmetic in the table, guarded by where they stand: workers that come at
the same moment all get through, one after the other, without reading again.
"""

from collections.abc import Mapping, Sequence

from shared.core import rate
from shared.core.errors import Conflict
from shared.core.models import Millis
from shared.core.rate import Breaker, Budget, Meter, Pace
from shared.core.workspaces import Account
from shared.store import keys
from shared.store.attributes import Item, attribute, build
from shared.store.base import SharedStore
from shared.store.dynamo import Write, update
from shared.store.keys import Key
from shared.store.records import SCHEMA, data_of

_LIFE_S = 3 * 24 * 60 * 60
"""Longer than a line or a network's patience ever is."""


class RateStore(SharedStore):
    def standing(self, account: Account, meter: Meter) -> tuple[Budget, Breaker]:
        wanted = rate_keys(account, meter)
        return standing_from(self._table.read_many(wanted), wanted)

    def spend(
        self, account: Account, meter: Meter, pace: Pace, *, seen: Budget, now: Millis, cost: int
    ) -> bool:
        """The same as `rate.taken`, without reading first; `seen` says what to try first."""
        key, moved = keys.budget_key(account.profile, meter), cost * pace.interval
        latest = now + rate.ahead(pace, cost)
        values = {":now": attribute(now)}
        calm = " AND (attribute_not_exists(#parked_until) OR #parked_until <= :now)"
        rested = _set(
            key,
            "arrival",
            now + moved,
            condition="(attribute_not_exists(#arrival) OR #arrival < :now)" + calm,
            values=values,
        )
        running = _add(
            key,
            "arrival",
            moved,
            until=latest + moved,
            condition="#arrival BETWEEN :now AND :latest" + calm,
            values=values | {":latest": attribute(latest)},
        )
        tries = [rested, running] if seen.arrival < now else [running, rested]
        return any(self._moved(write) is not None for write in tries)

    def queue_up(
        self, account: Account, meter: Meter, pace: Pace, *, not_before: Millis, cost: int
    ) -> Millis:
        """The same as `rate.in_line`, without reading first."""
        key, moved = keys.budget_key(account.profile, meter), cost * pace.interval
        values = {":first": attribute(not_before)}
        behind = _add(
            key,
            "line",
            moved,
            until=not_before + moved,
            condition="#line >= :first",
            values=values,
        )
        first = _set(
            key,
            "line",
            not_before + moved,
            condition="attribute_not_exists(#line) OR #line < :first",
            values=values,
        )
        for write in (behind, first, behind):  # a line only grows, so the third finds one
            item = self._moved(write)
            if item is not None:
                return budget_from(item).line - moved
        raise Conflict("the line keeps moving", code="contended")

    def park(self, account: Account, meter: Meter, *, until: Millis) -> bool:
        write = _set(
            keys.budget_key(account.profile, meter),
            "parked_until",
            until,
            condition="attribute_not_exists(#parked_until) OR #parked_until < :until",
            values={":until": attribute(until)},
        )
        return self._moved(write) is not None

    def breaker(self, account: Account) -> Breaker:
        return breaker_from(self._table.read(keys.breaker_key(account.platform, account.server)))

    def save_breaker(self, account: Account, before: Breaker, after: Breaker) -> bool:
        sets = {
            "failures": attribute(after.failures),
            "failed_at": attribute(after.failed_at),
            "open_until": attribute(after.open_until),
            "version": attribute(before.version + 1),
        } | _beside(max(before.failed_at, after.failed_at))
        write = update(
            keys.breaker_key(account.platform, account.server),
            sets=sets,
            condition="#version = :before" if before.version else "attribute_not_exists(#version)",
            values={":before": attribute(before.version)} if before.version else None,
        )
        return self._moved(write) is not None

    def _moved(self, write: Write) -> Item | None:
        """The item as it is now; None when it does not stand where `write` wants it."""
        try:
            return self._table.write(write)
        except Conflict:
            return None


def rate_keys(account: Account, meter: Meter) -> list[Key]:
    """A profile's budget and its server's breaker."""
    return [
        keys.budget_key(account.profile, meter),
        keys.breaker_key(account.platform, account.server),
    ]


def standing_from(found: Mapping[Key, Item], wanted: Sequence[Key]) -> tuple[Budget, Breaker]:
    """Both among what was `found`; as of one never spoken to where there is none."""
    if not wanted:
        return Budget(), Breaker()
    budget, breaker = wanted
    return budget_from(found.get(budget)), breaker_from(found.get(breaker))


def budget_from(item: Item | None) -> Budget:
    return Budget() if item is None else build(Budget, data_of(item))


def breaker_from(item: Item | None) -> Breaker:
    return Breaker() if item is None else build(Breaker, data_of(item))


def _set(key: Key, name: str, value: Millis, *, condition: str, values: Item) -> Write:
    sets = {name: attribute(value)} | _beside(value)
    return update(key, sets=sets, condition=condition, values=values)


def _add(key: Key, name: str, by: Millis, *, until: Millis, condition: str, values: Item) -> Write:
    return update(
        key,
        sets=_beside(until),
        formulas=[f"#{name} = #{name} + :by"],
        condition=condition,
        values=values | {":by": attribute(by)},
    )


def _beside(until: Millis) -> Item:
    return {"expires": attribute(until // 1_000 + _LIFE_S), "v": attribute(SCHEMA)}
