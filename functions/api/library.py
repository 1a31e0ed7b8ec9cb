"""The media library beside its files: folders and tags, where a file is used, crops, fitting."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from functions.api import views
from functions.api.changing import repeating
from functions.api.looking import look_at_image
from functions.api.media import media_view, ready_file, write_preview
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas import library as shapes
from functions.api.schemas import requests as take
from functions.api.walking import DRAFTS, posts_at
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.library import is_within, moved_folder, normal_folder
from shared.core.models import Draft, Media, Part
from shared.core.ports import CalendarEntry
from shared.core.services import Api
from shared.core.validation import text_problem
from shared.core.workspaces import Account, AccountState, MediaFile
from shared.store.views import media_of

PAGE = 100
COUNTED = 2_000
"""Files that the list of folders and tags looks at."""
MOVED = 100
"""Files that one request moves: each is a write."""
PAGES = 10
"""Index pages that a look for posts reads at most."""

routes = Routes("Library", "Folders and tags of files, where they are used, crops, and fitting.")


@routes.add("GET", "/v1/media/folders", "List folders and tags", answer=shapes.Shelves)
def list_folders(api: Api, call: Call) -> Answer:
    """Folders and tags are what files say: the last file takes its folder with it."""
    folders: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    count, complete = 0, True
    for file in _files(api, call):
        if count == COUNTED:
            complete = False
            break
        count += 1
        tags.update(file.tags)
        names = file.folder.split("/") if file.folder else []
        folders.update("/".join(names[: n + 1]) for n in range(len(names)))
    listed = shapes.Shelves(
        folders=[shapes.FolderCount(folder=f, files=n) for f, n in sorted(folders.items())],
        tags=[shapes.TagCount(tag=t, files=n) for t, n in sorted(tags.items())],
        files=count,
        complete=complete,
    )
    return Answer(listed)


def _files(api: Api, call: Call) -> Iterator[MediaFile]:
    after = None
    while True:
        page = api.store.media_files(call.workspace_id, limit=PAGE, after=after)
        yield from page.items
        after = page.next
        if after is None:
            return


@routes.add(
    "POST",
    "/v1/media/folders/move",
    "Rename or move a folder",
    body=shapes.FolderMove,
    answer=shapes.FolderMoved,
)
def move_folder(api: Api, call: Call, *, body: shapes.FolderMove) -> Answer:
    """Moves up to 100 files at once; repeat it while there are `more`. Posts notice nothing."""
    if problem := text_problem("to", body.to):
        raise InvalidDraft([problem])
    before, after = normal_folder(body.folder), normal_folder(body.to, where="to")
    if not before or is_within(after, before):
        words = "Name a folder, and a place that is not that folder or inside of it."
        raise InvalidDraft([Problem("to", "same_folder", words)])
    moved, more = 0, False
    for file in _files(api, call):
        if not is_within(file.folder, before):
            continue
        if moved == MOVED:
            more = True
            break
        _move(api, call, file.id, before, after)
        moved += 1
    if not moved:
        raise NotFound("there is no such folder")
    return Answer(shapes.FolderMoved(moved=moved, more=more))


def _move(api: Api, call: Call, media_id: str, before: str, after: str) -> None:
    def once() -> None:
        file = api.store.media_file(call.workspace_id, media_id)
        if is_within(file.folder, before):
            there = normal_folder(moved_folder(file.folder, before, after), where="to")
            api.store.save_media(file, replace(file, folder=there))

    repeating(once)


@routes.add(
    "GET",
    "/v1/media/{media_id}/posts",
    "List the posts that show a file",
    query=take.ListQuery,
    answer=out.Page[out.PostSummary],
)
def list_media_posts(api: Api, call: Call, *, media_id: str, query: take.ListQuery) -> Answer:
    """Drafts first, then by due time. A page may be empty before the end: go on while there is a
    `next`. Answers to the inbox are not among them.

    Posts keep their files as they were: changing one here, or deleting it, changes no post.
    """
    file = api.store.media_file(call.workspace_id, media_id)
    found: list[CalendarEntry] = []
    place: str | None = query.cursor or DRAFTS
    for _ in range(PAGES):
        page, place = posts_at(api, call, place or DRAFTS, limit=query.limit - len(found))
        wanted = [e.post.id for e in page.items if e.post.media_count and not e.post.elsewhere]
        posts = api.store.posts(call.workspace_id, wanted)
        showing = {i for i, p in posts.items() if any(m.id == file.id for m in media_of(p.content))}
        found += [entry for entry in page.items if entry.post.id in showing]
        if place is None or len(found) >= query.limit:
            break
    listed = [views.post_summary(entry) for entry in found]
    return Answer(out.Page[out.PostSummary](items=listed, next=place))


@routes.add(
    "POST",
    "/v1/media/{media_id}/crop",
    "Crop a picture",
    body=shapes.Crop,
    answer=out.Media,
    status=201,
)
def crop_media(api: Api, call: Call, *, media_id: str, body: shapes.Crop) -> Answer:
    """Makes a new file beside the original, which stays as it is."""
    from shared.platforms import images

    file, media = _ready(api, call, media_id)
    box = (body.x, body.y, body.x + body.width, body.y + body.height)
    if box[2] > (media.width or 0) or box[3] > (media.height or 0):
        words = f"The picture has {media.width} by {media.height} pixels; stay within them."
        raise InvalidDraft([Problem("width", "out_of_range", words)])
    made = images.cropped(api.bucket.read(file.key), box)
    cut = MediaFile(
        id=api.ids.new("med"),
        workspace_id=call.workspace_id,
        name=f"{file.name[:180]} ({made.width}×{made.height})",  # noqa: RUF001  the sign for sizes
        created_at=call.now,
        created_by=call.by,
        key="",
        declared_mime=made.mime,
        declared_size=len(made.data),
        alt=file.alt,
        folder=file.folder,
        tags=file.tags,
    )
    found = look_at_image(made.data, claimed=made.mime, where="file")
    ready = ready_file(cut, found)
    api.bucket.write(ready.key, made.data, mime=made.mime)
    write_preview(api, ready, found)
    api.store.create_media(ready)
    return Answer(media_view(api, ready), status=201, version=ready.version)


def _ready(api: Api, call: Call, media_id: str) -> tuple[MediaFile, Media]:
    file = api.store.media_file(call.workspace_id, media_id)
    if file.media is None:
        words = "This file is not ready: finish its upload first."
        raise Conflict(words, code="media_not_ready")
    if not file.media.mime.startswith("image/"):
        words = "Only pictures can be cropped."
        raise InvalidDraft([Problem("media_id", "not_a_picture", words)])
    return file, file.media


@routes.add("GET", "/v1/media/{media_id}/fit", "Show how a file fits", answer=shapes.Fits)
def fit_media(api: Api, call: Call, *, media_id: str) -> Answer:
    """What each account's network would say of it alone, and whether it is made smaller.

    Pictures are fitted when they are sent: upright, without metadata, never enlarged.
    """
    file = api.store.media_file(call.workspace_id, media_id)
    if file.media is None:
        words = "This file is not ready: finish its upload first."
        raise Conflict(words, code="media_not_ready")
    accounts = api.store.accounts(call.workspace_id)
    connected = [a for a in accounts if a.state is not AccountState.DISCONNECTED]
    return Answer(shapes.Fits(accounts=[_fit(api, a, file.media) for a in connected]))


def _fit(api: Api, account: Account, media: Media) -> shapes.Fit:
    check = api.platforms.check(account, Draft((Part("", (media,)),)))
    known = api.platforms.capabilities(account.platform).numbers_for(account)
    kind = "image" if media.mime.startswith("image/") else "video"
    most, area = known.get(f"{kind}_bytes"), known.get(f"{kind}_pixels")
    large = (most is not None and media.size > most) or (
        area is not None and (media.width or 0) * (media.height or 0) > area
    )
    return shapes.Fit(
        account_id=account.id,
        resized=large and kind == "image" and not check.problems,
        max_bytes=most,
        max_pixels=area,
        problems=views.findings(check.problems, account.id),
        notices=views.findings(check.notices, account.id),
    )
