"""A USD file in, the Motion of its face out; reads what `export_usd` writes and files like it."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX, eye_angles
from avitalk.export.rotations import angles
from avitalk.export.usd_file import read_stage, usd
from avitalk.types import Motion

MOST_FRAMES: Final = 10_000_000


def read_usd_motion(data: bytes, source: str = "usdz") -> Motion:
    """Read the first UsdSkel animation of a .usdz, .usdc or .usda that has ARKit blend shapes.

    The head's rotation is that of the joint `head`, the eyes' that of `eye_left` and `eye_right`,
    or else follows from the eyeLook* weights. Raises InputError naming `source` without the extra
    `usd`, or if the bytes are no USD file, are damaged, or hold no such animation with evenly
    spaced samples.
    """
    return read_stage(data, source, _motion)


def _motion(stage: Any) -> Motion:
    library = usd()
    for prim in stage.Traverse():
        if prim.IsA(library.UsdSkel.Animation):
            animation = library.UsdSkel.Animation(prim)
            names = [str(name) for name in animation.GetBlendShapesAttr().Get() or ()]
            if any(name in INDEX for name in names):
                return _from_animation(animation, names, stage.GetTimeCodesPerSecond())
    raise ValueError("it holds no animation of ARKit blend shapes")


def _from_animation(animation: Any, names: list[str], codes_per_s: float) -> Motion:
    attribute = animation.GetBlendShapeWeightsAttr()
    codes = attribute.GetTimeSamples() or [0.0]
    if len(codes) > MOST_FRAMES:
        raise ValueError(f"{len(codes)} samples")
    fps = _rate(np.array(codes), codes_per_s)
    weights = np.zeros((len(codes), len(ARKIT_52)), np.float32)
    columns = [INDEX.get(name) for name in names]
    for row, code in zip(weights, codes, strict=True):
        values = attribute.Get(code)
        if values is None or len(values) != len(names):
            raise ValueError(f"its weights at {code:g} are not one for each of {len(names)} shapes")
        for column, value in zip(columns, values, strict=True):
            if column is not None:
                row[column] = value
    joints = [str(path).rpartition("/")[2] for path in animation.GetJointsAttr().Get() or ()]
    turns = _samples(animation.GetRotationsAttr(), codes, len(joints), 4)
    head = np.zeros((len(codes), 3), np.float32)
    eyes = eye_angles(weights)
    if turns is not None:
        if "head" in joints:
            head = np.asarray(angles(turns[:, joints.index("head")]), np.float32)
        for side, name in enumerate(("eye_left", "eye_right")):
            if name in joints:
                eyes[:, side] = angles(turns[:, joints.index(name)])
    translation = None
    moves = animation.GetTranslationsAttr()
    if "rig" in joints and moves.GetNumTimeSamples():
        places = _samples(moves, codes, len(joints), 3)
        translation = None if places is None else places[:, joints.index("rig")]
    return Motion(weights, head, eyes, fps, translation)


def _samples(
    attribute: Any, codes: list[float], joints: int, width: int
) -> NDArray[np.float32] | None:
    """(F, joints, width) values of a joint attribute at `codes`, None if it has none."""
    if not joints or not attribute.HasAuthoredValue():
        return None
    values = np.array([np.array(attribute.Get(code)) for code in codes], np.float32)
    if values.shape[1:] != (joints, width):
        raise ValueError(f"{attribute.GetName()} has not one value for each of {joints} joints")
    return values


def _rate(codes: NDArray[np.float64], codes_per_s: float) -> float:
    """Frames a second of samples at these time codes; ValueError if they are not evenly spaced."""
    if len(codes) == 1:
        return codes_per_s
    step = float(codes[-1] - codes[0]) / (len(codes) - 1)
    if np.abs(np.diff(codes) - step).max() > 0.02 * step:
        raise ValueError("its samples are not evenly spaced")
    return codes_per_s if step == 1 else round(codes_per_s / step, 4)
