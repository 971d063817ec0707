"""Project files (.avitalk): a zip of the recording, both versions' words, settings and avatars.

manifest.json          format, names, transcript, settings and faces
recording.wav          the file as it was uploaded, under the ending that it had
a.instruction.yaml     the words of a version, as `avitalk animate --instruction` takes them
avatars/1.glb          avatars that the faces name

The same content gives the same bytes. Files come from anywhere: each name, size and ratio is
checked before anything is unpacked, and unpacked bytes are counted.
"""

import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from avitalk.errors import InputError
from avitalk.face.gltf.container import SUFFIXES
from avitalk.files import atomic_path
from avitalk.studio.problems import told
from avitalk.studio.schemas import VERSIONS, Face, Settings, VersionName

FORMAT: Final = "avitalk-project-1"
MANIFEST: Final = "manifest.json"
SUFFIX: Final = ".avitalk"
MOST_MEMBERS: Final = 16
MOST_AVATARS: Final = 4
SMALL: Final = 4 << 20
"""Bytes that a manifest or an instruction may have."""
MOST_RATIO: Final = 200
"""Times that a member may be larger than what it is packed to, beyond SMALL."""
CHUNK: Final = 1 << 20
MEMBER: Final = re.compile(
    r"manifest\.json|[ab]\.instruction\.yaml|recording(\.[a-z0-9]{1,5})?|"
    rf"avatars/[1-{MOST_AVATARS}]({'|'.join(re.escape(suffix) for suffix in SUFFIXES)})"
)
MOMENT: Final = (1980, 1, 1, 0, 0, 0)
DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, KeyError,
    RuntimeError,
)  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RecordingPart(_Part):
    """The recording of a project."""

    file: str
    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """`Speech.sha256` of it."""
    transcript: str | None = None


class AvatarPart(_Part):
    """An avatar of a project."""

    file: str
    name: Annotated[str, Field(min_length=1, max_length=200)]


class DocumentPart(_Part):
    """What a version's words do not say; `avatar` counts from 1, and `face` has none."""

    settings: Settings
    face: Face
    avatar: Annotated[int, Field(ge=1, le=MOST_AVATARS)] | None = None


class Manifest(_Part):
    """The table of contents."""

    format: str
    recording: RecordingPart
    avatars: Annotated[list[AvatarPart], Field(max_length=MOST_AVATARS)]
    documents: dict[VersionName, DocumentPart]


@dataclass(frozen=True)
class Project:
    """What a project file holds, its files unpacked."""

    manifest: Manifest
    recording: Path
    words: Mapping[VersionName, bytes]
    """The instruction file of each version that there is."""
    avatars: Sequence[Path]


def write_project(path: Path, project: Project) -> None:
    """Write a project file atomically; its parts are copied from the files that it names."""
    with atomic_path(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        manifest = project.manifest.model_dump(mode="json")
        text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        archive.writestr(_entry(MANIFEST), text.encode(), compresslevel=6)
        for version in VERSIONS:
            if version in project.words:
                entry = _entry(words_name(version))
                archive.writestr(entry, project.words[version], compresslevel=6)
        sources = [(project.manifest.recording.file, project.recording)]
        named = [part.file for part in project.manifest.avatars]
        sources += list(zip(named, project.avatars, strict=True))
        for name, source in sources:
            entry = _entry(name, zipfile.ZIP_STORED)
            entry.file_size = source.stat().st_size  # tells whether it needs 64-bit fields
            with source.open("rb") as given, archive.open(entry, "w") as packed:
                for chunk in iter(lambda: given.read(CHUNK), b""):
                    packed.write(chunk)


def read_project(path: Path, folder: Path, most: int, source: str) -> Project:
    """Check a project file and unpack it into an empty folder.

    `most` is how many bytes all of it may have; `source` names it in errors. Raises InputError for
    what is no project, damaged, too large, or has members that do not belong there.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked(archive.infolist(), most, source)
            left = _Left(most, source)
            manifest = _manifest(left.read(archive, members, MANIFEST), source)
            words = {
                version: left.read(archive, members, words_name(version))
                for version in manifest.documents
            }
            recording = left.unpack(archive, members, manifest.recording.file, folder)
            avatars = [
                left.unpack(archive, members, part.file, folder) for part in manifest.avatars
            ]
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(f"{source}: not a project file, or damaged ({error})") from error
    return Project(manifest, recording, words, avatars)


def words_name(version: VersionName) -> str:
    """The member that holds a version's words."""
    return f"{version}.instruction.yaml"


def _entry(name: str, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.compress_type = packing
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _checked(
    entries: Sequence[zipfile.ZipInfo], most: int, source: str
) -> dict[str, zipfile.ZipInfo]:
    """Members by name. Raises InputError for anything that a project does not have."""
    if len(entries) > MOST_MEMBERS:
        raise InputError(f"{source}: {len(entries)} files in it; a project has {MOST_MEMBERS}")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.filename
        if not MEMBER.fullmatch(name):
            raise InputError(f"{source}: holds '{_shown(name)}', which no project has")
        if name in found:
            raise InputError(f"{source}: holds '{name}' twice")
        mode = entry.external_attr >> 16
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            raise InputError(f"{source}: '{name}' is a link or a device, not a file")
        if entry.flag_bits & 0x1:
            raise InputError(f"{source}: '{name}' is encrypted; projects are not")
        if entry.file_size > SMALL + MOST_RATIO * entry.compress_size:
            raise InputError(f"{source}: '{name}' would unpack to {entry.file_size} bytes")
        found[name] = entry
    total = sum(entry.file_size for entry in entries)
    if total > most:
        raise InputError(f"{source}: would unpack to {total} bytes; at most {most}")
    if MANIFEST not in found:
        raise InputError(f"{source}: not a project; it has no {MANIFEST}")
    return found


@dataclass
class _Left:
    """How many bytes may still be unpacked, whatever the file says of itself."""

    count: int
    source: str

    def _chunks(self, file: IO[bytes]) -> Iterator[bytes]:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            self.count -= len(chunk)
            if self.count < 0:
                raise InputError(f"{self.source}: unpacks to more than it says")
            yield chunk

    def read(
        self, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], name: str
    ) -> bytes:
        """The bytes of a small member."""
        entry = self._entry(members, name)
        if entry.file_size > SMALL:
            raise InputError(f"{self.source}: '{name}' is {entry.file_size} bytes; at most {SMALL}")
        with archive.open(entry) as file:
            return b"".join(self._chunks(file))

    def unpack(
        self,
        archive: zipfile.ZipFile,
        members: Mapping[str, zipfile.ZipInfo],
        name: str,
        folder: Path,
    ) -> Path:
        """A member as a file of the folder."""
        entry = self._entry(members, name)
        target = folder / name  # one of MEMBER: it stays inside
        target.parent.mkdir(exist_ok=True)
        with archive.open(entry) as file, target.open("xb") as out:
            for chunk in self._chunks(file):
                out.write(chunk)
        return target

    def _entry(self, members: Mapping[str, zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
        if name not in members:
            raise InputError(f"{self.source}: '{_shown(name)}' is missing in it")
        return members[name]


def _manifest(data: bytes, source: str) -> Manifest:
    try:
        document = json.loads(data)
        version = document.get("format") if isinstance(document, dict) else None
        if version != FORMAT:
            raise InputError(f"{source}: format {_shown(str(version))}; readable: {FORMAT}")
        return Manifest.model_validate(document)
    except ValidationError as error:
        first = told(error.errors()[0])
        raise InputError(f"{source}: {MANIFEST}: {first}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: {MANIFEST} is not JSON ({error})") from error


def _shown(name: str) -> str:
    """A name that came from a file, short and printable."""
    return "".join(c if c.isprintable() else "?" for c in name)[:60]
