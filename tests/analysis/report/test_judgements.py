"""Conclusions from verdicts: best, better, equivalent, none, undecided."""

import pytest
from study_samples import STRATEGIES, sample_comparison, sample_values

from equipoise.analysis.report.judgements import (
    Judgement,
    judge_environments,
    select_differences,
)

PLACES = ("calm",)


def judge(*gains, worlds=20, strategies=STRATEGIES, references=()):
    """Return the conclusion for one environment with these gains."""
    values = sample_values(*([gain] for gain in gains), strategies=strategies, environments=PLACES)
    comparison = sample_comparison(values[:, :, :worlds], strategies, PLACES)
    (judgement,) = judge_environments(comparison.findings[0], PLACES, references)
    return judgement


@pytest.mark.parametrize(
    ("gains", "judgement"),
    [
        ((0, 0.1, 0.3), Judgement("calm", "best", "oracle")),
        ((0, 0.3, 0.1), Judgement("calm", "best", "pid_survey")),
        ((0, 0.3, 0.3), Judgement("calm", "better", "oracle")),
        ((0, 0.3, -0.3), Judgement("calm", "best", "pid_survey")),
        ((0, 0, 0), Judgement("calm", "equivalent")),
        ((0, 0, -0.3), Judgement("calm", "none")),
        ((0, -0.3, -0.3), Judgement("calm", "none")),
    ],
)
def test_conclusion_follows_the_verdicts(gains, judgement):
    kind, strategy = judge(*gains)[1:]
    assert kind == judgement.kind
    assert bool(strategy) == bool(judgement.strategy)
    if kind == "best":
        assert strategy == judgement.strategy


def test_few_worlds_are_undecided():
    assert judge(0, 0.3, 0.3, worlds=4) == Judgement("calm", "undecided")


def test_references_are_left_out():
    assert judge(0, 0.1, 0.3, references=("oracle",)) == Judgement("calm", "better", "pid_survey")
    assert judge(0, 0, 0.3, references=("oracle",)) == Judgement("calm", "equivalent")


def test_nothing_but_references_is_undecided():
    references = ("pid_survey", "oracle")
    assert judge(0, 0.1, 0.3, references=references) == Judgement("calm", "undecided")


def test_lower_is_better_for_costs(comparison):
    judgements = judge_environments(comparison.finding("cost"), comparison.environments)
    assert {judgement.kind for judgement in judgements} == {"none"}


def test_differences_are_selected_by_place_and_strategy(comparison):
    finding = comparison.findings[0]
    chosen = select_differences(finding, ["recall"], references=("oracle",))
    assert [(one.strategy, one.environment) for one in chosen] == [("pid_survey", "recall")]
    assert len(select_differences(finding, comparison.environments, ())) == 4
