"""What people write again and again, over HTTP: kept, found, filled in."""

from tests.fakes.api_world import ApiWorld


def test_a_snippet_is_kept_found_and_filled_in(world: ApiWorld) -> None:
    text = "On {date} {brand} opens at {hour}. {not a variable!} {0}"
    made = world.send("/v1/snippets", {"name": "Opening hours", "text": text})
    assert (made.status, made.json["variables"]) == (201, ["date", "brand", "hour"])
    world.send("/v1/snippets", {"name": "Allergens", "text": "From {account}"})
    listed = world.get("/v1/snippets").json["items"]
    assert [each["name"] for each in listed] == ["Allergens", "Opening hours"]
    found = world.get("/v1/snippets", query={"search": "OPENS hours"}).json["items"]
    assert [each["name"] for each in found] == ["Opening hours"]
    path = f"/v1/snippets/{made.json['id']}"
    missing = world.send(f"{path}/render", {"values": {"unused": "x"}})
    assert [(p["where"], p["code"]) for p in missing.json["problems"]] == [
        ("values.hour", "missing_value")
    ]
    given = {"hour": "{six}", "date": "Monday"}
    rendered = world.send(f"{path}/render", {"values": given}).json["text"]
    brand = world.get("/v1/workspaces").json["items"][0]["name"]
    assert rendered == f"On Monday {brand} opens at {{six}}. {{not a variable!}} {{0}}"
    other = f"/v1/snippets/{listed[0]['id']}/render"
    assert world.send(other, {}).codes == ["missing_value"]
    handle = world.send(other, {"account_id": world.account.id}).json["text"]
    assert handle == f"From {world.account.handle}"


def test_what_is_kept_changes_by_version_and_has_a_name_of_its_own(world: ApiWorld) -> None:
    made = world.send("/v1/hashtag-groups", {"name": "Bread", "tags": ["#a", "b", "#A", "#パン"]})
    assert made.json["tags"] == ["#a", "#b", "#パン"]
    taken = world.send("/v1/hashtag-groups", {"name": "bread", "tags": ["x"]})
    assert taken.codes == ["name_taken"]
    wrong = world.send("/v1/hashtag-groups", {"name": "x", "tags": ["ok", "two words", "#2026"]})
    assert [p["where"] for p in wrong.json["problems"]] == ["tags[1]", "tags[2]"]
    path = f"/v1/hashtag-groups/{made.json['id']}"
    renamed = world.patch(path, {"name": "Loaves"}, if_match='"1"')
    assert (renamed.json["name"], renamed.json["tags"]) == ("Loaves", made.json["tags"])
    assert world.patch(path, {"tags": ["#z"]}, if_match='"1"').status == 412
    assert world.delete(path, if_match='"1"').status == 412
    assert world.delete(path, if_match='"2"').status == 204
    assert world.get(path).status == 404
    actions = [entry["action"] for entry in world.get("/v1/audit").json["items"][:3]]
    assert actions == ["hashtag_group.deleted", "hashtag_group.changed", "hashtag_group.created"]


def test_a_template_is_a_post_to_start_from(world: ApiWorld) -> None:
    body = {
        "name": "Bread of the week",
        "text": "This week: {bread}",
        "parts": ["More about {bread} in {town}"],
        "options": {"content_warning": "{bread}!", "languages": ["en"]},
        "tags": ["weekly"],
        "account_ids": [world.account.id],
    }
    made = world.send("/v1/templates", body)
    assert (made.status, made.json["variables"]) == (201, ["bread", "town"])
    path = f"/v1/templates/{made.json['id']}"
    filled = world.send(f"{path}/render", {"values": {"bread": "Rye", "town": "Sóller"}}).json
    assert (filled["text"], filled["parts"]) == ("This week: Rye", ["More about Rye in Sóller"])
    assert filled["options"]["content_warning"] == "Rye!"
    post = {**filled, "parts": [{"text": text} for text in filled["parts"]]}
    assert world.send("/v1/posts", post).status == 201
    unknown = world.patch(path, {"account_ids": ["acc_gone"]})
    assert unknown.codes == ["unknown_account"]
    large = world.patch(path, {"parts": ["x" * 25_000] * 5})
    assert large.codes == ["template_too_large"]
    kept = world.patch(path, {"text": ""}).json
    assert (kept["text"], kept["parts"], kept["variables"]) == (
        "",
        body["parts"],
        ["bread", "town"],
    )
