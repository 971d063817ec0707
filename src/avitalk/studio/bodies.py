"""Bodies of requests are counted while they arrive, and refused as soon as they are too large."""

import re
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from avitalk.studio.options import MEGABYTE, Limits
from avitalk.studio.problems import Refusal, problem_response

AROUND_FILE: Final = MEGABYTE  # what a form may hold beside the file
DRAINED: Final = 1 << 30
DRAINING_S: Final = 20.0


class Bodies:
    """Pure ASGI: requests larger than their address takes are answered with 413."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._files = (
            (re.compile(r"/api/sessions/[^/]+/recording"), limits.upload_bytes),
            (re.compile(r"/api/sessions/[^/]+/avatars"), limits.avatar_bytes),
            (re.compile(r"/api/sessions/[^/]+/project"), limits.project_bytes),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, shown = self._most(scope["path"])
        length = Headers(scope=scope).get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            await problem_response(400, "The header Content-Length is not a number.")(
                scope, receive, send
            )
            return
        if int(length) > most:
            # Clients that are cut off while they send never read the answer.
            await _drained(receive)
            await problem_response(413, too_large(shown))(scope, receive, send)
            return
        arrived = 0

        async def receiving() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] == "http.request":
                arrived += len(message.get("body", b""))
                if arrived > most:
                    if message.get("more_body", False):
                        await _drained(receive)
                    raise Refusal(413, too_large(shown))
            return message

        await self._app(scope, receiving, send)

    def _most(self, path: str) -> tuple[int, int]:
        """Bytes that a request to `path` may have, and those to tell people about."""
        for pattern, most in self._files:
            if pattern.fullmatch(path):
                return most + AROUND_FILE, most
        return self._limits.json_bytes, self._limits.json_bytes


def too_large(most: int) -> str:
    """The sentence for what is larger than `most` bytes."""
    allowed = f"{most / MEGABYTE:g} MB" if most >= MEGABYTE else f"{most} bytes"
    return f"This is too large; allowed: {allowed}."


async def _drained(receive: Receive) -> None:
    """Read on and forget, within bounds, until the sender is done."""
    left, until = DRAINED, time.monotonic() + DRAINING_S
    while left > 0 and time.monotonic() < until:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
