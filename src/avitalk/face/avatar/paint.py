"""A glTF's materials in, colours, pictures and roughness of pieces out, as `Texture` has them."""

import io
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from avitalk.face.avatar.pieces import Piece
from avitalk.face.gltf.accessors import whole
from avitalk.face.gltf.container import GltfFile
from avitalk.face.head import PARTS

LARGEST_SIDE: Final = 2048  # pictures are drawn at most this large
MOST_PIXELS: Final = 16_384 * 16_384
BLENDED: Final = 0.5  # alpha from which on something half transparent is drawn
# Words of material, mesh and node names -> part of the head, and how open to light it is.
WORDS: Final = {
    "teeth": ("teeth_upper", 0.75), "tooth": ("teeth_upper", 0.75), "tongue": ("tongue", 0.7),
    "gum": ("gums", 0.7), "gums": ("gums", 0.7), "lash": ("lashes", 1.0),
    "lashes": ("lashes", 1.0), "eyelash": ("lashes", 1.0), "eyelashes": ("lashes", 1.0),
    "hair": ("hair", 1.0),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Coat:
    """How one piece looks."""

    colour: NDArray[np.float32]
    """(n, 3) linear."""
    roughness: float
    uv: NDArray[np.float32]
    """(n, 2)."""
    image: int
    """Number of the picture in the file, -1 for none."""
    cutoff: float
    """Alpha below which it is not there; above 1 all of it is gone."""
    part: int
    """Index into PARTS."""
    occlusion: float


def coat_of(file: GltfFile, piece: Piece) -> Coat:
    """The look of a piece's material: base colour, vertex colours, picture, alpha."""
    attributes, count = piece.primitive["attributes"], len(piece.used)
    number = piece.primitive.get("material")
    material = {} if number is None else file.items("materials")[whole(number)]
    extensions = material.get("extensions", {})
    factor, picture, roughness = _base(material, extensions)
    colour = np.tile(np.asarray(factor[:3], np.float32), (count, 1))
    if "COLOR_0" in attributes:
        vertex = file.accessor(attributes["COLOR_0"])[piece.used][:, :3]
        colour *= vertex.astype(np.float32)
    image, uv = -1, np.zeros((count, 2), np.float32)
    if picture is not None:
        image, uv = _picture(file, picture, attributes, piece, uv)
    part, occlusion = _part(file, piece, material)
    clear = float(extensions.get("KHR_materials_transmission", {}).get("transmissionFactor", 0))
    alpha = float(factor[3]) * (1 - clear)
    modes = {"OPAQUE": 0.0, "MASK": float(material.get("alphaCutoff", 0.5)), "BLEND": BLENDED}
    least = BLENDED if clear > 0 else modes[material.get("alphaMode", "OPAQUE")]
    cutoff = least / max(alpha, 1e-6) if least else 0.0
    return Coat(np.clip(colour, 0, 1), roughness, uv, image, cutoff, part, occlusion)


def pictures_of(file: GltfFile, numbers: list[int]) -> tuple[NDArray[np.uint8], ...]:
    """Pictures (H, W, 4) of the file; one that cannot be decoded is plain white."""
    return tuple(_decoded(file.image(number)) for number in numbers)


def _base(
    material: dict[str, Any], extensions: dict[str, Any]
) -> tuple[list[float], dict[str, Any] | None, float]:
    """Base colour factor, the picture's reference and roughness."""
    old = extensions.get("KHR_materials_pbrSpecularGlossiness")
    if old is not None:
        rough = 1 - float(old.get("glossinessFactor", 1.0))
        return old.get("diffuseFactor", [1, 1, 1, 1]), old.get("diffuseTexture"), rough
    now = material.get("pbrMetallicRoughness", {})
    rough = float(now.get("roughnessFactor", 1.0))
    return now.get("baseColorFactor", [1, 1, 1, 1]), now.get("baseColorTexture"), rough


def _picture(
    file: GltfFile,
    reference: dict[str, Any],
    attributes: dict[str, Any],
    piece: Piece,
    uv: NDArray[np.float32],
) -> tuple[int, NDArray[np.float32]]:
    """Number of the picture and (n, 2) where its vertices lie in it."""
    moved = reference.get("extensions", {}).get("KHR_texture_transform", {})
    channel = f"TEXCOORD_{whole(moved.get('texCoord', reference.get('texCoord', 0)))}"
    texture = file.items("textures")[whole(reference["index"])]
    source = texture.get("source")
    for name in ("EXT_texture_webp", "EXT_texture_avif"):
        source = texture.get("extensions", {}).get(name, {}).get("source", source)
    if source is None or channel not in attributes:
        return -1, uv
    uv = file.accessor(attributes[channel])[piece.used].astype(np.float32)
    if moved:
        turn = float(moved.get("rotation", 0))
        cos, sin = np.cos(turn), np.sin(turn)
        uv = uv * np.asarray(moved.get("scale", (1, 1)), np.float32)
        uv = uv @ np.array([[cos, -sin], [sin, cos]], np.float32)  # rows, turned clockwise
        uv = uv + np.asarray(moved.get("offset", (0, 0)), np.float32)
    return whole(source), np.asarray(uv, np.float32)


def _part(file: GltfFile, piece: Piece, material: dict[str, Any]) -> tuple[int, float]:
    names = f"{material.get('name', '')} {file.items('meshes')[piece.mesh].get('name', '')}"
    for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", names):
        if word.lower() in WORDS:
            part, occlusion = WORDS[word.lower()]
            return PARTS.index(part), occlusion
    return PARTS.index("skin"), 1.0


def _decoded(data: bytes) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError(f"a picture of {picture.width} x {picture.height}")
            picture.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # decodes large JPEGs smaller
            whole_picture = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError):
        return np.full((1, 1, 4), 255, np.uint8)
    if max(whole_picture.size) > LARGEST_SIDE:
        whole_picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX)
    return np.asarray(whole_picture, np.uint8)
