"""`Options`: how a studio is run; host, port, token and limits, checked before it starts."""

import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from avitalk.errors import InputError

PORT: Final = 8765
LOOPBACK_NAMES: Final = ("localhost",)
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")
MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a studio takes before it says no."""

    upload_bytes: int = 200 * MEGABYTE
    """Size of a recording's file."""
    longest_s: float = 600.0
    """Length of a recording."""
    avatar_bytes: int = 100 * MEGABYTE
    """Size of an avatar's file."""
    project_bytes: int = 400 * MEGABYTE
    """Size of a project file, and of what is in it."""
    json_bytes: int = 8 * MEGABYTE
    """Size of any other request."""
    most_segments: int = 500
    """Segments of a document."""
    most_transcript: int = 50_000
    """Characters of a transcript."""
    sessions: int = 64
    """Sessions at once."""
    waiting_jobs: int = 64
    """Jobs that wait, of all sessions together."""
    waiting_jobs_each: int = 8
    """Jobs that wait, of one session."""
    waiting_performs: int = 8
    """Performances that one session has asked for at once."""
    avatars: int = 8
    """Avatars of a session."""
    files: int = 20
    """Exported files that a session keeps; older ones go."""
    heard_s: float = 1800.0
    """Seconds of recordings, of all sessions together, that are held in memory ready to perform.
    Those of the sessions idle longest are dropped, and heard again when they are needed."""
    idle_s: float = 7200.0
    """Seconds without a request or a connected page after which a session is deleted."""
    empty_s: float = 600.0
    """The same for a session without a recording, when there is no room for a new one."""


@dataclass(frozen=True, slots=True)
class Options:
    """Where and how a studio listens. Raises InputError on what would be unsafe or cannot be."""

    host: str = "127.0.0.1"
    """Address to listen on; anything but this machine's own needs a token."""
    port: int = PORT
    """0 is any free one."""
    token: str | None = None
    """Secret that every request has to bring; None for none."""
    folder: Path | None = None
    """Where sessions keep their files; None is a new temporary folder, deleted at the end."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(f"port {self.port}; allowed: 0 (any free one) to 65535")
        if self.token is not None and not TOKEN.fullmatch(self.token):
            raise InputError("token; allowed: 16 to 128 letters, digits, '-' and '_'")
        if self.token is None and not is_loopback(self.host):
            raise InputError(
                f"host {self.host}: others could reach the studio there; give a token as well, "
                f"for example --token {secrets.token_urlsafe(18)}"
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
