"""What the template makes for people to sign in with, and where it makes nothing."""

from typing import Any

from tests.template.reading import resources, template

COGNITO = "AWS::Cognito::"


def parts() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = template()["Resources"]
    return {name: e for name, e in entries.items() if e["Type"].startswith(COGNITO)}


def test_without_cognito_there_is_nothing_of_it() -> None:
    """Emulators know little of it, and other issuers need nothing of it."""
    conditions = template()["Conditions"]
    assert {e["Condition"] for e in parts().values()} == {"HasPool", "HasFirstUser"}
    assert conditions["HasPool"] == {"Fn::Equals": [{"Ref": "SignIn"}, "Cognito"]}
    assert {"Condition": "HasPool"} in conditions["HasFirstUser"]["Fn::And"]


def test_peoples_passwords_are_not_deleted_by_accident() -> None:
    for name in ("UserPool", "FirstUser"):
        assert (parts()[name]["DeletionPolicy"], parts()[name]["UpdateReplacePolicy"]) == (
            "Retain",
            "Retain",
        )
    assert resources()["UserPool"]["DeletionProtection"] == "ACTIVE"


def test_the_pool_costs_nothing_for_thousands_of_people() -> None:
    """Plus, which threat protection needs, has no free people at all."""
    pool = resources()["UserPool"]
    assert pool["UserPoolTier"] in {"LITE", "ESSENTIALS"}
    assert "UserPoolAddOns" not in pool
    assert "SmsConfiguration" not in pool


def test_nobody_lets_themselves_in_and_an_address_counts_once_it_is_proven() -> None:
    pool = resources()["UserPool"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["AutoVerifiedAttributes"] == ["email"]
    changed = pool["UserAttributeUpdateSettings"]
    assert changed == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert [each["Name"] for each in pool["AccountRecoverySetting"]["RecoveryMechanisms"]] == [
        "verified_email"
    ]
    client = resources()["UserPoolClient"]
    assert {"email", "email_verified"} <= set(client["ReadAttributes"])


def test_the_page_is_a_public_client_that_gets_codes_at_its_own_address_only() -> None:
    client = resources()["UserPoolClient"]
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid", "email"]
    home = [{"Fn::Sub": "${Api.ApiEndpoint}/"}]
    assert client["CallbackURLs"] == client["LogoutURLs"] == home
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_another_issuer_has_to_be_named() -> None:
    (rule,) = template()["Rules"].values()
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "SignIn"}, "Other"]}
    named = {each["Assert"]["Fn::Not"][0]["Fn::Equals"][0]["Ref"] for each in rule["Assertions"]}
    assert named == {"OidcIssuer", "OidcClientId"}


def test_the_default_is_that_people_have_passwords() -> None:
    assert template()["Parameters"]["SignIn"]["Default"] == "Cognito"
