"""One account on a network that counts."""

import pytest

from tests.fakes.counting import CountingWorld


@pytest.fixture
def world() -> CountingWorld:
    return CountingWorld()
