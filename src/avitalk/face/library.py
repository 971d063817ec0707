"""Whose face: a name or a file in, a `Head` out. Built-in faces, the user's own, any avatar's file.

Faces that a user adds lie in a folder each, `faces/NAME/`, in the user's data folder, or in the one
that the environment variable AVITALK_HOME names.
"""

import hashlib
import json
import re
import shutil
import uuid
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.face.avatar.drawing import load_avatar
from avitalk.face.avatar.remap import Remap, closest, read_remap
from avitalk.face.cast import CAST
from avitalk.face.gltf import Packer, open_gltf, reading
from avitalk.face.gltf.container import SUFFIXES
from avitalk.face.head import Head
from avitalk.face.source import UNSTATED, Source
from avitalk.face.store import load_head
from avitalk.files import data_folder

FORMAT: Final = "avitalk-face-1"
BINDING: Final = "binding.yaml"
CARD: Final = "face.json"
MODELS: Final = (".pkl", ".npz")  # of FLAME, and of ICT-FaceKit as one file
NAME: Final = re.compile(r"[^\W_][\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A face that can be asked for by name."""

    name: str
    """What to ask for."""
    about: str
    """What it is, in a few words."""
    path: Path | None
    """Its file; None for a built-in one."""
    binding: Path | None = None
    """Its binding file, if it has one."""


def find_face(spec: str | Path, binding: Path | str | None = None) -> Head:
    """The face called `spec`, or in the file `spec`; `binding` is a remap-and-gain file.

    Names go before files: './default' is a file. Raises InputError if there is neither, if the file
    cannot be read, or if its mouth cannot be driven.
    """
    entry = find_entry(spec)
    if entry.path is None:
        if binding is not None:
            raise InputError(f"face '{entry.name}' needs no binding; avatars' files do")
        return load_head(entry.name)
    head = _load(entry.path, remap_of(entry, binding))
    return replace(head, name=entry.name)


def find_entry(spec: str | Path) -> Entry:
    """The face that `spec` means, without reading its file. InputError if there is none."""
    known = {entry.name: entry for entry in list_faces()}
    if str(spec) in known:
        return known[str(spec)]
    path = Path(spec)
    if path.exists():
        return Entry(path.stem, "file", path)
    if path.suffix.lower() in SUFFIXES or len(path.parts) > 1:
        raise InputError(f"{path}: no such file")
    raise InputError(f"unknown face '{spec}'; {closest(str(spec), known)} Or name a file.")


def remap_of(entry: Entry, binding: Path | str | None = None) -> Remap | None:
    """The remap to read a face with: the one given, else the one it was added with."""
    chosen = binding if binding is not None else entry.binding
    return None if chosen is None else read_remap(chosen)


def list_faces() -> tuple[Entry, ...]:
    """Built-in faces, then the user's own."""
    built_in = [Entry("default", "the head of this program", None)]
    built_in += [Entry(name, face.about, None) for name, face in CAST.items()]
    own = []
    folder = faces_folder()
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        files = [path for path in sorted(place.glob("avatar.*")) if path.is_file()]
        if files and not place.name.startswith("."):
            binding = place / BINDING
            kept = binding if binding.is_file() else None
            own.append(Entry(place.name, f"yours, {files[0].suffix}", files[0], kept))
    return (*built_in, *own)


def add_face(
    path: Path | str,
    *,
    name: str | None = None,
    binding: Path | str | None = None,
    force: bool = False,
) -> Entry:
    """Copy an avatar into the user's folder, self-contained, under `name` (else the file's).

    Raises InputError if the name cannot be used or is taken (`force` replaces a face of the
    user's), or if the avatar cannot be driven.
    """
    path = Path(path)
    name = path.stem if name is None else name
    if not NAME.fullmatch(name):
        raise InputError(
            f"face name '{name}'; allowed: 1 to 64 letters, digits, '_', '-' and '.', a letter or "
            "digit first; give another with --name"
        )
    taken = {entry.name.casefold(): entry for entry in list_faces()}.get(name.casefold())
    if taken is not None and (taken.path is None or not force):
        way = "choose another --name" if taken.path is None else "--force replaces it"
        raise InputError(f"there is a face '{taken.name}' already; {way}")
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: cannot be added; available: {', '.join(SUFFIXES)}")
    remap = None if binding is None else read_remap(binding)
    head = _load(path, remap)
    files = {f"avatar{_kept_suffix(path)}": _self_contained(path)}
    if binding is not None:
        files[BINDING] = Path(binding).read_bytes()
    digest = head.source.sha256 if head.source else ""
    card = {"format": FORMAT, "name": name, "file": path.name, "sha256": digest}
    files[CARD] = (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode()
    target = faces_folder() / (taken.name if taken else name)
    _write_folder(target, files)
    return find_entry(target.name)


def remove_face(name: str) -> Path:
    """Delete a face of the user's; return the folder that it lay in."""
    entry = {entry.name: entry for entry in list_faces()}.get(name)
    if entry is None or entry.path is None:
        own = [entry.name for entry in list_faces() if entry.path is not None]
        said = "is built in" if entry else "is not among yours"
        raise InputError(f"face '{name}' {said}; yours: {', '.join(own) or 'none'}")
    folder = entry.path.parent
    doomed = folder.with_name(f".{uuid.uuid4().hex[:12]}")
    folder.rename(doomed)
    shutil.rmtree(doomed)
    return folder


def faces_folder() -> Path:
    """Where the user's faces lie; it need not exist."""
    return data_folder() / "faces"


def _load(path: Path, remap: Remap | None) -> Head:
    """The head in an avatar's file, a FLAME model or a folder of ICT-FaceKit's."""
    if path.suffix.lower() in SUFFIXES:
        return load_avatar(path, remap)
    flame = path.suffix.lower() == ".pkl" or _holds(path, "v_template")
    if not (flame or path.is_dir() or path.suffix.lower() == ".npz"):
        kinds = ", ".join((*SUFFIXES, *MODELS))
        raise InputError(
            f"{path}: unknown kind of face; available: {kinds}, or ICT-FaceKit's folder"
        )
    if remap is not None:
        raise InputError(f"{path}: has ARKit shapes of its own and needs no binding")
    if flame:
        from avitalk.face.flame import load_flame  # noqa: PLC0415  these take time to import
        from avitalk.face.flame.head import flame_head  # noqa: PLC0415

        head, kind, licence = flame_head(load_flame(path)), "FLAME", UNSTATED
    else:
        from avitalk.face.ict import load_ict  # noqa: PLC0415

        head, kind, licence = load_ict(path), "ICT-FaceKit", "MIT"
    return replace(head, source=Source(path, kind, _digest(path), licence))


def _holds(path: Path, name: str) -> bool:
    """Whether an .npz has an array of this name."""
    if path.suffix.lower() != ".npz" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return f"{name}.npy" in archive.namelist()


def _digest(path: Path) -> str:
    """Hash of a file; of a folder, that of its files' names and sizes."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = sorted(p for p in path.rglob("*") if p.is_file() and ".git" not in p.parts)
    listing = "\n".join(f"{p.relative_to(path).as_posix()} {p.stat().st_size}" for p in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _kept_suffix(path: Path) -> str:
    return ".vrm" if path.suffix.lower() == ".vrm" else ".glb"


def _self_contained(path: Path) -> bytes:
    """The file's bytes, with buffers and pictures that lie beside it taken in."""
    file = open_gltf(path)
    outside = [item for kind in ("buffers", "images") for item in file.items(kind) if "uri" in item]
    if not outside and file.binary is not None:
        return path.read_bytes()
    with reading(str(path)):
        return Packer(file).glb()


def _write_folder(target: Path, files: dict[str, bytes]) -> None:
    """Make a folder with these files, whole or not at all, in place of one that is there."""
    partial = target.with_name(f".{uuid.uuid4().hex[:12]}")
    old = target.with_name(f".{uuid.uuid4().hex[:12]}")
    try:
        partial.mkdir(parents=True)
        for name, data in files.items():
            (partial / name).write_bytes(data)
        if target.exists():
            target.rename(old)
        partial.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise InputError(f"{target}: cannot write this face ({error.strerror})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
