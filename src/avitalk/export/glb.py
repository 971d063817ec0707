"""A Motion and a Head in, one animated .glb out: morph targets, skin, materials, keyframes.

The nodes are `rig` (moves by the translation) > `neck` (fixed) > `head` (turns) > `eye_left`,
`eye_right` (turn), and beside them `face`, a mesh with 52 morph targets skinned to neck and
head, so that the neck bends as in `Head.pose`. glTF shares our axes and units.
"""

from typing import Any, Final

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.export.avatar import export_avatar
from avitalk.export.glb_buffer import BufferWriter
from avitalk.export.glb_mesh import MeshWriter
from avitalk.export.report import Exported, file_weights
from avitalk.export.rotations import quaternions
from avitalk.face.head import Head
from avitalk.types import Motion
from avitalk.version import __version__

FORMAT_VERSION: Final = 1
RIG, NECK, HEAD, FACE, FIRST_EYE = range(5)  # numbers of the nodes
EYE_NODES: Final = ("eye_left", "eye_right")
LARGEST_BYTES: Final = 2**32 - 1


def export_glb(motion: Motion, head: Head, *, morph_normals: bool = True) -> Exported:
    """Write the head and its motion, one keyframe a frame, linear in between.

    Weights are clamped to [0, 1], eyeLook* follow from the eye angles. `morph_normals` stores how
    the shapes turn the normals, for true shading at about twice the size. Raises InputError if
    the file would pass the 4 GiB that the format allows. A head read from an avatar's file gives
    that file with the animation in it, see `export_avatar`.
    """
    if head.avatar is not None:
        return export_avatar(motion, head)
    weights, report = file_weights(motion)
    buffer = BufferWriter()
    meshes = MeshWriter(head, buffer, morph_normals=morph_normals)
    document = gltf.GLTF2(asset=gltf.Asset(version="2.0", generator=f"avitalk {__version__}"))
    document.scenes = [gltf.Scene(name=head.name, nodes=[RIG, FACE])]
    document.scene = 0
    document.nodes = _nodes(head, meshes)
    document.meshes, document.materials = meshes.meshes, meshes.materials
    _wear_pictures(document, meshes.pictures)
    document.skins = [_skin(head, buffer)]
    document.animations = [_animation(motion, weights, document.nodes, buffer)]
    buffer.write_into(document)
    data = b"".join(document.save_to_bytes())
    if len(data) > LARGEST_BYTES:
        raise InputError(f"{motion.frames} frames do not fit into one .glb; slice the motion")
    return Exported(data, report)


def _nodes(head: Head, meshes: MeshWriter) -> list[gltf.Node]:
    neck = _numbers(head.neck_pivot)
    nodes = [
        gltf.Node(name="rig", children=[NECK]),
        gltf.Node(name="neck", children=[HEAD], translation=neck),
        gltf.Node(name="head"),
        gltf.Node(name="face", mesh=meshes.face(), skin=0),
    ]
    for side, name in enumerate(EYE_NODES):
        mesh = meshes.eye(side)
        if mesh is not None:
            nodes[HEAD].children.append(len(nodes))
            place = _numbers(head.eye_pivots[side] - head.neck_pivot)
            nodes.append(gltf.Node(name=name, mesh=mesh, translation=place))
    return nodes


def _wear_pictures(document: gltf.GLTF2, views: list[int]) -> None:
    """Textures of the PNG files in buffer `views`, numbered alike."""
    if not views:
        return
    document.images = [gltf.Image(bufferView=view, mimeType="image/png") for view in views]
    document.samplers = [
        gltf.Sampler(
            magFilter=gltf.LINEAR,
            minFilter=gltf.LINEAR_MIPMAP_LINEAR,
            wrapS=gltf.CLAMP_TO_EDGE,
            wrapT=gltf.CLAMP_TO_EDGE,
        )
    ]
    document.textures = [gltf.Texture(sampler=0, source=at) for at in range(len(views))]


def _skin(head: Head, buffer: BufferWriter) -> gltf.Skin:
    to_neck = np.eye(4, dtype=np.float32)
    to_neck[:3, 3] = -head.neck_pivot
    columns = np.tile(to_neck.T.reshape(1, 16), (2, 1))  # glTF stores columns one after another
    return gltf.Skin(
        name="neck", joints=[NECK, HEAD], skeleton=NECK, inverseBindMatrices=buffer.dense(columns)
    )


def _animation(
    motion: Motion, weights: NDArray[np.float32], nodes: list[gltf.Node], buffer: BufferWriter
) -> gltf.Animation:
    times = np.asarray(np.arange(motion.frames) / motion.fps, np.float32)
    key_times = buffer.dense(times, bounds=True)
    tracks: list[tuple[int, str, NDArray[Any]]] = [
        (FACE, "weights", weights.reshape(-1)),
        (HEAD, "rotation", quaternions(motion.head)),
    ]
    for number, node in enumerate(nodes[FIRST_EYE:], FIRST_EYE):
        side = EYE_NODES.index(node.name)
        tracks.append((number, "rotation", quaternions(motion.eyes[:, side])))
    if motion.translation is not None:
        tracks.append((RIG, "translation", motion.translation))
    samplers: list[gltf.AnimationSampler] = []
    channels: list[gltf.AnimationChannel] = []
    for node, path, values in tracks:
        output = buffer.dense(np.asarray(values, np.float32))
        aim = gltf.AnimationChannelTarget(node=node, path=path)
        channels.append(gltf.AnimationChannel(sampler=len(samplers), target=aim))
        samplers.append(gltf.AnimationSampler(input=key_times, output=output))
    extras = {"format": "avitalk motion", "format_version": FORMAT_VERSION, "fps": motion.fps}
    return gltf.Animation(name="speech", samplers=samplers, channels=channels, extras=extras)


def _numbers(row: NDArray[Any]) -> list[float]:
    return [float(value) for value in row]
