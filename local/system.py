"""The whole system on this machine: practice network, emulator, the stack in it, front door."""

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local import build, practice
from local.client import Client, Refused
from local.data import Data, Fence, read, write_private
from local.emulator import deploy, server
from local.emulator.server import Emulator, EmulatorError
from local.proxy import Answer, Forward, Proxy

EMAIL = "you@localhost"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (2026-11)
GATEWAY_LIMIT = 10_485_760
STARTING = Answer(
    503,
    b'{"message":"Tidings is starting"}',
    {"Content-Type": "application/json", "Retry-After": "2"},
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """`parameters`: of the template, beside those that we set ourselves."""

    port: int
    zone: str
    allowed_hosts: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)


class Door:
    """The front door: API and page at the root, the media bucket under its name, as the forms say
    that the functions sign. Until the stack is there it says that it is starting."""

    def __init__(self, port: int) -> None:
        self.to: tuple[int, str, str] | None = None
        self.proxy = Proxy(port, self.route)
        self.port = self.proxy.server_port
        self.proxy.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, emulator: Emulator, *, api: str, bucket: str) -> None:
        self.to = (emulator.port, api, bucket)

    def route(self, method: str, target: str, host: str) -> Forward | Answer:
        if self.to is None:
            return STARTING
        port, api, bucket = self.to
        if target.startswith((f"/{bucket}/", f"/{bucket}?")) or target == f"/{bucket}":
            return Forward(port, target)
        if host.startswith("localhost:") and method == "GET" and target == "/":
            # The page's policy allows its own origin only, and uploads name this one.
            return Answer(307, headers={"Location": self.url})
        return Forward(port, f"/_aws/execute-api/{api}/$default{target}", limit=GATEWAY_LIMIT)


@dataclass
class System:
    """Everything that runs; `stop` ends it in order."""

    data: Data
    door: Door
    emulator: Emulator
    practice: practice.Practice
    resources: dict[str, str]

    def invoke(self, function: str, payload: dict[str, Any]) -> Any:
        return self.emulator.invoke(self.resources[function], payload)

    def stop(self) -> None:
        self.door.proxy.stop()
        self.emulator.stop()
        self.practice.stop()


def start(data: Data, door: Door, options: Options, *, say: Say) -> System:
    """The servers start while artifacts are built; when a part fails, the others are stopped."""
    clean_up(data.folder)
    fence = data.pending_fence()
    with ThreadPoolExecutor() as pool, ExitStack() as undo:
        networking = pool.submit(start_practice, data)
        undo.callback(stop_started, networking)
        emulating = pool.submit(server.start, data.folder, front=door.url, inherit=(data.lock,))
        undo.callback(stop_started, emulating)
        if build.build(build.this_machine()):
            say("built")
        network, emulator = networking.result(), emulating.result()
        say("practice network and AWS emulator run")
        resources = deploy.deploy(emulator, build.BUILT, parameters(data, network, options))
        say("stack deployed")
        system = System(data, door, emulator, network, resources)
        if fence is not None:
            raise_fence(system, fence, say=say)
        # Its first start makes the key of credentials, and nobody's first post waits for it.
        system.invoke("DeliverFunction", {"Records": []})
        door.open(emulator, api=resources["Api"], bucket=resources["MediaBucket"])
        emulator.open_gate()
        undo.pop_all()
    threading.Thread(target=warm_up, args=(system,), daemon=True).start()
    return system


def start_practice(data: Data) -> practice.Practice:
    return practice.start(
        data.folder,
        port=data.practice_port(),
        token=data.practice_token(),
        inherit=(data.lock,),
    )


def stop_started(starting: "Future[practice.Practice] | Future[Emulator]") -> None:
    if starting.exception() is None:
        starting.result().stop()


def raise_fence(system: System, fence: Fence, *, say: Say) -> None:
    say("the last stop was unclean: marking what may have been sent")
    system.invoke("DeliverFunction", {"action": "fence"} | asdict(fence))
    system.data.fence_is_set()


def warm_up(system: System) -> None:
    """The first post of a newcomer should not wait for a cold start."""
    with suppress(EmulatorError):
        system.invoke("PrepareFunction", {"Records": []})


def clean_up(folder: Path) -> None:
    """What functions of earlier runs left behind; the newest unpacked layer is used again."""
    temporary = folder / "tmp"
    if not temporary.is_dir():
        return
    layers = sorted(
        (entry for entry in temporary.iterdir() if len(entry.name) == 64),
        key=lambda entry: entry.stat().st_mtime,
    )
    for entry in temporary.iterdir():
        if entry not in layers[-1:]:
            shutil.rmtree(entry, ignore_errors=True)


def parameters(data: Data, network: practice.Practice, options: Options) -> dict[str, str]:
    target = build.this_machine()
    hosts = (f"127.0.0.1:{network.port}", *options.allowed_hosts)
    return {
        "AdminEmail": EMAIL,
        "AllowedPrivateHosts": ",".join(hosts),
        "Architecture": target.architecture,
        # Without the dashboard and the alarms by metric math, which the emulator does not know.
        "Footprint": "small",
        "Runtime": target.runtime,
        # The emulator's user pools have no pages; the link that `make run` prints lets people in.
        "SignIn": "None",
        "StateEpoch": str(data.epoch()),
        "TimeZone": options.zone,
        **options.parameters,
    }


def first_access(system: System, options: Options) -> Client:
    """A key that works: the one from the last time, else a new one."""
    door, data = system.door, system.data
    known = read(data.access).get("api_key")
    workspace = read(data.memory).get("workspace_id")
    if known and workspace:
        client = Client(door.url, known, workspace)
        try:
            client.call("GET", "/v1/accounts")
        except Refused as error:
            if error.status not in (401, 403, 404):
                raise
        else:
            return client
    made = system.invoke(
        "ApiFunction", {"action": "first_key", "email": EMAIL, "timezone": options.zone}
    )
    data.remember(workspace_id=made["workspace_id"])
    return Client(door.url, made["api_key"], made["workspace_id"])


def practice_account(system: System, client: Client) -> str:
    """Connected through the ordinary API on the first start; its id."""
    for account in client.call("GET", "/v1/accounts")["items"]:
        if account["server"] == system.practice.url:
            return str(account["id"])
    made = client.call(
        "POST",
        "/v1/accounts",
        {
            "platform": "mastodon",
            "fields": {
                "server": system.practice.url,
                "access_token": system.data.practice_token(),
            },
            "label": "Practice",
        },
    )
    return str(made["id"])


def write_access(system: System, client: Client, account: str) -> None:
    write_private(
        system.data.access,
        {
            "url": client.url,
            "api_key": client.api_key,
            "practice": {"url": system.practice.url, "account_id": account},
        },
    )
    system.data.remember(emulator=system.emulator.url, resources=system.resources)


def sign_in_link(system: System) -> str:
    code = system.invoke("ApiFunction", {"action": "sign_in_link", "email": EMAIL})["code"]
    return f"{system.door.url}/#sign-in={code}"


def wait_for_end(system: System, told: threading.Event) -> bool:
    """True when told to stop; False when the emulator ended by itself."""
    while not told.wait(0.5):
        if system.emulator.process.poll() is not None:
            return False
    return True
