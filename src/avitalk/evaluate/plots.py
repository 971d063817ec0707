"""Plots of a run: lip opening beside truth, error over time, spectra, t-SNE of faces -> PNG."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.data.tracks import lip_gap
from avitalk.errors import InputError
from avitalk.evaluate.corpus.lips import at_50, contour_of
from avitalk.evaluate.corpus.take import Corpus, Take
from avitalk.evaluate.metrics.distances import MotionStatistics
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.result import TRUTH
from avitalk.evaluate.systems import System
from avitalk.files import atomic_path
from avitalk.types import Motion

Array = NDArray[np.float64]

NEEDS: Final = "plots need matplotlib and scikit-learn: pip install 'avitalk[measure]'"
CLIPS: Final = 3
"""Recordings whose lip opening is drawn."""
COLOURS: Final = ("#1f6feb", "#d1495b", "#2a9d5c", "#e0902f", "#7a5cc0", "#3aa6b9", "#8c6d46")
INK: Final = "#22262b"
BAND_HZ: Final = 12.0
LEAST_FACES: Final = 12
"""Fewer points make no picture of a space."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One system's faces, take by take."""

    name: str
    motions: dict[str, Motion]

    def gap(self, take: Take) -> Array:
        """(F,) mm at 50 Hz."""
        return lip_gap(contour_of(at_50(self.motions[take.id])))


def draw(corpus: Corpus, systems: Sequence[System], run: Run) -> tuple[str, ...]:
    """Draw what the corpus allows into the run's folder; returns the files' names.

    Raises InputError without the extra `measure`.
    """
    if any(importlib.util.find_spec(name) is None for name in ("matplotlib", "sklearn")):
        raise InputError(NEEDS)
    shown = [Shown(s.name, {t.id: run.motion(s, t) for t in corpus.takes}) for s in systems]
    true = [take for take in corpus.takes if take.truth is not None]
    made: list[str] = []
    if true:
        made.append(_saved(run.folder, f"aperture-{corpus.name}", aperture(true[:CLIPS], shown)))
        made.append(_saved(run.folder, f"error-{corpus.name}", error(true, shown)))
        made.append(_saved(run.folder, f"spectra-{corpus.name}", spectra(true, shown)))
    if len(corpus.takes) * len(shown) >= LEAST_FACES:
        made.append(_saved(run.folder, f"tsne-{corpus.name}", space(corpus, shown)))
    return tuple(made)


def aperture(takes: Sequence[Take], shown: Sequence[Shown]) -> Any:
    """Lip opening over time, a row a recording; truth is the filled area."""
    figure, axes = _axes(len(takes), 2.1)
    for axis, take in zip(axes, takes, strict=True):
        truth = _truth(take)
        times = np.arange(len(truth)) / MOTION_FPS
        axis.fill_between(times, 0, np.maximum(truth, 0), color="#c9ced6", label=TRUTH, lw=0)
        for one, colour in zip(shown, _colours(shown), strict=True):
            gap = one.gap(take)[: len(truth)]
            axis.plot(times[: len(gap)], gap, color=colour, lw=1.3, label=one.name)
        axis.set_ylabel(f"{take.id}\nopening, mm", fontsize=8)
    axes[-1].set_xlabel("s")
    axes[0].legend(ncols=4, fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def error(takes: Sequence[Take], shown: Sequence[Shown]) -> Any:
    """Mean absolute error of the opening over time from the start, smoothed over 0.3 s."""
    figure, (axis,) = _axes(1, 3.0)
    longest = int(np.percentile([len(_truth(take)) for take in takes], 90))
    for one, colour in zip(shown, _colours(shown), strict=True):
        sums, counts = np.zeros(longest), np.zeros(longest)
        for take in takes:
            truth, gap = _truth(take), one.gap(take)
            shared = min(len(truth), len(gap), longest)
            sums[:shared] += np.abs(gap[:shared] - truth[:shared])
            counts[:shared] += 1
        window = np.ones(15) / 15
        mean = np.convolve(np.pad(sums / np.maximum(counts, 1), 7, mode="edge"), window, "valid")
        axis.plot(np.arange(longest) / MOTION_FPS, mean, color=colour, lw=1.5, label=one.name)
    axis.set_xlabel("s from the start of the recording")
    axis.set_ylabel("error of lip opening, mm")
    axis.set_ylim(bottom=0)
    axis.legend(fontsize=8, frameon=False)
    return figure


def spectra(takes: Sequence[Take], shown: Sequence[Shown]) -> Any:
    """Power of the opening's speed by frequency: too smooth falls early, jitter stays high."""
    figure, (axis,) = _axes(1, 3.0)
    rows = [(TRUTH, [_truth(t) for t in takes], INK)]
    rows += [
        (one.name, [one.gap(t) for t in takes], colour)
        for one, colour in zip(shown, _colours(shown), strict=True)
    ]
    for name, tracks, colour in rows:
        hz, power = spectrum(tracks)
        inside = (hz > 0) & (hz <= BAND_HZ)
        axis.semilogy(hz[inside], power[inside], color=colour, lw=1.5, label=name)
    axis.set_xlabel("Hz")
    axis.set_ylabel("power of lip speed, (mm/s)² per Hz")
    axis.legend(fontsize=8, frameon=False)
    return figure


def spectrum(tracks: Sequence[Array], size: int = 128) -> tuple[Array, Array]:
    """Welch's mean spectrum of the speed of tracks (F,) at 50 Hz: Hz and power, (size / 2 + 1,)."""
    window = np.hanning(size)
    found = []
    for track in tracks:
        speed = np.diff(track) * MOTION_FPS
        padded = np.pad(speed, (0, max(0, size - len(speed))))
        for start in range(0, len(padded) - size + 1, size // 2):
            part = padded[start : start + size]
            found.append(np.abs(np.fft.rfft((part - part.mean()) * window)) ** 2)
    scale = MOTION_FPS * float(np.sum(window**2))
    hz = np.asarray(np.fft.rfftfreq(size, 1 / MOTION_FPS), np.float64)
    return hz, np.asarray(np.mean(found, axis=0) / scale)


def space(corpus: Corpus, shown: Sequence[Shown]) -> Any:
    """t-SNE of the statistics of each face, coloured by system, and by emotion where acted."""
    from sklearn.manifold import TSNE  # noqa: PLC0415  (an extra, seconds to import)
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    extractor = MotionStatistics(MOTION_FPS)
    rows, owners, felt = [], [], []
    for one in shown:
        for take in corpus.takes:
            features = extractor([at_50(one.motions[take.id]).weights])
            rows.append(features.mean(axis=0))
            owners.append(one.name)
            felt.append(take.emotion or "")
    flat = StandardScaler().fit_transform(np.stack(rows))
    perplexity = float(min(30, max(2, len(flat) // 4)))
    placed = TSNE(2, perplexity=perplexity, init="pca", random_state=0).fit_transform(flat)
    emotions = sorted(set(felt) - {""})
    figure, axes = _axes(1, 4.2, columns=2 if emotions else 1)
    for axis, labels, names in zip(
        axes, (owners, felt), ([s.name for s in shown], emotions), strict=False
    ):
        for name, colour in zip(names, _many(len(names)), strict=True):
            here = np.array([label == name for label in labels])
            axis.scatter(*placed[here].T, s=14, color=colour, label=name, lw=0, alpha=0.8)
        axis.legend(fontsize=7, frameon=False)
        axis.set_xticks([])
        axis.set_yticks([])
    return figure


def _truth(take: Take) -> Array:
    if take.truth is None:
        raise ValueError(f"{take.id} has no true face to draw")
    return take.truth.gap_mm


def _colours(shown: Sequence[Shown]) -> list[Any]:
    return _many(len(shown))


def _many(count: int) -> list[Any]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _axes(rows: int, height: float, columns: int = 1) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure  # noqa: PLC0415  (an extra)

    figure = Figure(figsize=(9, height * rows), layout="constrained", dpi=110)
    grid = figure.subplots(rows, columns, squeeze=False)
    axes = list(grid.ravel())
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8, colors=INK)
        axis.grid(axis="y", color="#e6e8ec", lw=0.6)
        axis.set_axisbelow(True)
    return figure, axes


def _saved(folder: Path, name: str, figure: Any) -> str:
    with atomic_path(folder / f"{name}.png") as partial:
        figure.savefig(partial, format="png")
    return f"{name}.png"
