"""One workspace on a network that is listened to."""

import pytest

from tests.fakes.listening import ListeningWorld


@pytest.fixture
def world() -> ListeningWorld:
    return ListeningWorld()
