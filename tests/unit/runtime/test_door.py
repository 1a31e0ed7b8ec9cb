"""Who may come in, as the deployment says it."""

import pytest

from shared.core.issuers import Registration
from shared.runtime.door import read_door
from shared.runtime.settings import BadSettings

GIVEN = {
    "OIDC_ISSUER": "https://id.example/team",
    "OIDC_CLIENT_ID": "c1",
    "OIDC_NAME": "Example ID",
    "OIDC_EMAILS": "verified",
    "OWNER_EMAIL": "ada@bakery.example",
    "TIME_ZONE": "Europe/Madrid",
}


def test_the_issuer_and_the_first_owner() -> None:
    door = read_door(GIVEN)
    assert door.registration == Registration("https://id.example/team", "c1", "Example ID")
    assert (door.owner, door.time_zone) == ("ada@bakery.example", "Europe/Madrid")


def test_without_an_issuer_there_are_links_and_keys_only() -> None:
    assert read_door({}).registration is None
    assert read_door(GIVEN | {"OIDC_ISSUER": ""}).registration is None


def test_an_issuer_without_a_name_is_called_by_its_host() -> None:
    known = read_door(GIVEN | {"OIDC_NAME": "", "OIDC_EMAILS": "all"}).registration
    assert known == Registration("https://id.example/team", "c1", "id.example", any_email=True)


@pytest.mark.parametrize("wrong", [{"OIDC_CLIENT_ID": ""}, {"OIDC_EMAILS": "some"}])
def test_what_is_wrong_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match=next(iter(wrong))):
        read_door(GIVEN | wrong)
