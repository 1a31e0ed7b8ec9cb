"""One workspace on the fakes, with the api in front of it."""

import pytest

from tests.fakes.api_world import ApiWorld


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()
