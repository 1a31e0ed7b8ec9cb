"""The media library: folders and tags of files, and what a search finds. Pure."""

import unicodedata

from shared.core.errors import InvalidDraft, Problem
from shared.core.searching import folded, holds
from shared.core.values import dataclass
from shared.core.workspaces import MediaFile

DEPTH = 5
TOP = "/"
"""In a search: the files that are in no folder."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is empty does not narrow a search. `kind` is the first half of a type: image, video."""

    folder: str = ""
    tag: str = ""
    kind: str = ""
    words: str = ""
    used: bool | None = None


def normal_folder(given: str, *, where: str = "folder") -> str:
    """`Spring / Bread/` is `Spring/Bread`; empty: no folder. Raises InvalidDraft."""
    names = [" ".join(unicodedata.normalize("NFC", name).split()) for name in given.split("/")]
    names = [name for name in names if name]
    if len(names) > DEPTH:
        words = f"Folders can be {DEPTH} deep at most."
        raise InvalidDraft([Problem(where, "too_deep", words)])
    return "/".join(names)


def is_within(folder: str, top: str) -> bool:
    return folder == top or folder.startswith(f"{top}/")


def moved_folder(folder: str, before: str, after: str) -> str:
    """Where a file's folder is once `before` is called `after`."""
    return f"{after}{folder[len(before) :]}".strip("/")


def finds(wanted: Wanted, file: MediaFile) -> bool:
    """Every word must be somewhere in its name, description, tags or folder."""
    if wanted.folder == TOP:
        return not file.folder and _matches(wanted, file)
    return (not wanted.folder or is_within(file.folder, wanted.folder)) and _matches(wanted, file)


def _matches(wanted: Wanted, file: MediaFile) -> bool:
    mime = file.media.mime if file.media else file.declared_mime
    if wanted.used not in (None, file.used):
        return False
    if wanted.kind and not mime.startswith(f"{wanted.kind}/"):
        return False
    if wanted.tag and folded(wanted.tag) not in map(folded, file.tags):
        return False
    return holds(wanted.words, file.name, file.alt, file.folder, *file.tags)
