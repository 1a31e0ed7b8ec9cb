"""A rehearsal: the next days through every check, and nothing is sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.api.rehearsals import MOST
from shared.core.models import MINUTE, SECOND, Media
from shared.core.platform import Capabilities, Check, Fact
from shared.core.workspaces import AccountState, MediaState, Pause
from tests.fakes import make
from tests.fakes.api_world import ApiWorld, rfc3339_in
from tests.fakes.network import FakeNetwork, refused_content

HOUR = 60 * MINUTE
DAY = 24 * HOUR


def rehearse(world: ApiWorld, *, status: int | None = None, **body: Any) -> Any:
    answer = world.send("/v1/rehearsals", body)
    assert answer.status in ((status,) if status else (200, 202)), answer.text
    return answer.json


def found(world: ApiWorld, **body: Any) -> list[tuple[str, str]]:
    return [(f["effect"], f["code"]) for f in rehearse(world, **body)["findings"]]


def picture(world: ApiWorld, data: bytes = b"png") -> str:
    key = f"media/wks_1/med_{len(world.bucket.files)}"
    world.bucket.files[key] = (data, "image/png")
    shown = Media(key[-5:], "image/png", len(data), "0" * 64, key, width=8, height=4)
    ready = {"workspace_id": "wks_1", "state": MediaState.READY}
    file = replace(make.media_file(), id=shown.id, key=key, media=shown, **ready)  # type: ignore[arg-type]  # shorthand
    world.store.create_media(file)
    return file.id


def verified(world: ApiWorld) -> None:
    rehearse(world)
    world.run(5 * SECOND)


# --- all is well, and the credential


def test_nothing_is_planned(world: ApiWorld) -> None:
    shown = rehearse(world, status=200)
    assert (shown["ok"], shown["deliveries"], shown["findings"], shown["accounts"]) == (
        True, 0, [], [],
    )  # fmt: skip


def test_whether_the_credential_works_is_asked_of_the_network(world: ApiWorld) -> None:
    world.write("tomorrow", seconds=DAY // SECOND)
    first = rehearse(world, status=202)
    (account,) = first["accounts"]
    assert (account["planned"], account["access"]) == (1, "checking")
    assert account["job"]["kind"] == "verify"
    assert (first["ok"], first["findings"], first["deliveries"]) == (False, [], 1)
    world.run(5 * SECOND)
    assert world.get(f"/v1/jobs/{account['job']['id']}").json["state"] == "done"
    second = rehearse(world, status=200)
    assert second["ok"] is True
    assert second["accounts"] == [account | {"access": "works", "job": None}]
    world.run(20 * MINUTE)
    assert rehearse(world)["accounts"][0]["access"] == "checking"


def test_a_credential_that_the_network_refuses(world: ApiWorld) -> None:
    world.write("tomorrow", seconds=DAY // SECOND)
    sealed = world.vault.seal("wks_1", world.account.id, {"token": "revoked"})
    world.store.credentials["wks_1", world.account.id] = sealed
    verified(world)
    shown = rehearse(world, status=200)
    assert shown["ok"] is False
    assert shown["accounts"][0]["access"] == "lost"
    (finding,) = shown["findings"]
    assert (finding["effect"], finding["code"]) == ("stops", "needs_reconnect")
    assert finding["todo"] == "Reconnect the account."


def test_nothing_is_sent_and_nothing_is_changed(world: ApiWorld) -> None:
    post = world.write("tomorrow", seconds=DAY // SECOND)
    before = world.read(post)
    verified(world)
    assert world.network.calls == ["verify"]
    assert world.read(post) == before


# --- what would go wrong


def test_everything_that_would_stop_it(world: ApiWorld) -> None:
    world.write("unapproved", seconds=3600, requires_approval=True)
    verified(world)
    assert found(world) == [("stops", "needs_approval")]
    world.send(f"/v1/accounts/{world.account.id}/pause", {"reason": "storm"})
    assert found(world) == [("stops", "paused"), ("stops", "needs_approval")]
    world.send(f"/v1/accounts/{world.account.id}/disconnect")
    codes = [code for _, code in found(world)]
    assert codes == ["account_disconnected", "paused", "needs_approval"]


def test_a_pause_that_is_over_by_then_stops_nothing(world: ApiWorld) -> None:
    world.write(seconds=7200)
    verified(world)
    world.send("/v1/workspaces/wks_1/pause", {"until": rfc3339_in(world, 3600)})
    assert found(world) == []
    paused = replace(world.store.settings, paused=Pause(0, "operator"))
    world.store.settings = paused
    assert found(world) == [("stops", "paused")]


def test_what_its_network_no_longer_takes(world: ApiWorld) -> None:
    post = world.write("x" * 100, seconds=3600)
    verified(world)
    assert found(world) == []
    world.network.limit = 50
    (finding,) = rehearse(world)["findings"]
    assert (finding["effect"], finding["code"], finding["where"]) == ("stops", "too_long", "text")
    assert finding["post_id"] == post["id"]
    assert finding["due_at"] == post["plan"]["at"]
    assert finding["excerpt"] == "x" * 100


def test_what_the_network_would_have_its_author_know(world: ApiWorld) -> None:
    class Telling(FakeNetwork):
        def check(self, account: Any, draft: Any) -> Check:
            from shared.core.errors import Problem

            return Check((), (), (Problem("parts[0].text", "no_alt", "Say what it shows."),))

    world.write(seconds=3600)
    verified(world)
    world.network.__class__ = Telling
    shown = rehearse(world)
    assert [(f["effect"], f["code"]) for f in shown["findings"]] == [("notice", "no_alt")]
    assert shown["ok"] is True


def test_a_file_that_is_gone_or_another_one(world: ApiWorld) -> None:
    gone, changed, there = (picture(world, data) for data in (b"a", b"b", b"c"))
    for media in (gone, changed, there):
        world.write(media, seconds=3600, media_ids=[media])
    verified(world)
    assert found(world) == []
    keys = sorted(world.bucket.files)
    del world.bucket.files[keys[0]]
    world.bucket.files[keys[1]] = (b"longer", "image/png")
    shown = rehearse(world)["findings"]
    assert {(f["excerpt"], f["code"]) for f in shown} == {
        (gone, "media_missing"),
        (changed, "media_changed"),
    }


def test_the_same_words_twice(world: ApiWorld) -> None:
    bea = world.connect("bea")
    first = world.write("Fresh  bread", seconds=3600)
    world.write("Fresh bread", seconds=3610)
    world.write("Fresh bread", seconds=7200)
    world.write("Fresh bread", seconds=3605, account_ids=[bea.id])
    world.write("Rye", seconds=3606)
    shown = rehearse(world)["findings"]
    assert [(f["effect"], f["code"]) for f in shown] == [
        ("delays", "same_words"),
        ("notice", "same_words"),
    ]
    assert shown[0]["other_post_id"] == first["id"]


class Narrow(FakeNetwork):
    """A network that takes few calls."""

    def capabilities(self, platform: str) -> Capabilities:
        facts: Mapping[str, Fact] = {"calls_per_5_minutes": Fact(100, "", "")}
        return replace(super().capabilities(platform), facts=facts)


def crowd(world: ApiWorld, number: int) -> None:
    for n in range(number):
        world.write(f"post {n}", seconds=3600)


def test_more_than_the_network_takes_at_once(world: ApiWorld) -> None:
    world.network.__class__ = Narrow
    crowd(world, 4)
    verified(world)
    assert found(world) == []
    crowd(world, 6)
    shown = [f for f in rehearse(world)["findings"] if f["code"] == "rate_budget"]
    assert {f["effect"] for f in shown} == {"delays"}
    assert 1 <= len(shown) <= 6
    assert "Spread these posts" in shown[0]["todo"]


def test_late_beyond_the_window_is_not_sent_at_all(world: ApiWorld) -> None:
    world.network.__class__ = Narrow
    world.patch("/v1/workspaces/wks_1", {"max_lateness": 1})
    crowd(world, 30)
    shown = [f for f in rehearse(world)["findings"] if f["code"] == "rate_budget"]
    assert {f["effect"] for f in shown} == {"delays", "stops"}
    assert "put on hold" in shown[-1]["words"]


def test_what_stopped_already_is_told_too(world: ApiWorld) -> None:
    picture_id = picture(world)
    account = world.store.account_items["wks_1", world.account.id]
    world.write(seconds=60, media_ids=[picture_id])
    lost = replace(account, state=AccountState.NEEDS_RECONNECT, version=account.version)
    world.store.account_items["wks_1", world.account.id] = lost
    world.run(30 * SECOND)  # preparing begins at once and finds no access
    (finding,) = rehearse(world)["findings"]
    assert (finding["effect"], finding["code"]) == ("stops", "stopped_already")
    assert "Reconnect" in finding["todo"]


def test_what_is_planned_too_soon_to_be_prepared(world: ApiWorld) -> None:
    media = picture(world)
    world.ticking = False
    world.write(seconds=4, media_ids=[media])
    assert ("delays", "prepared_first") in found(world)


# --- what is rehearsed


def test_only_what_is_planned_in_this_time_on_these_accounts(world: ApiWorld) -> None:
    bea = world.connect("bea")
    world.write("today", seconds=3600)
    world.write("next week", seconds=6 * DAY // SECOND)
    world.write("later", seconds=8 * DAY // SECOND)
    world.write("hers", seconds=3600, account_ids=[bea.id])
    world.write("a draft", seconds=None)
    gone = world.write("cancelled", seconds=3600)
    world.send(f"/v1/posts/{gone['id']}/cancel")
    assert rehearse(world)["deliveries"] == 3
    assert rehearse(world, days=1)["deliveries"] == 2
    assert rehearse(world, days=1, account_ids=[bea.id])["deliveries"] == 1
    assert rehearse(world, days=14)["deliveries"] == 4
    until = rfc3339_in(world, 3 * DAY // SECOND)
    assert rehearse(world, until=until)["deliveries"] == 2
    assert rehearse(world, since=until)["deliveries"] == 2


def test_what_failed_before_this_time_is_not_rehearsed(world: ApiWorld) -> None:
    world.network.faults.append(refused_content)
    world.write(seconds=10)
    world.run(MINUTE)
    assert rehearse(world)["deliveries"] == 0


def test_a_rehearsal_is_bounded_and_says_what_it_covers(world: ApiWorld) -> None:
    posts = [world.write(f"{n}", seconds=3600 + n) for n in range(MOST + 2)]
    shown = rehearse(world)
    assert (shown["deliveries"], shown["complete"]) == (MOST, False)
    assert shown["covered_to"] == posts[MOST]["plan"]["at"]
    rest = rehearse(world, since=shown["covered_to"])
    assert (rest["deliveries"], rest["complete"]) == (2, True)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"days": 0}, "out_of_range"),
        ({"days": 15}, "out_of_range"),
        ({"until": "2031-01-01T00:00:00Z"}, "out_of_range"),
        ({"until": "2026-01-01T00:00:00Z"}, "out_of_range"),
        ({"since": "2026-01-01T00:00:00Z"}, "past_date"),
        ({"since": "tomorrow"}, "bad_time"),
        ({"days": 2, "until": "2026-05-29T00:00:00Z"}, "choose_one"),
        ({"account_ids": ["acc_nobody"]}, "unknown_account"),
    ],
)
def test_a_rehearsal_that_cannot_be_held(world: ApiWorld, body: dict[str, Any], code: str) -> None:
    answer = world.send("/v1/rehearsals", body)
    assert (answer.status, answer.codes) == (422, [code])
