"""What the long forms of tests found, into docs/proof.md: `pytest -p tests.simulation.long_forms`.

With several processes the one that leads them writes; `conftest.py` gathers what they counted.
"""

from collections import Counter

import pytest

from tests.simulation import proof_page, tally
from tests.simulation.prove import PAGE, commit, today

TRIED = ("functions", "shared", "local", "tests")
_ran: Counter[str] = Counter()
_failed: Counter[str] = Counter()
_seconds: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    file = report.nodeid.partition("::")[0]
    _ran[file] += report.when == "call" and not report.skipped
    _failed[file] += report.failed
    _seconds[file] += report.duration  # type: ignore[assignment]  # a Counter adds up seconds as well


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Nothing is written of a run that was stopped."""
    leads = not hasattr(session.config, "workerinput")
    if not leads or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    files = {file: (_ran[file], _failed[file], _seconds[file]) for file in _ran}
    tried = commit(*TRIED)
    page = proof_page.with_long_forms(
        PAGE.read_text(), files, tally.COUNTS, commit=tried, when=today()
    )
    PAGE.write_text(page)
