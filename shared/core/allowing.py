"""A rule of the brand's voice let pass for one post: by whom, why, and for how long it holds. Pure.

An allowance holds for what was written and where it goes, and for the rule as it was. An edit of
either takes it back. What is added to links when a post is planned is judged by no rule, and takes
nothing back.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from shared.core.content import written_hash
from shared.core.models import Allowance, Post
from shared.core.voice import Rule


def rule_hash(rule: Rule) -> str:
    data = json.dumps(asdict(rule), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(data.encode()).hexdigest()[:40]


def letting_pass(rule: Rule, allowances: Sequence[Allowance]) -> Allowance | None:
    """By which of them the rule is let pass as it is now."""
    if not allowances:
        return None
    now = rule_hash(rule)
    return next((each for each in allowances if each.rule_hash == now), None)


def holding(post: Post) -> tuple[Allowance, ...]:
    """Those of a post that were given for what it says now."""
    if not post.allowances:
        return ()
    now = written_hash(post)
    return tuple(each for each in post.allowances if each.content_hash == now)


def with_given(known: Iterable[Allowance], given: Sequence[Allowance]) -> tuple[Allowance, ...]:
    """What is allowed anew takes the place of what was said of the same rule before."""
    anew = {each.rule for each in given}
    return (*(each for each in known if each.rule not in anew), *given)


def bound(post: Post, allowances: Iterable[Allowance]) -> Post:
    """The post with these, for what it says now and for nothing else."""
    now = written_hash(post)
    return replace(post, allowances=tuple(replace(each, content_hash=now) for each in allowances))
