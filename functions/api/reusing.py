"""What is kept to be used again: found by name, changed and removed, whichever kind it is."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from functions.api.acting import audit_entry
from functions.api.changing import repeating
from functions.api.routing import Call
from shared.core.errors import Conflict, InvalidDraft, Problem
from shared.core.kept import Kept
from shared.core.services import Api
from shared.core.snippets import MOST


class Named(Kept, Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def found(
    api: Api, call: Call, kind: type[N], search: str, *, texts: Callable[[N], Iterable[str]]
) -> list[N]:
    """Those that hold every word of `search`, by name."""
    words = search.casefold().split()

    def holds(thing: N) -> bool:
        said = " ".join((thing.name, *texts(thing))).casefold()
        return all(word in said for word in words)

    kept = [thing for thing in api.store.all_kept(kind, call.workspace_id) if holds(thing)]
    return sorted(kept, key=lambda thing: (thing.name.casefold(), thing.id))


def add(api: Api, call: Call, made: Named, *, what: str) -> None:
    """Raises InvalidDraft when there is one of this name, Conflict when there are too many."""
    known = api.store.all_kept(type(made), call.workspace_id)
    if len(known) >= MOST:
        words = f"A workspace has at most {MOST} of these; delete some that nobody uses."
        raise Conflict(words, code="too_many")
    _require_own_name(made, known)
    api.store.keep(made, audit_entry(api, call, f"{what}.created", id=made.id, name=made.name))


def change(
    api: Api, call: Call, kind: type[N], thing_id: str, *, what: str, decide: Callable[[N], N]
) -> N:
    def once() -> N:
        before = api.store.kept(kind, call.workspace_id, thing_id)
        call.check_match(before.version)
        after = decide(before)
        if after.name != before.name:
            _require_own_name(after, api.store.all_kept(kind, call.workspace_id))
        entry = audit_entry(api, call, f"{what}.changed", id=after.id, name=after.name)
        return api.store.change_kept(before, after, entry)

    return repeating(once)


def drop(api: Api, call: Call, kind: type[Named], thing_id: str, *, what: str) -> None:
    def once() -> None:
        thing = api.store.kept(kind, call.workspace_id, thing_id)
        call.check_match(thing.version)
        entry = audit_entry(api, call, f"{what}.deleted", id=thing.id, name=thing.name)
        api.store.drop_kept(thing, entry)

    repeating(once)


def _require_own_name(made: Named, known: Iterable[Named]) -> None:
    """It is inserted by its name."""
    taken = {each.name.casefold() for each in known if each.id != made.id}
    if made.name.casefold() in taken:
        words = "There is one of this name already; choose another."
        raise InvalidDraft([Problem("name", "duplicate", words)])
