"""docs/mutants.md, from the table."""

from tests.mutants.changing import ROOT, Mutant
from tests.mutants.table import GROUPS, MUTANTS

PAGE = ROOT / "docs" / "mutants.md"
HEAD = f"""# Mutants of publishing

Each of these {len(MUTANTS)} mutants takes one safeguard away from the code as it runs on Lambda.
`make test` makes each of them, and every test named beside it must then fail; without a mutant all
of them pass. A test that breaks because nothing works any more does not count. The mutants are
data in `tests/mutants/`; `python -m tests.mutants` writes this page, and
`python -m tests.mutants WORDS` tries those whose names contain one of the words.
"""


def page() -> str:
    groups = [
        "\n".join(["", f"## {title}", "", *_ROWS, *map(_row, mutants)])
        for title, mutants in GROUPS.items()
    ]
    return HEAD + "\n".join([*groups, ""])


_ROWS = ("| mutant | what it takes away | found by |", "|---|---|---|")


def _row(mutant: Mutant) -> str:
    tests = "<br>".join(
        f"`{test.split('::')[-1]}` in `{test.split('::')[0]}`" for test in mutant.tests
    )
    return f"| {mutant.name} | {mutant.safeguard} (`{mutant.module}`) | {tests} |"
