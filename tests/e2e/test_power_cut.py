"""SIGKILL everything in the middle of a burst and start again: nothing twice, nothing lost."""

from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.conftest import FAST
from tests.servers.local_system import LocalSystem, wait_until
from tests.servers.mastodon import Mastodon

pytestmark = pytest.mark.first
BURST = 24


def test_nothing_twice_and_nothing_lost_after_a_power_cut(
    mastodon: Mastodon, tmp_path: Path
) -> None:
    host = mastodon.url.removeprefix("http://")
    system = LocalSystem(tmp_path / "data", allow=(host,), parameters={"Timing": FAST}).start()
    fields = {"server": mastodon.url, "access_token": mastodon.add_account("burst").token}
    body = {"platform": "mastodon", "fields": fields}
    account = system.call("POST", "/v1/accounts", body).ok()["id"]
    planned = [system.post(f"burst {n}", account, after=25 + n / 4)["id"] for n in range(BURST)]

    def live() -> Counter[str]:
        return Counter(s.text for s in mastodon.statuses if s.text.startswith("burst"))

    wait_until(lambda: len(live()) >= BURST // 3, within=90, what="a third of the burst")
    system.kill()
    assert len(live()) < BURST, "killed too late to prove anything"

    system.start()
    for post_id in planned:
        system.wait_for(post_id, "published", within=240)
    assert live() == Counter({f"burst {n}": 1 for n in range(BURST)})

    kept_whole_by_a_clean_stop(system, planned)


def kept_whole_by_a_clean_stop(system: LocalSystem, planned: list[str]) -> None:
    """Here rather than on a system of its own: to deploy one takes longer than all the rest."""
    practice = system.practice
    assert system.stop() == 0
    system.start()
    for post_id in planned:
        again = system.call("GET", f"/v1/posts/{post_id}").ok()
        assert again["deliveries"][0]["state"] == "published"
    assert system.practice == practice
    assert system.stop() == 0
