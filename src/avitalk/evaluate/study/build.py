"""Folders of videos in, a study on disk out: DIR/pages for the raters, DIR/key.json for you."""

import hashlib
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from avitalk.errors import InputError
from avitalk.evaluate.study.key import Key, Video, export_key
from avitalk.evaluate.study.page import export_page, minutes
from avitalk.evaluate.study.plan import Design, plan
from avitalk.evaluate.study.videos import APART_S, Footage, copy_plain, digest, find_footage
from avitalk.files import write_bytes

WIDEST = 6
"""Systems that fit into a row."""


@dataclass(frozen=True, slots=True)
class Study:
    """What was written."""

    key: Key
    key_path: Path
    pages: Path
    """The folder for raters: one .html each, and `videos`."""
    minutes: int
    """About how long one rater takes."""


def build(
    folders: Sequence[Path],
    out: Path,
    design: Design,
    *,
    truth: str | None = None,
) -> Study:
    """Write a study. The same videos, design and names give the same bytes.

    Raises InputError if `out` holds a study, or if the videos cannot be compared (see `videos`).
    """
    footage = find_footage(folders)
    _check(footage, design, truth)
    pages, key_path = out / "pages", out / "key.json"
    if key_path.exists() or (pages.exists() and any(pages.iterdir())):
        raise InputError(f"{out}: holds a study already; name another folder")
    staging = out / f".avitalk-{uuid.uuid4().hex[:12]}"
    try:
        (staging / "videos").mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out}: cannot make this folder ({error.strerror})") from error
    try:
        names, lengths = _copy(footage, staging / "videos", design.seed)
        key = _key(footage, names, design, truth)
        clip_s = sum(lengths) / len(lengths)
        for rater, screens in key.raters.items():
            page = export_page(key.study, rater, screens, clip_s)
            write_bytes(staging / f"rater-{rater}.html", page)
        write_bytes(key_path, export_key(key))
        if pages.exists():
            pages.rmdir()
        staging.replace(pages)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Study(key, key_path, pages, max(minutes(mine, clip_s) for mine in key.raters.values()))


def _check(footage: Footage, design: Design, truth: str | None) -> None:
    """What must hold before anything is copied."""
    known = ", ".join(footage.systems)
    if truth is not None and truth not in footage.systems:
        raise InputError(f"truth '{truth}' is none of the systems; there are: {known}")
    if not design.pairs and len(footage.systems) > WIDEST:
        raise InputError(
            f"{len(footage.systems)} systems do not fit into a row; allowed: {WIDEST}; "
            "compare them with --mode pairs"
        )


def _copy(
    footage: Footage, folder: Path, seed: int
) -> tuple[dict[tuple[int, int], str], list[float]]:
    """Copy all videos; return the neutral name of (clip, system), and lengths of clips in s."""
    names: dict[tuple[int, int], str] = {}
    sources: dict[str, Path] = {}
    lengths = []
    for c, clip in enumerate(footage.clips):
        spans = []
        for s in range(len(footage.systems)):
            source = footage.files[c, s]
            partial = folder / "copy.mp4"
            spans.append(copy_plain(source, partial))
            name = digest(partial, seed)
            if name in sources:
                raise InputError(f"{source}: is the same video as {sources[name]}")
            partial.replace(folder / f"{name}.mp4")
            names[c, s], sources[name] = name, source
        if max(spans) - min(spans) > APART_S:
            short, long = spans.index(min(spans)), spans.index(max(spans))
            raise InputError(
                f"{footage.files[c, short]}: {spans[short]:.2f} s, but '{footage.systems[long]}' "
                f"has {spans[long]:.2f} s of {clip}; allowed: {APART_S:g} s apart"
            )
        lengths.append(max(spans))
    return names, lengths


def _key(
    footage: Footage, names: dict[tuple[int, int], str], design: Design, truth: str | None
) -> Key:
    told = f"{design} {sorted(names.items())}"
    study = hashlib.sha256(told.encode()).hexdigest()[:12]
    videos = {
        name: Video(footage.systems[s], footage.clips[c]) for (c, s), name in sorted(names.items())
    }
    return Key(
        study=study,
        seed=design.seed,
        mode="pairs" if design.pairs else "grid",
        systems=footage.systems,
        truth=truth,
        clips=footage.clips,
        videos=videos,
        raters=plan(study, names, len(footage.clips), len(footage.systems), design),
    )
