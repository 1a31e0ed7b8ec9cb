"""Files from the store: streamed in ranges, and fetched from strangers."""

import io

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import InvalidDraft, NotFound, Transient
from shared.platforms.download import Downloads
from shared.platforms.files import CHUNK, stream
from tests.fakes.bucket import FakeBucket
from tests.fakes.wire import PUBLIC, Sent, Step, answer, client


class CountingBucket(FakeBucket):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.write("video", data, mime="video/mp4")
        self.ranges: list[tuple[int, int]] = []

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        data = super().read(key, start=start, length=length)
        self.ranges.append((start, len(data)))
        return data


@given(st.integers(0, 50), st.integers(0, 50), st.binary(max_size=60))
def test_it_reads_like_any_file(at: int, length: int, data: bytes) -> None:
    ours, theirs = stream(CountingBucket(data), "video"), io.BytesIO(data)
    for file in (ours, theirs):
        file.seek(at)
    assert ours.read(length) == theirs.read(length)
    assert ours.tell() == theirs.tell() or at > len(data)
    assert ours.seek(0, io.SEEK_END) == len(data)


def test_a_large_file_is_fetched_in_few_ranges_and_each_byte_once() -> None:
    data = bytes(range(256)) * 4096 * 20
    bucket = CountingBucket(data)
    file = stream(bucket, "video")
    pieces = []
    while piece := file.read(64 * 1024):
        pieces.append(piece)
    assert b"".join(pieces) == data
    assert len(bucket.ranges) <= len(data) // CHUNK + 2
    assert sum(length for _, length in bucket.ranges) == len(data)


def test_a_file_that_is_gone_says_so() -> None:
    with pytest.raises(NotFound):
        stream(FakeBucket(), "video")


def downloads(step: Step) -> Downloads:
    return Downloads(client(lambda sent: step))


def test_a_download_is_what_the_server_answers() -> None:
    got = downloads(answer(200, b"GIF89a", mime="image/gif; x=1"))(
        "http://pictures.example/a.gif", max_size=100
    )
    assert (got.data, got.mime) == (b"GIF89a", "image/gif")


@pytest.mark.parametrize(
    ("url", "step", "code"),
    [
        ("https://pictures.example/", answer(404), "url_refused"),
        ("https://pictures.example/", answer(403), "url_refused"),
        ("https://pictures.example/", answer(200, b"x" * 101), "too_large"),
        ("https://127.0.0.1/", answer(), "server_not_allowed"),
        ("http://169.254.169.254/latest", answer(), "server_not_allowed"),
        ("ftp://pictures.example/", answer(), "bad_server_url"),
        ("pictures", answer(), "bad_server_url"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained(url: str, step: Step, code: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        downloads(step)(url, max_size=100)
    assert [(p.where, p.code) for p in caught.value.problems] == [("url", code)]


@pytest.mark.parametrize("step", [answer(503), answer(429), httpx.ReadTimeout("slow")])
def test_a_server_that_does_not_answer_may_be_asked_again(step: Step) -> None:
    with pytest.raises(Transient):
        downloads(step)("https://pictures.example/", max_size=100)


def test_a_redirect_to_the_inside_is_refused() -> None:
    def away(sent: Sent) -> Step:
        return answer(302, headers={"location": "http://10.0.0.1/"})

    with pytest.raises(InvalidDraft) as caught:
        Downloads(client(away))(f"https://{PUBLIC}/", max_size=100)
    assert caught.value.problems[0].code == "server_not_allowed"
