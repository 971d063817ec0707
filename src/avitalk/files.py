"""Files: written whole under their final name or not at all; and where the user's own lie."""

import errno
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from avitalk.errors import InputError

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it on success, remove it on any failure.

    The temporary name keeps the suffix, since encoders choose the container by it. Raises
    InputError if the folder cannot be made or written to, or the disk is full.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a directory; name a file to write")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot make this folder ({error.strerror})") from error
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path.parent}: folder is not writable")
    partial = path.with_name(f".avitalk-{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise InputError(f"{path}: no space left to write this file") from error
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    with atomic_path(path) as partial:
        partial.write_bytes(data)


def data_folder() -> Path:
    """Where the user's own files of this program lie; it need not exist."""
    home = os.environ.get("AVITALK_HOME")
    if home:
        return Path(home).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "avitalk"
