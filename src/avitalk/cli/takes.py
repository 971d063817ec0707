"""How recordings are performed and saved: one take, or several with a sheet of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avitalk.cli.report import Report

if TYPE_CHECKING:
    from avitalk.animation import Animation
    from avitalk.instruct.writing import Given
    from avitalk.pipeline import Animator
    from avitalk.render.film import Video
    from avitalk.talker import Controls, Idle
    from avitalk.types import Speech, Style

ONCE = ("track", "yaml")
"""Formats that are the same for all takes of a recording."""
SHEET = ".takes.png"
MOST_TAKES = 24
LONGEST = 90
"""Characters of a segment's text in the line that says what is performed."""


@dataclass(frozen=True)
class Performance:
    """How recordings are to be performed, as given on the command line."""

    seed: int | None
    idle: "Idle"
    controls: "Controls"
    text: str | None
    speaker: str | None
    neutral: bool
    style: "Style | None"
    guidance: float
    any_audio: bool

    def perform(
        self, animator: "Animator", speech: "Speech | Path", words: "Given | None"
    ) -> "Animation":
        """One take. Raises InputError as `Animator.animate` does."""
        return animator.animate(
            speech,
            instruction=words,
            neutral=self.neutral,
            style=self.style,
            guidance=self.guidance,
            any_audio=self.any_audio,
            seed=self.seed,
            idle=self.idle,
            controls=self.controls,
            text=self.text,
            speaker=self.speaker,
        )

    def takes(self, animator: "Animator", first: "Animation", count: int) -> Iterator["Animation"]:
        """`first` and the takes after it: its words, with seeds counting up from its own."""
        seeds = tuple(first.seed + take for take in range(count))
        yield replace(first, takes=seeds)
        wordless = self.neutral or (self.style is not None and not first.instruction.segments)
        words = None if wordless else first.instruction
        for seed in seeds[1:]:
            take = replace(self, seed=seed).perform(animator, first.speech, words)
            yield replace(take, takes=seeds)


@dataclass(frozen=True)
class Saving:
    """Where files go, and which."""

    out: Path
    formats: tuple[str, ...]
    video: "Video"
    fresh: bool

    def one(self, animation: "Animation", what: str, report: Report) -> list[Path]:
        """Write the files of a recording with one take."""
        return self._save(animation, self.formats, None, what, report)

    def all(self, takes: Iterator["Animation"], what: str, report: Report) -> list[Path]:
        """Write the files of each take as NAME.take1.* on, and the sheet of all, NAME.takes.png."""
        from avitalk.files import write_bytes
        from avitalk.render import png_bytes
        from avitalk.render.takes import Take, takes_sheet
        from avitalk.types import Instruction

        each = tuple(name for name in self.formats if name not in ONCE)
        once = tuple(name for name in self.formats if name in ONCE)
        written: list[Path] = []
        shown: list[Take] = []
        for number, animation in enumerate(takes, 1):
            stem = Path(animation.speech.source).stem
            if number == 1 and once:
                written += self._save(animation, once, stem, what, report)
            name = f"{stem}.take{number}"
            if each:
                written += self._save(animation, each, name, f"{what}, take {number}", report)
            shown.append(Take(f"take {number}\nseed {animation.seed}", animation.motion))
        acted = Instruction(tuple(cue.segment for cue in animation.acting.cues))
        sheet = takes_sheet(
            animation.head, shown, animation.speech, acted, background=self.video.background
        )
        target = self.out / f"{stem}{SHEET}"
        write_bytes(target, png_bytes(sheet))
        return [*written, target]

    def _save(
        self,
        animation: "Animation",
        formats: tuple[str, ...],
        name: str | None,
        what: str,
        report: Report,
    ) -> list[Path]:
        frames = animation.motion.resample(self.video.fps).frames
        with report.progress(what, frames) as progress:
            return animation.save(
                self.out,
                formats,
                name=name,
                video=self.video,
                progress=progress,
                fresh=self.fresh,
            )


def told(animation: "Animation") -> str:
    """What is performed, in a line."""
    style, segments = animation.acting.style, [cue.segment for cue in animation.acting.cues]
    if style is not None:
        return f"the style of {style.name}"
    if not segments:
        return "no words: lips, blinks, gaze and head"
    first = segments[0]
    text = first.text if len(first.text) <= LONGEST else f"{first.text[: LONGEST - 1].rstrip()}…"
    more = f", and {len(segments) - 1} more" if len(segments) > 1 else ""
    return f"'{text}' ({first.start_s:.2f} - {first.end_s:.2f} s){more}"
