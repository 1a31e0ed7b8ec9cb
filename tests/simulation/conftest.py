"""The table of what was exercised, gathered from all processes when the seeds are many."""

import os
from collections import Counter
from typing import Any

import pytest

from tests.simulation import tally


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # a process of pytest-xdist
        output["tally"] = dict(tally.COUNTS)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    tally.COUNTS.update(Counter(getattr(node, "workeroutput", {}).get("tally", {})))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("TIDINGS_PROVE") and tally.COUNTS:
        terminalreporter.section("exercised")
        for line in tally.table(tally.COUNTS):
            terminalreporter.write_line(line)
