"""What a post said before, what is typed and not saved, and who else has it open."""

from typing import Any

from shared.core.models import MINUTE, SECOND
from shared.core.versions import FOLDED, HERE
from tests.fakes.api_world import ApiWorld
from tests.unit.api.test_rehearsals import picture


def somebody(world: ApiWorld, name: str, role: str = "editor") -> str:
    """The browser key of one more person of the workspace."""
    place = {"workspace_id": "wks_1", "role": role}
    invited = {"email": f"{name}@bakery.example", "workspaces": [place]}
    code = world.send("/v1/invitations", invited).json["code"]
    accepted = {"code": code, "name": name.title()}
    return str(world.send("/v1/invitations/accept", accepted, key=None).json["api_key"])


def typed(world: ApiWorld, post: Any, text: str, key: str = "", **more: Any) -> Any:
    body = {"text": text, "autosave": True, **more}
    answer = world.patch(f"/v1/posts/{post['id']}", body, key=key)
    assert answer.status == 200, answer.text
    return answer.json


def versions(world: ApiWorld, post: Any) -> list[tuple[str, str]]:
    """Who wrote what, oldest first."""
    items = world.get(f"/v1/posts/{post['id']}/versions").json["items"]
    return [(item["by"].split("@")[0], item["excerpt"]) for item in reversed(items)]


def test_what_one_person_types_is_one_version_until_a_while_has_passed(world: ApiWorld) -> None:
    ada = somebody(world, "ada")
    body = {"text": "F", "autosave": True}
    post = world.send("/v1/posts", body, key=ada).json
    for text in ("Fresh", "Fresh bread"):
        world.clock.advance(2 * SECOND)
        post = typed(world, post, text, ada)
    assert (post["versions"], versions(world, post)) == (0, [])
    assert [entry["action"] for entry in post["audit"]] == ["post.created"]
    world.clock.advance(FOLDED)
    post = typed(world, post, "Fresh rolls", ada)
    assert versions(world, post) == [("ada", "Fresh bread")]
    assert [entry["action"] for entry in post["audit"]] == ["post.created", "post.edited"]
    saved = world.patch(f"/v1/posts/{post['id']}", {"text": "Fresh rolls!"}, key=ada).json
    assert (saved["versions"], saved["edited_by"]) == (1, "ada@bakery.example")
    typed(world, saved, "Stale", ada)  # what was saved on purpose is never folded away
    assert versions(world, post) == [("ada", "Fresh bread"), ("ada", "Fresh rolls!")]


def test_nothing_that_another_wrote_is_folded_away(world: ApiWorld) -> None:
    ada, bo = somebody(world, "ada"), somebody(world, "bo")
    post = world.send("/v1/posts", {"text": "A1", "autosave": True}, key=ada).json
    typed(world, post, "B1", bo)
    typed(world, post, "B2", bo)
    post = typed(world, post, "A2", ada)
    assert versions(world, post) == [("ada", "A1"), ("bo", "B2")]
    assert post["edited_by"] == "ada@bakery.example"


def test_an_edit_of_nothing_that_was_written_leaves_no_version(world: ApiWorld) -> None:
    post = world.write("hello")
    world.patch(f"/v1/posts/{post['id']}", {"text": "hello", "requires_approval": True})
    world.send(f"/v1/posts/{post['id']}/schedule", {"now": True})
    assert versions(world, post) == []


def test_typing_changes_neither_what_goes_out_nor_what_was_approved(world: ApiWorld) -> None:
    planned = world.write("as planned")
    approved = world.write("as approved", seconds=None)
    world.send(f"/v1/posts/{approved['id']}/approve", {})
    for post in (planned, approved):
        body = {"text": "typed", "autosave": True}
        answer = world.patch(f"/v1/posts/{post['id']}", body)
        assert (answer.status, answer.json["code"]) == (409, "not_a_draft")
        assert world.read(post)["text"] == post["text"]
    assert world.read(approved)["approval"]["valid"]
    now = {"text": "x", "autosave": True, "schedule": {"now": True}}
    assert world.send("/v1/posts", now).codes == ["not_a_draft"]


def test_a_version_comes_back_as_an_edit(world: ApiWorld) -> None:
    other = world.connect("bob").id
    post = world.write("first", tags=["a"], parts=[{"text": "part"}], requires_approval=True)
    world.send(f"/v1/posts/{post['id']}/approve", {})
    edit = {"text": "second", "tags": ["b"], "parts": [], "account_ids": [other]}
    world.patch(f"/v1/posts/{post['id']}", edit)
    (listed,) = world.get(f"/v1/posts/{post['id']}/versions").json["items"]
    path = f"/v1/posts/{post['id']}/versions/{listed['id']}"
    found = world.get(path).json
    assert (found["text"], found["tags"], found["parts"][0]["text"]) == ("first", ["a"], "part")
    stale = world.send(f"{path}/restore", {}, if_match='"1"')
    assert stale.status == 412
    back = world.send(f"{path}/restore", {}).json
    assert {name: back[name] for name in ("text", "tags", "account_ids", "parts")} == {
        name: post[name] for name in ("text", "tags", "account_ids", "parts")
    }
    assert back["plan"] == post["plan"]
    assert (back["status"], back["approval"]) == ("awaiting_approval", None)
    assert back["audit"][-1]["action"] == "post.restored"
    assert back["audit"][-1]["detail"]["version"] == listed["id"]
    assert [text for _, text in versions(world, post)] == ["first", "second"]


def test_words_that_give_way_are_kept_beside_the_post(world: ApiWorld) -> None:
    ada, bo = somebody(world, "ada"), somebody(world, "bo")
    post = world.write("as planned")
    answer = world.send(f"/v1/posts/{post['id']}/versions", {"text": "Bo's own"}, key=bo)
    assert (answer.status, answer.json["text"], answer.json["aside"]) == (201, "Bo's own", True)
    assert world.read(post)["text"] == "as planned"
    copy = {"text": "Ada's", "missed_window": "skip", "based_on": 0, "local": "2026-06-01T09:00"}
    path = f"/v1/posts/{post['id']}/working-copy"
    assert world.request("PUT", path, copy, key=ada).status == 204
    assert world.get(path, key=bo).json == {"unfinished": None}
    mine = world.get(path, key=ada).json["unfinished"]
    assert {name: mine[name] for name in copy} == copy
    assert mine["base"] is None
    world.patch(f"/v1/posts/{post['id']}", {"text": "saved by Bo"}, key=bo)
    assert world.get(path, key=ada).json["unfinished"]["base"]["text"] == "as planned"
    assert world.delete(path, key=ada).status == 204
    assert world.get(path, key=ada).json == {"unfinished": None}
    wrong = world.request("PUT", path, {"media_ids": ["med_x"], "based_on": 0}, key=ada)
    assert wrong.codes == ["unknown_media"]


def test_people_who_edit_the_same_post_see_each_other(world: ApiWorld) -> None:
    ada, bo = somebody(world, "ada"), somebody(world, "bo")
    post = world.write("hello", seconds=None)

    def enter(key: str, window: str) -> Any:
        return world.request("PUT", f"/v1/posts/{post['id']}/editors/{window}", key=key).json

    assert enter(ada, "one") == {"others": [], "version": 1, "versions": 0}
    assert [(o["name"], o["you"]) for o in enter(bo, "one")["others"]] == [("Ada", False)]
    assert sorted((o["name"], o["you"]) for o in enter(ada, "two")["others"]) == [
        ("Ada", True),
        ("Bo", False),
    ]
    typed(world, post, "hello you", bo)
    assert enter(ada, "one")["version"] == 2
    assert world.delete(f"/v1/posts/{post['id']}/editors/two", key=ada).status == 204
    assert [o["name"] for o in enter(ada, "one")["others"]] == ["Bo"]
    world.clock.advance(HERE)
    assert enter(ada, "one")["others"] == []
    assert enter(ada, "x" * 65)["code"] == "not_found"


def test_viewers_read_versions_and_write_nothing(world: ApiWorld) -> None:
    post = world.write("first", seconds=None)
    world.clock.advance(MINUTE)
    world.patch(f"/v1/posts/{post['id']}", {"text": "second"})
    guest = somebody(world, "guest", role="viewer")
    (listed,) = world.get(f"/v1/posts/{post['id']}/versions", key=guest).json["items"]
    path = f"/v1/posts/{post['id']}/versions/{listed['id']}"
    assert world.get(path, key=guest).json["text"] == "first"
    assert world.send(f"{path}/restore", {}, key=guest).status == 403


def test_a_version_comes_back_without_files_that_are_gone(world: ApiWorld) -> None:
    kept, gone = picture(world), picture(world)
    card = {"url": "https://bakery.example", "media_id": gone}
    post = world.write("first", media_ids=[kept, gone], card=card)
    world.patch(f"/v1/posts/{post['id']}", {"media_ids": [], "card": None})
    assert world.delete(f"/v1/media/{gone}").status == 204
    (listed,) = world.get(f"/v1/posts/{post['id']}/versions").json["items"]
    back = world.send(f"/v1/posts/{post['id']}/versions/{listed['id']}/restore", {}).json
    assert [media["id"] for media in back["media"]] == [kept]
    assert (back["card"]["url"], back["card"]["media_id"]) == ("https://bakery.example", None)
    assert "file_deleted" in [notice["code"] for notice in back["notices"]]


def test_a_description_may_be_typed_in_several_goes(world: ApiWorld) -> None:
    file = picture(world)
    body = {"text": "bread", "media_ids": [file], "autosave": True}
    post = world.send("/v1/posts", body).json
    for alt in ("A lo", "A loaf"):
        world.patch(f"/v1/media/{file}", {"alt": alt})
        post = typed(world, post, "bread", media_ids=[file], describe_anew=[file])
        assert post["media"][0]["alt"] == alt
    saved = world.patch(f"/v1/posts/{post['id']}", {"media_ids": [file]}).json
    world.patch(f"/v1/media/{file}", {"alt": "Another"})
    after = world.patch(f"/v1/posts/{post['id']}", {"media_ids": [file]}).json
    assert [saved["media"][0]["alt"], after["media"][0]["alt"]] == ["A loaf", "A loaf"]
