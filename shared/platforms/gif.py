"""GIF files block by block: an animation is cleaned without being redrawn.

Format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt (read 2026-11).
"""

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
"""The application blocks that say how often to play; others carry XMP or vendor data."""


def without_comments(data: bytes) -> bytes:
    """The same frames without comments and metadata. Raises ValueError when the file is broken."""
    try:
        end = 13 + _table(data[10])
        kept = [data[:end]]
        while data[end] != _TRAILER:
            start, end = end, _block_end(data, end)
            if not _is_metadata(data, start):
                kept.append(data[start:end])
        return b"".join([*kept, bytes([_TRAILER])])
    except IndexError as error:
        raise ValueError("the GIF ends early") from error


def _is_metadata(data: bytes, start: int) -> bool:
    if data[start] != _EXTENSION:
        return False
    label = data[start + 1]
    return label == _COMMENT or (
        label == _APPLICATION and data[start + 3 : start + 14] not in _LOOPS
    )


def _block_end(data: bytes, start: int) -> int:
    if data[start] == _EXTENSION:
        return _sub_blocks_end(data, start + 2)
    if data[start] == _IMAGE:
        return _sub_blocks_end(data, start + 10 + _table(data[start + 9]) + 1)
    raise ValueError("the GIF holds an unknown block")


def _sub_blocks_end(data: bytes, start: int) -> int:
    while data[start]:
        start += 1 + data[start]
    return start + 1


def _table(flags: int) -> int:
    """The size of the colour table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
