"""What the simulations of listening did to themselves: faults and events, counted over all seeds.

`make prove` prints it as a table at the end: nobody need believe in a fault that never happened.
"""

from collections import Counter

COUNTS: Counter[str] = Counter()


def note(what: str) -> None:
    COUNTS[what] += 1


def table(counts: Counter[str]) -> list[str]:
    width = max(map(len, counts), default=0)
    return [f"{what:<{width}}  {number:>12,}" for what, number in sorted(counts.items())]
