"""Snippets, templates and groups of hashtags: what people write again and again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from functions.api import content as contents
from functions.api import keeping, views
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import snippets as shapes
from shared.core.errors import InvalidDraft, Problem
from shared.core.schedule import local_day, rfc3339, zone
from shared.core.services import Api
from shared.core.snippets import (
    MOST,
    HashtagGroup,
    PostTemplate,
    Snippet,
    filled,
    filled_template,
    hashtag,
    require_values,
    template_problem,
    variables,
)
from shared.core.validation import text_problem
from shared.core.workspaces import AccountState

N = TypeVar("N", bound=keeping.Named)
routes = Routes(
    "Snippets",
    "Texts with variables, whole posts to start from, and groups of hashtags; at most 300 each.",
)


def _require_texts(*texts: str) -> None:
    """Raises InvalidDraft for characters that no post may have."""
    found = [p for text in texts if (p := text_problem("text", text))]
    if found:
        raise InvalidDraft(found)


def _add(api: Api, call: Call, made: N, *, what: str) -> None:
    """Under a name of its own: by that it is inserted."""
    check: Callable[[Sequence[N]], None] = partial(keeping.require_own_name, made)
    keeping.add(api, call, made, what=what, most=MOST, check=check)


def _change(
    api: Api, call: Call, kind: type[N], thing_id: str, *, what: str, decide: Callable[[N], N]
) -> N:
    def named(before: N) -> N:
        after = decide(before)
        if after.name != before.name:
            keeping.require_own_name(after, api.store.all_kept(kind, call.workspace_id))
        return after

    return keeping.change(api, call, kind, thing_id, what=what, decide=named)


def _values(api: Api, call: Call, body: shapes.Fill) -> dict[str, str]:
    """What is known, and what was given over it."""
    workspace = api.store.workspace(call.workspace_id)
    today = local_day(call.now, zone(workspace.timezone)).isoformat()
    values = {"date": today, "brand": workspace.name}
    if body.account_id is not None:
        values["account"] = api.store.account(call.workspace_id, body.account_id).handle
    return values | dict(body.values)


@routes.add(
    "GET",
    "/v1/snippets",
    "List snippets",
    query=shapes.SearchQuery,
    answer=out.Page[shapes.Snippet],
)
def list_snippets(api: Api, call: Call, *, query: shapes.SearchQuery) -> Answer:
    """By name."""
    kept = keeping.found(api, call, Snippet, query.search, texts=lambda each: [each.text])
    return Answer(out.Page[shapes.Snippet](items=[_snippet(each) for each in kept], next=None))


@routes.add(
    "POST",
    "/v1/snippets",
    "Create a snippet",
    body=shapes.SnippetCreate,
    answer=shapes.Snippet,
    status=201,
)
def create_snippet(api: Api, call: Call, *, body: shapes.SnippetCreate) -> Answer:
    _require_texts(body.text)
    made = Snippet(api.ids.new("snp"), call.workspace_id, body.name, body.text, call.now, call.by)
    _add(api, call, made, what="snippet")
    return Answer(_snippet(made), status=201, version=made.version)


@routes.add("GET", "/v1/snippets/{snippet_id}", "Get a snippet", answer=shapes.Snippet)
def get_snippet(api: Api, call: Call, *, snippet_id: str) -> Answer:
    kept = api.store.kept(Snippet, call.workspace_id, snippet_id)
    return Answer(_snippet(kept), version=kept.version)


@routes.add(
    "PATCH",
    "/v1/snippets/{snippet_id}",
    "Change a snippet",
    body=shapes.SnippetEdit,
    answer=shapes.Snippet,
    if_match=True,
)
def edit_snippet(api: Api, call: Call, *, snippet_id: str, body: shapes.SnippetEdit) -> Answer:
    """Posts that it was inserted into keep the text that they have."""
    given = body.model_dump(exclude_none=True)
    _require_texts(body.text or "")
    saved = _change(
        api,
        call,
        Snippet,
        snippet_id,
        what="snippet",
        decide=lambda before: replace(before, **given),
    )
    return Answer(_snippet(saved), version=saved.version)


@routes.add("DELETE", "/v1/snippets/{snippet_id}", "Delete a snippet", status=204, if_match=True)
def delete_snippet(api: Api, call: Call, *, snippet_id: str) -> Answer:
    keeping.drop(api, call, Snippet, snippet_id, what="snippet")
    return Answer(None, status=204)


@routes.add(
    "POST",
    "/v1/snippets/{snippet_id}/render",
    "Fill in a snippet",
    body=shapes.Fill,
    answer=shapes.Filled,
    repeatable=False,
)
def render_snippet(api: Api, call: Call, *, snippet_id: str, body: shapes.Fill) -> Answer:
    """Its text with every variable filled in; saves nothing."""
    kept = api.store.kept(Snippet, call.workspace_id, snippet_id)
    values = _values(api, call, body)
    require_values([kept.text], values)
    return Answer(shapes.Filled(text=filled(kept.text, values)))


@routes.add(
    "GET",
    "/v1/templates",
    "List templates",
    query=shapes.SearchQuery,
    answer=out.Page[shapes.Template],
)
def list_templates(api: Api, call: Call, *, query: shapes.SearchQuery) -> Answer:
    """By name."""
    kept = keeping.found(api, call, PostTemplate, query.search, texts=lambda each: each.texts)
    return Answer(out.Page[shapes.Template](items=[_template(each) for each in kept], next=None))


@routes.add(
    "POST",
    "/v1/templates",
    "Create a template",
    body=shapes.TemplateCreate,
    answer=shapes.Template,
    status=201,
)
def create_template(api: Api, call: Call, *, body: shapes.TemplateCreate) -> Answer:
    made = PostTemplate(
        id=api.ids.new("tpl"),
        workspace_id=call.workspace_id,
        name=body.name,
        text=body.text,
        created_at=call.now,
        created_by=call.by,
        parts=body.parts,
        options=contents.options(body.options),
        tags=tuple(dict.fromkeys(body.tags)),
        account_ids=body.account_ids,
    )
    _require_sound(api, call, made)
    _add(api, call, made, what="template")
    return Answer(_template(made), status=201, version=made.version)


@routes.add("GET", "/v1/templates/{template_id}", "Get a template", answer=shapes.Template)
def get_template(api: Api, call: Call, *, template_id: str) -> Answer:
    kept = api.store.kept(PostTemplate, call.workspace_id, template_id)
    return Answer(_template(kept), version=kept.version)


@routes.add(
    "PATCH",
    "/v1/templates/{template_id}",
    "Change a template",
    body=shapes.TemplateEdit,
    answer=shapes.Template,
    if_match=True,
)
def edit_template(api: Api, call: Call, *, template_id: str, body: shapes.TemplateEdit) -> Answer:
    """Posts that began with it keep what they have."""
    names = ("name", "text", "parts", "tags", "account_ids")
    given = {name: v for name in names if (v := getattr(body, name)) is not None}
    if body.options is not None:
        given["options"] = contents.options(body.options)

    def decide(before: PostTemplate) -> PostTemplate:
        after = replace(before, **given)
        _require_sound(api, call, after)
        return after

    saved = _change(api, call, PostTemplate, template_id, what="template", decide=decide)
    return Answer(_template(saved), version=saved.version)


@routes.add("DELETE", "/v1/templates/{template_id}", "Delete a template", status=204, if_match=True)
def delete_template(api: Api, call: Call, *, template_id: str) -> Answer:
    keeping.drop(api, call, PostTemplate, template_id, what="template")
    return Answer(None, status=204)


@routes.add(
    "POST",
    "/v1/templates/{template_id}/render",
    "Fill in a template",
    body=shapes.Fill,
    answer=shapes.FilledTemplate,
    repeatable=False,
)
def render_template(api: Api, call: Call, *, template_id: str, body: shapes.Fill) -> Answer:
    """A post to start from, with every variable filled in; saves nothing."""
    kept = api.store.kept(PostTemplate, call.workspace_id, template_id)
    values = _values(api, call, body)
    require_values(kept.texts, values)
    made = filled_template(kept, values)
    there = _usable_accounts(api, call)
    return Answer(
        shapes.FilledTemplate(
            text=made.text,
            parts=list(made.parts),
            options=views.options(made.options),
            tags=list(made.tags),
            account_ids=[account for account in made.account_ids if account in there],
        )
    )


def _usable_accounts(api: Api, call: Call) -> set[str]:
    accounts = api.store.accounts(call.workspace_id)
    return {a.id for a in accounts if a.state is not AccountState.DISCONNECTED}


def _require_sound(api: Api, call: Call, template: PostTemplate) -> None:
    """Raises InvalidDraft for accounts that are not there and texts that no post may have."""
    _require_texts(*template.texts)
    if too_large := template_problem(template):
        raise InvalidDraft([too_large])
    known = {account.id for account in api.store.accounts(call.workspace_id)}
    words = "There is no such account in this workspace."
    unknown = [n for n, account_id in enumerate(template.account_ids) if account_id not in known]
    if unknown:
        raise InvalidDraft(
            [Problem(f"account_ids[{n}]", "unknown_account", words) for n in unknown]
        )


@routes.add(
    "GET",
    "/v1/hashtag-groups",
    "List groups of hashtags",
    query=shapes.SearchQuery,
    answer=out.Page[shapes.HashtagGroup],
)
def list_hashtag_groups(api: Api, call: Call, *, query: shapes.SearchQuery) -> Answer:
    """By name."""
    kept = keeping.found(api, call, HashtagGroup, query.search, texts=lambda each: each.tags)
    return Answer(out.Page[shapes.HashtagGroup](items=[_group(each) for each in kept], next=None))


@routes.add(
    "POST",
    "/v1/hashtag-groups",
    "Create a group of hashtags",
    body=shapes.HashtagGroupCreate,
    answer=shapes.HashtagGroup,
    status=201,
)
def create_hashtag_group(api: Api, call: Call, *, body: shapes.HashtagGroupCreate) -> Answer:
    tags = _hashtags(body.tags)
    made = HashtagGroup(api.ids.new("htg"), call.workspace_id, body.name, tags, call.now, call.by)
    _add(api, call, made, what="hashtag_group")
    return Answer(_group(made), status=201, version=made.version)


@routes.add(
    "GET", "/v1/hashtag-groups/{group_id}", "Get a group of hashtags", answer=shapes.HashtagGroup
)
def get_hashtag_group(api: Api, call: Call, *, group_id: str) -> Answer:
    kept = api.store.kept(HashtagGroup, call.workspace_id, group_id)
    return Answer(_group(kept), version=kept.version)


@routes.add(
    "PATCH",
    "/v1/hashtag-groups/{group_id}",
    "Change a group of hashtags",
    body=shapes.HashtagGroupEdit,
    answer=shapes.HashtagGroup,
    if_match=True,
)
def edit_hashtag_group(
    api: Api, call: Call, *, group_id: str, body: shapes.HashtagGroupEdit
) -> Answer:
    """Its hashtags are replaced as a whole."""
    given: dict[str, object] = {} if body.name is None else {"name": body.name}
    if body.tags is not None:
        given["tags"] = _hashtags(body.tags)
    saved = _change(
        api,
        call,
        HashtagGroup,
        group_id,
        what="hashtag_group",
        decide=lambda before: replace(before, **given),  # type: ignore[arg-type]  # each is of its field's type
    )
    return Answer(_group(saved), version=saved.version)


@routes.add(
    "DELETE",
    "/v1/hashtag-groups/{group_id}",
    "Delete a group of hashtags",
    status=204,
    if_match=True,
)
def delete_hashtag_group(api: Api, call: Call, *, group_id: str) -> Answer:
    keeping.drop(api, call, HashtagGroup, group_id, what="hashtag_group")
    return Answer(None, status=204)


def _hashtags(given: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, with its sign. Raises InvalidDraft for what no network takes as one."""
    tags = [hashtag(text) for text in given]
    words = "A hashtag has no spaces, and more than digits: #fresh, say."
    if wrong := [n for n, tag in enumerate(tags) if tag is None]:
        raise InvalidDraft([Problem(f"tags[{n}]", "bad_hashtag", words) for n in wrong])
    first = {tag.casefold(): tag for tag in reversed(tags) if tag}
    return tuple(dict.fromkeys(first[tag.casefold()] for tag in tags if tag))


def _snippet(kept: Snippet) -> shapes.Snippet:
    return shapes.Snippet(
        id=kept.id,
        name=kept.name,
        text=kept.text,
        variables=list(variables([kept.text])),
        created_at=rfc3339(kept.created_at),
        created_by=kept.created_by,
        version=kept.version,
    )


def _template(kept: PostTemplate) -> shapes.Template:
    return shapes.Template(
        id=kept.id,
        name=kept.name,
        text=kept.text,
        parts=list(kept.parts),
        options=views.options(kept.options),
        tags=list(kept.tags),
        account_ids=list(kept.account_ids),
        variables=list(variables(kept.texts)),
        created_at=rfc3339(kept.created_at),
        created_by=kept.created_by,
        version=kept.version,
    )


def _group(kept: HashtagGroup) -> shapes.HashtagGroup:
    return shapes.HashtagGroup(
        id=kept.id,
        name=kept.name,
        tags=list(kept.tags),
        created_at=rfc3339(kept.created_at),
        created_by=kept.created_by,
        version=kept.version,
    )
