"""The calibration: its design, its distance to targets, and what it observes in a world."""

import numpy as np
import pytest

from equipoise.experiments import calibrate
from equipoise.experiments.calibrate import FREE_COEFFICIENTS, TARGETS
from equipoise.experiments.config.compose import compose
from equipoise.settings.settings import Settings


def limits():
    low = np.array([coefficient.low for coefficient in FREE_COEFFICIENTS.values()])
    high = np.array([coefficient.high for coefficient in FREE_COEFFICIENTS.values()])
    return low, high


def test_the_design_is_repeatable_and_stays_in_its_ranges():
    points = calibrate.draw_points(16, 3)
    np.testing.assert_array_equal(points, calibrate.draw_points(16, 3))
    low, high = limits()
    assert ((points >= low) & (points <= high)).all()


def test_a_later_design_is_narrower_and_stays_in_the_first_ranges():
    low, high = limits()
    centre = calibrate.draw_points(16, 3)[0]
    near = calibrate.draw_points(16, 3, centre, 0.2)
    assert (np.abs(near - centre) <= 0.1 * (high - low) + 1e-12).all()
    corner = calibrate.draw_points(16, 3, high, 0.2)
    assert (corner <= high).all()


def test_the_distance_counts_one_sided_targets_on_one_side_only():
    values = {name: target.value for name, target in TARGETS.items()}
    assert calibrate.distance_to_targets(values) == 0
    assert calibrate.distance_to_targets(values | {"log_fault_ratio": -3.0}) == 0
    assert calibrate.distance_to_targets(values | {"log_calm_ratio": 2.0}) > 1


def test_a_deviation_by_the_scale_counts_1():
    values = {name: target.value for name, target in TARGETS.items()}
    for name, target in TARGETS.items():
        off = values | {name: target.value + target.scale}
        assert calibrate.distance_to_targets(off) == pytest.approx(1), name


def test_the_top_share_of_equal_posters_is_their_share():
    assert calibrate.top_poster_share(np.ones(100)) == pytest.approx(0.03)


def test_the_top_share_leaves_silent_people_out():
    posts = np.concatenate([np.zeros(900), [90.0], np.full(99, 1.0)])
    assert calibrate.top_poster_share(posts) == pytest.approx(92 / 189)
    assert calibrate.top_poster_share(np.array([0.0, 5.0])) == 1


def test_three_voices_move_an_average_person_as_far_as_asch_found():
    target = TARGETS["conformity"]
    moved = calibrate.response_to_three_voices(Settings())
    assert moved == pytest.approx(target.value, abs=target.scale)


def test_every_free_coefficient_is_a_setting_within_its_allowed_range():
    for coefficient in FREE_COEFFICIENTS.values():
        for value in (coefficient.low, coefficient.high):
            compose(*(f"{path}={value}" for path in coefficient.paths))


@pytest.mark.slow
def test_the_defaults_are_near_the_targets():
    points = []
    for coefficient in FREE_COEFFICIENTS.values():
        value = Settings()
        for name in coefficient.paths[-1].split("."):
            value = value[name] if isinstance(value, dict) else getattr(value, name)
        points.append(value)
    worlds = [calibrate.observe_world(points, seed) for seed in range(4)]
    means = {name: np.mean([world[name] for world in worlds]) for name in TARGETS}
    assert set(means) == set(TARGETS)
    assert calibrate.distance_to_targets(means) < 12
