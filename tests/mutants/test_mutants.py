"""Each safeguard of publishing is needed, and a test notices when it is taken away."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.mutants.changing import NotAMutant, apply, compiled
from tests.mutants.forking import Forks
from tests.mutants.page import PAGE, page
from tests.mutants.table import MUTANTS
from tests.mutants.trying import missed, unsound

ONE = next(mutant for mutant in MUTANTS if mutant.name == "no quiet window")
HARMLESS = replace(ONE, name="harmless", new=f"{ONE.old}  # as it was")
BROKEN = replace(ONE, name="broken", new="    return nothing_of_this_name")
NAMELESS = replace(ONE, name="nameless", tests=("tests/unit/publish/test_unknown.py::test_no",))


def test_each_mutant_is_found_by_tests_that_pass_without_it() -> None:
    """One test, because one process then serves them all."""
    with Forks() as forks:
        assert unsound(forks, MUTANTS) == []
        assert missed(forks, MUTANTS) == []
        (harmless,) = missed(forks, [HARMLESS])
        assert harmless.endswith(": passed")
        (broken,) = missed(forks, [BROKEN])
        assert "nothing_of_this_name" in broken
        (nameless,) = missed(forks, [NAMELESS])
        assert "no such test" in nameless


@pytest.mark.parametrize("old", ["what nobody wrote", "\n"], ids=["nowhere", "everywhere"])
def test_a_mutant_whose_text_does_not_stand_there_once_says_so(old: str) -> None:
    with pytest.raises(NotAMutant, match="not once; mend it in tests/mutants"):
        compiled(replace(ONE, old=old))


def test_a_mutant_that_is_no_python_says_so() -> None:
    with pytest.raises(NotAMutant, match=r"no quiet window: .*never closed"):
        compiled(replace(ONE, new="    return ("))


def test_a_module_that_runs_already_cannot_be_changed() -> None:
    with pytest.raises(NotAMutant, match="imported already"):
        apply(replace(ONE, module="tests.mutants.table"))


def test_every_mutant_has_a_name_of_its_own_and_tests() -> None:
    assert Counter(mutant.name for mutant in MUTANTS).most_common(1)[0][1] == 1
    assert all(mutant.tests for mutant in MUTANTS)


def test_the_page_is_current() -> None:
    assert page() == PAGE.read_text(), "run `python -m tests.mutants`"
