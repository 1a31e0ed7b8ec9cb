"""One mutant: a change to one module, made while it is imported. The files stay as they are."""

import builtins
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutant:
    """`old`, which stands exactly once in `module`, becomes `new`; each of `tests` must then fail.

    `safeguard` says what is taken away. A test is named by its node id; without its parameter all
    of them are meant.
    """

    name: str
    safeguard: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        return ROOT / f"{self.module.replace('.', '/')}.py"


class NotAMutant(Exception):
    """The table and the code have parted: mend the table."""


def changed(mutant: Mutant) -> str:
    """The module's source with the change. Raises NotAMutant."""
    source = mutant.path.read_text()
    times = source.count(mutant.old)
    if times != 1:
        raise NotAMutant(
            f"{mutant.name}: its text stands {times} times in {mutant.module}, not once; "
            "mend it in tests/mutants"
        )
    return source.replace(mutant.old, mutant.new)


def compiled(mutant: Mutant) -> CodeType:
    """Raises NotAMutant also when what comes out is no Python: that would prove nothing."""
    try:
        return compile(changed(mutant), str(mutant.path), "exec")
    except SyntaxError as error:
        raise NotAMutant(f"{mutant.name}: {error}") from error


class Imports:
    """What was imported within the block, and by whom: `forget` is exact for these modules only."""

    def __init__(self) -> None:
        self._importers: defaultdict[str, set[str]] = defaultdict(set)

    def __enter__(self) -> "Imports":
        self._import: Any = builtins.__import__
        builtins.__import__ = self._noted
        return self

    def __exit__(self, *exc: object) -> None:
        builtins.__import__ = self._import

    def _noted(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = None,
        level: int = 0,
    ) -> ModuleType:
        importer = str((globals or {}).get("__name__"))
        for imported in (name, *(f"{name}.{one}" for one in fromlist or ())):
            self._importers[imported].add(importer)
        module: ModuleType = self._import(name, globals, locals, fromlist, level)
        return module

    def forget(self, module: str) -> None:
        """It and all that saw it will be imported anew; what it stands on stays."""
        left, seen = [module], set[str]()
        while left:
            name = left.pop()
            if name not in seen:
                seen.add(name)
                left += self._importers[name]
        for name in seen & sys.modules.keys():
            del sys.modules[name]
            package, _, attribute = name.rpartition(".")
            vars(sys.modules.get(package, ModuleType(""))).pop(attribute, None)


def apply(mutant: Mutant) -> None:
    """From here on this process imports the changed module."""
    if mutant.module in sys.modules:
        raise NotAMutant(f"{mutant.module} is imported already, so it can no longer be changed")
    sys.meta_path.insert(0, _Finder(mutant))


class _Finder(MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        loader = _Loader(self._mutant)
        return spec_from_file_location(fullname, self._mutant.path, loader=loader)


class _Loader(SourceFileLoader):
    """Compiles anew: what is cached beside the file is the module as it stands."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        return compiled(self._mutant)
