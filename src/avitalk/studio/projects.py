"""A session to the content of its project file, and back to documents."""

from dataclasses import replace

from avitalk.errors import InputError
from avitalk.instruct.document import parse_instruction
from avitalk.instruct.document_text import export_instruction
from avitalk.studio import schemas
from avitalk.studio.documents import document_of, instruction_of
from avitalk.studio.project import (
    FORMAT,
    AvatarPart,
    DocumentPart,
    Manifest,
    Project,
    RecordingPart,
)
from avitalk.studio.schemas import VersionName
from avitalk.studio.sessions import Recorded, Session
from avitalk.types import Speech


def project_of(session: Session, recorded: Recorded) -> Project:
    """What a project file of the session holds: both versions, and the avatars they name."""
    with session.lock:
        documents = {
            name: version.document
            for name, version in session.versions.items()
            if version.document is not None
        }
        used = list(dict.fromkeys(d.face.avatar for d in documents.values() if d.face.avatar))
        held = [session.avatars[key] for key in used if key in session.avatars]
        used = [avatar.id for avatar, _ in held]
    parts = [
        AvatarPart(file=f"avatars/{place}{path.suffix.lower()}", name=avatar.name)
        for place, (avatar, path) in enumerate(held, 1)
    ]
    shown = recorded.shown
    recording = RecordingPart(
        file=f"recording{recorded.path.suffix}",
        name=shown.name,
        sha256=shown.sha256,
        transcript=shown.transcript,
    )
    described = {
        name: DocumentPart(
            settings=document.settings,
            face=document.face.model_copy(update={"avatar": None}),
            avatar=used.index(document.face.avatar) + 1 if document.face.avatar in used else None,
        )
        for name, document in documents.items()
    }
    words = {
        name: export_instruction(replace(instruction_of(document, recorded.shown), edited=False))
        for name, document in documents.items()
    }
    manifest = Manifest(format=FORMAT, recording=recording, avatars=parts, documents=described)
    return Project(manifest, recorded.path, words, [path for _, path in held])


def documents_in(
    project: Project, speech: Speech, keys: list[str], source: str
) -> dict[VersionName, schemas.Document]:
    """The versions of a project, whose avatars have got new `keys`.

    Raises InputError, naming `source`, for words of another recording and avatars it lacks.
    """
    found: dict[VersionName, schemas.Document] = {}
    for name, part in project.manifest.documents.items():
        if part.avatar is not None and part.avatar > len(keys):
            raise InputError(f"{source}: version {name} names avatar {part.avatar}, not in it")
        avatar = None if part.avatar is None else keys[part.avatar - 1]
        words = parse_instruction(project.words[name], f"{source}: {name}", speech)
        face = part.face.model_copy(update={"avatar": avatar})
        found[name] = document_of(words, part.settings, face)
    return found
