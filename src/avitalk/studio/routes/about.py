"""What the studio offers: health, faces and their models, how words are read."""

from typing import Annotated, Final

from fastapi import APIRouter, Header
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from avitalk.errors import InputError
from avitalk.studio import schemas
from avitalk.studio.heads import key_of, model_of
from avitalk.studio.offers import choices
from avitalk.studio.reading import reading_of
from avitalk.studio.routes.documented import BINARY, problems
from avitalk.studio.routes.parameters import TheStudio
from avitalk.version import __version__

router = APIRouter(prefix="/api", tags=["about"])
GLB: Final = "model/gltf-binary"


@router.get("/health", responses=problems(), operation_id="health")
async def health(studio: TheStudio) -> schemas.Health:
    """Say that the studio runs, and whether its models are loaded."""
    return schemas.Health(
        version=__version__,
        ready=studio.models.ready,
        sessions=len(studio.sessions),
        jobs_waiting=studio.jobs.waiting,
    )


@router.get("/faces", responses=problems(), operation_id="faces")
async def faces() -> schemas.Choices:
    """List faces, identity modes, regions, shapes, speakers, emotions and cameras."""
    return await run_in_threadpool(choices)


@router.post(
    "/faces/model",
    response_class=Response,
    responses={
        **problems(),
        200: {"description": "A glTF binary.", "content": {GLB: {"schema": BINARY}}},
        304: {"description": "The page has it already."},
    },
    operation_id="face_model",
)
async def face_model(
    studio: TheStudio,
    request: schemas.ModelRequest,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Send a built-in head at rest with its 52 shapes."""
    if request.face.avatar is not None:
        raise InputError("face.avatar: an avatar's model is its own file; leave it out here")
    key = f'"{key_of(request.face)}"'
    headers = {"ETag": key, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and key in if_none_match:
        return Response(status_code=304, headers=headers)
    data = await studio.run(lambda: model_of(request.face))
    return Response(data, media_type=GLB, headers=headers)


@router.post("/reading", responses=problems(), operation_id="reading")
async def reading(request: schemas.ReadingRequest) -> schemas.Reading:
    """Say what words are read as."""
    return await run_in_threadpool(reading_of, request.text)
