"""Long work, one piece at a time: callables in, progress and results out, sessions in turn."""

import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from avitalk.studio.options import Limits
from avitalk.studio.problems import Problem, Refusal, of_exception
from avitalk.studio.schemas import Job as Shown
from avitalk.studio.schemas import JobResult, Kind, State

ENDED: Final = ("done", "failed", "cancelled")
MOST_ENDED: Final = 30  # ended jobs of a session that are remembered
TOLD_EVERY_S: Final = 0.1
RETRY_S: Final = "10"

log = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818  no error: somebody wanted it so
    """Raised inside work that nobody wants any more."""


@dataclass(eq=False)
class Job:
    """One piece of work of a session."""

    session: str
    kind: Kind
    work: Callable[["Progress"], JobResult] | None
    """What to do; None once it is done, so that nothing is held."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Paths and what people know them by, for sentences."""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: State = "queued"
    progress: float = 0.0
    detail: str = ""
    error: Problem | None = None
    result: JobResult | None = None
    unwanted: bool = False
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Progress:
    """What work tells of itself, and how it learns that it is not wanted any more."""

    job: Job
    tell: Callable[[Job], None]

    def __call__(self, share: float, detail: str | None = None) -> None:
        """Say how far the work is, 0 to 1. Raises Cancelled when it is to stop."""
        if self.job.unwanted:
            raise Cancelled
        self.job.progress = min(max(share, self.job.progress), 1.0)
        if detail is not None:
            self.job.detail = detail
        self.tell(self.job)


class Jobs:
    """A bounded queue that one thread works through, taking one job of each session in turn."""

    def __init__(self, limits: Limits, heard: Callable[[str, Shown], None]) -> None:
        """`heard` is told, in any thread, of every change: the session and the job."""
        self._limits = limits
        self._heard = heard
        self._change = threading.Condition(threading.RLock())
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._known: dict[str, list[Job]] = {}
        self._running: Job | None = None
        self._told_at: dict[str, float] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="studio jobs", daemon=True)

    def submit(
        self,
        session: str,
        kind: Kind,
        work: Callable[[Progress], JobResult],
        names: Mapping[str, str] | None = None,
    ) -> Job:
        """Queue work. Raises Refusal (429) when too much waits."""
        with self._change:
            mine = len(self._waiting.get(session, ()))
            if mine >= self._limits.waiting_jobs_each or self._waiting_now() >= (
                self._limits.waiting_jobs
            ):
                raise Refusal(
                    429,
                    "There is more work waiting than the studio takes at once; try again when "
                    "some of it is done.",
                    {"Retry-After": RETRY_S},
                )
            job = Job(session, kind, work, names or {})
            if self._thread.ident is None:
                self._thread.start()
            self._waiting.setdefault(session, deque()).append(job)
            known = self._known.setdefault(session, [])
            known.append(job)
            for old in [each for each in known if each.state in ENDED][:-MOST_ENDED]:
                known.remove(old)
            self._change.notify()
        self._tell(job)
        return job

    def shown(self, job: Job) -> Shown:
        """The job as the page sees it."""
        with self._change:
            position = self._position(job)
            detail = job.detail
            if position is not None and not detail:
                detail = "next" if not position else f"waiting; {position} before this"
            return Shown(
                id=job.id,
                kind=job.kind,
                state=job.state,
                progress=job.progress,
                detail=detail,
                position=position,
                error=job.error,
                result=job.result,
            )

    def of(self, session: str) -> list[Shown]:
        """The jobs of a session, oldest first."""
        with self._change:
            return [self.shown(job) for job in self._known.get(session, ())]

    def find(self, session: str, job_id: str) -> Job:
        """One of them. Raises Refusal (404) if there is none."""
        with self._change:
            for job in self._known.get(session, ()):
                if job.id == job_id:
                    return job
        raise Refusal(404, "There is no such job in this session.")

    def cancel(self, job: Job) -> None:
        """Take a job that waits out of the queue; have one that runs stop at its next step."""
        with self._change:
            job.unwanted = True
            if job.state == "queued":
                self._unqueue(job)
                self._end(job, "cancelled")
        self._tell(job)

    def forget(self, session: str) -> threading.Event | None:
        """Cancel all jobs of a session; what is returned is set once the running one has stopped,
        None if none runs.
        """
        with self._change:
            jobs = self._known.pop(session, [])
            for job in jobs:
                job.unwanted = True
                if job.state == "queued":
                    self._unqueue(job)
                    self._end(job, "cancelled")
            running = self._running
            return running.ended if running is not None and running in jobs else None

    def busy(self, session: str) -> bool:
        """Whether a session has work that waits or runs."""
        with self._change:
            return any(job.state not in ENDED for job in self._known.get(session, ()))

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        with self._change:
            return self._waiting_now()

    def close(self, wait_s: float) -> None:
        """Cancel everything, and wait a little for what runs to stop."""
        with self._change:
            self._closed = True
            for session in list(self._known):
                self.forget(session)
            self._change.notify_all()
        if self._thread.ident is not None:
            self._thread.join(wait_s)

    def _waiting_now(self) -> int:
        return sum(len(jobs) for jobs in self._waiting.values())

    def _position(self, job: Job) -> int | None:
        """How many jobs run before this one, when each session takes its turn."""
        if job.state != "queued" or job.session not in self._waiting:
            return None
        depth = list(self._waiting[job.session]).index(job)
        before, passed = (1 if self._running is not None else 0), False
        for session, jobs in self._waiting.items():
            passed |= session == job.session
            before += depth if session == job.session else min(len(jobs), depth + (not passed))
        return before

    def _unqueue(self, job: Job) -> None:
        jobs = self._waiting[job.session]
        jobs.remove(job)
        if not jobs:
            del self._waiting[job.session]

    def _end(self, job: Job, state: State) -> None:
        job.state, job.work = state, None
        job.detail = "" if state != "cancelled" else "cancelled"
        job.ended.set()

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                session, jobs = next(iter(self._waiting.items()))
                job = jobs.popleft()
                del self._waiting[session]
                if jobs:
                    self._waiting[session] = jobs  # behind all others
                self._running, job.state, work = job, "running", job.work
                others = [waiting for each in self._waiting.values() for waiting in each]
            for each in (job, *others):
                self._tell(each)
            assert work is not None
            self._do(job, work)

    def _do(self, job: Job, work: Callable[[Progress], JobResult]) -> None:
        error: Problem | None = None
        try:
            result = work(Progress(job, self._tell_now_and_then))
            state: State = "done"
        except Cancelled:
            state, result = "cancelled", None
        except Exception as raised:  # a job never takes the studio down
            error, state, result = of_exception(raised, job.names), "failed", None
            if job.unwanted:  # its folder is gone, for example
                error, state = None, "cancelled"
            elif error.status >= 500:
                log.exception("job %s (%s) failed", job.id, job.kind)
        with self._change:
            job.error, job.result = error, result
            if state == "done":
                job.progress = 1.0
            self._running = None
            self._end(job, state)
        self._told_at.pop(job.id, None)
        self._tell(job)

    def _tell_now_and_then(self, job: Job) -> None:
        now = time.monotonic()
        if now - self._told_at.get(job.id, 0.0) >= TOLD_EVERY_S:
            self._told_at[job.id] = now
            self._tell(job)

    def _tell(self, job: Job) -> None:
        self._heard(job.session, self.shown(job))
