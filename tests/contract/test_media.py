"""Files on S3 (moto) and in the fake bucket behave alike."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, FlexibleChecksumError
from botocore.parsers import ResponseParserError
from moto import mock_aws

from shared.core.errors import NotFound, StoreUnavailable
from shared.core.ports import MediaBucket
from shared.store.aws import DeploymentFault, client_config
from shared.store.media import S3Media
from tests.fakes.bucket import FakeBucket

KEY = "media/wsp_1/med_1/original"


class MediaContract:
    def test_ranges(self, bucket: MediaBucket) -> None:
        bucket.write(KEY, b"0123456789", mime="text/plain")
        assert bucket.size(KEY) == 10
        assert bucket.read(KEY) == b"0123456789"
        assert bucket.read(KEY, start=4) == b"456789"
        assert bucket.read(KEY, start=4, length=3) == b"456"
        assert bucket.read(KEY, start=8, length=100) == b"89"
        assert bucket.read(KEY, length=4) == b"0123"
        assert bucket.read(KEY, start=3, length=0) == b""

    @pytest.mark.parametrize("start", [10, 11, 1_000])
    def test_nothing_is_past_the_end(self, bucket: MediaBucket, start: int) -> None:
        bucket.write(KEY, b"0123456789", mime="text/plain")
        assert bucket.read(KEY, start=start) == b""
        assert bucket.read(KEY, start=start, length=5) == b""

    def test_an_empty_file_is_empty(self, bucket: MediaBucket) -> None:
        bucket.write(KEY, b"", mime="text/plain")
        assert (bucket.size(KEY), bucket.read(KEY), bucket.read(KEY, length=5)) == (0, b"", b"")

    def test_what_is_not_there(self, bucket: MediaBucket) -> None:
        for read in (bucket.read, bucket.size):
            with pytest.raises(NotFound):
                read("media/none")
        with pytest.raises(NotFound):
            bucket.copy("media/none", KEY)

    def test_a_copy_is_a_file_of_its_own(self, bucket: MediaBucket) -> None:
        bucket.write("uploads/ü + 1.png", b"png", mime="image/png")
        bucket.copy("uploads/ü + 1.png", KEY)
        bucket.delete("uploads/ü + 1.png")
        assert bucket.read(KEY) == b"png"

    def test_gone_already_is_success(self, bucket: MediaBucket) -> None:
        bucket.write(KEY, b"x", mime="text/plain")
        bucket.delete(KEY)
        bucket.delete(KEY)
        with pytest.raises(NotFound):
            bucket.size(KEY)

    def test_an_upload_form_binds_key_and_type(self, bucket: MediaBucket) -> None:
        form = bucket.presign_post(KEY, mime="image/png", max_size=99, expires_s=60)
        fields: Any = form["fields"]
        assert str(form["url"]).startswith("http")
        assert (fields["key"], fields["Content-Type"]) == (KEY, "image/png")
        assert KEY in bucket.presign_get(KEY, expires_s=60)


class TestFakeBucket(MediaContract):
    @pytest.fixture
    def bucket(self) -> MediaBucket:
        return FakeBucket()

    def test_an_upload_meets_its_policy(self) -> None:
        bucket = FakeBucket()
        form = bucket.presign_post(KEY, mime="image/png", max_size=3, expires_s=60)
        assert not bucket.upload(form, b"four")
        assert not bucket.upload(form, b"")
        assert not bucket.upload(form, b"png", mime="image/gif")
        assert bucket.upload(form, b"png")
        assert bucket.files[KEY] == (b"png", "image/png")


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.Session().client("s3", region_name="eu-west-1", config=client_config("s3"))
        client.create_bucket(
            Bucket="media-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield client


class TestS3(MediaContract):
    @pytest.fixture
    def bucket(self, s3: Any) -> MediaBucket:
        return S3Media(s3, "media-1")

    def test_the_type_is_kept(self, s3: Any) -> None:
        S3Media(s3, "media-1").write(KEY, b"x", mime="image/png")
        assert s3.head_object(Bucket="media-1", Key=KEY)["ContentType"] == "image/png"

    def test_links_are_signed_for_the_buckets_own_region(self, s3: Any) -> None:
        bucket = S3Media(s3, "media-1")
        link = bucket.presign_get(KEY, expires_s=60)
        assert link.startswith("https://media-1.s3.eu-west-1.amazonaws.com/media/")
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
        assert "X-Amz-Expires=60" in link
        form = bucket.presign_post(KEY, mime="image/png", max_size=99, expires_s=60)
        fields: Any = form["fields"]
        assert form["url"] == "https://media-1.s3.eu-west-1.amazonaws.com/"
        assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"

    def test_the_policy_binds_size_and_type(self, s3: Any) -> None:
        form = S3Media(s3, "media-1").presign_post(KEY, mime="image/png", max_size=99, expires_s=60)
        fields: Any = form["fields"]
        policy = json.loads(base64.b64decode(fields["policy"]))
        assert ["content-length-range", 1, 99] in policy["conditions"]
        assert {"Content-Type": "image/png"} in policy["conditions"]
        assert {"key": KEY} in policy["conditions"]

    def test_a_missing_bucket_is_a_wrong_deployment(self, s3: Any) -> None:
        with pytest.raises(DeploymentFault, match="s3:PutObject"):
            S3Media(s3, "none-1").write(KEY, b"x", mime="text/plain")


class Refusing:
    """Stands for an S3 client that refuses everything."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __getattr__(self, name: str) -> Any:
        def refuse(**_: object) -> None:
            raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, name)

        return refuse


def test_a_role_that_cannot_list_sees_403_for_a_missing_file() -> None:
    client: Any = Refusing("AccessDenied")
    with pytest.raises(NotFound):
        S3Media(client, "media-1").read(KEY)
    with pytest.raises(DeploymentFault):
        S3Media(client, "media-1").write(KEY, b"x", mime="text/plain")
    head: Any = Refusing("403")
    with pytest.raises(NotFound):
        S3Media(head, "media-1").size(KEY)


def test_a_busy_s3_is_unavailable() -> None:
    client: Any = Refusing("SlowDown")
    media = S3Media(client, "media-1")
    for act in (media.read, media.size, media.delete):
        with pytest.raises(StoreUnavailable):
            act(KEY)


@pytest.mark.parametrize(
    "error",
    [
        FlexibleChecksumError(error_msg="Expected checksum a did not match calculated checksum: b"),
        ResponseParserError("Unable to parse response, invalid XML received"),
    ],
    ids=["other bytes than were stored", "half an answer"],
)
def test_what_did_not_arrive_whole_is_asked_for_again(error: Exception) -> None:
    class Garbling:
        def __getattr__(self, name: str) -> Any:
            def garble(**_: object) -> None:
                raise error

            return garble

    client: Any = Garbling()
    media = S3Media(client, "media-1")
    for act in (media.read, media.size, media.delete):
        with pytest.raises(StoreUnavailable, match="s3:"):
            act(KEY)
