"""What the talker learns from: features and what the mouth should do, clip by clip."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ, SAMPLES_PER_FEATURE
from avitalk.data import augment
from avitalk.data.clips import Clip
from avitalk.data.tracks import neutral_contour, read_tracks
from avitalk.evaluate.lip_basis import LipBasis
from avitalk.speech import SpeechEncoder
from avitalk.train.talker.fit import FitSetting, fit_weights
from avitalk.train.talker.targets import Target, target_of, towards_visemes
from avitalk.types import Speech
from avitalk.types.frames import between_frames

ROOM = augment.Chances(reverb=0.4, colour=0.6, noise=0.6, narrow=0.15)


@dataclass(frozen=True, slots=True)
class Lesson:
    """One clip for the talker, 50 frames a second."""

    source: str
    """Corpus filmed or animated, 'phones' (targets learned from GRID by phone) or 'speechless'."""
    values: NDArray[np.float16]
    """(T, D) features."""
    weights: NDArray[np.float16]
    """(T, K) weights of the talker's shapes."""
    moved: NDArray[np.float16] | None
    """(T, 45, 2) mm across and up, as tracked, or None where the weights are all there is."""


def grid_targets(
    folder: Path, clips: Iterable[Clip], basis: LipBasis
) -> dict[str, tuple[Target, NDArray[np.float64]]]:
    """Clip id -> its target and the fitted weights (T, K), for the clips given."""
    tracks = {track.clip_id: track for track in read_tracks(folder)}
    neutral = neutral_contour(list(tracks.values()))
    targets = []
    for clip in clips:
        frames = -(-soundfile.info(clip.audio).frames // SAMPLES_PER_FEATURE)
        phones = clip.phones or ()
        target = target_of(tracks[clip.id], phones, neutral, basis.width_mm, frames)
        shown = basis.moved(target.prior)
        targets.append(replace(target, moved=towards_visemes(target.moved, shown, phones)))
    edges = np.cumsum([0, *(len(target.moved) for target in targets)])
    moved = np.concatenate([target.moved for target in targets])
    prior = np.concatenate([target.prior for target in targets])
    breaks = np.isin(np.arange(len(moved)), edges)
    weights = fit_weights(basis.shapes, moved, prior, breaks, FitSetting())
    parts = np.split(weights, edges[1:-1])
    return {t.clip_id: (t, part) for t, part in zip(targets, parts, strict=True)}


def at_speed(track: NDArray[np.float64], factor: float, frames: int) -> NDArray[np.float64]:
    """(T, ...) played `factor` times as fast, at `frames` frames of the new time."""
    return between_frames(track, np.arange(frames) * factor)


def altered(
    rng: np.random.Generator, wave: augment.Wave, *, plain: bool
) -> tuple[augment.Wave, float]:
    """The wave, or another voice in another room, and how much faster it is."""
    if plain:
        return wave, 1.0
    factor = float(rng.uniform(0.85, 1.2))
    played = augment.resampled(wave, factor, int(len(wave) / factor))
    played = augment.room(rng, played, ROOM)
    played = augment.with_noise(rng, augment.unit(played) * 0.1, ROOM)
    return np.asarray(played, np.float32), factor


def spoken_lessons(
    clips: Sequence[Clip],
    wanted: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64] | None]],
    encoder: SpeechEncoder,
    *,
    copies: int,
    source: str,
    seed: int,
) -> Iterator[Lesson]:
    """Features of each clip in `copies` voices and rooms (the first as it is), with targets.

    wanted: clip id -> weights (T, K) and contour (T, 45, 3) or None.
    """
    rng = np.random.default_rng(seed)
    for clip in clips:
        wave, rate_hz = soundfile.read(clip.audio, dtype="float32")
        if rate_hz != SAMPLE_RATE_HZ:
            raise ValueError(f"{clip.audio}: {rate_hz} Hz; prepared audio is {SAMPLE_RATE_HZ} Hz")
        weights, moved = wanted[clip.id]
        for copy in range(copies):
            changed, factor = altered(rng, wave, plain=copy == 0)
            values = encoder.encode(Speech(changed)).values
            frames = len(values)
            contour = None if moved is None else at_speed(moved[..., :2], factor, frames)
            yield Lesson(
                source,
                values.astype(np.float16),
                at_speed(weights, factor, frames).astype(np.float16),
                None if contour is None else contour.astype(np.float16),
            )


def speechless_lessons(
    encoder: SpeechEncoder, shapes: int, *, count: int, seed: int, seconds: float = 4.0
) -> Iterator[Lesson]:
    """Silence, noise, hum, breath and music, with the mouth shut."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        wave = augment.speechless(rng, int(seconds * SAMPLE_RATE_HZ))
        wave = augment.unit(wave) * np.float32(10 ** rng.uniform(-4, -0.5))
        values = encoder.encode(Speech(wave)).values
        shut = np.zeros((len(values), shapes), np.float16)
        yield Lesson("speechless", values.astype(np.float16), shut, None)
