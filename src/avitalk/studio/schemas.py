"""What the page and the server say to each other: JSON in and out, every field checked."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from avitalk.arkit import ARKIT_52
from avitalk.audio.rates import DEFAULT_VIDEO_FPS, VIDEO_FPS
from avitalk.errors import InputError
from avitalk.face.identity import LIMIT, MODES, SCALES
from avitalk.facs.table import EMOTIONS
from avitalk.render.camera import CAMERAS
from avitalk.studio.problems import Problem
from avitalk.types.instruction import MOST_SEED, MOST_TEXT
from avitalk.types.motion import MOTION_REGIONS

Kind = Literal["analyse", "write", "export", "open"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
VersionName = Literal["a", "b"]
VERSIONS: Final[tuple[VersionName, ...]] = ("a", "b")
SAFE_SEED: Final = 2**53 - 1  # the largest whole number that a page can hold
TOKEN: Final = r"^[A-Za-z0-9_-]{22}$"
MOST_TAKES: Final = 8
BACKGROUND: Final = r"^(studio|#[0-9a-fA-F]{6}(/#[0-9a-fA-F]{6})?)$"
EXAMPLE_SEGMENT: Final[JsonDict] = {
    "start_s": 0.0,
    "end_s": 1.5,
    "text": "He smiles warmly, brows raised.",
    "author": "person",
    "strength": 1.2,
    "regions": {"mouth": 0.8},
    "features": {"browInnerUp": 0.4},
    "emotion": [],
    "intensity": None,
    "take": 0,
}

assert SAFE_SEED <= MOST_SEED


def _among(names: Iterable[str | int], what: str) -> AfterValidator:
    """Checks that a value is one of `names`."""
    known = tuple(names)

    def check(name: str | int) -> str | int:
        if name not in known:
            available = ", ".join(map(str, known))
            raise ValueError(f"unknown {what} '{name}'; available: {available}")
        return name

    return AfterValidator(check)


def _listed(names: Iterable[str | int], kind: str = "string") -> WithJsonSchema:
    """The same, written out in the OpenAPI document."""
    return WithJsonSchema({"type": kind, "enum": list(names)})


THOUSANDTHS: Final = AfterValidator(partial(round, ndigits=3))
HUNDREDTHS: Final = AfterValidator(partial(round, ndigits=2))
"""Files keep numbers like this; what is performed is what is kept."""

Region = Annotated[str, _among(MOTION_REGIONS, "region"), _listed(MOTION_REGIONS)]
Shape = Annotated[str, _among(ARKIT_52, "shape"), _listed(ARKIT_52)]
EmotionName = Annotated[str, _among(EMOTIONS, "emotion"), _listed(EMOTIONS)]
Mode = Annotated[str, _among(MODES, "identity mode"), _listed(MODES)]
Camera = Annotated[str, _among(CAMERAS, "camera"), _listed(CAMERAS)]
VideoRate = Annotated[
    int, Field(strict=True), _among(VIDEO_FPS, "video rate"), _listed(VIDEO_FPS, "integer")
]
Token = Annotated[str, Field(pattern=TOKEN)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False), THOUSANDTHS]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), THOUSANDTHS]
Estimated = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), HUNDREDTHS]
Strength = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False), THOUSANDTHS]
Guidance = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False), THOUSANDTHS]
Milliseconds = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False), THOUSANDTHS]
Rate = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False), THOUSANDTHS]
Deviation = Annotated[float, Field(ge=-LIMIT, le=LIMIT, allow_inf_nan=False), THOUSANDTHS]
Scale = Annotated[float, Field(ge=SCALES[0], le=SCALES[1], allow_inf_nan=False), THOUSANDTHS]
Seed = Annotated[int, Field(ge=0, le=SAFE_SEED, strict=True)]
Take = Annotated[int, Field(ge=0, le=999, strict=True)]


class Given(BaseModel):
    """What comes from a page: nothing beside the known fields."""

    model_config = ConfigDict(extra="forbid")


class Estimate(Given):
    """One emotion and how probable it is."""

    name: EmotionName
    probability: Estimated


class Intensity(Given):
    """How strong the emotion sounded, and how sure that is."""

    value: Estimated
    confidence: Estimated


class Segment(Given):
    """One stretch of time and what the face does in it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE_SEGMENT]})

    start_s: Seconds
    end_s: Seconds
    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
    author: Literal["model", "person"] = "person"
    strength: Strength = 1.0
    regions: dict[Region, Strength] = Field(default_factory=dict)
    features: dict[Shape, Share] = Field(default_factory=dict)
    emotion: Annotated[list[Estimate], Field(max_length=len(EMOTIONS))] = Field(
        default_factory=list
    )
    intensity: Intensity | None = None
    take: Take = 0


class Settings(Given):
    """How the whole recording is performed."""

    guidance: Guidance = 2.0
    speaker: Annotated[str, Field(max_length=64)] | None = None
    articulation: Strength = 1.0
    smoothing: Share = 0.0
    offset_ms: Milliseconds = 0.0
    blinks_per_min: Rate = 17.0
    gaze: Strength = 1.0
    head: Strength = 1.0
    brows: Strength = 1.0
    strength: Strength = 1.0
    regions: dict[Region, Strength] = Field(default_factory=dict)


class Face(Given):
    """Whose face it is: one by name, changed by modes; or an avatar."""

    name: Annotated[str, Field(max_length=64)] | None = None
    modes: dict[Mode, Deviation] = Field(default_factory=dict)
    scale: Scale = 1.0
    avatar: Token | None = None


class Document(Given):
    """One version of what the face does."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"seed": 0, "segments": [EXAMPLE_SEGMENT]}]},
    )

    seed: Seed = 0
    segments: list[Segment] = Field(default_factory=list)
    settings: Settings = Field(default_factory=Settings)
    face: Face = Field(default_factory=Face)


class Word(BaseModel):
    """A word of the transcript, and when it is said."""

    start_s: float
    end_s: float
    text: str


class Phone(BaseModel):
    """A sound that was heard."""

    start_s: float
    end_s: float
    phone: str


class Recording(BaseModel):
    """What was recorded, and what was heard in it."""

    name: str
    duration_s: float
    sha256: str
    transcript: str | None
    words: list[Word]
    phones: list[Phone]
    notes: list[str]


class JobResult(BaseModel):
    """What a job made: a version, or a file to download."""

    version: VersionName | None = None
    file: str | None = None
    name: str | None = None
    bytes: int | None = None
    url: str | None = None


class Job(BaseModel):
    """A long piece of work."""

    id: str
    kind: Kind
    state: State
    progress: float = Field(ge=0, le=1)
    detail: str = Field(description="What is being done, or how many jobs go first.")
    position: int | None = Field(description="How many jobs go first; null once it runs.")
    error: Problem | None
    result: JobResult | None


class Jobs(BaseModel):
    """All jobs of a session, oldest first."""

    jobs: list[Job]


class SessionLimits(BaseModel):
    """What this studio takes."""

    upload_bytes: int
    longest_s: float
    avatar_bytes: int
    project_bytes: int
    most_segments: int
    most_text: int


class Bound(BaseModel):
    """A morph target of an avatar and what it takes of ARKit's weights."""

    mesh: str
    target: str
    mesh_index: int
    target_index: int
    weights: dict[str, float]
    offset: float = Field(description="Its weight at rest.")


class Avatar(BaseModel):
    """An avatar that was uploaded."""

    id: str
    name: str
    licence: str | None
    drives: list[str]
    missing: list[str]
    notes: list[str]
    binding: list[Bound]
    url: str


class Session(BaseModel):
    """All that a page needs to show a session."""

    id: str
    recording: Recording | None
    documents: dict[VersionName, Document | None]
    avatars: list[Avatar]
    jobs: list[Job]
    limits: SessionLimits
    expires_s: float


class Health(BaseModel):
    """That the studio runs, and whether its models are loaded."""

    version: str
    ready: bool
    sessions: int
    jobs_waiting: int


class NamedFace(BaseModel):
    """A built-in face, with the modes that make it."""

    name: str
    about: str
    modes: dict[str, float]
    scale: float


class Labelled(BaseModel):
    """A name for programs and one for people."""

    name: str
    label: str


class Choices(BaseModel):
    """What there is to choose from."""

    faces: list[NamedFace]
    modes: list[Labelled]
    mode_limit: float
    regions: list[str]
    shapes: list[str]
    speakers: list[str]
    emotions: list[str]
    cameras: list[str]
    video_fps: list[int]


class ModelRequest(Given):
    """Which head to send."""

    face: Face = Field(default_factory=Face)


class ReadingRequest(Given):
    """Words to read."""

    text: Annotated[str, Field(max_length=MOST_TEXT, examples=["a slight smile, brows raised"])]


class FeelingShare(BaseModel):
    """An emotion and its share in what was read."""

    name: str
    share: float


class Movement(BaseModel):
    """A movement that words name or forbid."""

    unit: str
    name: str
    side: Literal["both", "left", "right"]
    absent: bool


class Reading(BaseModel):
    """What words are read as."""

    strength: float
    emotions: list[FeelingShare]
    movements: list[Movement]
    understood: bool


class PerformRequest(Given):
    """A document to perform, and the revision of the motion that the page has."""

    document: Document
    have: Annotated[int, Field(ge=0, le=SAFE_SEED, strict=True)] | None = None


class WriteRequest(Given):
    """Ask the instructor for other words."""

    document: Document
    seed: Seed = 0
    keep: bool = True


class TakesRequest(Given):
    """Ask for other takes of a segment."""

    document: Document
    segment: Annotated[int, Field(ge=0, le=10_000, strict=True)]
    takes: Annotated[
        list[Take],
        Field(min_length=1, max_length=MOST_TAKES),
    ]


class Video(Given):
    """How an mp4 is filmed."""

    size: Annotated[int, Field(ge=256, le=1024, multiple_of=2, strict=True)] = 512
    fps: VideoRate = DEFAULT_VIDEO_FPS
    camera: Camera = "front"
    background: Annotated[str, Field(pattern=BACKGROUND)] = "studio"
    draft: bool = False


class ExportRequest(Given):
    """A version to write as a file."""

    version: VersionName
    document: Document
    format: Literal["mp4", "glb", "csv", "npz", "yaml", "avitalk"]
    video: Video | None = None


def check_length(document: Document, most: int) -> None:
    """Raise InputError if a document has more segments than a studio takes."""
    if len(document.segments) > most:
        raise InputError(f"{len(document.segments)} segments; at most {most}")
