"""What people ask to be done with a credential, done by the function that may read it."""

from dataclasses import replace

import pytest

from shared.core.lifecycle import S
from shared.core.models import MINUTE, Content, Part
from shared.core.workspaces import AccountState, JobKind, JobState
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    return World()


def test_verify_keeps_what_the_platform_says(world: World) -> None:
    job = world.job(JobKind.VERIFY)
    world.run(2 * MINUTE)
    assert world.store.job("wks_1", job.id).state is JobState.DONE
    account = world.store.account("wks_1", world.account.id)
    assert account.handle == "@renamed"
    assert account.verified_at is not None


def test_verify_of_a_revoked_credential_asks_for_reconnecting(world: World) -> None:
    account = world.store.account("wks_1", world.account.id)
    sealed = world.vault.seal("wks_1", account.id, {"token": "revoked"})
    world.store.change_account(account, account, world.entry("changed"), sealed=sealed)
    job = world.job(JobKind.VERIFY)
    world.run(2 * MINUTE)
    done = world.store.job("wks_1", job.id)
    assert (done.state, done.error.code if done.error else "") == (
        JobState.FAILED,
        "access_revoked",
    )
    state = world.store.account("wks_1", world.account.id).state
    assert state is AccountState.NEEDS_RECONNECT


def test_a_live_thread_is_taken_down_part_by_part(world: World) -> None:
    post = world.post("one", after=MINUTE, parts=(Part("two"),))
    world.run(3 * MINUTE)
    world.job(JobKind.TAKEDOWN, world.delivery(post))
    world.run(2 * MINUTE)
    assert world.live == []
    assert world.network.calls.count("delete") == 2
    assert world.delivery(post).state is S.DELETED


def test_a_live_post_is_overwritten_with_its_new_text(world: World) -> None:
    post = world.post("teh cat", after=MINUTE)
    world.run(3 * MINUTE)
    corrected = replace(post, content=Content("the cat"))
    world.store.change_post(post, corrected, moves=[], audit=world.entry("edited"))
    world.job(JobKind.EDIT, world.delivery(post))
    world.run(2 * MINUTE)
    assert world.live == ["the cat"]
    assert world.delivery(post).state is S.PUBLISHED


def test_disconnecting_forgets_the_credential(world: World) -> None:
    account = world.store.account("wks_1", world.account.id)
    gone = replace(account, state=AccountState.DISCONNECTED)
    world.store.change_account(account, gone, world.entry("disconnected"))
    world.job(JobKind.DISCONNECT)
    world.run(2 * MINUTE)
    assert "revoke" in world.network.calls
    assert world.store.sealed(world.account) is None


def test_an_account_that_was_connected_again_meanwhile_stays_so(world: World) -> None:
    job = world.job(JobKind.DISCONNECT)
    world.run(2 * MINUTE)
    assert world.store.job("wks_1", job.id).state is JobState.DONE
    assert "revoke" not in world.network.calls
    assert world.store.sealed(world.account) is not None


def test_a_job_of_a_lost_worker_is_done_again(world: World) -> None:
    job = world.job(JobKind.VERIFY)
    stuck = replace(
        job, state=JobState.RUNNING, wake_at=world.clock.now() + MINUTE, lease_until=0, attempt=1
    )
    world.store.advance_job(job, stuck)
    world.run(4 * MINUTE)
    assert world.store.job("wks_1", job.id).state is JobState.DONE


def test_taking_down_a_post_that_is_just_leaving_waits_until_it_is_live(world: World) -> None:
    post = world.post("x", after=MINUTE)
    job = world.job(JobKind.TAKEDOWN, world.delivery(post))
    world.run(10 * MINUTE)
    assert world.store.job("wks_1", job.id).state is JobState.DONE
    assert world.network.calls == ["publish", "delete"]
    assert world.delivery(post).state is S.DELETED


def test_a_job_that_cannot_be_done_ends_with_its_reason(world: World) -> None:
    post = world.post("x", after=MINUTE)
    world.run(3 * MINUTE)
    job = world.job(JobKind.TAKEDOWN, world.delivery(post))
    world.store.forget_sealed(world.account)
    world.run(10 * MINUTE)
    ended = world.store.job("wks_1", job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "access_revoked"
