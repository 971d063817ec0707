"""What the addresses share: the session of a request, uploaded files, documented problems."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request, UploadFile
from starlette.concurrency import run_in_threadpool

from avitalk.studio.bodies import too_large
from avitalk.studio.problems import Problem, Refusal
from avitalk.studio.schemas import TOKEN, VersionName
from avitalk.studio.sessions import NO_RECORDING, Recorded, Session
from avitalk.studio.studio import Studio

PROBLEMS: Final = {
    400: "The request is not whole.",
    401: "The token is missing or wrong.",
    403: "Another page asked for this.",
    404: "There is no such session, or no such thing in it.",
    405: "Another kind of request is needed here.",
    409: "There is no recording in this session yet.",
    413: "Too large.",
    415: "A file of an unknown kind.",
    416: "A range outside the file.",
    421: "The studio does not go by this host name.",
    422: "A field or a file cannot be used; the detail says why.",
    429: "Too much waits; the header Retry-After says when to try again.",
    500: "A bug of the studio.",
}
BINARY: Final = {"type": "string", "format": "binary"}
ALWAYS: Final = (400, 401, 403, 404, 405, 413, 421, 422, 500)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What may go wrong at an address, for the OpenAPI document."""
    return {
        status: {"model": Problem, "description": PROBLEMS[status]}
        for status in sorted({*ALWAYS, *statuses})
    }


def studio_of(request: Request) -> Studio:
    """The studio that a request is for."""
    found: Studio = request.app.state.studio
    return found


TheStudio = Annotated[Studio, Depends(studio_of)]


def session_of(
    studio: TheStudio,
    sid: Annotated[str, Path(pattern=TOKEN, description="Id of the session.")],
) -> Session:
    """The session that a request is for. Raises Refusal (404) if there is none."""
    return studio.sessions.find(sid)


TheSession = Annotated[Session, Depends(session_of)]
TheVersion = Annotated[VersionName, Path(description="Which of the two versions.")]
Id = Annotated[str, Path(pattern=TOKEN)]


def require_recording(session: Session) -> Recorded:
    """The session's recording. Raises Refusal (409) if there is none."""
    if session.recorded is None:
        raise Refusal(409, NO_RECORDING)
    return session.recorded


@asynccontextmanager
async def received(
    folder: FilePath, name: str, file: UploadFile, most: int
) -> AsyncIterator[FilePath]:
    """An uploaded file as `folder/name`; the folder goes again if what is done with it fails.

    Raises Refusal for a file that is empty or too large.
    """
    try:
        await _write(file, folder / name, most)
        yield folder / name
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _write(file: UploadFile, target: FilePath, most: int) -> None:
    if file.size == 0:
        raise Refusal(422, "This file is empty (0 bytes); choose another.")
    if (file.size or 0) > most:
        raise Refusal(413, too_large(most))

    def write() -> None:
        with target.open("xb") as out:
            shutil.copyfileobj(file.file, out, 1 << 20)

    await run_in_threadpool(write)
