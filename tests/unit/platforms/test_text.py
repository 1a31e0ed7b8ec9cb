"""Characters as readers count them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platforms.text import first_graphemes, graphemes, is_real_hostname


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("a\r\nb", 3),
        ("e\u0301", 1),
        ("👩‍👩‍👧‍👦", 1),
        ("👍🏽", 1),
        ("🇪🇸🇫🇷", 2),
        ("1️⃣", 1),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
        ("한국어", 3),
        ("각", 1),
        # Unicode 15.1, rule GB9c: a consonant conjunct is one character (the standard library and
        # older tables see two).
        ("क्ष", 1),
    ],
)
def test_graphemes(text: str, count: int) -> None:
    assert graphemes(text) == count


@given(st.text(max_size=60), st.integers(0, 60))
def test_the_beginning_is_never_cut_inside_a_character(text: str, count: int) -> None:
    start = first_graphemes(text, count)
    assert text.startswith(start)
    assert graphemes(start) == min(count, graphemes(text))


@pytest.mark.parametrize(
    ("host", "real"),
    [
        ("example.com", True),
        ("a.b.example.co.uk", True),
        ("EXAMPLE.COM", True),
        ("example.рф", True),
        ("example.xn--p1ai", True),
        ("example.香港", True),
        ("example.museum", True),
        ("com", False),
        ("localhost", False),
        ("example.invalid", False),
        ("192.168.1.1", False),
        ("a..com", False),
        (".com", False),
        ("", False),
    ],
)
def test_real_hostnames(host: str, *, real: bool) -> None:
    assert is_real_hostname(host) is real


@given(st.text(max_size=30))
def test_no_text_crashes_it(host: str) -> None:
    assert is_real_hostname(host) in {True, False}
