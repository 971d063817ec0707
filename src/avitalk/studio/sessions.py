"""Sessions: what one page works on, in a folder of its own, under an id that nobody can guess."""

import asyncio
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avitalk.studio import schemas
from avitalk.studio.options import Limits
from avitalk.studio.problems import Refusal
from avitalk.studio.schemas import VERSIONS, VersionName

if TYPE_CHECKING:  # the page comes before torch
    from avitalk.studio.performance import Performance, Performed

RETRY_S: Final = "60"
NO_RECORDING: Final = "There is no recording in this session yet; add one first."


def new_token() -> str:
    """An id of 22 characters that nobody can guess."""
    return secrets.token_urlsafe(16)


@dataclass(eq=False)
class Recorded:
    """The recording of a session. What is heavy is dropped when memory is short."""

    shown: schemas.Recording
    """What the page is told of it."""
    path: Path
    """The file as it was uploaded."""
    sound: Path
    """The same as 16 kHz mono wav."""
    performance: "Performance | None" = None
    """Ready to perform; None where it has to be heard again."""


@dataclass(eq=False)
class Version:
    """One of the two versions of what the face does."""

    document: schemas.Document | None = None
    performed: "Performed | None" = None
    """The latest performance; None before the first and when memory was short."""
    revision: int = 0
    """Goes up whenever the motion changes, and never down."""


@dataclass(frozen=True)
class Stored:
    """A file to download."""

    path: Path
    name: str
    """What people call it."""


@dataclass(eq=False)
class Session:
    """What one page works on."""

    id: str
    folder: Path
    recorded: Recorded | None = None
    versions: dict[VersionName, Version] = field(
        default_factory=lambda: {name: Version() for name in VERSIONS}
    )
    avatars: dict[str, tuple[schemas.Avatar, Path]] = field(default_factory=dict)
    files: dict[str, Stored] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while the versions change or are performed."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Requests to perform take turns, so that one session never holds all threads."""
    waiting: int = 0
    """Requests to perform that wait for their turn, or have it."""
    pages: int = 0
    """Pages that are connected."""
    touched: float = field(default_factory=time.monotonic)
    """When it was last used."""
    closed: bool = False

    def new_folder(self, kind: str) -> Path:
        """A folder of its own for files of one kind."""
        folder = self.folder / f"{kind}-{new_token()}"
        folder.mkdir()
        return folder

    def avatar_files(self) -> dict[str, Path]:
        """Avatars' files by id."""
        return {key: path for key, (_, path) in self.avatars.items()}

    def names(self) -> dict[str, str]:
        """Paths and what people know the files by."""
        told = {str(path): avatar.name for avatar, path in self.avatars.values()}
        if self.recorded is not None:
            told[str(self.recorded.path)] = self.recorded.shown.name
        return told

    def store(self, path: Path, name: str, most: int) -> str:
        """Offer a file for download; return its id. Of more than `most` the oldest goes."""
        with self.lock:
            key = new_token()
            self.files[key] = Stored(path, name)
            while len(self.files) > most:
                old = self.files.pop(next(iter(self.files)))
                shutil.rmtree(old.path.parent, ignore_errors=True)
            return key

    def drop_heavy(self) -> None:
        """Let go of what can be made again from the files, unless it is being used."""
        if not self.lock.acquire(blocking=False):
            return
        try:
            if self.recorded is not None:
                self.recorded.performance = None
            for version in self.versions.values():
                version.performed = None
        finally:
            self.lock.release()


class Sessions:
    """All sessions of a studio."""

    def __init__(self, folder: Path | None, limits: Limits) -> None:
        self._limits = limits
        self._given = folder
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] = {}
        self.forgets: Callable[[str], threading.Event | None] = lambda _: None
        """Called with the id of a session that ends: cancels its jobs."""

    def __len__(self) -> int:
        return len(self._sessions)

    @cached_property
    def folder(self) -> Path:
        """Where sessions have their folders; made when the first one is."""
        if self._given is None:
            return Path(tempfile.mkdtemp(prefix="avitalk-studio-"))
        self._given.mkdir(parents=True, exist_ok=True)
        return self._given

    def create(self) -> Session:
        """A new session. Raises Refusal (429) when there are too many."""
        with self._lock:
            if len(self._sessions) >= self._limits.sessions:
                self._make_room()
            key = new_token()
            folder = self.folder / key
            folder.mkdir(mode=0o700)
            session = self._sessions[key] = Session(key, folder)
            return session

    def find(self, key: str) -> Session:
        """The session of that id, which counts as used. Raises Refusal (404) if there is none."""
        with self._lock:
            session = self._sessions.get(key)
        if session is None:
            raise Refusal(404, "This session has ended, or never was; load the page again.")
        session.touched = time.monotonic()
        return session

    def delete(self, key: str) -> None:
        """End a session: its jobs are cancelled, its files deleted."""
        with self._lock:
            session = self._sessions.pop(key, None)
        if session is None:
            return
        session.closed = True
        stops = self.forgets(key)
        shutil.rmtree(session.folder, ignore_errors=True)
        if stops is not None:  # what still runs may write until it notices
            threading.Thread(target=self._delete_later, args=(stops, session.folder)).start()

    def expires_s(self, session: Session) -> float:
        """Seconds until a session is deleted unless it is used."""
        return max(0.0, session.touched + self._limits.idle_s - time.monotonic())

    def sweep(self, busy: Callable[[str], bool]) -> None:
        """Delete sessions that nobody used for long, has open, or has work in."""
        with self._lock:
            idle = [
                session.id
                for session in self._sessions.values()
                if not session.pages and not self.expires_s(session) and not busy(session.id)
            ]
        for key in idle:
            self.delete(key)

    def trim(self, used: Session | None = None) -> None:
        """Drop heavy things of the sessions idle longest until what is held is within bounds.

        Those of the session that is being used stay.
        """
        with self._lock:
            held = [
                (session.touched, session, session.recorded.shown.duration_s)
                for session in self._sessions.values()
                if session.recorded is not None and session.recorded.performance is not None
            ]
        held.sort(key=lambda each: (each[1] is not used, -each[0]))
        total = 0.0
        for place, (_, session, seconds) in enumerate(held):
            total += seconds
            if place and total > self._limits.heard_s:
                session.drop_heavy()

    def close(self) -> None:
        """Delete everything."""
        for key in list(self._sessions):
            self.delete(key)
        if self._given is None and "folder" in vars(self):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _make_room(self) -> None:
        """Delete the session that nobody would miss most."""
        now = time.monotonic()
        empty = [
            session
            for session in self._sessions.values()
            if session.recorded is None
            and not session.pages
            and now - session.touched > self._limits.empty_s
        ]
        if not empty:
            raise Refusal(
                429,
                f"{len(self._sessions)} sessions are open, and more are not taken; close one, or "
                "try again later.",
                {"Retry-After": RETRY_S},
            )
        self.delete(min(empty, key=lambda session: session.touched).id)

    @staticmethod
    def _delete_later(stops: threading.Event, folder: Path) -> None:
        stops.wait()
        shutil.rmtree(folder, ignore_errors=True)
