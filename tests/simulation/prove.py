"""The long proof: `python -m tests.simulation.prove`. Goes on where it was stopped.

Each unit of work leaves one line in `.proof/records.jsonl`, bound to the code that it tried; what
other code left there does not count. In between and at the end docs/proof.md is written, with how
much of the whole was run.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.core.models import ReconcileClass
from tests.simulation import proof_page, tally
from tests.simulation.publishing import crashes
from tests.simulation.publishing.judging import Tally, judged
from tests.simulation.publishing.scenario import drawn

ROOT = Path(__file__).resolve().parents[2]
PROOF = ROOT / ".proof"
PAGE = ROOT / "docs" / "proof.md"
ALWAYS = ("functions/publish", "shared", "tests/fakes")
PUBLISHING = (*ALWAYS, "functions/api", "tests/simulation/publishing")
"""What a record of publishing is bound to: people edit, cancel and pause in the api."""
LISTENING_TOO = (
    *ALWAYS,
    *("functions/poll_engagement", "functions/metrics_rollup", "tests/simulation"),
)
"""And one of listening or counting."""
BESIDE = ("listening", "counting")
SEEDS = 100_000
LISTENING = 20_000
COUNTING = 2_000
WRITE_EVERY = 300.0
"""Seconds between two states of docs/proof.md."""


@dataclass(frozen=True)
class Unit:
    """Some of a part's work: seeds, or the crashes that can follow one crash."""

    part: str
    kind: str
    start: int
    stop: int

    @property
    def name(self) -> str:
        return f"{self.part} {self.kind} {self.start}-{self.stop}"


@dataclass
class Record:
    """What a unit found; one line of the file."""

    unit: str
    part: str
    counts: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    cpu: float = 0.0


def units() -> list[Unit]:
    """All of it, mixed, so that what is run of it is a fair part of the whole."""
    parts = [list(_single_crashes()), list(_pairs()), list(_seeds())]
    parts += [list(_ranges("listening", LISTENING, 25)), list(_ranges("counting", COUNTING, 50))]
    placed = [
        (n / len(part), i, unit) for i, part in enumerate(parts) for n, unit in enumerate(part)
    ]
    return [unit for _, _, unit in sorted(placed, key=lambda one: one[:2])]


def _ranges(part: str, whole: int, size: int, kind: str = "") -> Iterator[Unit]:
    for start in range(0, whole, size):
        yield Unit(part, kind, start, min(whole, start + size))


def _seeds() -> Iterator[Unit]:
    """As many of each class, in turn."""
    per_class = SEEDS // len(ReconcileClass)
    each = [list(_ranges("seeds", per_class, 250, kind.value)) for kind in ReconcileClass]
    for together in zip(*each, strict=True):
        yield from together


def _single_crashes() -> Iterator[Unit]:
    for kind in ReconcileClass:
        yield Unit("single crashes", kind.value, 0, len(list(crashes.singles(kind))))


def _pairs() -> Iterator[Unit]:
    """One unit for each first crash."""
    for kind in ReconcileClass:
        for first in range(len(list(crashes.singles(kind)))):
            yield Unit("crash pairs", kind.value, first, first + 1)


def work(unit: Unit) -> Record:
    """Run one unit, in a process of its own."""
    begun = time.process_time()
    counts, failed, told = _WORK[unit.part](unit)
    cpu = time.process_time() - begun
    return Record(unit.name, unit.part, dict(counts), failed, told, cpu)


Worked = tuple[Counter[str], list[str], list[str]]


def _publishing(unit: Unit) -> Worked:
    kind = ReconcileClass(unit.kind)
    seen = Tally()
    if unit.part == "seeds":
        told = judged((drawn(seed, kind) for seed in range(unit.start, unit.stop)), seen)
    else:
        chosen = list(crashes.singles(kind))[unit.start : unit.stop]
        if unit.part == "crash pairs":
            chosen = [pair for first in chosen for pair in crashes.seconds(first)]
        told = judged(chosen, seen)
    return seen.counts, seen.failed, told


def _listening(unit: Unit) -> Worked:
    from tests.simulation.test_listening import test_at_rest_all_is_as_the_network_shows_it as run

    return _one_by_one(unit, run)


def _counting(unit: Unit) -> Worked:
    from tests.simulation.test_counting import (
        test_at_rest_numbers_are_what_the_networks_said as run,
    )

    return _one_by_one(unit, run)


def _one_by_one(unit: Unit, run: Any) -> Worked:
    """Tests that take a seed. Whatever they raise is a failure of that seed."""
    tally.COUNTS.clear()
    failed, told = [], []
    for seed in range(unit.start, unit.stop):
        try:
            run(seed)
        except Exception as error:  # noqa: BLE001  counted and told, whatever it is
            failed.append(str(seed))
            told.append(f"{unit.part} {seed}: {type(error).__name__}: {error}")
    runs = unit.stop - unit.start
    exercised = Counter({f"exercised {what}": n for what, n in tally.COUNTS.items()})
    return Counter({"runs": runs, "failed": len(failed)}) + exercised, failed, told


_WORK: dict[str, Any] = {
    "seeds": _publishing,
    "single crashes": _publishing,
    "crash pairs": _publishing,
    "listening": _listening,
    "counting": _counting,
}


def codes() -> dict[str, str]:
    """By part, of everything that its records are evidence about."""
    heard, published = _code(LISTENING_TOO), _code(PUBLISHING)
    return {part: heard if part in BESIDE else published for part in _WORK}


def _code(folders: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def commit(*folders: str) -> str:
    """The commit that was tried; says so when files below `folders` differ from it."""
    changed = _git("status", "--porcelain", "--", *folders)
    return _git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def _git(*words: str) -> str:
    asked = subprocess.run(  # noqa: S603  every word is ours, and git is found on PATH
        ("git", "-C", str(ROOT), *words),  # noqa: S607  as above
        capture_output=True,
        check=True,
        text=True,
    )
    return asked.stdout.strip()


def read(tried: Mapping[str, str]) -> dict[str, Record]:
    """What earlier runs of this very code left; a line that was cut off is left out."""
    found: dict[str, Record] = {}
    path = PROOF / "records.jsonl"
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            kept = json.loads(line)
        except ValueError:
            continue
        if kept.pop("code", None) == tried[kept["part"]]:
            found[kept["unit"]] = Record(**kept)
    return found


def keep(record: Record, tried: Mapping[str, str]) -> None:
    PROOF.mkdir(exist_ok=True)
    with (PROOF / "records.jsonl").open("a") as file:
        file.write(json.dumps({"code": tried[record.part], **vars(record)}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def run(
    todo: Iterable[Unit], done: dict[str, Record], tried: Mapping[str, str], *, ends: float
) -> None:
    """Work until nothing is left, somebody interrupts, or time is up; units begun are finished."""
    waiting: set[Future[Record]] = set()
    more = iter(todo)
    workers = os.cpu_count() or 1
    wrote = time.monotonic()
    with ProcessPoolExecutor(workers, initializer=_ignore_interrupts) as pool:
        while True:
            while len(waiting) < workers + 1 and time.monotonic() < ends and not _stopped:
                unit = next(more, None)
                if unit is None:
                    break
                waiting.add(pool.submit(work, unit))
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for record in (future.result() for future in finished):
                keep(record, tried)
                done[record.unit] = record
                for words in record.told:
                    say(f"\nFAILED: {record.unit}\n{words}\n")
            if time.monotonic() - wrote > WRITE_EVERY:
                wrote = time.monotonic()
                write(done)


_stopped: list[int] = []


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def write(done: dict[str, Record]) -> None:
    """docs/proof.md as of now."""
    planned = Counter(unit.part for unit in _all_units())
    sizes = {
        part: sum(u.stop - u.start for u in _all_units() if u.part == part) for part in planned
    }
    when = today()
    parts = {
        part: proof_page.Part(
            planned=number,
            size=sizes[part],
            records=[vars(r) for r in done.values() if r.part == part],
        )
        for part, number in planned.items()
    }
    tried = commit(*LISTENING_TOO, *PUBLISHING)
    PAGE.write_text(proof_page.rewritten(PAGE.read_text(), parts, commit=tried, when=when))
    whole = sum(planned.values())
    say(f"{len(done):,} of {whole:,} units are done; docs/proof.md says what they found")


_kept_units: list[Unit] = []


def _all_units() -> list[Unit]:
    if not _kept_units:
        _kept_units.extend(units())
    return _kept_units


def main() -> int:
    parser = argparse.ArgumentParser(description="The long proof; goes on where it was stopped.")
    parser.add_argument("--minutes", type=float, default=None, help="stop after so long")
    parser.add_argument("--part", choices=sorted(_WORK), nargs="*", help="only these")
    parser.add_argument("--report", action="store_true", help="only write docs/proof.md")
    options = parser.parse_args()
    tried = codes()
    done = read(tried)
    wanted = options.part or _WORK
    todo = [u for u in _all_units() if u.name not in done and u.part in wanted]
    say(f"{len(done):,} units of this code done before, {len(todo):,} to go")
    if not options.report:
        signal.signal(signal.SIGINT, lambda number, _: _stopped.append(number))
        signal.signal(signal.SIGTERM, lambda number, _: _stopped.append(number))
        ends = float("inf") if options.minutes is None else time.monotonic() + 60 * options.minutes
        run(todo, done, tried, ends=ends)
    write(done)
    return 1 if any(record.failed for record in done.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
