"""Names of the files that style is made of, and its width."""

from typing import Final

STYLE_WIDTH: Final = 64
"""E."""
ENCODER: Final = "style-encoder"
PRIOR: Final = "style-prior"
