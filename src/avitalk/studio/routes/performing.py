"""Performing: documents in, motions out; other words and other takes."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from avitalk.studio import schemas, wire
from avitalk.studio.routes.documented import BINARY, problems
from avitalk.studio.routes.parameters import TheSession, TheStudio, TheVersion, require_recording

router = APIRouter(prefix="/api/sessions/{sid}/documents/{version}", tags=["performing"])
MOTION: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Motion bytes: a JSON header, then rows of 64 float32.",
        "content": {wire.MEDIA_TYPE: {"schema": BINARY}},
    }
}


@router.post(
    "/perform",
    response_class=Response,
    responses={**problems(409, 429), **MOTION},
    operation_id="perform",
)
async def perform(
    studio: TheStudio,
    session: TheSession,
    version: TheVersion,
    asked: schemas.PerformRequest,
    request: Request,
) -> Response:
    """Perform a document and keep it; send the frames that differ from revision `have`."""
    data = await studio.perform(session, request, lambda work: work.motion(session, version, asked))
    return Response(data, media_type=wire.MEDIA_TYPE)


@router.post(
    "/takes",
    response_class=Response,
    responses={**problems(409, 429), **MOTION},
    operation_id="takes",
)
async def takes(
    studio: TheStudio,
    session: TheSession,
    version: TheVersion,
    asked: schemas.TakesRequest,
    request: Request,
) -> Response:
    """Perform a segment in other takes; nothing is kept."""
    data = await studio.perform(session, request, lambda work: work.takes(session, version, asked))
    return Response(data, media_type=wire.MEDIA_TYPE)


@router.post("/write", status_code=202, responses=problems(409, 429), operation_id="write")
async def write(
    studio: TheStudio, session: TheSession, version: TheVersion, asked: schemas.WriteRequest
) -> schemas.Job:
    """Have the instructor write other words for a version."""
    schemas.check_length(asked.document, studio.limits.most_segments)
    require_recording(session)
    job = studio.submit(
        session, "write", lambda work, progress: work.write(session, version, asked, progress)
    )
    return studio.jobs.shown(job)
