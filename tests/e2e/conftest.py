"""One deployed local system and one real Bluesky server for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.e2e.page.browser import started
from tests.servers.bluesky import PdsAccount
from tests.servers.bluesky_network import RealNetwork
from tests.servers.local_system import LocalSystem
from tests.servers.mastodon import Mastodon

FAST = (
    "horizon=70000,quiet=4000,lease=30000,redispatch=5000,prepare_lead=20000,send_timeout=10000,"
    "follow=1000,feed=1000,thread=2000,sampling=3000,counting=2000"
)
"""Spans of the protocol, shortened so that no test waits for minutes; the code is the same. The
horizon must still exceed the minute between two ticks."""


RUNNING = pytest.StashKey[LocalSystem]()


class Together(LoadScopeScheduling):  # type: ignore[misc]  # it carries no types
    """Files stay together, each in one process, and so do all that need the deployed system: it is
    deployed once. (Groups by marker are lost between pytest 9.2 and xdist 3.8.)
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        text = (Path(self.config.rootpath) / file).read_text(encoding="utf-8")
        return "system" if "system: LocalSystem" in text else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs sockets and is marked as end-to-end."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.enable_socket)
    items.sort(key=_turn)


def _needs_system(item: pytest.Item | None) -> bool:
    return "system" in getattr(item, "fixturenames", ())


def _turn(item: pytest.Item) -> tuple[bool, int]:
    """The deployed system's tests at the beginning; then what takes long. Who waits for what the
    others do comes last.
    """
    if item.get_closest_marker("last"):
        return not _needs_system(item), 2
    return not _needs_system(item), 0 if item.get_closest_marker("first") else 1


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Once nobody needs the system any more, it stops ticking beside the others' tests."""
    if _needs_system(item) and not _needs_system(nextitem) and RUNNING in item.config.stash:
        item.config.stash[RUNNING].stop()
        del item.config.stash[RUNNING]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all: Playwright starts once in a process."""
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def bluesky() -> Iterator[RealNetwork]:
    with RealNetwork() as server:
        yield server


@pytest.fixture(scope="session")
def author(bluesky: RealNetwork) -> PdsAccount:
    return bluesky.create_account()


@pytest.fixture(scope="session")
def mastodon() -> Iterator[Mastodon]:
    with Mastodon() as server:
        yield server


@pytest.fixture(scope="session")
def system(
    bluesky: RealNetwork,
    mastodon: Mastodon,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[LocalSystem]:
    allowed = tuple(url.removeprefix("http://") for url in (bluesky.url, mastodon.url))
    running = LocalSystem(
        tmp_path_factory.mktemp("data"), allow=allowed, parameters={"Timing": FAST}
    ).start()
    pytestconfig.stash[RUNNING] = running
    yield running
    running.stop()


@pytest.fixture(scope="session")
def planned_ahead(system: LocalSystem) -> str:
    """The id of a post that is due beyond the look-ahead: only the minute tick can dispatch it."""
    post = system.post("by the schedule alone", system.practice["account_id"], after=130)
    return str(post["id"])


@pytest.fixture(scope="session")
def bluesky_account(system: LocalSystem, bluesky: RealNetwork, author: PdsAccount) -> str:
    """The id of the author's account, connected through the api with an app password."""
    fields = {
        "server": bluesky.url,
        "identifier": author.handle,
        "app_password": bluesky.app_password(author),
    }
    body = {"platform": "bluesky", "fields": fields}
    return str(system.call("POST", "/v1/accounts", body).ok()["id"])
