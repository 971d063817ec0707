"""Sessions: opening, looking at and ending them, their documents and jobs, and what happens."""

from typing import Annotated

from fastapi import APIRouter, Path, WebSocket
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from avitalk.studio import schemas
from avitalk.studio.documents import document_of, instruction_of
from avitalk.studio.problems import Refusal
from avitalk.studio.routes.documented import problems
from avitalk.studio.routes.parameters import Id, TheSession, TheStudio, TheVersion
from avitalk.studio.sessions import Session
from avitalk.studio.studio import Studio
from avitalk.types.instruction import MOST_TEXT

router = APIRouter(prefix="/api/sessions", tags=["sessions"])
GONE = 4404  # WebSocket: there is no such session


def shown(studio: Studio, session: Session) -> schemas.Session:
    """All that a page needs of a session."""
    limits = studio.limits
    recorded = session.recorded
    return schemas.Session(
        id=session.id,
        recording=None if recorded is None else recorded.shown,
        documents={name: version.document for name, version in session.versions.items()},
        avatars=[avatar for avatar, _ in list(session.avatars.values())],
        jobs=studio.jobs.of(session.id),
        limits=schemas.SessionLimits(
            upload_bytes=limits.upload_bytes,
            longest_s=limits.longest_s,
            avatar_bytes=limits.avatar_bytes,
            project_bytes=limits.project_bytes,
            most_segments=limits.most_segments,
            most_text=MOST_TEXT,
        ),
        expires_s=round(studio.sessions.expires_s(session), 3),
    )


@router.post("", status_code=201, responses=problems(429), operation_id="create_session")
async def create(studio: TheStudio, response: Response) -> schemas.Session:
    """Open a session."""
    session = await run_in_threadpool(studio.sessions.create)
    response.headers["Location"] = f"/api/sessions/{session.id}"
    return shown(studio, session)


@router.get("/{sid}", responses=problems(), operation_id="session")
async def look(studio: TheStudio, session: TheSession) -> schemas.Session:
    """Look at a session."""
    return shown(studio, session)


@router.delete("/{sid}", status_code=204, responses=problems(), operation_id="delete_session")
async def delete(studio: TheStudio, session: TheSession) -> None:
    """End a session: its jobs are cancelled and its files deleted."""
    await run_in_threadpool(studio.sessions.delete, session.id)


@router.put(
    "/{sid}/documents/{version}",
    status_code=204,
    responses=problems(),
    operation_id="store_document",
)
async def store(
    studio: TheStudio, session: TheSession, version: TheVersion, document: schemas.Document
) -> None:
    """Keep a version without performing it."""
    schemas.check_length(document, studio.limits.most_segments)
    recording = None if session.recorded is None else session.recorded.shown
    words = instruction_of(document, recording)
    session.versions[version].document = document_of(words, document.settings, document.face)


@router.get("/{sid}/jobs", responses=problems(), operation_id="jobs")
async def jobs(studio: TheStudio, session: TheSession) -> schemas.Jobs:
    """List the jobs of a session, oldest first."""
    return schemas.Jobs(jobs=studio.jobs.of(session.id))


@router.get("/{sid}/jobs/{job_id}", responses=problems(), operation_id="job")
async def job(studio: TheStudio, session: TheSession, job_id: Id) -> schemas.Job:
    """Look at a job."""
    return studio.jobs.shown(studio.jobs.find(session.id, job_id))


@router.delete("/{sid}/jobs/{job_id}", responses=problems(), operation_id="cancel_job")
async def cancel(studio: TheStudio, session: TheSession, job_id: Id) -> schemas.Job:
    """Cancel a job; one that runs stops at its next step, one that has ended stays as it is."""
    found = studio.jobs.find(session.id, job_id)
    studio.jobs.cancel(found)
    return studio.jobs.shown(found)


@router.websocket("/{sid}/events")
async def events(socket: WebSocket, sid: Annotated[str, Path()]) -> None:
    """Tell a page what happens in its session."""
    studio: Studio = socket.app.state.studio
    await socket.accept()
    try:
        session = studio.sessions.find(sid)
    except Refusal as error:
        await socket.close(GONE, str(error.detail))
        return
    await studio.events.serve(socket, session, lambda: studio.jobs.of(sid))
