"""EmoTalk ready for use: Speech -> 52 weights at its own rate, or a Motion at 25 fps."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk import weights
from avitalk.arkit import eye_angles
from avitalk.errors import InputError
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.chunks import chunks
from avitalk.nn.threads import one_thread
from avitalk.speech import SpeechEncoder
from avitalk.types import Motion, Speech, SpeechFeatures
from avitalk.types.frames import between_frames
from avitalk.zoo.emotalk.config import EmoTalkConfig
from avitalk.zoo.emotalk.network import EmoTalkNetwork
from avitalk.zoo.emotalk.smoothing import smoothed
from avitalk.zoo.emotalk.voice import VoiceEar
from avitalk.zoo.emotalk.xlsr import XlsrEar

KIND: Final = "zoo-emotalk"
MOTION_FPS: Final = 25.0
BACK_S: Final = 4.0
"""What a chunk of the decoder sees of the one before."""


class Ears(Protocol):
    """Anything that hears."""

    @property
    def width(self) -> int:
        """D."""

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D)."""


class EmoTalk:
    """Speaks with the emotion that it hears in the voice."""

    def __init__(
        self,
        config: EmoTalkConfig,
        network: EmoTalkNetwork,
        *,
        ears: Ears | None = None,
        emotion_ears: Ears | None = None,
    ) -> None:
        """`ears` hear what is said, by default the shipped encoder; `emotion_ears` how it is said,
        by default `VoiceEar`. Their widths are checked when they are first used.
        """
        self.config, self.network = config, network.eval()
        self._ears, self._emotion_ears = ears, emotion_ears

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        sizes = completed(path, read_config(path, KIND), asdict(EmoTalkConfig()), ())
        config = EmoTalkConfig(**sizes)
        network = EmoTalkNetwork(config)
        fill_module(path, network)
        return cls(config, network)

    @classmethod
    def untrained(
        cls,
        config: EmoTalkConfig,
        seed: int = 0,
        ears: Ears | None = None,
        emotion_ears: Ears | None = None,
    ) -> Self:
        """Random weights; what leaves the decoder is zero, as published."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = EmoTalkNetwork(config)
        return cls(config, network, ears=ears, emotion_ears=emotion_ears)

    @classmethod
    def published(
        cls, seed: int = 0, source: str | None = None, emotion_source: str | None = None
    ) -> Self:
        """The paper's sizes with random weights and nothing downloaded; `source` and
        `emotion_source` are checkpoints of the ears on this machine.

        Raises InputError without the extra `hf`, or for a checkpoint that does not fit.
        """
        config = EmoTalkConfig.published()
        heard = [
            XlsrEar.untrained(config.fps, seed + number)
            if place is None
            else XlsrEar.load(place, config.fps)
            for number, place in enumerate((source, emotion_source))
        ]
        return cls.untrained(config, seed, *heard)

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    @property
    def fps(self) -> float:
        """Frames a second of `outputs`."""
        return self.config.fps

    @property
    def ears(self) -> Ears:
        """What hears the content."""
        if self._ears is None:
            self._ears = SpeechEncoder.load(weights.find("speech-encoder").path)
        return self._ears

    @property
    def emotion_ears(self) -> Ears:
        """What hears the emotion."""
        if self._emotion_ears is None:
            self._emotion_ears = VoiceEar()
        return self._emotion_ears

    def outputs(
        self, speech: Speech, *, seed: int = 0, level: int = 1, person: str | None = None
    ) -> NDArray[np.float32]:
        """(F, 52) smoothed weights at `fps`, F = seconds x fps, rounded, at least 1.

        level: 0 normal, 1 strong (what the release shows). person: a name of `config.persons`, the
        first by default. Nothing is drawn: `seed` changes nothing. Raises InputError for a level
        or person that is unknown, ears of another width, or speech not at 16 kHz.
        """
        del seed
        said = self._heard(self.ears, self.config.features, speech)
        felt = self._heard(self.emotion_ears, self.config.voice, speech)
        frames = max(1, round(len(speech.samples) / speech.rate_hz * self.fps))
        return self.driven(said, felt, frames, level=level, person=person)

    def driven(
        self,
        content: SpeechFeatures,
        voice: SpeechFeatures,
        frames: int,
        *,
        level: int = 1,
        person: str | None = None,
    ) -> NDArray[np.float32]:
        """As `outputs`, from what ears heard; the voice may be another recording's."""
        told = [torch.tensor([row]) for row in self._condition(level, person)]
        said = self._by_frame(content, frames)
        felt = self._by_frame(voice, frames).mean(axis=1)
        if said.shape[1] != self.config.rows:
            raise InputError(
                f"ears at {content.rate_hz:g} Hz; this model takes {self.config.rows} rows a frame "
                f"at {self.fps:g} frames/s"
            )
        said = said.reshape(frames, -1)
        ahead = self.config.around
        back = min(round(BACK_S * self.fps), self.config.cap // 2)
        found = np.empty((frames, self.config.outputs), np.float32)
        size = max(1, self.config.cap - back - ahead)
        for chunk in chunks(frames, size=size, back=back, ahead=ahead):
            rows = slice(chunk.first, chunk.last)
            moved = self._run(said[rows], felt[rows], told)
            found[chunk.rows] = moved[chunk.kept]
        return smoothed(found)

    def animate(
        self, speech: Speech, *, seed: int = 0, level: int = 1, person: str | None = None
    ) -> Motion:
        """Motion at 25 fps; arguments and errors as for `outputs`.

        Deviation: the release draws blinks over its output; here blinks are the caller's.
        """
        moved = self.outputs(speech, seed=seed, level=level, person=person)
        frames = max(1, round(len(speech.samples) / speech.rate_hz * MOTION_FPS))
        if self.fps != MOTION_FPS:
            at = np.arange(frames) * self.fps / MOTION_FPS
            moved = between_frames(moved, at).astype(np.float32)
        moved = np.clip(moved, 0, 1)
        still = Motion.still(frames, MOTION_FPS)
        return Motion(moved, still.head, eye_angles(moved), MOTION_FPS)

    def _heard(self, ears: Ears, width: int, speech: Speech) -> SpeechFeatures:
        if ears.width != width:
            raise InputError(f"ears of width {ears.width}; this model hears with width {width}")
        return ears.encode(speech)

    def _condition(self, level: int, person: str | None) -> tuple[int, int]:
        config = self.config
        whose = config.persons[0] if person is None else person
        if whose not in config.persons:
            raise InputError(f"unknown person '{whose}'; available: {', '.join(config.persons)}")
        if not 0 <= level < config.levels:
            raise InputError(f"level {level}; allowed: 0 to {config.levels - 1}")
        return level, config.persons.index(whose)

    def _by_frame(self, heard: SpeechFeatures, frames: int) -> NDArray[np.float32]:
        """(F, k, D): k rows a frame where the ear's rate is k times the face's, else one."""
        per = heard.rate_hz / self.fps
        # else: row t is centred on (t + 1/2) / rate, frame i begins at i / fps
        at = np.arange(frames * per) if per.is_integer() else np.arange(frames) * per - 0.5
        rows = between_frames(heard.values, at).astype(np.float32)
        return rows.reshape(frames, -1, rows.shape[1])

    @torch.inference_mode()
    def _run(self, said: np.ndarray, felt: np.ndarray, told: list[torch.Tensor]) -> np.ndarray:
        # one thread for what ships, so that its sums are the same on every machine
        with one_thread() if self.config.context else nullcontext():
            moved = self.network(torch.from_numpy(said)[None], torch.from_numpy(felt)[None], *told)
            return np.asarray(moved[0].numpy())
