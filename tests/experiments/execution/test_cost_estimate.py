"""Cost estimates: what is missing, and its time and disk space in proportion to days and worlds."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.job import JobResult
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import cost_estimate
from equipoise.experiments.execution.cost_estimate import estimate_cost
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.sweep_runner import run_study

TINY = ("community.size=50", "burn_in=0")


def plan(*words, columns=("all",)):
    return plan_study(StudyRequest((*words, *TINY), columns=columns))


@pytest.fixture
def fixed_trials(monkeypatch):
    """Let a trial take 1 s and 10 ms a day; return the days of the trials."""
    trials = []

    def run_trial(job, days):
        trials.append(days)
        return JobResult(job.name, job.point, 0, 1), 1.0 + 0.01 * days

    monkeypatch.setattr(cost_estimate, "_run_trial", run_trial)
    return trials


def test_time_is_extrapolated_to_all_days_and_divided_by_the_workers(fixed_trials, tmp_path):
    study = plan("firm.band=0.1,0.2", "replicates=6", "horizon=200")
    one = estimate_cost(study, tmp_path / "s", workers=1)
    four = estimate_cost(study, tmp_path / "s", workers=4)
    assert (one.jobs, one.runs) == (2, 12)
    assert one.seconds == pytest.approx(12 * 3.0)
    assert four.seconds == pytest.approx(one.seconds / 4)


def test_trials_are_made_at_three_points_of_the_design(fixed_trials, tmp_path):
    words = f"firm.band={','.join(str(k / 100) for k in range(1, 13))}"
    estimate_cost(plan(words, "horizon=200"), tmp_path / "s", workers=1)
    assert fixed_trials == [2, 2, 42] * 3


def test_disk_space_grows_with_days_and_worlds(tmp_path):
    short = estimate_cost(plan("firm.band=0.1,0.2", "horizon=50"), tmp_path / "s", 1)
    long = estimate_cost(plan("firm.band=0.1,0.2", "horizon=500"), tmp_path / "s", 1)
    none = estimate_cost(
        plan("firm.band=0.1,0.2", "horizon=500", columns=("none",)), tmp_path / "s", 1
    )
    assert 0 < none.disk < short.disk < long.disk


def test_finished_study_costs_nothing(fixed_trials, tmp_path):
    study = plan("firm.band=0.1,0.2", "replicates=2", "horizon=5")
    run_study(study, tmp_path, ExecutorSpec("serial"))
    cost = estimate_cost(study, tmp_path, workers=1)
    assert (cost.jobs, cost.runs, cost.seconds, cost.disk) == (0, 0, 0.0, 0.0)
    assert [finished for _, _, finished in cost.points] == [True, True]
    assert fixed_trials == []


def test_worlds_that_are_there_are_not_counted(fixed_trials, tmp_path):
    run_study(
        plan("firm.band=0.1,0.2", "replicates=2", "horizon=5"), tmp_path, ExecutorSpec("serial")
    )
    more = estimate_cost(plan("firm.band=0.1,0.2", "replicates=7", "horizon=5"), tmp_path, 1)
    assert (more.jobs, more.runs) == (2, 10)


def test_nothing_is_written(tmp_path):
    estimate_cost(plan("firm.band=0.1,0.2", "horizon=5"), tmp_path / "s", workers=1)
    assert not (tmp_path / "s").exists()


def test_trial_that_fails_is_reported_with_its_point(monkeypatch, tmp_path):
    monkeypatch.setattr(
        cost_estimate,
        "perform_job",
        lambda job: JobResult(job.name, 1, 0, 1, failure="out of memory"),
    )
    with pytest.raises(EquipoiseError, match=r"a trial of point 0 failed: out of memory"):
        estimate_cost(plan("firm.band=0.1,0.2", "horizon=5"), tmp_path / "s", workers=1)
