"""What every ApiStore does beside posts; run against each store by `test_store.py`."""

from dataclasses import replace

import pytest

from shared.core.errors import Conflict, InvalidDraft, NotFound
from shared.core.models import Media
from shared.core.ports import RESERVED, Answered
from shared.core.workspaces import AccountState, ApiKey, MediaState, Pause
from tests.contract.stores import Stores
from tests.fakes import make
from tests.fakes.time import START

DAY = 24 * 60 * 60 * 1000


class WorkspaceContract:
    def test_a_workspace_is_created_once(self, stores: Stores) -> None:
        workspace = make.workspace()
        stores.api.create_workspace(workspace, make.audit())
        with pytest.raises(Conflict) as caught:
            stores.api.create_workspace(replace(workspace, name="Other"), make.audit(2))
        assert caught.value.code == "exists"
        assert stores.api.workspace(workspace.id) == workspace

    def test_a_workspace_changes_by_compare_and_set(self, stores: Stores) -> None:
        workspace = make.workspace()
        stores.api.create_workspace(workspace, make.audit())
        paused = replace(workspace, paused=Pause(START, "ada", "storm", until=START + 5))
        stored = stores.api.save_workspace(workspace, paused, make.audit(2))
        assert stored == replace(paused, version=2)
        with pytest.raises(Conflict) as caught:
            stores.api.save_workspace(workspace, paused, make.audit(3))
        assert caught.value.code == "stale"
        resumed = stores.api.save_workspace(stored, replace(stored, paused=None), make.audit(4))
        assert stores.api.workspace(workspace.id) == resumed
        actions = stores.api.workspace_audit(workspace.id, limit=10, after=None).items
        assert [entry.id for entry in actions] == [make.new_id("aud", n) for n in (4, 2, 1)]

    def test_workspaces_are_listed(self, stores: Stores) -> None:
        assert list(stores.api.workspaces()) == []
        made = [make.workspace(make.new_id("wsp", number)) for number in (2, 1, 3)]
        for number, workspace in enumerate(made):
            entry = replace(make.audit(number), workspace_id=workspace.id)
            stores.api.create_workspace(workspace, entry)
        assert list(stores.api.workspaces()) == sorted(made, key=lambda w: w.id)

    def test_a_missing_workspace(self, stores: Stores) -> None:
        with pytest.raises(NotFound):
            stores.api.workspace("wsp_none")
        with pytest.raises(NotFound):
            stores.api.workspace("wsp_none#P#pst_1")

    def test_the_audit_trail_pages_backwards(self, stores: Stores) -> None:
        for number in range(1, 6):
            entry = make.audit(number, at=START + number)
            workspace = make.workspace(make.new_id("wsp", 10 + number))
            stores.api.create_workspace(workspace, entry)
        first = stores.api.workspace_audit(make.WORKSPACE, limit=2, after=None)
        second = stores.api.workspace_audit(make.WORKSPACE, limit=2, after=first.next)
        third = stores.api.workspace_audit(make.WORKSPACE, limit=2, after=second.next)
        seen = [entry.at - START for page in (first, second, third) for entry in page.items]
        assert seen == [5, 4, 3, 2, 1]
        assert third.next is None
        assert first.items[0] == make.audit(5, at=START + 5)


class AccountContract:
    def test_a_profile_connects_once_per_workspace(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"sealed", make.audit())
        twin = replace(make.account(make.new_id("acc", 9)), remote_id=account.remote_id)
        with pytest.raises(Conflict) as caught:
            stores.api.create_account(twin, b"other", make.audit(2))
        assert caught.value.code == "already_connected"
        with pytest.raises(NotFound):
            stores.api.account(twin.workspace_id, twin.id)
        elsewhere = replace(twin, workspace_id=make.new_id("wsp", 2))
        stores.api.create_account(elsewhere, b"other", make.audit(3))
        assert stores.api.account(elsewhere.workspace_id, elsewhere.id) == elsewhere

    def test_a_disconnected_account_gives_its_profile_up(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"sealed", make.audit())
        away = replace(account, state=AccountState.DISCONNECTED)
        away = stores.publish.save_account(account, away)
        heir = replace(make.account(make.new_id("acc", 9)), remote_id=account.remote_id)
        stores.api.create_account(heir, b"other", make.audit(2))
        back = replace(away, state=AccountState.CONNECTED)
        with pytest.raises(Conflict) as caught:
            stores.api.change_account(away, back, make.audit(3), sealed=b"new")
        assert caught.value.code == "already_connected"
        stores.publish.save_account(heir, replace(heir, state=AccountState.DISCONNECTED))
        again = stores.api.change_account(away, back, make.audit(4), sealed=b"new")
        assert stores.api.account(account.workspace_id, account.id) == again
        assert stores.publish.sealed(account) == b"new"

    def test_an_account_that_needs_reconnecting_keeps_its_profile(self, stores: Stores) -> None:
        account = make.account()
        stores.api.create_account(account, b"sealed", make.audit())
        lost = replace(account, state=AccountState.NEEDS_RECONNECT)
        stores.publish.save_account(account, lost)
        twin = replace(make.account(make.new_id("acc", 9)), remote_id=account.remote_id)
        with pytest.raises(Conflict):
            stores.api.create_account(twin, b"other", make.audit(2))

    def test_accounts_are_listed_per_workspace(self, stores: Stores) -> None:
        made = [make.account(make.new_id("acc", number)) for number in (2, 1)]
        foreign = make.account(make.new_id("acc", 3), workspace_id=make.new_id("wsp", 2))
        for number, account in enumerate([*made, foreign]):
            stores.api.create_account(account, b"x", make.audit(number))
        assert list(stores.api.accounts(make.WORKSPACE)) == [made[1], made[0]]
        with pytest.raises(NotFound):
            stores.api.account(make.WORKSPACE, foreign.id)

    def test_a_change_is_compare_and_set_and_audited(self, stores: Stores) -> None:
        account = make.account(limits={"max_characters": 500})
        stores.api.create_account(account, b"sealed", make.audit())
        after = replace(account, label="Shop", paused=Pause(START, "ada"), limits={"a": 1})
        stored = stores.api.change_account(account, after, make.audit(2))
        assert stored == replace(after, version=2)
        assert stores.api.account(account.workspace_id, account.id) == stored
        assert stores.publish.sealed(account) == b"sealed"
        with pytest.raises(Conflict):
            stores.api.change_account(account, after, make.audit(3), sealed=b"lost")
        assert stores.publish.sealed(account) == b"sealed"
        audit = stores.api.workspace_audit(account.workspace_id, limit=9, after=None)
        assert len(audit.items) == 2


class LibraryContract:
    def test_a_file_changes_by_compare_and_set(self, stores: Stores) -> None:
        file = make.media_file()
        stores.api.create_media(file)
        with pytest.raises(Conflict):
            stores.api.create_media(file)
        media = Media(file.id, "image/jpeg", 9, "a" * 64, file.key, 4, 3, alt="Sea, at dawn")
        ready = replace(file, state=MediaState.READY, media=media)
        stored = stores.api.save_media(file, ready)
        assert stored == replace(ready, version=2)
        assert stores.api.media_file(file.workspace_id, file.id) == stored
        with pytest.raises(Conflict):
            stores.api.save_media(file, ready)

    def test_files_page_latest_first(self, stores: Stores) -> None:
        files = [make.media_file(number) for number in range(1, 6)]
        for file in files:
            stores.api.create_media(file)
        foreign = make.media_file(6, workspace_id=make.new_id("wsp", 2))
        stores.api.create_media(foreign)
        first = stores.api.media_files(make.WORKSPACE, limit=3, after=None)
        assert first.items == (files[4], files[3], files[2])
        second = stores.api.media_files(make.WORKSPACE, limit=3, after=first.next)
        assert second.items == (files[1], files[0])
        assert second.next is None
        whole = stores.api.media_files(make.WORKSPACE, limit=5, after=None)
        assert len(whole.items) == 5
        assert whole.next is None

    def test_deleting_needs_the_current_version(self, stores: Stores) -> None:
        file = make.media_file()
        stores.api.create_media(file)
        stored = stores.api.save_media(file, replace(file, name="x.jpg"))
        with pytest.raises(Conflict):
            stores.api.delete_media(file)
        stores.api.delete_media(stored)
        with pytest.raises(NotFound):
            stores.api.media_file(file.workspace_id, file.id)
        with pytest.raises(Conflict):
            stores.api.delete_media(stored)


class AccessContract:
    def test_keys(self, stores: Stores) -> None:
        everywhere = ApiKey("key_1", "h1", "all", START, "ada")
        nowhere = ApiKey("key_2", "h2", "none", START, "ada", workspaces=())
        some = ApiKey("key_3", "h3", "some", START, "ada", ("wsp_1",), START + 5)
        for key in (some, everywhere, nowhere):
            stores.api.create_key(key)
        assert list(stores.api.keys()) == [everywhere, nowhere, some]
        assert stores.api.key("key_2").workspaces == ()
        assert stores.api.key("key_1").workspaces is None
        with pytest.raises(Conflict):
            stores.api.create_key(everywhere)

    def test_revoking(self, stores: Stores) -> None:
        stores.api.create_key(ApiKey("key_1", "h1", "all", START, "ada"))
        assert stores.api.revoke_key("key_1", now=START + 1).revoked_at == START + 1
        assert stores.api.revoke_key("key_1", now=START + 2).revoked_at == START + 1
        assert stores.api.key("key_1").revoked_at == START + 1
        for missing in ("key_none", "../KEYS"):
            with pytest.raises(NotFound):
                stores.api.revoke_key(missing, now=START)
            with pytest.raises(NotFound):
                stores.api.key(missing)

    def test_a_sign_in_code_works_once_and_in_time(self, stores: Stores) -> None:
        stores.api.create_sign_in("c" * 64, email="ada@example.com", expires_at=START + 10)
        stores.api.create_sign_in("d" * 64, email="ada@example.com", expires_at=START + 10)
        assert stores.api.redeem_sign_in("c" * 64, now=START + 9) == "ada@example.com"
        for code, now in (("c" * 64, START + 9), ("d" * 64, START + 10), ("e" * 64, START)):
            with pytest.raises(NotFound):
                stores.api.redeem_sign_in(code, now=now)

    def test_a_request_is_answered_once(self, stores: Stores) -> None:
        api = stores.api
        assert api.begin_request("key_1", "my key / ☂", "hash", now=START) is None
        running = api.begin_request("key_1", "my key / ☂", "other", now=START + 1)
        assert running == Answered("hash", None, None)
        assert api.begin_request("key_2", "my key / ☂", "hash", now=START) is None
        answered = Answered("hash", 201, '{"text": "' + "añadido " * 900 + '"}')
        api.finish_request("key_1", "my key / ☂", answered)
        assert api.begin_request("key_1", "my key / ☂", "hash", now=START + DAY - 1) == answered
        assert api.begin_request("key_1", "my key / ☂", "later", now=START + DAY) is None

    def test_a_reservation_without_an_answer_is_taken_over_by_its_own_request(
        self, stores: Stores
    ) -> None:
        api, running = stores.api, Answered("hash", None, None)
        assert api.begin_request("key_1", "k", "hash", now=START) is None
        assert api.begin_request("key_1", "k", "hash", now=START + RESERVED - 1) == running
        assert api.begin_request("key_1", "k", "other", now=START + RESERVED) == running
        assert api.begin_request("key_1", "k", "hash", now=START + RESERVED) is None
        assert api.begin_request("key_1", "k", "hash", now=START + RESERVED) == running
        api.finish_request("key_1", "k", Answered("hash", 201, "{}"))
        late = api.begin_request("key_1", "k", "hash", now=START + 3 * RESERVED)
        assert late == Answered("hash", 201, "{}")

    def test_a_request_that_changed_nothing_is_forgotten(self, stores: Stores) -> None:
        assert stores.api.begin_request("key_1", "k", "hash", now=START) is None
        stores.api.forget_request("key_1", "k")
        stores.api.forget_request("key_1", "k")
        assert stores.api.begin_request("key_1", "k", "other", now=START) is None

    def test_finishing_what_was_forgotten_keeps_nothing(self, stores: Stores) -> None:
        stores.api.finish_request("key_1", "k", Answered("hash", 200, "{}"))
        assert stores.api.begin_request("key_1", "k", "hash", now=START) is None

    @pytest.mark.parametrize("text", ["nonsense", "e30", "é", "WzEsMiwzXQ", "A" * 5_000])
    def test_a_cursor_of_nobody_is_refused(self, stores: Stores, text: str) -> None:
        with pytest.raises(InvalidDraft) as caught:
            stores.api.media_files(make.WORKSPACE, limit=2, after=text)
        assert caught.value.problems[0].code == "bad_cursor"
