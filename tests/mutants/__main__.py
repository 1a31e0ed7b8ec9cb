"""Write docs/mutants.md, or try the mutants whose names contain one of the words."""

import sys

from tests.mutants.forking import Forks
from tests.mutants.page import PAGE, page
from tests.mutants.table import MUTANTS
from tests.mutants.trying import missed


def main(words: list[str]) -> int:
    if not words:
        PAGE.write_text(page())
        return 0
    wanted = [mutant for mutant in MUTANTS if any(word in mutant.name for word in words)]
    with Forks() as forks:
        found = missed(forks, wanted)
    sys.stdout.write("\n".join([*found, f"{len(wanted)} tried", ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
