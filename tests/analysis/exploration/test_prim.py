"""PRIM boxes: known regions, scores, and what must not matter."""

import math
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from equipoise.analysis.exploration.prim import Box, Limit, find_prim_boxes, measure_box

unit = np.linspace(0, 1, 41)


ACROSS, UP = (values.ravel() for values in np.meshgrid(unit, unit, indexing="ij"))


def test_prim_finds_a_box():
    (found,) = find_prim_boxes({"delay": ACROSS, "share": UP}, (ACROSS < 0.4) & (UP > 0.3))
    assert set(found.limits) == {"delay", "share"}
    assert found.limits["delay"].high == pytest.approx(0.4, abs=0.05)
    assert found.limits["share"].low == pytest.approx(0.3, abs=0.05)
    assert found.limits["delay"].low == -math.inf
    assert min(found.coverage, found.density) > 0.9


def test_prim_omits_limits_of_irrelevant_settings():
    draw = np.random.default_rng(1).random((300, 4))
    (found,) = find_prim_boxes(dict(zip("abcd", draw.T, strict=True)), draw[:, 2] < 0.5)
    assert list(found.limits) == ["c"]


# A patient peel from the whole finds neither of the two regions.
def test_prim_finds_two_boxes():
    first, second = find_prim_boxes(
        {"size": ACROSS, "delay": UP}, (ACROSS < 0.2) | ((ACROSS > 0.7) & (UP < 0.4))
    )
    assert list(first.limits) == ["size"]
    assert first.limits["size"].high == pytest.approx(0.2, abs=0.05)
    assert set(second.limits) == {"size", "delay"}
    assert first.density > 0.9
    assert second.density > 0.9
    assert first.coverage + second.coverage > 0.9


def test_prim_of_empty_and_full_regions():
    assert find_prim_boxes({"x": ACROSS}, ACROSS > 2) == ()
    assert find_prim_boxes({"x": ACROSS}, ACROSS > -1) == (({}, 1.0, 1.0),)


# Newer releases of ema_workbench have no threshold argument.
def test_prim_works_with_newer_releases(monkeypatch):
    import ema_workbench.analysis.prim as theirs

    class Newer:
        seen: ClassVar[list[str]] = []

        def __init__(self, x, y, peel_alpha, mass_min):
            self.x = x

        def find_box(self):
            import pandas as pd

            Newer.seen.append("found")
            self.box_lims = [pd.DataFrame({"x": [0.0, 1.0]}), pd.DataFrame({"x": [0.0, 0.39]})]
            return self

    monkeypatch.setattr(theirs, "Prim", Newer)
    (found,) = find_prim_boxes({"x": ACROSS}, ACROSS < 0.4)
    assert found.limits == {"x": Limit(-math.inf, 0.39)}
    assert Newer.seen


# F with beta = 0.5: 1.25 x coverage x density / (0.25 x density + coverage).
def test_score_weighs_density_more_than_coverage():
    assert Box({}, 1.0, 1.0).score == 1.0
    assert Box({}, 0.5, 1.0).score == pytest.approx(0.625 / 0.75)
    assert Box({}, 1.0, 0.5).score == pytest.approx(0.625 / 1.125)
    assert Box({}, 0.0, 0.0).score == 0.0


def test_coverage_and_density_of_a_counted_box():
    size = np.arange(10.0)
    box = measure_box({"size": Limit(-math.inf, 3.0)}, {"size": size}, (size >= 2) & (size < 7))
    assert (box.coverage, box.density) == (2 / 5, 2 / 4)


def test_box_without_points_or_without_hits_scores_zero():
    size = np.arange(10.0)
    empty = measure_box({"size": Limit(20.0, math.inf)}, {"size": size}, size > 5)
    missed = measure_box({"size": Limit(-math.inf, 3.0)}, {"size": size}, size > 20)
    assert (empty.coverage, empty.density, empty.score) == (0.0, 0.0, 0.0)
    assert (missed.coverage, missed.density, missed.score) == (0.0, 0.0, 0.0)


REGIONS = st.tuples(st.floats(0.2, 0.8), st.floats(0.2, 0.8))


# Boxes are measured over all points, so their figures can be repeated from their limits.
@hypothesis(max_examples=8)
@given(st.integers(0, 1000), REGIONS)
def test_boxes_are_few_sorted_and_measured_over_all_points(seed, corner):
    x, y = np.random.default_rng(seed).random((2, 150))
    space, holds = {"x": x, "y": y}, (x < corner[0]) & (y > corner[1])
    boxes = find_prim_boxes(space, holds)
    assert len(boxes) <= 2
    scores = [box.score for box in boxes]
    assert scores == sorted(scores, reverse=True)
    for box in boxes:
        assert box == measure_box(box.limits, space, holds)
        assert all(limit != (-math.inf, math.inf) for limit in box.limits.values())


# Ranges of settings differ by orders of magnitude; a power of 2 leaves all comparisons the same.
def test_scale_of_a_setting_does_not_matter():
    holds = (ACROSS < 0.4) & (UP > 0.3)
    (plain,) = find_prim_boxes({"delay": ACROSS, "share": UP}, holds)
    (scaled,) = find_prim_boxes({"delay": 1024 * ACROSS, "share": UP}, holds)
    assert (scaled.coverage, scaled.density) == (plain.coverage, plain.density)
    assert scaled.limits["delay"].high == pytest.approx(1024 * plain.limits["delay"].high)
