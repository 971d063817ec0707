"""`avitalk doctor`: checks that this machine has what the main job needs, and says what is not."""

import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import typer

from avitalk.cli.options import Json, Quiet
from avitalk.cli.report import Report

PACKAGES = ("numpy", "torch", "numba", "av", "soundfile", "soxr", "pygltflib", "pillow")


def doctor(as_json: Json = False, quiet: Quiet = False) -> None:
    """Check packages, encoders, models and drawing; exit code 1 if something is missing."""
    report = Report(as_json, quiet)
    healthy = True
    for name, check in CHECKS.items():
        try:
            found = check()
        except Exception as error:  # whatever goes wrong is the finding
            healthy = False
            found = f"FAILED: {type(error).__name__}: {' '.join(str(error).split())}"
        report.done(
            f"{name:<10} {found}", check=name, found=found, ok=not found.startswith("FAILED")
        )
    report.finish()
    raise typer.Exit(0 if healthy else 1)


def _system() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _packages() -> str:
    return ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)


def _encoders() -> str:
    import av

    for name in ("libx264", "aac"):
        av.Codec(name, "w")
    return "H.264 (libx264) and AAC"


def _models() -> str:
    from avitalk import weights
    from avitalk.animation import ACTORS
    from avitalk.pipeline import HEAD, MODELS, Animator

    animator = Animator()  # loads and checks them all
    _ = animator.writer, animator.style_encoder, animator.performer
    names = (*MODELS, *ACTORS, HEAD)
    return ", ".join(f"{name} {weights.find(name).sha256[:8]}" for name in names)


def _drawing() -> str:
    from avitalk.face import load_head
    from avitalk.render import Renderer

    head = load_head()
    renderer = Renderer(head, size=(512, 512))
    started = time.perf_counter()
    renderer.frame(head.vertices)
    first_s = time.perf_counter() - started
    started = time.perf_counter()
    for _ in range(5):
        renderer.frame(head.vertices)
    rate = 5 / (time.perf_counter() - started)
    return f"{rate:.0f} frames a second at 512 x 512 (first frame {first_s:.1f} s), no OpenGL used"


def _writing() -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "声 ä.txt").write_text("ok", encoding="utf-8")
    return f"files with any letters; names in {sys.getfilesystemencoding()}"


CHECKS: dict[str, Callable[[], str]] = {
    "system": _system,
    "packages": _packages,
    "encoders": _encoders,
    "models": _models,
    "drawing": _drawing,
    "writing": _writing,
}
