"""A stored file as something to stream from: read in ranges, never held whole."""

import io
from typing import BinaryIO

from shared.core.ports import MediaBytes

CHUNK = 8 * 1024 * 1024
"""So much is fetched at once: a few dozen calls for the largest video."""


class _Stored(io.RawIOBase):
    def __init__(self, media: MediaBytes, key: str) -> None:
        self._media, self._key = media, key
        self._size = media.size(key)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the base takes any buffer
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        data = self._media.read(self._key, start=self._at, length=length)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def stream(media: MediaBytes, key: str) -> BinaryIO:
    """Raises NotFound when the file is not there."""
    return io.BufferedReader(_Stored(media, key), CHUNK)
