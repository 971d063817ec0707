"""PNG bytes and contact sheets."""

import io

import numpy as np
import pytest
from PIL import Image

from avitalk.errors import InputError
from avitalk.render import contact_sheet, png_bytes


@pytest.mark.parametrize("channels", [3, 4])
def test_png_keeps_every_value(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, channels), np.uint8)
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(png_bytes(image)))), image)


def test_sheet_places_pictures_row_by_row() -> None:
    levels = [40, 80, 120, 160, 200]
    images = [np.full((60, 80, 3), level, np.uint8) for level in levels]
    sheet = contact_sheet(images, ["jawOpen", "b", "aa 0.52 s", "", "é"], columns=3)
    down, across = (sheet.shape[0] - 6) // 2, 86
    centres = [(30 + r * down, 46 + c * across) for r in (0, 1) for c in range(3)]
    assert [int(sheet[at][0]) for at in centres[:5]] == levels
    assert sheet[centres[5]].min() > 240


def test_caption_stands_under_its_picture() -> None:
    image = np.full((60, 80, 3), 255, np.uint8)
    without, with_text = (contact_sheet([image], [text]) for text in ("", "jawOpen"))
    changed = np.argwhere((without != with_text).any(axis=2))
    assert changed[:, 0].min() >= 66
    assert 40 < changed[:, 1].mean() < 52


def test_long_captions_stay_inside() -> None:
    images = [np.full((40, 60, 3), 128, np.uint8)] * 2
    empty = contact_sheet(images, ["", ""], columns=2)
    sheet = contact_sheet(images, ["a very long caption " * 5, ""], columns=2)
    changed = np.argwhere((empty != sheet).any(axis=2))
    assert changed[:, 1].min() >= 4
    assert changed[:, 1].max() <= 68


@pytest.mark.parametrize(
    ("images", "captions", "message"),
    [
        ([], [], "no pictures"),
        ([np.zeros((4, 4, 3), np.uint8)], [], "0 captions for 1"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((5, 4, 3), np.uint8)], ["", ""], "one size"),
    ],
)
def test_bad_sheets(images: list[np.ndarray], captions: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        contact_sheet(images, captions)
