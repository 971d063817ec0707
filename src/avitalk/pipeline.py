"""The whole way: a recording comes in, an Animation comes out, which writes itself to files.

speech = audio.load(path)                       what was recorded, 16 kHz
features = encoder.encode(speech)               what was said, 50 Hz
words = instructor.write(speech, features)      what the face is to do, for people to edit
mouth = talker.animate(features)                jaw, lips and tongue, 50 Hz
idle = idle_motion(voice, loudness, seed=...)   blinks, gaze, brows, head
motion = mouth.over(idle, take=("mouth",))
motion = hold_features(motion, words)           single shapes that the words name
"""

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avitalk import audio, weights
from avitalk.animation import (
    FORMATS,
    HEAD,
    LIVE_LINK_FPS,
    MODELS,
    USUAL,
    Animation,
)
from avitalk.data.transcript import align_text
from avitalk.errors import InputError
from avitalk.face import Head
from avitalk.face.library import find_face
from avitalk.instruct.writing import Given, InstructionWriter, instruction_for, load_writer
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import SIL, phone_segments
from avitalk.talker import Controls, Idle, Talker, idle_motion, sharpened
from avitalk.talker.overrides import hold_features
from avitalk.types import Instruction, Speech, SpeechFeatures

__all__ = ["FORMATS", "HEAD", "LIVE_LINK_FPS", "MODELS", "USUAL", "Animation", "Animator"]


class Animator:
    """Turns recordings into Animations; loads its models once."""

    def __init__(
        self,
        face: str | Path | Head = "default",
        binding: Path | str | None = None,
        *,
        instructor: InstructionWriter | None = None,
    ) -> None:
        """`face` is a name of `avitalk faces list`, an avatar's file, or a Head; `binding` says
        what drives an avatar's targets where their names do not; `instructor` writes the words,
        the one that comes with the package unless given. Raises InputError as
        `avitalk.face.library.find_face` does.
        """
        self._instructor = instructor
        encoder, talker = (weights.find(name) for name in MODELS)
        self.encoder = SpeechEncoder.load(encoder.path)
        self.talker = Talker.load(talker.path)
        self.head = face if isinstance(face, Head) else find_face(face, binding)

    @cached_property
    def instructor(self) -> InstructionWriter:
        """Listens and writes instructions; loaded on first use."""
        return self._instructor or load_writer()

    def animate(
        self,
        speech: Speech | Path | str,
        *,
        instruction: Given | None = None,
        any_audio: bool = False,
        seed: int = 0,
        idle: Idle | None = None,
        controls: Controls | None = None,
        text: str | None = None,
        speaker: str | None = None,
    ) -> Animation:
        """Perform a recording, given as a path or as Speech.

        `instruction` says what the face is to do: words for the whole recording, the Path of a
        file, or an Instruction, which `Instruction()` leaves empty; None has the instructor write
        it. One for another recording is refused unless `any_audio` is set.
        `speaker` is a name of `Talker.styles`, whose way of moving the lips is taken; `text` is
        what is said in it, in English, if known: closures of p b m f v become sharper; a text that
        does not fit is noted and left aside. Same recording, seed and settings: the same bytes of
        Motion. Raises InputError as `audio.load` does, and for an unknown speaker.
        """
        if not isinstance(speech, Speech):
            speech = audio.load(speech)
        features = self.encoder.encode(speech)
        words = self._words(speech, features, instruction, seed, any_audio)
        mouth = self.talker.animate(features, speaker)
        phones = tuple(phone_segments(features))
        notes: tuple[str, ...] = ()
        if text is not None:
            try:
                phones = align_text(speech, text, features)
                mouth = sharpened(mouth, phones)
            except InputError as error:
                notes = (f"{error}; the transcript is left aside",)
        idle, controls = idle or Idle(), controls or Controls()
        voice, loudness = _voice_and_loudness(speech, features)
        rest = idle_motion(voice, loudness, fps=mouth.fps, seed=seed, idle=idle)
        motion = controls.apply(mouth.over(rest, take=("mouth",)))
        motion = hold_features(motion, words, later_s=controls.offset_ms / 1000)
        return Animation(
            speech, motion, phones, seed, idle, self.head, controls, notes, speaker, words
        )

    def _words(
        self,
        speech: Speech,
        features: SpeechFeatures,
        given: Given | None,
        seed: int,
        any_audio: bool,
    ) -> Instruction:
        if given is not None:
            return instruction_for(speech, given, seed=seed, any_audio=any_audio)
        return self.instructor.write(speech, features, seed=seed)


def _voice_and_loudness(
    speech: Speech, features: SpeechFeatures
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(T,) probability of voice, and (T,) loudness in decades, one value a speech frame."""
    voice = 1.0 - np.exp(features.phone_log_probs[:, SIL].astype(np.float64))
    size = len(voice) * audio.SAMPLES_PER_FEATURE
    padded = np.zeros(size, np.float32)
    padded[: len(speech.samples)] = speech.samples[:size]
    power = np.square(padded).reshape(len(voice), -1).mean(axis=1, dtype=np.float64)
    return voice, np.log10(power + 1e-7)
