"""`make undeploy`: removes everything of a deployment, after its name is typed.

It may be run again after a failure: what an earlier run left is still found.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.account import KEY_WAIT_DAYS, Account, Stack
from deploy.questions import Person, Stop
from deploy.up import STACK, Outside, guarded, real_outside, region_of

TABLE, BUCKET, KEY = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"
POOL = "AWS::Cognito::UserPool"


@dataclass(frozen=True, slots=True)
class Remains:
    """What CloudFormation keeps on purpose, and what it never knew of."""

    tables: tuple[str, ...]
    buckets: tuple[str, ...]
    keys: tuple[str, ...]
    parameters: tuple[str, ...]
    pools: tuple[str, ...]


def down(outside: Outside) -> None:
    """Raises Stop when there is nothing of that name, or when the name was not typed."""
    person = outside.person
    name = person.environ.get("STACK") or STACK
    outside.session(outside.default_region).identity()
    account = outside.session(region_of(outside))
    who = account.identity().split(":")[4]
    live = account.stack(name)
    stack = live or account.deleted_stack(name)
    if stack is None:
        raise Stop(f"There is no stack {name!r} here. Another name? make undeploy STACK=…")
    remains = remains_of(stack, account.resources(stack))
    confirm(person, name, who, remains)
    if live is not None:
        person.say("Deleting the stack; this takes a few minutes.")
        account.delete_stack(live)
    remove(person, account, remains)
    for prefix in (f"/tidings/{name}/", f"/aws/vendedlogs/tidings/{name}/"):
        for group in account.delete_logs(prefix):
            person.say(f"  logs {group}: deleted")
    person.say(f"  uploaded code: {account.delete_artifacts(name)} files deleted")
    person.say(f"\n{name} is gone.")


def remains_of(stack: Stack, resources: Mapping[str, tuple[str, str]]) -> Remains:
    def of(kind: str) -> tuple[str, ...]:
        return tuple(physical for found, physical in resources.values() if found == kind)

    def told(parameter: str) -> tuple[str, ...]:
        value = stack.parameters.get(parameter)
        return (value,) if value else ()

    tables = {*of(TABLE), *told("RestoredTableName")}
    keys = {*of(KEY), *told("FormerKey")}
    names = tuple(f"/tidings/{stack.name}/credentials/{half}" for half in ("private", "public"))
    return Remains(tuple(sorted(tables)), of(BUCKET), tuple(sorted(keys)), names, of(POOL))


def confirm(person: Person, name: str, who: str, remains: Remains) -> None:
    person.say(
        f"\nThis deletes {name!r} from the account {who}, for good:\n"
        f"  every post, account and key   {', '.join(remains.tables) or 'already gone'}\n"
        f"  every image and video         {', '.join(remains.buckets) or 'already gone'}\n"
        f"  the key of all credentials    {', '.join((*remains.parameters, *remains.keys))}\n"
        f"  everybody's password          {', '.join(remains.pools) or 'none here'}\n"
        "  all functions, queues, alarms and logs\n"
        "What is live on the networks stays there. Planned posts will not be sent.\n"
    )
    typed = person.environ.get("CONFIRM", "")
    if not typed and person.read is not None:
        typed = person.read(f"Type {name} to delete it: ").strip()
    if typed != name:
        raise Stop(f"Nothing was deleted: {name} was not typed (unattended: CONFIRM={name}).")


def remove(person: Person, account: Account, remains: Remains) -> None:
    for table in remains.tables:
        if account.delete_table(table):
            person.say(
                f"  table {table}: deleted; DynamoDB keeps a last backup of it for 35 days, "
                "without charging for it, which nobody can delete"
            )
    for bucket in remains.buckets:
        files = account.delete_bucket(bucket)
        if files is not None:
            person.say(f"  bucket {bucket}: deleted with {files} file versions")
    remove_secrets(person, account, remains)


def remove_secrets(person: Person, account: Account, remains: Remains) -> None:
    """People's passwords, and what the credentials of accounts are sealed with."""
    for pool in remains.pools:
        if account.delete_pool(pool):
            person.say(f"  user pool {pool}: deleted")
    for name in account.delete_parameters(remains.parameters):
        person.say(f"  parameter {name}: deleted")
    for key in remains.keys:
        if account.delete_key(key):
            person.say(
                f"  key {key}: AWS deletes it in {KEY_WAIT_DAYS} days, without charging for it; "
                "until then its deletion can be cancelled in the console"
            )


if __name__ == "__main__":
    sys.exit(guarded(down, real_outside))
