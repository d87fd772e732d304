"""Specification of tuning: levers, scenarios, requests for runs."""

import json

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.search.tuning_spec import (
    find_points,
    plan_tuning,
    request_hold_out,
    request_more_worlds,
    request_training,
)

SMALL = ("strategy=pid_survey", "community.size=50", "horizon=60", "burn_in=14", "replicates=3")
KP = "control_center.kp=interval(0,20)"
SCENARIOS = "environment=recall,calm"


def plan(*words, **options):
    return plan_tuning((*SMALL, *words), trials=10, held_out=5, **options)


def test_ranges_and_lists_of_levers_are_tuned_and_others_are_scenarios():
    spec = plan(KP, "firm.set_point=0.6,0.7", SCENARIOS)
    assert set(spec.levers) == {"control_center.kp", "firm.set_point"}
    assert spec.scenario_paths() == ["environment"]
    assert SCENARIOS in spec.scenarios()
    assert not any(word.startswith("firm.set_point") for word in spec.scenarios())


def test_default_is_the_setting_of_a_range_and_the_first_of_a_list():
    spec = plan(KP, "firm.set_point=0.6,0.7")
    assert spec.default == {"control_center.kp": 6.0, "firm.set_point": 0.6}


def test_training_study_has_the_default_and_every_listed_value_in_each_scenario():
    spec = plan(KP, "firm.set_point=0.6,0.7,0.8", SCENARIOS)
    assert len(spec.training.points) == 3 * 2


def test_number_of_runs_counts_trials_and_validation():
    spec = plan(KP, SCENARIOS, hold_out_environments=("firestorm",))
    trials = 10 * 3
    validation = 2 * (3 + 5)
    hold_out = 2 * 5
    assert spec.max_runs() == 2 * (trials + validation + hold_out)


def test_hold_out_seeds_follow_the_training_seeds():
    spec = plan(KP, SCENARIOS, "seed=11", hold_out_environments=("firestorm", "season"))
    training = plan_study(request_training(spec, [spec.default]))
    more = plan_study(request_more_worlds(spec, [spec.default]))
    elsewhere = plan_study(request_hold_out(spec, [spec.default]))
    assert (training.seed, training.replicates) == (11, 3)
    assert (more.seed, more.replicates) == (11, 8)
    assert (elsewhere.seed, elsewhere.replicates) == (14, 5)
    names = {point.varied["environment"] for point in elsewhere.points}
    assert names == {"firestorm", "season"}


def test_points_are_found_by_their_levers():
    spec = plan(KP, SCENARIOS)
    settings = [{"control_center.kp": 1.0}, {"control_center.kp": 2.0}]
    study = plan_study(request_training(spec, settings))
    rows = find_points(study, settings[1])
    assert len(rows) == 2
    assert {row.varied["control_center.kp"] for row in rows} == {2.0}


def test_identity_is_plain_data_that_ignores_the_number_of_trials():
    spec = plan(KP)
    data = spec.identity_data()
    assert json.loads(json.dumps(data)) == data
    assert spec._replace(trials=99).identity_data() == data
    assert spec._replace(seed=1).identity_data() != data


@pytest.mark.parametrize(
    ("words", "options", "line"),
    [
        ((KP,), {"on": ("cost", "cost")}, "give one measure, or two different ones"),
        ((KP,), {"on": ("days",)}, "neither side of it is better"),
        ((KP,), {"hold_out_environments": ("calmm",)}, "Did you mean 'calm'"),
        ((SCENARIOS,), {}, "There is nothing to tune"),
        (("community.people.voice_mean=interval(0.01,0.1)",), {}, "cannot be tuned"),
    ],
)
def test_specification_that_cannot_be_tuned_is_refused(words, options, line):
    with pytest.raises(EquipoiseError, match=line):
        plan(*words, **options)
