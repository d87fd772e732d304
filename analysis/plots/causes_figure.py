"""Figure of causes: the largest cause of change in each period, and the shares of all causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MultipleLocator

from equipoise.analysis.plots.run_figure_data import per_period
from equipoise.analysis.plots.study_layout import (
    NAME_WIDTH,
    STUDY_STYLE,
    STUDY_WIDTH,
    TITLE_HEIGHT,
    draw_header,
    draw_row_name,
    layout_rows,
)
from equipoise.analysis.plots.style import (
    BLACK,
    CAUSE_COLOURS,
    GREY,
    add_panel,
    apply_style,
    write_text,
)
from equipoise.analysis.plots.time_series_data import WEEK, Trajectory
from equipoise.analysis.plots.week_axis import show_week_axis

_HEAD, _FOOT = TITLE_HEIGHT + 0.5, 0.38  # inches
_STRIP_X, _STRIP_WIDTH = NAME_WIDTH, 2.45
# Wide enough that the last week and the first percentage keep apart.
_SHARES_X = _STRIP_X + _STRIP_WIDTH + 0.3
_SHARES_WIDTH = STUDY_WIDTH - _SHARES_X - 0.2
_MIN_ROW = 0.25
_KEY_COLUMNS = 4
_MIN_LABELLED_SHARE = 0.075  # of a bar below which its letter has no room
_MIN_LABELLED_PERIOD = 0.5  # of a period; a shorter last one has no room for its letter
PALE_CHANGE = 0.01  # of satisfaction: a period with less total change is drawn pale
_PALE = 0.3  # opacity


@apply_style(STUDY_STYLE)
def causes_figure(
    trajectories: Mapping[str, Trajectory], names: Mapping[str, str], place: str
) -> Figure:
    """Return the figure of the causes of change in an environment, a row for each strategy.

    Args:
        trajectories: by strategy; those without causes are left out.
        names: the readable name of each strategy.
        place: the readable name of the environment.
    """
    shown = {name: course for name, course in trajectories.items() if course.changes}
    rows = layout_rows([names[name] for name in shown], _MIN_ROW, _FOOT)
    height = _HEAD + sum(row.height for row in rows) + _FOOT
    figure = Figure(figsize=(STUDY_WIDTH, height))
    _write_column_heads(figure, shown)
    for row, trajectory in zip(rows, shown.values(), strict=True):
        is_last = row is rows[-1]
        draw_row_name(figure, row)
        y, row_height = row.bottom + 0.02, row.height - 0.04
        strip = add_panel(figure, _STRIP_X, y, _STRIP_WIDTH, row_height)
        _draw_leading_causes(strip, trajectory, is_last)
        shares = add_panel(figure, _SHARES_X, y, _SHARES_WIDTH, row_height)
        _draw_shares(shares, trajectory, is_last)
    draw_header(figure, f"Causes of changes in satisfaction: {place}", _key_handles(), _KEY_COLUMNS)
    return figure


def _write_column_heads(figure: Figure, trajectories: Mapping[str, Trajectory]) -> None:
    periods = [trajectory.period for trajectory in trajectories.values()]
    period = per_period(periods[0] if periods else 1)
    y = figure.get_figheight() - _HEAD + 0.05
    write_text(figure, _STRIP_X, y, f"largest cause {period}", weight="bold")
    write_text(figure, _SHARES_X, y, "share of all changes", weight="bold")


def _key_handles() -> list[Patch]:
    handles = []
    for name, colour in CAUSE_COLOURS.items():
        handles.append(Patch(color=colour, lw=0, label=f"{_letter(name)} {name}"))
    meaning = f"pale: total change below {PALE_CHANGE:g}"
    handles.append(Patch(color=GREY, lw=0, alpha=_PALE, label=meaning))
    return handles


def _letter(cause: str) -> str:
    return cause[0].upper()


def _hide_frame(ax: Axes) -> None:
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _draw_leading_causes(ax: Axes, trajectory: Trajectory, is_last: bool) -> None:
    """Draw each period in the colour and with the letter of its largest cause."""
    _hide_frame(ax)
    causes, changes = trajectory.leading_causes(), trajectory.total_change()
    weeks = trajectory.days / WEEK
    show_week_axis(ax, weeks, is_last)
    period = trajectory.period / WEEK
    for number, (cause, change) in enumerate(zip(causes, changes, strict=True)):
        is_pale = change < PALE_CHANGE
        left = number * period
        width = min(period, weeks - left)  # the last period may be shorter
        _draw_block(ax, left, width, cause, _PALE if is_pale else 1.0)
        if width >= _MIN_LABELLED_PERIOD * period:
            ink = BLACK if is_pale else _ink_colour(cause)
            _write_centred(ax, left + width / 2, _letter(cause), ink)


def _draw_shares(ax: Axes, trajectory: Trajectory, is_last: bool) -> None:
    """Draw a bar divided among the causes, with letters and percentages where there is room."""
    _hide_frame(ax)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_locator(MultipleLocator(0.25))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    ax.tick_params(axis="x", labelbottom=is_last, length=2.5 if is_last else 0, pad=2)
    left = 0.0
    for cause, share in trajectory.cause_shares().items():
        _draw_block(ax, left, share, cause)
        label = _share_label(cause, share)
        if label:
            _write_centred(ax, left + share / 2, label, _ink_colour(cause))
        left += share


def _share_label(cause: str, share: float) -> str:
    """Return as much of a label as fits into a bar of that share."""
    if share < _MIN_LABELLED_SHARE:
        return ""
    if share < 2 * _MIN_LABELLED_SHARE:
        return _letter(cause)
    return f"{_letter(cause)} {100 * share:.0f}"


def _draw_block(ax: Axes, left: float, width: float, cause: str, alpha: float = 1.0) -> None:
    colour = CAUSE_COLOURS[cause]
    style: Any = {"facecolor": colour, "edgecolor": "white", "lw": 0.4, "alpha": alpha}
    ax.add_patch(Rectangle((left, 0), width, 1, **style))


def _write_centred(ax: Axes, x: float, text: str, colour: str) -> None:
    ax.text(x, 0.47, text, ha="center", va="center", color=colour)


def _ink_colour(cause: str) -> str:
    """Return the colour of letters on a cause's colour: white on a dark one."""
    red, green, blue = matplotlib.colors.to_rgb(CAUSE_COLOURS[cause])
    # Brightness as perceived, ITU-R BT.601.
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    return "white" if brightness < 0.5 else BLACK
