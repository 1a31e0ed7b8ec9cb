"""Does the built layer fit what it is deployed for? A wrong one fails only at its first start."""

import re
from pathlib import Path

MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
"""`e_machine` of an ELF file, as Lambda names it."""
NATIVE = re.compile(r"\.cpython-(\d)(\d+)-")


def mismatch(layer: Path, *, runtime: str, architecture: str) -> str | None:
    """What does not fit, or None. Reads the native modules themselves, not a note beside them."""
    modules = sorted(layer.rglob("*.so"))
    if not modules:
        return f"there is no layer in {layer}; build it first"
    for module in modules:
        machine = _machine(module)
        if machine != architecture:
            return f"{module.name} is built for {machine}, not for {architecture}"
        found = NATIVE.search(module.name)
        version = f"python{found[1]}.{found[2]}" if found else runtime
        if version != runtime:
            return f"{module.name} is built for {version}, not for {runtime}"
    return None


def has_bytecode(layer: Path, *, runtime: str) -> bool:
    """Without it every cold start compiles the libraries anew."""
    tag = runtime.removeprefix("python").replace(".", "")
    return any(True for _ in layer.rglob(f"*.cpython-{tag}.pyc"))


def _machine(module: Path) -> str:
    with module.open("rb") as file:
        head = file.read(20)
    if head[:4] != b"\x7fELF":
        return "another system than Linux"
    code = int.from_bytes(head[18:20], "little")
    return MACHINES.get(code, f"machine {code}")
