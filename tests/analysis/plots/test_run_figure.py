"""Figures of runs are labelled, complete and reproducible, even for runs without content."""

import itertools
import math

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from equipoise.analysis.plots import label_layout
from equipoise.analysis.plots.font_metrics import replace_missing_glyphs, text_width, wrap_text
from equipoise.analysis.plots.label_layout import StrikeBar
from equipoise.analysis.plots.run_figure import run_figure
from equipoise.analysis.plots.run_figure_data import build_scene, days_per_bar, sum_bars
from equipoise.analysis.plots.style import png_bytes, svg_bytes
from equipoise.run_record import new_run_record
from equipoise.runner import Run
from equipoise.settings.settings import Settings

NAN = math.nan
DEPARTMENTS = ("product", "service")
LONG = "answer_the_complaints_of_our_most_loyal_customers_before_anybody_else_does"


def strike(name="recall", start=30, end=-1, department="product"):
    return {
        "name": name,
        "kind": "fault",
        "department": department,
        "start": start,
        "end": end,
        "size": 0.35,
    }


def world(days=100, effectors=("repair", "respond"), strikes=(), every=28, seed=3, customers=True):
    """Return a record without burn-in that has something in every column."""
    draw = np.random.default_rng(seed)
    record = new_run_record(seed, 0, days, effectors, DEPARTMENTS, tuple(strikes))
    day = np.arange(days)
    truth = 0.6 - 0.2 * np.exp(-(((day - 50) / 20) ** 2)) + draw.normal(0, 0.002, days)
    for name, shift in (("satisfaction", 0), ("q10", -0.1), ("q90", 0.1), ("worst_decile", -0.15)):
        record.census[name] = truth + shift if customers else NAN
    record.census.stage[:, 3] = 1000
    record.census.by[:] = draw.normal(0, 0.002, (days, 6)) if customers else 0.0
    for name in ("positive", "negative", "open_complaints", "open_questions"):
        record.census[name] = draw.poisson(5, days)
    record.log.update(
        {
            name: np.abs(draw.normal(0, 0.1, days))
            for name in record.log
            if name.startswith("effort")
        }
    )
    record.log.update(
        {name: np.where(day < 80, 0.3, 0.0) for name in record.log if name.startswith("fault")}
    )
    record.log["cost"][:], record.log["revenue"][:] = 1.0, 9.0
    if every:
        read = slice(5, None, every)
        for name, value in (
            ("reading", truth[read] + 0.02),
            ("reading_error", 0.01),
            ("reading_age", 5.0),
        ):
            record.log[name][read] = value
        record.log["believed"][5:] = 0.58
    record.filled[...] = days
    return record


def told(*records, title="Monthly survey, answers in proportion", complete=True, **settings):
    names = [name.removeprefix("effort_") for name in records[0].log if name.startswith("effort_")]
    given = {
        "seed": 3,
        "burn_in": 0,
        "horizon": len(records[0].census),
        "replicates": len(records),
        "strategy": {"name": "pid_survey", "title": title},
        "environment": {"name": "bad_quarter"},
        "effector": {name: {"kind": "repair"} for name in names},
    }
    return Run(Settings(**(given | settings)), records, (), {"equipoise": "0.1.0"}, complete)


TWELVE = (LONG, *(f"effector_{k}" for k in range(11)))
MANY = [
    strike(f"{'very_' * (k % 5)}bad_news_{k}", start=3 * k, end=-1 if k % 2 else 3 * k + 9)
    for k in range(30)
]
RUNS = {
    "never repaired": lambda: told(world(79, strikes=[*MANY[:2], strike("late", 60)])),
    "recall": lambda: told(world(strikes=[strike()])),
    "calm": lambda: told(world()),
    "blind, no effector": lambda: told(world(effectors=(), every=0, strikes=[strike()])),
    "daily readings": lambda: told(world(364, every=1, strikes=[strike()])),
    "five worlds": lambda: told(*(world(strikes=[strike()], seed=k) for k in range(5))),
    "worlds struck by chance": lambda: told(
        *(world(strikes=[strike("by chance", 20 + k)], seed=k) for k in range(3))
    ),
    "many strikes": lambda: told(world(strikes=MANY)),
    "twelve effectors": lambda: told(world(effectors=TWELVE)),
    "long names": lambda: told(
        world(
            strikes=[strike("W" * 150, 50), strike(LONG, 0), strike(LONG, 98), strike(LONG, 2, 97)]
        ),
        title=" ".join(["Wide words"] * 15) + " " + "W" * 120,
        environment={"name": "M" * 90},
    ),
    "strange names": lambda: told(
        world(strikes=[strike("$x$ & <b>", 9)]), title="Save $5 and $6_0, 漢字 \\frac\n{x} 🙂"
    ),
    "no customers": lambda: told(world(customers=False)),
    "interrupted": lambda: told(world(20), complete=False, horizon=364),
    "three years": lambda: told(world(1100)),
    "0 days": lambda: told(world(0)),
    "1 day": lambda: told(world(1, every=0)),
    "2 days": lambda: told(world(2, strikes=[strike("now", 1)])),
    "30 days": lambda: told(world(30, strikes=[strike("now", 5)])),
}


def shown_texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def shown(figure):
    return " ".join(" ".join(text.get_text() for text in shown_texts(figure)).split())


def drawn(run):
    figure = run_figure(run)
    figure.set_dpi(72)
    FigureCanvasAgg(figure).draw()
    return figure


def boxes(figure):
    """Yield each visible text with its box in pixels; ticks beyond the axis are invisible."""
    renderer = figure.canvas.get_renderer()
    unseen = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            unseen |= {id(text) for text in axis.findobj(Text)}
            if ax.axison:
                low, high = sorted(axis.get_view_interval())
                seen = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
                unseen -= {id(tick.label1) for tick in seen} | {id(axis.label)}
    for text in shown_texts(figure):
        if id(text) not in unseen:
            yield text, Text.get_window_extent(text, renderer)


@pytest.mark.parametrize("situation", RUNS)
def test_nothing_is_cut_off_or_unlabelled(situation):
    figure = drawn(RUNS[situation]())
    page = figure.bbox
    for text, box in boxes(figure):
        inside = box.x0 >= 0 and box.x1 <= page.width and box.y0 >= 0 and box.y1 <= page.height
        assert inside, f"{text.get_text()!r} leaves the page: {box}"
    for ax in figure.axes:
        assert not ax.axison or ax.get_ylabel()
        assert any(
            isinstance(child, Text) and child.get_weight() == "bold" for child in ax.get_children()
        )
    assert figure.axes[-1].get_xlabel().startswith("day")
    assert "nan" not in shown(figure).split()


@pytest.mark.parametrize(
    "situation", ["recall", "many strikes", "twelve effectors", "long names", "five worlds"]
)
def test_words_do_not_run_into_each_other(situation):
    figure = drawn(RUNS[situation]())
    words = [(text, box) for text, box in boxes(figure) if len(text.get_text()) > 1]
    for k, (one, box) in enumerate(words):
        for other, beside in words[k + 1 :]:
            wide = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            tall = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            assert min(wide, tall) < 1.5, f"{one.get_text()!r} runs into {other.get_text()!r}"


def test_the_figure_says_what_when_who_and_how_to_repeat():
    text = shown(run_figure(RUNS["recall"]()))
    for words in (
        "Monthly survey, answers in proportion – bad quarter",
        "In its band on",
        "100 scored days, 1,000 people, seed 3",
        "To repeat: equipoise run --from FOLDER",
        "equipoise 0.1.0",
        "recall",
        "truth: mean of customers",
        "readings ± 1 s.e., tail until delivered",
        "belief of the firm",
        "set-point 0.70 ± 0.04",
        "repair: up to",
        "respond: up to",
        "experience",
        "turnover",
        "positive posts",
        "open complaints",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("situation", "words"),
    [
        ("blind, no effector", ["no belief", "there is no effector"]),
        (
            "five worlds",
            [
                "median of 5 worlds",
                "middle 80 % of worlds",
                "5 worlds, seeds 3 to 7",
                "mean of worlds",
            ],
        ),
        ("worlds struck by chance", ["1 random disturbance per world on average (not drawn)"]),
        ("many strikes", ["more are not shown"]),
        ("no customers", ["no customers"]),
        ("interrupted", ["interrupted"]),
        ("0 days", ["no scored days", "no effort was ordered"]),
    ],
)
def test_what_is_absent_is_said(situation, words):
    text = shown(run_figure(RUNS[situation]()))
    assert [each for each in words if each not in text] == []


@pytest.mark.parametrize("save", [svg_bytes, png_bytes])
def test_the_same_run_gives_the_same_bytes(save):
    first = save(run_figure(RUNS["recall"]()))
    assert first == save(run_figure(RUNS["recall"]()))
    assert first != save(run_figure(RUNS["calm"]()))
    figure = run_figure(RUNS["calm"]())
    assert save(figure) == save(figure)


def test_nothing_global_is_set_or_obeyed():
    plain_bytes = png_bytes(run_figure(RUNS["calm"]()), dpi=40)
    with matplotlib.rc_context(
        {"axes.facecolor": "black", "font.size": 20, "text.usetex": True, "axes.grid": True}
    ):
        before = dict(matplotlib.rcParams)
        assert png_bytes(run_figure(RUNS["calm"]()), dpi=40) == plain_bytes
        assert dict(matplotlib.rcParams) == before


# what is drawn


def test_bars_lose_nothing():
    values = np.random.default_rng(0).normal(0, 1, 100)
    found = sum_bars({"a": values}, 7)
    assert found.heights["a"].sum() == pytest.approx(values.sum())
    assert found.heights["a"][1] == pytest.approx(values[7:14].sum())
    assert (found.left[-1], found.width[-1]) == (98, 2)
    assert found.middle()[0] == 3.0
    assert [days_per_bar(days) for days in (0, 14, 15, 364, 1000)] == [1, 1, 7, 7, 21]


def find_panel(figure, heading):
    return next(ax for ax in figure.axes if any(heading in text.get_text() for text in ax.texts))


@pytest.mark.parametrize(("days", "bars"), [(364, 52), (365, 52), (367, 52), (368, 53), (15, 2)])
def test_a_last_period_of_less_than_half_has_no_bar(days, bars):
    run = told(world(days))
    posts = build_scene(run).posts
    figure = run_figure(run)
    panel = find_panel(figure, "Word of mouth")
    assert len(panel.patches) == 2 * bars
    end = max(bar.get_x() + bar.get_width() for bar in panel.patches)
    assert end < panel.get_xlim()[1]
    positive = round(posts.heights["positive"].sum())
    assert f"{positive:,} positive posts" in shown(figure), "the sums hold all days"
    net = find_panel(figure, "Causes of changes").lines[0]
    assert len(net.get_xdata()) == bars
    assert not net.get_clip_on()


def test_the_footnote_names_a_burn_in_only_if_there_is_one():
    assert "burn-in" not in shown(run_figure(told(world())))
    figure = run_figure(told(world(), burn_in=30))
    foot = next(text for text in figure.texts if text.get_text().startswith("To repeat"))
    first, last = foot.get_text().split("\n")
    assert first.endswith("the folder this figure came in.")
    assert last.endswith("The burn-in of 30 days is not shown.")


def test_a_blow_lasts_until_repaired_or_its_own_end():
    record = world(100, strikes=[strike("fault", 30), strike("short", 10, 15), strike("late", 120)])
    assert build_scene(told(record)).strikes == (
        StrikeBar("short", 10, 15, 15),
        StrikeBar("fault", 30, 80, 80),
    )
    record.log["fault_product"][:] = 0.3
    assert build_scene(told(record)).strikes[-1] == StrikeBar("fault", 30, 100, 100, is_open=True)


def test_only_a_fault_that_is_never_repaired_is_marked_as_open():
    strikes = [strike("open", 30), strike("scheduled", 40, 200)]
    repaired, unrepaired = (world(100, strikes=strikes) for _ in range(2))
    unrepaired.log["fault_product"][:] = 0.3
    assert "lasts until repaired" not in shown(run_figure(told(repaired)))
    for records in ([unrepaired], [repaired, unrepaired]):
        assert shown(run_figure(told(*records))).count("lasts until repaired") == 1


def test_a_fault_repaired_before_its_end_is_pale_from_then_on():
    record = world(
        100, strikes=[strike("long", 30, 95), strike("failing", 30, 95) | {"kind": "failures"}]
    )
    shown = build_scene(told(record))
    assert {blow.name: (blow.end, blow.over) for blow in shown.strikes} == {
        "long": (95, 80),
        "failing": (95, 95),
    }
    slow = world(100, strikes=[strike("long", 30, 95)])
    slow.log["fault_product"][:] = 0.3
    assert (
        build_scene(told(world(100, strikes=[strike("long", 30, 95)]), slow)).strikes[0].over == 95
    ), "in the slowest world"
    figure = run_figure(told(record))
    strip = next(
        ax for ax in figure.axes if "pale" in "".join(text.get_text() for text in ax.texts)
    )
    drawn = {tuple(line.get_xdata()): line.get_alpha() for line in strip.lines}
    assert drawn[30, 80] is None
    assert drawn[80, 95] == 0.25


def test_several_worlds_show_their_middle():
    records = [world(10, seed=k) for k in range(3)]
    for record, level in zip(records, (0.2, 0.5, 0.6), strict=True):
        record.census.satisfaction = level
        record.log["believed"][:] = NAN
    records[0].log["believed"][4] = 0.3
    found = build_scene(told(*records))
    assert found.truth.middle == pytest.approx(0.5)
    assert found.truth.low == pytest.approx(0.26)
    assert np.flatnonzero(np.isfinite(found.belief)).tolist() == [4]
    assert not len(found.readings.level)


def test_readings_stand_on_the_day_they_were_observed():
    found = build_scene(told(world(100))).readings
    assert found.observed.tolist() == [0, 28, 56, 84]
    assert found.delivered.tolist() == [5, 33, 61, 89]


# layout


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 0.5)), max_size=8))
def test_spaced_labels_keep_apart_and_inside_where_there_is_room(labels):
    wanted, heights = [y for y, _ in labels], [tall for _, tall in labels]
    found = label_layout.space_labels(wanted, heights, 5.0)
    order = sorted(range(len(found)), key=found.__getitem__)
    for a, b in itertools.pairwise(order):
        assert found[b] - found[a] >= (heights[a] + heights[b]) / 2 - 1e-9
    if sum(heights) <= 5:
        assert all(
            y - tall / 2 >= -1e-9 and y + tall / 2 <= 5 + 1e-9
            for y, tall in zip(found, heights, strict=True)
        )


def test_labels_with_room_stay_where_they_are_wanted():
    assert label_layout.space_labels([3.0, 1.0], [0.5, 0.5], 5.0) == [3.0, 1.0]


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=60), st.floats(0.6, 3)
)
def test_wrapped_text_fits_and_loses_no_letter(text, room):
    lines = wrap_text(text, 7, room)
    assert max(text_width(line, 7) for line in lines) <= room
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_letters_that_the_font_lacks_become_boxes():
    assert replace_missing_glyphs(" a\n 漢 b ") == "a □ b"


@pytest.mark.parametrize(
    ("days", "step"), [(0, 1), (2, 1), (30, 7), (364, 28), (5000, 364), (100_000, 7280)]
)
def test_axis_marks_stay_few_and_on_whole_weeks(days, step):
    assert label_layout.tick_spacing(days) == step


def test_names_stand_behind_before_or_on_their_bar():
    blows = [
        StrikeBar("xxx", 0, 100, 100),
        StrikeBar("xxx", 50, 100, 100),
        StrikeBar("xxx", 50, 60, 60),
    ]
    found = label_layout.pack_bars(blows, len, 100, days_per_inch=2.0)
    assert [(each.name_day, each.side) for each in found] == [
        (0, "left"),
        (50, "right"),
        (60, "left"),
    ]
    assert [each.row for each in found] == [0, 1, 2]
    apart = [StrikeBar("x", 0, 10, 10), StrikeBar("x", 40, 50, 50)]
    assert [each.row for each in label_layout.pack_bars(apart, len, 100, days_per_inch=2.0)] == [
        0,
        0,
    ]
