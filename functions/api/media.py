"""Media: files uploaded straight to the bucket, or fetched, and checked by their bytes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from functions.api import views
from functions.api.listing import END_OF_TIME, PAGES
from functions.api.looking import (
    MAX_IMAGE,
    MAX_VIDEO,
    Found,
    known_mime,
    look,
    look_at_bytes,
    require_size,
)
from functions.api.releasing import LOOK_BACK, entries_between
from functions.api.routing import Answer, Call, Routes
from functions.api.schemas import answers as out
from functions.api.schemas.library import MediaCreate, MediaEdit, MediaQuery
from shared.core.errors import Conflict, InvalidDraft, NotFound, Problem
from shared.core.library import TOP, Wanted, finds, normal_folder
from shared.core.lifecycle import SETTLED, S
from shared.core.models import SECOND, Media
from shared.core.ports import CalendarEntry
from shared.core.schedule import rfc3339
from shared.core.services import Api
from shared.core.validation import text_problem
from shared.core.workspaces import MediaFile, MediaState
from shared.store.views import media_of

UPLOAD_S = 3_600
"""How long an upload form works; a large video on a slow line needs its time."""
VIEW_S = 3_600

routes = Routes("Media", "Images and videos, checked by their bytes.")


@routes.add(
    "POST",
    "/v1/media",
    "Start an upload, or fetch a URL",
    body=MediaCreate,
    answer=out.MediaUpload,
    status=201,
    unkept="upload",
)
def create_media(api: Api, call: Call, *, body: MediaCreate) -> Answer:
    """With `name`, `mime` and `size`: answers a form to post the file to; then `finish` it.

    With `url`: the file is fetched and ready at once. Only public addresses are fetched.
    """
    _check_texts(alt=body.alt, name=body.name, folder=body.folder, tags=" ".join(body.tags))
    if body.url is not None:
        if body.mime is not None or body.size is not None:
            words = "Give either `url`, or `mime` and `size` of a file to upload."
            raise InvalidDraft([Problem("url", "choose_one", words)])
        return _fetched(api, call, body, body.url)
    if body.mime is None or body.size is None:
        words = "Give `mime` and `size` of the file to upload, or a `url`."
        raise InvalidDraft([Problem("mime", "required", words)])
    return _form(api, call, body, mime=known_mime(body.mime), size=body.size)


def _check_texts(**texts: str | None) -> None:
    """Raises InvalidDraft."""
    found = [text_problem(where, text or "") for where, text in texts.items()]
    if wrong := [problem for problem in found if problem]:
        raise InvalidDraft(wrong)


def _form(api: Api, call: Call, body: MediaCreate, *, mime: str, size: int) -> Answer:
    require_size(size, mime)
    file = _new_file(api, call, body, mime=mime, size=size)
    signed = api.bucket.presign_post(file.key, mime=mime, max_size=size, expires_s=UPLOAD_S)
    api.store.create_media(file)
    fields = signed["fields"]
    form = out.UploadForm(
        url=str(signed["url"]),
        fields={k: str(v) for k, v in fields.items()} if isinstance(fields, Mapping) else {},
        expires_at=rfc3339(call.now + UPLOAD_S * SECOND),
    )
    shown = out.MediaUpload(**media_view(api, file).model_dump(), upload=form)
    return Answer(shown, status=201)


def _new_file(api: Api, call: Call, body: MediaCreate, *, mime: str, size: int) -> MediaFile:
    media_id = api.ids.new("med")
    return MediaFile(
        id=media_id,
        workspace_id=call.workspace_id,
        name=body.name or media_id,
        created_at=call.now,
        created_by=call.by,
        key=f"uploads/{call.workspace_id}/{media_id}",
        declared_mime=mime,
        declared_size=size,
        alt=body.alt,
        folder=normal_folder(body.folder),
        tags=tuple(dict.fromkeys(body.tags)),
    )


def _fetched(api: Api, call: Call, body: MediaCreate, url: str) -> Answer:
    got = api.download(url, max_size=max(MAX_IMAGE, MAX_VIDEO // 5))
    found = look_at_bytes(got.data, where="url")
    require_size(found.size, found.mime, where="url")
    named = body.model_copy(update={"name": body.name or _name_in(url)})
    file = _new_file(api, call, named, mime=found.mime, size=found.size)
    ready = ready_file(file, found)
    api.bucket.write(ready.key, got.data, mime=found.mime)
    write_preview(api, ready, found)
    api.store.create_media(ready)
    shown = out.MediaUpload(**media_view(api, ready).model_dump(), upload=None)
    return Answer(shown, status=201)


def _name_in(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).name[:200]


def _final_key(file: MediaFile) -> str:
    return f"media/{file.workspace_id}/{file.id}"


def ready_file(file: MediaFile, found: Found) -> MediaFile:
    """The file where it stays, as it was found."""
    key = _final_key(file)
    media = Media(
        id=file.id,
        mime=found.mime,
        size=found.size,
        sha256=found.sha256,
        key=key,
        width=found.width,
        height=found.height,
        duration_ms=found.duration_ms,
        alt=file.alt,
    )
    small = f"{key}.webp" if found.preview else ""
    return replace(file, state=MediaState.READY, key=key, media=media, error=None, preview=small)


def write_preview(api: Api, file: MediaFile, found: Found) -> None:
    """Before the file is kept: whoever reads that it has a preview finds it."""
    if found.preview is not None:
        api.bucket.write(file.preview, found.preview, mime="image/webp")


@routes.add("POST", "/v1/media/{media_id}/finish", "Finish an upload", answer=out.Media)
def finish_media(api: Api, call: Call, *, media_id: str) -> Answer:
    """Checks the bytes that arrived. What is not what it says is refused; upload it anew then.

    Metadata such as the place of a photo stay in the library and are removed before posting.
    """
    file = api.store.media_file(call.workspace_id, media_id)
    if file.state is MediaState.READY:
        return Answer(media_view(api, file), version=file.version)
    # Moved first: what is checked is then what is kept, though the form still works for a while.
    target = _final_key(file)
    try:
        api.bucket.copy(file.key, target)
    except NotFound:
        words = "Nothing was uploaded yet: post the file to the form first."
        raise Conflict(words, code="not_uploaded") from None
    try:
        found = look(api.bucket, target, claimed=file.declared_mime, where="file")
    except InvalidDraft:
        api.bucket.delete(target)
        raise
    ready = ready_file(file, found)
    write_preview(api, ready, found)
    saved = api.store.save_media(file, ready)
    api.bucket.delete(file.key)
    return Answer(media_view(api, saved), version=saved.version)


@routes.add("GET", "/v1/media", "List media", query=MediaQuery, answer=out.Page[out.Media])
def list_media(api: Api, call: Call, *, query: MediaQuery) -> Answer:
    """Latest first. A page may be empty before the end: go on while there is a `next`."""
    folder = TOP if query.folder == TOP else normal_folder(query.folder or "")
    wanted = Wanted(folder, query.tag or "", query.kind or "", query.q or "", query.used)
    found: list[MediaFile] = []
    after = query.cursor
    for _ in range(PAGES):
        left = query.limit - len(found)
        page = api.store.media_files(call.workspace_id, limit=left, after=after)
        found += [file for file in page.items if finds(wanted, file)]
        after = page.next
        if after is None or len(found) >= query.limit:
            break
    items = [media_view(api, file) for file in found]
    return Answer(out.Page[out.Media](items=items, next=after))


@routes.add("GET", "/v1/media/{media_id}", "Get a file", answer=out.Media)
def get_media(api: Api, call: Call, *, media_id: str) -> Answer:
    file = api.store.media_file(call.workspace_id, media_id)
    return Answer(media_view(api, file), version=file.version)


@routes.add(
    "PATCH",
    "/v1/media/{media_id}",
    "Describe a file",
    body=MediaEdit,
    answer=out.Media,
    if_match=True,
)
def edit_media(api: Api, call: Call, *, media_id: str, body: MediaEdit) -> Answer:
    """Its alternative text, name, folder and tags. Posts that use it already keep theirs."""
    _check_texts(alt=body.alt, name=body.name, folder=body.folder, tags=" ".join(body.tags or ()))
    file = api.store.media_file(call.workspace_id, media_id)
    call.check_match(file.version)
    alt = file.alt if body.alt is None else body.alt
    media = replace(file.media, alt=alt) if file.media else None
    after = replace(
        file,
        name=body.name or file.name,
        alt=alt,
        media=media,
        folder=file.folder if body.folder is None else normal_folder(body.folder),
        tags=file.tags if body.tags is None else tuple(dict.fromkeys(body.tags)),
    )
    saved = api.store.save_media(file, after)
    return Answer(media_view(api, saved), version=saved.version)


@routes.add(
    "DELETE", "/v1/media/{media_id}", "Delete a file", answer=None, status=204, if_match=True
)
def delete_media(api: Api, call: Call, *, media_id: str) -> Answer:
    """Refused while a post that is still to go out shows it. Those that are out keep showing it."""
    file = api.store.media_file(call.workspace_id, media_id)
    call.check_match(file.version)
    posts = api.store.posts(call.workspace_id, _waiting_posts(api, call))
    users = [i for i, p in posts.items() if any(m.id == file.id for m in media_of(p.content))]
    if users:
        words = f"It is part of posts that are still to go out: {', '.join(users[:5])}."
        raise Conflict(words, code="media_in_use")
    api.store.delete_media(file)
    for key in (file.key, file.preview):
        if key:
            api.bucket.delete(key)
    return Answer(None, status=204)


def _waiting_posts(api: Api, call: Call) -> list[str]:
    """Drafts, and posts of which something may still leave, as far as they have files."""
    found = [
        entry.post.id
        for entry in entries_between(api, call.workspace_id, call.now - LOOK_BACK, END_OF_TIME)
        if entry.post.media_count and _may_leave(entry)
    ]
    after = None
    while True:
        page = api.store.drafts(call.workspace_id, limit=100, after=after)
        found += [e.post.id for e in page.items if e.post.media_count]
        after = page.next
        if after is None:
            return found


def _may_leave(entry: CalendarEntry) -> bool:
    return any(d.state not in SETTLED - {S.FAILED, S.UNCONFIRMED} for d in entry.deliveries)


def media_view(api: Api, file: MediaFile) -> out.Media:
    media = file.media
    url = None
    if file.state is MediaState.READY:
        url = api.bucket.presign_get(file.key, expires_s=VIEW_S)
    small = api.bucket.presign_get(file.preview, expires_s=VIEW_S) if file.preview else url
    return out.Media(
        id=file.id,
        name=file.name,
        state=file.state,
        mime=media.mime if media else file.declared_mime,
        size=media.size if media else file.declared_size,
        width=media.width if media else None,
        height=media.height if media else None,
        duration_ms=media.duration_ms if media else None,
        alt=file.alt,
        folder=file.folder,
        tags=list(file.tags),
        used=file.used,
        url=url,
        preview_url=small,
        error=views.error(file.error),
        created_at=rfc3339(file.created_at),
        version=file.version,
    )
