"""Entry point: parses the command line, and turns errors of the input into exit code 2."""

import signal
import sys
from typing import Annotated, NoReturn

import typer

from avitalk.errors import InputError
from avitalk.version import __version__

app = typer.Typer(
    name="avitalk",
    help="Voice recording in, expressive 3D talking face out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def avitalk(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Voice recording in, expressive 3D talking face out."""
    if version:
        typer.echo(f"avitalk {__version__}")
        raise typer.Exit


def register() -> None:
    """Add the commands to the app."""
    from avitalk.cli.animate import animate
    from avitalk.cli.doctor import doctor
    from avitalk.cli.evaluate import evaluate
    from avitalk.cli.export import export
    from avitalk.cli.faces import faces
    from avitalk.cli.flame import flame
    from avitalk.cli.instruct import instruct
    from avitalk.cli.portrait import portrait
    from avitalk.cli.preview import preview
    from avitalk.cli.render import render
    from avitalk.cli.studio import studio
    from avitalk.cli.study import study
    from avitalk.cli.track import track
    from avitalk.cli.train import train

    making = (animate, portrait, instruct, studio, preview, render, export)
    for command in (*making, track, evaluate, doctor):
        app.command()(command)
    app.add_typer(faces, name="faces")
    app.add_typer(flame, name="flame")
    app.add_typer(study, name="study")
    app.add_typer(train, name="train")


def _stop(signal_number: int, frame: object) -> NoReturn:
    """Leave through the usual exits, so that unfinished files are removed."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; exit code 0, 1 (a check failed), 2 (bad input) or 130 (interrupted)."""
    signal.signal(signal.SIGTERM, _stop)
    register()
    try:
        app()
    except InputError as error:
        sys.stderr.write(f"avitalk: {' '.join(str(error).split())}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("avitalk: interrupted; unfinished files were removed\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
