"""`make deploy`: few questions, the price before anything is made, a way in afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.questions import Stop
from deploy.up import VARIABLES, concurrency, up
from tests.template.reading import template
from tests.unit.deploy.scene import INTEL, Scene, native

ANSWERS = ["eu-west-1", "ada@example.com", "Europe/Madrid", "ops@example.com"]
GIVEN = dict(zip(("REGION", "ADMIN_EMAIL", "TIME_ZONE", "ALARM_EMAIL"), ANSWERS, strict=True))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, answers=list(ANSWERS))


def test_four_questions_lead_to_a_way_in(scene: Scene) -> None:
    up(scene.outside())
    assert len(scene.asked) == 4
    wanted = {
        "AdminEmail": "ada@example.com",
        "TimeZone": "Europe/Madrid",
        "AlarmEmail": "ops@example.com",
        "Footprint": "standard",
        "Runtime": "python3.13",
        "Architecture": "arm64",
    }
    assert scene.parameters.items() >= wanted.items()
    assert "https://tidings.example/#sign-in=c0de" in scene.said
    assert "tdg_1_secret" in scene.said
    assert "AWS mails ada@example.com the first one" in scene.said
    assert "ops@example.com" in scene.events[-1]


def test_the_price_is_said_before_anything_is_made(scene: Scene) -> None:
    up(scene.outside())
    (price,) = [n for n, event in enumerate(scene.events) if "a month at rest" in event]
    assert price < scene.events.index(scene.asked[-1]) < scene.events.index("sam deploy")


def test_nothing_is_asked_that_was_given(scene: Scene) -> None:
    scene.environ |= GIVEN
    scene.attended = False
    up(scene.outside())
    assert scene.asked == []
    assert scene.parameters["TimeZone"] == "Europe/Madrid"


def test_with_nobody_there_what_is_missing_is_named(scene: Scene) -> None:
    scene.attended = False
    with pytest.raises(Stop, match="ADMIN_EMAIL: an e-mail address is needed"):
        up(scene.outside())
    assert scene.commands == []


def test_a_wrong_answer_is_explained_and_asked_again(scene: Scene) -> None:
    scene.answers = ["Mars", "eu-west-1", "ada", "ada@example.com", "Madrid", "Europe/Madrid", ""]
    up(scene.outside())
    assert len(scene.asked) == 7
    for words in ("'Mars' is not", "'ada' is not", "'Madrid' is not a time zone"):
        assert words in scene.said


def test_a_wrong_variable_stops(scene: Scene) -> None:
    scene.environ = GIVEN | {"TIME_ZONE": "Madrid"}
    with pytest.raises(Stop, match="TIME_ZONE: 'Madrid' is not a time zone"):
        up(scene.outside())
    assert scene.commands == []


def test_alarms_go_to_the_administrator_unless_told_otherwise(scene: Scene) -> None:
    scene.answers[3] = ""
    up(scene.outside())
    assert scene.parameters["AlarmEmail"] == "ada@example.com"


def test_no_alarm_mail_is_an_answer_that_is_remembered(scene: Scene) -> None:
    scene.answers[3] = "none"
    up(scene.outside())
    assert scene.parameters["AlarmEmail"] == ""
    scene.answers = ["", "", "", ""]
    up(scene.outside())
    assert scene.parameters["AlarmEmail"] == ""


def test_without_credentials_nothing_is_asked(scene: Scene) -> None:
    scene.account.signed_in = False
    with pytest.raises(Stop, match="Sign in first"):
        up(scene.outside())
    assert scene.events == []


def test_deploying_again_offers_the_same_and_makes_no_key(scene: Scene) -> None:
    up(scene.outside())
    scene.events.clear()
    scene.answers = ["", "", "", ""]
    up(scene.outside())
    assert scene.parameters["AdminEmail"] == "ada@example.com"
    assert "ops@example.com" in scene.asked[-1]
    assert "tdg_" not in scene.said
    assert "#sign-in=c0de" in scene.said


def test_what_was_not_given_stays_as_it_is(scene: Scene) -> None:
    scene.environ = {"FOOTPRINT": "small", "DELIVER_CONCURRENCY": "7"}
    up(scene.outside())
    assert scene.parameters["DeliverConcurrency"] == "7"
    scene.environ.clear()
    scene.answers = ["", "", "", ""]
    up(scene.outside())
    assert scene.parameters["Footprint"] == "small"
    assert "DeliverConcurrency" not in scene.parameters
    assert scene.account.stacks["tidings"].parameters["DeliverConcurrency"] == "7"


def test_the_key_of_an_earlier_release_goes_on_to_open_what_it_sealed(scene: Scene) -> None:
    scene.account.deploy("tidings", {"AdminEmail": "ada@example.com"})
    stack = scene.account.stacks["tidings"]
    outputs = {**stack.outputs, "CredentialsKeyArn": "arn:aws:kms:eu-west-1:1:key/k"}
    scene.account.stacks["tidings"] = replace(stack, outputs=outputs)
    for _ in range(2):  # the second time it is a parameter that is only kept
        scene.answers = [""] * 4
        up(scene.outside())
    assert scene.account.stacks["tidings"].parameters["FormerKey"].endswith(":key/k")


def test_a_restore_is_a_deployment_with_two_variables(scene: Scene) -> None:
    scene.environ = GIVEN | {"STATE_EPOCH": "1", "RESTORED_TABLE": "tidings-restored-1"}
    up(scene.outside())
    assert scene.parameters["StateEpoch"] == "1"
    assert scene.parameters["RestoredTableName"] == "tidings-restored-1"


def test_a_layer_for_another_processor_is_refused(scene: Scene) -> None:
    native(scene.folder / "DependenciesLayer" / "python", machine=INTEL, name="odd")
    with pytest.raises(Stop, match=r"odd\..* is built for x86_64, not for arm64"):
        up(scene.outside())
    assert scene.commands == []


def test_a_layer_for_another_python_is_refused(scene: Scene) -> None:
    scene.environ["RUNTIME"] = "python3.12"
    with pytest.raises(Stop, match=r"is built for python3\.13, not for python3\.12"):
        up(scene.outside())
    assert scene.commands == []


def test_missing_bytecode_is_said_and_stops_nothing(scene: Scene) -> None:
    up(scene.outside())
    assert "without bytecode" in scene.said
    scene.events.clear()
    compiled = scene.folder / "DependenciesLayer" / "python" / "fast.cpython-313.pyc"
    compiled.write_bytes(b"")
    scene.answers = ["", "", "", ""]
    up(scene.outside())
    assert "without bytecode" not in scene.said


@pytest.mark.parametrize(
    ("status", "words"),
    [("ROLLBACK_COMPLETE", "make undeploy"), ("UPDATE_IN_PROGRESS", "wait until AWS is done")],
)
def test_a_stack_that_cannot_be_updated_is_said_so(scene: Scene, status: str, words: str) -> None:
    scene.account.deploy("tidings", {})
    scene.account.stacks["tidings"] = replace(scene.account.stacks["tidings"], status=status)
    with pytest.raises(Stop, match=words):
        up(scene.outside())
    assert scene.commands == []


def test_when_sam_fails_nobody_is_let_in(scene: Scene) -> None:
    scene.sam_fails = True
    with pytest.raises(Stop, match="SAM could not deploy"):
        up(scene.outside())
    assert scene.account.invoked == []


def test_a_first_key_that_failed_can_be_made_later(scene: Scene) -> None:
    scene.account.broken_function = True
    with pytest.raises(Stop, match="make deploy NEW_KEY=1"):
        up(scene.outside())
    scene.account.broken_function = False
    scene.answers, scene.environ = ["", "", "", ""], {"NEW_KEY": "1"}
    up(scene.outside())
    assert "tdg_1_secret" in scene.said


@pytest.mark.parametrize(
    ("quota", "deliver", "prepare"), [(10, "5", "3"), (99, "5", "3"), (1_000, "100", "20")]
)
def test_workers_leave_room_for_the_tick_and_the_api(
    quota: int, deliver: str, prepare: str
) -> None:
    assert concurrency(quota) == {"DeliverConcurrency": deliver, "PrepareConcurrency": prepare}
    assert int(deliver) + int(prepare) + 2 <= quota


def test_a_quota_below_that_of_a_new_account_is_refused(scene: Scene) -> None:
    scene.account.quota = 5
    with pytest.raises(Stop, match="Service Quotas"):
        up(scene.outside())
    assert scene.commands == []


def test_an_unknown_footprint_is_refused(scene: Scene) -> None:
    scene.environ["FOOTPRINT"] = "tiny"
    with pytest.raises(Stop, match="full, standard or small"):
        up(scene.outside())


def test_what_is_deployed_are_parameters_of_the_template(scene: Scene) -> None:
    up(scene.outside())
    assert {*scene.parameters, *VARIABLES.values()} <= set(template()["Parameters"])
