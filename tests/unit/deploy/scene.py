"""Somebody at a terminal, an account, and what happens in which order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.questions import Person
from deploy.up import Outside
from tests.fakes.account import FakeAccount

ARM, INTEL = 0xB7, 0x3E


def native(folder: Path, *, machine: int = ARM, version: str = "313", name: str = "fast") -> Path:
    """A native module as its first bytes show it."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = f".cpython-{version}-linux-gnu.so" if version else ".abi3.so"
    module = folder / f"{name}{suffix}"
    module.write_bytes(b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + bytes(44))
    return module


@dataclass
class Scene:
    """`answers` are typed one after the other; `events` is the order of all that was seen."""

    folder: Path
    answers: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    attended: bool = True
    account: FakeAccount = field(default_factory=FakeAccount)
    events: list[str] = field(default_factory=list)
    commands: list[list[str]] = field(default_factory=list)
    sam_fails: bool = False

    def __post_init__(self) -> None:
        native(self.folder / "DependenciesLayer" / "python")

    def outside(self) -> Outside:
        return Outside(
            person=Person(self.environ, self._read if self.attended else None, self._say),
            session=lambda region: self.account,
            regions=frozenset({"eu-west-1", "us-east-1"}),
            default_region="us-east-1",
            build=self._build,
            run=self._run,
        )

    @property
    def said(self) -> str:
        return "\n".join(self.events)

    @property
    def asked(self) -> list[str]:
        return [event for event in self.events if event.startswith("asked ")]

    @property
    def parameters(self) -> dict[str, str]:
        """Those of the last deployment."""
        command = self.commands[-1]
        pairs = command[command.index("--parameter-overrides") + 1 :]
        return {name: json.loads(value) for name, value in (pair.split("=", 1) for pair in pairs)}

    def _read(self, prompt: str) -> str:
        self.events.append(f"asked {prompt}")
        return self.answers.pop(0)

    def _say(self, text: str) -> None:
        self.events.append(text)

    def _build(self, runtime: str, architecture: str) -> Path:
        self.events.append(f"built {runtime} {architecture}")
        return self.folder / "template.yaml"

    def _run(self, command: Sequence[str]) -> int:
        self.events.append("sam deploy")
        self.commands.append(list(command))
        if self.sam_fails:
            return 1
        self.account.deploy(command[command.index("--stack-name") + 1], self.parameters)
        return 0
