"""What ministack 1.5.33 does unlike AWS, put right by replacing parts of it in memory.

Runs inside the emulator's process only. Each function names the behaviour of AWS that it restores;
what cannot be restored stands in the README's table of differences.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import threading
import time
import types
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ministack import app as gateway
from ministack.core import iam_actions, lambda_runtime
from ministack.services import cloudwatch_logs, eventbridge, lambda_svc, scheduler, sqs

SCHEDULE_SWEEP_SECONDS = 1
POLL_SECONDS = 0.2
EVENTS_KEPT_PER_STREAM, STREAMS_KEPT_PER_GROUP = 200, 20
LAYER_MARK = ".unpacked-layer"


class Gate:
    """While it is closed no schedule and no queue starts a function; direct calls go through."""

    def __init__(self) -> None:
        self.is_open = False


def apply(*, gate: Gate, interpreter: str, unpacked: Path, logs: Path) -> None:
    run_functions_on(interpreter)
    unpack_layers_once(unpacked)
    write_logs_to(logs)
    fire_schedules_within_a_second(gate)
    gather_batches_within_their_window(gate)
    authorize_batches_as_single_calls()
    know_encryption_contexts()
    count_loopback_as_secure()


def replace_in(script: str, old: str, new: str) -> str:
    if old not in script:
        raise RuntimeError(f"the emulator's worker changed; not found: {old!r}")
    return script.replace(old, new)


def worker_script(script: str, lifeline: int) -> str:
    """The worker ends with the emulator, however that ends: an orphan must not go on sending. A
    handler's exception shows with its traceback in the function's log, as on AWS."""
    watch = (
        "import os, threading\n"
        f"watch = lambda: (os.read({lifeline}, 1), os._exit(1))\n"
        "threading.Thread(target=watch, daemon=True).start()\n"
    )
    caught, answer = "        except Exception as e:\n", "            _real_stdout.write("
    loud = f"{caught}            traceback.print_exc()\n{answer}"
    return watch + replace_in(script, f"{caught}{answer}", loud)


def run_functions_on(interpreter: str) -> None:
    """Functions see the standard library and their layer, never the emulator's own packages."""
    detect = lambda_runtime._detect_runtime_binary
    # Pipes are not inherited unless asked for: the writing end stays with this process alone.
    lifeline, _held = os.pipe()

    def clean_binary(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        if not runtime.startswith("python"):
            return binary, script
        return interpreter, worker_script(script, lifeline)

    class Popen(subprocess.Popen[str]):
        def __init__(self, command: list[str], **options: Any) -> None:
            options["env"] = {k: v for k, v in options["env"].items() if k not in PRIVATE}
            super().__init__(command, pass_fds=(lifeline,), **options)

    lambda_runtime._detect_runtime_binary = clean_binary
    lambda_runtime.subprocess = types.SimpleNamespace(**(vars(subprocess) | {"Popen": Popen}))
    # A silent handler would otherwise cost 50 ms of waiting for log lines.
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.003, 0.002, 0.250)


# The emulator's own settings; a function on AWS has none of them.
PRIVATE = frozenset(
    {
        "AUTH",
        "DOCKER_HOST",
        "GATEWAY_PORT",
        "IOT_MTLS_ENABLED",
        "LAMBDA_EXECUTOR",
        "PERSIST_STATE",
        "S3_DATA_DIR",
        "S3_PERSIST",
        "SFTP_ENABLED",
        "STATE_DIR",
        "TIDINGS_EMULATOR",
    }
)


def unpack_layers_once(folder: Path) -> None:
    """Starting a worker links to the layer's unpacked files instead of writing 80 MB anew."""
    resolve, lock = lambda_svc._resolve_layer_zip, threading.Lock()

    @lru_cache(maxsize=2)
    def mark_of(content: bytes) -> bytes:
        name = hashlib.sha256(content).hexdigest()
        unpack(content, folder / name)
        return marked_zip(name)

    def resolve_for_worker(attachment: Any) -> bytes | None:
        content = resolve(attachment)
        with lock:
            return mark_of(content) if content else None

    class LinkingZip(zipfile.ZipFile):
        def extractall(self, path: Any = None, *rest: Any) -> None:
            if self.namelist() != [LAYER_MARK]:
                super().extractall(path, *rest)
                return
            Path(path).rmdir()
            Path(path).symlink_to(folder / self.read(LAYER_MARK).decode())

    # The worker looks the resolver up in lambda_svc when it starts.
    lambda_svc._resolve_layer_zip = resolve_for_worker
    lambda_runtime.zipfile = types.SimpleNamespace(**(vars(zipfile) | {"ZipFile": LinkingZip}))


def marked_zip(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(LAYER_MARK, name)
    return buffer.getvalue()


def unpack(content: bytes, target: Path) -> None:
    if target.is_dir():
        return
    half = target.with_name(f"{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(half)
    half.rename(target)


def write_logs_to(folder: Path) -> None:
    """What functions print goes to one file per function as well, and memory stays bounded."""
    emit = lambda_svc._emit_lambda_logs

    def emit_and_write(
        func: dict[str, Any], request_id: str, text: str, *rest: Any, **named: Any
    ) -> None:
        config = func.get("config") or func
        if text:
            with (folder / f"{logical_name(config)}.log").open("a", encoding="utf-8") as out:
                out.write(text.rstrip("\n") + "\n")
        emit(func, request_id, text, *rest, **named)
        forget_old_logs()

    lambda_svc._emit_lambda_logs = emit_and_write


def logical_name(config: Mapping[str, Any]) -> str:
    """tidings-TickFunction-6D319F075D73B → TickFunction"""
    parts = str(config.get("FunctionName", "unknown")).split("-")
    return parts[1] if len(parts) == 3 else "-".join(parts)


def forget_old_logs() -> None:
    for group in list(cloudwatch_logs._log_groups._data.values()):
        streams = group.get("streams", {})
        for name in list(streams)[:-STREAMS_KEPT_PER_GROUP]:
            streams.pop(name, None)
        for stream in list(streams.values()):
            del stream["events"][:-EVENTS_KEPT_PER_STREAM]


def fire_schedules_within_a_second(gate: Gate) -> None:
    sweep = scheduler._tick_schedules
    scheduler._tick_schedules = lambda: sweep() if gate.is_open else None
    scheduler._SCHEDULE_TICK_INTERVAL = SCHEDULE_SWEEP_SECONDS
    eventbridge._SCHEDULER_TICK_INTERVAL = SCHEDULE_SWEEP_SECONDS


def gather_batches_within_their_window(gate: Gate) -> None:
    """SQS event sources honour MaximumBatchingWindowInSeconds and batches above 10, and notice a
    message whose delay ran out within a fifth of a second instead of a second."""
    every = lambda_svc._iter_all_esms

    def ripe() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for account, region, mapping in every() if gate.is_open else ():
            scaling = mapping.get("ScalingConfig")
            if scaling:
                # A template's number parameter arrives here as text.
                scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
            if ":sqs:" not in mapping.get("EventSourceArn", "") or is_ripe(mapping):
                yield account, region, mapping

    def receive(url: str, size: int) -> list[dict[str, Any]]:
        with sqs._queues_lock:
            queue = sqs._get_q(url)
            hidden_for = int(queue["attributes"].get("VisibilityTimeout", "30"))
            sqs._expire_retained(queue)
            sqs._dlq_sweep(queue)
            found: list[dict[str, Any]] = sqs._collect_msgs(queue, int(size or 1), hidden_for)
            return found

    wake = lambda_svc._esm_wake
    lambda_svc._iter_all_esms = ripe
    sqs._receive_messages_for_esm = receive
    lambda_svc._esm_wake = types.SimpleNamespace(
        set=wake.set, clear=wake.clear, wait=lambda limit: wake.wait(min(limit, POLL_SECONDS))
    )


def is_ripe(mapping: Mapping[str, Any]) -> bool:
    window = float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    if not window:
        return True
    name = mapping["EventSourceArn"].rsplit(":", 1)[-1]
    now = time.time()
    for queue in list(sqs._queues._data.values()):
        if queue["attributes"].get("QueueArn", "").endswith(f":{name}"):
            since = [m["visible_at"] for m in list(queue["messages"]) if m["visible_at"] <= now]
            return len(since) >= int(mapping.get("BatchSize") or 10) or (
                bool(since) and now - min(since) >= window
            )
    return False


def authorize_batches_as_single_calls() -> None:
    """IAM knows no sqs:SendMessageBatch: the permission is sqs:SendMessage.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html (2026-11)
    """
    extract = iam_actions.extract_iam_action

    def single(*request: Any, **named: Any) -> str | None:
        action: str | None = extract(*request, **named)
        if action and action.startswith("sqs:"):
            return action.removesuffix("Batch")
        return action

    iam_actions.extract_iam_action = single


def know_encryption_contexts() -> None:
    """Policies may require kms:EncryptionContext:<key>.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html (2026-11)
    """
    tags = iam_actions.request_tag_context

    def with_context(service: str, action: str, body: bytes, params: Any) -> dict[str, Any]:
        context: dict[str, Any] = dict(tags(service, action, body, params))
        if service == "kms":
            given: dict[str, str] = json.loads(body or b"{}").get("EncryptionContext") or {}
            context |= {f"kms:EncryptionContext:{key}": value for key, value in given.items()}
            context["kms:EncryptionContextKeys"] = list(given)
        return context

    iam_actions.request_tag_context = with_context


def count_loopback_as_secure() -> None:
    """Policies that demand TLS (aws:SecureTransport) mean what crosses a network."""
    pin = gateway.pin_request_origin
    gateway.pin_request_origin = lambda client, _: pin(client, True)  # noqa: FBT003 -- its signature
