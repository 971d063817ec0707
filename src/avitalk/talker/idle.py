"""What a face does besides speaking: voice activity and loudness in, blinks, gaze and head out.

Rates and sizes are those of people in conversation: 10 to 25 blinks a minute, lids closing in a
tenth of a second and opening in two; fixations of one to three seconds joined by saccades on the
main sequence (duration 21 ms + 2.2 ms per degree); a head that never holds quite still and nods on
stressed syllables. Everything is drawn from one seed with uniform numbers only, because those are
the ones numpy promises to keep the same from version to version.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import INDEX
from avitalk.chance import Draw, sway
from avitalk.errors import InputError
from avitalk.talker.smoothing import smoothed_track
from avitalk.types import Motion

Floats = NDArray[np.float64]

DEGREE = math.pi / 180
BLINK_MIN_GAP_S = 0.6
BLINK_MEAN_LIMITS = (0.0, 60.0)
VERGENCE_RAD = 1.2 * DEGREE  # both eyes on a viewer a metre and a half away
HEAD_SWAY_RAD = np.array([2.6, 1.6, 1.1]) * DEGREE  # yaw, pitch, roll
NOD_RAD = 1.6 * DEGREE
ACCENT_DECADES = 0.1  # of power above the surroundings
QUIET_SWAY = 0.55  # share of the sway left while nobody speaks


@dataclass(frozen=True, slots=True)
class Idle:
    """What moves besides the mouth; 0 switches a part off. Raises InputError on other values."""

    blinks_per_min: float = 17.0
    """Blinks a minute, 0 to 60."""
    gaze: float = 1.0
    """Size of eye movements, 0 to 2."""
    head: float = 1.0
    """Size of head movements, 0 to 2."""
    brows: float = 1.0
    """Size of brow accents on stressed syllables, 0 to 2."""

    def __post_init__(self) -> None:
        low, high = BLINK_MEAN_LIMITS
        if not low <= self.blinks_per_min <= high:
            raise InputError(f"{self.blinks_per_min} blinks a minute; allowed: {low:g} to {high:g}")
        for name in ("gaze", "head", "brows"):
            if not 0 <= getattr(self, name) <= 2:
                raise InputError(f"{name} {getattr(self, name)}; allowed: 0 to 2, 0 is off")


def idle_motion(
    voice: Floats, loudness: Floats, *, fps: float, seed: int = 0, idle: Idle | None = None
) -> Motion:
    """Blinks, gaze, brows and head for a recording; the mouth stays at rest.

    voice: (F,) share of voice in [0, 1]; loudness: (F,) log10 of power; one value a frame.
    Same arguments, same motion.
    """
    idle = idle or Idle()
    frames = len(voice)
    if len(loudness) != frames or frames == 0:
        raise InputError(f"voice has {frames} frames and loudness {len(loudness)}; need the same")
    accents = accent_frames(loudness, voice, fps)
    weights = np.zeros((frames, 52))
    head = idle.head * _head(voice, accents, fps, Draw(seed, "head"))
    gaze, shifts = _gaze(frames, fps, Draw(seed, "gaze"))
    if idle.blinks_per_min > 0:
        lids = _blinks(voice, shifts, fps, 60 / idle.blinks_per_min, Draw(seed, "blinks"))
        weights[:, INDEX["eyeBlinkLeft"]] = weights[:, INDEX["eyeBlinkRight"]] = lids
    _raise_brows(weights, accents, fps, idle.brows, Draw(seed, "brows"))
    eyes = np.zeros((frames, 2, 3))
    if idle.gaze > 0:
        # The eyes turn against the head to stay on their target.
        eyes[:, :, :2] = (idle.gaze * gaze - head[:, :2])[:, None]
        eyes[:, 0, 0] -= VERGENCE_RAD
        eyes[:, 1, 0] += VERGENCE_RAD
    weights32, head32, eyes32 = (np.asarray(x, np.float32) for x in (weights, head, eyes))
    return Motion(weights32, head32, eyes32, fps)


def accent_frames(loudness: Floats, voice: Floats, fps: float) -> NDArray[np.int64]:
    """Frames of stressed syllables: the loudest voiced frame within 0.5 s on either side.

    It has to stand out from the 1.6 s around it. Looks no further, so that a long recording
    gives what its parts give.
    """
    above = smoothed_track(loudness, 0.06 * fps) - smoothed_track(loudness, 0.8 * fps)
    above = np.where(voice > 0.5, above, -np.inf)
    reach = round(0.5 * fps)
    padded = np.pad(above, reach, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    return np.flatnonzero((above == highest) & (above > ACCENT_DECADES))


def _head(voice: Floats, accents: NDArray[np.int64], fps: float, draw: Draw) -> Floats:
    frames = len(voice)
    activity = QUIET_SWAY + (1 - QUIET_SWAY) * smoothed_track(voice, 0.5 * fps)
    turn = np.stack(
        [0.75 * sway(frames, fps, 2.6, draw) + 0.3 * sway(frames, fps, 0.9, draw)
         for _ in range(3)], axis=1)  # fmt: skip
    turn[:, 2] += 0.3 * turn[:, 0]  # a turning head tilts a little with it
    head = turn * HEAD_SWAY_RAD * activity[:, None]
    for accent in accents:
        size, length = NOD_RAD * draw.between(0.4, 1.3), draw.between(0.34, 0.5)
        _add_bump(head[:, 1], accent / fps - 0.4 * length, length, size, fps)
    start = np.minimum(np.arange(frames) / fps / 0.5, 1.0)  # begin straight ahead
    return np.asarray(head * (start * start * (3 - 2 * start))[:, None])


def _add_bump(track: Floats, start_s: float, length_s: float, size: float, fps: float) -> None:
    """Add a raised cosine to `track`, in place."""
    first = max(0, math.ceil(start_s * fps))
    last = min(len(track), math.floor((start_s + length_s) * fps) + 1)
    t = (np.arange(first, last) / fps - start_s) / length_s
    track[first:last] += size * (0.5 - 0.5 * np.cos(2 * np.pi * t))


def _gaze(frames: int, fps: float, draw: Draw) -> tuple[Floats, list[float]]:
    """Yaw and pitch of the gaze in the room (F, 2), and the times of its large shifts."""
    times, points, shifts = [0.0], [np.zeros(2)], []
    now, end = draw.between(0.3, 1.2), frames / fps
    while now < end:
        away = draw.between(0, 1) < 0.16 and np.hypot(*points[-1]) < 4 * DEGREE
        if away:
            side = 1 if draw.between(0, 1) < 0.5 else -1
            aim = np.array([side * draw.between(6, 13), draw.between(-5, 6)]) * DEGREE
        else:
            aim = np.array([1.3 * draw.bell(), 0.8 * draw.bell()]) * DEGREE
        distance = float(np.hypot(*(aim - points[-1])))
        length = 0.021 + 0.0022 * distance / DEGREE
        times += [now, now + length]
        points += [points[-1], aim]
        if distance > 6 * DEGREE:
            shifts.append(now)
        now += length + (draw.between(0.4, 1.1) if away else 0.35 + draw.wait(1.1))
    clock = np.arange(frames) / fps
    track = np.array(points)
    return np.stack([np.interp(clock, times, track[:, i]) for i in range(2)], axis=1), shifts


def _blinks(voice: Floats, shifts: list[float], fps: float, mean_s: float, draw: Draw) -> Floats:
    """Lid closure (F,) in [0, 1]: some blinks ride on gaze shifts, most fall into pauses."""
    frames = len(voice)
    times = [shift for shift in shifts if draw.between(0, 1) < 0.3]
    rest_s = 1 / max(1 / mean_s - len(times) * fps / frames, 0.2 / mean_s)
    now = draw.between(0.5, 1.0) * rest_s
    while now < frames / fps:
        # A blink waits up to half a second for a pause in the voice.
        window = voice[int(now * fps) : int((now + 0.5) * fps)]
        quiet = np.flatnonzero(window < 0.5)
        times.append(now + (quiet[0] / fps if len(quiet) else 0.0))
        now += BLINK_MIN_GAP_S + draw.wait(max(rest_s - BLINK_MIN_GAP_S, 0.2))
    lids, last = np.zeros(frames), -BLINK_MIN_GAP_S
    clock = np.arange(frames) / fps
    for start in sorted(times):
        if start - last < BLINK_MIN_GAP_S:
            continue
        last = start
        closing, held = draw.between(0.07, 0.11), draw.between(0.04, 0.07)
        opening, depth = draw.between(0.15, 0.25), draw.between(0.92, 1.0)
        corners = start + np.cumsum([0, closing, held, opening])
        ramp = np.interp(clock, corners, [0, 1, 1, 0])
        lids = np.maximum(lids, depth * ramp * ramp * (3 - 2 * ramp))
    return lids


def _raise_brows(
    weights: Floats, accents: NDArray[np.int64], fps: float, size: float, draw: Draw
) -> None:
    for accent in accents:
        lifted, height = draw.between(0, 1) < 0.4, draw.between(0.08, 0.26)
        length, outer = draw.between(0.5, 0.9), draw.between(0.5, 0.9)
        if not lifted:
            continue
        for name, share in (("browInnerUp", 1.0), ("browOuterUpLeft", outer),
                            ("browOuterUpRight", outer)):  # fmt: skip
            track = weights[:, INDEX[name]]
            _add_bump(track, accent / fps - 0.4 * length, length, size * share * height, fps)
