"""What a post said before, unfinished changes to it, and who else has it open."""

from collections.abc import Iterable
from dataclasses import replace

from functions.api import views, writing
from functions.api.acting import audit_entry
from functions.api.changing import changing, shown
from functions.api.content import Library
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from functions.api.schemas import versions as shapes
from shared.core import versions as core
from shared.core.errors import InvalidDraft, NotFound
from shared.core.models import Content, LinkCard, Media, Part, Post, Variant
from shared.core.ports import PostRecord
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.validation import content_problems
from shared.store.bounds import check_post
from shared.store.views import excerpt, media_of

routes = Routes(
    "Versions", "What a post said before, unfinished changes to it, and who has it open."
)
WINDOW = 64
"""Characters of what a client calls one of its windows."""


@routes.add(
    "GET",
    "/v1/posts/{post_id}/versions",
    "List a post's versions",
    query=take.ListQuery,
    answer=out.Page[shapes.VersionSummary],
)
def list_versions(api: Api, call: Call, *, post_id: str, query: take.ListQuery) -> Answer:
    """Latest first: what each edit took the place of. The latest 100 are kept."""
    _existing(api, call, post_id)
    page = api.store.versions(call.workspace_id, post_id, limit=query.limit, after=query.cursor)
    items = [
        shapes.VersionSummary(
            id=v.id, by=v.by, at=rfc3339(v.at), aside=v.aside, excerpt=excerpt(v.content)
        )
        for v in page.items
    ]
    return Answer(out.Page[shapes.VersionSummary](items=items, next=page.next))


@routes.add(
    "GET",
    "/v1/posts/{post_id}/versions/{version_id}",
    "Get a version of a post",
    answer=shapes.Version,
)
def get_version(api: Api, call: Call, *, post_id: str, version_id: str) -> Answer:
    return Answer(_version(api.store.version(call.workspace_id, post_id, version_id)))


@routes.add(
    "POST",
    "/v1/posts/{post_id}/versions",
    "Put words aside",
    body=take.PostContent,
    answer=shapes.Version,
    status=201,
)
def put_aside(api: Api, call: Call, *, post_id: str, body: take.PostContent) -> Answer:
    """Keeps what somebody wrote among the versions, and leaves the post as it is: for words that
    give way to those of somebody who was quicker.
    """

    def once(record: PostRecord) -> core.Version:
        words = _with_given(api, call, record.post, body)
        after, made = core.put_aside(record.post, words, by=call.by, now=call.now)
        entry = audit_entry(api, call, "post.put_aside", post_id=post_id, version=made.id)
        api.store.change_post(record.post, after, moves=(), audit=entry, version=made)
        return made

    return Answer(_version(changing(api, call, post_id, once)), status=201)


@routes.add(
    "POST",
    "/v1/posts/{post_id}/versions/{version_id}/restore",
    "Bring a version back",
    body=shapes.Restore,
    answer=out.Post,
    if_match=True,
)
def restore_version(
    api: Api, call: Call, *, post_id: str, version_id: str, body: shapes.Restore
) -> Answer:
    """An edit like any other: what the post says now becomes a version, and what was approved needs
    approval anew. When it goes out stays as it is, and files that were deleted stay away.
    """
    version = api.store.version(call.workspace_id, post_id, version_id)

    def once(record: PostRecord) -> list[out.Finding]:
        there, notices = _without_deleted(api, call, record.post, version)
        edit = take.PostEdit(update_live=body.update_live)
        return [*notices, *writing.edit(api, call, record, edit, restoring=there)]

    return shown(api, call, post_id, changing(api, call, post_id, once))


@routes.add(
    "GET",
    "/v1/posts/{post_id}/working-copy",
    "Get your unfinished changes to a post",
    answer=shapes.OwnWork,
)
def get_working_copy(api: Api, call: Call, *, post_id: str) -> Answer:
    post = _existing(api, call, post_id)
    found = api.store.copy(call.workspace_id, post_id, by=call.by, now=call.now)
    unfinished = None if found is None else _copy(api, post, found)
    return Answer(shapes.OwnWork(unfinished=unfinished))


@routes.add(
    "PUT",
    "/v1/posts/{post_id}/working-copy",
    "Keep unfinished changes to a post",
    body=shapes.WorkingCopyInput,
    answer=None,
    status=204,
)
def put_working_copy(
    api: Api, call: Call, *, post_id: str, body: shapes.WorkingCopyInput
) -> Answer:
    """In place of the ones that you had. They are yours alone, change nothing of the post and are
    kept for 30 days.
    """
    written = _with_given(api, call, _existing(api, call, post_id), body)
    copy = core.WorkingCopy(
        workspace_id=call.workspace_id,
        post_id=post_id,
        by=call.by,
        at=call.now,
        based_on=body.based_on,
        content=written.content,
        account_ids=written.account_ids,
        tags=written.tags,
        campaign=written.campaign,
        missed_window=written.missed_window,
        local=body.local,
    )
    api.store.save_copy(copy)
    return Answer(None, status=204)


@routes.add(
    "DELETE",
    "/v1/posts/{post_id}/working-copy",
    "Drop your unfinished changes to a post",
    answer=None,
    status=204,
)
def drop_working_copy(api: Api, call: Call, *, post_id: str) -> Answer:
    _existing(api, call, post_id)
    api.store.drop_copy(call.workspace_id, post_id, by=call.by)
    return Answer(None, status=204)


@routes.add(
    "PUT",
    "/v1/posts/{post_id}/editors/{window_id}",
    "Say that you are editing a post",
    answer=shapes.Presence,
)
def enter_post(api: Api, call: Call, *, post_id: str, window_id: str) -> Answer:
    """Every 20 seconds or so while it is open; after a minute without a word you count as gone.
    `window_id` is any text of yours that tells your windows apart.
    """
    post = _existing(api, call, post_id)
    mine = _presence(call, post_id, window_id)
    api.store.enter(mine)
    here = api.store.present(call.workspace_id, post_id, now=call.now)
    others = [
        shapes.Present(name=each.name, by=each.by, you=each.by == call.by)
        for each in here
        if (each.by, each.window) != (mine.by, mine.window)
    ]
    return Answer(shapes.Presence(others=others, version=post.version, versions=post.versions))


@routes.add(
    "DELETE",
    "/v1/posts/{post_id}/editors/{window_id}",
    "Say that you have closed a post",
    answer=None,
    status=204,
)
def leave_post(api: Api, call: Call, *, post_id: str, window_id: str) -> Answer:
    _existing(api, call, post_id)
    api.store.leave(_presence(call, post_id, window_id))
    return Answer(None, status=204)


def _existing(api: Api, call: Call, post_id: str) -> Post:
    """The post alone: nobody needs its deliveries here. Raises NotFound."""
    found = api.store.posts(call.workspace_id, [post_id]).get(post_id)
    if found is None:
        raise NotFound("no such post")
    return found


def _presence(call: Call, post_id: str, window_id: str) -> core.Presence:
    if len(window_id) > WINDOW:
        raise NotFound("no such window")
    person = call.person
    name = (person.name or person.email) if person else call.signed_in.name
    return core.Presence(call.workspace_id, post_id, window_id, call.by, name, call.now)


def _with_given(api: Api, call: Call, before: Post, body: take.PostContent) -> Post:
    """The post as it would be. Raises InvalidDraft for what no draft may hold, and for files that
    are not there.
    """
    library = Library(api, call)
    library.keep(media_of(before.content), describe=False)
    content = writing.edited_content(before.content, body, library)
    if problems := [*library.problems, *content_problems(content)]:
        raise InvalidDraft(problems)
    given = body.model_fields_set
    after = replace(
        before,
        content=content,
        account_ids=before.account_ids if body.account_ids is None else body.account_ids,
        tags=before.tags if body.tags is None else tuple(dict.fromkeys(body.tags)),
        campaign=body.campaign if "campaign" in given else before.campaign,
        missed_window=body.missed_window if "missed_window" in given else before.missed_window,
    )
    check_post(after, deliveries=0)
    return after


def _without_deleted(
    api: Api, call: Call, now: Post, version: core.Version
) -> tuple[core.Version, list[out.Finding]]:
    """Only files of the post as it is are known to be there still."""
    held = {media.id for media in media_of(now.content)}
    gone = {
        media.id
        for media in media_of(version.content)
        if media.id not in held and not _in_library(api, call, media.id)
    }
    if not gone:
        return version, []
    words = "A file of this version was deleted since; it came back without it."
    notice = out.Finding(where="media_ids", code="file_deleted", message=words, account_id=None)
    return replace(version, content=_without(version.content, gone)), [notice]


def _in_library(api: Api, call: Call, media_id: str) -> bool:
    try:
        api.store.media_file(call.workspace_id, media_id)
    except NotFound:
        return False
    return True


def _without(content: Content, gone: set[str]) -> Content:
    def left(media: Iterable[Media]) -> tuple[Media, ...]:
        return tuple(each for each in media if each.id not in gone)

    def parts(given: Iterable[Part]) -> tuple[Part, ...]:
        return tuple(replace(part, media=left(part.media)) for part in given)

    def card(given: LinkCard | None) -> LinkCard | None:
        lost = given is not None and given.media is not None and given.media.id in gone
        return replace(given, media=None) if given is not None and lost else given

    def variant(given: Variant) -> Variant:
        return replace(
            given,
            media=None if given.media is None else left(given.media),
            parts=None if given.parts is None else parts(given.parts),
            card=card(given.card),
        )

    return replace(
        content,
        media=left(content.media),
        parts=parts(content.parts),
        card=card(content.card),
        variants={key: variant(each) for key, each in content.variants.items()},
    )


def _written(of: core.Version | core.WorkingCopy | Post) -> dict[str, object]:
    content = of.content
    return {
        "text": content.text,
        "media": views.media_refs(content.media),
        "parts": views.parts(content.parts),
        "variants": {key: views.variant(each) for key, each in content.variants.items()},
        "options": views.options(content.options),
        "first_comment": content.first_comment,
        "card": views.card(content.card),
        "account_ids": list(of.account_ids),
        "tags": list(of.tags),
        "campaign": of.campaign,
        "missed_window": of.missed_window,
    }


def _version(found: core.Version) -> shapes.Version:
    about = {"id": found.id, "by": found.by, "at": rfc3339(found.at), "aside": found.aside}
    return shapes.Version.model_validate(about | _written(found))


def _copy(api: Api, post: Post, found: core.WorkingCopy) -> shapes.WorkingCopy:
    base = _base(api, post, found)
    about = {
        "at": rfc3339(found.at),
        "based_on": found.based_on,
        "local": found.local,
        "base": None if base is None else shapes.Written.model_validate(_written(base)),
    }
    return shapes.WorkingCopy.model_validate(about | _written(found))


def _base(api: Api, post: Post, found: core.WorkingCopy) -> core.Version | None:
    """The first version since, but for words put aside: that is what gave way first. None: none
    did, or it is not kept any more.
    """
    for number in range(found.based_on + 1, post.versions + 1):
        try:
            version = api.store.version(post.workspace_id, post.id, core.version_id(number))
        except NotFound:
            return None
        if not version.aside:
            return version
    return None
