"""Sensitivity: known indices of known functions, coverage of intervals, runs of the model."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from equipoise import response
from equipoise.analysis.exploration.indices import (
    Effect,
)
from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.main import main
from equipoise.experiments.execution.sweep_runner import SilentWatcher
from equipoise.experiments.search.sensitivity import Sensitivity, plan_sensitivity, sensitivity

TINY = ("community.size=20", "burn_in=0", "strategy=do_nothing", "replicates=2")
KNOWN = (
    *TINY,
    "horizon=interval(2,18)",
    "firm.set_point=interval(0.5,0.9)",
)  # a run has as many days as its horizon


def command(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", *words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_advised_number_of_worlds_needs_no_warning():
    random, signal = np.random.default_rng(5), np.random.default_rng(6).normal(0, 1, (4000, 1))

    def build_result(worlds, noise):
        spec = SimpleNamespace(study=SimpleNamespace(replicates=worlds), samples=4)
        return Sensitivity(
            spec, (Effect("a", 1, 1, 1),), signal + random.normal(0, noise, (4000, worlds)), None
        )

    (line,) = build_result(4, 2.0).warnings()
    worlds = int(re.search(r"replicates=(\d+)", line)[1])
    assert build_result(worlds, 2.0).chance == pytest.approx(0.1, abs=0.01)
    assert build_result(4, 0.7).warnings()
    assert not build_result(4, 0.6).warnings()


# The answer is known: the days of a run are its horizon, whatever the set-point.
@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_sensitivity_of_a_known_measure(tmp_path, method):
    samples = {"sobol": 16, "morris": 6}[method]
    found = sensitivity(
        *KNOWN,
        on="days",
        method=method,
        samples=samples,
        out=tmp_path,
        executor="serial",
        watcher=SilentWatcher(),
    )
    first, second = found.effects
    assert (first.setting, second.setting, second.size) == ("horizon", "firm.set_point", 0.0)
    assert first.size == pytest.approx(1.0, abs=0.25) if method == "sobol" else 14 < first.size < 18
    assert found.warnings() == []
    data = json.loads((tmp_path / "sensitivity.json").read_text())
    assert (data["measure"], data["effects"][0]["setting"], data["worlds"]) == (
        "days",
        "horizon",
        2,
    )
    assert (
        len(list(tmp_path.glob("sensitivity.*"))) == len(list(tmp_path.glob("*sensitivity.*"))) == 5
    )


def test_file_that_cannot_be_written_is_named(tmp_path):
    given = {
        "on": "days",
        "method": "morris",
        "samples": 4,
        "executor": "serial",
        "watcher": SilentWatcher(),
    }
    sensitivity(*KNOWN, out=tmp_path, **given)
    (tmp_path / "sensitivity.json").unlink()
    (tmp_path / "sensitivity.json").mkdir()
    with pytest.raises(
        EquipoiseError, match=r"sensitivity\.json cannot be written: .* run the same command again"
    ):
        sensitivity(*KNOWN, out=tmp_path, **given)
    assert not list(tmp_path.glob(".sensitivity.*"))


def test_rows_that_whole_numbers_make_equal_are_run_once(tmp_path):
    spec = plan_sensitivity(
        (*TINY, "horizon=interval(2,5)", "lens.layers=interval(0,1)"), (), "days", "morris", 10
    )
    assert (len(spec.design), len(set(spec.point_numbers))) == (30, len(spec.study.points))
    assert len(spec.study.points) <= 8
    assert spec.runs == 2 * len(spec.study.points)


def test_command_prints_runs_and_warnings(tmp_path, capsys):
    out = str(tmp_path / "s")
    noise = (
        *TINY,
        "horizon=12",
        "firm.set_point=interval(0.5,0.9)",
        "firm.band=interval(0.01,0.3)",
    )
    words = (
        *noise,
        "community.people.voice_mean=tag(log,interval(0.01,0.1))",
        "--samples",
        "4",
        "--executor",
        "serial",
    )
    code, shown, _ = command(capsys, *words, "--dry-run", "--out", out)
    assert (code, shown.startswith("40 runs to do: about")) == (0, True)
    code, shown, said = command(capsys, *words, "--out", out)
    assert code == 0
    assert "This takes 40 runs." in said
    assert "overlap, so their order is unknown" in shown
    assert "of the variance is Monte Carlo error, which adds to the index of every setting" in shown
    data = json.loads((tmp_path / "s" / "sensitivity.json").read_text())
    assert data["chance"] > 0.1


def test_measure_without_values_is_refused(tmp_path, capsys):
    words = (
        *TINY,
        "environment=calm",
        "horizon=10",
        "firm.set_point=interval(0.5,0.9)",
        "firm.band=interval(0.01,0.1)",
    )
    how = (
        "--on",
        "settling_time",
        "--samples",
        "4",
        "--executor",
        "serial",
        "--out",
        str(tmp_path),
    )
    code, _, said = command(capsys, *words, *how)
    assert (code, "no value at 16 of 16 points" in said) == (2, True)


def test_all_user_errors_are_reported_together(capsys):
    given = (
        "firm.set_point=interval(0,1)",
        "environment=recall,calm",
        "--method",
        "sobl",
        "--on",
        "nett",
    )
    code, _, err = command(capsys, *given)
    assert code == 2
    for line in (
        "Did you mean 'sobol'",
        "Did you mean 'net'",
        "environment has a list of values",
        "one alone",
    ):
        assert line in err
    code, _, err = command(
        capsys, "firm.set_point=interval(0,1)", "firm.band=interval(0,1)", "--samples", "9"
    )
    assert (code, "power of 2" in err) == (2, True)


def test_response_averages_worlds_and_rounds_whole_numbers():
    model = response(*TINY, measures=("days", "cost"))
    assert model(horizon=5) == {"days": 5.0, "cost": 0.0}
    assert model.at({"horizon": 6.4, "firm.set_point": 0.6})["days"] == 6.0
    assert list(model.rows(np.array([[3.0, 0.6], [8.0, 0.7]]), ("horizon", "firm.set_point"))) == [
        3.0,
        8.0,
    ]
    assert (
        response("strategy=oracle", *TINY[:2], "horizon=4")(strategy="do_nothing")["time_in_band"]
        >= 0
    )
    with pytest.raises(EquipoiseError, match="Did you mean 'horizon'"):
        model(horizn=5)
    with pytest.raises(EquipoiseError, match="Did you mean 'cost'"):
        response(*TINY, measures="costs")


class Stopping(SilentWatcher):
    def on_result(self, result):
        raise KeyboardInterrupt


# A script that called must stop, too; what is computed is kept.
def test_ctrl_c_is_not_swallowed(tmp_path):
    how = {"on": "days", "method": "morris", "samples": 4, "out": tmp_path, "executor": "serial"}
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        sensitivity(*KNOWN, **how, watcher=Stopping())
    assert not list(tmp_path.glob("sensitivity.*"))
    rest = sensitivity(*KNOWN, **how, watcher=SilentWatcher())
    assert rest.sweep.done == rest.sweep.jobs - 1
