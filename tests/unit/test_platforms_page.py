"""docs/platforms.md is what the adapters declare."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "platforms.py"


def test_the_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("platforms_page", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    current = script.page() == script.PAGE.read_text()
    assert current, "run `python docs/platforms.py`"
