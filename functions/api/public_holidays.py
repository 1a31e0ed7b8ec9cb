"""Public holidays of countries, from the `holidays` package: loaded for those that are shown only.

See docs/decisions/0026-the-calendar.md for what that costs.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

from shared.core.values import dataclass

LANGUAGE = "en_US"
"""Of the names: the page's own. A country whose holidays have no English names keeps its own."""
_COUNTRIES = "holidays.countries"


@dataclass(frozen=True, slots=True)
class Holiday:
    day: date
    name: str


@lru_cache(maxsize=1)
def countries() -> Mapping[str, str]:
    """Names by ISO 3166 code, in the order of the names."""
    named = {codes[1]: _title(module) for module, codes in _registry().items()}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


@lru_cache(maxsize=64)
def parts_of(code: str) -> tuple[str, ...]:
    """The subdivisions of a country that have holidays of their own."""
    return tuple(_country(code).subdivisions)


def country_problem(given: str) -> str | None:
    """Why there are no holidays of `given`; None: there are."""
    code, _, part = given.partition("-")
    if code not in countries():
        return f"There are no holidays of {given!r}; `GET /v1/calendar/countries` lists whose."
    if part and part not in parts_of(code):
        known = ", ".join(parts_of(code)) or "none"
        return f"{code} has no part {part!r} with holidays of its own; there are: {known}."
    return None


def holidays_between(given: str, first: date, last: date) -> Iterator[Holiday]:
    """In the order of their days; none for a code that a later release of the package dropped."""
    if country_problem(given) is None:
        for year in range(first.year, last.year + 1):
            yield from (h for h in _year(given, year) if first <= h.day <= last)


@lru_cache(maxsize=256)
def _year(given: str, year: int) -> tuple[Holiday, ...]:
    code, _, part = given.partition("-")
    kind = _country(code)
    language = LANGUAGE if LANGUAGE in kind.supported_languages else None
    found = kind(subdiv=part or None, years=year, expand=False, language=language)
    return tuple(Holiday(day, found[day]) for day in sorted(found))


def _country(code: str) -> Any:
    """The package's class. Its own `__init__` would load the rules of all 250 countries, a second
    of CPU: a package without one is put in its place, so that a country is loaded by itself.
    """
    registry = _registry()
    if _COUNTRIES not in sys.modules:
        bare = ModuleType(_COUNTRIES)
        bare.__path__ = [f"{place}/countries" for place in import_module("holidays").__path__]
        sys.modules[_COUNTRIES] = bare
    module, codes = next((m, c) for m, c in registry.items() if c[1] == code)
    return getattr(import_module(f"{_COUNTRIES}.{module}"), codes[0])


def _registry() -> Mapping[str, tuple[str, ...]]:
    found: Mapping[str, tuple[str, ...]] = import_module("holidays.registry").COUNTRIES
    return found


def _title(module: str) -> str:
    words = module.replace("_", " ").title()
    return words.replace(" And ", " and ").replace(" Of ", " of ").replace(" The ", " the ")
