"""The built template deployed to an emulator in which nothing fires by itself.

Whoever wants to run a function finds here what Lambda would give it: its folder, its layer, its
environment and the credentials of its role.
"""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from local import build
from local.emulator import deploy, server

ROOT = Path(__file__).parents[2]
INTERPRETER = ROOT / ".envs" / "runtime" / "bin" / "python"
"""Holds AWS's runtime client and nothing else: what a function needs must be in its layer."""


def committed(name: str) -> dict[str, Any]:
    """One of the events in `events/`."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def sqs_event(*bodies: str) -> dict[str, Any]:
    """The committed deliver event with other messages in it."""
    event = committed("deliver")
    (record,) = event["Records"]
    return event | {
        "Records": [
            record | {"messageId": f"message-{number}", "body": body}
            for number, body in enumerate(bodies, 1)
        ]
    }


@dataclass
class Stack:
    """`allow` names private servers that accounts may live on. Schedules and queues stay closed."""

    allow: tuple[str, ...] = ()
    resources: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        build.build(build.this_machine())
        self._folder = tempfile.TemporaryDirectory(prefix="stack-", dir=ROOT / ".build")
        self.folder = Path(self._folder.name)
        self.built = self.folder / "built"
        with build.only_one():  # somebody may build anew while this runs: keep what was built
            shutil.copytree(build.BUILT.parent, self.built, copy_function=os.link)
        # Nobody uploads through a browser here, so the address of the front door is never used.
        self.emulator = server.start(self.folder / "data", front="http://127.0.0.1:1")
        try:
            self.resources = deploy.deploy(
                self.emulator, self.built / "template.yaml", self._parameters()
            )
            self.invoke("DeliverFunction", {"Records": []})  # makes the key of credentials
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.stop()
        self._folder.cleanup()

    def _parameters(self) -> dict[str, str]:
        target = build.this_machine()
        return {
            "AllowedPrivateHosts": ",".join(self.allow),
            "Architecture": target.architecture,
            "Footprint": "small",
            "Runtime": target.runtime,
            "SignIn": "None",
        }

    @cached_property
    def template(self) -> dict[str, Any]:
        return deploy.read_template(self.built / "template.yaml")

    def client(self, service: str) -> Any:
        """As the account's root user."""
        return self.emulator.client(service)

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """As somebody with access to the account does. Raises EmulatorError when it fails."""
        return self.emulator.invoke(self.resources[function], event)

    @cached_property
    def key(self) -> str:
        """An api key for everything."""
        return str(self.invoke("ApiFunction", committed("first_key"))["api_key"])

    def request(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The event of a signed-in HTTP request, made from the committed ones."""
        event = committed("api_get" if method == "GET" else "api_post")
        headers = event["headers"] | {"authorization": f"Bearer {self.key}"}
        headers.pop("idempotency-key", None)
        http = event["requestContext"]["http"] | {"method": method, "path": path}
        changed = {
            "headers": headers,
            "rawPath": path,
            "rawQueryString": "",
            "requestContext": event["requestContext"] | {"http": http},
        }
        event.pop("queryStringParameters", None)
        return event | changed | ({} if body is None else {"body": json.dumps(body)})

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What the api answers; the request has to succeed."""
        answer = self.invoke("ApiFunction", self.request(method, path, body))
        assert answer["statusCode"] < 400, answer["body"]
        return json.loads(answer["body"])

    def connect(self, server: str, token: str) -> str:
        """A Mastodon account's id."""
        fields = {"server": server, "access_token": token}
        made = self.call("POST", "/v1/accounts", {"platform": "mastodon", "fields": fields})
        return str(made["id"])

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """What waits in a queue, taken out of it."""
        sqs, url = self.client("sqs"), self.resources[queue]
        found: list[dict[str, Any]] = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def folder_of(self, function: str) -> Path:
        """What SAM built for a function or, with `DependenciesLayer`, for the layer."""
        return self.built / function

    def handler_of(self, function: str) -> str:
        return str(self.template["Resources"][function]["Properties"]["Handler"])

    def path_of(self, function: str) -> str:
        """The PYTHONPATH of a function, as Lambda puts it together."""
        layer = self.folder_of("DependenciesLayer") / "python"
        return f"{self.folder_of(function)}:{layer}"

    def environment_of(self, function: str) -> dict[str, str]:
        """What the template sets, where this AWS is, and the credentials of the function's role."""
        deployed = self.client("lambda").get_function_configuration(
            FunctionName=self.resources[function]
        )
        given = self.client("sts").assume_role(RoleArn=deployed["Role"], RoleSessionName=function)[
            "Credentials"
        ]
        return {
            **deployed["Environment"]["Variables"],
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_REGION": server.REGION,
            "AWS_DEFAULT_REGION": server.REGION,
            "AWS_LAMBDA_FUNCTION_NAME": self.resources[function],
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(deployed["Timeout"]),
            "LAMBDA_TASK_ROOT": str(self.folder_of(function)),
            "PYTHONPATH": self.path_of(function),
        }
