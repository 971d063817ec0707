"""Stage 1: a voice in, an Instruction out: what the face should do, in words, segment by segment.

speech ─ encoder ─> features ─┬─ spans_of ─> segments
                              └─ Ear ─> statistics ─ Q-Former ─> queries ─ projection ─> soft prompt
[BOS] + soft prompt + request ─ frozen language model ─> candidates ─ ranked by agreement ─> text
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from torch import Tensor

from avitalk import weights
from avitalk.errors import InputError
from avitalk.facs.reading import read
from avitalk.instruct.document_keep import kept_segments, renewed, time_left
from avitalk.instruct.ear import Ear
from avitalk.instruct.frames import FrameEar
from avitalk.instruct.language import Language, LanguageModel, Written
from avitalk.instruct.parts import EAR, PROJECTION, Parts
from avitalk.instruct.projection import Projection
from avitalk.instruct.qformer import Listened, QFormer
from avitalk.instruct.segments import Span
from avitalk.instruct.segments_cues import spans_of
from avitalk.instruct.writing import CANDIDATES, TEMPERATURE
from avitalk.nn.threads import AT_ONCE, side_by_side
from avitalk.speech import SpeechEncoder
from avitalk.speech.load import Encoder
from avitalk.types import Instruction, Segment, Speech, SpeechFeatures

MODELS: Final = ("affect-ear", "prompt-projection", "language-model")
REQUEST: Final = "What should the face do?"
"""Of the ten that the projection was trained with."""
TOGETHER: Final = 16
"""Segments written at once at most: a long recording takes no more memory than a short one."""
FEWEST: Final = 2
"""Segments that are worth a thread of their own."""
NEAR: Final = 0.15
"""An intensity this near to the estimate counts as right, in what is said to be its confidence."""
PRIOR: Final = 0.7
"""Share of the text's own likelihood that agreement is freed from."""
LEAST_SHARE: Final = 0.02
"""Probability that a text which is read as another emotion than was heard still goes with it."""
LEAST_FLUENT: Final = 1.0
"""Nats a token that a candidate may be less likely than the likeliest of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One text that could be the instruction, and how well it goes with the voice."""

    text: str
    agreement: float
    """Nats: how the emotion and the strength that a reader finds in the text go with those heard,
    and per token log p(text | voice) less PRIOR times log p(text | nothing)."""
    fluency: float
    """Nats a token: log p(text | voice)."""


class Instructor:
    """Listens to a voice and writes what the face should do.

    One class, two scales: the embedded models below, or any `Language`, Q-Former and projection of
    the same widths.
    """

    def __init__(
        self,
        former: QFormer,
        projection: Projection,
        language: Language,
        encoder: SpeechEncoder | None = None,
        hearing: Encoder | None = None,
    ) -> None:
        """`encoder` is needed where `write` is called without features, `hearing` where the
        Q-Former listens to a speech encoder's frames. Raises InputError if widths do not fit, or
        `hearing` is missing.
        """
        sizes, place = former.config, projection.config
        have = (sizes.queries, sizes.width, language.width)
        want = (place.queries, place.width, place.prompt)
        if have != want:
            raise InputError(f"projection of {want} between parts of {have}: they do not fit")
        if former.config.source == "frames":
            width = "none" if hearing is None else hearing.width
            if width != former.config.statistics:
                raise InputError(
                    f"this Q-Former listens to frames {former.config.statistics} wide; the encoder"
                    f" given as `hearing` has {width}"
                )
        self.former, self.projection, self.language = former, projection, language
        self.encoder, self.hearing = encoder, hearing

    @classmethod
    def load(cls, folder: Path | None = None, *, encoder: SpeechEncoder | None = None) -> Self:
        """The embedded models of the package, or `<name>.safetensors` of MODELS in a folder, where
        `instructor.json` can name other people's encoder and language model (`Parts`).

        Raises InputError if one is missing or something else.
        """
        if folder is None:
            ear, projection, model = (weights.find(name).path for name in MODELS)
            return cls(
                QFormer.load(ear), Projection.load(projection), LanguageModel.load(model), encoder
            )
        parts = Parts.of(folder)
        return cls(
            QFormer.load(folder / EAR), Projection.load(folder / PROJECTION), parts.words(folder),
            encoder, parts.hearing(),
        )  # fmt: skip

    def write(
        self,
        speech: Speech,
        features: SpeechFeatures | None = None,
        *,
        seed: int = 0,
        temperature: float = TEMPERATURE,
        candidates: int = CANDIDATES,
        keep: Instruction | None = None,
    ) -> Instruction:
        """Segments of one delivery each, with words, emotion and intensity.

        `keep` is an instruction whose segments by people stay; only the time left is written. Same
        recording, seed and settings: the same words. Raises InputError for settings out of range,
        or if features are missing and there is no encoder.
        """
        if features is None:
            if self.encoder is None:
                raise InputError("an Instructor without an encoder needs the speech features")
            features = self.encoder.encode(speech)
        spans = spans_of(speech, features)
        if keep is not None:
            spans = time_left(spans, kept_segments(keep))
        segments: list[Segment] = []
        if spans:
            hear = self._hear(speech, features)

            def tell(part: Sequence[Span]) -> list[Segment]:
                heard = [hear(*span) for span in part]
                told = [(s, h) for s, h in zip(part, heard, strict=True) if len(h)]
                return self._segments(told, seed, temperature, candidates)

            for found in side_by_side(tell, _parts(spans)):
                segments += found
        written = Instruction.about(speech, tuple(segments), seed=seed)
        return written if keep is None else renewed(written, keep)

    def _hear(
        self, speech: Speech, features: SpeechFeatures
    ) -> Callable[[float, float], np.ndarray]:
        """What gives what is heard between two times, as the Q-Former takes it."""
        if self.hearing is not None and self.former.config.source == "frames":
            return FrameEar.listen(speech, self.hearing).heard
        return Ear.listen(speech, features).statistics

    def _segments(
        self,
        told: Sequence[tuple[tuple[float, float], np.ndarray]],
        seed: int,
        temperature: float,
        candidates: int,
    ) -> list[Segment]:
        if not told:
            return []
        listened = self.listen([heard for _, heard in told])
        seeds = [_seed_of(seed, span) for span, _ in told]
        texts = self.candidates(
            listened, seeds=seeds, temperature=temperature, candidates=candidates
        )
        segments = []
        names = self.former.config.emotions
        for row, ((start_s, end_s), _) in enumerate(told):
            shares = zip(names, listened.emotion[row].softmax(-1).tolist(), strict=True)
            ranked = tuple(sorted(shares, key=lambda pair: -pair[1]))
            value, spread = float(listened.intensity[row]), float(listened.spread[row])
            sure = math.erf(NEAR / (spread * math.sqrt(2)))
            segments.append(
                Segment(
                    start_s, end_s, texts[row][0].text, author="model",
                    emotion=ranked, intensity=(value, sure),
                )
            )  # fmt: skip
        return segments

    @torch.inference_mode()
    def listen(self, heard: Sequence[np.ndarray]) -> Listened:
        """B arrays (W, S) of statistics or frames -> what the Q-Former makes of them."""
        most = max(len(values) for values in heard)
        padded = torch.zeros(len(heard), most, self.former.config.statistics)
        for row, values in enumerate(heard):
            padded[row, : len(values)] = torch.from_numpy(values)
        count = torch.tensor([len(values) for values in heard])
        found: Listened = self.former(self.former.standardise(padded), count)
        return found

    @torch.inference_mode()
    def candidates(
        self, listened: Listened, *, seeds: Sequence[int], temperature: float, candidates: int
    ) -> list[list[Candidate]]:
        """Texts for each of B voices, those that agree best with the voice first."""
        soft = self.projection(listened.queries)
        prompt = self.language.ask([REQUEST] * len(soft), soft=soft)
        written = self.language.generate(
            prompt, seed=seeds, temperature=temperature, candidates=candidates
        )
        if candidates == 1:
            return [[Candidate(w.text, 0.0, w.log_prob_per_token) for w in row] for row in written]
        flat = [text for row in written for text in row]
        prior = self._prior(flat)
        rows = []
        for number, row in enumerate(written):
            voice = listened.row(number)
            found = [
                Candidate(
                    text.text,
                    self._heard(text.text, voice)
                    + (text.log_prob - PRIOR * prior[text.text]) / text.tokens,
                    text.log_prob_per_token,
                )
                for text in row
                if text.finished
            ] or [Candidate(row[0].text, 0.0, row[0].log_prob_per_token)]
            best = max(candidate.fluency for candidate in found)
            fluent = [c for c in found if c.fluency > best - LEAST_FLUENT]
            rows.append(sorted(fluent, key=lambda c: -c.agreement))
        return rows

    def _heard(self, text: str, voice: Listened) -> float:
        """Nats: log-probability of the emotion in the text, less how far off its strength is."""
        reading = read(text)
        shares = zip(self.former.config.emotions, voice.emotion[0].softmax(-1), strict=True)
        share = sum(float(heard) * reading.scores.get(name, 0.0) for name, heard in shares)
        return math.log(LEAST_SHARE + share) - abs(reading.strength - float(voice.intensity[0]))

    def _prior(self, written: Sequence[Written]) -> dict[str, float]:
        """log p(text | nothing but the request) of each text."""
        lengths = {text.text: text.tokens for text in written}
        texts = sorted(lengths, key=lambda text: (lengths[text], text))  # little padding
        prior: dict[str, float] = {}
        for first in range(0, len(texts), TOGETHER):
            part = texts[first : first + TOGETHER]
            prompt = self.language.ask([REQUEST] * len(part))
            found: Tensor = self.language.log_prob(prompt, part).total
            prior |= zip(part, found.tolist(), strict=True)
        return prior


def _parts(spans: Sequence[Span]) -> list[Sequence[Span]]:
    """Spans in parts of even size, as many as AT_ONCE threads share evenly."""
    if len(spans) < AT_ONCE * FEWEST:
        return [spans]
    count = AT_ONCE * math.ceil(len(spans) / (AT_ONCE * TOGETHER))
    edges = [round(len(spans) * part / count) for part in range(count + 1)]
    return [spans[first:last] for first, last in pairwise(edges)]


def _seed_of(seed: int, span: tuple[float, float]) -> int:
    """A seed of this span alone: what is written elsewhere does not change it."""
    key = f"{seed}:{span[0]:.3f}:{span[1]:.3f}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "little")
