"""The sections of `docs/results/style.md`, each from its part of the JSON."""

from collections.abc import Mapping
from typing import Any, Final

from avitalk.facs.table import action_unit
from avitalk.train.style.measure.ablation import CEILING, FLOOR
from avitalk.train.style.measure.lips import POOLED, WRITTEN
from avitalk.train.talker.marks import interval, percent, percents, table

Rows = Mapping[str, Any]

FOLLOWED: Final = ("named", "unnamed", "sided", "denied", "precise")
HEADS: Final = {
    "named": "named rise",
    "unnamed": "unnamed stay",
    "sided": "more on the side named",
    "denied": "forbidden stay out",
    "precise": "of what rose, asked for",
}
SHOWN: Final = 12
"""Failures that are printed."""


def masks_section(row: Rows) -> str:
    """Variation."""
    regions = list(next(iter(row["captured"].values())))
    ratios = [
        [kind, *(interval(found[name], 2) for name in (*regions, "all"))]
        for kind, found in row["ratios"].items()
    ]
    ours = [
        [name, *(interval(found[region]) for region in regions)]
        for name, found in row["ours"].items()
    ]
    real = [
        [f"*captured, {kind}*", *(f"{found[region]:.3f}" for region in regions)]
        for kind, found in row["captured"].items()
    ]
    least = row["least"]
    return (
        "Standard deviation of each shape within windows of 4 s, mean over the region's shapes and "
        f"over windows; lids without blinks. Ours: {row['voices']} recordings of 8 s, each one "
        "segment, under the emotion's stronger words. Captured: three performances of 31 s of each "
        "of three emotions, recorded on a phone; acting was sized by a few figures of the same "
        "captures, so this shows that learning kept the size, not that it was found unseen.\n\n"
        f"{table(['ours over captured', *regions, 'all'], ratios)}\n"
        f"{table(['', *regions], ours + real)}\n"
        f"Least of any emotion and region: {least['emotion']}, {least['region']}, "
        f"{least['share']:.2f} of what the captures vary; least of any single performance: "
        f"{row['least of a single performance']:.2f}.\n"
    )


def _followed(rows: Rows) -> str:
    body = [
        [name, *(percents(found[key]) if key in found else "" for key in FOLLOWED)]
        for name, found in rows.items()
    ]
    return table(["", *(HEADS[key] for key in FOLLOWED)], body)


def _units(found: Rows) -> str:
    body = []
    for unit, row in found.items():
        rose = percent(row["rose"]) if row["named"] else ""
        moved = percent(row["moved"]) if row["unnamed"] else ""
        name = action_unit(int(unit)).name
        body.append([f"{unit} {name}", str(row["named"]), rose, str(row["unnamed"]), moved])
    head = ["unit", "named", "rose", "not named", "moved all the same"]
    return table(head, body)


def _failed(rows: Any) -> str:
    lines = [f"- {row['text']} (missed: {', '.join(row['missed'])})" for row in rows[:SHOWN]]
    return f"{len(rows)} instructions with a miss; the first:\n\n" + "\n".join(lines) + "\n"


def follow_section(row: Rows) -> str:
    """On the Motion."""
    return (
        f"{row['instructions']} held-out instructions (frames of sentences and words kept out of "
        f"training) with {row['unit sets']} distinct sets of named movements, no set more than "
        f"twice, on {row['voices']} pieces of 2 s of held-out GRID sentences. A unit's level is "
        "how much of its own shapes the mean change over the segment holds, against the neutral "
        "take of the same voice and seed. It *rises* by at least "
        f"{row['threshold']:g} or a third of what was asked, whichever is less, and, where a side "
        "was named, more there than on the other. Others *stay* if they change by less than "
        f"{row['threshold']:g}; units of an emotion that the text names, and units that share a "
        "shape with a named one, are not counted (under *only* everything counts that can be told "
        "apart). Most units are asked for seldom, so staying is easy: *of what rose, asked for* "
        "counts named units among all that rose or moved. The parser of demands was written by "
        "the makers of the texts' grammar, and texts that it reads otherwise than they were meant "
        "are drawn anew (`scripts.agrees`); the row of texts that it may misread is without that; "
        "free words are the harder test, see below. *Teacher's styles*: the performer is told the "
        "expression that the corpus draws for the text, so that only its own losses show; "
        "*corpus*: what the models learn from.\n\n"
        f"{_followed(row['rows'])}\n{_units(row['by unit'])}\n{_failed(row['failed'])}"
    )


def film_section(row: Rows) -> str:
    """Rendered and tracked."""
    seen = row["sight"]
    hidden = ", ".join(f"{u} {action_unit(u).name}" for u in seen["not seen"])
    body = [
        [f"{unit} {action_unit(int(unit)).name}", f"{part['found']:.2f}",
         ", ".join(f"{u} ({v:g})" for u, v in part["taken for"].items())]
        for unit, part in seen["units"].items()
    ]  # fmt: skip
    return (
        "The same takes drawn by our renderer (384 x 384, draft, 12.5 frames a second) and tracked "
        "as `avitalk track --same-person` does, each after the neutral take in one video; the "
        "camera's focal length is told. What the tracker can see was measured first, with each "
        f"unit held at {seen['level']:g} by itself on a still face: units found at less than a "
        f"third of that are left out here. Left out: {hidden}. Nothing is done about units that "
        "the tracker takes for others (last column). The second row divides each level by the "
        "share of it that the tracker shows of the unit by itself.\n\n"
        f"{_followed(row['rows'])}\n{_units(row['by unit'])}\n"
        f"{table(['unit alone', 'share found', 'also seen as (share)'], body)}\n"
        f"{_failed(row['failed'])}"
    )


def free_section(row: Rows) -> str:
    """Free words."""
    body = [
        [kind, str(found["texts"]), percent(found["right"])]
        for kind, found in row["by kind"].items()
    ]
    wrong = [f"- *{r['text']}* ({r['kind']}): {'; '.join(r['wrong'])}" for r in row["wrong"]]
    return (
        f"{row['texts']} texts (`free_texts.yaml`) and what a viewer would expect, written before "
        "any model of stage 2 existed and never changed. A text is right if the emotion read from "
        "the face is among those expected and all movements named are there, or absent. The "
        "reader of faces is fitted to the corpus's performances (right on "
        f"{percent(row['reader on the corpus'])} of others of these).\n\n"
        f"All as expected: {percents(row['right'])}; emotion as expected, where one was: "
        f"{percents(row['emotion right'])}.\n\n"
        f"{table(['kind', 'texts', 'right'], body)}\nWhat goes wrong:\n\n" + "\n".join(wrong) + "\n"
    )


def ablation_section(row: Rows) -> str:
    """Table 4."""
    body = []
    for name, found in row["rows"].items():
        spread = found.get("diversity")
        body.append([
            name,
            interval(spread["within a text"], 2) if spread else "",
            f"{spread['share']['mean']:.2f}" if spread else "",
            interval(found["Frechet"], 2),
            interval(found["lip change mm"]) if "lip change mm" in found else "",
            interval(found["lip error mm"]) if "lip error mm" in found else "",
        ])  # fmt: skip
    head = [
        "", "style diversity", "over that between texts", "Frechet distance", "lips, against the "
        "neutral talker, mm", "lips, against the film, rms mm",
    ]  # fmt: skip
    return (
        "Style diversity: mean distance between styles of one text under 8 noises, over 40 texts. "
        f"Frechet distance: performances of {row['texts']} held-out texts against the corpus's of "
        "the same texts, Gaussians in the space of means and standard deviations over a take of "
        "all channels (change from neutral), brought to the corpus's first "
        f"{row['components']} principal components with unit variance. *{FLOOR}* is what another "
        f"drawing of the corpus itself gets, *{CEILING}* what faces without expression get. "
        "Demands are left out here: styles alone. Variants were trained for equally few steps "
        "(250), *shipped* for more. Lips on GRID's held-out sentences.\n\n" + table(head, body)
    )


def retrieval_section(row: Rows) -> str:
    """R@1."""
    low, high = row["least and most"]
    return (
        f"{row['sets']} held-out texts with distinct sets of movements, {row['draws']} draws; each "
        "text's place among the styles that the encoder sees in the corpus's performances of them "
        f"over held-out voices. Median R@1 {row['median R@1']:.3f} (least {low:.2f}, most "
        f"{high:.2f}), mean {interval(row['R@1'])}; R@5 {interval(row['R@5'])}; chance "
        f"{row['chance']:.3f}.\n"
    )


def lips_section(row: Rows) -> str:
    """GRID."""
    body = []
    for name, found in row["rows"].items():
        rates = found["closures"]
        worst = max(rates, key=lambda rate: rates[rate]["fall"]["mean"])
        body.append([
            name, interval(found["r"]), interval(found["fall of r"]),
            percents(rates[worst]["closed"]), f"{percents(rates[worst]['fall'])} ({worst})",
            interval(found["change mm"]), interval(found["rms mm"]),
        ])  # fmt: skip
    head = [
        "", "aperture r", "fall of r", "p b m closed", "fall of closure, worst rate",
        "change of the opening, mm", "off the film, rms mm",
    ]  # fmt: skip
    written = (
        f" *{WRITTEN}*: what `animate` performs by default, the words that stage 1 writes."
        if WRITTEN in row["rows"]
        else ""
    )
    return (
        f"{row['clips']} held-out GRID sentences, each in all nine emotions (*He is extremely "
        f"angry.*; *{POOLED}* pools them), against the lips as filmed. Neutral: r "
        f"{interval(row['neutral r'])}, {interval(row['neutral rms mm'])} mm off. Closed: opening "
        f"under {row['limit mm']:.2f} mm in the phone, sampled, at 24 to 60 frames a second; the "
        f"rate with the largest fall is shown.{written}\n\n{table(head, body)}"
    )


def wild_section(row: Rows) -> str:
    """VoxCeleb2-like clips."""
    body = [[name, interval(found)] for name, found in row["fall of r"].items()]
    return (
        f"{row['clips']} clips filmed in the wild, for evaluation only; one offset a clip, found "
        f"on the neutral lips and kept. Neutral: r {interval(row['neutral r'])}.\n\n"
        + table(["", "fall of r"], body)
    )


def swap_section(row: Rows) -> str:
    """Figure 4."""
    body = [
        ["lips (opening) like those of content A, r", interval(row["lips with content A"])],
        ["lips like those of the recording that style B came from, r",
         interval(row["lips with content B"])],
        [f"style seen is B's, nearest of {row['styles']}", percents(row["style of B found"])],
        ["style seen is that first seen on content A", percents(row["style of A found"])],
        ["chance", percent(row["chance"])],
    ]  # fmt: skip
    return (
        f"{row['styles']} styles of held-out texts, each seen by the encoder on one recording and "
        "then performed on another with another seed.\n\n"
        + table(["content A in style B", ""], body)
    )


def realism_section(row: Rows) -> str:
    """MEAD."""
    shuffled = row["shuffled"]
    body = [
        [name, interval(found), f"{shuffled[name]:.3f}" if name in shuffled else ""]
        for name, found in row["rows"].items()
    ]
    names = list(row["by emotion"])
    emotions = list(next(iter(row["by emotion"].values())))
    each = [
        [emotion, *(
            f"{percent(row['by emotion'][n][emotion]['right'])} "
            f"({row['by emotion'][n][emotion]['taken for']})" for n in names
        )]
        for emotion in emotions
    ]  # fmt: skip
    return (
        f"Linear discriminants on the tracked motion of two MEAD speakers ({row['clips']} clips of "
        "three speakers in all, research only: for evaluation, never shipped), windows of 1 s: "
        "mean and standard deviation of each weight, less the speaker's neutral clip. Asked about "
        "the third speaker, and about six performances of each emotion of ours against our neutral "
        "(plain words at full strength). Eight clips a speaker are few: mind the intervals. A "
        "neutral face against itself is easy to know, so rows without it stand beside. "
        f"Chance {row['chance']:.3f}.\n\n"
        f"{table(['', 'right', 'training emotions shuffled'], body)}\n"
        f"{table(['ours: right (usually taken for)', *names], each)}"
    )


def examples_section(row: Rows) -> str:
    """Captures."""
    body = [
        [name, found["meant"], ", ".join(found["nearest"]), str(found["place"]),
         str(found["place among felt"]), f"{found['performed again, r']:.2f}"]
        for name, found in row["rows"].items()
    ]  # fmt: skip
    head = ["capture", "acted", "nearest of ten", "place", "place of three", "performed again, r"]
    return (
        "Nine captures of real actors, head and gaze missing, seen by the style encoder, and which "
        "of our ten emotions' styles (mean of eight performances each, head and gaze taken away) "
        f"is nearest: right in {percent(row['nearest right'])} of ten, in "
        f"{percent(row['nearest of three right'])} of the three that were captured: real acting is "
        "several times weaker than ours, so that neutral is near. What counts for an example is "
        "whether its style, performed over eight other recordings, looks like it: mean weights of "
        "the shapes that do not speak, correlated with the capture's own, r = "
        f"{interval(row['performed again, r'])}; with the eight other captures "
        f"{interval(row['performed again, r with other captures'])}.\n\n" + table(head, body)
    )


def sheets_section(row: Rows) -> str:
    """Pictures."""
    return (
        "![Each emotion in a row](../images/emotions.png)\n\n"
        f"`{row['clip']}` of GRID, same moments in each row.\n\n"
        "![Takes of one text in a row](../images/takes.png)\n"
    )


def time_section(row: Rows) -> str:
    """Speed."""
    body = [[name, f"{value:.4f}"] for name, value in row["parts"].items()]
    return (
        f"{row['machine']}. CPU seconds over {row['audio_s']:.0f} s of audio, best of "
        f"{row['turns']} turns after warm-up, one process.\n\n{table(['part', 'ratio'], body)}"
    )
