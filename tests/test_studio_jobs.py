"""The job queue: one at a time, sessions in turn, bounded, cancelled while waiting and running."""

import threading
from collections.abc import Callable, Iterator

import pytest

from avitalk.errors import InputError
from avitalk.studio.jobs import MOST_ENDED, Job, Jobs, Progress
from avitalk.studio.options import Limits
from avitalk.studio.problems import Refusal
from avitalk.studio.schemas import Job as Shown
from avitalk.studio.schemas import JobResult

PATIENCE_S = 10.0


class Queue:
    """A queue whose first job holds the worker until it is let go."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Shown]] = []
        self.done: list[str] = []
        self.go, self.started = threading.Event(), threading.Event()
        limits = Limits(waiting_jobs=6, waiting_jobs_each=3)
        self.jobs = Jobs(limits, lambda session, job: self.told.append((session, job)))
        self.first = self.jobs.submit("first", "analyse", self._held)
        assert self.started.wait(PATIENCE_S)

    def _held(self, progress: Progress) -> JobResult:
        self.started.set()
        while not self.go.wait(0.01):
            progress(0.5, "holding")
        self.done.append("first")
        return JobResult(version="a")

    def add(self, session: str, name: str) -> Job:
        def work(progress: Progress) -> JobResult:
            self.done.append(name)
            return JobResult(version="a")

        return self.jobs.submit(session, "write", work)


@pytest.fixture
def queue() -> Iterator[Queue]:
    found = Queue()
    yield found
    found.go.set()
    found.jobs.close(PATIENCE_S)


def test_sessions_take_turns_and_positions_say_so(queue: Queue) -> None:
    asked = [queue.add("x", "x1"), queue.add("x", "x2"), queue.add("x", "x3"),
             queue.add("y", "y1"), queue.add("z", "z1"), queue.add("y", "y2")]  # fmt: skip
    positions = {name: queue.jobs.shown(job).position for name, job in
                 zip(("x1", "x2", "x3", "y1", "z1", "y2"), asked, strict=True)}  # fmt: skip
    queue.go.set()
    assert all(job.ended.wait(PATIENCE_S) for job in asked)
    assert queue.done == ["first", "x1", "y1", "z1", "x2", "y2", "x3"]
    assert sorted(positions, key=positions.__getitem__) == queue.done[1:]
    assert sorted(positions.values()) == [1, 2, 3, 4, 5, 6]
    assert queue.jobs.shown(asked[0]).position is None


def test_a_full_queue_says_when_to_come_again(queue: Queue) -> None:
    for name in ("x1", "x2", "x3"):
        queue.add("x", name)
    with pytest.raises(Refusal) as full:
        queue.add("x", "x4")
    assert full.value.status_code == 429
    assert (full.value.headers or {})["Retry-After"]
    for name in ("y1", "y2", "y3"):
        queue.add("y", name)
    with pytest.raises(Refusal):
        queue.add("z", "z1")
    queue.jobs.cancel(queue.jobs.find("x", queue.jobs.of("x")[0].id))
    queue.add("z", "z1")


def test_jobs_are_cancelled_while_they_wait_and_while_they_run(queue: Queue) -> None:
    waiting = queue.add("x", "x1")
    queue.jobs.cancel(waiting)
    assert queue.jobs.shown(waiting).state == "cancelled"
    queue.jobs.cancel(queue.first)
    assert queue.first.ended.wait(PATIENCE_S)
    assert queue.jobs.shown(queue.first).state == "cancelled"
    assert queue.done == []
    after = queue.add("x", "x2")
    assert after.ended.wait(PATIENCE_S)
    assert queue.done == ["x2"]
    queue.jobs.cancel(after)
    assert queue.jobs.shown(after).state == "done"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [(InputError("/tmp/s/voice.wav: holds text"), 422, "talk.wav: holds text"),
     (ZeroDivisionError("secret"), 500, "went wrong"), (Refusal(409, "none yet"), 409, "none yet")],
)  # fmt: skip
def test_what_goes_wrong_is_a_problem_with_known_names(
    queue: Queue, error: Exception, status: int, words: str
) -> None:
    def fails(progress: Progress) -> JobResult:
        raise error

    job = queue.jobs.submit("x", "open", fails, {"/tmp/s/voice.wav": "talk.wav"})
    queue.go.set()
    assert job.ended.wait(PATIENCE_S)
    shown = queue.jobs.shown(job)
    assert shown.state == "failed"
    assert shown.error is not None
    assert shown.error.status == status
    assert words in shown.error.detail
    assert "secret" not in shown.error.detail


def test_a_forgotten_session_has_no_jobs_and_its_running_one_stops(queue: Queue) -> None:
    waiting = queue.add("first", "second")
    stops = queue.jobs.forget("first")
    assert stops is not None
    assert stops.wait(PATIENCE_S)
    assert waiting.state == queue.first.state == "cancelled"
    assert queue.jobs.of("first") == []
    assert not queue.jobs.busy("first")
    assert queue.jobs.forget("nobody") is None


def test_progress_only_grows_and_is_told(queue: Queue) -> None:
    def work(progress: Progress) -> JobResult:
        for share in (0.2, 0.6, 0.4, 2.0):
            progress(share)
        return JobResult(version="b")

    job = queue.jobs.submit("x", "export", work)
    queue.go.set()
    assert job.ended.wait(PATIENCE_S)
    queue.jobs.close(PATIENCE_S)
    shares = [shown.progress for session, shown in queue.told if session == "x"]
    states = [shown.state for session, shown in queue.told if session == "x"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [state for i, state in enumerate(states) if state not in states[:i]] == [
        "queued", "running", "done",
    ]  # fmt: skip


def test_ended_jobs_are_remembered_within_bounds() -> None:
    jobs = Jobs(Limits(), lambda session, job: None)
    nothing: Callable[[Progress], JobResult] = lambda progress: JobResult()  # noqa: E731
    for _ in range(50):
        assert jobs.submit("x", "write", nothing).ended.wait(PATIENCE_S)
    assert len(jobs.of("x")) == MOST_ENDED + 1  # and the latest
    jobs.close(PATIENCE_S)
