"""The roles grant what the functions ask of AWS, on the items they ask for, and nothing else."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from moto import mock_aws

from functions.poll_engagement.beginning import listen_to_everybody
from shared.core.errors import AccessRevoked
from shared.core.models import MINUTE, Content, Media, Part
from shared.core.workspaces import AccountState, JobKind
from shared.store.api_store import DynamoApiStore
from shared.store.engagement_store import DynamoEngagementStore
from shared.store.publish_store import DynamoPublishStore
from tests.contract.api_contract import (
    AccessContract,
    AccountContract,
    LibraryContract,
    WorkspaceContract,
)
from tests.contract.counting_contract import SeriesContract
from tests.contract.inbox_contract import (
    ConversationContract,
    InboxContract,
    ItemContract,
    ListenContract,
    ReplyContract,
)
from tests.contract.posts_contract import CalendarContract, PostContract
from tests.contract.stores import Stores, new_table
from tests.fakes import network as faults
from tests.template.reading import Statement, statements
from tests.template.recorded import (
    PNG,
    NotedHalf,
    RecordedApi,
    RecordedEars,
    RecordedWorld,
    Recorder,
    Used,
    client,
)

PICTURE = Media("med_1", "image/png", 10, "ab" * 16, "media/wks_1/med_1", 4, 4, alt="a dot")
BY_LAMBDA = ("logs:", "xray:", "sqs:Receive", "sqs:Delete", "sqs:GetQueue")
"""What Lambda itself does with a function's role: logs, traces, taking messages."""


API_CONTRACTS = (
    AccessContract,
    AccountContract,
    CalendarContract,
    ConversationContract,
    InboxContract,
    ItemContract,
    LibraryContract,
    ListenContract,
    PostContract,
    ReplyContract,
    SeriesContract,
    WorkspaceContract,
)


def by_lambda(statement: Statement, action: str) -> bool:
    return action.startswith(BY_LAMBDA) or statement.target == "ScheduleDeadLetters"


def granted() -> Iterator[tuple[Statement, str]]:
    """Without what is granted only while an earlier release's key is named."""
    for statement in statements():
        if statement.sid == "FormerCredentials":
            continue
        for action in statement.actions:
            if statement.role != "ScheduleRole" and not by_lambda(statement, action):
                yield statement, action


def patterns(statement: Statement) -> list[str] | None:
    """Partition keys that the statement is limited to; None where it is not."""
    found = statement.condition.get("ForAllValues:StringLike", {})
    limits: list[str] | None = found.get("dynamodb:LeadingKeys")
    return limits


def allows(statement: Statement, action: str, used: Used) -> bool:
    if (statement.role, action, statement.target) != (used.role, used.action, used.target):
        return False
    limits = patterns(statement)
    return limits is None or any(fnmatchcase(used.leading, limit) for limit in limits)


@pytest.fixture(scope="module")
def used() -> frozenset[Used]:
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as environ, mock_aws():
        environ.setenv("AWS_ACCESS_KEY_ID", "testing")
        environ.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        play(RecordedWorld(recorder))
        listen(RecordedEars(recorder))
        edit(RecordedApi(recorder))
        keep_contract(recorder)
    return frozenset(recorder.used)


def edit(api: RecordedApi) -> None:
    """What the api does beside the table: files, credentials, messages."""
    account = api.ask("POST", "/v1/accounts", {"platform": "fake", "fields": {}})
    wanted = {"name": "dot.png", "mime": "image/png", "size": len(PNG)}
    upload = api.ask("POST", "/v1/media", wanted)
    assert api.bucket.upload(upload["upload"], PNG)
    uploaded = api.ask("POST", f"/v1/media/{upload['id']}/finish")
    fetched = api.ask("POST", "/v1/media", {"url": "https://example.com/dot.png"})
    post = {"text": "hello", "account_ids": [account["id"]], "schedule": {"now": True}}
    api.ask("POST", "/v1/posts", post)
    api.ask("POST", "/v1/posts", post | {"media_ids": [uploaded["id"]]})
    api.ask("DELETE", f"/v1/media/{fetched['id']}")
    draft = api.ask("POST", "/v1/posts", {"text": "never mind", "account_ids": [account["id"]]})
    api.ask("DELETE", f"/v1/posts/{draft['id']}")
    api.ask("POST", f"/v1/accounts/{account['id']}/pause", {})
    (workspace,) = api.ask("GET", "/v1/workspaces")["items"]
    place = {"workspace_id": workspace["id"], "role": "editor"}
    api.ask("POST", "/v1/invitations", {"email": "bob@example.com", "workspaces": [place]})


def keep_contract(recorder: Recorder) -> None:
    """Every promise of the api's store, kept while the recorder listens to that half."""
    noted, quiet = client(), client()
    recorder.listen(noted)
    for contract in API_CONTRACTS:
        for name, promise in inspect.getmembers(contract, inspect.isfunction):
            if name.startswith("test_") and len(inspect.signature(promise).parameters) == 2:
                table = new_table(quiet)
                api = NotedHalf(DynamoApiStore(noted, table), recorder)
                listening = DynamoEngagementStore(quiet, table)
                promise(contract(), Stores(DynamoPublishStore(quiet, table), api, listening))


def play(world: RecordedWorld) -> None:
    """Everything that the publisher does, each once."""
    world.start()
    world.publisher.media.files[PICTURE.key] = (b"x", PICTURE.mime)  # type: ignore[attr-defined]  # a fake
    live = world.post("a thread", parts=(Part("goes on"),))
    world.run(3 * MINUTE)
    world.job(JobKind.VERIFY)
    corrected = replace(live, content=Content("a thread, corrected", parts=(Part("goes on"),)))
    world.store.change_post(live, corrected, moves=[], audit=world.entry("edited"))
    world.job(JobKind.EDIT, world.delivery(live))
    world.job(JobKind.TAKEDOWN, world.delivery(live))
    world.run(3 * MINUTE)
    media(world)
    trouble(world)
    world.post("due when the state was lost")
    world.run(30_000)
    world.fence()
    leave(world)


def listen(world: RecordedEars) -> None:
    """What comes back, changes and goes again; posts made elsewhere; numbers of all of it."""
    network, hour = world.network, 60 * MINUTE
    live = world.live_post("hello")
    remote = world.remote(live)
    reply = network.say("hi", to=remote)
    loose = network.say("have you seen them", naming=[world.account.profile])
    network.say("me too", to=loose)
    own = network.post_elsewhere(world.account, "from my phone")
    network.post_elsewhere(world.account, "you are welcome", to=reply)
    world.run(10 * MINUTE)
    world.count()
    network.reword(reply, "hi there")
    network.reword(own, "from my new phone")
    network.take_back(loose)
    network.expires = world.clock.now() + 3 * MINUTE
    world.later(7 * hour)
    network.expires = world.clock.now()
    world.count()
    network.take_back(own)
    world.later(25 * hour)
    world.count()
    network.faults.append(faults.lost_request)
    world.post("on its way", after=MINUTE)
    network.post_elsewhere(world.account, "and this")
    world.run(10 * MINUTE)
    leave_off(world)


def leave_off(world: RecordedEars) -> None:
    """The profile withdraws its consent while it is listened to; another while it is counted."""

    def revoked(_: str) -> None:
        raise AccessRevoked("the app was removed")

    world.network.on_call = revoked
    world.clock.advance(2 * 60 * MINUTE)
    world.count()
    world.account = world.connect("bob")
    with world.recorder.calling("PollEngagementRole"):
        listen_to_everybody(world.listener)
    world.poll()


def media(world: RecordedWorld) -> None:
    world.network.processing.append(5_000)
    world.network.faults.append(faults.forgot_the_upload)
    world.post("a picture", after=12 * MINUTE, media=(PICTURE,))
    world.run(15 * MINUTE)
    world.network.dies = True
    world.network.expires = world.clock.now() + 3 * MINUTE
    world.post("a picture, later", after=12 * MINUTE, media=(PICTURE,))
    world.run(20 * MINUTE)
    world.network.expires = None


def trouble(world: RecordedWorld) -> None:
    """Lost answers, equal content, lost workers, an expired session."""
    world.network.faults.extend([faults.lost_answer, faults.refused_connection])
    for _ in range(2):
        world.post("the same")
    world.run(6 * MINUTE)
    for fault in (faults.expired_session, faults.crash_after):
        world.network.faults.append(fault)
        world.post(f"after {fault.__name__}")
        world.run(5 * MINUTE)


def leave(world: RecordedWorld) -> None:
    """The profile withdraws its consent; then a person disconnects another."""
    world.network.faults.append(faults.revoked_access)
    world.post("nobody may")
    world.run(3 * MINUTE)
    other = world.connect("bob")
    world.account = other
    gone = replace(other, state=AccountState.DISCONNECTED)
    world.store.change_account(other, gone, world.entry("disconnected"))
    world.job(JobKind.DISCONNECT)
    world.run(2 * MINUTE)


def test_whatever_the_publisher_asks_for_is_granted(used: frozenset[Used]) -> None:
    pairs = list(granted())
    refused = [each for each in used if not any(allows(s, a, each) for s, a in pairs)]
    assert refused == []


def test_nothing_is_granted_that_nobody_asks_for(used: frozenset[Used]) -> None:
    idle = [
        (statement.role, action, statement.target)
        for statement, action in granted()
        if not any(allows(statement, action, each) for each in used)
    ]
    assert idle == []


def test_no_role_reaches_items_that_it_never_touches(used: frozenset[Used]) -> None:
    unused = [
        (statement.role, limit)
        for statement, _ in granted()
        for limit in patterns(statement) or ()
        if not any(
            allows(statement, action, each) and fnmatchcase(each.leading, limit)
            for action in statement.actions
            for each in used
        )
    ]
    assert unused == []
