"""Runs a few tests in the code with a mutant, at the price of a fork.

A process has pytest, the libraries and our modules ready. For each request it forks; the fork
imports one module anew, changed, and all that saw it, and runs the tests that it was asked for.
Started by `Forks` as `python -m tests.mutants.forking`; a request is one line of JSON, and so is
its answer.
"""

import gc
import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import IO, Any, Literal

import boto3
import pytest
from moto import mock_aws

from tests.mutants.changing import ROOT, Imports, Mutant, apply

CPU_SECONDS = 60
"""A mutant may turn a loop that ends into one that does not."""
LIBRARIES = ("httpcore", "httpx", "pydantic", "regex")
OURS = (
    "functions.publish.app",
    "shared.platforms.mastodon",
    "shared.store.api_store",
    "shared.store.publish_store",
    "tests.fakes.make",
    "tests.fakes.world",
)
PASSED = "passed"
FAILED = "failed"
"""What it asserts did not hold, or one of our own errors came out of it; as opposed to: the mutant
is broken, and nothing works.
"""
Verdicts = dict[str, str]
"""By node id: PASSED, FAILED, or what else happened."""


class Forks:
    """The process that forks; it ends with the block."""

    def __enter__(self) -> "Forks":
        kept = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.forking"],
            cwd=ROOT,
            env=kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate()

    def run(self, tests: Sequence[str], mutant: Mutant | None = None) -> Verdicts:
        """What became of every test that one of `tests` names."""
        to, answers = self._process.stdin, self._process.stdout
        assert to is not None
        assert answers is not None
        to.write(f"{json.dumps([tests, mutant and asdict(mutant)])}\n")
        to.flush()
        verdicts: Verdicts = json.loads(answers.readline())
        return verdicts


class _Server:
    """A plugin that never lets the first process run a test, and each fork run its own."""

    def __init__(self, requests: IO[str], answers: IO[str], imports: Imports) -> None:
        self._requests, self._answers, self._imports = requests, answers, imports
        self.fork: IO[str] | None = None
        self.verdicts: Verdicts = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """None where pytest is to go on: in a fork."""
        gc.freeze()  # or every fork looks through all of this again, and copies it
        for request in self._requests:
            tests, mutant = json.loads(request)
            end, beginning = os.pipe()
            if os.fork() == 0:
                self.fork = os.fdopen(beginning, "w")
                resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
                config.args = tests
                if mutant is not None:
                    self._imports.forget(mutant["module"])
                    apply(Mutant(**mutant))
                return None
            os.close(beginning)
            with os.fdopen(end) as pipe:
                said = pipe.read() or json.dumps(dict.fromkeys(tests, "its process died"))
            os.wait()
            print(said, file=self._answers, flush=True)
        return 0

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.verdicts[report.nodeid] = f"cannot be collected: {report.longreprtext[-2000:]}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """In place of pytest's own, which takes most of its time to tell people what failed."""
        verdict = _verdict(call)
        if self.verdicts.get(item.nodeid, PASSED) == PASSED:
            self.verdicts[item.nodeid] = verdict
        outcome: Literal["passed", "failed"] = "passed" if verdict == PASSED else "failed"
        when: Any = call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when)


def _verdict(call: pytest.CallInfo[None]) -> str:
    if call.excinfo is None:
        return PASSED
    kinds = {kind.__name__ for kind in call.excinfo.type.__mro__}
    if call.when == "call" and kinds & {"AssertionError", "Failed", "SocialError"}:
        return FAILED
    return f"{call.when}: {call.excinfo.exconly()}"


def _warm_up() -> None:
    """What every fork would else do for itself; moto loads much of itself at its first call."""
    for library in LIBRARIES:
        import_module(library)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName="any",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        client.update_item(
            TableName="any",
            Key={"pk": {"S": "a"}},
            UpdateExpression="SET b = :b",
            ConditionExpression="attribute_not_exists(pk)",
            ExpressionAttributeValues={":b": {"N": "1"}},
        )


def main(cache: str) -> None:
    """Where nothing compiled is kept, `cache` does, so that each fork need not do it again."""
    if sys.dont_write_bytecode:
        sys.pycache_prefix, sys.dont_write_bytecode = cache, False
    gc.disable()  # everything here lives to the end, and forks are short
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # what pytest prints is of no interest
    _warm_up()
    with Imports() as imports:
        for module in OURS:
            import_module(module)
    server = _Server(requests, answers, imports)
    plugins = ("pytest_socket", "_hypothesis_pytestplugin", "no:cacheprovider")
    options = [option for plugin in plugins for option in ("-p", plugin)]
    pytest.main(["--capture=no", *options], plugins=[server])
    if server.fork is not None:
        json.dump(server.verdicts, server.fork)
        server.fork.close()
        os._exit(0)  # nothing of the first process is to be ended twice


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        main(directory)
