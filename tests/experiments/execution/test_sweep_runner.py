"""The runner: jobs are submitted a few ahead, results stored, failures recorded, stops obeyed."""

from concurrent.futures import Executor, Future

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.job import Job, JobResult
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.executors import SerialExecutor
from equipoise.experiments.execution.pool import WorkerDied
from equipoise.experiments.execution.sweep_runner import (
    STOPPED_NOTE,
    SilentWatcher,
    run_jobs,
    run_study,
)
from equipoise.experiments.storage.store import Store

TINY = ("community.size=50", "horizon=5", "burn_in=0")
JOBS = [Job(str(number), number, b"", 0, 1) for number in range(6)]


class Fake(Executor):
    """Settles each job at once: with a result, or with the errors given for it, one a time."""

    def __init__(self, errors=()):
        self.errors = {name: list(each) for name, each in dict(errors).items()}
        self.submitted = []

    def submit(self, fn, /, *args, **kwargs):
        (job,) = args
        self.submitted.append(job.name)
        future = Future()
        waiting = self.errors.get(job.name)
        if waiting:
            future.set_exception(waiting.pop(0))
        else:
            future.set_result(JobResult(job.name, job.point, job.first, job.worlds))
        return future


class Blamed(Exception):
    """Stands for the error of jobs whose worker died."""


def outcomes(executor):
    return {result.name: result.failure for result in run_jobs(JOBS, executor)}


def plan(*words):
    return plan_study(StudyRequest((*words, *TINY), columns=("none",)))


def test_every_job_has_a_result():
    assert outcomes(OpenExecutor(Fake(), 2, ahead=2)) == {job.name: "" for job in JOBS}


def test_few_jobs_are_submitted_ahead():
    fake = Fake()
    results = run_jobs(iter(JOBS), OpenExecutor(fake, 2, ahead=2))
    next(results)
    assert len(fake.submitted) <= 3


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (WorkerDied("its worker died: SIGKILL"), "its worker died: SIGKILL"),
        (ValueError("odd\nnumber"), "ValueError: odd number"),
        (MemoryError(), "out of memory"),
    ],
)
def test_error_of_a_job_is_its_failure_alone(error, failure):
    executor = OpenExecutor(Fake({"3": [error]}), 2, ahead=2)
    assert outcomes(executor) == {job.name: "" for job in JOBS} | {"3": failure}


def test_blamed_jobs_are_tried_once_more_at_the_end():
    fake = Fake({"1": [Blamed()], "2": [Blamed(), Blamed()]})
    found = outcomes(OpenExecutor(fake, 2, ahead=3, blame=(Blamed,)))
    assert sorted(fake.submitted[-2:]) == ["1", "2"]
    assert found["1"] == ""
    assert found["2"] == "every worker that tried it died, perhaps out of memory"


def test_executor_that_cannot_work_ends_the_sweep():
    executor = OpenExecutor(Fake({"0": [EquipoiseError("no worker can be started")]}), 1, ahead=1)
    with pytest.raises(EquipoiseError, match="no worker can be started"):
        list(run_jobs(JOBS, executor))


def test_cancelled_jobs_are_reported_as_a_lost_executor():
    class Cancelling(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(EquipoiseError, match="the executor gave up its jobs"):
        list(run_jobs(JOBS, OpenExecutor(Cancelling(), 1, ahead=1)))


def test_executor_is_tended_while_jobs_run():
    calls = []
    executor = OpenExecutor(Fake(), 1, ahead=1, tend=lambda: calls.append(1))
    list(run_jobs(JOBS, executor))
    assert len(calls) == len(JOBS)


def test_watcher_receives_totals_and_results(tmp_path):
    class Watcher(SilentWatcher):
        jobs, points = 0, []

        def on_jobs_added(self, jobs):
            self.jobs += jobs

        def on_result(self, result):
            self.points.append(result.point)

    watcher = Watcher()
    run_study(plan("firm.band=0.1,0.2,0.3"), tmp_path, ExecutorSpec("serial"), watcher=watcher)
    assert (watcher.jobs, watcher.points) == (3, [0, 1, 2])


def test_stop_keeps_what_is_finished_and_the_same_study_goes_on(tmp_path):
    class Stopping(SilentWatcher):
        def on_result(self, result):
            if result.point == 1:
                raise KeyboardInterrupt

    study = plan("firm.band=0.1,0.2,0.3")
    stopped = run_study(study, tmp_path, ExecutorSpec("serial"), watcher=Stopping())
    assert (stopped.complete, stopped.progress_notes) == (False, [STOPPED_NOTE])
    assert set(Store(tmp_path).list_finished_worlds()) == {0, 1}
    rest = run_study(study, tmp_path, ExecutorSpec("serial"))
    assert (rest.complete, rest.jobs, rest.done) == (True, 3, 1)


def test_finished_study_opens_no_executor(tmp_path):
    study = plan("firm.band=0.1,0.2")
    run_study(study, tmp_path, ExecutorSpec("serial"))
    again = run_study(study, tmp_path, ExecutorSpec("no such executor"))
    assert (again.complete, again.jobs, again.done) == (True, 2, 0)


def test_open_executor_is_used_and_left_open(tmp_path):
    class Recording(SerialExecutor):
        closed = False

        def shutdown(self, *args, **kwargs):
            self.closed = True

    executor = Recording()
    result = run_study(plan("firm.band=0.1,0.2"), tmp_path, OpenExecutor(executor, 1, ahead=1))
    assert (result.done, executor.closed) == (2, False)


def test_failed_job_is_counted_reported_and_tried_again(tmp_path):
    study = plan("firm.band=0.1,0.2")
    name = next(study.jobs(study.points[1], range(1))).name

    class HalfBroken(Fake):
        def submit(self, fn, /, *args, **kwargs):
            (job,) = args
            future = Future()
            if job.name == name:
                future.set_exception(WorkerDied("its worker died: SIGKILL"))
            else:
                future.set_result(fn(job))
            return future

    folder = tmp_path / "s"
    broken = run_study(study, folder, OpenExecutor(HalfBroken(), 1, ahead=1))
    assert (broken.jobs, broken.complete) == (1, True)
    assert [record["failure"] for record in broken.failures] == ["its worker died: SIGKILL"]
    mended = run_study(study, folder, ExecutorSpec("serial"))
    assert (mended.jobs, mended.done, mended.failures) == (2, 1, [])


def test_folder_of_another_study_is_refused_with_its_changes(tmp_path):
    run_study(plan("firm.band=0.1,0.2"), tmp_path, ExecutorSpec("serial"))
    with pytest.raises(EquipoiseError, match="holds another study") as caught:
        run_study(plan("firm.band=0.1,0.3", "seed=2"), tmp_path, ExecutorSpec("serial"))
    assert caught.value.problems[0].endswith("holds another study. Changed:")
    assert "seed: 0 before, 2 now" in caught.value.problems
    assert caught.value.problems[-1].startswith("Nothing is run.")


def test_long_lists_of_changes_are_cut(tmp_path):
    bands = [str(k / 100) for k in range(1, 21)]
    run_study(plan(f"firm.band={','.join(bands)}"), tmp_path, ExecutorSpec("serial"))
    with pytest.raises(EquipoiseError, match="and more") as caught:
        run_study(
            plan(f"firm.band={','.join(bands)}", "firm.revenue_per_use=3"),
            tmp_path,
            ExecutorSpec("serial"),
        )
    assert len(caught.value.problems) == 14
    assert caught.value.problems[-2] == "... and more."
