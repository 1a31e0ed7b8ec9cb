"""`make deploy`: at most four questions, then Tidings runs in your AWS account.

Every question can be answered by a variable (REGION, ADMIN_EMAIL, TIME_ZONE, ALARM_EMAIL), and
STACK names another installation. VARIABLES below lists what else can be given; what is not given
stays as it was deployed last.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy import prices
from deploy.account import Account, AwsAccount, Stack
from deploy.layer import has_bytecode, mismatch
from deploy.questions import (
    ADMIN_EMAIL,
    ALARM_EMAIL,
    NONE,
    TIME_ZONE,
    Person,
    Question,
    Stop,
    time_zone_of_this_machine,
    wrong_region,
)
from local.build import BUILT, BuildError, build, on_lambda

ROOT = Path(__file__).resolve().parent.parent
SAM = ROOT / ".envs" / "sam" / "bin" / "sam"
STACK = "tidings"
NEW_ACCOUNT_QUOTA = 10
"""Concurrent executions that AWS gives a new account.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-22)"""
VARIABLES: Mapping[str, str] = {
    "API_REQUESTS_PER_SECOND": "ApiRequestsPerSecond",
    "ALLOWED_PRIVATE_HOSTS": "AllowedPrivateHosts",
    "FORMER_KEY": "FormerKey",
    "DELIVER_CONCURRENCY": "DeliverConcurrency",
    "LOG_LEVEL": "LogLevel",
    "LOG_RETENTION_DAYS": "LogRetentionDays",
    "OIDC_CLIENT_ID": "OidcClientId",
    "OIDC_EMAILS": "OidcEmails",
    "OIDC_ISSUER": "OidcIssuer",
    "OIDC_NAME": "OidcName",
    "PREPARE_CONCURRENCY": "PrepareConcurrency",
    "RESTORED_TABLE": "RestoredTableName",
    "SECOND_FACTOR": "SecondFactor",
    "SIGN_IN": "SignIn",
    "STATE_EPOCH": "StateEpoch",
    "TRACING": "Tracing",
}
"""Variables of `make deploy` and the template's parameters that they set."""
BROKEN = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""States of a stack that can only be deleted."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything that is decided before AWS is asked to do anything."""

    stack: str
    region: str
    parameters: Mapping[str, str]

    def command(self, built: Path) -> list[str]:
        # Quoted, since SAM takes an empty value or one with spaces only so.
        pairs = [f"{name}={json.dumps(value)}" for name, value in self.parameters.items()]
        return [
            *(str(SAM), "deploy", "--template-file", str(built), "--stack-name", self.stack),
            *("--region", self.region, "--resolve-s3", "--s3-prefix", self.stack),
            *("--capabilities", "CAPABILITY_IAM", "--tags", "application=tidings"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
            *("--parameter-overrides", *pairs),
        ]


@dataclass(frozen=True, slots=True)
class Outside:
    """What `up` and `down` touch beyond their own process, so that tests can stand in for it."""

    person: Person
    session: Callable[[str], Account]
    regions: frozenset[str]
    default_region: str
    build: Callable[[str, str], Path]
    run: Callable[[Sequence[str]], int]


def region_of(outside: Outside) -> str:
    question = Question("REGION", "AWS Region", wrong_region(outside.regions))
    return outside.person.answer(question, default=outside.default_region)


def up(outside: Outside) -> None:
    """Raises Stop, with a sentence that says what to do, before anything is half done."""
    person = outside.person
    name = person.environ.get("STACK") or STACK
    outside.session(outside.default_region).identity()  # before anything is asked in vain
    region = region_of(outside)
    account = outside.session(region)
    person.say(f"\nTidings goes to {account.identity().split(':')[4]} in {region} as {name!r}.\n")
    before = deployed(account, name)
    footprint = person.environ.get("FOOTPRINT") or told(before, "Footprint", "standard")
    if footprint not in prices.FOOTPRINTS:
        raise Stop("FOOTPRINT is full, standard or small")
    person.say(prices.estimate(footprint) + "\n")
    parameters = concurrency(account.concurrency()) if before is None else {}
    parameters |= former_key(before)
    parameters |= ask(person, before) | {"Footprint": footprint} | given(person.environ)
    parameters |= build_for(outside)
    deployment = Deployment(name, region, parameters)
    person.say("\nAWS is setting it up; this takes about three minutes.\n")
    if outside.run(deployment.command(BUILT)):
        raise Stop("SAM could not deploy; the lines above say why. `make deploy` may be run again.")
    sign_in(person, account, name, new=before is None or bool(person.environ.get("NEW_KEY")))


def deployed(account: Account, name: str) -> Stack | None:
    """What an earlier deployment left, None where there was none. Raises Stop if in the way."""
    stack = account.stack(name)
    if stack is None or stack.status == "REVIEW_IN_PROGRESS":
        return None
    if stack.status in BROKEN:
        raise Stop(
            f"An earlier attempt left {stack.name} as {stack.status}, which AWS cannot update. "
            "Run `make undeploy` first, or choose another name: make deploy STACK=…"
        )
    if stack.status.endswith("_IN_PROGRESS"):
        raise Stop(f"{stack.name} is {stack.status}: wait until AWS is done, then try again.")
    return stack


def told(stack: Stack | None, parameter: str, default: str) -> str:
    """What an earlier deployment answered."""
    return (stack.parameters.get(parameter) if stack else None) or default


def former_key(before: Stack | None) -> dict[str, str]:
    """Earlier releases had a KMS key in the stack. It stays, and what it sealed must still open."""
    key = before.outputs.get("CredentialsKeyArn") if before else None
    return {"FormerKey": key} if key else {}


def given(environ: Mapping[str, str]) -> dict[str, str]:
    return {VARIABLES[name]: environ[name] for name in VARIABLES if name in environ}


def ask(person: Person, before: Stack | None) -> dict[str, str]:
    """The three questions after the Region."""
    admin = person.answer(ADMIN_EMAIL, default=told(before, "AdminEmail", ""))
    zone = told(before, "TimeZone", time_zone_of_this_machine())
    zone = person.answer(TIME_ZONE, default=zone)
    silent = before is not None and not before.parameters.get("AlarmEmail")
    default = NONE if silent else told(before, "AlarmEmail", admin)
    alarm = person.answer(ALARM_EMAIL, default=default)
    return {"AdminEmail": admin, "TimeZone": zone, "AlarmEmail": "" if alarm == NONE else alarm}


def concurrency(quota: int) -> dict[str, str]:
    """Deliverers and uploaders at once: two places stay free for the tick and the api.

    Raises Stop below a new account's quota: then a burst would stop the tick.
    """
    if quota < NEW_ACCOUNT_QUOTA:
        raise Stop(
            f"This account may run only {quota} functions at once in this Region; Tidings needs "
            f"{NEW_ACCOUNT_QUOTA}. Ask for more: Service Quotas, AWS Lambda, Concurrent executions."
        )
    deliver, prepare = (5, 3) if quota < 100 else (min(quota // 5, 100), min(quota // 10, 20))
    return {"DeliverConcurrency": str(deliver), "PrepareConcurrency": str(prepare)}


def build_for(outside: Outside) -> dict[str, str]:
    """Builds for AWS and refuses a layer that does not match."""
    environ = outside.person.environ
    target = on_lambda(environ.get("RUNTIME", ""), environ.get("ARCHITECTURE", ""))
    outside.person.say(f"\nBuilding for {target.runtime} on {target.architecture}.")
    built = outside.build(target.runtime, target.architecture)
    layer = built.parent / "DependenciesLayer"
    wrong = mismatch(layer, runtime=target.runtime, architecture=target.architecture)
    if wrong:
        raise Stop(f"The layer does not match: {wrong}. Run `make clean`, then try again.")
    if not has_bytecode(layer, runtime=target.runtime):
        outside.person.say(
            f"Without {target.runtime} on this machine libraries go without bytecode: functions "
            "then start about half a second later. Install it and deploy again to mend that."
        )
    return {"Runtime": target.runtime, "Architecture": target.architecture}


def sign_in(person: Person, account: Account, name: str, *, new: bool) -> None:
    """Says where it is, and lets the administrator in."""
    stack = account.stack(name)
    if stack is None:
        raise Stop(f"{name} is gone again; look at CloudFormation in the console.")
    url, function = stack.outputs["ApiUrl"], stack.outputs["ApiFunctionName"]
    email = stack.parameters["AdminEmail"]
    lines = ["", f"Tidings is ready:     {url}"]
    if new:
        key = first_key(account, function, email, stack.parameters["TimeZone"])
        lines.append(f"API key (shown once): {key}")
    code = account.invoke(function, {"action": "sign_in_link", "email": email})["code"]
    lines.append(f"Sign in (once, within the hour): {url}/#sign-in={code}")
    if "UserPoolId" in stack.outputs:
        lines.append(f"With a password:      AWS mails {email} the first one; it works for 7 days.")
    if dashboard := stack.outputs.get("DashboardUrl"):
        lines.append(f"State at a glance:    {dashboard}")
    if alarm := stack.parameters.get("AlarmEmail"):
        lines.append(f"Alarms: AWS has written to {alarm}; they come after you confirm there.")
    person.say("\n".join(lines))


def first_key(account: Account, function: str, email: str, zone: str) -> str:
    try:
        made = account.invoke(function, {"action": "first_key", "email": email, "timezone": zone})
    except Stop as error:
        raise Stop(f"{error}\nThe first key is still to be made: make deploy NEW_KEY=1") from error
    return str(made["api_key"])


def real_outside() -> Outside:
    session = boto3.Session()

    def account(region: str) -> Account:
        return AwsAccount(boto3.Session(region_name=region))

    def build_it(runtime: str, architecture: str) -> Path:
        try:
            build(on_lambda(runtime, architecture))
        except BuildError as error:
            raise Stop(str(error)) from error
        return BUILT

    def run(command: Sequence[str]) -> int:
        # Its own settings would otherwise be made in the home directory.
        settings = {"SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(ROOT / ".build" / "sam")}
        return subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False).returncode

    return Outside(
        person=Person(os.environ, input if sys.stdin.isatty() else None, print),
        session=account,
        regions=frozenset(session.get_available_regions("lambda")),
        default_region=os.environ.get("REGION") or session.region_name or "us-east-1",
        build=build_it,
        run=run,
    )


def guarded(work: Callable[[Outside], None], outside: Callable[[], Outside]) -> int:
    """Runs a command; every expected failure is a sentence, not a traceback."""
    try:
        work(outside())
    except (Stop, ClientError, BotoCoreError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nStopped; nothing further was changed.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(guarded(up, real_outside))
