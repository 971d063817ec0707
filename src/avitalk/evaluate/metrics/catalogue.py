"""Every metric of the package by name: `python -m avitalk.evaluate.metrics.catalogue --out FILE`.

Writes docs/metrics.md. Pitfalls named as measured are in docs/results/pitfalls.md.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from avitalk.evaluate.metrics import (
    alignment,
    distances,
    dynamics,
    lips,
    recall,
    silence,
    sync,
    text,
    vertices,
)
from avitalk.files import write_bytes

Better = Literal["lower", "higher", "one", "zero"]
POINTS: Final[dict[Better, str]] = {
    "lower": "lower is better",
    "higher": "higher is better",
    "one": "best at 1",
    "zero": "best at 0",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """What one number means."""

    name: str
    formula: str
    """What is computed, in words."""
    unit: str
    better: Better
    source: str
    function: Callable[..., Any]
    pitfall: str
    """How it misleads."""


OURS: Final = "ours"
_MOVES_LESS: Final = "Less movement scores better: halved or smoothed, a rough prediction improves."

_ALL: Final = (
    Metric(
        "lve_squared", "mean over frames of the largest squared distance of a lip vertex", "mm²",
        "lower", "CodeTalker, DiffSpeaker, FaceDiffuser, ProbTalk3D; torchmetrics (which says "
        "Euclidean and computes squared)", vertices.lve_squared, _MOVES_LESS,
    ),
    Metric(
        "lve_l2", "mean over frames of the largest distance of a lip vertex", "mm", "lower",
        "UniTalker", vertices.lve_l2, _MOVES_LESS,
    ),
    Metric(
        "lve_rms", "square root of lve_squared", "mm", "lower", "ARTalk", vertices.lve_rms,
        _MOVES_LESS + " The mean over clips of roots is not the root of the mean.",
    ),
    Metric(
        "lve_mean", "mean distance over frames and lip vertices", "mm", "lower", "DEEPTalk",
        vertices.lve_mean, _MOVES_LESS,
    ),
    Metric(
        "mve", "mean distance over frames and all vertices", "mm", "lower", "VOCA and later",
        vertices.mve, _MOVES_LESS + " Depends on how many vertices the mesh has where.",
    ),
    Metric(
        "eve_squared", "lve_squared on the upper face", "mm²", "lower", "EMOTE and later",
        vertices.eve_squared, _MOVES_LESS + " Brows that move at other times than the actor's cost "
        "as much as none.",
    ),
    Metric(
        "mee", "lve_squared of the mean of 10 samples", "mm²", "lower", "ProbTalk3D",
        vertices.mee, "The mean of samples is never shown to anybody: independent errors cancel "
        "in it, so it praises spread around the right mean.",
    ),
    Metric(
        "ce", "lve_squared of the best of 10 samples", "mm²", "lower", "ProbTalk3D", vertices.ce,
        "Truth picks the sample. " + _MOVES_LESS,
    ),
    Metric(
        "vertex_diversity", "10 samples shuffled, 5 against 5: mean distance of vertices", "mm",
        "higher", "ProbTalk3D", vertices.vertex_diversity,
        "Praises noise: twice the amplitude and jitter on top improve it. Never alone.",
    ),
    Metric(
        "style_diversity", "mean distance between style features of samples of one recording",
        "of the style", "higher", "AVI-Talking", vertices.style_diversity,
        "Praises whatever differs: smaller or larger, shut or looped improve it where features "
        "change with them. Never alone.",
    ),
    Metric(
        "fdd_signed", "mean over upper vertices of std over time of |v - template|², truth less "
        "prediction", "mm²", "zero", "CodeTalker", dynamics.fdd_signed,
        "Too much and too little cancel, over vertices and over clips; timing is not seen. "
        "Smoothed or halved, a rough prediction comes close to 0.",
    ),
    Metric(
        "fdd_absolute", "as fdd_signed, absolute at each vertex", "mm²", "lower", OURS,
        dynamics.fdd_absolute, "Timing is not seen: for a rough prediction, another clip's brows "
        "score as well, halved ones better. Depends on the template.",
    ),
    Metric(
        "fdd_artalk", "100 × mean over vertices of |std over time of x + y + z, prediction less "
        "truth|", "0.01 mm", "lower", "ARTalk", dynamics.fdd_artalk,
        "Movement that leaves x + y + z as it is is not seen, so it depends on the axes; nor is "
        "timing.",
    ),
    Metric(
        "fdd_deeptalk", "as fdd_signed, unbiased std, upper face with the nose", "mm²", "zero",
        "DEEPTalk", dynamics.fdd_deeptalk, "As fdd_signed; the nose, which hardly moves, dilutes "
        "it.",
    ),
    Metric(
        "lvd", "mean absolute difference of steps from frame to frame", "of the channels, a frame",
        "lower", "EMAGE", dynamics.lvd, "Stillness scores well: for a rough prediction, smoothed, "
        "halved or frozen improve it. Depends on the frame rate.",
    ),
    Metric(
        "beat_consistency", "mean over audio onsets of exp(-d² / 2σ²), d the time to the nearest "
        "motion beat, σ 0.1 s", "0 to 1", "higher", "SAiD", dynamics.beat_consistency,
        "Motion with many beats scores high wherever they fall: another sentence or jitter "
        "scores as well or better.",
    ),
    Metric(
        "frechet_distance", "Frechet distance of Gaussians fitted to features of two sets",
        "of the features, squared", "lower", "Heusel et al. 2017", distances.frechet_distance,
        "Knows nothing of sound: the clips may be swapped. Too large with few samples: only equal "
        "sizes compare. Says nothing without the extractor's name.",
    ),
    Metric(
        "kernel_distance", "unbiased squared MMD of features of two sets, cubic kernel", "none",
        "lower", "Binkowski et al. 2018", distances.kernel_distance,
        "As frechet_distance, without its bias; noisy with few samples, and may be below 0.",
    ),
    Metric(
        "correlation", "Pearson's r of two openings", "-1 to 1", "higher", "common",
        lips.correlation, "Amplitude and offset are not seen: half, double and parted lips score "
        "the same.",
    ),
    Metric(
        "best_offset", "shift of the opening that fits truth best", "frames", "zero", OURS,
        lips.best_offset, "Sees nothing but delay; whole frames only.",
    ),
    Metric(
        "spread_ratio", "standard deviation of the opening over truth's", "ratio", "one", OURS,
        lips.spread_ratio, "Timing is not seen.",
    ),
    Metric(
        "jitter_ratio", "mean absolute third difference of the opening over truth's", "ratio",
        "one", OURS, lips.jitter_ratio, "Amplitude and jitter are mixed: half the amplitude halves "
        "it. Truth's own tracking noise is in it.",
    ),
    Metric(
        "closed_in_spans", "spans in which the opening falls to a limit, and how many there are",
        "counts", "higher", OURS, lips.closed_in_spans, "Lips that are always shut are perfect.",
    ),
    Metric(
        "closed_share", "frames in spans at most so far open, and how many there are", "counts",
        "higher", OURS, lips.closed_share, "Lips that are always shut are perfect.",
    ),
    Metric(
        "least_in_spans", "least opening in each span", "mm", "lower", OURS, lips.least_in_spans,
        "Lips that are always shut are perfect.",
    ),
    Metric(
        "sync_distance", "least mean distance of embeddings of sound and motion over offsets",
        "of the embedding", "lower", "SyncNet's LSE-D, with any embedding", sync.sync_distance,
        "Taken at the best offset: a delay of 100 ms cost nothing, and scored a little better.",
    ),
    Metric(
        "sync_confidence", "median less least of these distances", "of the embedding", "higher",
        "SyncNet's LSE-C, with any embedding", sync.sync_confidence,
        "Twice the amplitude, or a delay of 100 ms, raise it.",
    ),
    Metric(
        "sync_offset", "offset of the least of these distances", "frames", "zero", "SyncNet",
        sync.sync_offset, "Of single short clips it is mostly chance where sync is weak.",
    ),
    Metric(
        "mtm", "distance in time of extrema of the lips' opening, matched by derivative DTW", "ms",
        "lower", "mean temporal misalignment; derivative DTW: Keogh and Pazzani 2001",
        alignment.mtm, "Alignment explains much away: halving a rough prediction improves it. "
        "A face that never moves aligns perfectly, so it is refused here.",
    ),
    Metric(
        "slcc", "Pearson's r of the sound's RMS and the RMS speed of the lips", "-1 to 1",
        "higher", "speech-lip correlation", sync.slcc, "Low for real speech too: lips move before "
        "and without sound. Amplitude and a delay of 100 ms are not seen. Only beside truth's row.",
    ),
    Metric(
        "silent_gap", "mean opening in silence", "mm", "lower", OURS, silence.silent_gap,
        "Lips that are always shut, or pass through each other, are perfect.",
    ),
    Metric(
        "silent_closed", "share of frames in silence with closed lips", "0 to 1", "higher", OURS,
        silence.silent_closed, "Lips that are always shut are perfect; people part them before "
        "they speak.",
    ),
    Metric(
        "bilabial_closed", "share of p, b, m with closed lips", "0 to 1", "higher", OURS,
        silence.bilabial_closed, "Lips that are always shut are perfect; those of twice the "
        "amplitude are better.",
    ),
    Metric(
        "end_gap", "mean opening over the last 0.2 s", "mm", "lower", OURS, silence.end_gap,
        "Fair only to clips that end in silence.",
    ),
    Metric(
        "reaction", "mean absolute difference of openings under noise or music and under silence",
        "mm", "lower", OURS, silence.reaction, "A face that never moves is perfect.",
    ),
    Metric(
        "reaction_share", "spread of the opening under noise or music over that under speech",
        "ratio", "lower", OURS, silence.reaction_share, "Singing is music too, and should move "
        "lips.",
    ),
    Metric(
        "bleu_1", "matched words over words, times brevity, over the corpus", "0 to 1", "higher",
        "Papineni et al. 2002; sacrebleu", text.bleu, "Order is not seen: the same words in "
        "random order score the same. Another emotion costs a sixth of it.",
    ),
    Metric(
        "bleu_4", "geometric mean of matched runs of 1 to 4 words, times brevity", "0 to 1",
        "higher", "Papineni et al. 2002; sacrebleu", text.bleu,
        "One wrong emotion word costs a few runs, and a right paraphrase all of them.",
    ),
    Metric(
        "meteor", "harmonic mean of words matched by form, stem or WordNet, less for gaps",
        "0 to 1", "higher", "Lavie and Agarwal 2007; nltk", text.meteor,
        "Facts weigh little: another emotion costs a quarter of it (facts_f1: two thirds), saying "
        "all twice costs nothing.",
    ),
    Metric(
        "rouge_l", "F (beta 1.2) of the longest common subsequence, best reference", "0 to 1",
        "higher", "Lin 2004; rouge-score", text.rouge_l,
        "Facts weigh little: another emotion costs a fifth of it.",
    ),
    Metric(
        "cider", "cosine of runs of 1 to 4 words weighted by rarity, clipped, times 10", "0 to 10",
        "higher", "CIDEr-D, Vedantam et al. 2015", text.cider,
        "Depends on the other references given: no two tables compare.",
    ),
    Metric(
        "facts_f1", "F1 of facts read: emotion, action units, strength", "0 to 1", "higher", OURS,
        text.facts_f1, "Reads what our table of words knows, and nothing else: style and grammar "
        "are not seen.",
    ),
    Metric(
        "unweighted", "mean over classes of the share of windows labelled right", "0 to 1",
        "higher", "unweighted average recall, common", recall.unweighted,
        "Windows of one recording are no independent cases: intervals are over recordings.",
    ),
    Metric(
        "gain", "unweighted recall of one labelling less another's, on the same draws", "-1 to 1",
        "higher", OURS, recall.gain, "Says nothing of how good either is.",
    ),
    Metric(
        "by_class", "recall of each class", "0 to 1", "higher", "common", recall.by_class,
        "One answer for all is perfect on its class.",
    ),
    Metric(
        "by_group", "unweighted recall within each group", "0 to 1", "higher", OURS,
        recall.by_group, "Groups may lack classes, and then are easier.",
    ),
    Metric(
        "ordered", "share of pairs in the right order, ties counting half", "0 to 1", "higher",
        OURS, recall.ordered, "Always the same answer scores a half: read the share of ties.",
    ),
)  # fmt: skip
METRICS: Final = {metric.name: metric for metric in _ALL}

_SECTIONS: Final = {
    vertices: "Vertices",
    dynamics: "Movement",
    distances: "Sets",
    lips: "Openings of the lips",
    sync: "Timing",
    alignment: "Timing, by alignment",
    silence: "The silence contract",
    text: "Texts",
    recall: "Labels",
}
_INTRODUCTION: Final = """\
# Metrics

Pure functions in `avitalk.evaluate.metrics`: arrays come in, a number goes out. Variants that the
field calls by one name have names of their own here; say which one a table shows. Every table
should carry the rows *ground truth*, *mean face* and *shuffled audio*, and an interval over clips
(`lips.bootstrap`). What each metric does when a prediction is made worse on purpose is measured in
[results/pitfalls.md](results/pitfalls.md).

SPICE is left out: it needs CoreNLP, which has to be downloaded; `facts_f1` stands in for it. Texts'
metrics need `pip install 'avitalk[measure]'`. Written by
`python -m avitalk.evaluate.metrics.catalogue --out docs/metrics.md`.
"""


def page() -> str:
    """The text of docs/metrics.md."""
    parts = [_INTRODUCTION]
    for module, title in _SECTIONS.items():
        rows = [m for m in _ALL if m.function.__module__ == module.__name__]
        lines = ["| metric | what it is | unit | | source | pitfall |", "|---|---|---|---|---|---|"]
        for m in rows:
            cells = (f"`{m.name}`", m.formula, m.unit, POINTS[m.better], m.source, m.pitfall)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/metrics.md"))
    write_bytes(parser.parse_args().out, page().encode())


if __name__ == "__main__":
    main()
