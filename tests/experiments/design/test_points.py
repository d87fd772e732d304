"""Composing points: the same settings as `compose` gives, at a fraction of its cost."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.config import compose as compose_module
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import list_options
from equipoise.experiments.design.points import (
    PointComposer,
    add_location,
    describe_point,
    to_overrides,
)
from equipoise.settings.schema import dump_settings

TINY = ("community.size=50", "horizon=10", "burn_in=0")


def assert_composed_like_a_run(composer, point, *constants):
    expected = compose(*constants, *to_overrides(point))
    assert dump_settings(composer.settings(point)) == dump_settings(expected)


def test_points_are_composed_like_runs():
    first = {
        "strategy": list_options("strategy")[0],
        "environment": list_options("environment")[0],
    }
    composer = PointComposer(TINY, first)
    for strategy in list_options("strategy"):
        for environment in ("calm", "recall"):
            point = {"strategy": strategy, "environment": environment, "firm.set_point": 0.61}
            assert_composed_like_a_run(composer, point, *TINY)


@pytest.mark.parametrize(
    "point",
    [
        {"strategy": "pid_survey", "receptor": "oracle"},
        {"receptor": "mentions", "control_center": "pid"},
    ],
)
def test_options_that_change_the_same_part_are_composed_together(point):
    others = {name: "oracle" if name == "strategy" else "none" for name in point}
    composer = PointComposer(TINY, others | {"receptor": "blind"})
    assert_composed_like_a_run(composer, point, *TINY)


def test_value_in_a_part_is_merged_into_it():
    composer = PointComposer(TINY, {"control_center": "pid"})
    point = {"control_center": "pid", "control_center.kp": 3.5}
    assert composer.settings(point).control_center.kp == 3.5
    assert_composed_like_a_run(composer, point, *TINY)


def test_points_do_not_change_each_other():
    composer = PointComposer(TINY, {})
    composer.settings({"firm.set_point": 0.9, "community.people.voice_mean": 0.09})
    assert_composed_like_a_run(composer, {"firm.set_point": 0.5}, *TINY)


def test_unknown_setting_of_a_point_is_refused_with_the_nearest_spelling():
    with pytest.raises(EquipoiseError, match=r"Did you mean 'firm\.set_point'\?"):
        PointComposer(TINY, {}).settings({"firm.set_pont": 0.5})


def test_values_of_points_are_set_without_hydra(monkeypatch):
    composer = PointComposer(TINY, {})
    composer.base()

    def fail(*_):
        raise AssertionError("Hydra takes 50 times as long as all else")

    monkeypatch.setattr(compose_module, "_run_hydra", fail)
    for k in range(100):
        assert composer.settings({"firm.set_point": k / 1000}).firm.set_point == k / 1000


def test_point_is_described_by_number_and_words():
    assert describe_point(3, {"firm.band": 0.1, "strategy": "a b"}) == (
        "point 3: firm.band=0.1, strategy='a b'"
    )
    assert describe_point(0, {}) == ""


@pytest.mark.parametrize(
    ("places", "line"),
    [
        ([""], "It is wrong."),
        (["point 1: a=2"], "It is wrong. (point 1: a=2)"),
        (["point 1: a=2", "point 5: a=3"], "It is wrong. (point 1: a=2; and others)"),
    ],
)
def test_problem_is_located_at_its_first_point(places, line):
    assert add_location("It is wrong.", places) == line
