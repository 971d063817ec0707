"""What a file's first and last bytes say: is it text, and does it end before its header says."""

import struct
from pathlib import Path

# Writers that cannot seek back leave these instead of the length of the data.
UNKNOWN_SIZES = {0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFE}
OGG_LAST_PAGE = 4
OGG_PAGE_LIMIT = 65_307  # bytes of the largest legal page


def looks_like_text(start: bytes) -> bool:
    """Whether the first bytes of a file are printable text in UTF-8 or ASCII."""
    if b"\0" in start:
        return False
    try:
        text = start[: len(start) - 4].decode() if len(start) > 8 else start.decode()
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\r\n\t\f" for char in text)


def ends_early(path: Path) -> bool:
    """Whether a RIFF or Ogg file is cut off; other formats answer False."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"RIFF":
        return _riff_ends_early(path)
    if magic == b"OggS":
        return _ogg_ends_early(path)
    return False


def _riff_ends_early(path: Path) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 12
        while at + 8 <= size:
            file.seek(at)
            name, length = struct.unpack("<4sI", file.read(8))
            if name == b"data":
                return length not in UNKNOWN_SIZES and at + 8 + length > size
            at += 8 + length + (length & 1)
    return True


def _ogg_ends_early(path: Path) -> bool:
    """An Ogg stream ends with a page that is whole and marked as the last."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 2 * OGG_PAGE_LIMIT))
        tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or at + 27 > len(tail):
        return True
    flags, segments = tail[at + 5], tail[at + 26]
    table = tail[at + 27 : at + 27 + segments]
    whole = len(table) == segments and at + 27 + segments + sum(table) <= len(tail)
    return not (whole and flags & OGG_LAST_PAGE)
