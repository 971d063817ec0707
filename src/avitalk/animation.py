"""Animation: a performed recording, and the files it writes."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from avitalk import weights
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
from avitalk.files import write_bytes
from avitalk.instruct.document_text import export_instruction
from avitalk.instruct.instructor import MODELS as INSTRUCTOR
from avitalk.instruct.writing import SUFFIX, edited_file
from avitalk.render.film import Video
from avitalk.speech.phones import PhoneSegment
from avitalk.style.acting import Acting
from avitalk.style.parts import ENCODER, PRIOR
from avitalk.talker import Controls, Idle
from avitalk.types import Instruction, Motion, Speech

FORMATS: Final = {
    "mp4": ".mp4",
    **{name: exporter.suffix for name, exporter in EXPORTERS.items()},
    "track": ".track.json",
    "yaml": SUFFIX,
    "json": ".json",
}
"""Format name -> how the file name ends, in order of writing; 'json' tells the others' origin."""
USUAL: Final = tuple(name for name in FORMATS if name != "usdz")
"""The formats that need no extra."""
LIVE_LINK_FPS: Final = 60  # what the Live Link Face app records at
MODELS: Final = ("speech-encoder", "talker")
PERFORMER: Final = "performer"
ACTORS: Final = (PRIOR, ENCODER, PERFORMER)
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
    """Seed of everything drawn at random."""
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
    instruction: Instruction = field(default_factory=Instruction)
    """What the face was to do, in words over time."""
    acting: Acting = field(default_factory=Acting)
    """What of that was performed, and how."""
    takes: tuple[int, ...] = ()
    """Seeds of all the takes of which it is one, in order."""

    def save(
        self,
        folder: Path | str = ".",
        formats: Iterable[str] = USUAL,
        *,
        name: str | None = None,
        video: Video | None = None,
        progress: Callable[[int], None] | None = None,
        fresh: bool = False,
    ) -> list[Path]:
        """Write the files asked for as `folder/name.*`; return their paths.

        `name` is the recording's unless given; `progress` takes the number of frames drawn. Each
        file appears whole or not at all. Raises InputError for an unknown format, when a file
        would replace the recording, and when an instruction file that a person edited would be
        replaced, unless `fresh` allows that. One that says what was performed stays as it is.
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
        kept = "yaml" in paths and not fresh and self._stays(paths["yaml"])
        video = video or Video()
        for key, path in paths.items():
            if key == "mp4":
                sound = recorded if recorded.is_file() else self.speech
                video.write(path, self.motion, head=self.head, sound=sound, progress=progress)
            elif key == "track":
                write_bytes(path, export_track(self.phones))
            elif key == "yaml":
                if not kept:  # it can be made again from what was performed
                    again = replace(self.instruction, edited=False)
                    write_bytes(path, export_instruction(again))
            elif key == "json":
                others = [other for other in paths.values() if other != path]
                write_bytes(path, export_provenance(self.provenance(video), others))
            else:
                motion = self.motion.resample(LIVE_LINK_FPS) if key == "csv" else self.motion
                write_bytes(path, EXPORTERS[key].write(motion, self.head).data)
        return list(paths.values())

    def _stays(self, path: Path) -> bool:
        """Whether a person edited this file, and it says what was performed."""
        found = edited_file(path)
        if found is None:
            return False
        if found.fitted(self.speech).segments != self.instruction.segments:
            raise InputError(
                f"{path}: was edited by hand and would be replaced by other words; give --fresh "
                "to replace it, or another folder"
            )
        return True

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
                "instruction": _told(self.instruction),
                "acting": _acted(self.acting),
                **({"takes": list(self.takes)} if self.takes else {}),
            },
            (*(_ingredient(weights.find(model)) for model in self._models()), self._face()),
        )

    def _models(self) -> tuple[str, ...]:
        """Those that took part; the instructor's, where words are its."""
        wrote = any(segment.author == "model" for segment in self.instruction.segments)
        style = self.acting.style
        styled = (PRIOR,) if style is None else (ENCODER,) if style.sources else ()
        acted = (*styled, PERFORMER) if self.acting.cues else ()
        return (*MODELS, *(INSTRUCTOR if wrote else ()), *acted)

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


def _told(instruction: Instruction) -> dict[str, Any]:
    """What of an instruction is needed to perform it again."""
    keys = ("start_s", "end_s", "text", "author", "strength", "regions", "features", "take")
    segments = [{key: getattr(segment, key) for key in keys} for segment in instruction.segments]
    return {"seed": instruction.seed, "segments": segments}


def _acted(acting: Acting) -> dict[str, Any]:
    """What is needed to act the same again, whatever the words say."""
    told: dict[str, Any] = {"performed": bool(acting.cues), "guidance": acting.guidance}
    if acting.style is not None:
        sources = [source._asdict() for source in acting.style.sources]
        vector = [float(value) for value in acting.style.vector]
        told["style"] = {"name": acting.style.name, "sources": sources, "vector": vector}
    return told
