"""An AWS account in memory, as far as deploying and removing need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from deploy.account import Stack
from deploy.questions import Stop

KINDS = {
    "Table": "AWS::DynamoDB::Table",
    "MediaBucket": "AWS::S3::Bucket",
    "UserPool": "AWS::Cognito::UserPool",
    "TickFunction": "AWS::Lambda::Function",
}


@dataclass
class FakeAccount:
    """Everything that costs money or holds data, by name. `deploy` plays SAM."""

    signed_in: bool = True
    quota: int = 1_000
    stacks: dict[str, Stack] = field(default_factory=dict)
    deleted: dict[str, Stack] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    buckets: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)
    pools: set[str] = field(default_factory=set)
    logs: set[str] = field(default_factory=set)
    artifacts: set[str] = field(default_factory=set)
    invoked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    broken_function: bool = False
    stuck: bool = False

    def deploy(self, name: str, parameters: Mapping[str, str]) -> None:
        """What `sam deploy` leaves behind."""
        known = self.stacks[name].parameters if name in self.stacks else {}
        given = {"RestoredTableName": "", **known, **parameters}
        outputs = {"ApiUrl": f"https://{name}.example", "ApiFunctionName": f"{name}-api"}
        self.stacks[name] = Stack(f"arn:{name}", name, "UPDATE_COMPLETE", given, outputs)
        self.tables.add(f"{name}-table")
        self.buckets.setdefault(f"{name}-media", 3)
        self.parameters |= {f"/tidings/{name}/credentials/{half}" for half in ("private", "public")}
        if given.get("SignIn", "Cognito") == "Cognito":
            self.pools.add(f"{name}-pool")
            outputs["UserPoolId"] = f"{name}-pool"
        if key := given.get("FormerKey"):
            self.keys.setdefault(key, "Enabled")
        self.logs |= {f"/tidings/{name}/tick", f"/aws/vendedlogs/tidings/{name}/api-access"}
        self.artifacts |= {f"{name}/code.zip", f"{name}/template"}

    def identity(self) -> str:
        if not self.signed_in:
            raise Stop("AWS does not know who you are. Sign in first: `aws configure`")
        return "arn:aws:sts::111122223333:assumed-role/admin/ada"

    def stack(self, name: str) -> Stack | None:
        return self.stacks.get(name)

    def deleted_stack(self, name: str) -> Stack | None:
        return self.deleted.get(name)

    def resources(self, stack: Stack) -> Mapping[str, tuple[str, str]]:
        ends = {"Table": "table", "MediaBucket": "media", "UserPool": "pool"}
        return {
            name: (kind, f"{stack.name}-{ends.get(name, name)}") for name, kind in KINDS.items()
        }

    def delete_stack(self, stack: Stack) -> None:
        if self.stuck:
            raise Stop("AWS could not delete the stack")
        self.deleted[stack.name] = replace(self.stacks.pop(stack.name), status="DELETE_COMPLETE")

    def concurrency(self) -> int:
        return self.quota

    def invoke(self, function: str, event: Mapping[str, str]) -> dict[str, Any]:
        if self.broken_function:
            raise Stop(f"{function} ended with an error: no such table")
        self.invoked.append((function, event))
        answers = {
            "first_key": {"api_key": "tdg_1_secret", "workspace_id": "wsp_1"},
            "sign_in_link": {"code": "c0de"},
        }
        return answers[event["action"]]

    def delete_table(self, name: str) -> bool:
        present = name in self.tables
        self.tables.discard(name)
        return present

    def delete_bucket(self, name: str) -> int | None:
        return self.buckets.pop(name, None)

    def delete_key(self, key: str) -> bool:
        waiting = self.keys[key] == "PendingDeletion"
        self.keys[key] = "PendingDeletion"
        return not waiting

    def delete_parameters(self, names: Sequence[str]) -> Sequence[str]:
        found = sorted(self.parameters & set(names))
        self.parameters -= set(found)
        return found

    def delete_pool(self, pool: str) -> bool:
        present = pool in self.pools
        self.pools.discard(pool)
        return present

    def delete_logs(self, prefix: str) -> Sequence[str]:
        found = sorted(name for name in self.logs if name.startswith(prefix))
        self.logs -= set(found)
        return found

    def delete_artifacts(self, prefix: str) -> int:
        found = {name for name in self.artifacts if name.startswith(f"{prefix}/")}
        self.artifacts -= found
        return len(found)
