import pytest

for _name in (
    "publish_contract",
    "api_contract",
    "posts_contract",
    "inbox_contract",
    "engagement_contract",
    "counting_contract",
    "races",
):
    pytest.register_assert_rewrite(f"tests.contract.{_name}")
