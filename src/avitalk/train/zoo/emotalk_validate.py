"""How well EmoTalk does on validation data, as JSON:
`python -m avitalk.train.zoo.emotalk_validate --model --sequences --acted --held --out`.

Lips on filmed sentences; what another emotion changes and what it leaves; emotions told of actors
that were left out, beside chance and what the length of a window alone would tell.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from avitalk.arkit import REGIONS
from avitalk.evaluate.metrics.lips import bootstrap, correlation
from avitalk.face.patch import face_patch
from avitalk.files import write_bytes
from avitalk.train.loop import learn
from avitalk.train.zoo.acted_file import Acted, read_acted
from avitalk.train.zoo.emotalk_pairs import Stage
from avitalk.train.zoo.sequences import FPS, Sequence25, read_sequences
from avitalk.types import SpeechFeatures
from avitalk.zoo.emotalk import EmoTalk, EmoTalkConfig
from avitalk.zoo.emotalk.network import EmoTalkNetwork

Floats = NDArray[np.float64]
UPPER: Final = [*REGIONS["brows"], *REGIONS["cheeks"]]
WINDOW_S: Final = 1.6
STEPS: Final = 300


def validated(
    model: EmoTalk, filmed: Sequence[Sequence25], held: Sequence[Acted], seed: int = 0
) -> dict[str, object]:
    """Lips of filmed sentences and effects of emotions, as text by name."""
    rng = np.random.default_rng(seed)
    neutral = [one for one in held if one.emotion == "neutral" and one.speaker == "grid_s1"]
    made = [_spoken(model, one, neutral[i % len(neutral)]) for i, one in enumerate(filmed)]
    gaps, truth = [_gap(face) for face in made], [_gap(one.weights) for one in filmed]
    other, mean_mm = np.roll(np.arange(len(made)), 1), float(np.concatenate(truth).mean())
    rows = {
        "aperture r": [correlation(a, b) for a, b in zip(gaps, truth, strict=True)],
        "aperture r, shuffled audio": [_shorter(gaps[j], truth[i]) for i, j in enumerate(other)],
        "aperture spread over truth's": [
            float(a.std() / b.std()) for a, b in zip(gaps, truth, strict=True)
        ],
        "opening off by mm": [
            float(np.abs(a - b).mean()) for a, b in zip(gaps, truth, strict=True)
        ],
        "opening off by mm, mean face": [float(np.abs(b - mean_mm).mean()) for b in truth],
    }
    stage = Stage([], held, model.config, rng, frames=2, takes=1)
    acted = [one for one in held if one.name.startswith("emodb")]
    stay, moved, fits, mean_fits = [], [], [], []
    mean_face = np.mean([stage.face(one, one.emotion, 1).mean(axis=0) for one in acted], axis=0)
    for one in acted:
        strange = [each for each in acted if each.emotion != one.emotion]
        two = strange[int(rng.integers(len(strange)))]
        faces = [_spoken(model, one, each) for each in (one, two)]
        stay.append(correlation(*map(_gap, faces)))
        moved.append(float(np.abs(faces[0] - faces[1])[:, UPPER].mean(axis=0).max()))
        wanted = stage.face(one, two.emotion, 1).astype(np.float64)
        fits.append(float(np.sqrt(np.square(faces[1] - wanted)[:, UPPER].mean())))
        mean_fits.append(float(np.sqrt(np.square(mean_face - wanted)[:, UPPER].mean())))
    rows |= {
        "held-out actor, emotion swapped: aperture r of both": stay,
        "held-out actor, emotion swapped: largest change of the upper face": moved,
        "held-out actor, emotion swapped: upper face RMS from truth": fits,
        "the same of the mean face": mean_fits,
        "held-out actor: emotion of the middle window told": [
            float(_told(model.network, one) == model.config.emotions.index(one.emotion))
            for one in acted
        ],
    }
    return {name: str(bootstrap(values)) for name, values in rows.items()}


def _spoken(model: EmoTalk, content: Sequence25, voice: Acted) -> NDArray[np.float32]:
    """(F, 52) what is said with how another sounds; a shorter voice holds its end."""
    heard = _features(content.values, 2 * FPS)
    rows = np.arange(content.frames).clip(max=len(voice.voice) - 1)
    felt = _features(voice.voice[rows], FPS)
    person = content.speaker if content.speaker in model.config.persons else None
    return model.driven(heard, felt, content.frames, person=person)


def _features(values: NDArray[np.floating], rate_hz: float) -> SpeechFeatures:
    nothing = np.empty((len(values), 0), np.float32)
    return SpeechFeatures(values.astype(np.float32), nothing, rate_hz)


def _gap(weights: NDArray[np.floating]) -> Floats:
    patch = face_patch()
    return patch.gap_mm(patch.moved(weights))


def _shorter(a: Floats, b: Floats) -> float:
    size = min(len(a), len(b))
    return correlation(a[:size], b[:size])


def emotions_told(
    config: EmoTalkConfig, voices: Sequence[Acted], readers: Sequence[Acted]
) -> dict[str, object]:
    """Recall over emotions of single windows of actors left out in turn: the emotion branch of the
    network, trained anew on all others by its classification loss; and by window length alone.
    """
    guesses: list[tuple[int, int, int]] = []  # truth, by voice, by length
    for actor in sorted({one.actor for one in voices}):
        known = [one for one in voices if one.actor != actor]
        network = _classifier(config, [*known, *readers])
        lengths = np.array([_length(one) for one in known])
        labels = np.array([config.emotions.index(one.emotion) for one in known])
        for one in (one for one in voices if one.actor == actor and one.name.endswith("/0")):
            by_length = _by_length(_length(one), lengths, labels)
            guesses.append((config.emotions.index(one.emotion), _told(network, one), by_length))
    truth, voice, length = np.array(guesses).T
    found: dict[str, object] = {"windows": len(truth), "chance": round(1 / len(set(truth)), 3)}
    for name, guess in (("by voice", voice), ("by length of the window alone", length)):
        recall = [float((guess[truth == kind] == kind).mean()) for kind in sorted(set(truth))]
        found[f"mean recall {name}"] = round(float(np.mean(recall)), 3)
        if name == "by voice":
            kinds = [config.emotions[kind] for kind in sorted(set(truth))]
            found["recall"] = {k: round(r, 3) for k, r in zip(kinds, recall, strict=True)}
    return found


@torch.inference_mode()
def _told(network: EmoTalkNetwork, one: Acted) -> int:
    """The emotion told by the window in the middle, 1.6 s at most."""
    middle = one.voice[len(one.voice) // 2].astype(np.float32)
    return int(network.told(network.felt(torch.from_numpy(middle)[None, None])).argmax())


def _length(one: Acted) -> float:
    return min(one.frames / FPS, WINDOW_S)


def _by_length(length: float, lengths: Floats, labels: NDArray[np.int64]) -> int:
    """The emotion with the largest share of its training windows within 0.1 s of this length."""
    near = np.abs(lengths - length) < 0.1
    shares = [near[labels == kind].mean() for kind in range(int(labels.max()) + 1)]
    return int(np.nanargmax(shares))


def _classifier(config: EmoTalkConfig, voices: Sequence[Acted]) -> EmoTalkNetwork:
    torch.manual_seed(0)
    network = EmoTalkNetwork(config)
    rows = np.concatenate([one.voice for one in voices]).astype(np.float32)
    network.usual.copy_(torch.from_numpy(rows.mean(axis=0)))
    network.spread.copy_(torch.from_numpy(rows.std(axis=0) + 1e-3))
    labels = np.repeat(
        [config.emotions.index(one.emotion) for one in voices], [len(one.voice) for one in voices]
    )
    rng = np.random.default_rng(0)
    each = [np.flatnonzero(labels == kind) for kind in sorted(set(labels.tolist()))]
    network.train()

    def loss() -> torch.Tensor:
        picks = np.concatenate([rng.choice(rows_of, 12) for rows_of in each])
        heard = torch.from_numpy(rows[picks])[:, None]
        wanted = torch.from_numpy(labels[picks])
        return functional.cross_entropy(network.told(network.felt(heard)), wanted)

    learn(
        [*network.voice.parameters(), *network.classifier.parameters()], loss, [rng], steps=STEPS,
        learning_rate=2e-3, weight_decay=0.05,
    )  # fmt: skip
    return network.eval()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sequences", type=Path, required=True, help="of the validation part")
    parser.add_argument("--acted", type=Path, required=True, help="acted, of the training part")
    parser.add_argument("--held", type=Path, required=True, help="acted, of the validation part")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    given = parser.parse_args()
    torch.set_num_threads(1)
    model = EmoTalk.load(given.model)
    filmed = [one for one in read_sequences(given.sequences) if one.source == "grid_s1"]
    voices, held = read_acted(given.acted), read_acted(given.held)
    found = validated(model, filmed, held)
    actors = [one for one in (*voices, *held) if one.name.startswith("emodb")]
    readers = [one for one in voices if not one.name.startswith("emodb")]
    found["emotions, actors left out in turn"] = emotions_told(model.config, actors, readers)
    write_bytes(given.out, json.dumps(found, indent=1).encode())


if __name__ == "__main__":
    main()
