"""From the records of the long proof to the tables of docs/proof.md."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulation.publishing.watch import KINDS

CLASSES = ("R", "K", "L", "P", "N")
PUBLISHING = ("seeds", "single crashes", "crash pairs")


@dataclass(frozen=True)
class Part:
    """One kind of work: how many units and seeds it has, and what those that were run say."""

    planned: int
    size: int
    records: Sequence[Mapping[str, Any]]

    @property
    def counts(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for record in self.records:
            total.update(record["counts"])
        return total

    @property
    def failed(self) -> list[str]:
        return [name for record in self.records for name in record["failed"]]

    @property
    def cpu(self) -> float:
        return sum(float(record["cpu"]) for record in self.records)

    @property
    def share(self) -> str:
        """How much of it was run."""
        done = len(self.records)
        return "all" if done == self.planned else f"{100 * done / self.planned:.1f} %"


def rewritten(page: str, parts: Mapping[str, Part], *, commit: str, when: str) -> str:
    """The page with its tables as the records have them; the words around them stay."""
    page = _put(page, "publishing", _publishing(parts, commit, when))
    return _put(page, "listening", _listening(parts, commit, when))


def with_long_forms(
    page: str,
    files: Mapping[str, Mapping[str, Any]],
    counts: Mapping[str, int],
) -> str:
    """The same for tests that have a long form. `files`: what the last run of each found."""
    rows = [
        [
            f"`{file}`",
            f"{found['commit']}, {found['when']}",
            f"{found['run']:,}",
            f"{found['failed']:,}",
            f"{found['seconds'] / 60:.1f} min",
        ]
        for file, found in sorted(files.items())
    ]
    tried = [[what, f"{number:,}"] for what, number in sorted(counts.items())]
    lines = ["", *_table(("tests", "at commit", "run", "failed", "time"), rows), ""]
    return _put(page, "long forms", [*lines, *_table(("what was tried", "times"), tried), ""])


def _put(page: str, name: str, lines: Sequence[str]) -> str:
    begins, ends = f"<!-- {name}: written by make prove -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begins)}.*?{re.escape(ends)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"docs/proof.md has no place for {name}: {begins}")
    body = "\n".join([begins, *lines, ends])
    return pattern.sub(lambda _: body, page)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


def _publishing(parts: Mapping[str, Part], commit: str, when: str) -> list[str]:
    rows = []
    for name in PUBLISHING:
        part = parts[name]
        counts = part.counts
        done = [part.share, f"{counts['runs']:,}", f"{counts['posts']:,}", f"{counts['crashes']:,}"]
        rows.append([name, *done, f"{counts['faults']:,}", f"{part.cpu / 3600:.1f} h"])
    broken = [[kind, *(f"{parts[n].counts[kind]:,}" for n in PUBLISHING)] for kind in KINDS]
    total: Counter[str] = Counter()
    for name in PUBLISHING:
        total.update(parts[name].counts)
    asked = [[kind, f"{total[f'posts {kind}']:,}", _share(total, kind)] for kind in CLASSES]
    return [
        "",
        f"At commit {commit}, {when}.",
        "",
        *_table(("part", "run", "runs", "posts", "crashes injected", "faults in all", "CPU"), rows),
        "",
        *_table(("promises broken", *PUBLISHING), broken),
        "",
        *_table(("class", "posts", "left unconfirmed, for a person to say"), asked),
        *_failures([parts[name] for name in PUBLISHING]),
        "",
    ]


def _share(total: Counter[str], kind: str) -> str:
    posts = total[f"posts {kind}"]
    return f"{100 * total[f'unconfirmed {kind}'] / posts:.2f} %" if posts else "not run"


def _listening(parts: Mapping[str, Part], commit: str, when: str) -> list[str]:
    rows = [
        [
            name,
            part.share,
            f"{part.counts['runs']:,}",
            f"{part.size:,}",
            f"{part.counts['failed']:,}",
            f"{part.cpu / 3600:.1f} h",
        ]
        for name, part in parts.items()
        if name in ("listening", "counting")
    ]
    counts = parts["listening"].counts
    exercised = [
        [what.removeprefix("exercised "), f"{number:,}"]
        for what, number in sorted(counts.items())
        if what.startswith("exercised ")
    ]
    return [
        "",
        f"At commit {commit}, {when}.",
        "",
        *_table(("part", "run", "seeds run", "of", "failed", "CPU"), rows),
        *_failures([parts["listening"], parts["counting"]]),
        "",
        *(["What the seeds of listening exercised:", ""] if exercised else []),
        *(_table(("what", "times"), exercised) if exercised else []),
        "",
    ]


def _failures(parts: Sequence[Part]) -> list[str]:
    failed = [name for part in parts for name in part.failed]
    return ["", f"**Failed: {len(failed):,}**, first: {'; '.join(failed[:5])}"] if failed else []
