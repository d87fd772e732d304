"""What the figures of a report share: width, names, keys, and how they become pictures. A door to matplotlib."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from PIL import Image

from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.run_figure import STYLE, png_bytes, svg_bytes
from equipoise.analysis.text.formatting import format_quantity

WIDTH = 6.3  # inches: the width of a page's text, so that 7 points stay readable in print and on a telephone
LABEL = 1.55  # for names beside rows
SIZE = 7.0  # points of text
TITLE, TITLE_SIZE = 0.2, 8.5  # inches, and points
STUDY_STYLE: Any = STYLE | {"font.size": SIZE, "path.simplify": True, "hatch.linewidth": 0.5}
PATH = re.compile(rb' d="[^"]*"')
MOST_LINES = 9  # of a label
COLOURS = 64  # of a figure in dots
DIGITS = re.compile(rb"(\.\d\d)\d+")


class Picture(NamedTuple):
    """A figure made: its file's name, its bytes as SVG and as PNG, what it shows in words, its caption."""

    name: str
    svg: bytes
    png: bytes
    alt: str
    caption: str


def render_picture(name: str, figure: Figure, alt: str, caption: str) -> Picture:
    """Return a figure as a picture; its curves are written with hundredths of a point, which nobody sees."""
    slim = PATH.sub(lambda path: DIGITS.sub(rb"\1", path[0]), svg_bytes(figure))
    return Picture(name, slim, png_bytes(figure, dpi=160), alt, caption)


def shrink_png(content: bytes, scale: float) -> bytes:
    """Return a PNG in few colours, which nobody misses in a drawing and which makes it small; scaled down below 1."""
    with Image.open(io.BytesIO(content)) as whole:
        size = round(scale * whole.width), round(scale * whole.height)
        few = whole.convert("RGB").resize(size, Image.Resampling.LANCZOS).quantize(COLOURS)
    made = io.BytesIO()
    few.save(made, "PNG", optimize=True)
    return made.getvalue()


def fit_label(text: str, room: float, lines: int = 2) -> str:
    """Return a text in at most so many lines of ``room`` inches; of a longer one, beginning and end, in whole words."""
    words = text.split()
    text = " ".join(words)
    kept, told = len(text), wrap_text(text, SIZE, room)
    for gone in range(1, len(words) - 1):
        if len(told) <= lines:
            break
        first = (len(words) - gone + 1) // 2
        told = wrap_text(
            f"{' '.join(words[:first])} … {' '.join(words[first + gone :])}", SIZE, room
        )
    while len(told) > lines and kept > 1:
        kept -= 1
        told = wrap_text(
            f"{text[: -(-kept // 2)].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}", SIZE, room
        )
    return "\n".join(told)


def fit_labels(texts: Sequence[str], room: float, lines: int) -> list[str]:
    """Return texts as labels; in more lines where so many would make two of them the same."""
    while True:
        told = [fit_label(text, room, lines) for text in texts]
        if len({*told}) == len({*texts}) or lines == MOST_LINES:
            return told
        lines += 1


def max_line_count(told: Iterable[str]) -> int:
    """Return the number of lines of the longest label."""
    return max(text.count("\n") + 1 for text in told)


def draw_header(figure: Figure, title: str, handles: Sequence[Any], columns: int) -> None:
    """Write the title of a figure along its top, and its key below it: TITLE inches, and what the key needs."""
    tall = figure.get_figheight()
    where: Any = {"size": TITLE_SIZE, "weight": "bold", "va": "top", "parse_math": False}
    room = 0.9 * (WIDTH - 0.1)  # titles are larger than labels
    figure.text(
        0.06 / WIDTH, 1 - 0.05 / tall, fit_label(title, room * SIZE / TITLE_SIZE, 1), **where
    )
    top = 1 - (0.06 + TITLE) / tall
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=columns,
        frameon=False,
        fontsize=SIZE,
        borderpad=0,
        borderaxespad=0,
        bbox_to_anchor=(0.06 / WIDTH, top),
        handlelength=1.8,
        columnspacing=1.4,
        labelspacing=0.35,
    )


def layout_rows(names: Sequence[str], tall: float) -> list[tuple[str, float]]:
    """Return the label of each row, and its height in inches."""
    told = fit_labels(names, LABEL - 0.15, 3)
    return [(text, max(tall, 0.04 + max_line_count([text]) * SIZE * 1.25 / 72)) for text in told]


def draw_row_name(figure: Figure, text: str, y: float) -> None:
    """Write a row's name at y inches from the bottom."""
    height = figure.get_figheight()
    figure.text(0.06 / WIDTH, y / height, text, va="center", parse_math=False, linespacing=1.1)


def count_worlds(worlds: Iterable[int]) -> str:
    """Return how many worlds there are: "40 worlds", "5 to 8 worlds"."""
    known = sorted(each for each in worlds if each)
    if not known:
        return "no worlds"
    return (
        format_quantity(known[0], "world")
        if known[0] == known[-1]
        else f"{known[0]} to {format_quantity(known[-1], 'world')}"
    )
