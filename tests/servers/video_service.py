"""A double of Bluesky's video service, which nobody but Bluesky can run.

It does what the tutorial and the lexicons say, and where reports of users differ it does as they
saw (all read 2026-11): https://docs.bsky.app/docs/tutorials/video ·
https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/video ·
https://github.com/bluesky-social/atproto/issues/3097 (an accepted upload's job is not wrapped in
`jobStatus`, a refused one's is; a video known already comes without its blob).
"""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from tests.servers.loopback import CHUNK, PATIENCE_S, LoopbackServer, Request, Response

SERVICE_DID = "did:web:video.bsky.app"
UPLOAD_BLOB = "com.atproto.repo.uploadBlob"
GET_LIMITS = "app.bsky.video.getUploadLimits"

# The stored video is an optimised one, never the bytes that were sent: an empty box at the end of
# an MP4 file makes them differ and leaves it playable.
FREE_BOX = (8).to_bytes(4, "big") + b"free"

# Seen on the way to the known end states; any other word means "in process" (lexicon).
PASSING = ("JOB_STATE_ENCODING", "JOB_STATE_SCANNING", "JOB_STATE_SCANNED")


@dataclass
class Job:
    """One video on its way; `looks` counts how often a client asked."""

    id: str
    did: str
    upload: Request = field(repr=False)
    token: str = field(repr=False)
    looks: int = 0
    blob: dict[str, Any] | None = None
    failure: str = ""

    def status(self, steps: int) -> dict[str, Any]:
        base: dict[str, Any] = {"jobId": self.id, "did": self.did}
        if self.blob:
            return base | {"state": "JOB_STATE_COMPLETED", "progress": 100, "blob": self.blob}
        if self.failure:
            return base | {
                "state": "JOB_STATE_FAILED",
                "error": f"video processing error for job: {self.id}",
                "failureCode": self.failure,
                "message": "Failed to process video",
            }
        if not self.looks:
            return base | {"state": "JOB_STATE_CREATED"}
        passing = PASSING[min(self.looks, len(PASSING)) - 1]
        return base | {"state": passing, "progress": 100 * self.looks // (steps + 1)}


class VideoService(LoopbackServer):
    """`looks_needed` status calls find a job in process; the next one finds it at its end.

    A job ends in `failure` when that is set (a `failureCode`), else with the blob that this service
    stores on the account's own server `pds_url`, with the very token that the client handed it.
    """

    def __init__(self, *, pds_url: str, pds_did: str) -> None:
        super().__init__()
        self.pds_url = pds_url
        self.pds_did = pds_did
        self.looks_needed = 2
        self.failure = ""
        self.email_confirmed = True
        self.remaining_videos = 25
        self.remaining_bytes = 10_000_000_000
        self.blob_in_conflict = True
        self.jobs: dict[str, Job] = {}
        self._known: dict[tuple[str, str], str] = {}

    def respond(self, request: Request) -> Response:
        routes = {
            ("POST", "/xrpc/app.bsky.video.uploadVideo"): self._upload,
            ("GET", "/xrpc/app.bsky.video.getJobStatus"): self._job_status,
            ("GET", "/xrpc/app.bsky.video.getUploadLimits"): self._limits,
        }
        route = routes.get((request.method, request.path))
        return route(request) if route else _error(404, "MethodNotImplemented")

    def _upload(self, request: Request) -> Response:
        did = request.parameter("did") or ""
        if refusal := self._refusal(request, did):
            return refusal
        digest = hashlib.file_digest(request.rewound(), "sha256").hexdigest()
        if known := self._known.get((did, digest)):
            return self._already_exists(self.jobs[known])
        job = Job(f"job{len(self.jobs) + 1}", did, request, _token(request))
        self.jobs[job.id] = job
        self._known[did, digest] = job.id
        self.remaining_videos -= 1
        self.remaining_bytes -= request.size
        return Response.of_json(job.status(self.looks_needed))

    def _refusal(self, request: Request, did: str) -> Response | None:
        if problem := _token_problem(request, aud=self.pds_did, lxm=UPLOAD_BLOB, iss=did):
            return _error(401, problem, did="")
        if not request.parameter("name") or request.headers.get("content-type") != "video/mp4":
            return _error(400, "a name and the content type video/mp4 are required", did="")
        if not self.email_confirmed:
            status = {"jobId": "", "did": "", "state": "", "error": "unconfirmed_email"}
            return Response.of_json({"jobStatus": status}, 400)
        if not self._may_upload(request.size):
            return _error(400, "upload_limit_exceeded", did="")
        return None

    def _already_exists(self, job: Job) -> Response:
        conflict = {"error": "already_exists", "message": "Video already processed"}
        status = job.status(self.looks_needed)
        if not self.blob_in_conflict:
            status.pop("blob", None)
        return Response.of_json(status | conflict, 409)

    def _job_status(self, request: Request) -> Response:
        job = self.jobs.get(request.parameter("jobId") or "")
        if job is None:
            return _error(400, "job not found" if request.parameter("jobId") else "missing jobId")
        if job.looks >= self.looks_needed and not (job.blob or job.failure):
            self._finish(job)
        job.looks += 1
        return Response.of_json({"jobStatus": job.status(self.looks_needed)})

    def _limits(self, request: Request) -> Response:
        if problem := _token_problem(request, aud=SERVICE_DID, lxm=GET_LIMITS):
            return _error(401, problem, canUpload=False)
        limits: dict[str, object] = {
            "canUpload": self.email_confirmed and self._may_upload(1),
            "remainingDailyVideos": self.remaining_videos,
            "remainingDailyBytes": self.remaining_bytes,
        }
        if not self.email_confirmed:
            limits |= {"error": "unconfirmed_email", "message": "Please confirm your email"}
        return Response.of_json(limits)

    def _may_upload(self, size: int) -> bool:
        return self.remaining_videos > 0 and self.remaining_bytes >= size

    def _finish(self, job: Job) -> None:
        if self.failure:
            job.failure = self.failure
            self._forget(job)
            return
        headers = {
            "Authorization": f"Bearer {job.token}",
            "Content-Type": "video/mp4",
            "Content-Length": str(job.upload.size + len(FREE_BOX)),
        }
        stored = httpx.post(
            f"{self.pds_url}/xrpc/{UPLOAD_BLOB}",
            content=_optimised(job.upload),
            headers=headers,
            timeout=PATIENCE_S,
        )
        if stored.is_success:
            job.blob = stored.json()["blob"]
        else:
            too_large = stored.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
            code = "pds_upload_unsupported_blob_size" if too_large else "pds_upload_failure"
            job.failure = code
            self._forget(job)

    def _forget(self, job: Job) -> None:
        """A video that failed may be sent again."""
        self._known = {key: known for key, known in self._known.items() if known != job.id}


def _optimised(upload: Request) -> Iterator[bytes]:
    stream = upload.rewound()
    while chunk := stream.read(CHUNK):
        yield chunk
    yield FREE_BOX


def _error(status: int, error: str, **more: object) -> Response:
    return Response.of_json({"error": error, "message": error} | more, status)


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _token_problem(request: Request, *, aud: str, lxm: str, iss: str = "") -> str:
    """Why a service token is not good for this call; empty when it is.

    Its signature is checked where it matters: on the account's own server.
    """
    claims = _claims(_token(request))
    if not claims:
        return "invalid token: malformed"
    if claims.get("aud") != aud:
        return f"invalid token: invalid token audience: {claims.get('aud')}"
    if claims.get("lxm") != lxm:
        return f"invalid token: not for this method: {claims.get('lxm')}"
    if iss and claims.get("iss") != iss:
        return "invalid token: issued by another account"
    if claims.get("exp", 0) <= time.time():
        return "invalid token: expired"
    return ""


def _claims(token: str) -> dict[str, Any]:
    try:
        payload = token.split(".")[1]
        decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return cast("dict[str, Any]", json.loads(decoded))
    except (IndexError, binascii.Error, ValueError):
        return {}
