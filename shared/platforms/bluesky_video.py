"""Videos on their way to Bluesky: through its video service, which turns them into what apps play.

The service stores the result on the account's own server with a token that we hand it, and only
then may a record show it. A server that the service cannot reach (a private one) gets the file
itself, the documented simple way: people then see the post a little before its video
(https://docs.bsky.app/docs/tutorials/video, read 2026-11).
"""

from typing import BinaryIO

from shared.core.errors import (
    CredentialExpired,
    PlatformError,
    Problem,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from shared.core.models import MINUTE, SECOND, Media, Millis
from shared.platforms.base import Context, maybe_object, maybe_text, maybe_whole, text_of
from shared.platforms.bluesky_refusals import Refused, said
from shared.platforms.bluesky_server import Object, Server
from shared.platforms.bluesky_session import is_private
from shared.platforms.rate import retry_at
from shared.platforms.request import Answer, host_of

SERVICE = "https://video.bsky.app"
SERVICE_DID = "did:web:video.bsky.app"
OPTION = "video"
"""`PLATFORM_OPTIONS` may name another service: `bluesky.video=http://127.0.0.1:9000`."""

_UPLOAD_BLOB = "com.atproto.repo.uploadBlob"
_LIMITS = "app.bsky.video.getUploadLimits"
_TOKEN_LIFE: Millis = 30 * MINUTE
_LOOK_AGAIN: Millis = 3 * SECOND
_MOST_LOOKS = 400
"""Twenty minutes of asking."""
_TRY_AGAIN: Millis = 20 * SECOND
_MOST_FAILURES = 3

# https://github.com/bluesky-social/atproto lexicons/app/bsky/video/defs.json; the others are the
# service's own trouble, which often passes:
# https://github.com/marcomaroni-github/twitter-to-bluesky/pull/55 (both read 2026-11)
_FINAL = frozenset({"validation_failure", "encoding_failure", "pds_upload_unsupported_blob_size"})
_DONE, _FAILED = "JOB_STATE_COMPLETED", "JOB_STATE_FAILED"


class VideoService:
    """One account's use of the service. A handle is what is kept of a video between calls:
    `blob` once it can be shown; else its `job`, how often we looked, and what failed before.
    """

    def __init__(self, context: Context, server: Server, *, did: str) -> None:
        self._context = context
        self._server = server
        self._did = did
        origin = context.options.get(OPTION)
        self._origin = origin or SERVICE
        self._direct = origin is None and is_private(context, server.origin)

    def step(self, handle: Object, media: Media, file: BinaryIO) -> tuple[Object, Millis | None]:
        """One step further: the next handle, and when to come again (None: it can be shown).

        Raises Rejected, Transient, RateLimited.
        """
        if self._direct:
            return {"blob": self._server.upload_blob(file, mime=media.mime, size=media.size)}, None
        job = maybe_text(handle, "job")
        try:
            status = self._look(job) if job else self._sent(media, file)
        except Refused as error:
            if not job:
                raise
            return _failed_once(handle, error.message)  # the service forgot it
        blob = maybe_object(status, "blob")
        if blob:
            return {"blob": blob}, None
        if maybe_text(status, "state") == _FAILED:
            return _failed(handle, status)
        looks = (maybe_whole(handle, "looks") or 0) + 1
        if looks > _MOST_LOOKS:
            return _failed_once(handle, "the video service did not finish in time")
        after = {**handle, "job": job or text_of(status, "jobId"), "looks": looks}
        return after, 0 if maybe_text(status, "state") == _DONE else _LOOK_AGAIN

    def _sent(self, media: Media, file: BinaryIO) -> Object:
        """The job of the file. A video that the service knows already is a 409 that names its job
        (https://github.com/bluesky-social/atproto/issues/3097, read 2026-11).
        """
        self._require_room(media.size)
        service = self._service(self._token(self._home_did(), _UPLOAD_BLOB))
        params = {"did": self._did, "name": f"{media.sha256[:12]}.{media.mime.partition('/')[2]}"}
        answer = service.send(
            "app.bsky.video.uploadVideo", file, mime=media.mime, size=media.size, params=params
        )
        status = _job(said(answer))
        if maybe_text(status, "jobId"):
            return status
        raise self._refusal(answer, maybe_text(status, "error"))

    def _look(self, job: str) -> Object:
        answer = self._service("").read("app.bsky.video.getJobStatus", {"jobId": job})
        return _job(answer)

    def _require_room(self, size: int) -> None:
        """Asked first, as the official app does: a refusal after 300 MB helps nobody."""
        try:
            limits = self._service(self._token(SERVICE_DID, _LIMITS)).read(_LIMITS)
        except (Rejected, Transient, Unreadable, CredentialExpired):
            return  # not to be told the limits is no reason to stop; the upload will say
        left = maybe_whole(limits, "remainingDailyBytes")
        if limits.get("canUpload") is False or (left is not None and left < size):
            raise self._no_room(maybe_text(limits, "error"), maybe_text(limits, "message"), None)

    def _refusal(self, answer: Answer, error: str) -> PlatformError:
        words = maybe_text(said(answer), "message") or error or f"answer {answer.status}"
        message = f"{host_of(self._origin)}: {words}"
        if answer.status == 429 or "limit" in error or error == "unconfirmed_email":
            at = retry_at(answer.headers, now=self._context.clock.now())
            return self._no_room(error, words, at)
        if answer.status >= 500 or answer.status in {401, 408} or answer.ok:
            return Transient(message)
        return _unusable(f"the video service refused it: {words}")

    def _no_room(self, error: str, words: str, at: Millis | None) -> PlatformError:
        if error == "unconfirmed_email":
            message = "Bluesky takes videos only from accounts with a confirmed e-mail address."
            return Rejected([Problem("media", "email_unconfirmed", message)])
        return RateLimited(words or "Bluesky's limit of videos a day is reached", at=at)

    def _token(self, audience: str, method: str) -> str:
        ends = (self._context.clock.now() + _TOKEN_LIFE) // SECOND
        params = {"aud": audience, "lxm": method, "exp": str(ends)}
        return text_of(self._server.read("com.atproto.server.getServiceAuth", params), "token")

    def _home_did(self) -> str:
        """Who the account's server is: the token is for it, and the service only passes it on."""
        described = self._server.read("com.atproto.server.describeServer")
        return maybe_text(described, "did") or f"did:web:{host_of(self._server.origin)}"

    def _service(self, token: str) -> Server:
        context = self._context
        return Server(context.http, context.clock, origin=self._origin, token=token)


def _job(answer: Object) -> Object:
    """Refused and asked-for jobs are wrapped, accepted ones are not (issue 3097)."""
    return maybe_object(answer, "jobStatus") or answer


def _failed(handle: Object, status: Object) -> tuple[Object, Millis]:
    code = maybe_text(status, "failureCode")
    words = maybe_text(status, "message") or code or "no reason given"
    if code == "pds_upload_unsupported_blob_size":
        raise _unusable(f"your server takes no video of this size ({words})")
    if code in _FINAL:
        raise _unusable(f"the video service cannot use this file ({words}); export it as MP4")
    return _failed_once(handle, words)


def _failed_once(handle: Object, words: str) -> tuple[Object, Millis]:
    failures = (maybe_whole(handle, "failed") or 0) + 1
    if failures >= _MOST_FAILURES:
        raise _unusable(f"the video service failed {failures} times: {words}")
    return {"failed": failures}, _TRY_AGAIN


def _unusable(words: str) -> Rejected:
    return Rejected([Problem("media", "video_refused", words[:1].upper() + words[1:])])
