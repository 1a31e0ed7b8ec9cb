import pytest

for _name in ("publish", "api", "posts"):
    pytest.register_assert_rewrite(f"tests.contract.{_name}_contract")
