"""A rule of the brand's voice let pass for one post, by somebody who may approve it."""

from collections.abc import Sequence
from dataclasses import replace

from functions.api.content import Review
from functions.api.routing import Call
from functions.api.schemas import requests as take
from shared.core.allowing import bound, rule_hash, with_given
from shared.core.errors import InvalidDraft, Problem
from shared.core.models import Allowance, Post
from shared.core.roles import Role
from shared.core.voice import Severity


def letting(call: Call, review: Review, asked: Sequence[take.Allow]) -> Review:
    """The same with these rules let pass. Raises NotAllowed, and InvalidDraft (`unknown_rule`)."""
    if not asked:
        return review
    call.require(Role.APPROVER)
    call.require_publishing(review.wanted)
    rules = {rule.name.casefold(): rule for rule in review.voice.rules} if review.voice else {}
    words = "There is no rule of this name any more; look at what stops the post now."
    unknown = [
        Problem(f"allow[{n}].rule", "unknown_rule", words)
        for n, each in enumerate(asked)
        if each.rule.casefold() not in rules
    ]
    if unknown:
        raise InvalidDraft(unknown)
    named = [(rules[each.rule.casefold()], each.reason) for each in asked]
    given = [
        Allowance(rule.name, rule_hash(rule), reason, call.by, call.now)
        for rule, reason in named
        if rule.severity is Severity.STOPS
    ]
    return replace(review, allowances=with_given(review.allowances, given))


def with_allowances(post: Post, review: Review) -> Post:
    """The post with those that it needs as it stands: a rule that finds nothing needs none."""
    if not review.allowances:
        return replace(post, allowances=())
    review.require_sound()
    passed = {problem.rule for problem, _ in review.notices}
    return bound(post, [each for each in review.allowances if each.rule in passed])


def trail_of(call: Call, post: Post) -> dict[str, str]:
    """What the audit trail says of those that were given just now."""
    given = [each for each in post.allowances if (each.at, each.by) == (call.now, call.by)]
    said = "; ".join(f"{each.rule}: {each.reason}" for each in given)
    return {"allowed": said} if said else {}
