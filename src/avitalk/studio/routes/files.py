"""Files: recordings, avatars and projects come in; sound, avatars and exports go out."""

import re
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import FileResponse

from avitalk.face.gltf.container import SUFFIXES
from avitalk.studio import schemas
from avitalk.studio.problems import Refusal
from avitalk.studio.routes.documented import BINARY, problems
from avitalk.studio.routes.parameters import Id, TheSession, TheStudio, require_recording
from avitalk.studio.routes.uploads import received
from avitalk.studio.sound import clean_name, is_text, suffix_of

router = APIRouter(prefix="/api/sessions/{sid}", tags=["files"])
RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
AVATAR_TYPES: Final = {
    ".glb": "model/gltf-binary",
    ".vrm": "model/gltf-binary",
    ".gltf": "model/gltf+json",
}
A_FILE: Final = {"application/octet-stream": {"schema": BINARY}}
Uploaded = Annotated[UploadFile, File()]


@router.put(
    "/recording", status_code=202, responses=problems(415, 429), operation_id="put_recording"
)
async def put_recording(
    studio: TheStudio,
    session: TheSession,
    file: Uploaded,
    transcript: Annotated[str | None, Form()] = None,
) -> schemas.Job:
    """Take a recording: it is heard, words are written for it, and performed as version a."""
    words = " ".join((transcript or "").split()) or None
    if words is not None and len(words) > studio.limits.most_transcript:
        raise Refusal(422, f"transcript: at most {studio.limits.most_transcript} characters")
    name = clean_name(file.filename)
    folder, most = studio.folder_of(session, "recording"), studio.limits.upload_bytes
    async with received(folder, f"recording{suffix_of(name)}", file, most) as path:
        if is_text(path):
            raise Refusal(
                415, f"{name}: holds text, not sound; give a recording (wav, flac, mp3 ...)"
            )
        job = studio.submit(
            session,
            "analyse",
            lambda work, progress: work.analyse(session, path, name, words, progress),
            {str(path): name},
        )
    return studio.jobs.shown(job)


@router.get(
    "/recording/audio.wav",
    response_class=FileResponse,
    responses={
        **problems(409, 416),
        200: {"description": "16 kHz mono, 16 bits.", "content": {"audio/wav": {"schema": BINARY}}},
        206: {
            "description": "The part asked for.",
            "content": {"audio/wav": {"schema": BINARY}},
        },
    },
    operation_id="sound",
)
async def sound(session: TheSession, request: Request) -> Response:
    """Send the recording, or the byte range of it that is asked for."""
    recorded = require_recording(session)
    _check_range(request, recorded.sound)
    return FileResponse(
        recorded.sound, media_type="audio/wav", headers={"Cache-Control": "private, no-cache"}
    )


@router.post("/avatars", status_code=201, responses=problems(415, 429), operation_id="add_avatar")
async def add_avatar(
    studio: TheStudio, session: TheSession, file: Uploaded, request: Request
) -> schemas.Avatar:
    """Take an avatar, and say what of it can be driven."""
    name = clean_name(file.filename, "avatar")
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refusal(415, f"{name}: is no avatar; available: {', '.join(SUFFIXES)}")
    folder = studio.folder_of(session, "avatar")
    async with received(folder, f"avatar{suffix}", file, studio.limits.avatar_bytes) as path:
        return await studio.perform(
            session, request, lambda work: work.add_avatar(session, path, name), {str(path): name}
        )


@router.get(
    "/avatars/{avatar_id}",
    response_class=FileResponse,
    responses={
        **problems(),
        200: {
            "description": "The file as it was uploaded.",
            "content": {kind: {"schema": BINARY} for kind in AVATAR_TYPES.values()},
        },
    },
    operation_id="avatar",
)
async def avatar(session: TheSession, avatar_id: Id, request: Request) -> Response:
    """Send an avatar's file."""
    if avatar_id not in session.avatars:
        raise Refusal(404, "There is no such avatar in this session.")
    _, path = session.avatars[avatar_id]
    _check_range(request, path)
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(path, media_type=AVATAR_TYPES[path.suffix], headers=headers)


@router.put("/project", status_code=202, responses=problems(415, 429), operation_id="put_project")
async def put_project(studio: TheStudio, session: TheSession, file: Uploaded) -> schemas.Job:
    """Open a project file: it replaces recording and versions."""
    name = clean_name(file.filename, "project")
    folder, most = studio.folder_of(session, "opened"), studio.limits.project_bytes
    async with received(folder, "project.avitalk", file, most) as path:
        with path.open("rb") as given:
            if given.read(2) != b"PK":
                raise Refusal(
                    415, f"{name}: is no project file; those of the studio end with .avitalk"
                )
        job = studio.submit(
            session,
            "open",
            lambda work, progress: work.open(session, path, name, progress),
            {str(path): name},
        )
    return studio.jobs.shown(job)


@router.post("/exports", status_code=202, responses=problems(409, 429), operation_id="export")
async def export(
    studio: TheStudio, session: TheSession, asked: schemas.ExportRequest
) -> schemas.Job:
    """Write a version as a file to download."""
    schemas.check_length(asked.document, studio.limits.most_segments)
    require_recording(session)
    job = studio.submit(
        session, "export", lambda work, progress: work.export(session, asked, progress)
    )
    return studio.jobs.shown(job)


@router.get(
    "/files/{file_id}",
    response_class=FileResponse,
    responses={**problems(), 200: {"description": "The file.", "content": A_FILE}},
    operation_id="download",
)
async def download(session: TheSession, file_id: Id, request: Request) -> Response:
    """Send an exported file."""
    found = session.files.get(file_id)
    if found is None:
        raise Refusal(404, "There is no such file in this session; export it again.")
    _check_range(request, found.path)
    return FileResponse(found.path, media_type="application/octet-stream", filename=found.name)


def _check_range(request: Request, path: Path) -> None:
    """Leave out ranges that are not understood. Raises Refusal for what has gone, and for those
    outside of the file.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise Refusal(404, "This file is no longer there.") from None
    asked = request.headers.get("range")
    if asked is None:
        return
    found = RANGE.fullmatch(asked.strip())
    first, last = (found[1], found[2]) if found else ("", "")
    valid = bool(first or last) and not (first and last and int(first) > int(last))
    if not valid:
        headers = request.scope["headers"]
        request.scope["headers"] = [pair for pair in headers if pair[0].lower() != b"range"]
    elif (first and int(first) >= size) or (not first and int(last) == 0):
        raise Refusal(
            416,
            f"bytes from {first or last} on; the file has {size}",
            {"Content-Range": f"bytes */{size}"},
        )
