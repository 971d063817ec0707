"""What moves a portrait, as asked on the command line: a Motion and where it comes from go out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.cli.takes import Performance
    from avitalk.export import Ingredient
    from avitalk.portrait.disclosure import Part
    from avitalk.track.landmarker import Looks
    from avitalk.types import Motion, Speech

LONGEST_S = 600.0
WHOLE_FACE = ("mouth", "eyes", "brows", "cheeks")
ABOVE_THE_MOUTH = ("eyes", "brows", "cheeks")


@dataclass(frozen=True)
class Moved:
    """A Motion for a portrait."""

    motion: "Motion"
    sound: "Path | None"
    """What is heard with it."""
    parts: "list[Part]"
    """Files it was made from."""
    models: "tuple[Ingredient, ...]" = ()
    told: str = ""
    """What is performed, in a line."""
    notes: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)


def regions_from(
    given: list[str] | None,
    ref_pose: Path | None,
    ref_eyeblink: Path | None,
    ref_expression: Path | None,
    voiced: bool,
) -> dict[str, Path]:
    """Region -> file, of `--from REGION=FILE` and the options with names of their own.

    Raises InputError for unknown regions and for files that are not there.
    """
    from avitalk.types.motion import MOTION_REGIONS

    found: dict[str, Path] = {}
    if ref_expression is not None:
        found |= dict.fromkeys(ABOVE_THE_MOUTH if voiced else WHOLE_FACE, ref_expression)
    if ref_eyeblink is not None:
        found["eyes"] = ref_eyeblink
    if ref_pose is not None:
        found["head"] = ref_pose
    for text in given or []:
        region, equals, name = text.partition("=")
        if not equals or region not in MOTION_REGIONS:
            raise InputError(
                f"--from '{text}'; write REGION=FILE, REGION one of {', '.join(MOTION_REGIONS)}"
            )
        found[region] = Path(name)
    for path in found.values():
        if not path.is_file():
            raise InputError(f"{path}: no such file")
    return found


def check_drivers(
    voice: Path | None, driving: Path | None, words: "Path | str | None", style: str | None
) -> None:
    """Raise InputError if nothing drives the portrait, or two things at once."""
    if voice is not None and driving is not None:
        raise InputError(
            "a voice and --driving were given; take one, and regions of the other with --from"
        )
    if voice is None and driving is None and words is None and style is None:
        raise InputError(
            "nothing to perform; give a recording, --instruction, --style or --driving"
        )
    for path in (voice, driving):
        if path is not None and not path.is_file():
            raise InputError(f"{path}: no such file")


def performed(
    voice: Path | None,
    driving: Path | None,
    words: "Path | str | None",
    performance: "Performance",
    *,
    still: bool,
    duration_s: float,
    fps: float,
    looks: "Looks",
) -> Moved:
    """The motion of a voice, of a driving video, picture or motion file, or of words alone.

    Raises InputError as `Animator.animate` and `read_footage` do.
    """
    from avitalk.portrait.disclosure import Part

    if not 0.2 <= duration_s <= LONGEST_S:
        raise InputError(f"--duration {duration_s:g}; allowed: 0.2 to {LONGEST_S:g} s")
    if driving is not None:
        motion = shown_in(driving, looks, round(duration_s * fps), fps)
        sound = driving if sounds(driving) else None
        return Moved(motion, sound, [Part.of("driving", driving)], told=f"driven by {driving}")
    return _acted(voice, words, performance, still, duration_s)


def _acted(
    voice: Path | None, words: "Path | str | None", performance: "Performance", still: bool,
    duration_s: float,
) -> Moved:  # fmt: skip
    from dataclasses import replace

    from avitalk.cli.takes import told
    from avitalk.pipeline import Animator
    from avitalk.portrait.disclosure import Part
    from avitalk.render.film import Video
    from avitalk.talker import Idle

    speech: Speech | Path
    if voice is None:
        speech = _silence(duration_s)
        if still:
            performance = replace(performance, idle=Idle(blinks_per_min=0, gaze=0, head=0, brows=0))
    else:
        speech = voice
    animation = performance.perform(Animator(), speech, words)
    provenance = animation.provenance(Video())
    parameters = {key: provenance.parameters[key] for key in ("instruction", "acting", "idle")}
    parameters |= {"controls": provenance.parameters["controls"], "seed": animation.seed}
    parts = [] if voice is None else [Part.of("voice", voice)]
    if isinstance(words, Path):
        parts.append(Part.of("instruction", words))
    return Moved(
        animation.motion, voice, parts, provenance.ingredients[:-1], told(animation),
        animation.notes, parameters,
    )  # fmt: skip


def shown_in(path: Path, looks: "Looks", frames: int, fps: float) -> "Motion":
    """The motion of a video or motion file, or the expression in a picture, held."""
    from avitalk.footage import read_footage
    from avitalk.portrait.drivers import expression_in, from_rest, is_picture

    if is_picture(path):
        return expression_in(path, looks, frames=frames, fps=fps)
    footage = read_footage(path, looks)
    return from_rest(footage.motion) if footage.filmed else footage.motion


def _silence(duration_s: float) -> "Speech":
    import numpy as np

    from avitalk.audio import SAMPLE_RATE_HZ
    from avitalk.types import Speech

    return Speech(
        np.zeros(round(SAMPLE_RATE_HZ * duration_s), np.float32), SAMPLE_RATE_HZ, "silence"
    )


def sounds(path: Path) -> bool:
    """Whether a file has sound."""
    from avitalk.audio import sound_blocks

    try:
        next(iter(sound_blocks(path)[1]))
    except (InputError, StopIteration):
        return False
    return True
