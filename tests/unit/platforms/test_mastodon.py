"""The adapter's verbs, down to the bytes that leave."""

from dataclasses import replace

import httpx
import pytest

from shared.core.errors import (
    AccessRevoked,
    Ambiguous,
    Gone,
    InvalidDraft,
    PlatformError,
    Rejected,
    Transient,
    Unprepared,
    Unreadable,
)
from shared.core.models import Draft, Media, Options, Part, Remote
from shared.core.platform import Outgoing
from shared.core.workspaces import Account
from shared.platforms.base import Context
from shared.platforms.mastodon import Mastodon
from shared.platforms.mastodon_facts import FACTS
from shared.platforms.mastodon_server import ME
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

ORIGIN = "https://social.example"
STATUS = {"id": "42", "url": "https://social.example/@ada/42", "in_reply_to_id": None}
IMAGE = Media("med_1", "image/png", 1000, "sha-1", "key", 10, 10, alt="A boat")
PROFILE = {"id": "7", "username": "ada", "acct": "ada", "display_name": "Ada"}
FIELDS = {"server": "social.example", "access_token": "t0ken"}


def context(wire: Wire) -> Context:
    return Context(client(wire), FakeClock(), {})


def adapter(wire: Wire, **credential: str) -> Mastodon:
    mine = account(server=ORIGIN, remote_id="7")
    return Mastodon(mine, {"access_token": "t0ken", **credential}, context(wire))


def always(step: Step) -> Wire:
    return Wire(lambda sent: step)


def outgoing(
    *parts: Part, part: int = 0, options: Options | None = None, **more: object
) -> Outgoing:
    made = Outgoing(
        Draft(parts or (Part("Hello"),), options or Options()), part, f"dlv.{part}", START, {}
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the tests' own shorthand


def uploaded(slot: str = "0.0", media: Media = IMAGE, *, at: int = START) -> dict[str, object]:
    return {"media": {slot: {"id": "m1", "ready": True, "sha256": media.sha256, "at": at}}}


# Connecting.


def instance(**more: object) -> dict[str, object]:
    statuses = {"max_characters": 700, "characters_reserved_per_url": 30}
    media = {"image_size_limit": 5_000_000, "supported_mime_types": ["image/png", "video/mp4", 7]}
    configuration = {"statuses": statuses, "media_attachments": media}
    return {"domain": "example.social", "configuration": configuration, **more}


def site(v2: Step, v1: Step | None = None, me: Step | None = None) -> Wire:
    answers = {
        ME: me or answer(200, PROFILE),
        "/api/v2/instance": v2,
        "/api/v1/instance": v1 or answer(404),
    }
    return Wire(lambda sent: answers[sent.path])


def test_connecting_verifies_the_token_and_asks_for_the_limits() -> None:
    wire = site(answer(200, instance()))
    got = Mastodon.connect(FIELDS, context(wire))
    assert (got.server, got.remote_id, got.handle) == (ORIGIN, "7", "ada@example.social")
    assert got.display_name == "Ada"
    assert got.credential == {"access_token": "t0ken"}
    assert got.limits == {
        "max_characters": 700,
        "per_url": 30,
        "image_bytes": 5_000_000,
        "takes image/png": 1,
        "takes video/mp4": 1,
    }
    assert {sent.headers["authorization"] for sent in wire.sent} == {"Bearer t0ken"}


@pytest.mark.parametrize(
    "v2", [answer(404), answer(500, b"<html>"), answer(200, b"<html>"), httpx.ReadTimeout("slow")]
)
def test_without_the_second_version_the_first_is_asked(v2: Step) -> None:
    first = answer(200, {"uri": "example.social", "max_toot_chars": 5000})
    got = Mastodon.connect(FIELDS, context(site(v2, first)))
    assert got.limits == {"max_characters": 5000}


def test_without_either_version_the_defaults_hold() -> None:
    got = Mastodon.connect(FIELDS, context(site(answer(500), answer(404))))
    assert (got.limits, got.handle) == ({}, "ada@social.example")


@pytest.mark.parametrize("nonsense", [True, -5, 0, "700", None, [], {"a": 1}, 7.5])
def test_limits_that_make_no_sense_are_left_out(nonsense: object) -> None:
    about = {"configuration": {"statuses": {"max_characters": nonsense}}}
    assert Mastodon.connect(FIELDS, context(site(answer(200, about)))).limits == {}


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ({"access_token": "t"}, "fields.server", "missing"),
        ({"server": "social.example"}, "fields.access_token", "missing"),
        ({"server": "social.example", "access_token": "  "}, "fields.access_token", "missing"),
        (
            {"server": "http://social.example", "access_token": "t"},
            "fields.server",
            "bad_server_url",
        ),
        (
            {"server": "https://10.0.0.1", "access_token": "t"},
            "fields.server",
            "server_not_allowed",
        ),
        ({"server": "social.example", "access_token": "a b"}, "fields.access_token", "bad_token"),
        (
            {"server": "social.example", "access_token": "a\r\nX: y"},
            "fields.access_token",
            "bad_token",
        ),
        ({"server": "social.example", "access_token": "tökén"}, "fields.access_token", "bad_token"),
        ({**FIELDS, "client_id": "c"}, "fields.client_secret", "missing"),
        ({**FIELDS, "client_secret": "c"}, "fields.client_id", "missing"),
    ],
)
def test_wrong_fields_are_named_before_anything_is_sent(
    fields: dict[str, str], where: str, code: str
) -> None:
    wire = site(answer(200, instance()))
    with pytest.raises(InvalidDraft) as caught:
        Mastodon.connect(fields, context(wire))
    assert [(p.where, p.code) for p in caught.value.problems] == [(where, code)]
    assert wire.sent == []


@pytest.mark.parametrize(
    ("me", "code"),
    [
        (answer(404), "wrong_server"),
        (answer(200, b"<html>a shop</html>"), "wrong_server"),
        (answer(200, []), "wrong_server"),
        (answer(200, {"username": "ada"}), "wrong_server"),
        (answer(301, headers={"location": "https://www.social.example"}), "server_moved"),
        (answer(405), "refused"),
    ],
)
def test_a_server_of_another_kind_is_explained(me: Step, code: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        Mastodon.connect(FIELDS, context(site(answer(404), me=me)))
    assert [(p.where, p.code) for p in caught.value.problems] == [("fields.server", code)]


def test_a_bad_token_or_a_server_at_rest_are_told_apart() -> None:
    with pytest.raises(InvalidDraft) as caught:
        Mastodon.connect(FIELDS, context(site(answer(404), me=answer(401))))
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == ("fields.access_token", "token_refused")
    with pytest.raises(Transient):
        Mastodon.connect(FIELDS, context(site(answer(404), me=answer(503))))


def test_the_apps_own_credential_is_kept_where_it_is_given() -> None:
    fields = {**FIELDS, "client_id": "key", "client_secret": "s3cret"}
    got = Mastodon.connect(fields, context(site(answer(404))))
    assert got.credential == {
        "access_token": "t0ken",
        "client_id": "key",
        "client_secret": "s3cret",
    }


# Publishing.


def test_a_post_is_sent_whole_with_its_key_and_its_visibility() -> None:
    wire = always(answer(200, STATUS))
    options = Options("unlisted", "Careful", sensitive=True, languages=("es", "en"))
    remote = adapter(wire).publish(outgoing(Part("Hola"), options=options))
    assert remote == Remote("42", "https://social.example/@ada/42")
    (sent,) = wire.sent
    assert (sent.method, sent.url) == ("POST", f"{ORIGIN}/api/v1/statuses")
    assert sent.headers["idempotency-key"] == "dlv.0"
    assert sent.headers["content-type"] == "application/json"
    assert sent.json() == {
        "status": "Hola",
        "visibility": "unlisted",
        "sensitive": True,
        "spoiler_text": "Careful",
        "language": "es",
    }


def test_visibility_is_sent_even_when_it_is_the_usual_one() -> None:
    wire = always(answer(200, STATUS))
    adapter(wire).publish(outgoing())
    assert wire.sent[0].json() == {"status": "Hello", "visibility": "public", "sensitive": False}


def test_the_same_part_makes_the_same_bytes() -> None:
    wire = always(answer(200, STATUS))
    for _ in range(2):
        adapter(wire).publish(outgoing(Part("Grüße 👋", (IMAGE,)), handles=uploaded()))
    first, second = wire.sent
    assert (first.body, first.headers) == (second.body, second.headers)


def test_media_are_shown_in_their_order() -> None:
    wire = always(answer(200, STATUS))
    two = replace(IMAGE, id="med_2", sha256="sha-2")
    handles = {
        "media": {
            **_slots(uploaded()),
            "0.1": {"id": "m2", "ready": True, "sha256": "sha-2", "at": START},
        }
    }
    adapter(wire).publish(outgoing(Part("", (IMAGE, two)), handles=handles))
    assert _body(wire.sent[0])["media_ids"] == ["m1", "m2"]


def _slots(handles: dict[str, object]) -> dict[str, object]:
    media = handles["media"]
    assert isinstance(media, dict)
    return media


def _body(sent: Sent) -> dict[str, object]:
    body = sent.json()
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    "handles",
    [
        {},
        {"media": {"0.0": {"id": "m1", "ready": False, "sha256": "sha-1", "at": START}}},
        {"media": {"0.0": {"id": "", "ready": True, "sha256": "sha-1", "at": START}}},
        {"media": {"0.0": {"id": "m1", "ready": True, "sha256": "other", "at": START}}},
        uploaded(at=START - FACTS["unused_media_ms"].value - 1),
    ],
)
def test_a_part_whose_media_are_not_there_is_prepared_again(handles: dict[str, object]) -> None:
    wire = always(answer(200, STATUS))
    with pytest.raises(Unprepared):
        adapter(wire).publish(outgoing(Part("", (IMAGE,)), handles=handles))
    assert wire.sent == []


@pytest.mark.parametrize(
    "unclear",
    [
        answer(200, b""),
        answer(200, b"<html>"),
        answer(200, []),
        answer(200, {}),
        answer(200, {"id": ""}),
        answer(202, {"params": {"text": "Hello"}}),
        answer(204),
        answer(500, {"error": "oh"}),
        answer(502, b"<html>"),
        httpx.ReadTimeout("lost"),
        httpx.RemoteProtocolError("reset"),
    ],
)
def test_an_answer_that_says_nothing_leaves_it_unknown(unclear: Step) -> None:
    with pytest.raises(Ambiguous):
        adapter(always(unclear)).publish(outgoing())


def test_a_number_is_taken_for_an_id_where_a_server_sends_one() -> None:
    assert adapter(always(answer(200, {"id": 42, "uri": "x"}))).publish(outgoing()).id == "42"


def test_later_parts_answer_the_one_before() -> None:
    wire = always(answer(200, {**STATUS, "id": "43", "in_reply_to_id": "42"}))
    second = outgoing(Part("1"), Part("2"), part=1, earlier=(Remote("42"),))
    assert adapter(wire).publish(second).id == "43"
    assert _body(wire.sent[0])["in_reply_to_id"] == "42"


def test_a_part_that_lost_its_parent_is_taken_back_and_reported() -> None:
    wire = always(answer(200, {**STATUS, "id": "43", "in_reply_to_id": None}))
    second = outgoing(Part("1"), Part("2"), part=1, earlier=(Remote("42"),))
    with pytest.raises(Rejected) as caught:
        adapter(wire).publish(second)
    assert [(p.where, p.code) for p in caught.value.problems] == [("parts[1]", "parent_lost")]
    assert [(s.method, s.path) for s in wire.sent] == [
        ("POST", "/api/v1/statuses"),
        ("DELETE", "/api/v1/statuses/43"),
    ]


def test_a_part_that_cannot_be_taken_back_is_unknown_and_not_forgotten() -> None:
    def route(sent: Sent) -> Step:
        lost = {**STATUS, "id": "43", "in_reply_to_id": None}
        return answer(200, lost) if sent.method == "POST" else answer(500)

    second = outgoing(Part("1"), Part("2"), part=1, earlier=(Remote("42"),))
    with pytest.raises(Ambiguous) as caught:
        adapter(Wire(route)).publish(second)
    assert caught.value.code == "outside_thread"
    assert "https://social.example/@ada/42" in caught.value.message


def test_a_missing_parent_that_the_server_names_is_reported() -> None:
    second = outgoing(Part("1"), Part("2"), part=1, earlier=(Remote("42"),))
    with pytest.raises(Rejected) as caught:
        adapter(always(answer(404, {"error": "no such post"}))).publish(second)
    assert caught.value.problems[0].code == "parent_lost"


# Afterwards.


def test_an_edit_sends_everything_again_and_keeps_the_id() -> None:
    wire = always(answer(200, {**STATUS, "id": "421", "url": "https://elsewhere"}))
    remote = Remote("42", "https://social.example/@ada/42")
    edited = outgoing(Part("New", (IMAGE,)), handles=uploaded())
    assert adapter(wire).edit(edited, remote) == remote
    (sent,) = wire.sent
    assert (sent.method, sent.path) == ("PUT", "/api/v1/statuses/42")
    assert _body(sent) == {
        "status": "New",
        "visibility": "public",
        "sensitive": False,
        "media_ids": ["m1"],
        "media_attributes": [{"id": "m1", "description": "A boat"}],
    }


def test_an_edit_without_handles_keeps_the_live_media() -> None:
    def route(sent: Sent) -> Step:
        if sent.method == "GET":
            return answer(200, {**STATUS, "media_attachments": [{"id": "live1"}]})
        return answer(200, STATUS)

    wire = Wire(route)
    adapter(wire).edit(outgoing(Part("New", (IMAGE,))), Remote("42"))
    assert _body(wire.sent[-1])["media_ids"] == ["live1"]


def test_an_edit_cannot_exchange_the_media() -> None:
    wire = always(answer(200, {**STATUS, "media_attachments": []}))
    with pytest.raises(Rejected) as caught:
        adapter(wire).edit(outgoing(Part("New", (IMAGE,))), Remote("42"))
    assert caught.value.problems[0].code == "media_fixed"
    assert [sent.method for sent in wire.sent] == ["GET"]


@pytest.mark.parametrize(
    ("step", "error"),
    [(answer(404), Gone), (answer(410), Gone), (answer(500), Ambiguous), (answer(200), Unreadable)],
)
def test_an_edit_that_fails(step: Step, error: type[PlatformError]) -> None:
    with pytest.raises(error):
        adapter(always(step)).edit(outgoing(), Remote("42"))


@pytest.mark.parametrize("step", [answer(200, STATUS), answer(202), answer(404), answer(410)])
def test_deleting_what_is_gone_is_success(step: Step) -> None:
    wire = always(step)
    adapter(wire).delete(Remote("42"))
    assert [(s.method, s.path) for s in wire.sent] == [("DELETE", "/api/v1/statuses/42")]


@pytest.mark.parametrize(
    ("step", "error"),
    [(answer(401), AccessRevoked), (answer(500), Ambiguous), (httpx.ConnectError("x"), Transient)],
)
def test_a_delete_that_failed_says_so(step: Step, error: type[PlatformError]) -> None:
    with pytest.raises(error):
        adapter(always(step)).delete(Remote("42"))


def test_verifying_tells_who_we_are_now() -> None:
    got = adapter(site(answer(200, instance()))).verify()
    assert (got.remote_id, got.handle) == ("7", "ada@example.social")
    assert got.limits["max_characters"] == 700


@pytest.mark.parametrize("me", [answer(401), answer(403), answer(404), answer(400, b"<html>")])
def test_a_profile_that_is_no_longer_ours_needs_reconnecting(me: Step) -> None:
    with pytest.raises(AccessRevoked):
        adapter(site(answer(404), me=me)).verify()


def test_a_token_is_revoked_with_the_apps_own_credential() -> None:
    wire = always(answer(200, {}))
    adapter(wire, client_id="key", client_secret="s3cret").revoke()
    (sent,) = wire.sent
    assert (sent.method, sent.path) == ("POST", "/oauth/revoke")
    assert sent.json() == {"client_id": "key", "client_secret": "s3cret", "token": "t0ken"}


def test_without_it_the_token_is_only_forgotten() -> None:
    wire = always(answer(200, {}))
    adapter(wire).revoke()
    assert wire.sent == []


@pytest.mark.parametrize("step", [answer(401), answer(403, {"error": "no"}), answer(404)])
def test_a_token_that_is_not_known_any_more_is_revoked(step: Step) -> None:
    adapter(always(step), client_id="key", client_secret="s3cret").revoke()


def test_a_credential_without_token_needs_reconnecting() -> None:
    mine: Account = account(server=ORIGIN)
    wire = always(answer(200, STATUS))
    with pytest.raises(AccessRevoked):
        Mastodon(mine, {}, context(wire)).publish(outgoing())
    assert wire.sent == []
