"""The page itself: files of the built front end, with what browsers may keep of them."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from avitalk.studio.problems import problem_response

FOLDER: Final = Path(__file__).with_name("static")
NAMED_BY_CONTENT: Final = "assets/"
KEPT: Final = "public, max-age=31536000, immutable"
ASKED_AGAIN: Final = "no-cache"
NOT_BUILT: Final = (
    "The page has not been built: run 'npm ci' and 'npm run build' in the folder web/."
)


class Page(StaticFiles):
    """Files whose names carry a hash of their content are kept for good, others asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See the class."""
        response = await super().get_response(path, scope)
        kept = path.startswith(NAMED_BY_CONTENT)
        response.headers["Cache-Control"] = KEPT if kept else ASKED_AGAIN
        return response


def add_page(app: FastAPI, folder: Path = FOLDER) -> None:
    """Serve the page at '/'; one sentence in its place if it has not been built."""
    if (folder / "index.html").is_file():
        app.mount("/", Page(directory=folder, html=True), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def missing() -> Response:
        return problem_response(404, NOT_BUILT)
