"""The page of the proof keeps its words; only what was found is replaced."""

import pytest

from tests.simulation.proof_page import with_long_forms

PAGE = """Words before.

<!-- long forms: written by make prove -->

Not run yet.

<!-- end of long forms -->

Words after.
"""


def test_what_was_found_stands_between_its_marks() -> None:
    found = {"tests/a.py": (1_200, 1, 90.0)}
    page = with_long_forms(PAGE, found, {"kills": 1_000}, commit="abc", when="2026-11-23")
    assert page.startswith("Words before.\n")
    assert page.endswith("Words after.\n")
    assert "At commit abc, 2026-11-23." in page
    assert "| `tests/a.py` | 1,200 | 1 | 1.5 min |" in page
    assert "| kills | 1,000 |" in page
    assert "Not run yet." not in page
    assert with_long_forms(page, found, {"kills": 1_000}, commit="abc", when="2026-11-23") == page


def test_a_page_without_a_place_is_not_written() -> None:
    with pytest.raises(ValueError, match="long forms"):
        with_long_forms("Words.", {}, {}, commit="abc", when="2026-11-23")
