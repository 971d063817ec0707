"""Every row of the robustness card: a name goes in, the condition of that name comes out."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from avitalk.evaluate.conditions.channels import clipped, opus, telephone
from avitalk.evaluate.conditions.condition import Changed, Condition, Generator, Wave, kept
from avitalk.evaluate.conditions.noises import Sound, babble, music, pink_noise, under, white
from avitalk.evaluate.conditions.pace import at_rate
from avitalk.evaluate.conditions.rooms import far_field, reverberant
from avitalk.evaluate.conditions.singing import sung
from avitalk.evaluate.conditions.whisper import whispered

RATIOS_DB: Final = (20, 10, 0)
DIRECT_DB: Final = 0.0  # direct sound to reverberation, both rooms
CLIP_LEVEL: Final = 0.2  # of the recording's own peak
BITS_PER_S: Final = 16_000


def noisy(name: str, sound: Sound, ratio_db: float, note: str) -> Condition:
    """The recording over another sound, both measured where someone speaks."""

    def mixed(wave: Wave, rng: Generator) -> Wave:
        return np.asarray(wave + under(wave, sound(rng, wave), ratio_db), np.float32)

    return Condition(
        f"{name}, {ratio_db:g} dB", kept(mixed), f"recorded voice, {ratio_db:g} dB above {note}"
    )


def babble_of(voices: Sequence[Wave], ratio_db: float) -> Condition:
    """Babble of recorded voices, 16 kHz each, in place of the recording's own played backwards."""
    return noisy("babble", babble(voices), ratio_db, "eight recorded voices at once")


def _noises() -> list[Condition]:
    sounds: dict[str, tuple[Sound, str]] = {
        "white noise": (white, "synthesised white noise"),
        "pink noise": (pink_noise, "synthesised pink noise"),
        "babble": (babble(), "babble made of itself: backwards, eight times, at other speeds"),
        "instrumental music": (music, "synthesised instrumental music"),
    }
    return [
        noisy(name, sound, ratio_db, note)
        for name, (sound, note) in sounds.items()
        for ratio_db in RATIOS_DB
    ]


def _room(t60_s: float) -> Condition:
    return Condition(
        f"room, T60 {t60_s:.1f} s",
        kept(lambda wave, rng: reverberant(rng, wave, t60_s, DIRECT_DB)),
        "recorded voice in a synthesised room: direct sound and echoes of equal energy",
    )


def _rate(rate: float) -> Condition:
    def change(wave: Wave, rng: Generator) -> Changed:
        return at_rate(wave, rate)

    return Condition(f"rate x{rate:g}", change, "recorded voice stretched by WSOLA, pitch kept")


def _conditions() -> list[Condition]:
    return [
        Condition("clean", kept(lambda wave, rng: wave), "recorded voice as it is"),
        *_noises(),
        *map(_room, (0.5, 1.0)),
        Condition(
            "telephone", kept(lambda wave, rng: telephone(wave)),
            "recorded voice, 300 to 3400 Hz, 8 bit mu-law at 8 kHz, full scale at its peak",
        ),
        Condition(
            "clipped", kept(lambda wave, rng: clipped(wave, CLIP_LEVEL)),
            f"recorded voice cut off at {CLIP_LEVEL:g} of its peak",
        ),
        Condition(
            "far field", kept(far_field),
            "recorded voice in a synthesised room, T60 0.6 s, echoes 6 dB above the direct sound, "
            "6 dB less an octave above 2.5 kHz, 15 dB above pink noise, all 20 dB fainter",
        ),
        Condition(
            "level x0.1", kept(lambda wave, rng: wave * np.float32(0.1)),
            "recorded voice, 20 dB fainter",
        ),
        *map(_rate, (0.7, 1.4)),
        Condition(
            "whisper", kept(whispered),
            "synthesised from the recorded voice: linear prediction, noise for its excitation",
        ),
        Condition(
            "singing", sung,
            "synthesised from the recorded voice: vowels twice as long, held notes with vibrato",
        ),
        Condition(
            "Opus, 16 kbit/s", kept(lambda wave, rng: opus(wave, BITS_PER_S)),
            "recorded voice through the codec and back",
        ),
    ]  # fmt: skip


CONDITIONS: Final[dict[str, Condition]] = {one.name: one for one in _conditions()}
