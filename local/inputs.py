"""Fingerprints of files, by which finished work is recognised and skipped."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

SKIPPED = frozenset({"__pycache__", "node_modules", "dist", "page"})


def files_in(folder: Path, *, skip: frozenset[str] = frozenset()) -> list[Path]:
    """Every file below, in a fixed order."""
    if folder.is_file():
        return [folder]
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in skip:
            found += [path] if path.is_file() else files_in(path, skip=skip)
    return sorted(found)


def fingerprint(
    paths: Iterable[Path], *, words: Iterable[str] = (), skip: frozenset[str] = SKIPPED
) -> str:
    """Changes when a file's place or content changes, or one of the words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for top in sorted(paths):
        for path in files_in(top, skip=skip):
            content = path.read_bytes()
            name = path.relative_to(top.parent).as_posix()
            digest.update(f"\0{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()
