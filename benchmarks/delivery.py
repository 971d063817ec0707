"""How well changes of delivery are found: EmoDB clips of one speaker joined without a pause.

    python benchmarks/delivery.py --data data/emodb --out docs/results/delivery.json

Each row joins four clips of one speaker, trimmed to their speech, with 10 ms of cross-fade: once of
changing emotions, once of one emotion, where a cut at a joint has no reason but the joint. A cut
within 0.3 s of a joint is a hit. Constants were chosen on TUNED_ON; the others are reported, too.
`gain` multiplies every clip by -6 to 6 dB.
"""

import argparse
import json
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from avitalk import weights
from avitalk.instruct.segments import split
from avitalk.instruct.segments_cues import delivery
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import SIL
from avitalk.types import Speech

TUNED_ON = ("03", "08", "09", "10")
NEAR_S = 0.3
ROWS = 25  # a speaker and kind
CLIPS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    clips = [json.loads(line) for line in (given.data / "clips.jsonl").open(encoding="utf-8")]
    sounds = {clip["id"]: trimmed(given.data / clip["audio"], encoder) for clip in clips}
    rng = random.Random(given.seed)
    rows = []
    for kind in ("changing", "one emotion"):
        for speaker in sorted({clip["speaker"] for clip in clips}):
            mine = [clip for clip in clips if clip["speaker"] == speaker]
            for _ in range(ROWS):
                chosen = [sounds[clip["id"]] for clip in drawn(mine, kind, rng)]
                for gain_db in (0.0, 6.0):
                    gains = [10 ** (rng.uniform(-gain_db, gain_db) / 20) for _ in chosen]
                    row = {"kind": kind, "speaker": speaker, "gain_db": gain_db}
                    rows.append(row | measured(chosen, gains, encoder, rng))
    table = {}
    for part, speakers in (("tuned on", TUNED_ON), ("others", None)):
        for kind in ("changing", "one emotion"):
            for gain_db in (0.0, 6.0):
                some = [
                    row
                    for row in rows
                    if row["kind"] == kind
                    and row["gain_db"] == gain_db
                    and (row["speaker"] in TUNED_ON) == (speakers is not None)
                ]
                table[f"{part}, {kind}, gain {gain_db:g} dB"] = summed(some)
    for name, line in table.items():
        print(f"{name:<36}", line)
    if given.out:
        given.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def trimmed(path: Path, encoder: SpeechEncoder) -> np.ndarray:
    """From the first to the last speech frame."""
    samples, _ = soundfile.read(path, dtype="float32")
    logs = encoder.encode(Speech(samples)).phone_log_probs[:, SIL]
    speaking = np.flatnonzero(np.exp(logs) < 0.5)
    return samples[speaking[0] * 320 : (speaking[-1] + 1) * 320]


def drawn(mine: list[dict], kind: str, rng: random.Random) -> list[dict]:
    """Four clips of a speaker: neighbours differ in emotion, or all share one."""
    by_emotion: dict[str, list[dict]] = {}
    for clip in mine:
        by_emotion.setdefault(clip["emotion"], []).append(clip)
    if kind == "one emotion":
        common = sorted(name for name, some in by_emotion.items() if len(some) >= CLIPS)
        return rng.sample(by_emotion[rng.choice(common)], CLIPS)
    chosen: list[dict] = []
    while len(chosen) < CLIPS:
        last = chosen[-1]["emotion"] if chosen else None
        name = rng.choice(sorted(set(by_emotion) - {last}))
        chosen.append(rng.choice(by_emotion[name]))
    return chosen


def joined(clips: list[np.ndarray], gains: list[float]) -> tuple[np.ndarray, list[float]]:
    """The samples, and the joints in seconds."""
    fade = np.linspace(0, 1, 160, dtype=np.float32)
    whole, joints = clips[0] * gains[0], []
    for clip, gain in zip(clips[1:], gains[1:], strict=True):
        joints.append(len(whole) / 16_000)
        after = clip * gain
        whole[-160:] = whole[-160:] * (1 - fade) + after[:160] * fade
        whole = np.concatenate([whole, after[160:]])
    return whole, joints


def measured(
    clips: list[np.ndarray], gains: list[float], encoder: SpeechEncoder, rng: random.Random
) -> dict:
    """Cuts and hits: ours, at pauses only, at equal lengths and at random (as many as ours)."""
    samples, joints = joined(clips, gains)
    speech = Speech(np.clip(samples, -1, 1))
    features = encoder.encode(speech)
    voice = 1 - np.exp(features.phone_log_probs[:, SIL].astype(np.float64))
    cues, length = delivery(speech, features), speech.duration_s
    ways = {}
    for name, cost in (("ours", None), ("pauses only", 1e9)):
        paid = {} if cost is None else {"cut_cost": cost}
        spans = split(voice, cues, rate_hz=50.0, duration_s=length, **paid)
        ways[name] = [(a[1] + b[0]) / 2 for a, b in pairwise(spans)]
    count = len(ways["ours"])
    ways["equal lengths"] = [(i + 1) * length / (count + 1) for i in range(count)]
    ways["random"] = sorted(rng.uniform(0.5, length - 0.5) for _ in range(count))
    return {
        "length_s": length,
        "joints": len(joints),
        "ways": {name: (len(cuts), hits(cuts, joints)) for name, cuts in ways.items()},
    }


def hits(cuts: list[float], joints: list[float]) -> int:
    """Joints with a cut of their own within NEAR_S."""
    left, found = list(cuts), 0
    for joint in joints:
        near = [cut for cut in left if abs(cut - joint) <= NEAR_S]
        if near:
            left.remove(min(near, key=lambda cut: abs(cut - joint)))
            found += 1
    return found


def summed(rows: list[dict]) -> dict:
    """Precision, recall and cuts a minute of each way."""
    joints, minutes = sum(r["joints"] for r in rows), sum(r["length_s"] for r in rows) / 60
    table = {}
    for name in rows[0]["ways"]:
        cuts, found = (sum(row["ways"][name][i] for row in rows) for i in (0, 1))
        table[name] = {
            "precision": round(found / max(cuts, 1), 3),
            "recall": round(found / joints, 3),
            "cuts_a_minute": round(cuts / minutes, 1),
        }
    return table


if __name__ == "__main__":
    main()
