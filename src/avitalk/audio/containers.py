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


def is_mpeg_audio(start: bytes) -> bool:
    """Whether a file starts as MP3 does: an ID3 tag or a frame of MPEG layer 1 to 3."""
    sync = len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0
    return start[:3] == b"ID3" or (sync and start[1] & 0x06 != 0)


def ends_early(path: Path) -> bool:
    """Whether a RIFF, AIFF, Ogg or Matroska file is cut off; other formats answer False."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == b"RIFF":
        return _chunks_end_early(path, "<4sI", b"data")
    if magic == b"FORM":
        return _chunks_end_early(path, ">4sI", b"SSND")
    if magic == b"OggS":
        return _ogg_ends_early(path)
    if magic == b"\x1a\x45\xdf\xa3":
        return _matroska_ends_early(path)
    return False


def _chunks_end_early(path: Path, header: str, sound: bytes) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 12
        while at + 8 <= size:
            file.seek(at)
            name, length = struct.unpack(header, file.read(8))
            if name == sound:
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


def _matroska_ends_early(path: Path) -> bool:
    """A Matroska or WebM file is a header element and a segment, each with its length."""
    with path.open("rb") as file:
        start = file.read(4096)
    header_size, width = _ebml_size(start, 4)
    segment = 4 + width + header_size
    if header_size < 0 or start[segment : segment + 4] != b"\x18\x53\x80\x67":
        return False
    size, width = _ebml_size(start, segment + 4)
    return size >= 0 and segment + 4 + width + size > path.stat().st_size


def _ebml_size(data: bytes, at: int) -> tuple[int, int]:
    """The variable-length size at `at` and its width in bytes; size -1 if it says unknown."""
    if at >= len(data) or not data[at]:
        return -1, 1
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (-1 if value == (1 << 7 * width) - 1 else value), width
