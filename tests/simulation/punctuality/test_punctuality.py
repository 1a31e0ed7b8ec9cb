"""Lateness under the latencies that AWS publishes, in virtual time: small forms of what
`python -m bench punctuality` prints.

The steps are production's, but for the million posts, which are a queueing model.
"""

import pytest

from bench.capacity import TEXT, creation, dispatch
from bench.metered import MeteredWorld, metered_world
from bench.table import percentile
from shared.core import lifecycle, rate
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, Remote
from shared.core.timing import WIDEST, crowd_of
from shared.store.views import delivery_wake
from tests.fakes import make
from tests.simulation.punctuality import published, queueing, scenes
from tests.simulation.punctuality.capacity import W, needs
from tests.simulation.punctuality.cloud import Cloud
from tests.template.reading import resources

STALL = SECOND
"""A new environment may take this long, whatever we do."""


def test_a_crowd_leaves_within_its_second_because_it_arrives_in_turn() -> None:
    widened = scenes.at_once(500, deliverers=10)
    assert widened.early == 0
    assert len(widened.late) == 500
    assert max(widened.late) < STALL
    assert widened.states() == {S.PUBLISHED: 500}
    together = scenes.at_once(500, deliverers=10, widened=False)
    assert max(together.late) > max(widened.late)
    assert together.early == 0


def test_more_than_there_are_deliverers_for_leave_as_places_come_free_and_none_is_lost() -> None:
    outcome = scenes.at_once(500, deliverers=5)
    assert outcome.states() == {S.PUBLISHED: 500}
    assert outcome.early == 0
    assert max(outcome.late) < 10 * SECOND


def test_a_partition_gives_no_more_in_any_second_than_aws_says() -> None:
    cloud = Cloud(deliverers=5)
    wanted = {"calendar:wsp_1": (W / 4, W)}
    assert [cloud.take(wanted) for _ in range(5)] == [True] * 4 + [False]
    assert cloud.take({"calendar:wsp_2": (1, W)})
    cloud.machine.now += SECOND
    assert cloud.take(wanted)


def test_four_lost_ticks_make_nothing_late_wherever_in_its_minute_each_other_runs() -> None:
    assert max(scenes.lost_ticks(150).late) < STALL
    assert max(scenes.lost_ticks(150, lost=7).late) > STALL, "the scene can tell"


def test_after_an_outage_all_leaves_within_limits_and_nothing_stale_without_consent() -> None:
    outcome = scenes.outage(360, per_account=36)
    drained = scenes.drained(outcome)
    assert drained.stale == drained.open == outcome.early == 0
    assert drained.held
    assert drained.skipped
    assert drained.sent + drained.held + drained.skipped == 360
    assert drained.fastest >= rate.calls_pace({}).interval
    assert drained.took < drained.bound + 2 * MINUTE


def test_a_slow_video_delays_nobody_else() -> None:
    outcome, slow = scenes.slow_video(40)
    assert outcome.states() == {S.PUBLISHED: 41}
    left = outcome.cloud.left
    others = [left[f"{d.id}.0"] - d.due_at for d in outcome.deliveries if d != slow]
    assert max(others) < STALL
    assert min(others) >= 0


def test_most_of_many_posts_leave_at_once() -> None:
    late = queueing.lateness(queueing.any_instant(20_000, 0.6))
    assert min(late) >= 0
    assert percentile(late, 0.99) <= 50
    crowded = queueing.lateness([queueing.DAY] * 50)
    assert percentile(crowded, 0.99) > 50, "the model can tell"


def test_the_model_of_a_million_agrees_with_the_real_steps() -> None:
    """For a full batch, where the steps wait for each other most."""
    real = scenes.at_once(50, deliverers=5).late
    model = queueing.lateness([queueing.DAY] * 50)
    assert max(model) == pytest.approx(max(real), rel=0.3)
    assert percentile(model, 0.5) == pytest.approx(percentile(real, 0.5), rel=0.3)


def writes(name: str, *args: object) -> float:
    """With the item itself, whose partition is its own."""
    return 1 + sum(units for units, most in needs(name, args).values() if most == W)


@pytest.mark.enable_socket
def test_the_units_are_those_of_the_real_store() -> None:
    with metered_world() as world:
        counted = sending_a_post(world)
    post = make.post()
    planned = make.delivery(post)
    claimed = lifecycle.claimed(planned, owner="own", now=planned.due_at, lease=75 * SECOND)
    sending = lifecycle.intent(claimed, content_hash="h", now=planned.due_at, lease=25 * SECOND)
    live = lifecycle.part_settled(
        sending, remote=Remote("r", "u"), sent=planned.due_at, now=planned.due_at, follow=5_000
    )
    wake = delivery_wake(planned)
    assert counted == {
        "mark": writes("mark_dispatched", wake),
        "claim": writes("claim", planned.ref),
        "lock": writes("take_lock"),
        "intent": writes("advance", claimed, sending),
        "settle": writes("advance", sending, live),
    }


def sending_a_post(world: MeteredWorld) -> dict[str, float]:
    """Write units of each step of a post, counted on the real store."""
    creation(world, TEXT)
    calls = [call for call in dispatch(world).calls if call.writes]
    names = ("mark", "claim", "lock", "intent", "settle")
    return {name: call.writes for name, call in zip(names, calls, strict=True)}


def test_the_functions_are_those_of_the_template() -> None:
    functions = resources("AWS::Serverless::Function")
    deliver, tick = functions["DeliverFunction"], functions["TickFunction"]
    source = deliver["Events"]["Queue"]["Properties"]
    assert deliver["MemorySize"] == published.DELIVER_MB
    assert tick["MemorySize"] == published.TICK_MB
    assert source["BatchSize"] == published.BATCH
    assert source["MaximumBatchingWindowInSeconds"] * SECOND == published.WINDOW
    assert deliver["Timeout"] * SECOND == published.DELIVER_LIMIT
    visible = resources("AWS::SQS::Queue")["PublishQueue"]["VisibilityTimeout"]
    assert visible * SECOND == published.VISIBILITY
    assert crowd_of(1_000) < WIDEST
