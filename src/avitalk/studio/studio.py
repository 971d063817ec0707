"""`Studio`: everything that one server holds, started and stopped together."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from fastapi import Request

from avitalk.errors import InputError
from avitalk.studio.events import Events
from avitalk.studio.jobs import Job, Jobs, Progress
from avitalk.studio.models import Models
from avitalk.studio.options import Options
from avitalk.studio.problems import Refusal, renamed
from avitalk.studio.schemas import JobResult, Kind
from avitalk.studio.sessions import Session, Sessions

if TYPE_CHECKING:
    from avitalk.pipeline import Animator
    from avitalk.studio.work import Work

PERFORMERS: Final = 2
SWEEP_S: Final = 30.0
STOP_S: Final = 10.0

Found = TypeVar("Found")


class Studio:
    """Sessions, jobs, models and threads of one server."""

    def __init__(self, options: Options, make: "Callable[[], Animator] | None" = None) -> None:
        """`make` makes the models; None makes the usual ones."""
        self.options = options
        self.limits = options.limits
        self.sessions = Sessions(options.folder, self.limits)
        self.events = Events()
        self.jobs = Jobs(self.limits, self.events.heard)
        self.models = Models(make)
        self.sessions.forgets = self._forget
        self._pool = ThreadPoolExecutor(PERFORMERS, "studio performer")
        self._work_lock = threading.Lock()
        self._sweeping: asyncio.Task[None] | None = None
        self._warming = threading.Thread(target=self.models.warm, name="studio models", daemon=True)

    @property
    def work(self) -> "Work":
        """What takes time; importing it does too, so that only threads ask for it."""
        with self._work_lock:
            return self._work

    @cached_property
    def _work(self) -> "Work":
        from avitalk.studio.work import Work  # noqa: PLC0415  torch: the page comes first

        return Work(self.models, self.sessions, self.limits)

    async def start(self) -> None:
        """Begin: in the event loop that serves."""
        loop = asyncio.get_running_loop()
        self.events.bind(loop)
        self._sweeping = loop.create_task(self._sweep())
        self._warming.start()

    async def stop(self) -> None:
        """End: jobs are cancelled, files deleted."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeping
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """End what needs no event loop."""
        self.jobs.close(STOP_S)
        self.models.end()
        if self._warming.ident is not None:  # libraries end badly when they are cut off
            self._warming.join(STOP_S)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.sessions.close()

    def submit(
        self,
        session: Session,
        kind: Kind,
        work: "Callable[[Work, Progress], JobResult]",
        names: dict[str, str] | None = None,
    ) -> Job:
        """Queue a job of a session; `names` are further names of files."""
        return self.jobs.submit(
            session.id,
            kind,
            lambda progress: work(self.work, progress),
            session.names() | (names or {}),
        )

    async def perform(
        self,
        session: Session,
        request: Request,
        work: "Callable[[Work], Found]",
        names: dict[str, str] | None = None,
    ) -> Found:
        """Run short work in one of the performers' threads; one at a time for a session.

        Raises Refusal (429) when a session asks for too much at once.
        """
        if session.waiting >= self.limits.waiting_performs:
            raise Refusal(
                429,
                "This page asks for more performances than can be given at once.",
                {"Retry-After": "1"},
            )
        session.waiting += 1
        try:
            async with session.turn:
                if await request.is_disconnected():
                    raise Refusal(409, "The page no longer waits for this.")
                return await self.run(partial(self._named, session, work, names or {}))
        finally:
            session.waiting -= 1

    async def run(self, work: Callable[[], Found]) -> Found:
        """Run something in one of the performers' threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _named(
        self, session: Session, work: "Callable[[Work], Found]", further: dict[str, str]
    ) -> Found:
        """Errors of the input name files as people do, never by their path."""
        names = session.names() | further
        try:
            return work(self.work)
        except InputError as error:
            raise InputError(renamed(str(error), names)) from error
        except FileNotFoundError:
            if session.closed:
                raise Refusal(404, "This session has ended.") from None
            raise

    def _forget(self, session: str) -> threading.Event | None:
        """What is to be done when a session ends; see `Jobs.forget`."""
        self.events.ended(session)
        return self.jobs.forget(session)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(SWEEP_S, self.limits.idle_s))
            await asyncio.to_thread(self.sessions.sweep, self.jobs.busy)

    def folder_of(self, session: Session, kind: str) -> Path:
        """A new folder of a session. Raises Refusal (404) if it has just ended."""
        try:
            return session.new_folder(kind)
        except FileNotFoundError:
            raise Refusal(404, "This session has ended; load the page again.") from None
