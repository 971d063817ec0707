"""Phone times of a recording whose words are known, by forced alignment with pocketsphinx."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import soundfile

from avitalk.data.clips import Clip, PhoneTime
from avitalk.errors import InputError
from avitalk.speech.phones import PHONE_INDEX

PAD_S = 0.2
FRAME_S = 0.01
PEAK = 0.7
EXTRA_WORDS = {"zed": "Z EH D", "etc": "EH T S EH T ER AH"}


def require_aligner() -> None:
    """Raise InputError, with what to install, if pocketsphinx is missing."""
    try:
        import pocketsphinx  # noqa: F401, PLC0415  (an optional extra)
    except ImportError as error:
        raise InputError("a transcript needs pocketsphinx: pip install 'avitalk[text]'") from error


class Aligner:
    """Aligns words to audio; needs the `train` extra.

    Wide beams, batch mean normalisation, padding and a little dither: without them the aligner
    loses its path in about one recording of twenty.
    """

    def __init__(self) -> None:
        require_aligner()
        from pocketsphinx import Decoder  # noqa: PLC0415  (an optional extra)

        self._decoder: Any = Decoder(
            bestpath=False, cmn="batch", beam=1e-80, pbeam=1e-80, wbeam=1e-80,
            lm=None, loglevel="FATAL",
        )  # fmt: skip
        self._recogniser: Any = None
        for word, phones in EXTRA_WORDS.items():
            if not self.known(word):
                self.add(word, phones)

    def known(self, word: str) -> bool:
        """Whether the word is in the dictionary."""
        return self.pronunciation(word) is not None

    def pronunciation(self, word: str) -> str | None:
        """ARPAbet marks with spaces between, or None for a word that is not in the dictionary."""
        found: str | None = self._decoder.lookup_word(word)
        return found

    def add(self, word: str, phones: str) -> None:
        """Teach a word; `phones` are ARPAbet marks with spaces between."""
        self._decoder.add_word(word, phones, True)

    def align(self, samples: np.ndarray, text: str) -> tuple[PhoneTime, ...] | None:
        """Phone times covering all of `samples` (N,) at 16 kHz, or None if no path was found."""
        words = text.split()
        if not words or not all(self.known(word) for word in words):
            return None
        pad = np.zeros(int(PAD_S * 16000))
        padded = np.concatenate([pad, samples * (PEAK / max(1e-6, np.abs(samples).max())), pad])
        dither = np.random.default_rng(0).normal(0, 3, len(padded))
        raw = np.clip(padded * 32767 + dither, -32768, 32767).astype("<i2").tobytes()
        decoder = self._decoder
        decoder.set_align_text(" ".join(words))
        self._decode(raw)  # words
        if decoder.hyp() is None:
            return None
        decoder.set_alignment()
        self._decode(raw)  # the phones within them; asking for hyp() here ends the process
        alignment = decoder.get_alignment()
        found = []
        for word in alignment:
            for phone in word:
                found.append((phone.name, phone.start, phone.duration))
        return _without_pad(found, len(samples) / 16000)

    def recognise(self, samples: np.ndarray) -> str | None:
        """Words of clear read speech as pocketsphinx hears them: labels for untranscribed audio.

        One narrow pass: a third of the time of the usual three, 2 s for a clip of 11 s.
        """
        raw = (samples * (PEAK * 32767 / max(1e-6, np.abs(samples).max()))).astype("<i2").tobytes()
        if self._recogniser is None:
            from pocketsphinx import Decoder  # noqa: PLC0415  (an optional extra)

            self._recogniser = Decoder(
                fwdflat=False, bestpath=False, maxhmmpf=3000, maxwpf=10, loglevel="FATAL"
            )
        self._recogniser.start_utt()
        self._recogniser.process_raw(raw, no_search=False, full_utt=True)
        self._recogniser.end_utt()
        heard = self._recogniser.hyp()
        return heard.hypstr if heard is not None else None

    def _decode(self, raw: bytes) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(raw, no_search=False, full_utt=True)
        self._decoder.end_utt()


def _without_pad(
    found: Sequence[tuple[str, int, int]], duration_s: float
) -> tuple[PhoneTime, ...] | None:
    phones = []
    for name, start, frames in found:
        phone = name if name in PHONE_INDEX else "SIL"
        start_s = max(0.0, start * FRAME_S - PAD_S)
        end_s = min(duration_s, (start + frames) * FRAME_S - PAD_S)
        if end_s > start_s:
            phones.append(PhoneTime(phone, round(start_s, 3), round(end_s, 3)))
    return tuple(phones) if any(p.phone != "SIL" for p in phones) else None


def align_clip(aligner: Aligner, clip: Clip) -> Clip | None:
    """The clip with phone times, or None if it cannot be aligned.

    Without a text, or with words that the dictionary lacks, the words are recognised first.
    """
    samples, _ = soundfile.read(clip.audio, dtype="float32")
    text = clip.text
    if text is None or not all(aligner.known(word) for word in text.split()):
        text = aligner.recognise(samples)
    phones = aligner.align(samples, text) if text else None
    return None if phones is None else replace(clip, text=text, phones=phones)
