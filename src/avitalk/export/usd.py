"""A Motion and a Head in, an animated USD file out (.usdz, .usdc, .usda): a UsdSkel character.

    avatar          UsdSkelRoot
      skeleton      joints rig > neck > head > eye_left, eye_right, as the nodes of the .glb
        speech      UsdSkelAnimation: 52 weights and the joints' turns, a sample a frame
      face          mesh with 52 blend shapes by ARKit name, skinned to neck and head
      eye_left, eye_right
      materials

USD shares our axes; the file is in metres, +Y up, and its time codes are frames.
"""

from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.export.report import Exported, file_weights
from avitalk.export.rotations import quaternions
from avitalk.export.usd_file import stage_bytes, usd
from avitalk.export.usd_mesh import FIRST_EYE, HEAD, JOINTS, NECK, RIG, UsdMeshWriter
from avitalk.face.head import Head
from avitalk.types import Motion
from avitalk.version import __version__

FORMAT_VERSION: Final = 1
ROOT: Final = "/avatar"
PATHS: Final = (
    "rig", "rig/neck", "rig/neck/head", "rig/neck/head/eye_left", "rig/neck/head/eye_right",
)  # fmt: skip
SPEECH: Final = f"{ROOT}/skeleton/speech"
EXTENT_FRAMES: Final = 25  # so many poses are looked at for the size of the whole performance
EXTENT_MARGIN_M: Final = 0.01


def export_usd(motion: Motion, head: Head, suffix: str = ".usdz") -> Exported:
    """Write the head and its motion, one time sample a frame; `suffix` .usdz, .usdc or .usda.

    Weights are clamped to [0, 1], eyeLook* follow from the eye angles. Same input, same bytes.
    Raises InputError without the extra `usd`, or for an avatar with other shapes than ARKit's.
    """
    library = usd()
    if len(head.shapes) != len(ARKIT_52) or getattr(head, "binding", None) is not None:
        raise InputError(f"USD carries heads with the 52 ARKit shapes; export {head.name} as glb")
    if head.texture is not None:
        raise InputError(f"USD carries heads without pictures; export {head.name} as glb")
    weights, report = file_weights(motion)
    stage = library.Usd.Stage.CreateInMemory()
    _describe(stage, motion, library)
    root = library.UsdSkel.Root.Define(stage, ROOT)
    stage.SetDefaultPrim(root.GetPrim())
    root.CreateExtentAttr(_extent(motion, head))
    skeleton = _skeleton(stage, head, library)
    _animation(stage, motion, head, weights, library)
    skeleton.CreateAnimationSourceRel().SetTargets([SPEECH])
    library.UsdGeom.Scope.Define(stage, f"{ROOT}/materials")
    meshes = UsdMeshWriter(stage, ROOT, head, library)
    meshes.face()
    for side in range(2):
        meshes.eye(side)
    return Exported(stage_bytes(stage, suffix), report)


def _describe(stage: Any, motion: Motion, library: SimpleNamespace) -> None:
    generator = f"avitalk {__version__}"
    geom = library.UsdGeom
    geom.SetStageUpAxis(stage, geom.Tokens.y)
    geom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(motion.fps)
    stage.SetFramesPerSecond(motion.fps)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(motion.frames - 1)
    layer = stage.GetRootLayer()
    layer.documentation = f"Talking head with the 52 ARKit blend shapes, written by {generator}"
    layer.customLayerData = {
        "generator": generator,
        "format": "avitalk motion",
        "format_version": FORMAT_VERSION,
    }


def _joint_places(head: Head) -> NDArray[np.float64]:
    """Rest positions (5, 3) of the joints, metres; none is turned at rest."""
    eyes = head.eye_pivots.astype(np.float64)
    neck = head.neck_pivot.astype(np.float64)
    return np.stack([np.zeros(3), neck, neck, *eyes])


def _local_places(head: Head) -> NDArray[np.float64]:
    """Rest positions (5, 3) against the joint above."""
    places = _joint_places(head)
    above = np.array([0, 0, NECK, HEAD, HEAD])
    return np.concatenate([places[:1], places[1:] - places[above[1:]]])


def _skeleton(stage: Any, head: Head, library: SimpleNamespace) -> Any:
    """Define the skeleton; return its binding, which takes the animation."""

    def matrices(places: NDArray[np.float64]) -> list[Any]:
        move = library.Gf.Matrix4d
        return [move(1.0).SetTranslate(tuple(place)) for place in places.tolist()]

    skeleton = library.UsdSkel.Skeleton.Define(stage, f"{ROOT}/skeleton")
    skeleton.CreateJointsAttr(list(PATHS))
    skeleton.CreateBindTransformsAttr(matrices(_joint_places(head)))
    skeleton.CreateRestTransformsAttr(matrices(_local_places(head)))
    return library.UsdSkel.BindingAPI.Apply(skeleton.GetPrim())


def _animation(
    stage: Any, motion: Motion, head: Head, weights: NDArray[np.float32], library: SimpleNamespace
) -> None:
    Vt = library.Vt
    animation = library.UsdSkel.Animation.Define(stage, SPEECH)
    animation.CreateBlendShapesAttr(list(ARKIT_52))
    animation.CreateJointsAttr(list(PATHS))
    scales = np.ones((len(JOINTS), 3), np.float16)
    animation.CreateScalesAttr(Vt.Vec3hArray.FromNumpy(scales))
    turns = np.zeros((motion.frames, len(JOINTS), 4), np.float32)
    turns[..., 3] = 1  # x, y, z, w
    turns[:, HEAD] = quaternions(motion.head)
    for side in range(2):
        turns[:, FIRST_EYE + side] = quaternions(motion.eyes[:, side])
    places = np.asarray(_local_places(head), np.float32)
    weight_samples, turn_samples = (
        animation.CreateBlendShapeWeightsAttr(),
        animation.CreateRotationsAttr(),
    )
    moved_samples = animation.CreateTranslationsAttr()
    if motion.translation is None:
        moved_samples.Set(Vt.Vec3fArray.FromNumpy(places))
    for frame in range(motion.frames):
        weight_samples.Set(Vt.FloatArray.FromNumpy(weights[frame]), frame)
        turn_samples.Set(Vt.QuatfArray.FromNumpy(turns[frame]), frame)
        if motion.translation is not None:
            places[RIG] = motion.translation[frame]
            moved_samples.Set(Vt.Vec3fArray.FromNumpy(places), frame)


def _extent(motion: Motion, head: Head) -> list[list[float]]:
    """Lower and upper corner of what the head reaches in the course of the motion, metres."""
    frames = np.linspace(0, motion.frames - 1, min(EXTENT_FRAMES, motion.frames)).astype(int)
    posed = [head.vertices, *(head.pose_at(motion, int(frame)) for frame in frames)]
    low = np.min([points.min(axis=0) for points in posed], axis=0) - EXTENT_MARGIN_M
    high = np.max([points.max(axis=0) for points in posed], axis=0) + EXTENT_MARGIN_M
    return [[float(value) for value in corner] for corner in (low, high)]
