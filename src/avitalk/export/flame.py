"""Motion in, FLAME's parameters out as `.flame.npz`, and back; the user's model file is needed.

Convention: as everywhere, +Y up, +Z out of the face, metres; rotations are axis times angle in
radians. FLAME's axes are the same, so that only the form of the angles changes.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, eye_look_weights
from avitalk.errors import InputError
from avitalk.export.report import ExportReport, file_weights
from avitalk.export.rotations import angles, quaternions
from avitalk.face.flame import FlameMotion, FlameSolver, axis_angles, rotations
from avitalk.face.solve_residual import Residual
from avitalk.types import Motion
from avitalk.types.motion import DAMAGED

Floats = NDArray[np.float64]

FORMAT: Final = "avitalk-flame-1"
SUFFIX: Final = ".flame.npz"
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "expression": ("expression", "exp", "expressions", "expr", "psi", "expression_params",
                   "expcode", "gexpression"),
    "jaw": ("jaw_pose", "jaw", "jawpose", "pose_jaw", "gjaw"),
    "turn": ("global_pose", "global_orient", "global_rot", "global_rotation", "rot", "rotation"),
    "neck": ("neck_pose", "neck"),
    "eyes": ("eye_pose", "eyes_pose", "eyes"),
    "eye_left": ("leye_pose", "left_eye_pose"),
    "eye_right": ("reye_pose", "right_eye_pose"),
    "pose": ("pose", "full_pose", "posecode", "gpose"),
    "translation": ("transl", "translation", "trans"),
    "betas": ("betas", "beta", "shape", "shape_params", "shapecode"),
    "fps": ("fps", "frame_rate", "mocap_frame_rate"),
}  # fmt: skip
"""What is read -> the names it goes by in files of the field; the first is what is written.

`pose` is taken apart by its width: 6 is global and jaw (as DECA and EMOCA keep it), 15 all joints.
"""


@dataclass(frozen=True, eq=False)
class FlameTrack:
    """FLAME's parameters of F frames."""

    expression: Floats
    """(F, E) standard deviations."""
    jaw: Floats
    """(F, 3) axis-angle, radians; so are the next three."""
    neck: Floats
    """(F, 3)."""
    turn: Floats
    """(F, 3) global rotation."""
    eyes: Floats
    """(F, 6) left, then right."""
    translation: Floats | None
    """(F, 3) metres, or None."""
    betas: Floats
    """(S,) identity; zeros for the mean head."""
    fps: float


@dataclass(frozen=True, eq=False)
class ExportedFlame:
    """A finished file and what it cost."""

    data: bytes
    report: ExportReport
    residual: Residual
    """Distance to the motion on the head it was made for, in the model's millimetres."""


def flame_track(
    motion: Motion, solver: FlameSolver, *, rotate: Literal["neck", "global"] = "neck"
) -> FlameTrack:
    """Parameters for a motion; its head's rotation goes to the neck's joint or to the global one.

    The weights are those of files: clamped to [0, 1], eyeLook* from the eyes' angles.
    """
    weights, _ = file_weights(motion)
    solved = solver.to_flame(weights)
    head = _vectors(motion.head)
    still = np.zeros_like(head)
    eyes = np.concatenate([_vectors(motion.eyes[:, side]) for side in (0, 1)], axis=1)
    moved = None if motion.translation is None else motion.translation.astype(np.float64)
    return FlameTrack(
        expression=solved.expression,
        jaw=solved.jaw,
        neck=head if rotate == "neck" else still,
        turn=head if rotate == "global" else still,
        eyes=eyes,
        translation=moved,
        betas=np.zeros(len(solver.model.identity)),
        fps=motion.fps,
    )


def export_flame(
    motion: Motion, solver: FlameSolver, *, rotate: Literal["neck", "global"] = "neck"
) -> ExportedFlame:
    """Write `.flame.npz`: float32 arrays by the names of the field, and the residuals beside them.

    The same motion and model give the same bytes. There is no tongue and no teeth in FLAME.
    """
    weights, report = file_weights(motion)
    track = flame_track(motion, solver, rotate=rotate)
    residual = solver.residual(weights, FlameMotion(track.expression, track.jaw))
    arrays = {
        "format": np.array(FORMAT),
        "expression": track.expression,
        "jaw_pose": track.jaw,
        "neck_pose": track.neck,
        "global_pose": track.turn,
        "eye_pose": track.eyes,
        "betas": track.betas,
        "fps": np.array(track.fps),
        # (F, 3) root mean square, 95th percentile, maximum
        "residual_face_mm": residual.face_mm,
        "residual_lips_mm": residual.lips_mm,
    }
    if track.translation is not None:
        arrays["transl"] = track.translation
    return ExportedFlame(_npz_bytes(arrays), report, residual)


def read_flame(data: bytes, source: str = "FLAME file", *, fps: float | None = None) -> FlameTrack:
    """Read an .npz of FLAME parameters, this program's or another's; KEYS tells the names.

    `fps` is needed where the file tells no rate. Raises InputError on files that are damaged,
    have no expression, or whose arrays differ in length.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name.lower(): archive[name] for name in archive.files}
    except DAMAGED as error:
        raise InputError(f"{source}: not a file of FLAME parameters ({error})") from error
    try:
        return _track(arrays, fps)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def load_flame_track(path: Path | str, *, fps: float | None = None) -> FlameTrack:
    """`read_flame` of a file. Raises InputError if it cannot be read."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot read ({error.strerror})") from error
    return read_flame(data, str(path), fps=fps)


def flame_to_motion(track: FlameTrack, solver: FlameSolver) -> tuple[Motion, Residual]:
    """The motion whose weights come closest, and what is left, in the model's millimetres.

    Global and neck rotation become the head's. Raises InputError if the track has more expression
    coefficients than the model.
    """
    count = solver.model.expressions
    if track.expression.shape[1] > count:
        raise InputError(
            f"{track.expression.shape[1]} expression coefficients; the model has {count}"
        )
    expression = np.zeros((len(track.expression), count))
    expression[:, : track.expression.shape[1]] = track.expression
    head = _angles(rotations(track.turn) @ rotations(track.neck))
    eyes = np.stack([_angles(rotations(track.eyes[:, i : i + 3])) for i in (0, 3)], axis=1)
    gaze = np.zeros((len(head), len(ARKIT_52)))
    gaze[:, list(EYE_LOOK)] = np.clip(eye_look_weights(eyes), 0, 1)
    solved = FlameMotion(expression, track.jaw)
    weights = solver.to_weights(solved, gaze)
    residual = solver.residual(weights, solved)
    moved = None if track.translation is None else track.translation.astype(np.float32)
    motion = Motion(
        weights.astype(np.float32),
        head.astype(np.float32),
        eyes.astype(np.float32),
        track.fps,
        moved,
    )
    return motion, residual


def _track(arrays: dict[str, NDArray[Any]], fps: float | None) -> FlameTrack:
    expression = _frames(arrays, "expression", None, None)
    if expression is None:
        raise InputError(f"no expression; looked for {', '.join(KEYS['expression'])}")
    count = len(expression)
    parts = {
        name: _frames(arrays, name, count, width)
        for name, width in (("jaw", 3), ("turn", 3), ("neck", 3), ("eyes", 6),
                            ("eye_left", 3), ("eye_right", 3), ("translation", 3))
    }  # fmt: skip
    whole = _frames(arrays, "pose", count, None)
    if whole is not None:
        widths = {6: ("turn", "jaw"), 15: ("turn", "neck", "jaw", "eye_left", "eye_right")}
        if whole.shape[1] not in widths:
            raise InputError(f"pose of {whole.shape[1]} numbers a frame; readable: 6 or 15")
        for place, name in enumerate(widths[whole.shape[1]]):
            if parts[name] is None:
                parts[name] = whole[:, 3 * place : 3 * place + 3]
    still = np.zeros((count, 3))
    if parts["eyes"] is None:
        sides = [still if parts[n] is None else parts[n] for n in ("eye_left", "eye_right")]
        parts["eyes"] = np.concatenate([np.asarray(side) for side in sides], axis=1)
    if fps is None:
        told = _first(arrays, "fps")
        if told is None or told.size != 1:
            raise InputError("tells no frame rate; give one with --fps")
        fps = float(told.reshape(()))
    betas = _first(arrays, "betas")
    if betas is not None and betas.ndim > 1:
        betas = betas.reshape(-1, betas.shape[-1])[0]  # one person, however often it is repeated

    def given(name: str) -> Floats:
        found = parts[name]
        return still if found is None else found

    return FlameTrack(
        expression=expression,
        jaw=given("jaw"),
        neck=given("neck"),
        turn=given("turn"),
        eyes=given("eyes"),
        translation=parts["translation"],
        betas=np.zeros(0) if betas is None else betas.astype(np.float64).ravel(),
        fps=fps,
    )


def _first(arrays: dict[str, NDArray[Any]], what: str) -> NDArray[Any] | None:
    found = next((arrays[name] for name in KEYS[what] if name in arrays), None)
    if found is not None and (found.dtype.kind not in "fiu" or not np.isfinite(found).all()):
        raise InputError(f"{what}: not an array of finite numbers")
    return found


def _frames(
    arrays: dict[str, NDArray[Any]], what: str, count: int | None, width: int | None
) -> Floats | None:
    """(F, width) numbers; a leading axis of one batch is dropped."""
    found = _first(arrays, what)
    if found is None:
        return None
    if found.ndim == 3 and 1 in (found.shape[0], found.shape[1]):
        found = found.reshape(-1, found.shape[-1])
    fits = found.ndim == 2 and len(found) and count in (None, len(found))
    if not fits or width not in (None, found.shape[1]):
        wanted = f"({'F' if count is None else count}, {'any' if width is None else width})"
        raise InputError(f"{what}: shape {found.shape}, but {wanted} is needed")
    return found.astype(np.float64)


def _vectors(turned: NDArray[np.floating]) -> Floats:
    """Axis-angle (F, 3) of yaw, pitch, roll (F, 3); the angle of the shorter way."""
    q = quaternions(turned)
    q = np.where(q[:, 3:] < 0, -q, q)
    sine = np.linalg.norm(q[:, :3], axis=1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[:, 3:])
    return np.asarray(q[:, :3] * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0))


def _angles(matrices: Floats) -> Floats:
    vectors = axis_angles(matrices)
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    half = 0.5 * np.sinc(angle / (2 * np.pi))
    return angles(np.concatenate([vectors * half, np.cos(angle / 2)], axis=-1))


def _npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """An .npz whose bytes depend on the arrays only: entries carry no time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            small = array.astype(np.float32) if array.dtype == np.float64 and array.ndim else array
            np.lib.format.write_array(data, small, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, data.getvalue(), zipfile.ZIP_DEFLATED, 6)
    return buffer.getvalue()
