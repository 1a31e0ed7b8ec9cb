"""S3 in memory. `upload` plays the browser: it posts a form and meets its policy."""

from collections.abc import Mapping

from shared.core.errors import NotFound


class FakeBucket:
    """`files` maps keys to (bytes, type)."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        data = self._file(key)[0]
        return data[start:] if length is None else data[start : start + length]

    def size(self, key: str) -> int:
        return len(self._file(key)[0])

    def presign_post(
        self, key: str, *, mime: str, max_size: int, expires_s: int
    ) -> Mapping[str, object]:
        fields = {"key": key, "Content-Type": mime, "x-fake-max-size": str(max_size)}
        return {
            "url": "https://bucket.test/",
            "fields": fields | {"x-fake-expires": str(expires_s)},
        }

    def upload(self, form: Mapping[str, object], data: bytes, *, mime: str | None = None) -> bool:
        """Post a presigned form, as a browser does; False when its policy refuses the file."""
        fields = form["fields"]
        assert isinstance(fields, Mapping)
        declared = str(fields["Content-Type"])
        if len(data) > int(fields["x-fake-max-size"]) or (mime or declared) != declared or not data:
            return False
        self.files[str(fields["key"])] = (data, declared)
        return True

    def presign_get(self, key: str, *, expires_s: int) -> str:
        return f"https://bucket.test/{key}?expires={expires_s}"

    def write(self, key: str, data: bytes, *, mime: str) -> None:
        self.files[key] = (data, mime)

    def copy(self, source: str, target: str) -> None:
        self.files[target] = self._file(source)

    def delete(self, key: str) -> None:
        self.files.pop(key, None)

    def _file(self, key: str) -> tuple[bytes, str]:
        try:
            return self.files[key]
        except KeyError:
            raise NotFound(f"no file {key}") from None
