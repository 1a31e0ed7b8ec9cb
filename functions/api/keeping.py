"""Small things that a workspace keeps: found, added, changed and removed alike, whatever they are.

Each change is a line in the audit trail, with the thing's id and name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from functions.api.acting import audit_entry
from functions.api.changing import repeating
from functions.api.routing import Call
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.kept import Kept
from shared.core.searching import holds
from shared.core.services import Api


class Named(Kept, Protocol):
    @property
    def name(self) -> str: ...


K = TypeVar("K", bound=Kept)
N = TypeVar("N", bound=Named)


def found(
    api: Api, call: Call, kind: type[N], search: str, *, texts: Callable[[N], Iterable[str]]
) -> list[N]:
    """Those that hold every word of `search`, by name."""
    kept = api.store.all_kept(kind, call.workspace_id)
    fit = [thing for thing in kept if holds(search, thing.name, *texts(thing))]
    return sorted(fit, key=lambda thing: (thing.name.casefold(), thing.id))


def anything(known: object) -> None:
    """No objection."""


def add(
    api: Api,
    call: Call,
    made: N,
    *,
    what: str,
    most: int,
    check: Callable[[Sequence[N]], None] = anything,
) -> None:
    """`check` is handed those that there are. Raises what it raises, and Conflict (`too_many_…`)
    when there are `most` already.
    """
    known = api.store.all_kept(type(made), call.workspace_id)
    if len(known) >= most:
        words = f"A workspace has at most {most} of these; delete some that nobody needs."
        raise Conflict(words, code=f"too_many_{what}s")
    check(known)
    api.store.keep(made, audit_entry(api, call, f"{what}.created", id=made.id, name=made.name))


def change(
    api: Api,
    call: Call,
    kind: type[N],
    thing_id: str,
    *,
    what: str,
    decide: Callable[[N], N],
    done: str = "changed",
) -> N:
    """Raises Stale when it is not the version that the client saw."""

    def once() -> N:
        before = api.store.kept(kind, call.workspace_id, thing_id)
        call.check_match(before.version)
        after = decide(before)
        entry = audit_entry(api, call, f"{what}.{done}", id=after.id, name=after.name)
        return api.store.change_kept(before, after, entry)

    return repeating(once)


def drop(
    api: Api,
    call: Call,
    kind: type[N],
    thing_id: str,
    *,
    what: str,
    done: str = "deleted",
    check: Callable[[N], None] = anything,
) -> None:
    """Raises Stale, and what `check` raises."""

    def once() -> None:
        thing = api.store.kept(kind, call.workspace_id, thing_id)
        call.check_match(thing.version)
        check(thing)
        entry = audit_entry(api, call, f"{what}.{done}", id=thing.id, name=thing.name)
        api.store.drop_kept(thing, entry)

    repeating(once)


def require_own_name(made: Named, known: Iterable[Named]) -> None:
    """Raises InvalidDraft (`name_taken`): people tell them apart by it."""
    taken = {each.name.casefold() for each in known if each.id != made.id}
    if made.name.casefold() in taken:
        words = "There is one of this name already; choose another."
        raise InvalidDraft([Problem("name", "name_taken", words)])


def only(api: Api, blank: K) -> K:
    """What a workspace has one of: as it was written last, else `blank`, with version 0."""
    try:
        return api.store.kept(type(blank), blank.workspace_id, blank.id)
    except NotFound:
        return blank


def change_only(
    api: Api, call: Call, blank: K, decide: Callable[[K], K], action: str, **detail: str
) -> K:
    """The same, changed. Raises Stale when it is not the version that the client saw."""

    def once() -> K:
        before = only(api, blank)
        call.check_match(before.version)
        after: Any = decide(before)
        entry = audit_entry(api, call, action, **detail)
        if before.version:
            changed: K = api.store.change_kept(before, after, entry)
            return changed
        first: K = replace(after, version=1)
        api.store.keep(first, entry)
        return first

    return repeating(once)
