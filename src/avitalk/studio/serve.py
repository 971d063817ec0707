"""`serve`: options in, a running studio; it ends when it is interrupted."""

import logging
import shutil
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import uvicorn

from avitalk.errors import InputError
from avitalk.studio.app import create_app
from avitalk.studio.options import Options
from avitalk.studio.project import SUFFIX
from avitalk.studio.sound import clean_name, suffix_of
from avitalk.studio.studio import Studio

STOP_S: Final = 3
LARGEST_MESSAGE: Final = 65_536  # pages say nothing over the WebSocket


def serve(
    options: Options,
    *,
    file: Path | None = None,
    browser: bool = True,
    said: Callable[[str], None] = lambda _: None,
) -> None:
    """Run a studio until it is interrupted.

    `file` is a project or a recording to begin with; `browser` opens the page; `said` is told the
    page's address. Raises InputError if the port cannot be had, or the file does not exist.
    """
    if file is not None and not file.is_file():
        raise InputError(f"{file}: no such file; give a recording or a project ({SUFFIX})")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with bound(options.host, options.port) as listening:
        options = replace(options, port=listening.getsockname()[1])
        app = create_app(options)
        studio: Studio = app.state.studio
        try:
            first = None if file is None else begin(studio, file)
        except BaseException:
            studio.close()
            raise
        address = page_address(options, first)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=LARGEST_MESSAGE,
            timeout_graceful_shutdown=STOP_S,
        )
        server = Announcing(config, lambda: _announce(address, browser, said))
        server.run(sockets=[listening])


class Announcing(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self._listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        if self.started:
            self._listens()


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises InputError naming the port if it is taken."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise InputError(f"host {host}: unknown ({error.strerror})") from error
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
    except OSError as error:
        made.close()
        raise InputError(
            f"port {port} on {host} cannot be had ({error.strerror}); choose another with --port, "
            "or --port 0 for any free one"
        ) from error
    return made


def page_address(options: Options, session: str | None) -> str:
    """Where the page is, with what opens the door and the session to begin with."""
    host = options.host.strip("[]")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    host = f"[{host}]" if ":" in host else host
    token = "" if options.token is None else f"?token={options.token}"
    opened = "" if session is None else f"#session={session}"
    return f"http://{host}:{options.port}/{token}{opened}"


def begin(studio: Studio, file: Path) -> str:
    """Open a session with a project or a recording in it; return its id.

    The file is copied, as one that was uploaded is.
    """
    session = studio.sessions.create()
    name = clean_name(file.name)
    if file.suffix.lower() == SUFFIX:
        path = session.new_folder("opened") / "project.avitalk"
        _copied(file, path, studio.limits.project_bytes)
        studio.submit(
            session,
            "open",
            lambda work, progress: work.open(session, path, name, progress),
            {str(path): name},
        )
    else:
        path = session.new_folder("recording") / f"recording{suffix_of(name)}"
        _copied(file, path, studio.limits.upload_bytes)
        studio.submit(
            session,
            "analyse",
            lambda work, progress: work.analyse(session, path, name, None, progress),
            {str(path): name},
        )
    return session.id


def _copied(file: Path, target: Path, most: int) -> None:
    size = file.stat().st_size
    if size > most:
        raise InputError(f"{file}: {size} bytes; the studio takes up to {most}")
    shutil.copyfile(file, target)


def _announce(address: str, browser: bool, said: Callable[[str], None]) -> None:
    said(address)
    if browser:  # it may wait for a browser to start
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
