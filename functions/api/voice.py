"""The voice of a brand: read by everybody who writes, changed by its admins."""

from dataclasses import replace

from functions.api import keeping, views
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import voice as shapes
from functions.api.schemas.posts import LinkParameter, Links
from functions.api.voicing import voice_of
from shared.core import models
from shared.core.errors import InvalidDraft
from shared.core.links import LinkRules
from shared.core.roles import Role
from shared.core.services import Api
from shared.core.voice import Rule, Voice, voice_problems

routes = Routes(
    "Voice",
    "What a brand's posts must keep to, how it wants to sound, and what its links carry. A change "
    "holds for what is written, planned or approved from then on; what is planned already leaves "
    "as it is, and a rehearsal says what the new rules find in it.",
)


@routes.add("GET", "/v1/voice", "Get the brand's voice", answer=shapes.Voice)
def get_voice(api: Api, call: Call) -> Answer:
    found = voice_of(api, call)
    return Answer(_shown(found), version=found.version)


@routes.add(
    "PATCH",
    "/v1/voice",
    "Change the brand's voice",
    body=shapes.VoiceEdit,
    answer=shapes.Voice,
    role=Role.ADMIN,
    if_match=True,
)
def edit_voice(api: Api, call: Call, *, body: shapes.VoiceEdit) -> Answer:
    """Checked with every post by `check`, when it is planned, edited while planned, and approved.
    Answers to what came in are held to it but for `required` and `disclosure`.
    """

    def decide(before: Voice) -> Voice:
        after = replace(_edited(before, body), changed_at=call.now, changed_by=call.by)
        if problems := voice_problems(after, api.platforms.names()):
            raise InvalidDraft(problems)
        return after

    fields = ",".join(sorted(body.model_fields_set))
    blank = Voice(call.workspace_id)
    saved = keeping.change_only(api, call, blank, decide, "voice.changed", fields=fields)
    return Answer(_shown(saved), version=saved.version)


def _edited(before: Voice, body: shapes.VoiceEdit) -> Voice:
    rules, links = before.rules, before.links
    if body.rules is not None:
        rules = tuple(_rule(given) for given in body.rules)
    if body.links is not None:
        parameters = (models.LinkParameter(p.name, p.value) for p in body.links.parameters)
        links = LinkRules(tuple(dict.fromkeys(body.links.domains)), tuple(parameters))
    tone = before.tone if body.tone is None else body.tone
    return replace(before, tone=tone, rules=rules, links=links)


def _rule(given: shapes.RuleInput) -> Rule:
    return Rule(
        name=given.name,
        kind=given.kind,
        severity=given.severity,
        words=given.words,
        domains=given.domains,
        most=given.most,
        at_start=given.at_start,
        platforms=given.platforms,
        tags=given.tags,
    )


def _shown(found: Voice) -> shapes.Voice:
    parameters = [LinkParameter(name=p.name, value=p.value) for p in found.links.parameters]
    return shapes.Voice(
        tone=found.tone,
        rules=[_shown_rule(rule) for rule in found.rules],
        links=Links(domains=list(found.links.domains), parameters=parameters),
        changed_at=views.time(found.changed_at),
        changed_by=found.changed_by,
        version=found.version,
    )


def _shown_rule(rule: Rule) -> shapes.Rule:
    return shapes.Rule(
        name=rule.name,
        kind=rule.kind,
        severity=rule.severity,
        words=list(rule.words),
        domains=list(rule.domains),
        most=rule.most,
        at_start=rule.at_start,
        platforms=list(rule.platforms),
        tags=list(rule.tags),
    )
