"""Number of worlds: fixed, or grown by the stopping rule in each scenario."""

from types import SimpleNamespace

import pytest

from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.stopping_rule import (
    GrowthPlan,
    count_initial_worlds,
    group_scenarios,
)
from equipoise.experiments.execution.sweep import sweep
from equipoise.experiments.execution.sweep_runner import SilentWatcher

TINY = ("community.size=60", "horizon=40", "burn_in=0")


def plan(*words, stop=None):
    return plan_study(StudyRequest((*words, *TINY), stop=stop))


def store_of(value):
    """Return a store in which every run has a value of its point and seed."""

    def read_measure(_name, points):
        table = {}
        for point in points:
            for seed in range(500):
                measured = value(point, seed)
                if measured is not None:
                    table[point, seed] = measured
        return table

    return SimpleNamespace(read_measure=read_measure)


def test_without_a_rule_all_worlds_are_run_in_one_round():
    study = plan("strategy=do_nothing,oracle", "replicates=7")
    growth = GrowthPlan(study)
    assert growth.next_round(None) == [(point, range(7)) for point in study.points]
    assert growth.next_round(None) == []
    assert growth.notes == []


@pytest.mark.parametrize(
    ("replicates", "cap", "initial"), [(5, 400, 20), (30, 400, 30), (5, 10, 10)]
)
def test_a_rule_begins_with_twenty_worlds_or_the_replicates(replicates, cap, initial):
    stop = StoppingRule("cost", 1.0, cap)
    study = plan("strategy=do_nothing,oracle", f"replicates={replicates}", stop=stop)
    assert count_initial_worlds(study) == initial


def test_equal_differences_stop_after_the_first_round():
    study = plan("strategy=do_nothing,oracle", stop=StoppingRule("cost", 1.0))
    growth = GrowthPlan(study)
    growth.next_round(None)
    assert growth.next_round(store_of(lambda point, seed: point + seed)) == []
    assert growth.notes == ["all: 20 worlds, widest interval of cost 0: enough."]


def test_wide_intervals_add_worlds_up_to_the_cap():
    study = plan("strategy=do_nothing,oracle", stop=StoppingRule("cost", 1e-6, cap=27))
    growth = GrowthPlan(study)
    growth.next_round(None)
    store = store_of(lambda point, seed: point * (seed * 37 % 11))
    assert growth.next_round(store) == [(point, range(20, 27)) for point in study.points]
    assert growth.next_round(store) == []
    assert "27 worlds" in growth.notes[0]
    assert "the cap is reached before the width" in growth.notes[0]


def test_each_scenario_grows_on_its_own():
    stop = StoppingRule("cost", 1.0, cap=40)
    study = plan("strategy=do_nothing,oracle", "environment=calm,recall", stop=stop)
    calm = [point for point in study.points if point.varied["environment"] == "calm"]
    growth = GrowthPlan(study)
    growth.next_round(None)
    numbers = {point.number for point in calm}
    store = store_of(lambda point, seed: 1000 * (seed * 37 % 11) * (point in numbers) * (point + 1))
    assert growth.next_round(store) == [(point, range(20, 40)) for point in calm]
    assert growth.notes == ["environment=recall: 20 worlds, widest interval of cost 0: enough."]


@pytest.mark.parametrize("missing", [(1, 3), (0, 19)])
def test_failure_among_the_judged_worlds_stops_growth(missing):
    # Worlds beyond those that are judged cannot stand for one that failed among them.
    study = plan("strategy=do_nothing,oracle", stop=StoppingRule("cost", 1.0))
    growth = GrowthPlan(study)
    growth.next_round(None)
    store = store_of(lambda point, seed: None if (point, seed) == missing else 1.0)
    assert growth.next_round(store) == []
    assert growth.notes == [
        "all: jobs failed, so no worlds were added. The same command tries again."
    ]


def test_single_strategy_has_nothing_to_compare():
    study = plan("environment=calm,recall", stop=StoppingRule("cost", 1.0))
    growth = GrowthPlan(study)
    growth.next_round(None)
    assert growth.next_round(store_of(lambda point, seed: 1.0)) == []
    assert len(growth.notes) == 2
    assert all("one strategy only and nothing to compare" in note for note in growth.notes)


def test_scenarios_are_combinations_of_uncertainties():
    words = ("strategy=do_nothing,oracle", "environment=calm,recall")
    scenarios = group_scenarios(plan(*words, stop=StoppingRule("cost", 1.0)))
    assert [scenario.name for scenario in scenarios] == ["environment=calm", "environment=recall"]
    for scenario in scenarios:
        strategies = [point.varied["strategy"] for point in scenario.points]
        assert strategies == ["do_nothing", "oracle"]


def test_sweep_grows_until_the_intervals_are_narrow_or_the_cap_is_reached(tmp_path):
    words = ("strategy=do_nothing,oracle", "environment=calm,recall", "replicates=5", *TINY)
    options = {"executor": "serial", "watcher": SilentWatcher(), "daily": ("none",)}
    narrow = ("time_in_band", 1e-6, 27)
    result = sweep(*words, stop=narrow, out=tmp_path / "narrow", **options)
    assert result.runs == 4 * 27
    assert all("the cap is reached" in note for note in result.progress_notes)
    again = sweep(*words, stop=narrow, out=tmp_path / "narrow", **options)
    assert (again.done, again.runs) == (0, 4 * 27), "the second time takes the same rounds"
    wide = sweep(*words, stop=("time_in_band", 10.0, 27), out=tmp_path / "wide", **options)
    assert wide.runs == 4 * 20
    assert all("enough" in note for note in wide.progress_notes)


def test_rule_may_follow_a_fixed_number_of_worlds(tmp_path):
    words = ("strategy=do_nothing,oracle", "environment=recall", *TINY)
    options = {
        "out": tmp_path,
        "executor": "serial",
        "watcher": SilentWatcher(),
        "daily": ("none",),
    }
    sweep(*words, "replicates=8", **options)
    result = sweep(*words, "replicates=8", stop=("time_in_band", 10.0), **options)
    assert (result.runs, result.done) == (2 * 20, 2)
    assert sweep(*words, "replicates=25", **options).runs == 2 * 25


def test_earlier_worlds_are_counted_once_over_all_rounds(tmp_path):
    words = ("strategy=do_nothing,oracle", "environment=recall", *TINY)
    options = {
        "out": tmp_path,
        "executor": "serial",
        "watcher": SilentWatcher(),
        "daily": ("none",),
    }
    sweep(*words, "replicates=30", **options)
    result = sweep(*words, stop=("time_in_band", 1e-6, 40), **options)
    assert (result.jobs, result.runs, result.done) == (4, 2 * 40, 2)
