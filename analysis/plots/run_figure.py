"""The figure of a run, and its bytes: `svg_bytes` and `png_bytes`."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from equipoise.analysis.plots.font_metrics import (
    FONT,
    replace_missing_glyphs,
    text_width,
    wrap_text,
)
from equipoise.analysis.plots.label_layout import (
    PlacedName,
    pack_names,
    space_labels,
    tick_spacing,
)
from equipoise.analysis.plots.run_figure_data import CAUSES, Scene, build_scene, per_period
from equipoise.analysis.text.formatting import (
    format_level,
    format_quantity,
    format_rounded,
    format_signed,
)
from equipoise.array_types import Floats
from equipoise.runner import Run

BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"  # Okabe & Ito 2008
ORANGE, RED, PINK, GREY = "#E69F00", "#D55E00", "#CC79A7", "#666666"
CAUSE_COLOURS = dict(zip(CAUSES, (BLUE, ORANGE, PINK, GREEN, SKY, "#BBBBBB"), strict=True))
DASHED, DOTTED = (0, (4, 1.5)), (0, (1, 2))
STYLE: Any = {
    "font.family": [FONT],
    "font.size": 7,
    "text.color": BLACK,
    "text.usetex": False,
    "axes.facecolor": "white",
    "axes.edgecolor": GREY,
    "axes.labelcolor": BLACK,
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "path.simplify": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "svg.fonttype": "path",
    "svg.hashsalt": "equipoise",
}

WIDTH, LEFT, RIGHT, EDGE = 8.27, 0.82, 1.75, 0.12  # inches; A4 is 8.27 wide
ACROSS = WIDTH - LEFT - RIGHT  # of a panel
GAP = 0.36  # above each panel, for its heading
LINE = 1.35  # height of a line, in font sizes
ROWS, ROW = 8, 0.17  # of blows shown at most, and the height of one
MOST_DOTTED = 12  # days of strikes that are marked in every panel
CROWDED = 80  # readings from which each is drawn small

Label = tuple[float, str, str]  # y in data, text, colour
Panel = Callable[[Axes, Scene], None]


def run_figure(run: Run) -> Figure:
    """Return the figure of a run: truth, readings and belief; orders; causes; word of mouth; cases."""
    with matplotlib.rc_context(STYLE):
        return _page(build_scene(run))


def svg_bytes(figure: Figure) -> bytes:
    """Return a figure as SVG; the same run gives the same bytes."""
    return _saved(figure, format="svg", metadata={"Date": None})


def png_bytes(figure: Figure, dpi: float = 150) -> bytes:
    """Return a figure as PNG of ``dpi`` dots per inch; the same run gives the same bytes."""
    return _saved(figure, format="png", dpi=dpi, metadata={"Software": None})


def _saved(figure: Figure, **how: Any) -> bytes:
    buffer = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(buffer, **how)
    return buffer.getvalue()


def _heading(ax: Axes, text: str) -> None:
    """Write a panel's heading above it."""
    where: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "va": "bottom",
    }
    ax.annotate(text, (0, 1), (0, 5), size=8.5, weight="bold", **where)


def _empty(ax: Axes, text: str) -> None:
    ground = {"facecolor": "white", "edgecolor": "none"}
    where: dict[str, Any] = {"ha": "center", "va": "center", "transform": ax.transAxes}
    ax.text(0.5, 0.5, text, color=GREY, style="italic", bbox=ground, zorder=9, **where)


def _beside(ax: Axes, labels: Sequence[Label]) -> None:
    """Write labels right of a panel, each near its y, without overlap, with a thin line to it."""
    tall = ax.bbox.height / ax.figure.dpi
    lines = [wrap_text(text, 7, RIGHT - 0.4) for _, text, _ in labels]
    heights = [len(each) * 7 * LINE / 72 + 0.03 for each in lines]
    low, high = ax.get_ylim()
    wanted = [min(max((y - low) / (high - low), 0), 1) * tall for y, _, _ in labels]
    line = {"arrowstyle": "-", "lw": 0.5, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)}
    for (_, _, colour), text, y, place in zip(
        labels, lines, wanted, space_labels(wanted, heights, tall), strict=True
    ):
        ax.annotate(
            "\n".join(text),
            (1.005, y / tall),
            (1.05, place / tall),
            xycoords="axes fraction",
            color=colour,
            va="center",
            linespacing=1.1,
            parse_math=False,
            arrowprops=line | {"color": colour},
        )


def _listed(ax: Axes, labels: Sequence[tuple[str, str, str]], at: Floats) -> None:
    """Write a list right of a panel, at heights 0..1: each line behind the mark, in its colour, that stands for it."""
    for (mark, text, colour), y in zip(labels, at, strict=False):
        ax.text(1.035, y, mark, transform=ax.transAxes, color=colour, va="center", size=8)
        ax.text(1.07, y, text, transform=ax.transAxes, va="center")


# the page


def _page(shown: Scene) -> Figure:
    """Lay panels under one another on a page that is as long as they need."""
    room = WIDTH - LEFT - 2 * EDGE
    head = [(line, 13, BLACK, "bold") for line in wrap_text(shown.title, 13, room, "bold")]
    head += [(line, 10, BLACK, "normal") for line in wrap_text(shown.what, 10, room)]
    head += [(line, 8, GREY, "normal") for line in wrap_text(shown.where, 8, room)]
    foot = wrap_text(shown.repeat, 6.5, room)
    panels = _panels(shown)
    top = EDGE + sum(size for _, size, _, _ in head) * LINE / 72
    bottom = 0.6 + len(foot) * 6.5 * LINE / 72
    height = top + sum(GAP + tall for tall, _ in panels) + bottom
    figure = Figure(figsize=(WIDTH, height))
    y = height - EDGE
    for line, size, colour, weight in head:
        y -= size * LINE / 72
        figure.text(
            LEFT / WIDTH, y / height, line, size=size, color=colour, weight=weight, parse_math=False
        )
    _place(figure, shown, panels, height - top)
    figure.text(
        LEFT / WIDTH,
        EDGE / height,
        "\n".join(foot),
        size=6.5,
        color=GREY,
        va="bottom",
        parse_math=False,
    )
    return figure


def _panels(shown: Scene) -> list[tuple[float, Panel]]:
    """Return height in inches and drawing of each panel, from the top."""
    names = _named(shown)
    rows = min(max((name.row + 1 for name in names), default=0), ROWS)
    strip: list[tuple[float, Panel]] = [(ROW * rows, _strip)] if rows else []
    orders = max(sum(tall for _, _, tall in _efforts(shown)), 0.4)
    return [
        *strip,
        (2.9, _satisfaction),
        (orders, _orders),
        (1.5, _moved),
        (1.1, _posts),
        (0.85, _cases),
    ]


def _place(figure: Figure, shown: Scene, panels: Sequence[tuple[float, Panel]], y: float) -> None:
    height = figure.get_figheight()
    for number, (tall, draw) in enumerate(panels):
        y -= GAP + tall
        ax = figure.add_axes((LEFT / WIDTH, y / height, ACROSS / WIDTH, tall / height))
        ax.set_xlim(-0.5, max(shown.days, 1) - 0.5)
        draw(ax, shown)
        ax.yaxis.set_label_coords(-0.62 / ACROSS, 0.5)
        _days(ax, shown, last=number == len(panels) - 1)


def _days(ax: Axes, shown: Scene, last: bool) -> None:
    """Share one axis of days, labelled under the last panel only, with a line where something struck."""
    ax.xaxis.set_major_locator(MultipleLocator(tick_spacing(shown.days)))
    ax.tick_params(axis="x", labelbottom=last, length=3 if last else 0)
    starts = sorted({blow.start for blow in shown.blows})
    starts = starts if len(starts) <= MOST_DOTTED else []
    for start in starts:
        ax.axvline(start, color=GREY, lw=0.6, ls=DOTTED, zorder=0)
    if last:
        strikes = "; dotted: something struck" if starts else ""
        ax.set_xlabel(f"day, counted from the first scored one{strikes}")


# what struck


def _named(shown: Scene) -> list[PlacedName]:
    blows = [
        blow._replace(name=_short(replace_missing_glyphs(blow.name), ACROSS - 0.2))
        for blow in shown.blows
    ]
    return pack_names(
        blows, lambda name: text_width(name, 7) + 0.06, shown.days, shown.days / ACROSS
    )


def _short(text: str, room: float) -> str:
    """Return a text, or as much of its beginning as fits into one line of ``room`` inches."""
    lines = wrap_text(text, 7, room)
    return text if len(lines) == 1 else wrap_text(text, 7, room - 0.1)[0] + "…"


def _strip(ax: Axes, shown: Scene) -> None:
    """Draw what struck as bars from its day until it was over, each with its name."""
    names = _named(shown)
    drawn = [each for each in names if each.row < ROWS]
    for blow, at, side, row in drawn:
        over = max(blow.over, blow.start + 0.5)
        ax.plot([blow.start, over], [row, row], color=RED, lw=4, solid_capstyle="butt")
        ax.plot(
            [over, max(blow.end, over)],
            [row, row],
            color=RED,
            lw=4,
            alpha=0.25,
            solid_capstyle="butt",
        )
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        gap = (4 if side == "left" else -4, 0)
        where: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": side,
            "va": "center",
            "parse_math": False,
        }
        ax.annotate(blow.name, (at, row), gap, bbox=ground, **where)
    ax.set_ylim(max(each.row for each in drawn) + 0.5, -0.5)
    ax.set_axis_off()
    longest = " (in the slowest world)" if shown.worlds > 1 else ""
    repaired = (
        "; pale: repaired before it would have ended"
        if any(each.over < each.end for each, *_ in drawn)
        else ""
    )
    more = f"; {len(names) - len(drawn)} more are not shown" if len(drawn) < len(names) else ""
    _heading(ax, f"What struck, and how long it lasted{longest}{repaired}{more}")


# satisfaction


def _satisfaction(ax: Axes, shown: Scene) -> None:
    several = f"the truth, and what was believed (middle of {shown.worlds} worlds)"
    one = "the truth, what was read, and what was believed"
    _heading(ax, f"Satisfaction: {several if shown.worlds > 1 else one}")
    ax.set_ylabel("satisfaction, 0 to 1")
    ax.set_ylim(*shown.extent())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_level(value)))
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    goal, band = shown.set_point, shown.band
    ax.axhspan(goal - band, goal + band, color=GREEN, alpha=0.13, lw=0)
    ax.axhline(goal, color=GREEN, lw=0.8, ls=(0, (6, 2)))
    labels = [(goal, f"set-point {format_level(goal)} ± {format_level(band)}", GREEN)]
    _beside(ax, labels + _truth(ax, shown) + _readings(ax, shown) + _belief(ax, shown))


def _last(values: Floats) -> float:
    return float(values[np.isfinite(values)][-1])


def _dot(values: Floats) -> str:
    """Return a marker for curves too short to be seen as lines."""
    return "o" if np.isfinite(values).sum() < 3 else ""


def _truth(ax: Axes, shown: Scene) -> list[Label]:
    middle, low, high = shown.truth
    if not np.isfinite(middle).any():
        _empty(ax, "nobody was a customer" if shown.days else "no day was scored")
        return []
    day = np.arange(shown.days)
    ax.fill_between(day, low, high, color="#999999", alpha=0.22, lw=0)
    if _dot(middle):
        ax.vlines(day, low, high, color="#999999", lw=1.5, alpha=0.6)
    ax.plot(day, middle, color=BLACK, lw=1.6, marker=_dot(middle), zorder=4)
    several = shown.worlds > 1
    line = f"truth: median of {shown.worlds} worlds" if several else "truth: mean of customers"
    return [
        (_last(middle), line, BLACK),
        (_last(high), f"middle 80 % of {'worlds' if several else 'customers'}", GREY),
    ]


def _readings(ax: Axes, shown: Scene) -> list[Label]:
    """Draw readings on the day of observation, with a faint tail to the day of delivery."""
    read = shown.readings
    if not len(read.level):
        return []
    few = len(read.level) <= CROWDED
    ax.hlines(read.level, read.observed, read.delivered, color=BLUE, lw=0.8, alpha=0.4)
    dot, bar, alpha = (3.5, 0.9, 0.9) if few else (1.5, 0.4, 0.4)
    where = read.observed, read.level, read.error
    ax.errorbar(*where, fmt="o", color=BLUE, zorder=3, ms=dot, elinewidth=bar, alpha=alpha)
    late = ", tail until delivered" if few and (read.delivered > read.observed).any() else ""
    return [(float(read.level[-1]), f"readings ± 1 s.e.{late}", BLUE)]


def _belief(ax: Axes, shown: Scene) -> list[Label]:
    believed = shown.believed
    if not np.isfinite(believed).any():
        if shown.days:
            ax.text(
                0.99,
                0.03,
                "the firm believed nothing",
                transform=ax.transAxes,
                ha="right",
                color=RED,
            )
        return []
    ax.step(
        np.arange(shown.days),
        believed,
        color=RED,
        ls=DASHED,
        where="post",
        marker=_dot(believed),
        zorder=5,
    )
    return [(_last(believed), "what the firm believed", RED)]


# orders


def _efforts(shown: Scene) -> list[tuple[str, Floats, float]]:
    """Return label, effort by day and height in inches of each effector's row."""
    rows = []
    for name, effort in shown.efforts.items():
        label = f"{name}: up to {format_level(float(effort.max(initial=0.0)))}"
        rows.append(
            (label, effort, max(0.27, len(wrap_text(label, 7, RIGHT - 0.4)) * 7 * LINE / 72 + 0.06))
        )
    return rows


def _orders(ax: Axes, shown: Scene) -> None:
    """Draw each effector's effort in a row of its own, all rows to one scale."""
    rows = _efforts(shown)
    top = max((float(effort.max(initial=0.0)) for _, effort, _ in rows), default=0.0)
    scale = f"full row = {format_level(top)}; " if top else ""
    _heading(
        ax,
        f"Orders: effort by effector{_mean(shown)} ({scale}all deeds cost {format_rounded(shown.cost)} money)",
    )
    ax.set_ylim(-sum(tall for _, _, tall in rows) if rows else -1.0, 0)
    ax.set_yticks([])
    ax.set_ylabel("effort")
    if not top:
        _empty(ax, "no effort was ordered" if rows else "there is no effector")
    edges = np.arange(shown.days + 1) - 0.5
    labels: list[Label] = []
    base = 0.0
    for label, effort, tall in rows:
        base -= tall
        ax.axhline(base, color=GREY, lw=0.4)
        ax.stairs(
            base + 0.23 * effort / (top or 1),
            edges,
            baseline=base,
            fill=True,
            color=BLUE,
            alpha=0.75,
            lw=0,
        )
        labels.append((base + tall / 2, label, BLACK))
    _beside(ax, labels)


def _mean(shown: Scene) -> str:
    return ", mean of worlds" if shown.worlds > 1 else ""


# what moved satisfaction, and voices


def _moved(ax: Axes, shown: Scene) -> None:
    """Stack the exact attribution: what pushed mean satisfaction up and what pushed it down."""
    bars = shown.moved
    _heading(
        ax,
        f"What moved mean satisfaction {per_period(bars.days)}{_mean(shown)} (right: sum over all days)",
    )
    ax.set_ylabel(f"change {per_period(bars.days)}")
    up, down = np.zeros((2, len(bars.left)))
    for name, heights in bars.height.items():
        base = np.where(heights >= 0, up, down)
        ax.bar(bars.middle(), heights, bars.width * 0.92, base, color=CAUSE_COLOURS[name], lw=0)
        up, down = up + np.maximum(heights, 0), down + np.minimum(heights, 0)
    net = up + down
    ax.plot(bars.middle(), net, color=BLACK, lw=0, marker="D", ms=2)
    _room(ax, down, up, 0.001)
    labels = [
        ("■", f"{name} {format_signed(heights.sum())}", CAUSE_COLOURS[name])
        for name, heights in bars.height.items()
    ]
    _listed(
        ax,
        [*labels, ("◆", f"net {format_signed(net.sum())}", BLACK)],
        np.linspace(0.97, 0.03, len(labels) + 1),
    )


def _room(ax: Axes, down: Floats, up: Floats, least: float) -> None:
    """Draw the line of zero, and set y to what is drawn with a margin, and at least ``least`` either way."""
    low, high = float(down.min(initial=0.0)), float(up.max(initial=0.0))
    margin = 0.08 * (high - low)
    ax.axhline(0, color=BLACK, lw=0.6)
    ax.set_ylim(min(low - margin, -least), max(high + margin, least))
    ax.yaxis.set_major_locator(MaxNLocator(4))


def _posts(ax: Axes, shown: Scene) -> None:
    """Draw positive posts up and negative ones down."""
    bars = shown.posts
    good, bad = bars.height["positive"], bars.height["negative"]
    _heading(ax, f"Word of mouth: public posts {per_period(bars.days)}{_mean(shown)}")
    ax.set_ylabel(f"posts {per_period(bars.days)}")
    for heights, colour in ((good, SKY), (-bad, RED)):
        ax.bar(bars.middle(), heights, bars.width * 0.92, color=colour, lw=0)
    _room(ax, -bad, good, 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    labels = [
        ("▲", format_quantity(round(good.sum()), "positive post"), SKY),
        ("▼", format_quantity(round(bad.sum()), "negative post"), RED),
    ]
    if good.sum() and bad.sum():
        ratio = good.sum() / bad.sum()
        labels.append(("=", f"{ratio:.1f} to 1" if ratio >= 1 else f"1 to {1 / ratio:.1f}", BLACK))
    _listed(ax, labels, np.array([0.9, 0.7, 0.5]))


def _cases(ax: Axes, shown: Scene) -> None:
    _heading(ax, f"Waiting for the firm: open complaints and questions{_mean(shown)}")
    ax.set_ylabel("open cases")
    top = max(float(values.max(initial=0.0)) for values in shown.cases.values())
    ax.set_ylim(0, max(1.1 * top, 1.0))
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    labels = []
    for (name, values), colour, style in zip(
        shown.cases.items(), (RED, BLUE), ("-", DASHED), strict=True
    ):
        ax.plot(np.arange(shown.days), values, color=colour, ls=style, marker=_dot(values))
        labels += [(float(value), name, colour) for value in values[-1:]]
    _beside(ax, labels)
