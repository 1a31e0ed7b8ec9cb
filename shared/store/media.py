"""Files in S3. Browsers post straight to the bucket; workers read in ranges."""

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, FlexibleChecksumError
from botocore.parsers import ResponseParserError

from shared.core.errors import NotFound, StoreUnavailable
from shared.store.aws import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = {"NoSuchKey", "404", "NotFound"}
_HIDDEN = {"AccessDenied", "403"}
_PAST_THE_END = {"InvalidRange", "416"}


class S3Media:
    """Implements the `MediaBucket` port.

    The functions' roles cannot list the bucket, so S3 answers 403 instead of 404 for a key that
    does not exist (2026-11-21: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    Both are NotFound here.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """From byte `start` on; shorter, or empty, where the file ends."""
        if length is not None and length <= 0:
            return b""
        span = f"bytes={start}-" if length is None else f"bytes={start}-{start + length - 1}"
        with _file("s3:GetObject", key, missing=_MISSING | _HIDDEN):
            try:
                # An empty file has no range at all, so the whole is asked for as such.
                answer = (
                    self._client.get_object(Bucket=self._bucket, Key=key)
                    if (start, length) == (0, None)
                    else self._client.get_object(Bucket=self._bucket, Key=key, Range=span)
                )
            except ClientError as error:
                if code_of(error) in _PAST_THE_END:
                    return b""
                raise
            return answer["Body"].read()

    def size(self, key: str) -> int:
        with _file("s3:GetObject", key, missing=_MISSING | _HIDDEN):
            return self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]

    def presign_post(
        self, key: str, *, mime: str, max_size: int, expires_s: int
    ) -> Mapping[str, object]:
        """Nothing is called: the policy is signed here, and S3 holds the browser to it."""
        form = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Fields={"Content-Type": mime},
            Conditions=[{"Content-Type": mime}, ["content-length-range", 1, max_size]],
            ExpiresIn=expires_s,
        )
        return {"url": form["url"], "fields": dict(form["fields"])}

    def presign_get(self, key: str, *, expires_s: int) -> str:
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=expires_s
        )

    def write(self, key: str, data: bytes, *, mime: str) -> None:
        with _file("s3:PutObject", key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=mime)

    def copy(self, source: str, target: str) -> None:
        with _file("s3:CopyObject", source, missing=_MISSING | _HIDDEN):
            self._client.copy_object(
                Bucket=self._bucket,
                Key=target,
                CopySource={"Bucket": self._bucket, "Key": source},
            )

    def delete(self, key: str) -> None:
        """Gone already is success."""
        with _file("s3:DeleteObject", key):
            self._client.delete_object(Bucket=self._bucket, Key=key)


@contextmanager
def _file(doing: str, key: str, *, missing: Set[str] = _MISSING) -> Iterator[None]:
    with translated(doing):
        try:
            yield
        except ClientError as error:
            if code_of(error) in missing:
                raise NotFound(f"there is no file {key}, or it may not be read") from None
            raise
        except (FlexibleChecksumError, ResponseParserError) as error:
            # An answer that did not arrive whole, or a file that was replaced while it was read.
            raise StoreUnavailable(f"{doing}: {type(error).__name__}") from error
