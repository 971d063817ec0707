"""The page of results: what `avitalk.train.track.report` measured in, Markdown out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Fields = Mapping[str, Any]

ABOUT: Final = {
    "talk": "our own animation of a reading, face amara, 50 mm lens",
    "single": "each shape by itself, default face",
    "range": "an iPhone recording of all shapes in turn and in mixtures (evaluation only)",
    "grid_s1": "GRID, speaker 1, held-out sentences",
    "wild_dev": "in the wild (evaluation only), each clip by itself",
    "mead_style": "one MEAD speaker, all emotions (evaluation only)",
}
WEAK: Final = 0.4


def page(result: Fields) -> str:
    """docs/results/tracking.md."""
    drawn, grid, facegood = result["drawn"], result["grid"], result["facegood"]
    closure = grid["closure"]
    parts = [
        "# The tracker, measured",
        "Made by `python -m avitalk.train.track.report --data DIR --model face_landmarker.task "
        "--clips FILE`; numbers in full: [tracking.json](tracking.json). How the tracker works: "
        "[tracking.md](../tracking.md).",
        "## Motions that are known",
        "Drawn at 512 x 512 by our renderer, looked at, tracked, compared. Camera, focal length "
        "and resting face are not told to the tracker. r: correlation of the weights over time, "
        "mean over shapes by their spread. Off: root mean square error over the root mean square "
        "of the truth, of the weights and of the skin and lips they move (1: a face at rest).",
        _rows(
            ("motion", "frames", "r, all", "r, mouth", "off: weights, surface",
             "lip opening r, scale", "head error, degrees (yaw, pitch, roll)", "fit, px"),
            ((f"**{name}**: {ABOUT[name]}", row["frames"], f"{row['r_all']:.2f}",
              f"{row['r_mouth']:.2f}", f"{row['weights_off']:.2f}, {row['surface_off']:.2f}",
              f"{row['gap_r']:.3f}, {row['gap_scale']:.2f}",
              ", ".join(f"{value:.1f}" for value in row["head_deg"]), f"{row['fit_px']:.1f}")
             for name, row in drawn.items()),
        ),
        _by_shape(drawn["range"]["by_shape"]),
        "## Filmed faces",
        "181 of the landmarks, as prepared. No strength was chosen on them; the rule that shuts "
        "lips was written after a look at closures of GRID, held-out clips among them. Lip "
        "opening: the default head's against that between the filmed inner lips. Head: against "
        "MediaPipe's own matrices.",
        _rows(
            ("corpus", "clips", "frames, without a face", "face, px", "fit, px",
             "fit, mm (lips, lids, brows, jaw)", "lip opening r, scale",
             "head r (yaw, pitch, roll)"),
            (_filmed(name, row)
             for name, row in (("grid_s1", grid), *result["others"].items())),
        ),
        "## Closures, and the offset between sound and picture",
        f"GRID, {closure['clips']} held-out clips, {closure['landmarks']['bilabials']} p, b, m and "
        f"{closure['landmarks']['vowels']} vowels, aligned with pocketsphinx. Closed: a frame "
        "whose exposure's middle lies in the phone has a gap of at most 8 % of the 95th percentile "
        f"of all gaps. p, b, m closed: {_percent(closure['landmarks']['bilabial'])} as the raw "
        f"landmarks show it, {_percent(closure['tracked']['bilabial'])} after tracking; vowels "
        f"{_percent(closure['landmarks']['vowel'])} and {_percent(closure['tracked']['vowel'])}.",
        "By offset: if the picture is read this much later than its time says.",
        _rows(
            ("offset, ms", "GRID landmarks: p b m, vowels", "GRID tracked: p b m, vowels",
             "FACEGOOD: p b m, vowels"),
            ((offset, _both(closure["by_offset"][offset]),
              _both(closure["tracked_by_offset"][offset]), _both(facegood["by_offset"][offset]))
             for offset in closure["by_offset"]),
        ),
        f"Offset by this measure: GRID {1e3 * closure['offset_s']:+.0f} ms; FACEGOOD "
        f"{1e3 * facegood['offset_s']:+.0f} ms on top of the "
        f"{1e3 * facegood['already_moved_s']:.0f} ms that `avitalk.data.facegood` takes out "
        "(phones there are those that our encoder hears, its curves close the lips by "
        "construction of the mapping).",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _filmed(name: str, row: Fields) -> tuple[Any, ...]:
    regions = row["fit_mm_by_region"]
    mm = ", ".join(f"{regions[key]:.1f}" for key in ("lips", "lids", "brows", "jaw"))
    return (
        ABOUT[name], row["clips"], f"{row['frames']}, {row['frames_without_face']}",
        f"{row['face_px']:.0f}", f"{row['fit_px']:.2f}", f"{row['fit_mm']:.2f} ({mm})",
        f"{row['lip_opening_r']:.3f}, {row['lip_opening_scale']:.2f}",
        ", ".join(f"{value:.2f}" for value in row["head_r"]),
    )  # fmt: skip


def _by_shape(shapes: Mapping[str, float]) -> str:
    """Correlations on *range* in four classes; left and right together."""
    both: dict[str, list[float]] = {}
    for name, r in shapes.items():
        sideless = name.removesuffix("Left").removesuffix("Right")
        both.setdefault(name if sideless in ("jaw", "mouth") else sideless, []).append(r)
    mean = {name: sum(found) / len(found) for name, found in both.items()}
    limits = (("0.9 and above", 0.9, 2.0), ("0.7 to 0.9", 0.7, 0.9), (f"{WEAK} to 0.7", WEAK, 0.7),
              (f"under {WEAK}, not to be relied on", -2.0, WEAK))  # fmt: skip
    lines = [
        f"{label}: " + (", ".join(n for n, r in mean.items() if low <= r < high) or "none") + "."
        for label, low, high in limits
    ]
    return "By shape, r on *range*. " + " ".join(lines)


def _rows(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _both(row: Fields) -> str:
    return f"{_percent(row['bilabial'])}, {_percent(row['vowel'])}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
