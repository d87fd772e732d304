"""Layout shared by the figures of a study: labels that fit, title and key, rows of strategies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.style import STYLE, write_text
from equipoise.analysis.text.formatting import format_quantity

# Inches: the text width of a page, at which 7 points stay readable in print and on a phone.
STUDY_WIDTH = 6.3
STUDY_MARGIN = 0.06  # inches left of all text
NAME_WIDTH = 1.55  # inches for names beside rows
TITLE_HEIGHT = 0.2  # inches
TEXT_SIZE = 7.0  # points
STUDY_STYLE: Any = STYLE | {
    "font.size": TEXT_SIZE,
    "path.simplify": True,
    "hatch.linewidth": 0.5,
}
_TITLE_SIZE = 8.5  # points
_MAX_LINES = 9  # of a label


def fit_label(text: str, room: float, max_lines: int = 2) -> str:
    """Return a text in at most ``max_lines`` lines of ``room`` inches.

    A longer text loses its middle, since names often differ at their end.
    """
    words = text.split()
    lines = wrap_text(" ".join(words), TEXT_SIZE, room)
    for removed in range(1, len(words) - 1):
        if len(lines) <= max_lines:
            break
        lines = wrap_text(_cut_words(words, removed), TEXT_SIZE, room)
    letters = " ".join(words)
    for kept in range(len(letters) - 1, 0, -1):
        if len(lines) <= max_lines:
            break
        lines = wrap_text(_cut_letters(letters, kept), TEXT_SIZE, room)
    return "\n".join(lines)


def _cut_words(words: Sequence[str], removed: int) -> str:
    """Return words without so many in the middle."""
    first = (len(words) - removed + 1) // 2
    return " ".join([*words[:first], "…", *words[first + removed :]])


def _cut_letters(text: str, kept: int) -> str:
    """Return so many letters of a text, half from its start and half from its end."""
    start, end = text[: -(-kept // 2)], text[len(text) - kept // 2 :]
    return f"{start.rstrip()}…{end.lstrip()}"


def fit_labels(texts: Sequence[str], room: float, max_lines: int) -> list[str]:
    """Return texts as labels; with more lines where two labels would be the same otherwise."""
    while True:
        labels = [fit_label(text, room, max_lines) for text in texts]
        if len(set(labels)) == len(set(texts)) or max_lines == _MAX_LINES:
            return labels
        max_lines += 1


def max_line_count(labels: Iterable[str]) -> int:
    """Return the number of lines of the longest label."""
    return max(label.count("\n") + 1 for label in labels)


def draw_header(figure: Figure, title: str, handles: Sequence[Any], columns: int) -> None:
    """Write the title along the top of a figure, and its key below the title."""
    height = figure.get_figheight()
    # A line of the larger, bold title holds fewer letters than a line of a label.
    room = 0.9 * (STUDY_WIDTH - 0.1) * TEXT_SIZE / _TITLE_SIZE
    style = {"size": _TITLE_SIZE, "weight": "bold", "va": "top"}
    write_text(figure, STUDY_MARGIN, height - 0.05, fit_label(title, room, 1), **style)
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=columns,
        frameon=False,
        fontsize=TEXT_SIZE,
        borderpad=0,
        borderaxespad=0,
        bbox_to_anchor=(STUDY_MARGIN / STUDY_WIDTH, 1 - (STUDY_MARGIN + TITLE_HEIGHT) / height),
        handlelength=1.8,
        columnspacing=1.4,
        labelspacing=0.35,
    )


class StrategyRow(NamedTuple):
    """The row of a strategy: its label, and its height and bottom in inches."""

    label: str
    height: float
    bottom: float

    @property
    def middle(self) -> float:
        """Height of the row's middle in inches."""
        return self.bottom + self.height / 2


def layout_rows(names: Sequence[str], min_height: float, foot: float) -> list[StrategyRow]:
    """Return the rows of names from the top, above a foot of so many inches."""
    labels = fit_labels(names, NAME_WIDTH - 0.15, 3)
    heights = []
    for label in labels:
        label_height = max_line_count([label]) * TEXT_SIZE * 1.25 / 72
        heights.append(max(min_height, 0.04 + label_height))
    bottom = foot + sum(heights)
    rows = []
    for label, height in zip(labels, heights, strict=True):
        bottom -= height
        rows.append(StrategyRow(label, height, bottom))
    return rows


def draw_row_name(figure: Figure, row: StrategyRow) -> None:
    """Write the name of a row left of it."""
    write_text(figure, STUDY_MARGIN, row.middle, row.label, va="center", linespacing=1.1)


def count_worlds(counts: Iterable[int]) -> str:
    """Return a number of worlds, or its range, in words: "40 worlds", "5 to 8 worlds"."""
    known = sorted(number for number in counts if number)
    if not known:
        return "no worlds"
    most = format_quantity(known[-1], "world")
    return most if known[0] == known[-1] else f"{known[0]} to {most}"
