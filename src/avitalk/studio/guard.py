"""The door: hosts, origins and the token are checked, and headers of safety are added.

A page that listens on this machine can be reached by every page that the browser has open. Without
a token only names of this machine are served, which stops rebound names; requests that change
something must come from the studio's own page. With a token the token is what counts.
"""

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from avitalk.studio.problems import problem_response

SAFE: Final = ("GET", "HEAD", "OPTIONS")
NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
DEFAULT_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}
ORIGIN_SCHEME: Final = {"ws": "http", "wss": "https"}
POLICY: Final = "; ".join((
    "default-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob: data:",
    "connect-src 'self' blob: data:",  # pictures inside avatars are fetched from blobs
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))  # fmt: skip
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?")
CLOSED: Final = 1008  # WebSocket: against the policy


class Guard:
    """Pure ASGI: lets through what may pass, answers the rest with a problem."""

    def __init__(self, app: ASGIApp, token: str | None, port: int | None) -> None:
        """`port` is the one that the studio listens on; None takes any in the header Host."""
        self._app = app
        self._token = token
        self._port = port
        self._pass = None if token is None else _derived(token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._refusal(scope)
        if answer is None:
            await self._app(scope, receive, sending)
        elif scope["type"] == "http":
            await answer(scope, receive, sending)
        else:
            await receive()
            await send({"type": "websocket.close", "code": CLOSED, "reason": "refused"})

    def _refusal(self, scope: Scope) -> Response | None:
        """What to answer in place of the app; None lets the request through."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._known(host, scope["scheme"]):
            return problem_response(
                421, "This studio answers to 127.0.0.1, localhost and [::1] with its port only."
            )
        if not _own(headers, host, scope):
            return problem_response(
                403, "Another page asked for this; the studio takes requests of its own page only."
            )
        return None if self._token is None else self._unnamed(scope, headers)

    def _known(self, host: str, scheme: str) -> bool:
        """Whether a Host header is one that this studio goes by."""
        found = HOST.fullmatch(host)
        if found is None:
            return False
        if self._token is not None:
            return True
        port = int(found[2]) if found[2] else DEFAULT_PORTS[scheme]
        return found[1].lower() in NAMES and self._port in (None, port)

    def _unnamed(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to who brings no token; None for who does."""
        assert self._token is not None
        assert self._pass is not None
        cookie = f"avitalk_{self._port or 0}"
        brought = headers.get("authorization", "")
        if _same(brought.removeprefix("Bearer "), self._token) and brought.startswith("Bearer "):
            return None
        if _same(_cookies(headers).get(cookie, ""), self._pass):
            return None
        first = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        page = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET"
        if page and _same(first, self._token):
            entered = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
            secure = scope["scheme"] == "https"
            entered.set_cookie(cookie, self._pass, httponly=True, samesite="strict", secure=secure)
            return entered
        return problem_response(
            401,
            "This studio asks for its token: open the address that it printed when it started.",
            {"WWW-Authenticate": "Bearer"},
        )


def _own(headers: Headers, host: str, scope: Scope) -> bool:
    """Whether a request that may change something comes from the studio's own page, or no page."""
    if scope["type"] == "http" and scope["method"] in SAFE:
        return True
    scheme = ORIGIN_SCHEME.get(scope["scheme"], scope["scheme"])
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"{scheme}://{host}".lower():
        return False
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _cookies(headers: Headers) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs}


def _same(brought: str, wanted: str) -> bool:
    return hmac.compare_digest(brought.encode(), wanted.encode())


def _derived(token: str) -> str:
    """What the cookie holds: it lets in, and does not tell the token."""
    return hashlib.sha256(b"avitalk studio " + token.encode()).hexdigest()
