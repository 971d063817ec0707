"""Atomic writing: whole or not at all, whatever goes wrong."""

import errno
from pathlib import Path

import pytest

from avitalk.errors import InputError
from avitalk.files import atomic_path, write_bytes


def test_a_file_appears_whole_in_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "neu" / "声 1.bin"
    write_bytes(path, b"all")
    assert path.read_bytes() == b"all"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("x"), SystemExit(3)])
def test_any_failure_keeps_the_old_file_and_leaves_nothing(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with atomic_path(path) as partial:
            partial.write_bytes(b"half")
            raise error

    with pytest.raises(type(error)):
        interrupted()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"a\.bin: no space left"),
        atomic_path(tmp_path / "a.bin") as partial,
    ):
        partial.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_folders_that_cannot_be_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot make"):
        write_bytes(tmp_path / "file" / "a.bin", b"")
    with pytest.raises(InputError, match="is a directory"):
        write_bytes(tmp_path, b"")
