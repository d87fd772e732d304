"""Designs: known grids, even samples, and refusals that say what to give instead."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.designs import (
    Axis,
    Design,
    build_points,
    default_role,
    find_design_problems,
    scale_to_span,
)
from equipoise.experiments.design.sweep_syntax import Span

STRATEGY = Axis("strategy", "lever", ("red", "blue"))
SET_POINT = Axis("firm.set_point", "lever", (0.6, 0.7, 0.8))
BAND = Axis("firm.band", "lever", (0.01, 0.02, 0.03))
PROMISE = Axis("firm.promise", "lever", span=Span(0.2, 0.8))
LAYERS = Axis("lens.layers", "uncertainty", span=Span(0, 3, whole=True))
BUDGET = Axis("firm.budget", "lever", span=Span(0.01, 100, log=True))


def test_grid_takes_every_combination_once_the_last_axis_fastest():
    points = build_points([STRATEGY, SET_POINT], Design())
    expected = [(name, goal) for name in STRATEGY.choices for goal in SET_POINT.choices]
    assert [tuple(point.values()) for point in points] == expected


def test_no_axis_is_one_point():
    assert build_points([], Design()) == [{}]


def test_zipped_lists_go_together_and_are_crossed_with_the_rest():
    design = Design(zipped=(("firm.set_point", "firm.band"),))
    points = build_points([STRATEGY, SET_POINT, BAND], design)
    pairs = {(point["firm.set_point"], point["firm.band"]) for point in points}
    assert len(points) == 6
    assert pairs == {(0.6, 0.01), (0.7, 0.02), (0.8, 0.03)}
    assert list(points[0]) == ["strategy", "firm.set_point", "firm.band"]


def test_zipped_group_stands_where_its_first_path_stands():
    design = Design(zipped=(("firm.band", "firm.set_point"),))
    points = build_points([SET_POINT, STRATEGY, BAND], design)
    assert [point["strategy"] for point in points] == ["red"] * 3 + ["blue"] * 3


def test_listed_points_are_taken_as_they_are_and_crossed_with_lists():
    rows = ({"firm.set_point": 0.5, "firm.band": 0.1}, {"firm.set_point": 0.6, "firm.band": 0.2})
    assert build_points([], Design(rows=rows)) == list(rows)
    assert len(build_points([STRATEGY], Design(rows=rows))) == 4


def test_latin_hypercube_has_one_sample_in_each_slice_of_every_range():
    # McKay, Beckman & Conover 1979: n samples, n equally likely slices of each range.
    points = build_points([PROMISE, BUDGET], Design("lhs", 50, seed=3))
    linear = [(point["firm.promise"] - 0.2) / 0.6 for point in points]
    logarithmic = [
        (math.log(point["firm.budget"]) - math.log(0.01)) / math.log(1e4) for point in points
    ]
    for fractions in (linear, logarithmic):
        assert sorted(int(fraction * 50) for fraction in fractions) == list(range(50))


def test_sobol_design_fills_the_square_more_evenly_than_random_points():
    margin = PROMISE._replace(path="firm.revenue_per_use")
    points = build_points([PROMISE, margin], Design("sobol", 64))
    unit = (np.array([tuple(point.values()) for point in points]) - 0.2) / 0.6
    random_points = np.random.default_rng(0).random((64, 2))
    assert qmc.discrepancy(unit) < 0.2 * qmc.discrepancy(random_points)


def test_whole_numbers_occur_equally_often_with_both_ends():
    values = [point["lens.layers"] for point in build_points([LAYERS], Design("sobol", 64))]
    assert {value: values.count(value) for value in set(values)} == {0: 16, 1: 16, 2: 16, 3: 16}
    assert all(type(value) is int for value in values)


@given(
    st.floats(0, 1, exclude_max=True),
    st.integers(1, 50),
    st.integers(0, 50),
    st.booleans(),
    st.booleans(),
)
def test_scaled_value_lies_in_its_range(fraction, low, width, log, whole):
    span = Span(float(low), float(low + width + 1), log, whole)
    (value,) = scale_to_span(np.array([fraction]), span)
    assert span.low <= value <= span.high
    assert not whole or isinstance(value, int)


def test_sampled_values_have_six_digits():
    (value,) = scale_to_span(np.array([1 / 3]), Span(0.0, 1.0))
    assert value == 0.333333


def test_every_sample_meets_every_choice():
    points = build_points([STRATEGY, PROMISE], Design("lhs", 8))
    samples = {
        name: {point["firm.promise"] for point in points if point["strategy"] == name}
        for name in STRATEGY.choices
    }
    assert samples["red"] == samples["blue"]
    assert len(samples["red"]) == 8


def test_sample_depends_on_its_seed_alone():
    one, same, other = (build_points([PROMISE], Design("lhs", 8, seed)) for seed in (1, 1, 2))
    assert one == same != other


MANY = [Axis(str(k), "lever", tuple(range(1000))) for k in range(3)]


@pytest.mark.parametrize(
    ("axes", "design", "line"),
    [
        ([PROMISE], Design(), "firm.promise: a range is sampled"),
        ([SET_POINT], Design("lhs", 8), "samples ranges, and there is none"),
        ([SET_POINT], Design("grid", 8), "--samples belongs to"),
        ([SET_POINT], Design("grid", seed=8), "--design-seed belongs to"),
        ([PROMISE], Design("sobol", 100), "Give 64 or 128"),
        ([PROMISE], Design("lhs", 0), "--samples 0"),
        ([PROMISE], Design("sobl", 8), "Did you mean 'sobol'"),
        (
            [SET_POINT, STRATEGY],
            Design(zipped=(("firm.set_point", "strategy"),)),
            "firm.set_point has 3, strategy has 2",
        ),
        (
            [SET_POINT],
            Design(zipped=(("firm.set_pont", "firm.set_point"),)),
            "Did you mean 'firm.set_point'",
        ),
        ([SET_POINT], Design(zipped=(("firm.set_point", "firm.set_point"),)), "named twice"),
        ([SET_POINT], Design(zipped=(("firm.set_point",),)), "goes with nothing"),
        (
            [],
            Design(rows=({"firm.band": 1}, {"firm.promise": 1})),
            "listed point 1 sets other settings",
        ),
        (
            [SET_POINT],
            Design(rows=({"firm.set_point": 1},)),
            "by the list of points and by a word",
        ),
        ([], Design(rows=({"seed": 1}, {"seed": 2})), "sets seed, which every point has in common"),
        (
            [],
            Design(rows=({"firm.band": 1}, {"firm.band": 2}, {"firm.band": 1})),
            "points 0 and 2 are the same",
        ),
        (MANY, Design(), "1,000,000,000 points"),
    ],
)
def test_design_that_cannot_be_carried_out_is_refused(axes, design, line):
    with pytest.raises(EquipoiseError, match=line):
        build_points(axes, design)


def test_listed_path_that_is_a_constant_is_a_problem():
    design = Design(rows=({"firm.band": 0.1},))
    assert list(find_design_problems([], design)) == []
    (line,) = find_design_problems([], design, ["firm.band"])
    assert line.startswith("firm.band is set by the list of points and by a word")


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("strategy", "lever"),
        ("control_center.kp", "lever"),
        ("environment", "uncertainty"),
        ("community.size", "uncertainty"),
    ],
)
def test_settings_of_the_firm_are_levers_and_all_others_uncertainties(path, role):
    assert default_role(path) == role
