"""What a workspace keeps beside its posts; run against each store by `test_store.py`."""

from dataclasses import replace

import pytest

from shared.core.campaigns import Campaign
from shared.core.errors import Conflict, NotFound
from shared.core.kept import Kept
from shared.core.people import INSTALLATION, Invitation, Membership, Person, person_id
from shared.core.roles import Role
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START


def campaign(number: int = 1, workspace_id: str = make.WORKSPACE) -> Campaign:
    name = f"Spring {number}"
    return Campaign(make.new_id("cmp", number), workspace_id, name, START, "key_ada")


def person(email: str) -> Person:
    return Person(person_id(email), email, START)


class KeptContract:
    def test_what_is_kept_changes_by_compare_and_set(self, stores: Stores) -> None:
        made = campaign()
        stores.api.keep(made, make.audit(1))
        with pytest.raises(Conflict) as caught:
            stores.api.keep(made, make.audit(2))
        assert caught.value.code == "exists"
        later = replace(made, last_day="2026-05-31", colour="teal")
        stored = stores.api.change_kept(made, later, make.audit(3))
        assert stored == replace(later, version=2)
        assert stores.api.kept(Campaign, make.WORKSPACE, made.id) == stored
        with pytest.raises(Conflict) as caught:
            stores.api.change_kept(made, later, make.audit(4))
        assert caught.value.code == "stale"
        cleared = stores.api.change_kept(stored, replace(stored, last_day=None), make.audit(5))
        assert stores.api.kept(Campaign, make.WORKSPACE, made.id) == cleared
        trail = stores.api.workspace_audit(make.WORKSPACE, limit=10, after=None).items
        assert [entry.id for entry in trail] == [make.new_id("aud", n) for n in (5, 3, 1)]

    def test_what_is_dropped_is_gone(self, stores: Stores) -> None:
        made = campaign()
        stores.api.keep(made, make.audit(1))
        stored = stores.api.change_kept(made, replace(made, name="Summer"), make.audit(2))
        with pytest.raises(Conflict):
            stores.api.drop_kept(made, make.audit(3))
        stores.api.drop_kept(stored, make.audit(4))
        with pytest.raises(NotFound):
            stores.api.kept(Campaign, make.WORKSPACE, made.id)
        with pytest.raises(Conflict):
            stores.api.drop_kept(stored, make.audit(5))

    def test_what_is_kept_is_listed_by_workspace(self, stores: Stores) -> None:
        for number in (2, 1):
            stores.api.keep(campaign(number), make.audit(number))
        foreign = campaign(3, make.new_id("wsp", 2))
        stores.api.keep(foreign, replace(make.audit(3), workspace_id=foreign.workspace_id))
        assert list(stores.api.all_kept(Campaign, make.WORKSPACE)) == [campaign(1), campaign(2)]
        with pytest.raises(NotFound):
            stores.api.kept(Campaign, make.WORKSPACE, foreign.id)
        with pytest.raises(NotFound):
            stores.api.kept(Campaign, make.WORKSPACE, f"{campaign(1).id}#x")

    def test_several_move_together_or_not_at_all(self, stores: Stores) -> None:
        """A person as an admin and an accepted invitation leave one: all of it, or nothing."""
        first, second = person("ada@x.example"), person("bo@x.example")
        member = Membership(Role.EDITOR, publishes_to=(), since=START)
        invited = Invitation(
            make.new_id("inv", 1),
            "h",
            second.email,
            {make.WORKSPACE: member},
            START,
            "key_a",
            START,
        )
        stores.api.move_kept([(None, first), (None, invited)], [make.audit(1), make.audit(2)])
        joined = second.joined(invited.memberships)
        stores.api.move_kept([(invited, None), (None, joined), (first, first)], [make.audit(3)])
        assert stores.api.kept(Person, INSTALLATION, second.id) == joined
        assert stores.api.all_kept(Invitation, INSTALLATION) == []
        refused: list[list[tuple[Kept | None, Kept | None]]] = [
            [(invited, None), (joined, replace(joined, name="Bo"))],
            [(None, joined)],
            [(joined, replace(joined, name="Bo")), (first, first)],  # the first was touched
        ]
        for moves in refused:
            with pytest.raises(Conflict):
                stores.api.move_kept(moves, [make.audit(4)])
        assert stores.api.kept(Person, INSTALLATION, second.id) == joined
        seen = stores.api.kept(Person, INSTALLATION, first.id)
        assert seen == replace(first, version=2)
        stores.api.move_kept([(joined, joined.without(make.WORKSPACE)), (seen, None)], [])
        assert stores.api.kept(Person, INSTALLATION, second.id).memberships == {}
        trail = stores.api.workspace_audit(make.WORKSPACE, limit=10, after=None).items
        assert [entry.id for entry in trail] == [make.new_id("aud", n) for n in (3, 2, 1)]
