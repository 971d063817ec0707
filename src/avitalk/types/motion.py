"""Motion: what a Live Link Face recording carries; it resamples, slices, joins and layers."""

import io
import itertools
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import numpy as np

from avitalk.arkit import ARKIT_52, REGIONS
from avitalk.errors import InputError
from avitalk.files import write_bytes
from avitalk.types._check import Array, frozen_array, set_field
from avitalk.types.frames import between_frames

FORMAT_VERSION: Final = 1
MAX_FPS: Final = 1000.0
# What numpy and zipfile raise on files that are damaged or of another kind.
DAMAGED: Final = (
    ValueError, KeyError, TypeError, OSError, EOFError, MemoryError, SyntaxError, RuntimeError,
    zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip
MOTION_REGIONS: Final = (*REGIONS, "head")
"""What `over` can take or keep; 'eyes' includes the eyes' rotation, 'head' is the head's motion."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A face in motion at a fixed frame rate; frame i is at time i / fps.

    Convention: see `avitalk.types`. The eye angles are the authority for gaze; eyeLook* weights
    are derived from them on posing and export. Weights may leave [0, 1]; exporters clamp them.
    Raises InputError on wrong shapes, values that are not finite, or no frames.
    """

    weights: Array
    """(F, 52) ARKit blendshape weights, order of `avitalk.arkit.ARKIT_52`."""
    head: Array
    """(F, 3) head rotation: yaw, pitch, roll in radians."""
    eyes: Array
    """(F, 2, 3) left and right eye rotation against the head: yaw, pitch, roll in radians."""
    fps: float
    """Frames a second."""
    translation: Array | None = None
    """(F, 3) head translation in metres, or None for none."""

    def __post_init__(self) -> None:
        set_field(self, "weights", frozen_array(self.weights, (None, 52), "motion weights"))
        frames = len(self.weights)
        if not frames:
            raise InputError("motion has no frames; at least one is needed")
        set_field(self, "head", frozen_array(self.head, (frames, 3), "motion head"))
        set_field(self, "eyes", frozen_array(self.eyes, (frames, 2, 3), "motion eyes"))
        if self.translation is not None:
            moved = frozen_array(self.translation, (frames, 3), "motion translation")
            set_field(self, "translation", moved)
        if not (math.isfinite(self.fps) and 0 < self.fps <= MAX_FPS):
            raise InputError(f"motion at {self.fps} fps; allowed: above 0 to {MAX_FPS:g}")

    @classmethod
    def still(cls, frames: int, fps: float) -> Self:
        """The rest face, unmoved."""
        weights, head, eyes = (
            np.zeros((frames, *shape), np.float32) for shape in ((52,), (3,), (2, 3))
        )
        return cls(weights, head, eyes, fps)

    @property
    def frames(self) -> int:
        """Number of frames F."""
        return len(self.weights)

    @property
    def duration_s(self) -> float:
        """Length in seconds: F / fps."""
        return self.frames / self.fps

    def channels(self) -> Array:
        """(F, 64) all values side by side: 52 weights, head 3, eyes 6, translation 3."""
        moved = np.zeros_like(self.head) if self.translation is None else self.translation
        eyes = self.eyes.reshape(self.frames, 6)
        return np.concatenate([self.weights, self.head, eyes, moved], axis=1)

    def _rebuilt(self, channels: Array, fps: float, moves: bool) -> Self:
        weights, head, eyes, moved = np.split(channels, [52, 55, 61], axis=1)
        translation = moved if moves else None
        return type(self)(weights, head, eyes.reshape(-1, 2, 3), fps, translation)

    def same_as(self, other: "Motion", tolerance: float = 0.0) -> bool:
        """Whether both have the same rate, length and values up to `tolerance`."""
        if self.fps != other.fps or self.frames != other.frames:
            return False
        return bool(np.abs(self.channels() - other.channels()).max() <= tolerance)

    def resample(self, fps: float) -> Self:
        """The same motion at another rate, linear between frames, so that nothing overshoots.

        The duration is kept to half a frame. At a time past the last frame, that frame holds.
        """
        if fps == self.fps:
            return self
        if not (math.isfinite(fps) and 0 < fps <= MAX_FPS):
            raise InputError(f"cannot resample to {fps} fps; allowed: above 0 to {MAX_FPS:g}")
        count = max(1, math.floor(self.frames * fps / self.fps + 0.5))
        at = np.arange(count) * (self.fps / fps)
        return self._rebuilt(self._at(at), fps, self.translation is not None)

    def _at(self, frame: np.ndarray) -> Array:
        return np.asarray(between_frames(self.channels(), frame), np.float32)

    def slice(self, start_s: float, end_s: float) -> Self:
        """The frames from the one nearest `start_s` up to, not including, the one at `end_s`."""
        first, last = round(start_s * self.fps), round(end_s * self.fps)
        if not 0 <= first < last <= self.frames:
            raise InputError(
                f"cannot slice {start_s} to {end_s} s; allowed: 0 to {self.duration_s:.3f} s, "
                "at least one frame long"
            )
        moves = self.translation is not None
        return self._rebuilt(self.channels()[first:last], self.fps, moves)

    @classmethod
    def concat(cls, parts: Sequence["Motion"], blend_s: float = 0.12) -> "Motion":
        """Join motions of one rate end to end; lengths add up.

        A jump at a joint that is larger than the motion's own steps there is spread over
        `blend_s` on each side, half to each; 0 joins frame by frame and changes nothing.
        """
        if not parts:
            raise InputError("nothing to concatenate; at least one motion is needed")
        rates = sorted({part.fps for part in parts})
        if len(rates) > 1:
            raise InputError(f"motions at {rates} fps; resample them to one rate first")
        blended = [np.array(part.channels()) for part in parts]
        width = round(blend_s * rates[0])
        if width > 0:
            for before, after in itertools.pairwise(blended):
                _close_jump(before, after, width)
        moves = any(part.translation is not None for part in parts)
        return parts[0]._rebuilt(np.concatenate(blended), rates[0], moves)

    def over(
        self,
        base: "Motion",
        take: Iterable[str] | None = None,
        *,
        keep: Iterable[str] = (),
    ) -> "Motion":
        """Layer this motion over `base`: its regions replace those of `base`.

        `take` names the regions taken from this motion ('lips only' is take=("mouth",)); `keep`
        those left as in `base` ('keep my brows' is keep=("brows",)). Rate and length are this
        motion's; a shorter base holds its last frame.
        """
        chosen = set(MOTION_REGIONS if take is None else take) - set(keep)
        unknown = sorted((chosen | set(keep)) - set(MOTION_REGIONS))
        if unknown:
            raise InputError(f"unknown region '{unknown[0]}'; available: {list(MOTION_REGIONS)}")
        result = base._at(np.arange(self.frames) * (base.fps / self.fps))
        mine = self.channels()
        for region in chosen:
            columns = _region_columns(region)
            result[:, columns] = mine[:, columns]
        moves = (self if "head" in chosen else base).translation is not None
        return self._rebuilt(result, self.fps, moves)

    def with_weights(self, weights: Array) -> "Motion":
        """The same motion with other blendshape weights (F, 52)."""
        return replace(self, weights=weights)

    def to_bytes(self) -> bytes:
        """The `.motion.npz` form; the same motion gives the same bytes."""
        arrays: dict[str, np.ndarray] = {
            "format_version": np.array(FORMAT_VERSION),
            "names": np.array(ARKIT_52),
            "fps": np.array(self.fps),
            "weights": self.weights,
            "head": self.head,
            "eyes": self.eyes,
        }
        if self.translation is not None:
            arrays["translation"] = self.translation
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in arrays.items():
                data = io.BytesIO()
                np.lib.format.write_array(data, array, allow_pickle=False)
                entry = zipfile.ZipInfo(f"{name}.npy")
                archive.writestr(entry, data.getvalue(), zipfile.ZIP_DEFLATED, 6)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, source: str = "motion") -> Self:
        """Read what `to_bytes` wrote; InputError names `source` if it is something else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            version, names = int(arrays["format_version"]), arrays["names"].tolist()
            weights, head, eyes = (arrays[name] for name in ("weights", "head", "eyes"))
            fps = float(arrays["fps"])
        except DAMAGED as error:
            raise InputError(f"{source}: not a motion file ({error})") from error
        if version != FORMAT_VERSION:
            raise InputError(f"{source}: motion format {version}; readable: {FORMAT_VERSION}")
        if names != list(ARKIT_52):
            raise InputError(f"{source}: weights are not the 52 ARKit shapes in their order")
        try:
            return cls(weights, head, eyes, fps, arrays.get("translation"))
        except InputError as error:
            raise InputError(f"{source}: {error}") from error

    def save(self, path: Path | str) -> None:
        """Write `.motion.npz` atomically."""
        write_bytes(Path(path), self.to_bytes())

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a `.motion.npz`; raises InputError if missing or not a motion."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot read ({error.strerror})") from error
        return cls.from_bytes(data, str(path))


def _region_columns(region: str) -> list[int]:
    if region == "head":
        return [52, 53, 54, 61, 62, 63]
    gaze = list(range(55, 61)) if region == "eyes" else []
    return [*REGIONS[region], *gaze]


def _close_jump(before: Array, after: Array, width: int) -> None:
    """Spread the jump between two arrays' ends over `width` frames of each, in place."""
    jump = after[0] - before[-1]
    ends = [np.abs(p[1] - p[0]) for p in (before[-2:], after[:2]) if len(p) > 1]
    usual = np.max(ends, axis=0) if ends else np.zeros_like(jump)
    excess = np.sign(jump) * np.clip(np.abs(jump) - usual, 0, None)
    for part, sign, backwards in ((before, 0.5, True), (after, -0.5, False)):
        count = min(width, len(part))
        ramp = 0.5 + 0.5 * np.cos(np.pi * np.arange(count) / count)  # 1 at the joint, then to 0
        edge = part[::-1][:count] if backwards else part[:count]
        edge += (sign * ramp[:, None] * excess).astype(np.float32)
