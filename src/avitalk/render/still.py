"""Single pictures: PNG bytes, and contact sheets with a caption under each picture."""

import io
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from avitalk.errors import InputError

Image = NDArray[np.uint8]

PAPER: Final = (250, 250, 248)
INK: Final = (30, 32, 36)
WRONG: Final = (200, 30, 30)
GAP_PX: Final = 6


def png_bytes(image: Image) -> bytes:
    """PNG file of `image` (H, W, 3) or, with alpha, (H, W, 4)."""
    stream = io.BytesIO()
    Pillow.fromarray(image).save(stream, format="PNG", compress_level=6)
    return stream.getvalue()


def contact_sheet(
    images: Sequence[Image],
    captions: Sequence[str],
    *,
    columns: int | None = None,
    wrong: Collection[int] = (),
) -> Image:
    """Grid of `images` (all (H, W, 3) or (H, W, 4)), row by row, each above its caption.

    Captions are one or more lines, centred and shrunk, then cut, to the width of a picture;
    those of the pictures `wrong` are red, and so are their frames. Without `columns` the sheet
    comes out about 4:3. Returns (H', W', 3). Raises InputError on no images, differing
    sizes, or another number of captions.
    """
    if not images:
        raise InputError("no pictures for a contact sheet; at least one is needed")
    if len(captions) != len(images):
        raise InputError(f"{len(captions)} captions for {len(images)} pictures; one each is needed")
    if len({image.shape for image in images}) > 1:
        raise InputError("pictures of a contact sheet must have one size")
    height, width = images[0].shape[:2]
    if columns is None:
        columns = round((len(images) * 4 / 3 * height / width) ** 0.5)
    columns = min(max(columns, 1), len(images))
    text_px = max(9, min(28, width // 10))
    lines = [caption.split("\n") for caption in captions]
    cell_h = height + round((0.3 + 1.3 * max(map(len, lines))) * text_px)
    rows = -(-len(images) // columns)
    size = (columns * (width + GAP_PX) + GAP_PX, rows * (cell_h + GAP_PX) + GAP_PX)
    sheet = Pillow.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (image, texts) in enumerate(zip(images, lines, strict=True)):
        row, column = divmod(index, columns)
        left = GAP_PX + column * (width + GAP_PX)
        top = GAP_PX + row * (cell_h + GAP_PX)
        picture = Pillow.fromarray(image)
        sheet.paste(picture, (left, top), picture if image.shape[2] == 4 else None)
        ink = WRONG if index in wrong else INK
        if index in wrong:
            draw.rectangle((left, top, left + width - 1, top + height - 1), outline=WRONG, width=3)
        for line, caption in enumerate(texts):
            middle = (left + width / 2, top + height + (0.8 + 1.3 * line) * text_px)
            text, font = _fitted(draw, caption, width, text_px)
            draw.text(middle, text, fill=ink, font=font, anchor="mm")
    return np.array(sheet)


def _fitted(
    draw: ImageDraw.ImageDraw, caption: str, width: int, text_px: int
) -> tuple[str, ImageFont.ImageFont | ImageFont.FreeTypeFont]:
    font = ImageFont.load_default(text_px)
    length = draw.textlength(caption, font)
    if length > width:
        text_px = max(8, int(text_px * width / length))
        font = ImageFont.load_default(text_px)
    while text_px > 8 and draw.textlength(caption, font) > width:  # letters are no even multiple
        text_px -= 1
        font = ImageFont.load_default(text_px)
    while len(caption) > 1 and draw.textlength(caption, font) > width:
        caption = caption.rstrip("…")[:-1] + "…"
        if len(caption) <= 2:
            break
    return caption, font
