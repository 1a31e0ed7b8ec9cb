"""The publishing promises under faults: never twice, never lost, never early, never after a stop.

A seed decides everything. One that fails is shrunk to the fewest posts, faults and events that
still break the promise, and printed with everything that happens in it.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.core.errors import Ambiguous
from shared.core.models import MINUTE, SECOND, ReconcileClass, Remote
from shared.core.platform import Outgoing
from shared.core.services import Publisher
from shared.core.workspaces import Account
from tests.simulation.publishing import crashes
from tests.simulation.publishing.installation import Installation
from tests.simulation.publishing.judging import Tally, breaks, explanation, judged
from tests.simulation.publishing.machine import Process
from tests.simulation.publishing.network import NetworkPort, PlatformPort
from tests.simulation.publishing.ports import Ports
from tests.simulation.publishing.scenario import Event, Fault, Planned, Scenario, drawn, shrunk

TOGETHER = 20
"""Seeds of one test: what it costs to collect a test is more than what a seed costs."""
BLOCKS = 10
CHUNKS = 4


@pytest.mark.parametrize("kind", list(ReconcileClass))
@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_promise_is_broken_whatever_goes_wrong(block: int, kind: ReconcileClass) -> None:
    seeds = range(block * TOGETHER, (block + 1) * TOGETHER)
    broken = judged(drawn(seed, kind) for seed in seeds)
    assert not broken, "\n\n".join(broken)


@pytest.mark.parametrize("kind", list(ReconcileClass))
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_promise_is_broken_wherever_a_process_dies(chunk: int, kind: ReconcileClass) -> None:
    """Before and after every effect of a run."""
    tally = Tally()
    broken = judged(list(crashes.singles(kind))[chunk::CHUNKS], tally)
    assert not broken, "\n\n".join(broken)
    assert tally.counts["crashes"] == tally.counts["runs"]


def test_the_reference_run_passes_through_every_step() -> None:
    """What no crash can fall on is not tried."""
    for kind in ReconcileClass:
        names = set(crashes.effects(crashes.reference(kind)))
        wanted = {"due", "send", "mark_dispatched", "claim", "load", "take_lock", "advance"}
        wanted |= {"switches", "publish", "claim_prepare", "prepare", "save_handles"}
        wanted |= {"change_post", "advance_job", "delete", "job"}
        assert wanted <= names, kind


def test_a_seed_decides_everything() -> None:
    def story() -> list[str]:
        installation = Installation(drawn(7, ReconcileClass.LISTABLE), tracing=True)
        installation.run()
        return installation.machine.lines

    first = story()
    assert len(first) > 50
    assert story() == first


class Eager(PlatformPort):
    """An adapter that sends again when it hears nothing."""

    def publish(self, outgoing: Outgoing) -> Remote:
        try:
            return super().publish(outgoing)
        except Ambiguous:
            return super().publish(outgoing)


class EagerPort(NetworkPort):
    def open(self, account: Account, credential: Mapping[str, object]) -> PlatformPort:
        return Eager(self.network, account, dict(credential), self.ports)


class Planted(Installation):
    """With a fault that the checks must see."""

    def publisher(self, process: Process) -> Publisher:
        platforms = EagerPort(self.network, Ports(self, process))
        return replace(super().publisher(process), platforms=platforms)


def test_a_planted_fault_is_found_shrunk_and_told() -> None:
    kind = ReconcileClass.LISTABLE
    failing = next(s for n in range(40) if breaks(s := drawn(n, kind), "duplicated", Planted))
    small = shrunk(failing, lambda smaller: breaks(smaller, "duplicated", Planted))
    assert len(small.posts) == 1
    assert len(small.events) == 0
    assert len([*small.faults, *small.answers, *small.messages, *small.outages]) <= 1
    told = explanation(failing, "duplicated", Planted)
    assert str(small) in told
    assert told.count("LIVE") == 2
    assert "BROKEN: duplicated" in told


class Unfinished(Installation):
    def publisher(self, process: Process) -> Publisher:
        raise NotImplementedError("nobody wrote this")


def test_what_a_run_raises_fails_its_seed_and_stops_no_other() -> None:
    found = Unfinished(drawn(3, ReconcileClass.KEY)).run()
    assert [finding.kind for finding in found] == ["raised"]
    assert "nobody wrote this" in found[0].words
    assert "publisher" in found[0].words


def test_shrinking_keeps_what_it_takes_to_fail() -> None:
    whole = drawn(5, ReconcileClass.KEY)
    faults = tuple(Fault(number, "crash before") for number in range(9))
    whole = replace(whole, faults=faults)

    def fails(scenario: Scenario) -> bool:
        return {2, 7} <= {fault.number for fault in scenario.faults}

    small = shrunk(whole, fails)
    assert [fault.number for fault in small.faults] == [2, 7]
    assert (small.posts, small.events, small.outages) == ((), (), ())


def test_a_worker_that_prepared_and_slept_does_not_replace_what_is_leaving() -> None:
    """It would make an unknown outcome be asked about with the wrong handle, and sent again."""
    kind = ReconcileClass.TWO_PHASE
    base = Scenario("sleeper", kind, (Planned(0, 5 * MINUTE, text="a post"),), skew=0)
    kept = crashes.effects(base).index("save_handles") + 1
    told = Installation(base, tracing=True)
    told.run()
    line = next(line for line in told.machine.lines if "save_handles" in line)
    at = int(float(line.split()[0]) * SECOND)
    scenario = replace(
        base,
        faults=(Fault(kept, "stalls before"),),
        answers=(Fault(1, "applied late"),),
        events=(Event(at + SECOND // 10, "reschedule", 0, 5 * SECOND),),
    )
    installation = Installation(scenario)
    assert installation.run() == []
    assert len(installation.network.ever) == 1


def test_of_an_upload_that_the_network_forgot_a_person_is_asked() -> None:
    """Where nobody could write down that it was forgotten, nobody knows, and nobody can look."""
    posts = (Planned(0, MINUTE, text="a post", media=True),)
    forgotten = (Fault(1, "upload forgotten"),)
    base = Scenario("forgotten", ReconcileClass.TWO_PHASE, posts, answers=forgotten, skew=0)
    settling = crashes.effects(base).index("publish") + 2
    installation = Installation(replace(base, faults=(Fault(settling, "crash before"),)))
    assert installation.run() == []
    assert len(installation.asked_about) == 1
    installation = Installation(base)
    assert installation.run() == []
    assert installation.asked_about == set()


@pytest.mark.parametrize("kind", list(ReconcileClass))
def test_what_is_applied_after_the_quiet_window_is_the_stated_limit(kind: ReconcileClass) -> None:
    """It shows a post twice where a network takes nothing from us to know it by, and only there."""
    posts = (Planned(0, MINUTE, text="a post"),)
    late = (Fault(1, "applied too late"),)
    scenario = Scenario("too late", kind, posts, answers=late, skew=0, lag=SECOND)
    found = {finding.kind for finding in Installation(scenario).run()}
    assert ("duplicated" in found) is (kind is ReconcileClass.LISTABLE)
