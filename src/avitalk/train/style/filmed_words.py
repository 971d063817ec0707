"""Filmed clips with texts in, a style writer for them out: what people wrote of how others acted.

A clip's style is what the style encoder sees in random frames of it, several times over; each text
of the clip answers to it. Alignment and prior learn as they do from drawn performances.
"""

import hashlib
from typing import Final

import numpy as np
import torch

from avitalk.errors import InputError
from avitalk.nn.threads import one_thread
from avitalk.style.encoder import StyleEncoder
from avitalk.style.writer import WriterNetwork
from avitalk.train.loop import Run, learn
from avitalk.train.style.filmed import ANNOTATIONS
from avitalk.train.style.filmed_heard import Filmed
from avitalk.train.style.teach_lessons import TAKES, Lessons
from avitalk.train.style.teach_loss import Teaching, TeachRecipe

LEAST: Final = 2


@one_thread()
@torch.inference_mode()
def filmed_words(
    filmed: Filmed, parts: tuple[str, ...], encoder: StyleEncoder, references: int, seed: int
) -> Lessons:
    """Texts of the clips of some parts, each with the styles seen in TAKES draws of frames. Those
    without texts are passed over.
    """
    rng = np.random.default_rng((seed, 31))
    texts: list[str] = []
    styles: list[np.ndarray] = []
    for part in parts:
        for number in filmed.of(part):
            told = filmed.rows[number].texts
            if not told:
                continue
            face = filmed.face(number)
            seen = face[rng.integers(len(face), size=(TAKES, references))].astype(np.float32)
            found = encoder.network(torch.from_numpy(seen)).numpy()
            texts.extend(told)
            styles.extend([found] * len(told))
    width = encoder.config.style_width
    return Lessons(
        tuple(texts), np.array([_key(text) for text in texts], np.int64),
        np.array(styles, np.float16).reshape(-1, TAKES, width), ("filmed",) * len(texts),
    )  # fmt: skip


def teach_filmed(network: WriterNetwork, lessons: Lessons, recipe: TeachRecipe, run: Run) -> None:
    """Train on lessons whose vectors are styles; the network is left with its mean weights.

    Raises InputError without texts.
    """
    if len(lessons) < LEAST:
        raise InputError(
            f"{len(lessons)} texts of filmed clips to train on; need {LEAST} or more, from"
            f" {ANNOTATIONS} in the data folder when 'prepare' runs"
        )
    same = torch.eye(lessons.vectors.shape[2])
    teaching = Teaching(network, lessons, same, recipe)
    network.train()
    learn(
        teaching.parameters, teaching.loss, [teaching.draws, teaching.noise], steps=recipe.steps,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay,
        run=run,
    )  # fmt: skip
    teaching.swap()
    network.eval()


@torch.inference_mode()
def found_first(network: WriterNetwork, lessons: Lessons) -> float:
    """R@1: share of texts to which the nearest of all styles is one of the same text."""
    device = next(network.parameters()).device
    styles = torch.from_numpy(lessons.vectors[:, 0].astype(np.float32)).to(device)
    texts = torch.cat([network.tower.encode([text]).c for text in lessons.texts])
    nearest = (texts @ network.placed(styles).T).argmax(dim=1).cpu().numpy()
    return float(np.mean(lessons.keys[nearest] == lessons.keys))


def _key(text: str) -> int:
    """The same for the same text: such styles are not wrong for each other."""
    digest = hashlib.sha256(" ".join(text.lower().split()).encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True)
