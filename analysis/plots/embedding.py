"""Pictures for a page: figures as SVG and PNG of moderate size, with their text and caption."""

from __future__ import annotations

import io
import re
from typing import NamedTuple

from matplotlib.figure import Figure
from PIL import Image

from equipoise.analysis.plots.style import png_bytes, svg_bytes

_DOTS_PER_INCH = 160
_PNG_COLOURS = 64  # enough for line drawings
_SVG_PATH = re.compile(rb' d="[^"]*"')
_SVG_DECIMALS = re.compile(rb"(\.\d\d)\d+")


class Picture(NamedTuple):
    """A finished figure.

    Attributes:
        name: stem of its file.
        svg: its bytes as SVG.
        png: its bytes as PNG.
        alt: its content in words.
        caption: its caption.
    """

    name: str
    svg: bytes
    png: bytes
    alt: str
    caption: str


def render_picture(name: str, figure: Figure, alt: str, caption: str) -> Picture:
    """Return a figure as a picture."""
    svg = _shorten_paths(svg_bytes(figure))
    return Picture(name, svg, png_bytes(figure, _DOTS_PER_INCH), alt, caption)


def _shorten_paths(svg: bytes) -> bytes:
    """Return an SVG whose paths have at most two decimals; a hundredth of a point is invisible."""
    return _SVG_PATH.sub(lambda path: _SVG_DECIMALS.sub(rb"\1", path[0]), svg)


def shrink_png(content: bytes, scale: float) -> bytes:
    """Return a PNG in few colours, scaled; drawings lose little by it and become small."""
    with Image.open(io.BytesIO(content)) as image:
        size = round(scale * image.width), round(scale * image.height)
        resized = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    resized.quantize(_PNG_COLOURS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
