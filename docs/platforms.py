"""Writes `docs/platforms.md` from what the adapters declare: `python docs/platforms.py`."""

import sys
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).with_suffix(".md")
ROOT = PAGE.parents[1]

RECONCILE = {
    "R": "the post's id is ours: look by id, repeat the same bytes",
    "K": "look through the account's posts, then repeat with the same key",
    "L": "look through the account's posts",
    "P": "ask the upload's handle",
    "N": "nothing can be asked: a person says",
}
# In the words of the contract: shared/core/platform.py.
COMES_BACK = {
    "activity": "replies, mentions and quotes that the account is told of",
    "threads": "everything below its posts",
    "own_posts": "posts made elsewhere",
    "look": "edits and deletions",
}
NUMBERS = {"post_metrics", "account_metrics"}


def listed(things: Iterable[str]) -> str:
    return ", ".join(things) or "nothing"


def page() -> str:
    """The page, from the registry: a section a network, each number with its source."""
    from shared.platforms.registry import ADAPTERS, adapter

    lines = [
        "# Networks",
        "",
        "What each adapter declares it can do; a contract test holds it to that. Written by",
        "`python docs/platforms.py` from the adapters themselves.",
        "",
    ]
    for name in sorted(ADAPTERS):
        facts = adapter(name).capabilities
        lines += [
            f"## {facts.title}",
            "",
            "| | |",
            "|---|---|",
            f"| Can | publish, {', '.join(sorted(facts.verbs - COMES_BACK.keys() - NUMBERS))} |",
            f"| Comes back | {listed(COMES_BACK[v] for v in COMES_BACK if v in facts.verbs)} |",
            f"| Can be answered | {'yes' if facts.replies else 'no'} |",
            f"| Numbers of a post | {listed(sorted(facts.metrics))} |",
            f"| Numbers of the account | {listed(sorted(facts.account_metrics))} |",
            f"| Counts | {facts.counting} |",
            f"| Images | up to {facts.max_images}: {', '.join(sorted(facts.image_mimes))} |",
            f"| Video | {', '.join(sorted(facts.video_mimes)) or 'no'} |",
            f"| Threads | {'yes' if facts.threads else 'no'} |",
            f"| Link cards of your own | {'yes' if facts.link_cards else 'no'} |",
            f"| Content warning | {'yes' if facts.content_warning else 'no'} |",
            f"| Visibility | {', '.join(sorted(facts.visibilities))} |",
            f"| After an unclear answer | {RECONCILE[facts.reconcile]}; quiet window "
            f"{facts.quiet // 1000} s |",
            f"| To connect | {', '.join(field.label for field in facts.connect_fields)} |",
            "",
        ]
        lines += [f"- {verb}: {text}" for verb, text in sorted(facts.cautions.items())]
        lines += ["", "| number | value | source | read on |", "|---|---|---|---|"]
        for fact_name, fact in sorted(facts.facts.items()):
            source = f"<{fact.source}>" if fact.source.startswith("http") else fact.source
            lines.append(f"| {fact_name} | {fact.value:,} | {source} | {fact.read_on} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page())
