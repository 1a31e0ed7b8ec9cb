"""How large the built layer and functions are, as Lambda counts them, and what the page's first
load fetches.
"""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.table import Row
from local import build
from local.inputs import files_in
from local.package import LIMIT

KB, MB = 1_000, 1_000_000
LAYER = "DependenciesLayer"
FUNCTIONS = ("DeliverFunction", "ApiFunction")
"""Tick and prepare hold the same files as deliver."""


def measure() -> Sequence[Row]:
    build.build(build.this_machine())
    folder = build.BUILT.parent
    sizes = {name: list(_sizes(folder / name)) for name in (LAYER, *FUNCTIONS)}
    rows = []
    for name, (files, unzipped, zipped) in sizes.items():
        rows.append(Row(f"{name}, zipped", zipped / MB, " MB"))
        rows.append(Row(f"{name}, unzipped ({files:,} files)", unzipped / MB, " MB"))
    most = sizes[LAYER][1] + max(sizes[name][1] for name in FUNCTIONS)
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (read 2026-11)
    rows.append(Row("layer and largest function, unzipped", most / MB, " MB", goal=LIMIT / MB))
    return [*rows, _first_load(folder / "ApiFunction" / "functions" / "api" / "page")]


def _first_load(page: Path) -> Row:
    """The scripts that the page names, each as it travels."""
    named = re.findall(r'(?:src|href)="/([^"]+\.js)"', (page / "index.html").read_text())
    size = sum(len(gzip.compress((page / name).read_bytes())) for name in named)
    return Row("scripts of the page's first load, compressed", size / KB, " kB", goal=200)


def _sizes(folder: Path) -> Iterator[int]:
    """Number of files, bytes, bytes of the archive that `sam deploy` would upload."""
    files = list(files_in(folder))
    yield len(files)
    yield sum(path.stat().st_size for path in files)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, path.relative_to(folder))
    yield len(archive.getvalue())
