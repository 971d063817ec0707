"""Documents of the page to instructions and settings of the program, and back."""

from collections.abc import Iterable

from avitalk import types
from avitalk.errors import InputError
from avitalk.studio import schemas
from avitalk.types import Instruction


def instruction_of(document: schemas.Document, recording: schemas.Recording | None) -> Instruction:
    """The words of a document, tied to the recording if there is one.

    Raises InputError for segments that overlap, end after the recording, or say nothing.
    """
    segments = tuple(_segment(each) for each in document.segments)
    if recording is None:
        return Instruction(segments, document.seed, edited=True)
    return Instruction(
        segments,
        document.seed,
        audio_sha256=recording.sha256,
        audio_name=recording.name,
        duration_s=recording.duration_s,
        edited=True,
    )


def document_of(
    instruction: Instruction, settings: schemas.Settings, face: schemas.Face
) -> schemas.Document:
    """The document of an instruction: numbers as files keep them."""
    segments = [_shown(segment) for segment in instruction.segments]
    return schemas.Document(
        seed=min(instruction.seed, schemas.SAFE_SEED),
        segments=segments,
        settings=settings,
        face=face,
    )


def place_of(document: schemas.Document, segment: int) -> int:
    """Where the segment of that number stands once segments are in order of time.

    Raises InputError if there is none.
    """
    if segment >= len(document.segments):
        raise InputError(f"segment {segment}; there are {len(document.segments)}, from 0 on")
    starts = [each.start_s for each in document.segments]
    order = sorted(range(len(starts)), key=starts.__getitem__)
    return order.index(segment)


def _segment(given: schemas.Segment) -> types.Segment:
    felt = [(each.name, each.probability) for each in given.emotion if each.probability > 0]
    sure = given.intensity
    return types.Segment(
        given.start_s,
        given.end_s,
        given.text,
        given.author,
        given.strength,
        tuple(given.regions.items()),
        tuple(given.features.items()),
        tuple(sorted(felt, key=lambda pair: -pair[1])),
        None if sure is None else (sure.value, sure.confidence),
        take=given.take,
    )


def _shown(segment: types.Segment) -> schemas.Segment:
    felt: Iterable[tuple[str, float]] = (
        (name, round(share, 2)) for name, share in sorted(segment.emotion, key=lambda p: -p[1])
    )
    sure = segment.intensity
    return schemas.Segment(
        start_s=segment.start_s,
        end_s=segment.end_s,
        text=segment.text,
        author="model" if segment.author == "model" else "person",
        strength=segment.strength,
        regions=dict(segment.regions),
        features=dict(segment.features),
        emotion=[schemas.Estimate(name=name, probability=p) for name, p in felt if p > 0],
        intensity=None if sure is None else schemas.Intensity(value=sure[0], confidence=sure[1]),
        take=segment.take,
    )
