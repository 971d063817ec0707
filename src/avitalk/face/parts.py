"""Names of the parts that a head's vertices belong to."""

from typing import Final

PARTS: Final = (
    "skin", "lips", "mouth", "gums", "teeth_upper", "teeth_lower", "tongue",
    "eye_left", "eye_right", "lashes", "hair", "garment",
)  # fmt: skip
