"""From scenarios to verdicts: runs them, counts what they did, and explains what failed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulation.publishing.installation import Installation
from tests.simulation.publishing.scenario import Scenario, shrunk
from tests.simulation.publishing.watch import Finding

CRASHES = ("crash before", "crash after", "crash, applied late")


@dataclass
class Tally:
    """What many runs did; counts add up over processes."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """The seeds of runs that broke a promise."""

    def add(self, scenario: Scenario, installation: Installation, found: list[Finding]) -> None:
        kind, counts = scenario.kind.value, self.counts
        counts["runs"] += 1
        counts["posts"] += len(scenario.posts)
        counts["crashes"] += sum(installation.noted[what] for what in CRASHES)
        counts["faults"] += sum(n for what, n in installation.noted.items() if _is_fault(what))
        counts["effects"] += installation.effects
        counts[f"posts {kind}"] += len(scenario.posts)
        counts[f"unconfirmed {kind}"] += len(installation.asked_about)
        for finding in found:
            counts[finding.kind] += 1
        if found:
            few = scenario.faults if len(scenario.faults) < 3 else ()
            self.failed.append(" ".join([scenario.seed, *(f"{f.what} {f.number}" for f in few)]))


def _is_fault(what: str) -> bool:
    return not what.startswith("people: ")


def judged(scenarios: Iterable[Scenario], tally: Tally | None = None) -> list[str]:
    """Run each; an explanation for every one that broke a promise."""
    explained: list[str] = []
    for scenario in scenarios:
        installation = Installation(scenario)
        found = installation.run()
        if tally is not None:
            tally.add(scenario, installation, found)
        if found and len(explained) < 3:
            explained.append(explanation(scenario, found[0].kind))
    return explained


def breaks(scenario: Scenario, kind: str, install: type[Installation] = Installation) -> bool:
    """Whether a run breaks this promise (one of KINDS)."""
    return any(finding.kind == kind for finding in install(scenario).run())


def explanation(scenario: Scenario, kind: str, install: type[Installation] = Installation) -> str:
    """The smallest scenario that breaks the same promise, and everything that happens in it."""
    small = shrunk(scenario, lambda smaller: breaks(smaller, kind, install))
    installation = install(small, tracing=True)
    found = installation.run()
    story = "\n".join(installation.machine.lines)
    broken = "\n".join(str(finding) for finding in found)
    return f"{small}\n{story}\n{broken}"
