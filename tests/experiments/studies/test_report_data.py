"""The data of a report, read from studies as sweeps and searches leave them."""

import base64
import json
import re
import shlex
import shutil

import numpy as np
import pytest

import equipoise
from equipoise.analysis.frames import load_study_days
from equipoise.errors import EquipoiseError
from equipoise.experiments.studies.report import report
from equipoise.experiments.studies.report_data import read_study_data

SMALL = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7")
TINY = ("community.size=30", "network.count=3", "horizon=7", "burn_in=0")
LISTED = (
    {"strategy": "pid_survey", "environment": "recall", "control_center.kp": 2},
    {"strategy": "oracle", "environment": "calm", "control_center.kp": 9.5},
)
RANGES = ("control_center.kp=interval(1,12)", "effector.repair.delay=interval(0,28)")
SEARCH = ("strategy=pid_survey", "environment=recall", "replicates=2", *TINY, *RANGES)


def sweep(folder, *words, **options):
    return equipoise.sweep(*words, out=folder, executor="serial", **options).folder


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "small"
    strategies = "strategy=do_nothing,pid_survey"
    return sweep(folder, strategies, "environment=recall", "replicates=6", *SMALL)


@pytest.fixture
def study(swept, tmp_path):
    return shutil.copytree(swept, tmp_path / "small")


def test_comparison_is_read(swept):
    data = read_study_data(swept, {})
    assert data.title == "Study small"
    assert data.strategies == ("do_nothing", "pid_survey")
    assert data.environments == ("recall",)
    assert data.seeds == tuple(range(6))
    assert data.comparison.baseline == "do_nothing"
    assert [part.measure for part in data.outcomes] == ["time_in_band", "mean_satisfaction", "cost"]
    assert data.notes == data.comparison.notes
    assert set(data.trajectories) == {("do_nothing", "recall"), ("pid_survey", "recall")}
    assert data.trajectories["pid_survey", "recall"].worlds == 6
    assert data.commands[-1] == "equipoise report small"


def test_title_of_an_experiment_is_used(study):
    manifest = json.loads((study / "study.json").read_text())
    (study / "study.json").write_text(json.dumps(manifest | {"title": "Mine"}))
    assert read_study_data(study, {}).title == "Mine"


def test_days_are_those_of_the_runs(swept):
    words = ("strategy=pid_survey", "environment=recall", "replicates=6", *SMALL)
    run = equipoise.run(equipoise.compose(*words))
    days = load_study_days(swept, [1], ["satisfaction", "believed", "no_such_column"])
    assert set(days) == {"satisfaction", "believed"}
    for name, values in days.items():
        columns = [record.columns()[name][record.burn_in :] for record in run.records]
        np.testing.assert_allclose(values, np.array(columns), atol=1e-6)


def test_only_scheduled_disturbances_are_strikes(tmp_path):
    rate = "environment.disturbances.product_fault.rate=0.1"
    words = ("strategy=do_nothing,oracle", "environment=recall", "replicates=2", *TINY)
    starts = ("environment.disturbances.product_fault.start=3",)
    scheduled = read_study_data(sweep(tmp_path / "a", *words, *starts), {})
    by_chance = read_study_data(sweep(tmp_path / "b", *words, *starts, rate), {})
    assert scheduled.trajectories["oracle", "recall"].strikes == (3,)
    assert by_chance.trajectories["oracle", "recall"].strikes == ()


def test_one_strategy_has_outcomes_without_a_comparison(tmp_path):
    words = ("strategy=pid_survey", "environment=recall", "replicates=3", *TINY)
    data = read_study_data(sweep(tmp_path / "a", *words), {})
    assert data.comparison is None
    assert data.strategies == ("pid_survey",)
    assert data.outcomes[0].values.shape == (1, 1, 3)
    assert "lie outside the 7 scored days" in data.notes[0]


def test_one_world_has_outcomes_without_a_comparison(tmp_path):
    words = ("strategy=pid_survey,oracle", "environment=recall", "replicates=1", *TINY)
    data = read_study_data(sweep(tmp_path / "a", *words), {})
    assert data.comparison is None
    assert data.strategies == ("pid_survey", "oracle")
    assert data.outcomes[0].values.shape == (2, 1, 1)
    assert data.references == ("oracle",)


def write_failure(study, name, point, reason):
    record = {"name": name, "point": point, "first": 0, "worlds": 6, "seconds": 1.0}
    record |= {"failure": reason, "trace": ""}
    (study / "failures" / f"{name}.json").write_text(json.dumps(record))


def test_failures_are_joined_by_strategy_and_reason(study):
    write_failure(study, "x", 1, "it broke")
    write_failure(study, "y", 1, "it broke")
    write_failure(study, "z", 1, "too long")
    assert read_study_data(study, {}).failures == (
        "pid survey in recall, 12 runs: it broke",
        "pid survey in recall, 6 runs: too long",
    )


def test_failure_of_an_unknown_point_is_kept(study):
    write_failure(study, "x", 99, "it broke")
    (line,) = read_study_data(study, {}).failures
    assert line == "a point in no environment, 6 runs: it broke"


def test_failures_in_many_environments_are_counted(write_study, study_points):
    places = tuple(f"p{number}" for number in range(8))
    folder = write_study("a", study_points("do_nothing", "b", places=places))
    manifest = json.loads((folder / "study.json").read_text())
    manifest |= {"design": {"kind": "grid", "zip": []}, "constants": [], "daily": []}
    manifest["levers"] = {"strategy": ["do_nothing", "b"]}
    manifest["uncertainties"] = {"environment": places}
    (folder / "study.json").write_text(json.dumps(manifest))
    for point in range(8):
        write_failure(folder, f"x{point}", point, "it broke")
    (line,) = read_study_data(folder, {}).failures
    assert line == "do nothing in p0, p1, p2, p3, p4, p5 and 2 more environments, 48 runs: it broke"


@pytest.mark.parametrize("name", ["nope", "strategy,nope"])
def test_unknown_path_is_refused(swept, name):
    with pytest.raises(EquipoiseError, match="To compare by 'nope' is not known"):
        read_study_data(swept, {"by": name})


def test_listed_points_are_beside_the_page_and_in_it(tmp_path):
    folder = sweep(tmp_path / "s", "replicates=1", *TINY, points=LISTED)
    page = report(folder)
    table = (page.parent / "points.csv").read_text()
    assert table.splitlines()[0] == "strategy,environment,control_center.kp"
    link = r'href="data:text/csv;base64,([^"]*)" download="points.csv"'
    address = re.search(link, page.read_text("utf-8"))
    assert base64.b64decode(address[1]).decode() == table


# Searches


@pytest.fixture(scope="module")
def envelope(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searches") / "s"
    options = {"steps": 2, "holds": "time_in_band>=0.2", "executor": "serial"}
    return equipoise.envelope(*SEARCH, out=folder, **options).sweep.folder


def test_envelope_has_its_own_answer(envelope):
    data = read_study_data(envelope, {})
    assert (data.comparison, data.outcomes, data.trajectories) == (None, (), {})
    assert (data.strategies, data.seeds) == (("pid_survey",), (0, 1))
    assert data.search_figure.name == "envelope"
    assert "time_in_band>=0.2 in at least 50 % of 2 worlds" in data.search_answer[0]
    assert data.search_answer[1].startswith("In words: it holds")
    words = shlex.split(data.commands[0])
    assert words[:2] == ["equipoise", "envelope"]
    assert {"control_center.kp=interval(1.0,12.0)", "--steps", "--holds"} <= {*words}


def test_page_of_an_envelope_defines_its_terms(envelope, tmp_path):
    page = report(envelope, out=tmp_path / "report").read_text("utf-8")
    assert "In words: it holds" in page
    assert "<dt>time in band" in page
    assert "<dt>baseline" not in page, "no strategy is compared with one"


def test_points_of_an_envelope_are_compared_on_request(envelope):
    data = read_study_data(envelope, {"by": "control_center.kp"})
    assert data.comparison is not None
    assert data.search_figure.name == "envelope"
    assert data.commands[0].startswith("equipoise envelope")


def test_sensitivity_has_its_own_answer(tmp_path):
    result = equipoise.sensitivity(
        *SEARCH, on="mean_satisfaction", samples=4, out=tmp_path / "s", executor="serial"
    )
    data = read_study_data(result.sweep.folder, {})
    most, least = result.effects[0], result.effects[-1]
    assert f"{most.size:.2f} (".replace("-", "−") in data.search_answer[0]
    assert ("has the largest" in data.search_answer[0]) == (most.low > least.high)
    rank = "has the smallest" if most.low > least.high else "comes last"
    assert data.search_answer[1].startswith(f"Of 2 settings, {least.setting} {rank}")
    assert data.search_figure.name == "sensitivity"
    assert "--on mean_satisfaction --method sobol --samples 4" in data.commands[0]
