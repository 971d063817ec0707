"""Saved JSON -> `docs/results/lips.md`: `python -m avitalk.train.talker.report`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from avitalk.files import write_bytes

Row = Sequence[str]


def interval(value: Mapping[str, Any]) -> str:
    """0.912 [0.905, 0.918]"""
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def table(head: Row, rows: Sequence[Row]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def percent(share: float) -> str:
    """97.3 %"""
    return f"{100 * share:.1f} %"


def tracking_section(rows: Mapping[str, Any]) -> str:
    """Correlation with tracked lips."""
    body = [
        ["aperture, Pearson r", *(interval(rows[f"aperture r{x}"]) for x in
         ("", ", mean face", ", shuffled audio", ", shuffled audio, lag searched"))],
        ["width, Pearson r", interval(rows["width r"]), "0",
         interval(rows["width r, shuffled audio"]), ""],
        ["aperture, RMS error in mm", *(interval(rows[f"aperture rms mm{x}"]) for x in
         ("", ", mean face", ", shuffled audio")), ""],
    ]  # fmt: skip
    head = ["", "talker", "mean face", "shuffled audio", "shuffled, best lag"]
    opening = rows["opening of open vowels mm"]
    truth = rows["opening of open vowels mm, truth"]
    return (
        f"{rows['clips']} held-out sentences; per clip, then mean with 95 % bootstrap interval "
        f"over clips.\n\n{table(head, body)}\n"
        f"- standard deviation of the aperture over truth's: {interval(rows['spread ratio'])} "
        f"(width: {interval(rows['width spread ratio'])})\n"
        f"- widest opening in open vowels: {opening:.1f} mm, truth {truth:.1f} mm\n"
        f"- jitter (third difference over truth's): {interval(rows['jitter ratio'])}\n"
        f"- with one offset of up to 100 ms a clip (some films are out of sync by themselves): "
        f"aperture r {interval(rows['aperture r, one offset a clip'])}\n"
        f"- median shift at which it would fit best: {rows['best shift ms']:.0f} ms\n"
    )


def closure_section(rows: Mapping[str, Any]) -> str:
    """Closures at every video rate."""
    rates = ["truth", *(f"{fps} fps" for fps in (24, 25, 30, 50, 60))]
    names = ["p b m", "vowels", "f v within 3 limits"]
    body = [[name, *(percent(rows[f"{name}, {r}"]["share"]) for r in rates)] for name in names]
    counts = ", ".join(f"{name}: {rows[f'{name}, truth']['phones']}" for name in names)
    held, real = rows["pauses closed"], rows["pauses closed, truth"]
    return (
        f"Closed: gap of the default head at most {rows['limit mm']:.2f} mm (8 % of truth's 95th "
        f"percentile) in a frame shown during the phone; vowels are the control. Phones: {counts}."
        f"\n\n{table(['', *rates], body)}\n"
        f"- frames closed in pauses of 0.6 s or more, 0.2 s next to speech left out: "
        f"{percent(held['share'])} of {held['frames']} (tracked lips: {percent(real['share'])})\n"
    )


def robustness_section(rows: Mapping[str, Any], speechless: Mapping[str, Any]) -> str:
    """Level, noise, room; sounds without speech."""
    body = [
        [name, interval(row["aperture r"]), f"{row['largest change mm']:.3f}"]
        for name, row in rows.items()
    ]
    quiet = [
        [name, percent(row["closed"]), f"{row['widest mm']:.2f}"]
        for name, row in speechless.items()
    ]
    return (
        table(["change", "aperture r", "largest change of gap in mm"], body)
        + "\n10 s without speech:\n\n"
        + table(["sound", "frames closed", "widest gap in mm"], quiet)
    )


def others_section(german: Mapping[str, Any], wild: Mapping[str, Any]) -> str:
    """Other languages and recordings."""
    return (
        f"- German, {german['clips']} clips of a speaker who was not trained on, hand-made labels: "
        f"p b m closed {percent(german['p b m']['share'])} of {german['p b m']['phones']}, vowels "
        f"{percent(german['vowels']['share'])}\n"
        f"- in-the-wild clips (evaluation only, one offset a clip): aperture r "
        f"{interval(wild['aperture r'])}, width r {interval(wild['width r'])}\n"
    )


def encoder_section(rows: Mapping[str, Any]) -> str:
    """Frame accuracy of the encoder."""
    conditions = ("clean", "level x0.5", "white noise, 10 dB", "room, T60 0.5 s")
    body = [
        [f"{corpus} ({row['speakers']} speakers)", condition, percent(row[condition]["phone"]),
         percent(row[condition]["phone_in_speech"]), percent(row[condition]["class"])]
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


def page(lips: Mapping[str, Any], encoder: Mapping[str, Any], notes: str) -> str:
    """The whole page."""
    return (
        "# Lips: what the shipped encoder and talker do on recordings they never heard\n\n"
        "Generated by `python -m avitalk.train.talker.report` from `lips.json` and `encoder.json` "
        "beside this page, which `python -m avitalk.train.talker.evaluate --part test` and `python "
        "-m avitalk.train.speech.evaluate --part test` wrote. Measured: audio to Motion to the "
        "lips of the default head, against lips tracked in video at 25 fps.\n\n"
        "## Following tracked lips (GRID, speaker 1)\n\n" + tracking_section(lips["tracking"])
        + "\n## Closures\n\n" + closure_section(lips["closure"])
        + "\n## Level, noise, room, no speech\n\n"
        + robustness_section(lips["robustness"], lips["speechless"])
        + "\n## Other speakers and languages\n\n" + others_section(lips["german"], lips["wild"])
        + "\n## Speech encoder: frames of 20 ms heard right\n\n" + encoder_section(encoder)
        + f"\n## Notes\n\n{notes.strip()}\n"
    )  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    folder: Path = given.folder
    lips, encoder = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("lips", "encoder")
    )
    notes = (folder / "lips_notes.md").read_text()
    write_bytes(folder / "lips.md", page(lips, encoder, notes).encode())


if __name__ == "__main__":
    main()
