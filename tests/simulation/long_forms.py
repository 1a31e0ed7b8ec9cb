"""What the long forms of tests found, into docs/proof.md: `pytest -p tests.simulation.long_forms`.

With several processes the one that leads them writes; `conftest.py` gathers what they counted. What
files that are not run now found before stays, with the commit that it was found at.
"""

import json
from collections import Counter, defaultdict

import pytest

from tests.simulation import proof_page, tally
from tests.simulation.prove import PAGE, PROOF, commit, today

TRIED = ("functions", "shared", "local", "tests")
KEPT = PROOF / "long_forms.json"
_ran: Counter[str] = Counter()
_failed: Counter[str] = Counter()
_seconds: defaultdict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    file = report.nodeid.partition("::")[0]
    _ran[file] += report.when == "call" and not report.skipped
    _failed[file] += report.failed
    _seconds[file] += report.duration


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Nothing is written of a run that was stopped."""
    leads = not hasattr(session.config, "workerinput")
    if not leads or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {"files": {}, "counts": {}}
    at = {"commit": commit(*TRIED), "when": today()}
    for file, ran in _ran.items():
        found = {"run": ran, "failed": _failed[file], "seconds": round(_seconds[file], 1)}
        kept["files"][file] = at | found
    kept["counts"].update(tally.COUNTS)
    PROOF.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    PAGE.write_text(proof_page.with_long_forms(PAGE.read_text(), kept["files"], kept["counts"]))
