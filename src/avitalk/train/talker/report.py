"""Saved JSON -> `docs/results/lips.md`: `python -m avitalk.train.talker.report`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from avitalk.files import write_bytes
from avitalk.train.talker import gates
from avitalk.train.talker.marks import interval, percent, percents, table

Rows = Mapping[str, Any]
RATES = ("24 fps", "25 fps", "30 fps", "50 fps", "60 fps")
RULES_EXPLAINED = """\
- *Shown*: a frame i counts if the time from i / fps to (i + 1) / fps touches the phone.
- *Sampled*: a frame i counts if i / fps lies in the phone; where none does, the nearest one.
- Intervals are over clips, so that phones of one clip stay together.
- Phone times come from forced alignment, in German from hand labels: *p b m* is the whole phone
  there, *closure marks* the stretch that ends at a mark `!p` or `!b`, and m.
- For most speakers of librispeech the words are what a recogniser heard: some labels are wrong.
"""
BESIDE = ("", ", mean face", ", shuffled audio", ", shuffled audio, lag searched")


def correlation_table(rows: Rows, names: Sequence[str]) -> str:
    """The measures named, beside mean face and shuffled audio."""
    body = [
        [label(name), *(interval(rows[name + x]) if name + x in rows else "" for x in BESIDE)]
        for name in names
    ]
    return table(["", "talker", "mean face", "shuffled audio", "shuffled, best lag"], body)


def label(name: str) -> str:
    """aperture r -> aperture, Pearson r"""
    if name.endswith(" r"):
        return f"{name[:-2]}, Pearson r"
    return name.replace(" rms mm", ", RMS error in mm")


def tracking_section(rows: Rows) -> str:
    """Correlation with tracked lips."""
    measures = ["aperture r", "width r", "aperture rms mm"]
    opening = "opening of open vowels mm"
    return (
        f"{rows['clips']} held-out sentences; per clip, then mean with 95 % bootstrap interval "
        f"over clips.\n\n{correlation_table(rows, measures)}\n"
        f"- with one offset of up to 100 ms a clip (some films are out of sync by themselves): "
        f"aperture r {interval(rows['aperture r, one offset a clip'])}, width r "
        f"{interval(rows['width r, one offset a clip'])}\n"
        f"- standard deviation of the aperture over truth's: {interval(rows['spread ratio'])} "
        f"(width: {interval(rows['width spread ratio'])})\n"
        f"- widest opening in open vowels, in mm: {interval(rows[opening], 1)}, truth "
        f"{interval(rows[opening + ', truth'], 1)}, shuffled audio "
        f"{interval(rows[opening + ', shuffled audio'], 1)}\n"
        f"- jitter (third difference over that of smoothed truth): "
        f"{interval(rows['jitter ratio'])}\n"
        f"- median shift at which it would fit best: {rows['best shift ms']:.0f} ms\n"
    )


def closure_section(rows: Rows) -> str:
    """Closures of every set at every video rate under both rules, and pauses."""
    sets = {"GRID, the film itself": rows["film"], **rows["sets"]}
    body = [
        [f"{name}: {group}", rule, str(phones_in(found)), *(percents(found[r]) for r in RATES),
         percents(chance[group][rule]) if (chance := row.get("shuffled audio, 25 fps")) else ""]
        for name, row in sets.items()
        for group, rules in row["contacts"].items()
        for rule in ("shown", "sampled")
        if (found := rules[rule])
    ]  # fmt: skip
    fine = [
        f"{group} {percents(found['between frames'])}"
        for group, found in rows["film"]["contacts"].items()
    ]
    limit = rows["limit mm"]
    left = ", ".join(f"{name} {count}" for name, count in rows.get("left out", {}).items())
    aside = f"- Clips left out, as there is loud voice in their labelled pauses: {left}.\n"
    return (
        f"Closed: the gap of the default head falls to {limit:.3f} mm (8 % of the 95th percentile "
        f"of GRID's film on that head) during the phone; f v: to {3 * limit:.2f} mm. Vowels are "
        f"the control. A still face with the film's mean opening, {rows['mean face mm']:.1f} mm, "
        f"closes nowhere.\n\n{RULES_EXPLAINED}{aside if left else ''}\n"
        f"{table(['set', 'rule', 'phones', *RATES, 'shuffled audio, 25 fps'], body)}\n"
        f"The film read between its frames, by splines: {'; '.join(fine)}.\n\n"
        "Pauses of 0.6 s or more, without 0.2 s next to speech:\n\n"
        + table(["set", "frames", "closed"], list(pause_lines(sets)))
    )


def phones_in(found: Rows) -> int:
    """How many phones a row counts."""
    return int(next(iter(found.values()))["phones"])


def pause_lines(sets: Rows) -> list[list[str]]:
    """Set, frames, closed share."""
    return [
        [name, str(row["pauses"]["frames"]), percents(row["pauses"])]
        for name, row in sets.items()
        if row["pauses"]
    ]


def robustness_section(rows: Rows, speechless: Rows) -> str:
    """Level, noise, room; sounds without speech."""
    body = [
        [name, interval(row["aperture r"]), interval(row["fall of r"]),
         f"{row['largest change mm']:.3f}"]
        for name, row in rows.items()
    ]  # fmt: skip
    quiet = [
        [name, percent(row["closed"]), f"{row['widest mm']:.2f}"]
        for name, row in speechless.items()
    ]
    return (
        table(["change", "aperture r", "fall of r", "largest change of gap in mm"], body)
        + "\n10 s without speech:\n\n"
        + table(["sound", "frames closed", "widest gap in mm"], quiet)
    )


def elsewhere_section(facegood: Rows, wild: Rows) -> str:
    """FACEGOOD and faces in the wild."""
    measures = ("aperture r", "width r")
    body = [
        [name, f"{row['aperture r']:.3f}", f"{row['width r']:.3f}", str(row["offset ms"])]
        for name, row in wild["each"].items()
    ]
    return (
        f"FACEGOOD, animated, Mandarin, clips {', '.join(facegood['clips'])}; windows of about "
        f"10 s, intervals over windows:\n\n{correlation_table(facegood, measures)}\n"
        f"- standard deviation of the aperture over the animation's: "
        f"{interval(facegood['aperture spread ratio'])} (width: "
        f"{interval(facegood['width spread ratio'])})\n\n"
        "Faces in the wild (evaluation only), one offset of up to 240 ms a clip, found on the "
        f"aperture; shuffled audio likewise:\n\n{correlation_table(wild, measures)}\n"
        f"- without an offset: aperture r {interval(wild['aperture r, without an offset'])}\n\n"
        + table(["clip", "aperture r", "width r", "offset in ms"], body)
    )


def transcript_section(rows: Rows) -> str:
    """What `--text` adds."""
    body = [
        [f"{name}: {group}", rule, *(percents(row[side][group][rule][rate])
         for rate in ("25 fps", "60 fps") for side in ("without", "with"))]
        for name, row in rows.items() if name != "GRID"
        for group in ("p b m", "f v") for rule in ("shown", "sampled")
    ]  # fmt: skip
    head = ["set", "rule", "25 fps", "25 fps, text", "60 fps", "60 fps, text"]
    aside = ", ".join(f"{name} {row['left aside']} of {row['clips']}" for name, row in rows.items())
    grid = rows["GRID"]
    return (
        "Times of labels and of the transcript come from the same aligner, so this shows that "
        "closures land where the transcript puts them, not that the aligner is right.\n\n"
        f"{table(head, body)}\n"
        f"- aperture r on GRID: {interval(grid['aperture r, without'])} without, "
        f"{interval(grid['aperture r, with'])} with text; change clip by clip "
        f"{interval(grid['change of r'])}\n- clips whose text was left aside: {aside}\n"
    )


def cost_section(rows: Rows) -> str:
    """Time and size."""
    sizes, counts = rows["bytes"], rows["parameters"]
    body = [
        [name, f"{rows[f'{name} s per s']:.4f}", f"{sizes[name] / 1e6:.2f} MB",
         f"{counts[name] / 1e6:.2f} million"]
        for name in ("encoder", "talker")
    ]  # fmt: skip
    return table(["", "CPU seconds per second of audio", "file", "parameters"], body)


def ablation_section(rows: Rows) -> str:
    """Talkers beside each other."""
    talkers = rows["talkers"]
    measures = list(next(iter(talkers.values())))
    body = [
        [name, *(f"{interval(row[name])}" for row in talkers.values())]
        for name in measures
    ]  # fmt: skip
    return (
        f"Part: {rows['part']}; FACEGOOD clips {', '.join(rows['facegood clips'])}. Closures: "
        f"share of phones, sampled at 25 fps.\n\n{table(['', *talkers], body)}"
    )


def encoder_section(rows: Rows) -> str:
    """Frame accuracy of the encoder."""
    conditions = ("clean", "level x0.5", "white noise, 10 dB", "room, T60 0.5 s")
    body = [
        [f"{corpus} ({row['speakers']} speakers)", condition, frames(row[condition], "phone"),
         frames(row[condition], "phone_in_speech"), frames(row[condition], "class")]
        for corpus, row in rows.items() for condition in conditions
    ]  # fmt: skip
    classes = list(next(iter(rows.values()))["clean"]["by_class"])
    found = [row["clean"]["by_class"] for row in rows.values()]
    by_class = [
        [name, *(f"{percent(f[name]['recall'])} / {percent(f[name]['precision'])}" for f in found)]
        for name in classes
    ]
    return (
        table(["held out", "condition", "40 phones", "without silence", "10 classes"], body)
        + "\nRecall / precision by class, clean:\n\n"
        + table(["class", *rows], by_class)
    )


def frames(row: Rows, name: str) -> str:
    """Share of frames with its interval over clips, where that was saved."""
    saved = row.get("intervals", {}).get(name)
    return percents(saved) if saved else percent(row[name])


def page(lips: Rows, encoder: Rows, notes: str, ablation: Rows | None = None) -> str:
    """The whole page."""
    compared = f"\n## What each lesson brings\n\n{ablation_section(ablation)}" if ablation else ""
    return (
        "# Lips: what the shipped encoder and talker do on recordings they never heard\n\n"
        "Generated by `python -m avitalk.train.talker.report` from the JSON files beside this "
        "page: `lips.json`, written by `python -m avitalk.train.talker.evaluate --part "
        f"{lips['part']}`, `encoder.json` by `python -m avitalk.train.speech.evaluate` and "
        "`ablation.json` by `python -m avitalk.train.talker.measure.ablation`. Measured: audio to "
        "Motion to the lips of the default head. Intervals are 95 %, by bootstrap.\n\n"
        "## Gates and targets\n\n" + gates.section(lips)
        + "\n## Following tracked lips (GRID, speaker 1)\n\n" + tracking_section(lips["tracking"])
        + "\n## Closures\n\n" + closure_section(lips["closure"])
        + "\n## Level, noise, room, no speech\n\n"
        + robustness_section(lips["robustness"], lips["speechless"])
        + "\n## Other faces and languages\n\n"
        + elsewhere_section(lips["facegood"], lips["wild"])
        + "\n## With a transcript\n\n" + transcript_section(lips["transcript"])
        + compared
        + "\n## Time and size\n\n" + cost_section(lips["cost"])
        + "\n## Speech encoder: frames of 20 ms heard right\n\n" + encoder_section(encoder)
        + f"\n## Notes\n\n{notes.strip()}\n"
    )  # fmt: skip


def saved_page(folder: Path) -> str:
    """The page that the JSON files of a folder give; `ablation.json` may be missing."""
    lips, encoder = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("lips", "encoder")
    )
    path = folder / "ablation.json"
    ablation = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    notes = (folder / "lips_notes.md").read_text(encoding="utf-8")
    return page(lips, encoder, notes, ablation)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    write_bytes(given.folder / "lips.md", saved_page(given.folder).encode())


if __name__ == "__main__":
    main()
