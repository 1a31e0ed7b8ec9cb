import pytest

for _name in ("publish_contract", "api_contract", "posts_contract", "races"):
    pytest.register_assert_rewrite(f"tests.contract.{_name}")
