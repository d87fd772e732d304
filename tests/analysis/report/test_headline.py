"""The answer in two sentences: it agrees with the verdicts, and names no unsupported winner."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_samples import (
    ENVIRONMENTS,
    STRATEGIES,
    sample_comparison,
    sample_study,
    sample_values,
)

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.report.headline import (
    answer_comparison,
    answer_without_comparison,
    format_outcome,
)
from equipoise.analysis.report.judgements import judge_environments
from equipoise.analysis.text.comparison_cells import format_measure
from equipoise.analysis.text.formatting import readable_name

RECALL = ("recall",)


def test_winner_is_named_where_the_verdicts_support_it():
    comparison = sample_comparison(sample_values([0, 0], [0.0, 0.3], [0, 0.01]))
    finding = comparison.findings[0]
    assert judge_environments(finding, ENVIRONMENTS) == [
        ("calm", "equivalent", ""),
        ("recall", "best", "pid_survey"),
    ]
    first, second = answer_comparison(comparison)
    mean = finding.difference("pid_survey", "recall").mean
    assert (
        f"pid survey is best of 3 in recall: {format_measure(mean, 'share', sign=True)} points"
        in first
    )
    assert "no strategy differs from do nothing by the equivalence margin or more in calm" in first
    assert "Pid survey costs $100 more than do nothing there" in second
    assert first.endswith(".")
    assert second.endswith(".")


def test_undecided_names_no_strategy():
    few = sample_values([0, 0], [0.3, 0.3], [0.2, 0.2])[:, :, :4]
    comparison = sample_comparison(few)
    assert {one.verdict for one in comparison.findings[0].differences} == {"undecided"}
    first, second = answer_comparison(comparison)
    claim = "no strategy is shown to be better than do nothing in either environment"
    assert first == f"On time in band, {claim}."
    assert "4 are undecided" in second
    assert "more worlds would decide these with a power of 80 %" in second


def test_one_difference_is_singular():
    comparison = sample_comparison(
        sample_values([0], [0.2], [0.0], environments=RECALL), environments=RECALL
    )
    assert "1 is better and 1 is equivalent" in answer_comparison(comparison)[1]
    values = sample_values([0], [0.02], strategies=STRATEGIES[:2], environments=RECALL)[:, :, :5]
    first, second = answer_comparison(sample_comparison(values, STRATEGIES[:2], RECALL))
    assert first == "On time in band, no strategy is shown to be better than do nothing in recall."
    assert re.search(r"1 is undecided \(.* would decide it with a power of 80 %\)", second)


def test_worse_strategies_win_nothing():
    comparison = sample_comparison(sample_values([0, 0], [-0.3, -0.3], [-0.2, -0.1]))
    first, second = answer_comparison(comparison)
    assert first == "On time in band, no strategy is better than do nothing in either environment."
    assert second == "Of 4 differences from do nothing, 4 are worse."


def test_reference_is_not_named():
    comparison = sample_comparison(sample_values([0, 0], [0.1, 0.2], [0.3, 0.3]))
    assert "oracle is best of 3 in both environments" in answer_comparison(comparison)[0]
    first, second = answer_comparison(comparison, references=("oracle",))
    assert "oracle" not in first
    assert "pid survey is better than do nothing in both environments" in first
    assert "being the best" not in first, "the reference would be part of this probability"
    assert "oracle" not in second.lower()


def test_better_strategies_are_counted_and_the_cheapest_named():
    values = sample_values([0], [0.2], [0.205], environments=RECALL)
    first, second = answer_comparison(sample_comparison(values, environments=RECALL))
    assert "2 strategies are better than do nothing in recall, oracle by the largest" in first
    assert "of those that are better, pid survey" in second
    assert "costs least, $100 more" in second


def test_numbers_of_better_strategies_are_a_range_over_environments():
    strategies = (*STRATEGIES, "all_knowing")
    values = sample_values([0, 0], [0.2, 0], [0.3, 0.3], [0.4, 0.4], strategies=strategies)
    comparison = sample_comparison(values, strategies)
    first, _ = answer_comparison(comparison, references=("all_knowing",))
    assert "1 to 2 strategies are better than do nothing in both environments, oracle" in first


@pytest.mark.parametrize(
    ("number", "where"),
    [(1, "in p0"), (2, "in both environments"), (3, "in all 3 environments")],
)
def test_places_of_a_winner(number, where):
    places = tuple(f"p{i}" for i in range(number))
    values = sample_values(
        [0.0] * number, [0.3] * number, strategies=STRATEGIES[:2], environments=places
    )
    first, _ = answer_comparison(sample_comparison(values, STRATEGIES[:2], places))
    assert f"pid survey is best of 2 {where}: " in first


@pytest.mark.parametrize(
    ("better", "worse", "where"),
    [(4, 1, "in 4 of 5 environments"), (1, 3, "in p1 or p2 or p3"), (1, 4, "in 4 of 5")],
)
def test_places_with_and_without_a_winner(better, worse, where):
    places = tuple(f"p{i}" for i in range(better + worse))
    gains = [0.3] * better + [-0.3] * worse
    values = sample_values(
        [0.0] * len(places), gains, strategies=STRATEGIES[:2], environments=places
    )
    first, _ = answer_comparison(sample_comparison(values, STRATEGIES[:2], places))
    assert where in first


def test_many_conclusions_are_left_to_the_tables():
    places = tuple(f"p{i}" for i in range(5))
    strategies = ("do_nothing", "a", "b", "c", "d", "e")
    gains = np.zeros((6, 5))
    for number in range(5):
        gains[number + 1, number] = 0.3
    values = sample_values(*gains, strategies=strategies, environments=places)
    first, second = answer_comparison(sample_comparison(values, strategies, places))
    assert first.endswith("; the tables show the other environments.")
    assert first.count("is best of 6") == 4
    assert second.count("than do nothing there") == 4


def test_missing_baseline_leaves_differences_unknown():
    values = sample_values([0, 0], [0.1, 0.2], [0.3, 0.3])
    values[0, 1] = np.nan
    _, second = answer_comparison(sample_comparison(values))
    assert "2 are unknown, because runs are missing" in second


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([4, 8, 20]))
def test_no_strategy_is_named_against_the_verdicts(seed, worlds):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.5, 0.1, (3, 2, worlds)) + rng.choice([0, 0, 0.3], (3, 2, 1))
    comparison = sample_comparison(values)
    finding = comparison.findings[0]
    better = {
        (one.strategy, one.environment) for one in finding.differences if one.verdict == "better"
    }
    first, _ = answer_comparison(comparison)
    for name in STRATEGIES[1:]:
        assert (readable_name(name) in first) <= any(strategy == name for strategy, _ in better)
    for judgement in judge_environments(finding, ENVIRONMENTS):
        strategy, environment = judgement.strategy, judgement.environment
        assert not strategy or (strategy, environment) in better
        if judgement.kind == "best":
            rank = finding.rank(strategy, environment)
            assert (rank.rank, rank.best >= 0.95) == (1, True)


# Studies without a comparison


def lone_study(values, strategies=("pid_survey",), environments=ENVIRONMENTS):
    seeds = tuple(range(values.shape[2]))
    outcomes = Outcomes("time_in_band", strategies, environments, seeds, values)
    several = sample_comparison(sample_values([0, 0], [0.1, 0.2], [0.3, 0.3]))
    return sample_study(
        several,
        strategies=strategies,
        environments=environments,
        outcomes=(outcomes,),
        comparison=None,
    )


def test_one_strategy_has_values_but_no_rival():
    study = lone_study(np.array([[[0.5, 0.7], [0.2, 0.2]]]))
    first, second = answer_without_comparison(study)
    assert first.startswith("Pid survey has a time in band of 60 %")
    assert first.endswith("20 % in recall.")
    assert "nothing to compare it with" in second


def test_many_environments_of_one_strategy_are_left_to_the_tables():
    places = tuple(f"p{i}" for i in range(5))
    study = lone_study(np.full((1, 5, 2), 0.5), environments=places)
    assert answer_without_comparison(study)[0].endswith(
        "in p2; the tables show 2 more environments."
    )


def test_one_world_has_no_answer_yet():
    study = lone_study(np.full((2, 2, 1), 0.5), strategies=STRATEGIES[:2])
    first, second = answer_without_comparison(study)
    assert "There is no answer yet" in first
    assert "replicates=40" in second


def test_outcome_has_its_student_interval_within_the_range_of_the_measure():
    values = np.array([[[0.0, 1.0, 1.0], [0.5, 0.5, np.nan]]])
    outcomes = Outcomes("time_in_band", ("a",), ENVIRONMENTS, (0, 1, 2), values)
    assert format_outcome(outcomes, "a", "calm") == "67 % (0 to 100 %)"
    assert format_outcome(outcomes, "a", "recall") == "50 %, in 2 of 3 worlds"
