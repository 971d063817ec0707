"""Tracked lips and phone times -> what the talker should do at 50 Hz on a given head."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from avitalk.audio import FEATURE_RATE_HZ
from avitalk.data.clips import PhoneTime
from avitalk.data.tracks import Track, lip_gap, smoothed
from avitalk.speech.phones import BILABIAL, LABIODENTAL, PHONE_INDEX, PHONES
from avitalk.talker.contacts import held
from avitalk.train.talker.articulation import asked_weights, lean_shares

Array = NDArray[np.float64]

CONTACT_MM = 0.4
"""Lips press into each other by this much when they close, so that closure survives resampling."""
BEFORE_S, AFTER_S = (0.13, 0.22), (0.08, 0.2)
"""This long before speech, and after it, the lips of a pause go from closed to as tracked. People
part their lips up to 0.4 s early; the talker does so only just before it speaks.
"""
PRIOR_SIGMA_FRAMES = 1.8
BURST_S = 0.05
"""Lips are no longer held this long before a bilabial's end, where they burst open."""
CLOSING_S, OPENING_S = 0.045, 0.03
"""How long lips take to meet and to burst open; slower, they shut the vowel that follows."""
UPPER_SHARE = 0.3
"""The upper lip's part of a closure; the jaw and the lower lip do the rest."""


@dataclass(frozen=True, slots=True)
class Target:
    """One clip at 50 Hz; frame i is at time i / 50."""

    clip_id: str
    moved: Array
    """(T, 45, 3) mm on the head from its closed lips, with closures and pauses made good."""
    tracked_gap: Array
    """(T,) mm as tracked, nothing made good: what is measured against."""
    tracked_width: Array
    """(T,) mm as tracked."""
    prior: Array
    """(T, K) weights that the phones ask for."""


def phone_shares(phones: Sequence[PhoneTime], frames: int) -> Array:
    """(T, P) share of each phone in the 20 ms around frame time i / 50; silence elsewhere."""
    fine = np.full(frames * 4 + 4, PHONE_INDEX["SIL"])
    for phone in phones:
        fine[round(phone.start_s * 200) : round(phone.end_s * 200)] = PHONE_INDEX[phone.phone]
    around = np.concatenate([fine[:1].repeat(2), fine])[: frames * 4]
    shares = np.eye(len(PHONES))[around].reshape(frames, 4, len(PHONES)).mean(axis=1)
    return np.asarray(shares)


def pause_shares(phones: Sequence[PhoneTime], frames: int) -> Array:
    """(T,) 1 in pauses, falling smoothly to 0 before and after speech."""
    times = np.arange(frames) / FEATURE_RATE_HZ
    share = np.ones(frames)
    for phone in phones:
        if phone.phone != "SIL":
            before = (phone.start_s - times - BEFORE_S[0]) / (BEFORE_S[1] - BEFORE_S[0])
            after = (times - phone.end_s - AFTER_S[0]) / (AFTER_S[1] - AFTER_S[0])
            share = np.minimum(share, np.clip(np.maximum(before, after), 0, 1))
    return np.asarray(share * share * (3 - 2 * share))


def target_of(
    track: Track, phones: Sequence[PhoneTime], neutral: Array, width_mm: float, frames: int
) -> Target:
    """Bring a track to 50 Hz on a head whose mouth at rest is `width_mm` wide.

    neutral: (45, 3) m, the speaker's closed lips.
    """
    scale = width_mm / float(np.linalg.norm(neutral[32] - neutral[22]))
    moved = (smoothed(track.contour) - neutral) * scale
    times = np.arange(frames) / FEATURE_RATE_HZ
    centre = (np.arange(len(moved)) + 0.5) / track.fps
    inside = np.clip(times, centre[0], centre[-1])
    moved = np.asarray(CubicSpline(centre, moved, axis=0)(inside))
    gap, width = lip_gap(moved), moved[:, 32, 0] - moved[:, 22, 0]
    moved = with_contacts(moved, phones, times)
    silent = pause_shares(phones, frames)
    moved = moved * (1 - silent)[:, None, None]
    shares = phone_shares(phones, frames)
    prior = gaussian_filter1d(shares @ asked_weights(), PRIOR_SIGMA_FRAMES, axis=0)
    return Target(track.clip_id, moved, gap, width, prior * (1 - silent)[:, None])


def with_contacts(moved: Array, phones: Sequence[PhoneTime], times: Array) -> Array:
    """Close the lips in p b m, where video at 25 fps caught them half open, and bring the lower
    lip near the upper teeth in f v. (T, 45, 3) mm -> the same.
    """
    moved = moved.copy()
    for phone in phones:
        if phone.phone in BILABIAL | LABIODENTAL:
            hold = _hold(lip_gap(moved), phone, times)
            parted = moved[:, :11, 1] - moved[:, 11:22, 1]
            if phone.phone in BILABIAL:
                wanted = np.minimum(parted, -CONTACT_MM * np.sin(np.linspace(0, np.pi, 11)))
            else:
                wanted = np.minimum(parted, 0.45 * parted)
            _bring_together(moved, hold[:, None] * (parted - wanted))
    return moved


def towards_visemes(moved: Array, shown: Array, phones: Sequence[PhoneTime]) -> Array:
    """Move tracked lips (T, 45, 3) mm some way towards `shown`, the lips the phones ask for.

    Rounding and spreading leave the opening as tracked; f v take over that of `shown` too.
    """
    shares = phone_shares(phones, len(moved))
    labiodental = np.isin(PHONES, list(LABIODENTAL))
    asked = shares * lean_shares()
    lean = gaussian_filter1d(asked.sum(axis=1), PRIOR_SIGMA_FRAMES)
    kept = gaussian_filter1d(asked[:, ~labiodental].sum(axis=1), PRIOR_SIGMA_FRAMES)
    leaned = moved + lean[:, None, None] * (shown - moved)
    added = (leaned - moved)[:, :11, 1] - (leaned - moved)[:, 11:22, 1]
    _bring_together(leaned, (kept / np.maximum(lean, 1e-9))[:, None] * added)
    return np.asarray(leaned)


def _bring_together(moved: Array, less: Array) -> None:
    """Take `less` (T, 11) mm from the opening along the lips, in place; negative opens."""
    for first, share in ((0, 1.0), (22, 0.7)):  # inner contour, then outer
        moved[:, first : first + 11, 1] -= UPPER_SHARE * share * less
        moved[:, first + 11 : first + 22, 1] += (1 - UPPER_SHARE) * share * less


def _hold(gap: Array, phone: PhoneTime, times: Array) -> Array:
    """(T,) 1 where the lips are held, falling to 0: around the least gap within the phone."""
    near = np.flatnonzero((times >= phone.start_s - 0.02) & (times <= phone.end_s + 0.01))
    if not len(near):
        return np.zeros(len(times))
    bursts = phone.phone in BILABIAL
    latest_s = max(phone.start_s + 0.015, phone.end_s - (BURST_S if bursts else 0.02))
    middle_s = np.clip(times[near[gap[near].argmin()]], phone.start_s + 0.015, latest_s)
    opening_s = OPENING_S if bursts else CLOSING_S
    return held(times - middle_s, phone.end_s - phone.start_s, CLOSING_S, opening_s)
