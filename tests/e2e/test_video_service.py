"""The double of the video service against a real Bluesky server, which checks its tokens."""

import hashlib
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.servers.bluesky import INSTALLERS_BLOB_LIMIT, POSTS, PdsAccount, RealPds, XrpcError
from tests.servers.video_service import (
    FREE_BOX,
    GET_LIMITS,
    SERVICE_DID,
    UPLOAD_BLOB,
    VideoService,
)

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

UPLOAD = "/xrpc/app.bsky.video.uploadVideo"
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(1_000)


@pytest.fixture(scope="module")
def pds() -> Iterator[RealPds]:
    with RealPds(blob_limit=INSTALLERS_BLOB_LIMIT) as server:
        yield server


@pytest.fixture
def service(pds: RealPds) -> Iterator[VideoService]:
    with VideoService(pds_url=pds.url, pds_did=pds.did) as double:
        yield double


@pytest.fixture
def client(service: VideoService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


@pytest.fixture
def author(pds: RealPds) -> PdsAccount:
    return pds.create_account()


def service_token(pds: RealPds, author: PdsAccount, *, aud: str, lxm: str) -> str:
    query = {"aud": aud, "lxm": lxm, "exp": str(int(time.time()) + 1_800)}
    access = pds.session(author).access
    return str(pds.read("com.atproto.server.getServiceAuth", query, token=access)["token"])


@pytest.fixture
def token(pds: RealPds, author: PdsAccount) -> str:
    return service_token(pds, author, aud=pds.did, lxm=UPLOAD_BLOB)


def upload(
    client: httpx.Client, author: PdsAccount, token: str, content: bytes | Iterator[bytes] = VIDEO
) -> httpx.Response:
    return client.post(
        UPLOAD,
        params={"did": author.did, "name": "film.mp4"},
        content=content,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"},
    )


def look(client: httpx.Client, job_id: str) -> dict[str, object]:
    answer = client.get("/xrpc/app.bsky.video.getJobStatus", params={"jobId": job_id})
    assert answer.status_code == 200
    status = answer.json()["jobStatus"]
    assert isinstance(status, dict)
    return status


def test_a_video_becomes_a_blob_that_a_post_can_show(
    pds: RealPds, client: httpx.Client, author: PdsAccount, token: str
) -> None:
    job = upload(client, author, token).json()
    assert job == {"jobId": job["jobId"], "did": author.did, "state": "JOB_STATE_CREATED"}
    seen = [look(client, job["jobId"]) for _ in range(3)]
    assert [status["state"] for status in seen] == [
        "JOB_STATE_ENCODING",
        "JOB_STATE_SCANNING",
        "JOB_STATE_COMPLETED",
    ]
    embed = {"$type": "app.bsky.embed.video", "video": seen[-1]["blob"], "alt": "a film"}
    record = {"$type": POSTS, "text": "", "createdAt": "2026-11-22T09:00:00Z", "embed": embed}
    post = {"repo": author.did, "collection": POSTS, "record": record}
    pds.call("com.atproto.repo.createRecord", post, token=pds.session(author).access)
    (cid,) = pds.blobs(author.did)
    assert pds.blob(author.did, cid) == VIDEO + FREE_BOX


def test_fifty_megabytes_pass_in_pieces(
    pds: RealPds, service: VideoService, client: httpx.Client, author: PdsAccount, token: str
) -> None:
    piece = bytes(range(256)) * 4_096  # 1 MiB
    digest = hashlib.sha256()
    service.looks_needed = 0

    def pieces() -> Iterator[bytes]:
        for number in range(50):
            sent = VIDEO if number == 0 else piece
            digest.update(sent)
            yield sent

    job = upload(client, author, token, pieces()).json()
    status = look(client, job["jobId"])
    assert status["state"] == "JOB_STATE_COMPLETED"
    size = len(VIDEO) + 49 * len(piece)
    received = service.jobs[job["jobId"]].upload
    assert received.size == size
    assert hashlib.file_digest(received.rewound(), "sha256").digest() == digest.digest()
    blob = status["blob"]
    assert isinstance(blob, dict)
    assert blob["size"] == size + len(FREE_BOX)


@pytest.mark.parametrize("with_blob", [True, False])
def test_the_same_video_again_names_the_job_that_has_its_blob(
    service: VideoService,
    client: httpx.Client,
    author: PdsAccount,
    token: str,
    *,
    with_blob: bool,
) -> None:
    service.looks_needed = 0
    service.blob_in_conflict = with_blob
    job_id = upload(client, author, token).json()["jobId"]
    blob = look(client, job_id)["blob"]
    again = upload(client, author, token)
    assert again.status_code == 409
    said = again.json()
    assert (said["error"], said["state"], said["jobId"]) == (
        "already_exists",
        "JOB_STATE_COMPLETED",
        job_id,
    )
    assert said.get("blob") == (blob if with_blob else None)
    assert look(client, job_id)["blob"] == blob


def test_the_token_must_be_for_uploading_to_the_accounts_own_server(
    pds: RealPds, service: VideoService, client: httpx.Client, author: PdsAccount, token: str
) -> None:
    wrong = {
        "audience": service_token(pds, author, aud=SERVICE_DID, lxm=UPLOAD_BLOB),
        "not for this method": service_token(pds, author, aud=pds.did, lxm=GET_LIMITS),
        "malformed": pds.session(author).access.split(".")[0],
    }
    for problem, bad in wrong.items():
        answer = upload(client, author, bad)
        assert answer.status_code == 401
        assert problem in answer.json()["error"]
    stranger = upload(client, pds.create_account(), token)
    assert stranger.json()["error"] == "invalid token: issued by another account"
    assert service.jobs == {}


def test_limits_are_told_to_a_token_for_this_service(
    pds: RealPds, service: VideoService, client: httpx.Client, author: PdsAccount, token: str
) -> None:
    path = f"/xrpc/{GET_LIMITS}"
    good = service_token(pds, author, aud=SERVICE_DID, lxm=GET_LIMITS)
    upload(client, author, token)
    limits = client.get(path, headers={"Authorization": f"Bearer {good}"}).json()
    assert limits == {
        "canUpload": True,
        "remainingDailyVideos": 24,
        "remainingDailyBytes": 10_000_000_000 - len(VIDEO),
    }
    service.remaining_videos = 0
    assert not client.get(path, headers={"Authorization": f"Bearer {good}"}).json()["canUpload"]
    assert upload(client, author, token, VIDEO + b"!").status_code == 400
    assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_an_unconfirmed_address_is_refused_in_a_shape_of_its_own(
    service: VideoService, client: httpx.Client, author: PdsAccount, token: str
) -> None:
    service.email_confirmed = False
    assert upload(client, author, token).json()["jobStatus"]["error"] == "unconfirmed_email"
    assert service.jobs == {}


@pytest.mark.parametrize("code", ["validation_failure", "encoding_failure"])
def test_a_failed_job_has_a_code_and_may_be_sent_again(
    service: VideoService, client: httpx.Client, author: PdsAccount, token: str, code: str
) -> None:
    service.failure, service.looks_needed = code, 0
    failed = look(client, upload(client, author, token).json()["jobId"])
    assert (failed["state"], failed["failureCode"]) == ("JOB_STATE_FAILED", code)
    assert "blob" not in failed
    service.failure = ""
    again = upload(client, author, token)
    assert again.status_code == 200
    assert look(client, again.json()["jobId"])["state"] == "JOB_STATE_COMPLETED"


def test_a_server_that_refuses_the_blob_fails_the_job() -> None:
    with (
        RealPds() as small,
        VideoService(pds_url=small.url, pds_did=small.did) as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
    ):
        service.looks_needed = 0
        author = small.create_account()
        token = service_token(small, author, aud=small.did, lxm=UPLOAD_BLOB)
        too_large = upload(client, author, token, VIDEO + bytes(5 * 1024 * 1024)).json()
        assert look(client, too_large["jobId"])["failureCode"] == "pds_upload_unsupported_blob_size"
        forged = token[:-8] + "AAAAAAAA"
        unsigned = upload(client, author, forged).json()
        assert look(client, unsigned["jobId"])["failureCode"] == "pds_upload_failure"


def test_unknown_jobs_are_refused(client: httpx.Client) -> None:
    path = "/xrpc/app.bsky.video.getJobStatus"
    assert client.get(path).json()["error"] == "missing jobId"
    assert client.get(path, params={"jobId": "nobody"}).status_code == 400


def test_the_directory_is_asked_who_signed(pds: RealPds, author: PdsAccount) -> None:
    with pytest.raises(XrpcError) as refused:
        pds.call(UPLOAD_BLOB, None, token="e30.e30.e30")
    assert refused.value.status in {400, 401}
    assert pds.blobs(author.did) == []
