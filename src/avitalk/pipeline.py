"""The whole way: a recording comes in, an Animation comes out, which writes itself to files.

speech = audio.load(path)                       what was recorded, 16 kHz
features = encoder.encode(speech)               what was said, 50 Hz
mouth = talker.animate(features)                jaw, lips and tongue, 50 Hz
idle = idle_motion(voice, loudness, seed=...)   blinks, gaze, brows, head
motion = mouth.over(idle, take=("mouth",))
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk import audio, weights
from avitalk.data.transcript import align_text
from avitalk.errors import InputError
from avitalk.export import (
    EXPORTERS,
    Ingredient,
    Provenance,
    Recording,
    export_provenance,
    export_track,
    sha256_of,
)
from avitalk.face import Head
from avitalk.face.library import find_face
from avitalk.files import write_bytes
from avitalk.render.film import Video
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import SIL, PhoneSegment, phone_segments
from avitalk.talker import Controls, Idle, Talker, idle_motion, sharpened
from avitalk.types import Motion, Speech, SpeechFeatures

FORMATS: Final = {
    "mp4": ".mp4",
    **{name: exporter.suffix for name, exporter in EXPORTERS.items()},
    "track": ".track.json",
    "json": ".json",
}
"""Format name -> how the file name ends, in order of writing; 'json' tells the others' origin."""
USUAL: Final = tuple(name for name in FORMATS if name != "usdz")
"""The formats that need no extra."""
LIVE_LINK_FPS: Final = 60  # what the Live Link Face app records at
MODELS: Final = ("speech-encoder", "talker")
HEAD: Final = "default_head"  # the file of all built-in faces


@dataclass(frozen=True)
class Animation:
    """A performed recording: the motion, and what its files need."""

    speech: Speech
    """The recording."""
    motion: Motion
    """The face, 50 frames a second."""
    phones: tuple[PhoneSegment, ...]
    """What was heard, in order of time."""
    seed: int
    """Seed of blinks, gaze, brows and head."""
    idle: Idle
    """Settings of the idle motion."""
    head: Head
    """Who performs it."""
    controls: Controls = field(default_factory=Controls)
    """Manner of speaking."""
    notes: tuple[str, ...] = ()
    """What did not go as asked, for people: a transcript that does not fit, for example."""
    speaker: str | None = None
    """Whose learned style the lips have; None is the neutral one."""

    def save(
        self,
        folder: Path | str = ".",
        formats: Iterable[str] = USUAL,
        *,
        name: str | None = None,
        video: Video | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> list[Path]:
        """Write the files asked for as `folder/name.*`; return their paths.

        `name` is the recording's unless given; `progress` takes the number of frames drawn. Each
        file appears whole or not at all. Raises InputError for an unknown format, or when a file
        would replace the recording.
        """
        wanted = set(formats)
        for unknown in sorted(wanted - set(FORMATS)):
            raise InputError(f"unknown format '{unknown}'; available: {', '.join(FORMATS)}")
        for key in wanted & set(EXPORTERS):
            EXPORTERS[key].ready()  # before an hour of drawing
        stem = name or Path(self.speech.source).stem
        paths = {key: Path(folder) / (stem + self._suffix(key)) for key in FORMATS if key in wanted}
        recorded = Path(self.speech.source)
        sources = {"recording": recorded}
        if self.head.source is not None:
            sources["face"] = self.head.source.path
        for path in paths.values():
            for what, source in sources.items():
                if path.exists() and source.exists() and path.samefile(source):
                    raise InputError(f"{path}: would replace the {what}; choose another folder")
        video = video or Video()
        for key, path in paths.items():
            if key == "mp4":
                sound = recorded if recorded.is_file() else self.speech
                video.write(path, self.motion, head=self.head, sound=sound, progress=progress)
            elif key == "track":
                write_bytes(path, export_track(self.phones))
            elif key == "json":
                others = [other for other in paths.values() if other != path]
                write_bytes(path, export_provenance(self.provenance(video), others))
            else:
                motion = self.motion.resample(LIVE_LINK_FPS) if key == "csv" else self.motion
                write_bytes(path, EXPORTERS[key].write(motion, self.head).data)
        return list(paths.values())

    def _suffix(self, key: str) -> str:
        return EXPORTERS[key].suffix_for(self.head) if key in EXPORTERS else FORMATS[key]

    def provenance(self, video: Video) -> Provenance:
        """What this animation and its video are made from and with."""
        recorded = Path(self.speech.source)
        digest = sha256_of(recorded) if recorded.is_file() else self.speech.sha256
        recording = Recording(
            recorded.name, digest, self.speech.rate_hz, round(self.speech.duration_s, 6)
        )
        return Provenance(
            recording,
            self.seed,
            {
                "idle": asdict(self.idle),
                "controls": {**asdict(self.controls), "speaker": self.speaker or "neutral"},
                "video": asdict(video),
            },
            (*(_ingredient(weights.find(model)) for model in MODELS), self._face()),
        )

    def _face(self) -> Ingredient:
        """Who performs it, with the licence that a user's file states."""
        source = self.head.source
        if source is None:
            return _ingredient(weights.find(HEAD))
        name = source.path.name if self.head.name == source.path.stem else self.head.name
        credit = (f"by {source.credit}",) if source.credit else ()
        return Ingredient(name, f"face ({source.kind})", source.sha256, source.licence, credit)


def _ingredient(model: weights.Weights) -> Ingredient:
    data = tuple(f"{source['name']} ({source['licence']})" for source in model.card["data"])
    return Ingredient(model.name, model.card["kind"], model.sha256, model.licence, data)


class Animator:
    """Turns recordings into Animations; loads its models once."""

    def __init__(
        self, face: str | Path | Head = "default", binding: Path | str | None = None
    ) -> None:
        """`face` is a name of `avitalk faces list`, an avatar's file, or a Head; `binding` says
        what drives an avatar's targets where their names do not. Raises InputError as
        `avitalk.face.library.find_face` does.
        """
        encoder, talker = (weights.find(name) for name in MODELS)
        self.encoder = SpeechEncoder.load(encoder.path)
        self.talker = Talker.load(talker.path)
        self.head = face if isinstance(face, Head) else find_face(face, binding)

    def animate(
        self,
        speech: Speech | Path | str,
        *,
        seed: int = 0,
        idle: Idle | None = None,
        controls: Controls | None = None,
        text: str | None = None,
        speaker: str | None = None,
    ) -> Animation:
        """Perform a recording, given as a path or as Speech.

        `speaker` is a name of `Talker.styles`, whose way of moving the lips is taken; `text` is
        what is said in it, in English, if known: closures of p b m f v become sharper; a text that
        does not fit is noted and left aside. Same recording, seed and settings: the same bytes of
        Motion. Raises InputError as `audio.load` does, and for an unknown speaker.
        """
        if not isinstance(speech, Speech):
            speech = audio.load(speech)
        features = self.encoder.encode(speech)
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
        return Animation(speech, motion, phones, seed, idle, self.head, controls, notes, speaker)


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
