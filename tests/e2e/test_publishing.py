"""The deployed system publishes: through the schedule, the queues and the roles of the template."""

import io
import os
import signal
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.servers.bluesky import PdsAccount, RealPds
from tests.servers.bluesky_network import RealNetwork
from tests.servers.local_system import LocalSystem, wait_until
from tests.servers.loopback import RESET_AFTER_APPLYING, RESET_BEFORE_APPLYING, Fault, Gate
from tests.servers.mastodon import Mastodon

CREATE_RECORD = "/xrpc/com.atproto.repo.putRecord"


def texts(bluesky: RealPds, author: PdsAccount) -> list[str]:
    return [str(record.value["text"]) for record in bluesky.records(author.did)]


pytestmark = [pytest.mark.first, pytest.mark.usefixtures("planned_ahead")]


def test_the_first_screen_of_the_readme(system: LocalSystem) -> None:
    """Schedule a post half a minute ahead on the practice network and see its delivery."""
    post = system.post("Hello from Tidings", system.practice["account_id"], after=30)
    assert [d["state"] for d in post["deliveries"]] == ["scheduled"]
    done = system.wait_for(post["id"], "published", within=60)
    (sent,) = done["deliveries"]
    assert sent["sent_at"] >= sent["due_at"]
    assert sent["lateness_ms"] >= 0
    assert sent["remote_id"]
    page = httpx.get(system.practice["url"] + "/", timeout=30)
    assert "Hello from Tidings" in page.text


@pytest.mark.last
def test_a_post_that_only_the_schedule_can_have_dispatched(
    system: LocalSystem, planned_ahead: str
) -> None:
    """Due beyond the look-ahead when it was made, so the api did not enqueue it."""
    done = system.wait_for(planned_ahead, "published", within=180)
    (sent,) = done["deliveries"]
    assert sent["sent_at"] >= sent["due_at"]


def test_facets_point_at_the_right_bytes(
    system: LocalSystem, bluesky: RealPds, author: PdsAccount, bluesky_account: str
) -> None:
    text = f"Grüße 👋🏽 @{author.handle} see https://example.com/a(b) #fiesta"
    post = system.post(text, bluesky_account)
    done = system.wait_for(post["id"], "published", within=90)
    record = bluesky.record(author.did, done["deliveries"][0]["remote_id"].rpartition("/")[2])
    assert record is not None
    data = text.encode()
    found = {
        f["features"][0]["$type"].rpartition("#")[2]: data[
            f["index"]["byteStart"] : f["index"]["byteEnd"]
        ].decode()
        for f in record.value["facets"]
    }
    assert found == {
        "mention": f"@{author.handle}",
        "link": "https://example.com/a(b)",
        "tag": "#fiesta",
    }


def picture() -> bytes:
    """A photo that knows where it was taken."""
    image = Image.effect_noise((900, 600), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=92)
    return out.getvalue()


def test_images_are_attached_with_their_alt_text_and_without_their_secrets(
    system: LocalSystem, bluesky: RealPds, author: PdsAccount, bluesky_account: str
) -> None:
    media = system.upload(picture(), "Grey noise")
    post = system.post("with a picture", bluesky_account, media_ids=[media])
    done = system.wait_for(post["id"], "published", within=90)
    record = bluesky.record(author.did, done["deliveries"][0]["remote_id"].rpartition("/")[2])
    assert record is not None
    (image,) = record.value["embed"]["images"]
    assert image["alt"] == "Grey noise"
    kept = bluesky.blob(author.did, image["image"]["ref"]["$link"])
    assert b"secret place" not in kept
    assert Image.open(io.BytesIO(kept)).size == (900, 600)


def test_a_thread_is_edited_and_taken_down(
    system: LocalSystem, bluesky: RealPds, author: PdsAccount, bluesky_account: str
) -> None:
    post = system.post("first part", bluesky_account, parts=[{"text": "second part"}])
    done = system.wait_for(post["id"], "published", within=90)
    live = done["deliveries"][0]["live"]
    second = bluesky.record(author.did, live[1]["remote_id"].rpartition("/")[2])
    assert second is not None
    assert second.value["reply"]["parent"]["uri"] == live[0]["remote_id"]
    change = {"text": "first part, corrected", "update_live": True}
    system.call("PATCH", f"/v1/posts/{post['id']}", change).ok()
    wait_until(
        lambda: "first part, corrected" in texts(bluesky, author),
        within=60,
        what="the correction to be live",
    )
    assert len([t for t in texts(bluesky, author) if "part" in t]) == 2
    system.call("DELETE", f"/v1/posts/{post['id']}").ok()
    system.wait_for(post["id"], "deleted", within=60)
    assert not [t for t in texts(bluesky, author) if "part" in t]


def mastodon_account(system: LocalSystem, mastodon: Mastodon, name: str) -> str:
    token = mastodon.add_account(name).token
    fields = {"server": mastodon.url, "access_token": token}
    body = {"platform": "mastodon", "fields": fields}
    return str(system.call("POST", "/v1/accounts", body).ok()["id"])


def test_a_live_post_is_edited_where_the_network_allows_it(
    system: LocalSystem, mastodon: Mastodon
) -> None:
    account = mastodon_account(system, mastodon, "editor")
    post = system.post("teh typo", account)
    system.wait_for(post["id"], "published", within=60)
    change = {"text": "the typo", "update_live": True}
    system.call("PATCH", f"/v1/posts/{post['id']}", change).ok()
    wait_until(
        lambda: "the typo" in [status.text for status in mastodon.statuses],
        within=30,
        what="the edit to be live",
    )


def worker_pids(system: LocalSystem, function: str) -> list[int]:
    """Processes of this system that run `function`, as the kernel knows them."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environ = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        named = dict(pair.split(b"=", 1) for pair in environ if b"=" in pair)
        name = named.get(b"AWS_LAMBDA_FUNCTION_NAME", b"").decode()
        if name == system.resources[function]:
            found.append(int(entry.name))
    return found


def test_the_deliverer_is_killed_between_intent_and_settle(
    system: LocalSystem, bluesky: RealNetwork, author: PdsAccount, bluesky_account: str
) -> None:
    """It went live, and the worker that knew is dead: exactly one post exists afterwards, and at no
    time it is taken for one that was made elsewhere."""

    def foreign() -> list[str]:
        bluesky.wait_indexed()
        system.invoke("poll")
        path = f"/v1/posts?origin=elsewhere&account_id={bluesky_account}"
        return [found["excerpt"] for found in system.call("GET", path).ok()["items"]]

    gate = Gate()
    bluesky.on("POST", CREATE_RECORD, Fault(after=gate))
    post = system.post("killed in the middle", bluesky_account)
    gate.wait_for_arrival()
    assert foreign() == []
    for pid in worker_pids(system, "DeliverFunction"):
        os.kill(pid, signal.SIGKILL)
    gate.open()
    assert foreign() == []
    done = system.wait_for(post["id"], "published", within=240)
    assert foreign() == []
    assert texts(bluesky, author).count("killed in the middle") == 1
    assert "sending" in [step["state"] for step in done["deliveries"][0]["transitions"]]


def test_lost_answers_on_a_network_that_ignores_keys(
    system: LocalSystem, mastodon: Mastodon
) -> None:
    account = mastodon_account(system, mastodon, "unlucky")
    mastodon.on("POST", "/api/v1/statuses", RESET_AFTER_APPLYING, RESET_BEFORE_APPLYING)
    first = system.post("answer lost", account)
    second = system.post("request lost", account)
    for post in (first, second):
        system.wait_for(post["id"], "published", within=180)
    live = [status.text for status in mastodon.statuses]
    assert live.count("answer lost") == 1
    assert live.count("request lost") == 1


def test_a_paused_post_stays_and_goes_when_resumed(system: LocalSystem, mastodon: Mastodon) -> None:
    account = mastodon_account(system, mastodon, "resting")
    post = system.post("after the pause", account, after=12)
    system.call("POST", f"/v1/accounts/{account}/pause", {"reason": "a break"}).ok()
    system.wait_for(post["id"], "held", within=60)
    assert "after the pause" not in [status.text for status in mastodon.statuses]
    system.call("POST", f"/v1/accounts/{account}/resume", {}).ok()
    system.wait_for(post["id"], "published", within=90)
