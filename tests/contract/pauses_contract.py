"""Pauses lie in the items that are read with the switches, and change by compare-and-set."""

from dataclasses import replace

import pytest

from shared.core.errors import Conflict
from shared.core.workspaces import Installation, Pause, PauseFate, PauseScope
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

TAG = Pause(
    START,
    "ada",
    "fair",
    until=START + 9,
    id="pau_1",
    scope=PauseScope.TAG,
    value="Promo",
    since=START + 5,
    fate=PauseFate.SEND_AFTER,
)
EVERYBODY = Pause(START, "ada", id="pau_2", scope=PauseScope.INSTALLATION, ended=True, version=3)
ACCOUNT = Pause(START, "ada", id="pau_3", scope=PauseScope.ACCOUNT, value=make.ACCOUNT)


class PauseContract:
    def test_the_switches_show_the_pauses_of_all_three(self, stores: Stores) -> None:
        workspace, account = make.workspace(), make.account()
        stores.api.create_workspace(workspace, make.audit())
        stores.api.create_account(account, b"sealed", make.audit(2))
        stores.api.save_workspace(workspace, replace(workspace, pauses=(TAG,)), make.audit(3))
        stores.api.change_account(account, replace(account, pauses=(ACCOUNT,)), make.audit(4))
        stores.api.save_installation(Installation(), Installation(pauses=(EVERYBODY,)), [])
        switches = stores.publish.switches(make.delivery(make.post()))
        assert switches.workspace is not None
        assert switches.account is not None
        assert switches.installation.pauses == (EVERYBODY,)
        assert switches.workspace.pauses == (TAG,)
        assert switches.account.pauses == (ACCOUNT,)

    def test_the_installation_changes_by_compare_and_set(self, stores: Stores) -> None:
        assert stores.api.installation() == Installation()
        paused = Installation(pauses=(EVERYBODY,))
        first = stores.api.save_installation(Installation(), paused, [])
        assert first == replace(paused, version=1)
        with pytest.raises(Conflict) as caught:
            stores.api.save_installation(Installation(), paused, [])
        assert caught.value.code == "stale"
        second = stores.api.save_installation(first, replace(first, pauses=(TAG, EVERYBODY)), [])
        assert stores.api.installation() == second
        resumed = stores.api.save_installation(second, replace(second, pauses=()), [])
        assert stores.api.installation() == resumed
        assert (resumed.pauses, resumed.version) == ((), 3)

    def test_the_fence_and_the_pauses_leave_each_other_alone(self, stores: Stores) -> None:
        stores.publish.set_epoch(7)
        before = stores.api.installation()
        paused = replace(before, pauses=(EVERYBODY,))
        saved = stores.api.save_installation(before, paused, [])
        stores.publish.set_epoch(8)
        found = stores.api.installation()
        assert found == replace(saved, epoch=8)

    def test_each_workspace_is_told_of_a_pause_of_all(self, stores: Stores) -> None:
        """More entries than one transaction holds."""
        entries = [
            replace(make.audit(n), workspace_id=make.new_id("wsp", n)) for n in range(1, 121)
        ]
        stores.api.save_installation(Installation(), Installation(pauses=(EVERYBODY,)), entries)
        for entry in (entries[0], entries[98], entries[99], entries[-1]):
            trail = stores.api.workspace_audit(entry.workspace_id, limit=5, after=None).items
            assert trail == (entry,)
