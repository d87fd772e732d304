"""Designs and the words for them: known grids, even samples, words that are read back as they were written."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from equipoise.errors import EquipoiseError
from equipoise.experiments.design import sweep_syntax
from equipoise.experiments.design.designs import Axis, Design, build_points, default_role
from equipoise.experiments.design.points import quote_value
from equipoise.experiments.design.sweep_syntax import Span, parse_value

COLOURS = Axis("strategy", "lever", ("red", "blue"))
GOAL = Axis("firm.set_point", "lever", (0.6, 0.7, 0.8))
BAND = Axis("firm.band", "lever", (0.01, 0.02, 0.03))
RANGE = Axis("firm.promise", "lever", span=Span(0.2, 0.8))
WHOLE = Axis("lens.layers", "uncertainty", span=Span(0, 3, whole=True))
LOG = Axis("firm.budget", "lever", span=Span(0.01, 100, log=True))


def read(text, there=("alpha", "beta", "bravo")):
    return sweep_syntax.parse_word(text, lambda path: there if path == "strategy" else ())


# A grid takes every combination once, the last axis fastest.
def test_grid():
    found = build_points([COLOURS, GOAL], Design())
    assert [tuple(point.values()) for point in found] == [
        (c, g) for c in COLOURS.choices for g in GOAL.choices
    ]


# No axis at all is one point: the settings as they are.
def test_no_axis_is_one_point():
    assert build_points([], Design()) == [{}]


# Zipped lists go together, and are crossed with the rest.
def test_zip():
    found = build_points([COLOURS, GOAL, BAND], Design(zipped=(("firm.set_point", "firm.band"),)))
    assert len(found) == 6
    assert {(p["firm.set_point"], p["firm.band"]) for p in found} == {
        (0.6, 0.01),
        (0.7, 0.02),
        (0.8, 0.03),
    }
    assert list(found[0]) == ["strategy", "firm.set_point", "firm.band"]


# Listed points are taken as they are, and crossed with a list in words.
def test_listed_points():
    rows = ({"firm.set_point": 0.5, "firm.band": 0.1}, {"firm.set_point": 0.6, "firm.band": 0.2})
    assert build_points([], Design(rows=rows)) == list(rows)
    assert len(build_points([COLOURS], Design(rows=rows))) == 4


# A Latin hypercube has one sample in each of n equal slices of every range (McKay et al. 1979).
def test_latin_hypercube_has_one_sample_a_slice():
    found = build_points([RANGE, LOG], Design("lhs", 50, seed=3))
    unit = [(p["firm.promise"] - 0.2) / 0.6 for p in found]
    logs = [(math.log(p["firm.budget"]) - math.log(0.01)) / math.log(1e4) for p in found]
    for values in (unit, logs):
        assert sorted(int(value * 50) for value in values) == list(range(50))


# A Sobol design fills the square more evenly than chance does.
def test_sobol_is_even():
    found = build_points([RANGE, RANGE._replace(path="firm.margin")], Design("sobol", 64))
    unit = (np.array([[*p.values()] for p in found]) - 0.2) / 0.6
    chance = np.random.default_rng(0).random((64, 2))
    assert qmc.discrepancy(unit) < 0.2 * qmc.discrepancy(chance)


# Whole numbers come equally often, both ends included.
def test_whole_numbers_include_both_ends():
    found = [p["lens.layers"] for p in build_points([WHOLE], Design("sobol", 64))]
    assert {value: found.count(value) for value in set(found)} == {0: 16, 1: 16, 2: 16, 3: 16}
    assert all(type(value) is int for value in found)


# Every sample meets every choice, so that strategies are compared at the same samples.
def test_samples_are_crossed_with_choices():
    found = build_points([COLOURS, RANGE], Design("lhs", 8))
    by = {c: {p["firm.promise"] for p in found if p["strategy"] == c} for c in COLOURS.choices}
    assert by["red"] == by["blue"]
    assert len(by["red"]) == 8


# The seed makes the sample, and nothing else does.
def test_same_seed_same_sample():
    a, b, c = (build_points([RANGE], Design("lhs", 8, seed)) for seed in (1, 1, 2))
    assert a == b != c


@pytest.mark.parametrize(
    ("axes", "design", "line"),
    [
        ([RANGE], Design(), "firm.promise: a range is sampled"),
        ([GOAL], Design("lhs", 8), "samples ranges, and there is none"),
        ([GOAL], Design("grid", 8), "--samples belongs to"),
        ([RANGE], Design("sobol", 100), "Give 64 or 128"),
        ([RANGE], Design("lhs", 0), "--samples 0"),
        ([RANGE], Design("sobl", 8), "Did you mean 'sobol'"),
        (
            [GOAL, COLOURS],
            Design(zipped=(("firm.set_point", "strategy"),)),
            "firm.set_point has 3, strategy has 2",
        ),
        (
            [GOAL],
            Design(zipped=(("firm.set_pont", "firm.set_point"),)),
            "Did you mean 'firm.set_point'",
        ),
        ([GOAL], Design(zipped=(("firm.set_point", "firm.set_point"),)), "named twice"),
        (
            [],
            Design(rows=({"firm.band": 1}, {"firm.promise": 1})),
            "listed point 1 sets other settings",
        ),
        ([GOAL], Design(rows=({"firm.set_point": 1},)), "by the list of points and by a word"),
        ([], Design(rows=({"seed": 1}, {"seed": 2})), "sets seed, which every point has in common"),
        (
            [],
            Design(rows=({"firm.band": 1}, {"firm.band": 2}, {"firm.band": 1})),
            "points 0 and 2 are the same",
        ),
        (
            [GOAL._replace(path=str(k), choices=tuple(range(1000))) for k in range(3)],
            Design(),
            "1,000,000,000 points",
        ),
    ],
)
# What cannot be carried out is refused in words that say what to give instead.
def test_designs_that_cannot_be(axes, design, line):
    with pytest.raises(EquipoiseError, match=line):
        build_points(axes, design)


# What the firm chooses is a lever, what the world does an uncertainty.
@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("strategy", "lever"),
        ("control_center.kp", "lever"),
        ("environment", "uncertainty"),
        ("community.size", "uncertainty"),
    ],
)
def test_roles(path, role):
    assert default_role(path) == role


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("strategy=glob(*)", ("alpha", "beta", "bravo")),
        ("strategy=glob(b*)", ("beta", "bravo")),
        ("strategy=glob(*,exclude=beta)", ("alpha", "bravo")),
        ("seed=range(1,4)", (1, 2, 3)),
        ("x=range(0,0.3,0.1)", (0.0, 0.1, 0.2)),
        ("x=range(0.01,0.07,0.01)", (0.01, 0.02, 0.03, 0.04, 0.05, 0.06)),
        ("x=range(3,0,-1)", (3, 2, 1)),
        ("x=1,2.5,null,true,'a b'", (1, 2.5, None, True, "a b")),
        ("effector=[repair],[repair,respond],[]", (["repair"], ["repair", "respond"], [])),
        ("strategy=choice(alpha)", ("alpha",)),
        ("strategy=alpha", ()),
        ("~effector.repair", ()),
        ("x=[1,2]", ()),
    ],
)
# Words with several values are read as Hydra reads them.
def test_words(text, choices):
    assert read(text).choices == choices


# A range keeps its scale and kind.
def test_ranges():
    assert read("x=interval(0,1)").span == Span(0, 1)
    assert read("x=tag(log,interval(0.1,10))").span == Span(0.1, 10, log=True)
    assert read("x=int(interval(1,5))").span == Span(1, 5, whole=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("firm.band=glob(*)", "has none"),
        ("strategy=glob(z*)", "no value at all"),
        ("x=interval(1,0)", "from a lower to a higher"),
        ("x=tag(log,interval(0,1))", "begins above 0"),
        ("x=range(1,3,0)", "a step other than 0"),
        ("x=range(0,1e9,0.1)", "more than 1,000,000"),
        ("x=a,b,a", "gives 'a' twice"),
        ("x=0.5,1,1.0", "gives 1 twice"),
    ],
)
# Sweeps without sense are refused.
def test_words_that_cannot_be(text, line):
    with pytest.raises(EquipoiseError, match=line):
        read(text)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abc ,=[](){}:'\"\\$é-1", max_size=8)
    | st.sampled_from(["null", "True", "1e5", "NaN", "-inf", "1_0"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


# A value that was put into words is read back as it was: a point can be repeated by hand.
@given(VALUES)
def test_words_are_read_back(value):
    assert parse_value(quote_value(value)) == value
