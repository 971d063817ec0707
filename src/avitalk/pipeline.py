"""The whole way: a recording comes in, an Animation comes out, which writes itself to files.

speech = audio.load(path)                       what was recorded, 16 kHz
features = encoder.encode(speech)               what was said, 50 Hz
words = instructor.write(speech, features)      what the face is to do, for people to edit
mouth = talker.animate(features)                jaw, lips and tongue, 50 Hz
idle = idle_motion(voice, loudness, seed=...)   blinks, gaze, brows, head
cues = cues_for(words, writer, seed=...)        a style for each segment's text; what it demands
motion = performer.perform(mouth, prosody, cues, idle)      the whole face, acting
motion = hold_features(motion, words)           single shapes that the words name
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from avitalk import audio, weights
from avitalk.animation import (
    FORMATS,
    HEAD,
    LIVE_LINK_FPS,
    MODELS,
    PERFORMER,
    USUAL,
    Animation,
)
from avitalk.errors import InputError
from avitalk.face import Head
from avitalk.face.library import find_face
from avitalk.footage import read_footage
from avitalk.heard import Heard
from avitalk.instruct.writing import Given, InstructionWriter, instruction_for, load_writer
from avitalk.speech import SpeechEncoder
from avitalk.style.acting import GUIDANCE, Acting, Performs, WritesStyles
from avitalk.style.cues import cues_for, cues_in
from avitalk.style.encoder import StyleEncoder
from avitalk.style.example import Encodes, style_from
from avitalk.style.parts import ENCODER, PRIOR
from avitalk.style.writer import StyleWriter
from avitalk.talker import Controls, Idle, Talker, idle_motion
from avitalk.talker.controls import shifted
from avitalk.talker.overrides import hold_features
from avitalk.talker.performer import Memory, Performer
from avitalk.types import Instruction, Motion, Speech, Style

__all__ = ["FORMATS", "HEAD", "LIVE_LINK_FPS", "MODELS", "USUAL", "Animation", "Animator"]


class Animator:
    """Turns recordings into Animations; loads its models once."""

    def __init__(
        self,
        face: str | Path | Head = "default",
        binding: Path | str | None = None,
        *,
        instructor: InstructionWriter | None = None,
        writer: WritesStyles | None = None,
        performer: Performs | None = None,
        style_encoder: Encodes | None = None,
    ) -> None:
        """`face` is a name of `avitalk faces list`, an avatar's file, or a Head; `binding` says
        what drives an avatar's targets where their names do not. `instructor` writes the words,
        `writer` makes styles of them, `performer` acts them out, `style_encoder` takes styles from
        examples: those that come with the package unless given. Raises InputError as
        `avitalk.face.library.find_face` does.
        """
        self._given = instructor, writer, performer, style_encoder
        encoder, talker = (weights.find(name) for name in MODELS)
        self.encoder = SpeechEncoder.load(encoder.path)
        self.talker = Talker.load(talker.path)
        self.head = face if isinstance(face, Head) else find_face(face, binding)

    @cached_property
    def instructor(self) -> InstructionWriter:
        """Listens and writes instructions; loaded on first use, as the others below."""
        return self._given[0] or load_writer()

    @cached_property
    def writer(self) -> WritesStyles:
        """Makes styles of words."""
        return self._given[1] or StyleWriter.load(weights.find(PRIOR).path)

    @cached_property
    def performer(self) -> Performs:
        """Acts styles out."""
        return self._given[2] or Performer.load(weights.find(PERFORMER).path)

    @cached_property
    def style_encoder(self) -> Encodes:
        """Takes styles from examples."""
        return self._given[3] or StyleEncoder.load(weights.find(ENCODER).path)

    def hear(self, speech: Speech | Path | str) -> Heard:
        """A recording heard once, to be performed many times. Raises InputError as `audio.load`."""
        speech = speech if isinstance(speech, Speech) else audio.load(speech)
        return Heard(speech, self.encoder.encode(speech))

    def animate(
        self,
        speech: Speech | Path | str | Heard,
        *,
        instruction: Given | None = None,
        neutral: bool = False,
        style: Style | None = None,
        guidance: float = GUIDANCE,
        any_audio: bool = False,
        seed: int | None = None,
        idle: Idle | None = None,
        controls: Controls | None = None,
        text: str | None = None,
        speaker: str | None = None,
        memory: Memory | None = None,
    ) -> Animation:
        """Perform a recording, given as a path, as Speech, or as `hear` has heard it.

        `instruction` says what the face is to do: words for the whole recording, the Path of a
        file, or an Instruction, which `Instruction()` leaves empty; None has the instructor write
        it. One for another recording is refused unless `any_audio` is set. `guidance`, 0 to 10, is
        how strongly words lead. `style` replaces the styles of the words, and without an
        instruction fills the recording; `neutral` leaves words and styles out. `seed` is that of
        the instruction unless given: another seed, another take.
        `speaker` is a name of `Talker.styles`, whose way of moving the lips is taken; `text` is
        what is said in it, in English, if known: closures of p b m f v become sharper; a text that
        does not fit is noted and left aside. `memory` keeps what was performed: again, with a few
        words changed, costs little. Same recording, seed and settings: the same bytes of
        Motion. Raises InputError as `audio.load` does, and for an unknown speaker.
        """
        if neutral and not (instruction is None and style is None):
            raise InputError("neutral leaves words and styles out; give neither, or not neutral")
        if neutral or (instruction is None and style is not None):
            instruction = Instruction()
        heard = speech if isinstance(speech, Heard) else self.hear(speech)
        speech = heard.speech
        words = self._words(heard, instruction, seed, any_audio)
        said = heard.said(text)
        idle, controls = idle or Idle(), controls or Controls()
        mouth = controls.spoken(heard.mouth(self.talker, text, speaker))
        rest = idle_motion(*heard.voice, fps=mouth.fps, seed=words.seed, idle=idle)
        acting = Acting() if neutral else self._acting(speech, words, style, guidance)
        motion = mouth.over(rest, take=("mouth",))
        if acting.cues:
            motion = self.performer.perform(
                mouth, heard.prosody, acting.cues, rest, seed=words.seed,
                duration_s=speech.duration_s, memory=memory,
            )  # fmt: skip
        motion = shifted(motion, controls.offset_ms)
        motion = hold_features(motion, words, later_s=controls.offset_ms / 1000)
        return Animation(
            speech, motion, said.phones, words.seed, idle, self.head, controls, said.notes, speaker,
            words, acting,
        )  # fmt: skip

    def _words(
        self, heard: Heard, given: Given | None, seed: int | None, any_audio: bool
    ) -> Instruction:
        """What the face is to do, with the seed that all of this performance has."""
        if given is None:
            return self.instructor.write(heard.speech, heard.features, seed=seed or 0)
        words = instruction_for(heard.speech, given, seed=seed or 0, any_audio=any_audio)
        return words if seed is None else replace(words, seed=seed)

    def _acting(
        self, speech: Speech, words: Instruction, style: Style | None, guidance: float
    ) -> Acting:
        if style is not None:
            return Acting(cues_in(style, words, speech.duration_s), guidance, style)
        return Acting(cues_for(words, self.writer, seed=words.seed, guidance=guidance), guidance)

    def style_from(self, example: Motion | Path | str) -> Style:
        """The style of a Motion, or of a file that shows a face: .motion.npz, .csv, a video.

        Raises InputError as `avitalk.footage.read_footage` does, and for less than half a second.
        """
        if isinstance(example, Motion):
            return style_from(example, self.style_encoder)
        shown = read_footage(example)
        name = shown.source.name
        style = style_from(shown.motion, self.style_encoder, name=name, filmed=shown.filmed)
        return replace(style, sources=(shown.source,))
