"""A rule of the brand's voice, let pass for one post by somebody who may, with a reason."""

from typing import Any

from shared.core.models import MINUTE
from tests.fakes.api_world import ApiWorld, rfc3339_in
from tests.unit.api.test_people import HERE, join

BANNED = {"name": "No superlatives", "kind": "banned", "words": ["cheapest"]}
ALLOW = {"rule": "No superlatives", "reason": "legal said yes"}
LINKS = {"domains": ["shop.example"], "parameters": [{"name": "day", "value": "{date}"}]}


def write_rules(world: ApiWorld, **voice: Any) -> None:
    assert world.patch("/v1/voice", voice).status == 200


def test_what_was_let_pass_is_planned_and_says_who_let_it_and_why(world: ApiWorld) -> None:
    write_rules(world, rules=[BANNED], links=LINKS)
    draft = world.write("The cheapest https://shop.example/", seconds=None)
    path = f"/v1/posts/{draft['id']}"
    refused = world.send(f"{path}/schedule", {"now": True}).json["problems"]
    assert [(p["code"], p["rule"]) for p in refused] == [("voice.banned", "No superlatives")]
    allowed = world.patch(path, {"allow": [ALLOW]}).json
    (said,) = allowed["allowances"]
    assert (said["rule"], said["reason"]) == ("No superlatives", "legal said yes")
    assert "It was allowed here: “legal said yes”." in allowed["notices"][0]["message"]
    trail = {entry["action"]: entry for entry in allowed["audit"]}
    assert trail["post.edited"]["detail"]["allowed"] == "No superlatives: legal said yes"
    assert trail["post.edited"]["by"] == said["by"]
    same = {"text": draft["text"], "account_ids": draft["account_ids"]}
    assert not world.send("/v1/posts/check", same).json["ok"]
    assert world.send("/v1/posts/check", same | {"post_id": draft["id"]}).json["ok"]
    other = same | {"post_id": draft["id"], "text": "cheapest, too"}
    assert not world.send("/v1/posts/check", other).json["ok"]
    # What the plan adds to its links takes nothing back.
    at = rfc3339_in(world, 3 * 86_400)
    planned = world.send(f"{path}/schedule", {"at": at}).json
    assert planned["links"]["parameters"] == [{"name": "day", "value": at[:10]}]
    assert planned["allowances"] == allowed["allowances"]
    assert world.send(f"{path}/approve", {}).status == 200
    rehearsed = world.send("/v1/rehearsals", {"days": 5}).json
    (found,) = [f for f in rehearsed["findings"] if f["code"] == "voice.banned"]
    assert (found["effect"], found["todo"]) == ("notice", "")


def test_an_edit_of_the_post_or_of_the_rule_takes_it_back(world: ApiWorld) -> None:
    write_rules(world, rules=[BANNED])
    post = world.write("cheapest", allow=[ALLOW])
    path = f"/v1/posts/{post['id']}"
    assert [a["rule"] for a in post["allowances"]] == ["No superlatives"]
    assert world.patch(path, {"tags": ["spring"]}).json["allowances"] == post["allowances"]
    assert world.patch(path, {"text": "cheapest of all"}).codes == ["voice.banned"]
    again = world.patch(path, {"text": "cheapest of all", "allow": [ALLOW]})
    assert again.json["text"] == "cheapest of all"
    assert world.patch(path, {"text": "fine"}).json["allowances"] == []
    assert world.patch(path, {"text": "cheapest of all"}).codes == ["voice.banned"]
    assert world.patch(path, {"text": "cheapest", "allow": [ALLOW]}).status == 200
    write_rules(world, rules=[{**BANNED, "words": ["cheapest", "best"]}])
    assert world.send(f"{path}/approve", {}).codes == ["voice.banned"]
    anew = world.patch(path, {"allow": [ALLOW | {"reason": "still"}]}).json["allowances"]
    assert [each["reason"] for each in anew] == ["still"]
    world.run(2 * MINUTE)  # what is planned leaves as it was planned
    assert world.live == ["cheapest"]


def test_only_an_approver_lets_pass_and_only_what_stops(world: ApiWorld) -> None:
    write_rules(world, rules=[BANNED, {"name": "Calm", "kind": "emoji", "most": 0}])
    writer = join(world)
    draft = world.write("cheapest", seconds=None)
    path = f"/v1/posts/{draft['id']}"
    refused = world.patch(path, {"allow": [ALLOW]}, key=writer, **HERE)
    assert (refused.status, refused.json["code"]) == (403, "role_needed")
    body = {"text": "cheapest", "account_ids": [world.account.id], "allow": [ALLOW]}
    assert world.send("/v1/posts", body, key=writer, **HERE).status == 403
    timid = join(world, "cy@x.example", role="approver", publishes_to=[])
    refused = world.patch(path, {"allow": [ALLOW]}, key=timid, **HERE)
    assert (refused.status, refused.json["code"]) == (403, "may_not_publish")
    assert world.patch(path, {"allow": [ALLOW | {"rule": "Gone"}]}).codes == ["unknown_rule"]
    assert world.patch(path, {"allow": [ALLOW | {"reason": " "}]}).status == 422
    both = [ALLOW, {"rule": "calm", "reason": "it finds nothing"}]
    assert [a["rule"] for a in world.patch(path, {"allow": both}).json["allowances"]] == [
        "No superlatives"
    ]
