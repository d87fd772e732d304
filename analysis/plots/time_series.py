"""Figures of what happened: satisfaction by day, what moved it, and what the firm believed. A door to matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from equipoise.analysis.plots.embedding import (
    LABEL,
    SIZE,
    STUDY_STYLE,
    TITLE,
    WIDTH,
    count_worlds,
    draw_header,
    draw_row_name,
    fit_labels,
    layout_rows,
    max_line_count,
)
from equipoise.analysis.plots.label_layout import TICKS
from equipoise.analysis.plots.run_figure import (
    BLACK,
    BLUE,
    CAUSE_COLOURS,
    DASHED,
    DOTTED,
    GREEN,
    GREY,
    RED,
)
from equipoise.analysis.plots.run_figure_data import CAUSES
from equipoise.analysis.plots.run_figure_data import per_period as per
from equipoise.analysis.plots.time_series_data import WEEK, Trajectory
from equipoise.analysis.text.formatting import format_level, format_quantity
from equipoise.array_types import Floats

MOST_TICKS = 4  # on the axis of a small panel
NARROW = 0.075  # share of a bar below which its letter finds no room
SMALL_MOVEMENT = 0.01  # of satisfaction: a period with less movement is drawn pale

Courses = Mapping[str, Trajectory]


def between(days: int) -> int:
    """Return the days from one mark of a small panel's axis to the next."""
    return next(
        (step for step in TICKS if days <= MOST_TICKS * step), 364 * -(-days // (364 * MOST_TICKS))
    )


# satisfaction by day


def trajectories_figure(courses: Courses, names: Mapping[str, str], place: str) -> Figure:
    """Return one small panel a strategy: true satisfaction, its middle 80 % of worlds, and what the firm believed."""
    with matplotlib.rc_context(STUDY_STYLE):
        columns = min(len(courses), 3)
        rows = -(-len(courses) // columns)
        tall = {1: 2.3, 2: 1.9}.get(columns, 1.15)
        left, between_panels = 0.56, 0.16
        wide = (WIDTH - left - 0.08 - (columns - 1) * between_panels) / columns
        titles = fit_labels([names[name] for name in courses], wide, 2)
        head, foot, gap = TITLE + 0.3, 0.36, 0.06 + 0.12 * max(max_line_count(titles), 2)
        height = head + rows * (tall + gap) + foot
        figure = Figure(figsize=(WIDTH, height))
        low, high = _extent(courses)
        for number, shown in enumerate(courses.values()):
            row, column = divmod(number, columns)
            x, y = left + column * (wide + between_panels), height - head - (row + 1) * (tall + gap)
            ax = figure.add_axes((x / WIDTH, y / height, wide / WIDTH, tall / height))
            ax.set_ylim(low, high)
            _course(ax, shown)
            ax.set_title(
                titles[number], loc="left", fontsize=SIZE, pad=3, parse_math=False, linespacing=1.0
            )
            ax.tick_params(labelleft=column == 0, labelbottom=number + columns >= len(courses))
            if number + columns >= len(courses):
                ax.set_xlabel("scored day", labelpad=1)
        figure.text(0.06 / WIDTH, 0.5, "satisfaction, 0 to 1", rotation=90, va="center")
        _key(figure, courses, f"Satisfaction by day: {place}")
        return figure


def _extent(courses: Courses) -> tuple[float, float]:
    """Return the range that holds all curves and the band, with a margin."""
    values = [
        np.array([each.set_point - each.band, each.set_point + each.band])
        for each in courses.values()
    ]
    for each in courses.values():
        values += [*(each.truth or ()), *([] if each.believed is None else [each.believed])]
    known = np.concatenate(values)
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    margin = 0.05 * (high - low) + 0.005
    return max(low - margin, -0.02), min(high + margin, 1.02)


def _course(ax: Axes, shown: Trajectory) -> None:
    day = np.arange(shown.days)
    ax.set_xlim(-0.5, max(shown.days, 1) - 0.5)
    ax.xaxis.set_major_locator(MultipleLocator(between(shown.days)))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_level(value)))
    ax.axhspan(
        shown.set_point - shown.band, shown.set_point + shown.band, color=GREEN, alpha=0.15, lw=0
    )
    ax.axhline(shown.set_point, color=GREEN, lw=0.6, ls=(0, (6, 2)))
    for start in shown.strikes:
        ax.axvline(start, color=GREY, lw=0.7, ls=DOTTED)
    if shown.truth is None or not np.isfinite(shown.truth.middle).any():
        ax.text(0.5, 0.5, "no curve", transform=ax.transAxes, ha="center", color=GREY)
        return
    ax.fill_between(day, shown.truth.low, shown.truth.high, color="#777777", alpha=0.35, lw=0)
    dot = "o" if shown.days < 3 else ""
    ax.plot(day, shown.truth.middle, color=BLACK, lw=1.1, zorder=4, marker=dot)
    if shown.believed is not None and np.isfinite(shown.believed).any():
        ax.plot(day, shown.believed, color=RED, ls=DASHED, lw=1.0, zorder=5, marker=dot)
    elif shown.believed is not None:
        where: Any = {"transform": ax.transAxes, "ha": "right", "va": "bottom", "zorder": 6}
        ax.text(0.99, 0.02, "believed nothing", color=RED, fontsize=SIZE - 0.5, **where)


def _key(figure: Figure, courses: Courses, title: str) -> None:
    counts = [each.worlds for each in courses.values()]
    several = f"median of {count_worlds(counts)}" if max(counts) > 1 else "one world"
    handles: list[Any] = [Line2D([], [], color=BLACK, lw=1.1, label=f"truth: {several}")]
    if max(counts) > 1:
        handles.append(Patch(color="#777777", alpha=0.35, lw=0, label="middle 80 % of worlds"))
    handles.append(Line2D([], [], color=RED, ls=DASHED, lw=1.0, label="what the firm believed"))
    handles.append(Patch(color=GREEN, alpha=0.2, lw=0, label="band round the set-point"))
    if any(each.strikes for each in courses.values()):
        handles.append(Line2D([], [], color=GREY, ls=DOTTED, lw=0.9, label="something struck"))
    draw_header(figure, title, handles, 3)


# rows of a strategy each


def _weeks_axis(ax: Axes, weeks: float, last: bool) -> None:
    """Show weeks from the left, their marks under the last row alone."""
    step = next((each for each in (1, 2, 4, 8, 13, 26, 52) if weeks <= 7 * each), 104)
    ax.set_xlim(0, max(weeks, 1))
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.tick_params(axis="x", labelbottom=last, length=2.5 if last else 0, pad=2)
    if last:
        ax.set_xlabel("scored week", labelpad=1)


# what moved satisfaction


def causes_figure(courses: Courses, names: Mapping[str, str], place: str) -> Figure:
    """Return one row a strategy: what moved satisfaction most in each week, and each cause's share of all movement."""
    with matplotlib.rc_context(STUDY_STYLE):
        shown = {name: each for name, each in courses.items() if each.moved}
        rows = layout_rows([names[name] for name in shown], 0.25)
        head, foot = TITLE + 0.5, 0.38
        height = head + sum(tall for _, tall in rows) + foot
        figure = Figure(figsize=(WIDTH, height))
        strip, bars = (LABEL, 2.45), (LABEL + 2.45 + 0.15, WIDTH - LABEL - 2.45 - 0.15 - 0.2)
        for (x, _), text in zip(
            (strip, bars),
            (f"what moved it most {_each(shown)}", "share of all movement"),
            strict=True,
        ):
            figure.text(x / WIDTH, (height - head + 0.05) / height, text, weight="bold")
        y = height - head
        for number, ((text, tall), each) in enumerate(zip(rows, shown.values(), strict=True)):
            y -= tall
            last = number == len(rows) - 1
            draw_row_name(figure, text, y + tall / 2)
            for (x, wide), draw in ((strip, _leaders), (bars, _shares)):
                ax = figure.add_axes(
                    (x / WIDTH, (y + 0.02) / height, wide / WIDTH, (tall - 0.04) / height)
                )
                ax.set_ylim(0, 1)
                ax.set_yticks([])
                ax.spines[:].set_visible(False)
                draw(ax, each, last)
        handles = [
            Patch(color=CAUSE_COLOURS[name], lw=0, label=f"{_letter(name)} {name}")
            for name in CAUSES
        ]
        draw_header(figure, f"What moved satisfaction: {place}", handles, len(CAUSES))
        return figure


def _letter(cause: str) -> str:
    return cause[0].upper()


def _each(courses: Courses) -> str:
    """Return how periods are spoken of: "per 4 weeks"."""
    return per(next((shown.period for shown in courses.values()), 1))


def _leaders(ax: Axes, shown: Trajectory, last: bool) -> None:
    """Draw each period in the colour and letter of what moved satisfaction most; pale where it hardly moved."""
    week = shown.period / WEEK
    _weeks_axis(ax, len(shown.leaders()) * week, last)
    for number, (name, size) in enumerate(zip(shown.leaders(), shown.movement(), strict=True)):
        pale = size < SMALL_MOVEMENT
        ax.add_patch(_block(number * week, week, CAUSE_COLOURS[name], 0.3 if pale else 1.0))
        ink = BLACK if pale else _ink(name)
        ax.text((number + 0.5) * week, 0.47, _letter(name), ha="center", va="center", color=ink)


def _shares(ax: Axes, shown: Trajectory, last: bool) -> None:
    """Draw a bar divided among the causes, each with its letter and percentage where there is room."""
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_locator(MultipleLocator(0.25))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    ax.tick_params(axis="x", labelbottom=last, length=2.5 if last else 0, pad=2)
    left = 0.0
    for name, share in shown.movers().items():
        ax.add_patch(_block(left, share, CAUSE_COLOURS[name]))
        if share >= NARROW:
            said = f"{_letter(name)} {100 * share:.0f}" if share >= 2 * NARROW else _letter(name)
            ax.text(left + share / 2, 0.47, said, ha="center", va="center", color=_ink(name))
        left += share


def _block(left: float, wide: float, colour: str, alpha: float = 1.0) -> Rectangle:
    return Rectangle((left, 0), wide, 1, facecolor=colour, edgecolor="white", lw=0.4, alpha=alpha)


def _ink(cause: str) -> str:
    """Return the colour of letters on a cause's colour."""
    red, green, blue = matplotlib.colors.to_rgb(CAUSE_COLOURS[cause])
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else BLACK


# what the firm believed


def beliefs_figure(courses: Courses, names: Mapping[str, str], place: str) -> Figure:
    """Return one row a strategy: belief minus truth by day, and weeks of a green dashboard with red customers."""
    with matplotlib.rc_context(STUDY_STYLE):
        shown = {name: each for name, each in courses.items() if each.off is not None}
        rows = layout_rows([names[name] for name in shown], 0.44)
        head, foot, beside = TITLE + 0.34, 0.38, 1.5
        height = head + sum(tall for _, tall in rows) + foot
        figure = Figure(figsize=(WIDTH, height))
        wide = WIDTH - LABEL - beside
        low, high = _span(shown)
        y = height - head
        for number, ((text, tall), each) in enumerate(zip(rows, shown.values(), strict=True)):
            y -= tall
            draw_row_name(figure, text, y + tall / 2)
            last = number == len(rows) - 1
            box = LABEL / WIDTH, (y + 0.16) / height, wide / WIDTH, (tall - 0.2) / height
            _gap(figure.add_axes(box), each, low, high)
            box = LABEL / WIDTH, (y + 0.05) / height, wide / WIDTH, 0.09 / height
            _fooled(figure.add_axes(box), each.fooled, last)
            told = describe_belief(each).replace("; ", ";\n")
            figure.text(
                (LABEL + wide + 0.08) / WIDTH,
                (y + tall / 2) / height,
                told,
                va="center",
                linespacing=1.15,
            )
        _belief_key(figure, high - low, f"What the firm believed, less the truth: {place}")
        return figure


def _span(courses: Courses) -> tuple[float, float]:
    """Return the least and the largest that any belief was off, 0 between them."""
    known = np.concatenate(
        [np.array([-0.02, 0.02]), *(each.off for each in courses.values() if each.off is not None)]
    )
    return float(np.nanmin(known)), float(np.nanmax(known))


def _gap(ax: Axes, shown: Trajectory, low: float, high: float) -> None:
    """Draw belief minus truth by week: above the line too high, below it too low."""
    off = np.zeros(0) if shown.off is None else shown.off
    ax.set_xlim(0, max(len(off), 1))
    ax.set_ylim(low, high)
    ax.set_yticks([])
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    if not np.isfinite(off).any():
        ax.text(
            0.5,
            0.5,
            "believed nothing",
            transform=ax.transAxes,
            ha="center",
            va="center",
            color=GREY,
        )
        return
    ax.axhline(0, color=BLACK, lw=0.5)
    weeks = np.arange(len(off) + 1)
    for colour, part in ((RED, np.maximum(off, 0)), (BLUE, np.minimum(off, 0))):
        ax.stairs(np.nan_to_num(part), weeks, fill=True, color=colour, lw=0)
    for start in shown.strikes:
        ax.axvline(start / WEEK, color=GREY, lw=0.7, ls=DOTTED)


def _fooled(ax: Axes, shares: Floats | None, last: bool) -> None:
    """Draw each week darker the more worlds had a green dashboard and red customers in it."""
    shares = np.zeros(0) if shares is None else shares
    _weeks_axis(ax, len(shares), last)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.spines[:].set_linewidth(0.4)
    ax.spines[:].set_visible(bool(np.isfinite(shares).any()))
    for week, share in enumerate(shares):
        if share > 0:
            ax.add_patch(Rectangle((week, 0), 1, 1, facecolor=_shade(share), lw=0))


def _shade(share: float) -> str:
    """Return a grey, the darker the larger the share; white for none alone."""
    return str(round(0.85 * (1 - share), 3)) if share else "white"


def describe_belief(shown: Trajectory) -> str:
    """Return how far a belief was off, and in how many weeks the firm was fooled."""
    if np.isnan(shown.fooled_weeks) or shown.fooled is None:
        return "no belief to judge"
    weeks = f"{shown.fooled_weeks:.1f}".removesuffix(".0")
    return f"off by {format_level(shown.gap)} on average; {weeks} of {format_quantity(len(shown.fooled), 'week')} fooled"


def _belief_key(figure: Figure, tall: float, title: str) -> None:
    handles = [
        Patch(color=RED, lw=0, label="belief too high"),
        Patch(color=BLUE, lw=0, label=f"too low (full row = {format_level(tall)})"),
        Patch(facecolor=_shade(1.0), edgecolor=BLACK, lw=0.4, label="fooled in all worlds"),
        Patch(facecolor=_shade(0.5), edgecolor=BLACK, lw=0.4, label="in half"),
        Patch(facecolor=_shade(0.0), edgecolor=BLACK, lw=0.4, label="in none"),
    ]
    draw_header(figure, title, handles, 5)
