"""`create_app`: options in, the studio's ASGI application out."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp

from avitalk.studio.bodies import Bodies
from avitalk.studio.guard import Guard
from avitalk.studio.options import Options
from avitalk.studio.pages import add_page
from avitalk.studio.problems import MEDIA_TYPE, add_handlers
from avitalk.studio.routes import about, files, performing, sessions
from avitalk.studio.studio import Studio
from avitalk.version import __version__

if TYPE_CHECKING:
    from avitalk.pipeline import Animator

OPENAPI: Final = "/api/openapi.json"
ABOUT: Final = """
A recording is put into a session, heard, written about and performed; the words that say what the
face does are edited as documents, in two versions, and performed again. Errors are
application/problem+json with one sentence for people in `detail`. What happens in a session is
told at the WebSocket `/api/sessions/{sid}/events`: `{"type": "hello", "jobs": [Job]}`, then
`{"type": "job", "job": Job}` and `{"type": "ping"}`.
"""


class StudioApp(FastAPI):
    """The application behind its door."""

    def build_middleware_stack(self) -> ASGIApp:
        """Put the door before everything, so that answers to bugs have their headers as well."""
        options: Options = self.state.options
        inner = Bodies(super().build_middleware_stack(), options.limits)
        return Guard(inner, options.token, options.port or None)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, with problems under their own media type."""
        if self.openapi_schema is None:
            document = super().openapi()
            for item in document["paths"].values():
                for operation in item.values():
                    _as_problems(operation["responses"])
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(
    options: Options | None = None, make: "Callable[[], Animator] | None" = None
) -> StudioApp:
    """The application; `options.port` is the one that it is reached at, 0 for any.

    `make` makes the models; None makes the usual ones.
    """
    options = options or Options()
    studio = Studio(options, make)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await studio.start()
        try:
            yield
        finally:
            await studio.stop()

    app = StudioApp(
        title="avitalk studio",
        version=__version__,
        description=ABOUT,
        openapi_url=OPENAPI,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.studio, app.state.options = studio, options
    add_handlers(app)
    for part in (about, sessions, performing, files):
        app.include_router(part.router)
    add_page(app)
    return app


def _as_problems(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        content = response.get("content", {})
        if status.startswith(("4", "5")) and "application/json" in content:
            response["content"] = {MEDIA_TYPE: content["application/json"]}
