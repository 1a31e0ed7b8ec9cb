"""The table that `make bench` prints: a row a figure, with its goal where there is one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`goal` is an upper bound; None where a figure is only reported."""

    what: str
    value: float
    unit: str = ""
    goal: float | None = None

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "ok" if self.value <= self.goal else "MISSED"


Section = tuple[str, Callable[[], Sequence[Row]]]


def printed(title: str, rows: Sequence[Row]) -> str:
    """The section as Markdown."""
    lines = [f"### {title}", "", "| what | value | goal | |", "|---|---|---|---|"]
    for row in rows:
        goal = "" if row.goal is None else f"≤ {number(row.goal)}{row.unit}"
        lines.append(f"| {row.what} | {number(row.value)}{row.unit} | {goal} | {row.verdict} |")
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
