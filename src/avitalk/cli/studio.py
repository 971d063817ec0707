"""`avitalk studio`: hear, read, edit and watch recordings in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.errors import InputError

INSTALL = "pip install 'avitalk[studio]'"


def studio(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A recording, or a project (.avitalk), to begin with.",
            metavar="[VOICE|PROJECT]",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 is any free one.")] = 8765,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need a token.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="AVITALK_STUDIO_TOKEN",
            help="Secret of 16 characters or more that the page has to bring.",
            show_default="none",
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
) -> None:
    """Open the studio: drop in a recording, edit what the face does, watch it, export it.

    Runs on this machine only, and works offline. Ctrl-C ends it.
    """
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
        import websockets  # noqa: F401
    except ImportError as error:
        raise InputError(f"the studio needs {error.name}; install it with {INSTALL}") from error
    from avitalk.studio.options import Options
    from avitalk.studio.serve import serve

    try:
        serve(
            Options(host=host, port=port, token=token),
            file=file,
            browser=browser,
            said=lambda address: typer.echo(f"avitalk studio: {address}   (ctrl-c ends it)"),
        )
    except KeyboardInterrupt:
        typer.echo("avitalk studio: ended; its sessions are deleted", err=True)
