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
    one = {"commit": "abc", "when": "2026-11-23", "run": 1_200, "failed": 1, "seconds": 90.0}
    page = with_long_forms(PAGE, {"tests/a.py": one}, {"kills": 1_000})
    assert page.startswith("Words before.\n")
    assert page.endswith("Words after.\n")
    assert "| `tests/a.py` | abc, 2026-11-23 | 1,200 | 1 | 1.5 min |" in page
    assert "| kills | 1,000 |" in page
    assert "Not run yet." not in page
    assert with_long_forms(page, {"tests/a.py": one}, {"kills": 1_000}) == page


def test_a_page_without_a_place_is_not_written() -> None:
    with pytest.raises(ValueError, match="long forms"):
        with_long_forms("Words.", {}, {})
