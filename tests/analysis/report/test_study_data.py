"""The data of a report: which strategies and environments its figures show."""

import numpy as np
import pytest
from study_samples import (
    ENVIRONMENTS,
    STRATEGIES,
    sample_comparison,
    sample_study,
    sample_trajectory,
    sample_values,
)

from equipoise.analysis.plots.time_series_data import build_trajectory
from equipoise.analysis.report import study_data
from equipoise.analysis.report.study_data import select_strategies

NAMES = tuple("abcdef")


@pytest.fixture
def six(monkeypatch):
    """Return six strategies in an environment, where figures have room for three."""
    monkeypatch.setattr(study_data, "_MAX_STRATEGIES", 3)
    gains = ([0], [-0.1], [0.3], [0.2], [-0.2], [0.1])
    values = sample_values(*gains, strategies=NAMES, environments=("calm",))
    return sample_comparison(values, NAMES, ("calm",))


def test_baseline_and_best_strategies_are_shown(six):
    assert select_strategies(NAMES, six) == ("a", "c", "d")


def test_strategy_without_a_rank_comes_last(monkeypatch):
    monkeypatch.setattr(study_data, "_MAX_STRATEGIES", 3)
    values = sample_values([0], [-0.1], [0.3], [0.2], strategies=NAMES[:4], environments=("calm",))
    values[2] = np.nan
    comparison = sample_comparison(values, NAMES[:4], ("calm",))
    assert select_strategies(NAMES[:4], comparison) == ("a", "b", "d")


def test_first_strategies_are_shown_without_a_comparison(six):
    assert select_strategies(NAMES, None) == ("a", "b", "c")


def test_few_strategies_are_all_shown(comparison):
    assert select_strategies(STRATEGIES, comparison) == STRATEGIES


def test_first_environments_are_shown(comparison):
    places = tuple(f"p{number}" for number in range(9))
    study = sample_study(comparison, environments=places)
    assert study.environments_in_figures == places[:6]


def test_references_see_the_truth(comparison):
    assert sample_study(comparison).references == ("oracle",)


def test_settings_are_found_by_strategy_and_by_environment(comparison):
    study = sample_study(comparison)
    assert study.settings_of_strategy("oracle").strategy.name == "oracle"
    assert study.settings_of_environment("recall") == study.settings["do_nothing", "recall"]


def test_trajectories_of_an_environment_are_those_with_runs(comparison):
    trajectories = {
        ("do_nothing", "calm"): sample_trajectory(),
        ("pid_survey", "calm"): build_trajectory({}, 0.7, 0.04),
        ("oracle", "recall"): sample_trajectory(),
    }
    study = sample_study(comparison, trajectories=trajectories)
    assert list(study.trajectories_in("calm")) == ["do_nothing"]
    assert study.strategies_without_runs("calm") == ("pid_survey", "oracle")
    assert study.strategies_without_runs(ENVIRONMENTS[1]) == ("do_nothing", "pid_survey")
