"""Avatars made up for the tests: small glTF files built as other programs build them."""

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from avitalk.arkit import ARKIT_52
from miniature_head import ball

VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
COMPONENT = {"<f4": 5126, "|u1": 5121, "<u2": 5123, "|i1": 5120, "<i2": 5122, "<u4": 5125}
KIND = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
ARRAY, ELEMENT_ARRAY = 34962, 34963
EYES = np.array([[0.032, 1.66, 0.08], [-0.032, 1.66, 0.08]])
HEAD = np.array([0.0, 1.58, 0.0])
FACE = np.array([0.0, 1.64, 0.0])


def png(side: int = 8, seed: int = 0) -> bytes:
    """A PNG of noise."""
    stream = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(noise).save(stream, "PNG")
    return stream.getvalue()


def underscored(name: str) -> str:
    """mouthSmileLeft as mouthSmile_L."""
    return name.replace("Left", "_L").replace("Right", "_R")


class Builder:
    """A glTF document and its binary buffer, written by hand."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "a test", "copyright": "CC0 1.0 somebody"},
            "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [], "meshes": [], "materials": [],
            "skins": [], "accessors": [], "bufferViews": [],
            "images": [], "textures": [], "samplers": [{"wrapS": 10497}],
        }  # fmt: skip
        self.binary = bytearray()

    def view(self, data: bytes, **more: Any) -> int:
        self.binary += bytes(-len(self.binary) % 4)
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), **more}
        )
        self.binary += data
        return len(self.document["bufferViews"]) - 1

    def add(
        self, rows: np.ndarray, *, bounds: bool = False, target: int | None = None, **more: Any
    ) -> int:
        rows = rows.reshape(len(rows), -1)
        aim = {} if target is None else {"target": target}
        accessor = {
            "bufferView": self.view(rows.tobytes(), **aim),
            "componentType": COMPONENT[rows.dtype.str], "count": len(rows),
            "type": KIND[rows.shape[1]], **more,
        }  # fmt: skip
        if bounds:
            accessor |= {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}
        self.document["accessors"].append(accessor)
        return len(self.document["accessors"]) - 1

    def node(self, name: str, parent: int | None = None, **more: Any) -> int:
        nodes = self.document["nodes"]
        nodes.append({"name": name, **more})
        if parent is not None:
            nodes[parent].setdefault("children", []).append(len(nodes) - 1)
        return len(nodes) - 1

    def texture(self, data: bytes) -> int:
        images, textures = self.document["images"], self.document["textures"]
        images.append({"bufferView": self.view(data), "mimeType": "image/png", "name": "skin"})
        textures.append({"source": len(images) - 1, "sampler": 0})
        return len(textures) - 1

    def material(self, name: str, texture: int | None = None, **more: Any) -> int:
        pbr: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 0.6}
        if texture is not None:
            pbr["baseColorTexture"] = {"index": texture}
        self.document["materials"].append({"name": name, "pbrMetallicRoughness": pbr, **more})
        return len(self.document["materials"]) - 1

    def mesh(
        self,
        name: str,
        points: np.ndarray,
        faces: np.ndarray,
        material: int,
        *,
        targets: dict[str, np.ndarray] | None = None,
        joint: int | None = None,
    ) -> int:
        """A mesh, bound whole to one joint of the skin if `joint` is given."""
        points = points.astype(np.float32)
        attributes = {
            "POSITION": self.add(points, bounds=True, target=ARRAY),
            "TEXCOORD_0": self.add((points[:, :2] * 10).astype(np.float32), target=ARRAY),
        }
        if joint is not None:
            joints = np.zeros((len(points), 4), np.uint8)
            joints[:, 0] = joint
            weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(points), 1))
            attributes["JOINTS_0"] = self.add(joints, target=ARRAY)
            attributes["WEIGHTS_0"] = self.add(weights, target=ARRAY)
        primitive: dict[str, Any] = {
            "attributes": attributes, "material": material,
            "indices": self.add(faces.reshape(-1).astype(np.uint16), target=ELEMENT_ARRAY),
        }  # fmt: skip
        described: dict[str, Any] = {"name": name, "primitives": [primitive]}
        if targets:
            primitive["targets"] = [
                {"POSITION": self.add(moved.astype(np.float32), bounds=True, target=ARRAY)}
                for moved in targets.values()
            ]
            described |= {"weights": [0.0] * len(targets), "extras": {"targetNames": [*targets]}}
        self.document["meshes"].append(described)
        return len(self.document["meshes"]) - 1

    def glb(self) -> bytes:
        document = {key: value for key, value in self.document.items() if value != []}
        document["buffers"] = [{"byteLength": len(self.binary)}]
        return packed(document, bytes(self.binary))


def packed(document: dict[str, Any], binary: bytes) -> bytes:
    """A .glb of a document and its buffer."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(binary), len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def unpacked(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Document and buffer of a .glb."""
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def bumps(points: np.ndarray, names: list[str], seed: int = 0) -> dict[str, np.ndarray]:
    """Morph targets: each moves the points near some place, blinks those at the eyes."""
    rng = np.random.default_rng(seed)
    found = {}
    for name in names:
        centre = points[rng.integers(len(points))]
        plain = name.lower()
        for side, word in enumerate(("left", "right")):
            marked = plain.endswith((word, f"_{word[0]}"))
            if "blink" in plain and marked:
                centre = EYES[side]
        near = np.linalg.norm(points - centre, axis=1) < 0.05
        moved = np.zeros_like(points)
        moved[near] = rng.normal(0, 0.004, 3)
        moved[np.argmin(np.linalg.norm(points - centre, axis=1))] += (0, -0.003, 0)
        found[name] = moved
    return found


def face_bumps(points: np.ndarray, names: list[str], seed: int = 0) -> dict[str, np.ndarray]:
    """As `bumps`, but the mouth's shapes move a mouth: in front and low."""
    found = bumps(points, names, seed)
    near = np.linalg.norm(points - FACE - (0, -0.05, 0.08), axis=1) < 0.04
    for name in names:
        if name.startswith(("jaw", "mouth")):
            found[name] = np.where(near[:, None], found[name].mean(axis=0) * 20 + 1e-4, 0)
    return found


def person(
    spelling: Callable[[str], str] = str,
    *,
    names: tuple[str, ...] = ARKIT_52,
    more: tuple[str, ...] = (),
    unit: float = 1.0,
    eye_bones: bool = True,
    shaped: Callable[..., dict[str, np.ndarray]] = bumps,
) -> Builder:
    """Several meshes on one skeleton, as Ready Player Me's: head, teeth, eyes, body, textures.

    `unit` is how many units of the file a metre has.
    """
    made = Builder()
    turn = [0.0, 0.0, np.sin(0.2), np.cos(0.2)]  # bones with rest rotations of their own
    back = [0.0, 0.0, -np.sin(0.2), np.cos(0.2)]
    root = made.node("Armature", scale=[unit] * 3)
    hips = made.node("Hips", root, translation=[0.0, 1.0, 0.0], rotation=turn)
    # Below a turned bone: back to upright, then to where the head is.
    lift = np.array([[np.cos(0.4), np.sin(0.4), 0], [-np.sin(0.4), np.cos(0.4), 0], [0, 0, 1]])
    neck = made.node(
        "Neck", hips, translation=(lift @ (HEAD - [0, 1.08, 0])).tolist(), rotation=back
    )
    head = made.node("Head", neck, translation=[0.0, 0.08, 0.0], rotation=turn)
    joints = [hips, neck, head]
    worlds = [np.array([0, 1.0, 0]), HEAD - [0, 0.08, 0], HEAD]
    if eye_bones:
        for name, place in zip(("LeftEye", "RightEye"), EYES, strict=True):
            joints.append(
                made.node(name, head, translation=(lift @ (place - HEAD)).tolist(), rotation=back)
            )
            worlds.append(place)
    inverse = np.zeros((len(joints), 16), np.float32)
    for row, (place, turned) in enumerate(
        zip(worlds, [True, False, True, False, False], strict=False)
    ):
        matrix = np.eye(4)
        matrix[:3, :3] = lift if turned else np.eye(3)
        matrix[:3, 3] = -matrix[:3, :3] @ place
        inverse[row] = matrix.T.reshape(-1)
    made.document["skins"].append(
        {"joints": joints, "inverseBindMatrices": made.add(inverse), "skeleton": hips}
    )
    skin = made.material("Wolf3D_Skin", made.texture(png(8, 1)))
    teeth = made.material("Wolf3D_Teeth", doubleSided=True)
    eye = made.material("Wolf3D_Eye", made.texture(png(4, 2)))
    spelled = [spelling(name) for name in names] + list(more)
    points, faces = ball(14, 16, 0.1)
    shapes = shaped(points + FACE, spelled)
    parts = [("Wolf3D_Head", points + FACE, faces, skin, 2, shapes)]
    points, faces = ball(5, 6, 0.02)
    inner = points + FACE + (0, -0.05, 0.05)
    parts.append(("Wolf3D_Teeth", inner, faces, teeth, 2, bumps(inner, spelled, 1)))
    for side, name in enumerate(("EyeLeft", "EyeRight")):
        points, faces = ball(5, 6, 0.012)
        joint = 3 + side if eye_bones else 2
        parts.append((name, points + EYES[side], faces, eye, joint, {}))
    points, faces = ball(8, 8, 0.3)
    parts.append(("Wolf3D_Body", points + np.array([0, 0.6, 0]), faces, skin, 0, {}))
    for name, places, triangles, material, joint, targets in parts:
        mesh = made.mesh(name, places, triangles, material, targets=targets, joint=joint)
        made.node(name, root, mesh=mesh, skin=0)
    return made


def vrm0() -> Builder:
    """A VRM 0.x with the five vowels and blinks as groups of unnamed targets, looking along -Z."""
    made = person(names=(), more=tuple(f"Face_{i}" for i in range(8)))
    around = {"rotation": [0.0, 1.0, 0.0, 0.0]}
    made.document["nodes"][0].update(around)
    groups = [
        {"name": name, "presetName": preset, "isBinary": False,
         "binds": [{"mesh": 0, "index": index, "weight": 100}]}
        for index, (name, preset) in enumerate((
            ("A", "a"), ("I", "i"), ("U", "u"), ("E", "e"), ("O", "o"),
            ("Blink_L", "blink_l"), ("Blink_R", "blink_r"), ("Joy", "joy"),
        ))
    ]  # fmt: skip
    bones = [{"bone": b, "node": n} for b, n in (("head", 3), ("leftEye", 4), ("rightEye", 5))]
    made.document["extensionsUsed"] = ["VRM"]
    made.document["extensions"] = {
        "VRM": {
            "specVersion": "0.0", "humanoid": {"humanBones": bones},
            "meta": {"title": "Somebody", "author": "A. Maker", "licenseName": "CC_BY"},
            "blendShapeMaster": {"blendShapeGroups": groups}, "materialProperties": [],
        }
    }  # fmt: skip
    return made


def vrm1() -> Builder:
    """A VRM 1.0 with ARKit expressions ('perfect sync') over targets of other names."""
    made = person(names=(), more=tuple(f"shape{i}" for i in range(52)))
    head = next(i for i, node in enumerate(made.document["nodes"]) if node["name"] == "Wolf3D_Head")

    def bound(index: int, weight: float = 1.0) -> dict[str, Any]:
        return {"morphTargetBinds": [{"node": head, "index": index, "weight": weight}]}

    custom = {n[0].upper() + n[1:]: bound(i) for i, n in enumerate(ARKIT_52)}
    bones = {"head": {"node": 3}, "leftEye": {"node": 4}, "rightEye": {"node": 5}}
    made.document["extensionsUsed"] = ["VRMC_vrm"]
    made.document["extensions"] = {
        "VRMC_vrm": {
            "specVersion": "1.0", "humanoid": {"humanBones": bones},
            "meta": {"name": "Somebody", "authors": ["A. Maker"],
                     "licenseUrl": "https://vrm.dev/licenses/1.0/"},
            "expressions": {"preset": {"aa": bound(17, 0.5)}, "custom": custom},
        }
    }  # fmt: skip
    return made


def write_gltf(made: Builder, folder: Path) -> Path:
    """The avatar as a .gltf with a .bin and pictures beside it, in a folder of its own."""
    document = json.loads(json.dumps({k: v for k, v in made.document.items() if v != []}))
    (folder / "textures").mkdir(parents=True)
    for number, image in enumerate(document["images"]):
        view = document["bufferViews"][image.pop("bufferView")]
        start = view["byteOffset"]
        name = f"textures/skin {number}.png"
        (folder / name).write_bytes(made.binary[start : start + view["byteLength"]])
        image["uri"] = name.replace(" ", "%20")
        del image["mimeType"]
    (folder / "avatar.bin").write_bytes(made.binary)
    document["buffers"] = [{"byteLength": len(made.binary), "uri": "avatar.bin"}]
    path = folder / "avatar.gltf"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
