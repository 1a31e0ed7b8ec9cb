"""The built page behind the api's real handler on fakes, and readers who open it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from functions.api import pages
from local.web import DIST, build_page
from tests.e2e.page.api_server import ApiServer
from tests.e2e.page.browser import NARROW, Tab, tab


@pytest.fixture(scope="session")
def built() -> None:
    """What packaging does: the built page goes beside the api's code."""
    build_page()
    placed = pages.HERE / "index.html"
    if not placed.exists() or placed.read_bytes() != (DIST / "index.html").read_bytes():
        shutil.rmtree(pages.HERE, ignore_errors=True)
        shutil.copytree(DIST, pages.HERE)


@pytest.fixture
def server(built: None) -> Iterator[ApiServer]:
    with ApiServer() as running:
        yield running


@pytest.fixture
def visitor(server: ApiServer, browser: Browser) -> Iterator[Tab]:
    """Somebody who is not signed in."""
    with tab(browser, server.url) as opened:
        yield opened


@pytest.fixture
def reader(server: ApiServer, visitor: Tab) -> Tab:
    """Somebody who is, in a workspace with one account."""
    server.ada = server.connect("ada")
    visitor.come_back(server.key)
    return visitor


@pytest.fixture
def phone(server: ApiServer, browser: Browser) -> Iterator[Tab]:
    """The same on a telephone: narrow, and by touch."""
    server.ada = server.connect("ada")
    with tab(browser, server.url, viewport=NARROW, has_touch=True, is_mobile=True) as opened:
        opened.come_back(server.key)
        yield opened
