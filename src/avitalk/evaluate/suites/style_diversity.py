"""Many performances of one recording: how they differ from each other, and how truth lies among
them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.evaluate.acting import Styled
from avitalk.evaluate.corpus.lips import contour_of
from avitalk.evaluate.corpus.take import Corpus, Take
from avitalk.evaluate.metrics import vertices
from avitalk.evaluate.suites.options import Options
from avitalk.evaluate.suites.result import MEAN, SHUFFLED
from avitalk.evaluate.suites.style_faces import Stage, straight
from avitalk.evaluate.systems import System
from avitalk.evaluate.tables import Column
from avitalk.face.patch import face_patch
from avitalk.types import Motion, Speech

Array = NDArray[np.float64]
Rows = dict[str, dict[str, dict[str, float]]]

MOST_DRAWN: Final = 24
LIPS: Final = np.arange(44)
"""Points of the lip contour; the last one is the chin."""

COLUMNS: Final = (
    Column("diversity", "diversity, whole face", "mm", "higher", 4),
    Column("upper diversity", "diversity, upper face", "mm", "higher", 4),
    Column("lip diversity", "diversity, lips", "mm", "", 4),
    Column("style diversity", "diversity of styles (AVI-Talking)", "style", "higher"),
    Column("mee", "MEE, lips", "mm²", "lower", 2),
    Column("ce", "CE, lips", "mm²", "lower", 2),
)


def drawn_takes(corpus: Corpus, options: Options) -> list[Take]:
    """The takes that are performed with all seeds, at even steps through the corpus."""
    count = options.drawn or max(1, min(MOST_DRAWN, len(corpus.takes) // 4))
    at = np.linspace(0, len(corpus.takes) - 1, min(count, len(corpus.takes))).round()
    return [corpus.takes[int(i)] for i in at]


def measure(stage: Stage, options: Options) -> Rows:
    """Row -> take -> numbers of COLUMNS."""
    rows: Rows = {name: {} for name in stage.rows}
    for take in drawn_takes(stage.corpus, options):
        speech = take.speech
        for system in stage.systems:
            mark = f"{stage.run.mark(system, take, speech)} {options.draws}"
            rows[system.name][take.id] = stage.run.values(
                f"style-draws-{system.name}", take.id, mark,
                lambda s=system, t=take, v=speech: of_system(stage, s, t, v, options.draws),  # type: ignore[misc]
            )  # fmt: skip
        still = stage.mean_face(max(1, int(speech.duration_s * MOTION_FPS))).motion
        rows[MEAN][take.id] = of_draws([still] * 2, take)
        if stage.systems and len(stage.corpus.takes) > 2:
            rows[SHUFFLED][take.id] = of_draws(_elsewhere(stage, take, options.draws), take)
    return {name: found for name, found in rows.items() if found}


def of_system(
    stage: Stage, system: System, take: Take, speech: Speech, count: int
) -> dict[str, float]:
    """Numbers of one system on one take."""
    found = of_draws(stage.draws(system, take, speech, count), take)
    if isinstance(system, Styled):
        seeds = range(stage.run.seed, stage.run.seed + count)
        found["style diversity"] = vertices.style_diversity(system.styles(speech, seeds))
    return found


def of_draws(draws: Sequence[Motion], take: Take) -> dict[str, float]:
    """Distances in mm among an even number of performances, and to truth where there is one."""
    patch = face_patch()
    frames = min(motion.frames for motion in draws)
    parts = {"": np.ones(patch.vertices, bool), "upper ": patch.upper & ~patch.lips,
             "lip ": patch.lips}  # fmt: skip
    if all(motion is draws[0] for motion in draws):
        found = {f"{name}diversity": 0.0 for name in parts}
    else:
        tracks = [np.asarray(patch.moved(m.weights[:frames]), np.float32) for m in draws]
        moved = np.stack(tracks)
        found = {
            f"{name}diversity": vertices.vertex_diversity(moved[:, :, here])
            for name, here in parts.items()
        }
    if take.truth is not None:
        real = take.truth.contour_mm
        shared = min(frames, len(real))
        different = {id(motion): motion for motion in draws}.values()
        lips = np.stack([contour_of(motion)[:shared] for motion in different])
        found["mee"] = vertices.mee(lips, real[:shared], LIPS)
        found["ce"] = vertices.ce(lips, real[:shared], LIPS)
    return found


def _elsewhere(stage: Stage, take: Take, count: int) -> list[Motion]:
    """The first system's faces of other recordings: as unlike as sound can make them."""
    others = [other for other in stage.corpus.takes if other.id != take.id]
    chosen = others[: count if len(others) >= count else len(others) // 2 * 2]
    return [straight(stage.run.motion(stage.systems[0], other)) for other in chosen]
