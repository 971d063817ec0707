"""What happens in a session, to every page that has it open: job changes in, messages out."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Final

import anyio
from fastapi import WebSocket, WebSocketDisconnect

from avitalk.studio.schemas import Job
from avitalk.studio.sessions import Session

PING_S: Final = 20.0


class Listener:
    """One page that is connected; of each job it is told the latest state only."""

    def __init__(self) -> None:
        self.news: dict[str, Job] = {}
        self.arrived = asyncio.Event()

    def tell(self, job: Job) -> None:
        """Put a job's state where the page is told of it; in the event loop."""
        self.news[job.id] = job
        self.arrived.set()


class Events:
    """All pages that are connected."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell pages from this loop."""
        self._loop = loop

    def heard(self, session: str, job: Job) -> None:
        """Pass on a change of a job; from any thread."""
        if self._loop is not None and session in self._listeners:
            with contextlib.suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._spread, session, job)

    def ended(self, session: str) -> None:
        """Have the pages of a session that has ended told so; from any thread."""
        if self._loop is not None and session in self._listeners:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake, session)

    def _wake(self, session: str) -> None:
        for listener in self._listeners.get(session, ()):
            listener.arrived.set()

    def _spread(self, session: str, job: Job) -> None:
        for listener in self._listeners.get(session, ()):
            listener.tell(job)

    async def serve(
        self, socket: WebSocket, session: Session, jobs: Callable[[], list[Job]]
    ) -> None:
        """Talk to a page until it leaves; `jobs` finds those that there are."""
        listener = Listener()
        self._listeners.setdefault(session.id, set()).add(listener)
        session.pages += 1
        try:
            async with anyio.create_task_group() as both:
                both.start_soon(_left, socket, both.cancel_scope)
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has just left
                    await socket.send_json(_hello(jobs()))
                    await self._talk(socket, session, listener)
                both.cancel_scope.cancel()
        finally:
            session.pages -= 1
            session.touched = time.monotonic()
            mine = self._listeners[session.id]
            mine.discard(listener)
            if not mine:
                del self._listeners[session.id]

    async def _talk(self, socket: WebSocket, session: Session, listener: Listener) -> None:
        while not session.closed:
            with anyio.move_on_after(PING_S):
                await listener.arrived.wait()
            if not listener.arrived.is_set():
                await socket.send_json({"type": "ping"})
                continue
            listener.arrived.clear()
            news, listener.news = listener.news, {}
            for job in news.values():
                await socket.send_json({"type": "job", "job": job.model_dump(mode="json")})
        await socket.close()


async def _left(socket: WebSocket, both: anyio.CancelScope) -> None:
    """Wait until the page leaves, and end the talk; what it says is not listened to."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    both.cancel()


def _hello(jobs: list[Job]) -> dict[str, Any]:
    return {"type": "hello", "jobs": [job.model_dump(mode="json") for job in jobs]}
