"""What stands behind the head: a colour, a vertical gradient, an image file, or nothing."""

import re
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from avitalk.errors import InputError

TRANSPARENT: Final = "transparent"
STUDIO: Final = "studio"
"""The default: a grey backdrop, lighter at the top."""
STUDIO_COLOURS: Final = "#8f989e/#3c4348"

ALLOWED: Final = (
    "'studio', '#rrggbb', '#rrggbb/#rrggbb' (top/bottom), 'transparent' or an image file"
)


class Background(NamedTuple):
    """A background at the size of the picture."""

    linear: NDArray[np.float32]  # (H, W, 3) in [0, 1]
    encoded: NDArray[np.uint8]  # (H, W, 3) sRGB
    transparent: bool


def to_linear(srgb: NDArray[np.floating]) -> NDArray[np.float32]:
    """Light of sRGB-encoded values in [0, 1] (IEC 61966-2-1)."""
    curved = ((srgb + 0.055) / 1.055) ** 2.4
    return np.where(srgb <= 0.04045, srgb / 12.92, curved).astype(np.float32)


def to_srgb(linear: NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB encoding of light in [0, 1]."""
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curved).astype(np.float32)


def background_for(name: str | Path, size: tuple[int, int]) -> Background:
    """Resolve what a user wrote to pixels of `size` (width, height).

    An image is scaled to fill the picture and cropped about its middle. Raises InputError on an
    unknown name, a missing file or a file that is not an image.
    """
    width, height = size
    text = STUDIO_COLOURS if name == STUDIO else str(name)
    if text == TRANSPARENT:
        empty = np.zeros((height, width, 3), np.uint8)
        return Background(empty.astype(np.float32), empty, transparent=True)
    if re.fullmatch(r"#[0-9a-fA-F]{6}(/#[0-9a-fA-F]{6})?", text):
        return _gradient(text[:7], text[-7:], size)
    if text.startswith("#"):
        raise InputError(f"background {text!r} is not a colour; allowed: {ALLOWED}")
    encoded = _image(Path(name), size)
    return Background(to_linear(encoded / 255.0), encoded, transparent=False)


def _gradient(top: str, bottom: str, size: tuple[int, int]) -> Background:
    width, height = size
    ends = [np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) for colour in (top, bottom)]
    down = np.linspace(0, 1, height)[:, None]
    srgb = ends[0] * (1 - down) + ends[1] * down  # (H, 3)
    # Noise of half a step hides the bands that 8 bits leave in a slow gradient.
    noise = np.random.default_rng(0).random((height, width, 1)) - 0.5 if top != bottom else 0.0
    encoded = np.rint(np.broadcast_to(srgb[:, None], (height, width, 3)) + noise)
    linear = np.broadcast_to(to_linear(srgb / 255.0)[:, None], (height, width, 3))
    return Background(
        np.ascontiguousarray(linear), encoded.clip(0, 255).astype(np.uint8), transparent=False
    )


def _image(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    if not path.is_file():
        raise InputError(f"background {str(path)!r}: no such file; allowed: {ALLOWED}")
    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise InputError(f"background {str(path)!r} cannot be read as an image") from error
    return np.array(ImageOps.fit(upright, size, Image.Resampling.LANCZOS))
