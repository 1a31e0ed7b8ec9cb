"""Tags of a workspace's posts: how often each is used, and one name in place of another.

Posts hold their tags as words, so a new name is written into each, a page at a time. Until the last
one is done, what holds for posts with the tag (pauses, rules of the voice) holds for both names, so
that nothing slips out of a pause meanwhile. Every step can be repeated: what is done is skipped.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from functions.api import keeping
from functions.api.acting import audit_entry, doing, enqueue
from functions.api.changing import repeating
from functions.api.content import fitting_for, known_accounts
from functions.api.listing import END_OF_TIME
from functions.api.releasing import LOOK_BACK, entries_between
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import tags as shapes
from functions.api.schemas.requests import ListQuery
from functions.api.voicing import voice_of
from functions.api.walking import DRAFTS, posts_at
from shared.core import tags
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.models import SECOND, Millis
from shared.core.pauses import is_over, on
from shared.core.ports import CalendarEntry
from shared.core.posts import tagged
from shared.core.roles import Role
from shared.core.services import Api
from shared.core.snippets import PostTemplate
from shared.core.voice import Rule, Voice
from shared.core.workspaces import Account, Pause, PauseScope, Workspace
from shared.store.cursors import page_of

COUNTED = 5_000
"""Posts that the list of tags looks at."""
PAGE = 100
MOST = 100
"""Posts that one request changes, but for the rest of a page."""
PAGES = 10
PATIENCE: Millis = 15 * SECOND
"""After which no further post is begun: the function is stopped after 29."""

routes = Routes("Tags", "Words that a team puts on its posts.")


@routes.add("GET", "/v1/tags", "List tags", query=ListQuery, answer=shapes.Tags)
def list_tags(api: Api, call: Call, *, query: ListQuery) -> Answer:
    """With how often each is used, counted anew for each page. Tags are what posts say: the last
    one takes its tag with it.
    """
    posts: Counter[str] = Counter()
    complete = True
    for seen, entry in enumerate(_latest(api, call)):
        if seen == COUNTED:
            complete = False
            break
        posts.update(set(entry.post.tags))
    templates = _counted(t.tags for t in api.store.all_kept(PostTemplate, call.workspace_id))
    rules = _counted(rule.tags for rule in voice_of(api, call).rules)
    pauses = _counted((p.value,) for p in _paused(api, call))
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, times in posts.items():
        written[name.casefold()][name] += times
    for others in (templates, rules, pauses):
        for name in others:
            written[name.casefold()][name] += 0
    items = [
        shapes.Tag(
            tag=max(spelled, key=lambda name: (spelled[name], name)),
            posts=spelled.total(),
            templates=_of(templates, folded),
            rules=_of(rules, folded),
            pauses=_of(pauses, folded),
        )
        for folded, spelled in sorted(written.items())
    ]
    asked = ("tags", call.workspace_id)
    shown, more = page_of(items, limit=query.limit, after=query.cursor, query=asked)
    return Answer(shapes.Tags(items=list(shown), next=more, complete=complete))


def _latest(api: Api, call: Call) -> Iterator[CalendarEntry]:
    """Drafts, then what is planned, from the end backwards."""
    after = None
    while True:
        page = api.store.drafts(call.workspace_id, limit=1_000, after=after)
        yield from page.items
        after = page.next
        if after is None:
            break
    while True:
        page = api.store.calendar(
            call.workspace_id, start=0, end=END_OF_TIME, limit=1_000, after=after, latest=True
        )
        yield from page.items
        after = page.next
        if after is None:
            return


def _counted(named: Iterable[tuple[str, ...]]) -> Counter[str]:
    return Counter(name for names in named for name in names)


def _of(counted: Counter[str], folded: str) -> int:
    return sum(times for name, times in counted.items() if name.casefold() == folded)


def _paused(api: Api, call: Call) -> list[Pause]:
    known = on(api.store.workspace(call.workspace_id))
    return [p for p in known if p.scope is PauseScope.TAG and not is_over(p, call.now)]


@routes.add(
    "POST",
    "/v1/tags/rename",
    "Rename a tag, or merge it into another",
    body=shapes.TagRename,
    answer=shapes.TagRenamed,
    role=Role.ADMIN,
)
def rename_tag(api: Api, call: Call, *, body: shapes.TagRename) -> Answer:
    """In drafts, planned and past posts, templates, rules of the voice and pauses. About a hundred
    posts a request: ask again with `next` while there is one. Asking again from the beginning does
    no harm, whatever became of the answer before. What goes out, and when, stays as it was.
    """
    if body.tag == body.to:
        raise InvalidDraft([Problem("to", "same_tag", "Give it another name.")])
    if body.cursor is None:
        _begin(api, call, body)
    changed, left, place = _walk(api, call, body)
    if place is None:
        left += [each for each in _left(api, call, body) if each not in left]
        if not left:
            _finish(api, call, body)
    return Answer(shapes.TagRenamed(changed=changed, next=place, left=left))


def _begin(api: Api, call: Call, body: shapes.TagRename) -> None:
    """What holds for posts with the tag holds for both names from now on."""

    def paused() -> None:
        found = api.store.workspace(call.workspace_id)
        kept = tags.pauses_beside(
            on(found), body.tag, body.to, new_id=lambda: api.ids.new("pau"), now=call.now
        )
        if kept != on(found):
            _save_pauses(api, call, found, kept, "pause.made", body)

    repeating(paused)
    _change_rules(api, call, lambda rule: tags.beside(rule.tags, body.tag, body.to))
    for template in api.store.all_kept(PostTemplate, call.workspace_id):
        if tags.has(template.tags, body.tag):
            keeping.change(
                api,
                replace(call, if_match=None),
                PostTemplate,
                template.id,
                what="template",
                decide=lambda t: replace(t, tags=tags.renamed(t.tags, body.tag, body.to)),
            )


def _finish(api: Api, call: Call, body: shapes.TagRename) -> None:
    def renamed() -> None:
        found = api.store.workspace(call.workspace_id)
        kept = tags.pauses_renamed(on(found), body.tag, body.to)
        _save_pauses(api, call, found, kept, "tag.renamed", body)

    _change_rules(api, call, lambda rule: tags.renamed(rule.tags, body.tag, body.to))
    repeating(renamed)


def _save_pauses(
    api: Api,
    call: Call,
    found: Workspace,
    kept: tuple[Pause, ...],
    action: str,
    body: shapes.TagRename,
) -> None:
    entry = audit_entry(api, call, action, tag=body.tag, to=body.to)
    api.store.save_workspace(found, replace(found, paused=None, pauses=kept), entry)


def _change_rules(api: Api, call: Call, decide: Callable[[Rule], tuple[str, ...]]) -> None:
    def changed(voice: Voice) -> Voice:
        rules = tuple(replace(rule, tags=decide(rule)) for rule in voice.rules)
        return replace(voice, rules=rules)

    before = voice_of(api, call)
    if changed(before).rules != before.rules:
        blank, unseen = Voice(call.workspace_id), replace(call, if_match=None)
        keeping.change_only(api, unseen, blank, changed, "voice.changed", fields="rules")


def _walk(api: Api, call: Call, body: shapes.TagRename) -> tuple[int, list[str], str | None]:
    """How many posts were changed, which could not be, and where to go on."""
    begun, known = api.clock.now(), known_accounts(api, call)
    changed, stuck, place = 0, list[str](), body.cursor or DRAFTS
    for _ in range(PAGES):
        page, following = posts_at(api, call, place, limit=PAGE)
        for entry in page.items:
            had = entry.post.tags
            if tags.renamed(had, body.tag, body.to) == had:
                continue
            if api.clock.now() - begun > PATIENCE:
                return changed, stuck, place
            try:
                changed += _retag(api, call, entry.post.id, body, known)
            except Conflict:
                stuck.append(entry.post.id)
        if following is None or changed >= MOST:
            return changed, stuck, following
        place = following
    return changed, stuck, place


def _retag(
    api: Api, call: Call, post_id: str, body: shapes.TagRename, known: Mapping[str, Account]
) -> bool:
    """Whether it was changed. Its place among drafts stays, and so does whatever was approved."""

    def once() -> bool:
        record = api.store.post(call.workspace_id, post_id)
        before = record.post
        after = replace(before, tags=tags.renamed(before.tags, body.tag, body.to))
        if after.tags == before.tags:
            return False
        moves = tagged(
            record.deliveries, fitting=fitting_for(api, after, known), doing=doing(api, call)
        )
        entry = audit_entry(api, call, "post.edited", post_id=post_id, fields="tags")
        api.store.change_post(before, after, moves=moves, audit=entry)
        enqueue(api, [new for _, new in moves if new is not None])
        return True

    try:
        return repeating(once)
    except NotFound:
        return False


def _left(api: Api, call: Call, body: shapes.TagRename) -> list[str]:
    """Posts that somebody gave the old name meanwhile, of those that a pause may hold."""
    if tags.same(body.tag, body.to):  # a pause holds both ways of writing it
        return []
    start = call.now - LOOK_BACK
    coming = entries_between(api, call.workspace_id, start, END_OF_TIME)
    return [entry.post.id for entry in coming if tags.has(entry.post.tags, body.tag)]
