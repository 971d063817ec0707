"""Frame accuracy by phone class on held-out speakers: `python -m avitalk.train.speech.evaluate`."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.data import augment
from avitalk.data.clips import Clip, read_clips
from avitalk.data.split import Part, select
from avitalk.evaluate.metrics.lips import bootstrap_share
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.speech.encoder import config_from
from avitalk.speech.network import PhoneNetwork
from avitalk.speech.phones import PHONE_CLASSES, PHONE_INDEX, SIL
from avitalk.train.speech.examples import Recording, load_recordings
from avitalk.types import Speech

Wave = NDArray[np.float32]
Labels = NDArray[np.integer]


def held_out(folder: Path, corpora: Sequence[str], part: Part) -> dict[str, list[Clip]]:
    """Clips of one part, corpus by corpus."""
    return {name: select(read_clips(folder / f"{name}.jsonl"), part) for name in corpora}


def noisy(wave: Wave, snr_db: float = 10.0) -> Wave:
    """White noise added at a ratio to the wave's own power."""
    rng = np.random.default_rng(len(wave))
    loud = float(np.sqrt(np.mean(wave**2)))
    added = augment.unit(rng.normal(size=len(wave))) * (loud * 10 ** (-snr_db / 20))
    return np.asarray(wave + added, np.float32)


def echoing(wave: Wave, decay_s: float = 0.5) -> Wave:
    """Exponentially decaying noise as a room of the given T60, direct sound and tail alike."""
    rng = np.random.default_rng(1)
    t = np.arange(int(decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.normal(size=len(t)) * 10 ** (-3 * t / decay_s)
    tail *= 0.7 / np.sqrt(np.sum(tail**2))
    tail[0] += 1
    size = 1 << (len(wave) + len(tail)).bit_length()
    echo = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(tail, size), size)
    return np.asarray(echo[: len(wave)], np.float32)


CONDITIONS: dict[str, Callable[[Wave], Wave]] = {
    "clean": lambda wave: wave,
    "level x0.5": lambda wave: wave * np.float32(0.5),
    "white noise, 10 dB": noisy,
    "room, T60 0.5 s": echoing,
}


def accuracy(
    encoder: SpeechEncoder, recordings: Sequence[Recording], change: Callable[[Wave], Wave]
) -> dict[str, Any]:
    """Share of 20 ms frames whose most probable phone, or class of phone, is the labelled one."""
    truth, heard = [], []
    group = class_numbers()
    for recording in recordings:
        wave = change(np.asarray(recording.samples / 32768, np.float32))
        probs = encoder.encode(Speech(wave)).phone_log_probs
        labels = recording.labels[0 : 2 * len(probs) : 2]
        heard.append(probs[: len(labels)].argmax(axis=1))
        truth.append(labels)
    said, found = np.concatenate(truth), np.concatenate(heard)
    by_class: dict[str, dict[str, float]] = {}
    for number, name in enumerate(PHONE_CLASSES):
        here, claimed = group[said] == number, group[found] == number
        both = int((here & claimed).sum())
        by_class[name] = {
            "frames": int(here.sum()),
            "recall": both / max(1, int(here.sum())),
            "precision": both / max(1, int(claimed.sum())),
        }
    spoken = said != SIL
    return {
        "frames": len(said),
        "phone": float((said == found).mean()),
        "phone_in_speech": float((said == found)[spoken].mean()),
        "class": float((group[said] == group[found]).mean()),
        "intervals": intervals(truth, heard, group),
        "by_class": by_class,
    }


def class_numbers() -> Labels:
    """(P,) the number of each phone's class in PHONE_CLASSES."""
    group = np.empty(len(PHONE_INDEX), np.int64)
    for number, phones in enumerate(PHONE_CLASSES.values()):
        group[[PHONE_INDEX[phone] for phone in phones]] = number
    return group


def intervals(
    truth: Sequence[Labels], heard: Sequence[Labels], group: Labels
) -> dict[str, dict[str, float]]:
    """The three shares with 95 % bootstrap intervals over clips."""
    counts: dict[str, list[tuple[int, int]]] = {"phone": [], "phone_in_speech": [], "class": []}
    for said, found in zip(truth, heard, strict=True):
        spoken = said != SIL
        right = said == found
        counts["phone"].append((int(right.sum()), len(said)))
        counts["phone_in_speech"].append((int(right[spoken].sum()), int(spoken.sum())))
        counts["class"].append((int((group[said] == group[found]).sum()), len(said)))
    return {
        name: asdict(bootstrap_share(*np.array(pairs).T))
        for name, pairs in counts.items()
        if any(total for _, total in pairs)
    }


def load_encoder(path: Path) -> SpeechEncoder:
    """A shipped file, or a checkpoint of a run (full precision, no metadata)."""
    setting = path.parent / "setting.json"
    if not setting.exists():
        return SpeechEncoder.load(path)
    from safetensors.torch import load_file  # noqa: PLC0415  (checkpoints of runs only)

    stored = json.loads(setting.read_text())["config"]
    config = config_from(path, stored)
    network = PhoneNetwork(config)
    network.load_state_dict(load_file(path))
    return SpeechEncoder(config, network)


def evaluate(path: Path, clips: Path, part: Part) -> dict[str, Any]:
    """All conditions over all corpora with held-out speakers or sentences. EmoDB has validation
    speakers only: in the test part too, they are its row.
    """
    encoder = load_encoder(path)
    chosen = held_out(clips, ("speechocean762", "librispeech", "grid_s1"), part)
    chosen["emodb"] = held_out(clips, ("emodb",), "validation")["emodb"]
    rows: dict[str, Any] = {}
    for corpus, found in chosen.items():
        if not found:
            continue
        recordings = load_recordings(found)
        rows[corpus] = {
            "speakers": len({clip.speaker for clip in found}),
            "clips": len(found),
            **{name: accuracy(encoder, recordings, change) for name, change in CONDITIONS.items()},
        }
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--part", choices=("validation", "test"), default="validation")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    given = parser.parse_args()
    rows = evaluate(given.encoder, given.clips, given.part)
    write_bytes(given.out, json.dumps(rows, indent=1).encode())


if __name__ == "__main__":
    main()
