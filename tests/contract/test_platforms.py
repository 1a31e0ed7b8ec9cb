"""What every adapter must hold to, whichever network it speaks to.

A new network is tested by its golden data alone: `tests/golden/<platform>/*.json` are parts and the
body that each becomes; `server/server.json` is a server that says yes to everything.
"""

import fnmatch
import inspect
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.core.engagement import SeenItem
from shared.core.errors import Ambiguous, SocialError, Unsupported
from shared.core.models import (
    Draft,
    LinkCard,
    Media,
    Options,
    Part,
    ReconcileClass,
    Remote,
    Target,
)
from shared.core.platform import Outgoing, Platform, Platforms, Verb
from shared.core.workspaces import Account
from shared.platforms.base import Adapter, Context
from shared.platforms.http import FAULTS, Phase
from shared.platforms.registry import ADAPTERS, Registry, adapter
from tests.fakes.bucket import FakeBucket
from tests.fakes.make import account
from tests.fakes.time import START, FakeClock
from tests.fakes.wire import Sent, Step, Wire, answer, client

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
NAMES = sorted(ADAPTERS)
CREATED = START + 7
SINCE = START - 60_000

every_platform = pytest.mark.parametrize("name", NAMES)


@dataclass(frozen=True)
class World:
    """One platform's golden server, and an account on it."""

    name: str
    data: Mapping[str, Any]

    @property
    def account(self) -> Account:
        return replace(account(platform=self.name), **self.data["account"])

    @property
    def remote(self) -> Remote:
        return Remote(**self.data["remote"])

    @property
    def target(self) -> Target:
        """What somebody wrote in answer to `remote`."""
        return Target(**self.data["target"])

    def says_yes(self, sent: Sent) -> Step:
        asked = f"{sent.method} {sent.path}"
        for pattern, body in self.data["answers"].items():
            if fnmatch.fnmatchcase(asked, pattern):
                return answer(200, body)
        return answer(404)

    def registry(self, wire: Wire) -> Registry:
        return Registry(lambda: client(wire), options={}, clock=FakeClock())

    def open(self, wire: Wire) -> Platform:
        return self.registry(wire).open(self.account, self.data["credential"])


def world(name: str) -> World:
    return World(name, json.loads((GOLDEN / name / "server" / "server.json").read_text()))


def picture() -> tuple[Media, FakeBucket]:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    bucket = FakeBucket()
    bucket.write("key", out.getvalue(), mime="image/png")
    return Media("med_1", "image/png", len(out.getvalue()), "sha", "key", 30, 20, alt="Red"), bucket


def outgoing(draft: Draft, handles: Mapping[str, object] | None = None) -> Outgoing:
    return Outgoing(draft, 0, "dlv_1.0", CREATED, handles or {})


Drive = Callable[[World, Wire], object]


def _prepared(world: World, wire: Wire, draft: Draft) -> Mapping[str, object]:
    handles: Mapping[str, object] = {}
    for _ in range(5):
        done = world.open(wire).prepare(draft, handles, picture()[1])
        handles = done.handles
        if done.again_in is None:
            break
    return handles


def _prepare(world: World, wire: Wire) -> object:
    return _prepared(world, wire, Draft((Part("Hello", (picture()[0],)),)))


def _locate(world: World, wire: Wire) -> object:
    part = outgoing(Draft((Part("Hello"),)))
    return world.open(wire).locate(part, since=SINCE, owned=frozenset())


def _publish(world: World, wire: Wire) -> Remote:
    return world.open(wire).publish(outgoing(Draft((Part("Hello"),))))


DRIVES: Mapping[str, Drive] = {
    "connect": lambda w, wire: w.registry(wire).connect(w.name, w.data["fields"]),
    "prepare": _prepare,
    "publish": _publish,
    "locate": _locate,
    "edit": lambda w, wire: w.open(wire).edit(outgoing(Draft((Part("New"),))), w.remote),
    "delete": lambda w, wire: w.open(wire).delete(w.remote),
    "verify": lambda w, wire: w.open(wire).verify(),
    "refresh": lambda w, wire: w.open(wire).refresh(),
    "revoke": lambda w, wire: w.open(wire).revoke(),
    "activity": lambda w, wire: w.open(wire).activity(since=SINCE, page=None),
    "threads": lambda w, wire: w.open(wire).threads([w.remote]),
    "look": lambda w, wire: w.open(wire).look([w.target.remote_id]),
    "own_posts": lambda w, wire: w.open(wire).own_posts(since=SINCE, page=None),
    "post_metrics": lambda w, wire: w.open(wire).post_metrics([w.remote]),
    "account_metrics": lambda w, wire: w.open(wire).account_metrics(),
    "find_people": lambda w, wire: w.registry(wire).open(w.account, {}).find_people("bo."),
    "like": lambda w, wire: w.open(wire).like(w.target, liked=True),
    "unlike": lambda w, wire: w.open(wire).like(w.target, liked=False),
    "hide": lambda w, wire: w.open(wire).hide(w.target, hidden=True),
    "unhide": lambda w, wire: w.open(wire).hide(w.target, hidden=False),
}
BOTH_WAYS = {"unlike": "like", "unhide": "hide"}


def supported(name: str) -> list[str]:
    declared = adapter(name).capabilities.verbs
    verbs = {drive: BOTH_WAYS.get(drive, drive) for drive in DRIVES}
    return [one for one, verb in verbs.items() if verb not in set(Verb) or Verb(verb) in declared]


CASES = [(name, verb) for name in NAMES for verb in supported(name)]
every_verb = pytest.mark.parametrize(("name", "verb"), CASES)


# What is declared.


def test_there_are_platforms_and_the_registry_is_one() -> None:
    platforms: Platforms = Registry(
        lambda: client(Wire(lambda sent: answer())), options={}, clock=FakeClock()
    )
    assert list(platforms.names()) == NAMES
    assert len(NAMES) >= 2


@every_platform
def test_the_name_is_the_registrys(name: str) -> None:
    assert adapter(name).capabilities.platform == name


@every_platform
def test_declared_verbs_are_the_implemented_ones(name: str) -> None:
    kind = adapter(name)
    implemented = {verb for verb in Verb if getattr(kind, verb) is not getattr(Adapter, verb)}
    assert implemented == kind.capabilities.verbs


@every_platform
def test_what_every_adapter_must_do_is_implemented(name: str) -> None:
    kind = adapter(name)
    for verb in ("check", "needs_prepare", "connect", "publish", "verify"):
        assert getattr(kind, verb) is not getattr(Adapter, verb)


def test_an_undeclared_verb_is_unsupported() -> None:
    some = world(NAMES[0])
    bare = type("Bare", (Adapter,), {"capabilities": adapter(NAMES[0]).capabilities})
    opened = bare(some.account, {}, Context(client(Wire(some.says_yes)), FakeClock(), {}))
    part = outgoing(Draft((Part("x"),)))
    for call in (
        lambda: opened.prepare(part.draft, {}, FakeBucket()),
        lambda: opened.publish(part),
        lambda: opened.locate(part, since=0, owned=frozenset()),
        lambda: opened.edit(part, some.remote),
        lambda: opened.delete(some.remote),
        opened.verify,
        opened.refresh,
        opened.revoke,
        lambda: opened.activity(since=0, page=None),
        lambda: opened.threads([some.remote]),
        lambda: opened.look([some.remote.id]),
        lambda: opened.own_posts(since=0, page=None),
        lambda: opened.post_metrics([some.remote]),
        opened.account_metrics,
        lambda: opened.find_people("bo"),
        lambda: opened.like(Target("x"), liked=True),
        lambda: opened.hide(Target("x"), hidden=True),
    ):
        with pytest.raises(Unsupported):
            call()


@every_platform
def test_every_fact_has_a_page_and_a_day(name: str) -> None:
    facts = adapter(name).capabilities.facts
    assert facts
    for fact in facts.values():
        assert fact.value > 0
        assert fact.source.startswith("https://")
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", fact.read_on)


@every_platform
def test_capabilities_are_whole(name: str) -> None:
    can = adapter(name).capabilities
    assert can.title
    assert can.counting
    assert can.visibilities
    assert can.max_images > 0
    assert can.image_mimes >= {"image/jpeg", "image/png"}
    assert any(field.secret for field in can.connect_fields)
    if can.reconcile is not ReconcileClass.NOTHING:
        assert Verb.LOCATE in can.verbs


@every_platform
def test_who_counts_says_what_and_how_often(name: str) -> None:
    can = adapter(name).capabilities
    assert bool(can.metrics) == (Verb.POST_METRICS in can.verbs)
    assert bool(can.account_metrics) == (Verb.ACCOUNT_METRICS in can.verbs)
    assert can.account_metrics <= {"followers", "following", "posts"}
    if Verb.ACTIVITY in can.verbs:
        # Of fewer, the least that listening and counting need would take publishing's half.
        assert can.facts["calls_per_5_minutes"].value >= 100
    if Verb.POST_METRICS in can.verbs:
        assert "metrics_batch" in can.facts


@every_platform
def test_every_entered_field_is_declared(name: str) -> None:
    declared = {field.name: field for field in adapter(name).capabilities.connect_fields}
    given = world(name).data["fields"]
    assert given.keys() <= declared.keys()
    assert {field.name for field in declared.values() if field.required} <= given.keys()


@every_platform
def test_a_preview_shows_every_part_in_full_and_in_order(name: str) -> None:
    """Whatever overlaps in the text: nothing is lost, and nothing is said twice."""
    here, (media, _) = world(name), picture()
    text = "a @b@c.example/#d https://x.com/@y#z.w #e#f @@g ##h $TICK https:// x"
    draft = Draft((Part(text), Part("More", (media, media))))
    first, second = here.registry(Wire(here.says_yes)).preview(here.account, draft)
    assert "".join(segment.sent for segment in first.segments) == text
    assert all(segment.shown for segment in first.segments)
    assert second.gallery is not None
    assert [tile.media for tile in second.gallery.tiles] == [media, media]


# What happens on the wire.


@every_verb
def test_a_server_that_says_yes(name: str, verb: str) -> None:
    here = world(name)
    wire = Wire(here.says_yes)
    DRIVES[verb](here, wire)
    assert wire.sent, f"{verb} of {name} asked nobody"


@every_platform
def test_connecting_gives_what_opening_needs(name: str) -> None:
    here = world(name)
    got = here.registry(Wire(here.says_yes)).connect(name, here.data["fields"])
    assert got.server == here.account.server
    assert got.remote_id == here.account.remote_id
    assert json.loads(json.dumps(got.credential)) == got.credential
    assert all(isinstance(value, int) for value in got.limits.values())


@every_platform
def test_handles_can_be_stored_and_are_enough(name: str) -> None:
    here = world(name)
    wire = Wire(here.says_yes)
    draft = Draft((Part("Hello", (picture()[0],)),))
    handles = _prepared(here, wire, draft)
    stored = json.loads(json.dumps(handles))
    assert stored == handles
    before = len(wire.sent)
    again = here.open(wire).prepare(draft, stored, picture()[1])
    assert again.again_in is None
    assert len(wire.sent) == before, "what was prepared is prepared again"
    here.open(wire).publish(outgoing(draft, stored))


def breaking(here: World, number: int, step: Callable[[], Step]) -> Wire:
    """Breaks the request of that number and says yes to the others."""
    wire = Wire(lambda sent: step() if len(wire.sent) - 1 == number else here.says_yes(sent))
    return wire


def requests_of(here: World, verb: str) -> list[Sent]:
    wire = Wire(here.says_yes)
    DRIVES[verb](here, wire)
    return wire.sent


def every_fault() -> Iterator[type[Exception]]:
    for _, kind in inspect.getmembers(httpx, inspect.isclass):
        if issubclass(kind, httpx.TransportError | httpx.InvalidURL | httpx.DecodingError):
            yield kind
    yield ConnectionResetError


def outcome(drive: Drive, here: World, wire: Wire) -> SocialError | None:
    """The error that came out; one that is not ours fails the test."""
    try:
        drive(here, wire)
    except SocialError as error:
        return error
    return None


@every_verb
@pytest.mark.parametrize("kind", [*every_fault()], ids=lambda kind: kind.__name__)
def test_no_error_of_the_library_escapes(name: str, verb: str, kind: type[Exception]) -> None:
    here = world(name)
    for number, _ in enumerate(requests_of(here, verb)):
        wire = breaking(here, number, lambda: kind("broken"))
        outcome(DRIVES[verb], here, wire)
        assert len(wire.sent) > number


ODD = [
    *(b"", b"<html></html>", b'{"error": "no"}'),
    *(b"[]", b"null", b'{"error": {"a": [1]}}', b'{"id": 1, "uri": [], "cid": null}', b"\xff\x00"),
]
STATUSES = [200, 201, 202, 204, 206, 301, 304, 400, 401, 403, 404, 409, 410, 413, 418, 422, 429]
BROKEN = [500, 502, 503, 504, 522]


@every_verb
@pytest.mark.parametrize("status", [*STATUSES, *BROKEN])
def test_no_answer_makes_more_than_our_own_errors(name: str, verb: str, status: int) -> None:
    here = world(name)
    for number, _ in enumerate(requests_of(here, verb)):
        for body in ODD if status == 200 else ODD[:3]:
            wire = breaking(here, number, lambda body=body: answer(status, body))  # type: ignore[misc]  # mypy cannot type a default in a lambda
            outcome(DRIVES[verb], here, wire)
            assert len(wire.sent) > number


LOST: list[Callable[[], Step]] = [
    *(
        lambda kind=kind: kind("lost")
        for kind, phase in FAULTS.items()
        if phase is Phase.AFTER and issubclass(kind, httpx.TransportError)
    ),
    *(lambda status=status: answer(status, b"") for status in BROKEN),
    lambda: answer(200, b""),
    lambda: answer(200, b"<html>"),
    lambda: answer(200, b"[]"),
    lambda: answer(200, b"{}"),
]


@every_platform
def test_a_post_that_may_have_happened_is_called_ambiguous(name: str) -> None:
    """The promise never to send twice rests on this: no guess, no other name, no second try."""
    here = world(name)
    writes = [n for n, sent in enumerate(requests_of(here, "publish")) if sent.method != "GET"]
    assert writes
    for lost in LOST:
        wire = breaking(here, writes[-1], lost)
        assert isinstance(outcome(_publish, here, wire), Ambiguous)
        assert len([sent for sent in wire.sent if sent.method != "GET"]) == len(writes)


@every_platform
def test_a_post_that_cannot_have_happened_is_not(name: str) -> None:
    here = world(name)
    writes = [n for n, sent in enumerate(requests_of(here, "publish")) if sent.method != "GET"]
    for kind, phase in FAULTS.items():
        if phase is Phase.BEFORE:
            wire = breaking(here, writes[-1], lambda kind=kind: kind("refused"))  # type: ignore[misc]  # mypy cannot type a default in a lambda
            error = outcome(_publish, here, wire)
            assert error is not None
            assert not isinstance(error, Ambiguous)


@every_platform
def test_the_same_part_is_always_the_same_request(name: str) -> None:
    here = world(name)
    first, second = (requests_of(here, "publish") for _ in range(2))
    assert [(s.method, s.url, s.headers, s.body) for s in first] == [
        (s.method, s.url, s.headers, s.body) for s in second
    ]


@every_platform
def test_the_credential_goes_to_its_own_server_only(name: str) -> None:
    here = world(name)
    for verb in set(supported(name)) - {"find_people"}:
        for sent in requests_of(here, verb):
            assert sent.url.startswith(f"{here.account.server}/")


finding = pytest.mark.parametrize(
    "name", [name for name in NAMES if Verb.FIND_PEOPLE in adapter(name).capabilities.verbs]
)


@finding
def test_people_are_looked_for_without_the_credential(name: str) -> None:
    """The api asks, and it never has one."""
    here = world(name)
    bare, signed_in = Wire(here.says_yes), Wire(here.says_yes)
    (found,) = here.registry(bare).open(here.account, {}).find_people("bo.")
    assert here.open(signed_in).find_people("bo.") == (found,)
    assert bare.sent == signed_in.sent
    (sent,) = bare.sent
    assert "authorization" not in sent.headers
    assert sent.query["q"] == "bo."
    assert "@" not in found.handle.removesuffix("@far.example")
    assert found.name == "Bo"


# What comes back.

listening = pytest.mark.parametrize(
    "name", [name for name in NAMES if Verb.ACTIVITY in adapter(name).capabilities.verbs]
)


def read_by(here: World, verb: str) -> dict[str, SeenItem]:
    """The items that one way of reading shows, by their id."""
    opened = here.open(Wire(here.says_yes))
    if verb == "activity":
        items = opened.activity(since=SINCE, page=None).items
    elif verb == "threads":
        thread = opened.threads([here.remote])[here.remote.id]
        assert thread is not None
        items = thread.items
    else:
        found = opened.look([here.target.remote_id])
        items = tuple(item for item in found.values() if item is not None)
    return {item.remote_id: item for item in items}


@listening
def test_every_way_of_reading_sees_the_same(name: str) -> None:
    """Else the inbox would take each look for an edit of what the look before it kept."""
    here = world(name)
    looked = read_by(here, "look")[here.target.remote_id]
    assert looked.target == here.target
    assert looked.parent_id == here.remote.id
    assert not looked.ours
    assert read_by(here, "activity")[here.target.remote_id] == looked
    assert read_by(here, "threads")[here.target.remote_id] == looked


@listening
def test_own_posts_and_numbers_are_of_the_declared_kind(name: str) -> None:
    here = world(name)
    opened = here.open(Wire(here.says_yes))
    (post,) = opened.own_posts(since=SINCE, page=None).posts
    assert post.remote.id == here.remote.id
    numbers = opened.post_metrics([here.remote])[here.remote.id]
    assert numbers is not None
    assert numbers.keys() == opened.capabilities.metrics
    assert opened.account_metrics().keys() == opened.capabilities.account_metrics
    assert all(value > 0 for value in numbers.values())


# Golden parts.


@dataclass(frozen=True)
class Golden:
    platform: str
    path: Path

    def __str__(self) -> str:
        return f"{self.platform}-{self.path.stem}"


GOLDENS = [Golden(name, path) for name in NAMES for path in sorted((GOLDEN / name).glob("*.json"))]
NOT_SENT = {"what", "draft", "part", "earlier", "handles", "limits", "counts"}


def draft_of(case: Mapping[str, Any]) -> Draft:
    parts = tuple(
        Part(part["text"], tuple(Media(**media) for media in part.get("media", ())), card_of(part))
        for part in case["draft"]["parts"]
    )
    options = dict(case["draft"].get("options", {}))
    options["languages"] = tuple(options.get("languages", ()))
    target = case["draft"].get("reply_to")
    return Draft(parts, Options(**options), Target(**target) if target else None)


def card_of(part: Mapping[str, Any]) -> LinkCard | None:
    if "card" not in part:
        return None
    media = part["card"].get("media")
    return LinkCard(**part["card"] | {"media": Media(**media) if media else None})


def expanded(value: Any) -> Any:
    """`{"repeat": "a", "times": 3}` stands for "aaa", so that long texts stay readable."""
    if isinstance(value, dict):
        if value.keys() == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {name: expanded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        texts = [expanded(inner) for inner in value]
        joined = texts and texts[0] == "+"
        return "".join(texts[1:]) if joined else texts
    return value


def load(golden: Golden) -> Any:
    return expanded(json.loads(golden.path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("golden", GOLDENS, ids=str)
def test_a_golden_part_becomes_this_body(golden: Golden) -> None:
    case, here = load(golden), world(golden.platform)
    expected = {key: case[key] for key in case.keys() - NOT_SENT}
    if not expected:
        return
    wire = Wire(here.says_yes)
    part = Outgoing(
        draft_of(case),
        case.get("part", 0),
        "dlv_1.0",
        CREATED,
        case.get("handles", {}),
        tuple(Remote(**remote) for remote in case.get("earlier", ())),
    )
    outcome(lambda w, wire: w.open(wire).publish(part), here, wire)
    body = next(sent.json() for sent in wire.sent if sent.method != "GET")
    assert isinstance(body, dict)
    if "payload" in expected:
        assert body == expected["payload"]
    else:
        assert {key: body.get(key) for key in expected} == expected


@pytest.mark.parametrize("golden", GOLDENS, ids=str)
def test_a_golden_draft_counts_so_much(golden: Golden) -> None:
    case, here = load(golden), world(golden.platform)
    if "counts" not in case:
        return
    wire = Wire(here.says_yes)
    mine = replace(here.account, limits=case.get("limits", {}))
    check = here.registry(wire).check(mine, draft_of(case))
    assert [count.used for count in check.counts] == case["counts"]
    assert wire.sent == []


@every_platform
def test_there_are_golden_parts(name: str) -> None:
    assert len([golden for golden in GOLDENS if golden.platform == name]) >= 5


# Counter and payload.

TEXTS = st.lists(
    st.sampled_from(
        [
            *("Hello", "https://example.com/a_(b)?q=1.", "@ada@social.example", "@ada.example"),
            *("#tag", "👩‍👩‍👧‍👦", "\n", "é", "e\u0301", "<b>&amp;", "日本語", "http://localhost/x"),
        ]
    )
    | st.text(max_size=12),
    max_size=12,
).map(" ".join)


@every_platform
def test_a_check_names_the_links_of_each_part(name: str) -> None:
    here = world(name)
    draft = Draft((Part("See (https://example.com/a?b=1#c)."), Part("no link")))
    check = here.registry(Wire(here.says_yes)).check(here.account, draft)
    assert check.links == (("https://example.com/a?b=1#c",), ())


@every_platform
def test_a_card_goes_out_as_written_where_cards_are_taken_and_elsewhere_it_is_said(
    name: str,
) -> None:
    here = world(name)
    wire = Wire(here.says_yes)
    registry, taken = here.registry(wire), adapter(name).capabilities.link_cards
    shown, bucket = picture()
    draft = Draft((Part("Look", card=LinkCard("https://example.com/a", "Title", "Words", shown)),))
    check = registry.check(here.account, draft)
    assert check.problems == ()
    assert [notice.where for notice in check.notices] == ([] if taken else ["parts[0].card"])
    assert check.links == ((("https://example.com/a",) if taken else ()),)
    assert registry.needs_prepare(here.account, draft) == taken
    opened = registry.open(here.account, here.data["credential"])
    handles = opened.prepare(draft, {}, bucket).handles
    before = len(wire.sent)
    opened.publish(outgoing(draft, handles))
    body = next(sent.json() for sent in wire.sent[before:] if sent.method != "GET")
    written = {"https://example.com/a", "Title", "Words"} & {*texts_in(body)}
    assert len(written) == (3 if taken else 0)
    beside = registry.check(here.account, Draft((replace(draft.parts[0], media=(shown,)),)))
    assert [problem.where for problem in beside.problems] == (["parts[0].card"] if taken else [])


@every_platform
@given(text=TEXTS)
def test_what_was_counted_is_what_is_sent(name: str, text: str) -> None:
    """`check` is pure and counts each part; a text that it lets pass is sent unchanged."""
    here = world(name)
    wire = Wire(here.says_yes)
    registry = here.registry(wire)
    draft = Draft((Part(text),))
    check = registry.check(here.account, draft)
    assert wire.sent == []
    assert len(check.counts) == 1
    assert check.counts == registry.check(here.account, draft).counts
    (count,) = check.counts
    assert (count.used > count.limit) == any(p.code == "too_long" for p in check.problems)
    if check.problems:
        return
    registry.open(here.account, here.data["credential"]).publish(outgoing(draft))
    body = next(sent.json() for sent in wire.sent if sent.method != "GET")
    assert text in texts_in(body)


def texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_in(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []


@every_platform
@pytest.mark.parametrize(
    "piece",
    [
        *("https://", "https://e.com/", "https://e.com/(", "https://a.", "a.com/", "@a.b ", "@a@"),
        *("#a ", "#", "$a ", "(a", '"', "a.", "e\u0301", "\u200d"),
    ],
)
def test_a_hostile_text_does_not_hold_us_up(name: str, piece: str) -> None:
    """The api takes 25,000 characters. Anything worse than linear would not end within the run."""
    here = world(name)
    registry = here.registry(Wire(here.says_yes))
    for start in ("", "https://e.com/", "@"):
        draft = Draft((Part((start + piece * 100_000)[:100_000]),))
        registry.needs_prepare(here.account, draft)
        assert registry.check(here.account, draft).counts[0].used > 0


@every_platform
def test_an_empty_post_is_a_problem_and_a_picture_needs_preparing(name: str) -> None:
    here = world(name)
    registry = here.registry(Wire(here.says_yes))
    empty, shown = Draft((Part(" \n"),)), Draft((Part("", (picture()[0],)),))
    assert [p.code for p in registry.check(here.account, empty).problems] == ["empty"]
    assert registry.check(here.account, shown).problems == ()
    assert registry.needs_prepare(here.account, shown)
    assert not registry.needs_prepare(here.account, Draft((Part("Hello"),)))


@every_platform
def test_every_problem_names_a_place_that_the_api_can_name(name: str) -> None:
    here = world(name)
    media = replace(picture()[0], alt="a" * 50_000, mime="application/pdf")
    bad = Draft((Part("x" * 50_000, (media,) * 30), Part("")), Options(visibility="nobody"))
    check = here.registry(Wire(here.says_yes)).check(here.account, bad)
    assert check.problems
    for problem in (*check.problems, *check.notices):
        assert re.fullmatch(r"(parts\[\d+\](\.\w+(\[\d+\](\.\w+)?)?)?|options\.\w+)", problem.where)
        assert re.fullmatch(r"[a-z_]+", problem.code)
        assert problem.message.endswith((".", "?", "!"))


# Names stay at home.

EXAMPLES = {f"functions/api/schemas/{name}.py" for name in ("calendar", "metrics", "requests")}
"""The API's documented examples have to name some network."""


@every_platform
def test_no_other_module_knows_the_platform(name: str) -> None:
    own = re.compile(rf"shared/platforms/({name}(_\w+)?|registry)\.py")
    knowing = []
    for folder in ("shared", "functions"):
        for path in (ROOT / folder).rglob("*.py"):
            where = path.relative_to(ROOT).as_posix()
            if own.fullmatch(where) or where in EXAMPLES:
                continue
            if name in path.read_text(encoding="utf-8").lower():
                knowing.append(where)
    assert knowing == []
