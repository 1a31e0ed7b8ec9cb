"""Fills one resource's artifact folder; SAM's makefile builds call it, so it needs nothing but
the standard library: python3 local/package.py function publish DIR, or layer DIR.

RUNTIME (python3.13) and ARCHITECTURE (arm64) say what Lambda will run it on. BUILD_FOR=host takes
this machine's own wheels instead of Lambda's, for the local system.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "layer.txt"
CACHE = ROOT / ".build" / "layers"
UV = ROOT / ".envs" / "uv" / "bin" / "uv"
# Bytes that Lambda allows for a function and its layers together, unzipped.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11)
LIMIT = 262_144_000
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Service models that somebody of ours can ask for; botocore brings over 400, half of its size.
SERVICES = frozenset(
    {
        "cloudwatch",
        "cognito-idp",
        "dynamodb",
        "kms",
        "lambda",
        "s3",
        "sns",
        "sqs",
        "ssm",
        "sts",
    }
)

# botocore reads a service's whole model before the first call. Of these services' many operations
# we call few: their clients are made in a third of the time, at the cold start of every sender.
OPERATIONS = {
    "cognito-idp": frozenset({"AdminCreateUser"}),
    "ssm": frozenset({"GetParameter", "PutParameter"}),
}


class PackagingError(Exception):
    """The artifact cannot be made; the message says what to do."""


def runtime() -> str:
    return os.environ.get("RUNTIME") or "python3.13"


def architecture() -> str:
    name = os.environ.get("ARCHITECTURE") or "arm64"
    if name not in MACHINES:
        raise PackagingError(f"ARCHITECTURE is {name!r}; it must be arm64 or x86_64")
    return name


def wheels_of_lambda() -> list[str]:
    """python3.11 runs on Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023 (2.34); there
    are no Pillow wheels for the former.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11)"""
    if runtime() == "python3.11":
        raise PackagingError("Lambda's python3.11 is too old for Pillow: take RUNTIME=python3.13")
    return ["--python-platform", f"{MACHINES[architecture()]}-manylinux_2_28"]


def interpreter() -> str | None:
    """One whose bytecode the runtime takes."""
    if runtime() == f"python{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(runtime())
    # A version manager's shim may be there without the version.
    works = (
        found and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode
    )
    return found if works else None


def compile_bytecode(folder: Path) -> None:
    """Checked by nothing: SAM stamps every file 1980, so bytecode that compares times would be
    thrown away at each cold start (measured: 750 ms of CPU against 271 ms)."""
    python = interpreter()
    if python is None:
        say(f"no {runtime()} on this machine: bytecode left out, cold starts compile it anew")
        return
    checked = ["--invalidation-mode", "unchecked-hash"]
    run([python, "-m", "compileall", "-q", "-j", "0", *checked, "-s", str(folder), str(folder)])


def pack_function(name: str, target: Path) -> None:
    """`functions/<name>` and `shared`, under the same dotted names as in the checkout."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile", "page")
    functions = target / "functions"
    shutil.copytree(ROOT / "shared", target / "shared", ignore=ignore, dirs_exist_ok=True)
    shutil.copytree(ROOT / "functions" / name, functions / name, ignore=ignore, dirs_exist_ok=True)
    shutil.copy2(ROOT / "functions" / "__init__.py", functions)
    if name == "api":
        add_page(functions / name)
    compile_bytecode(target)


def add_page(api: Path) -> None:
    """What the api serves beside its answers: the page and the API's description."""
    page, description = ROOT / "web" / "dist", ROOT / "docs" / "openapi.json"
    if page.is_dir():
        shutil.copytree(page, api / "page", dirs_exist_ok=True)
    if description.exists():
        shutil.copy2(description, api)


def pack_layer(target: Path) -> None:
    ready = layer()
    shutil.copytree(ready, target / "python", copy_function=os.link, dirs_exist_ok=True)


def layer() -> Path:
    """The layer's packages for this target, made once per lock file and target."""
    host = os.environ.get("BUILD_FOR") == "host"
    words = (runtime(), architecture(), str(host), str(interpreter()), " ".join(sorted(SERVICES)))
    key = hashlib.sha256(LOCK.read_bytes() + "\0".join(words).encode()).hexdigest()[:16]
    ready = CACHE / f"{runtime()}-{architecture()}-{key}"
    if ready.is_dir():
        return ready
    half = ready.with_name(f"{ready.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    install(half, platform=[] if host else wheels_of_lambda())
    prune(half)
    compile_bytecode(half)
    size = sum(path.stat().st_size for path in half.rglob("*") if path.is_file())
    if size > LIMIT:
        raise PackagingError(f"the layer has {size:,} bytes unzipped; Lambda allows {LIMIT:,}")
    half.rename(ready)
    return ready


def install(target: Path, *, platform: list[str]) -> None:
    if not UV.exists():
        raise PackagingError("The installer is missing: run make setup first")
    strict = ["--quiet", "--require-hashes", "--only-binary", ":all:"]
    python = ["--python-version", runtime().removeprefix("python"), *platform]
    run([str(UV), "pip", "install", *strict, *python, "--target", str(target), "-r", str(LOCK)])


def prune(folder: Path) -> None:
    """Leaves out what no function can use."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)
    data = folder / "botocore" / "data"
    for service in data.iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for name, wanted in OPERATIONS.items():
        for path in (data / name).glob("*/service-2.json.gz"):
            model = cut_down(json.loads(gzip.decompress(path.read_bytes())), wanted)
            text = json.dumps(model, separators=(",", ":"))
            path.unlink()  # the installer links files into its cache: that must stay whole
            path.write_bytes(gzip.compress(text.encode(), mtime=0))


def cut_down(model: dict[str, Any], wanted: Collection[str]) -> dict[str, Any]:
    """The same service with only these operations, and the shapes that they need."""
    operations = {name: model["operations"][name] for name in wanted}
    shapes: dict[str, Any] = {}
    names = _named(operations)
    while names:
        name = names.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            names |= _named(shapes[name])
    kept = sorted(model["shapes"].keys() & shapes.keys())
    return model | {"operations": operations, "shapes": {name: shapes[name] for name in kept}}


def _named(part: Any) -> set[str]:
    """The shapes that a part of a model speaks of."""
    if isinstance(part, list):
        return {name for each in part for name in _named(each)}
    if not isinstance(part, dict):
        return set()
    own = {part["shape"]} if isinstance(part.get("shape"), str) else set()
    return own | {name for each in part.values() for name in _named(each)}


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise PackagingError(f"{' '.join(command)} failed:\n{tail}")


def say(text: str) -> None:
    print(f"build: {text}", file=sys.stderr, flush=True)


def main(words: list[str]) -> int:
    try:
        match words:
            case ["function", name, target]:
                pack_function(name, Path(target))
            case ["layer", target]:
                pack_layer(Path(target))
            case _:
                raise PackagingError("usage: package.py function NAME DIR | layer DIR")
    except PackagingError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
