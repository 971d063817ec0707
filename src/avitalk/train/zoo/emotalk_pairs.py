"""What EmoTalk learns from: the content of one recording with the emotion of another, and truth.

Section 3.2 of the paper: cross-reconstruction. Deviation: published, the truth of (content of A,
emotion of B) is a third recording, which says what A says as B feels, stretched to A's length.
Here the performance of B's emotion is drawn over A's own lips: it is exact in time, and any speech
can be content, emotional or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.arkit import REGIONS
from avitalk.errors import InputError
from avitalk.train.zoo.acted_file import Acted
from avitalk.train.zoo.acted_stage import performed
from avitalk.train.zoo.sequences import SHARES, Sequence25
from avitalk.zoo.emotalk import EmoTalkConfig

MOUTH: Final = list(REGIONS["mouth"])
ACTED: Final = 0.3
"""Share of contents that are emotional speech; the rest is drawn as for the other methods."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """B stretches; row by row a content, a voice, and the face of both together."""

    content: Tensor
    """(B, F, 2 D) features of what is said, two rows side by side."""
    voice: Tensor
    """(B, F, E) of how it is said, perhaps by another recording."""
    truth: Tensor
    """(B, F, 52)."""
    known: Tensor
    """(B, F) 0 where the content had ended."""
    level: Tensor
    """(B,)."""
    person: Tensor
    """(B,)."""
    emotion: Tensor
    """(B,) what the voice feels."""
    window: Tensor
    """(B, 1, E) one window of the voice, 1.6 s at most: what the emotion is told by, so that no
    length of a clip gives it away."""


class Stage:
    """Draws pairs; faces are performed when they are first needed, and kept."""

    def __init__(
        self,
        contents: Sequence[Sequence25],
        voices: Sequence[Acted],
        config: EmoTalkConfig,
        rng: np.random.Generator,
        *,
        frames: int,
        takes: int,
    ) -> None:
        """`takes`: pairs of emotion and level that each content is performed in.

        Raises InputError without voices, or for an emotion that the network does not know.
        """
        if not voices:
            raise InputError(
                "EmoTalk learns from emotional speech: `python -m avitalk.train.zoo.acted` writes "
                "it, --set acted=FILE names it"
            )
        strange = sorted({one.emotion for one in voices} - set(config.emotions))
        if strange:
            raise InputError(
                f"unknown emotion '{strange[0]}'; available: {', '.join(config.emotions)}"
            )
        self.contents = [one for one in contents if not isinstance(one, Acted)]
        self.voices, self.config, self.rng = list(voices), config, rng
        self.frames, self.takes = frames, takes
        self.of_emotion = [
            np.flatnonzero([one.emotion == name for one in voices]) for name in config.emotions
        ]
        self.present = np.flatnonzero([len(rows) > 0 for rows in self.of_emotion])
        self.weight = _weights(self.contents)
        self.faces: dict[tuple[str, int, int], NDArray[np.float16]] = {}

    def crossed(self, count: int) -> Pairs:
        """Contents with the emotions of other recordings."""
        return self._stacked([self._cross() for _ in range(count)])

    def own(self, count: int) -> Pairs:
        """Emotional recordings with their own emotions, all emotions as often."""
        return self._stacked([self._self() for _ in range(count)])

    def _cross(self) -> tuple[Sequence25, Acted, int]:
        if not self.contents or self.rng.random() < ACTED:
            content: Sequence25 = self.voices[int(self.rng.integers(len(self.voices)))]
        else:
            content = self.contents[int(self.rng.choice(len(self.contents), p=self.weight))]
        take = int(self.rng.integers(self.takes))
        # the same few for each content, so that few faces are performed
        drawn = np.random.default_rng([take, *content.name.encode()])
        emotion, level = int(drawn.choice(self.present)), int(drawn.integers(self.config.levels))
        rows = self.of_emotion[emotion]
        return content, self.voices[int(rows[self.rng.integers(len(rows))])], level

    def _self(self) -> tuple[Sequence25, Acted, int]:
        rows = self.of_emotion[int(self.rng.choice(self.present))]
        one = self.voices[int(rows[self.rng.integers(len(rows))])]
        return one, one, int(self.rng.integers(self.config.levels))

    def _stacked(self, picks: Sequence[tuple[Sequence25, Acted, int]]) -> Pairs:
        cut = [self._cut(*pick) for pick in picks]
        content, voice, truth, known, window = (
            torch.from_numpy(np.stack(part).astype(np.float32)) for part in zip(*cut, strict=True)
        )
        persons = [self._person(one) for one, _, _ in picks]
        emotions = [self.config.emotions.index(voice.emotion) for _, voice, _ in picks]
        levels = torch.tensor([level for _, _, level in picks])
        return Pairs(
            content, voice, truth, known, levels, torch.tensor(persons), torch.tensor(emotions),
            window,
        )  # fmt: skip

    def _cut(self, content: Sequence25, voice: Acted, level: int) -> tuple[NDArray[Any], ...]:
        face = self.face(content, voice.emotion, level)
        rows, known = self._rows(content.frames)
        others = rows if voice is content else self._rows(voice.frames)[0]
        two = content.values.reshape(content.frames, -1)
        window = voice.voice[self.rng.integers(len(voice.voice))][None]
        return two[rows], voice.voice[others], face[rows], known, window

    def face(self, content: Sequence25, emotion: str, level: int) -> NDArray[np.float16]:
        """(F, 52) how whoever says the content shows an emotion at a level."""
        key = (content.name, self.config.emotions.index(emotion), level)
        if key not in self.faces:
            person = self.config.persons[self._person(content)]
            self.faces[key] = _shown(content, person, emotion, level)
        return self.faces[key]

    def _person(self, one: Sequence25) -> int:
        """Whose lips; those told by phones are the first person's, who is nobody."""
        persons = self.config.persons
        return persons.index(one.speaker) if one.speaker in persons else 0

    def _rows(self, length: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        start = int(self.rng.integers(0, max(length - self.frames, 0) + 1))
        rows = np.arange(start, start + self.frames)
        return rows.clip(max=length - 1), rows < length


def _shown(content: Sequence25, person: str, emotion: str, level: int) -> NDArray[np.float16]:
    """A performance over plain lips; what a filmed upper face did besides, blinks above all, stays
    under it.
    """
    if isinstance(content, Acted):
        return performed(content.lips, content.values, person, emotion, level, content.name)
    lips = np.zeros_like(content.weights)
    lips[:, MOUTH] = content.weights[:, MOUTH]
    face = performed(lips, content.values, person, emotion, level, content.name)
    filmed = np.clip(content.weights - lips, 0, 1)
    return np.asarray(1 - (1 - face) * (1 - filmed), np.float16)


def _weights(contents: Sequence[Sequence25]) -> NDArray[np.float64]:
    """How often each content is drawn: by source as the other methods do, or all alike."""
    sources = np.array([one.source for one in contents])
    weight = np.zeros(len(contents))
    for source, share in SHARES.items():
        chosen = sources == source
        weight[chosen] = share / max(1, chosen.sum())
    if not weight.sum():
        weight[:] = 1.0
    return np.asarray(weight / max(weight.sum(), 1e-12))
