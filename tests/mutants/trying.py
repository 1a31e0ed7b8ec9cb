"""What the mutants show: tests that fail although nothing is wrong, and mutants that get through.

Both answer one line for people per finding.
"""

from collections.abc import Sequence

from tests.mutants.changing import Mutant, compiled
from tests.mutants.forking import FAILED, PASSED, Forks, Verdicts


def unsound(forks: Forks, mutants: Sequence[Mutant]) -> list[str]:
    """The tests of `mutants` that do not pass in the code as it is."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    verdicts = forks.run(tests)
    return [line for test in tests for line in _others(test, verdicts, PASSED)]


def missed(forks: Forks, mutants: Sequence[Mutant]) -> list[str]:
    """The tests that do not fail with their mutant. Raises NotAMutant."""
    found = []
    for mutant in mutants:
        compiled(mutant)
        verdicts = forks.run(mutant.tests, mutant)
        for test in mutant.tests:
            found += [f"{mutant.name}: {line}" for line in _others(test, verdicts, FAILED)]
    return found


def _others(test: str, verdicts: Verdicts, wanted: str) -> list[str]:
    """What `test` names and did not end as wanted; a name that names nothing is told, too."""
    meant = {name: v for name, v in verdicts.items() if name == test or name.startswith(f"{test}[")}
    if not meant:
        return [f"{test}: no such test; {verdicts}"]
    return [f"{name}: {verdict}" for name, verdict in meant.items() if verdict != wanted]
