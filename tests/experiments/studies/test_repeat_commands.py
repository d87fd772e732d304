"""The commands in a report repeat its study, to the point and to the column."""

import shlex
from pathlib import Path

import pytest

import equipoise
from equipoise.experiments.cli import sweep as sweep_module
from equipoise.experiments.cli.main import main
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.storage.manifest import build_manifest
from equipoise.experiments.studies.repeat_commands import (
    build_points_file,
    config_dir_options,
    format_folder,
    format_report_command,
    format_sweep_commands,
)
from equipoise.experiments.studies.report_data import read_study_data

SMALL = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7")
WORDS = ("strategy=do_nothing,pid_survey", "environment=recall", "replicates=6", *SMALL)
LISTED = (
    {"strategy": "pid_survey", "environment": "recall", "control_center.kp": 2},
    {"strategy": "oracle", "environment": "calm", "control_center.kp": 9.5},
)
SOBOL = ("firm.set_point=interval(0.6,0.8)", "strategy=oracle", *SMALL)
LHS = (
    "community.people.voice_mean=tag(log,interval(0.01,0.1))",
    "firm.band=interval(0.02,0.0312345678)",
)
ZIPPED = ("firm.set_point=0.6,0.7", "firm.band=0.02,0.03", *SMALL)
EFFECTORS = ("effector=[repair],[repair,respond]", "control_center=pid", *SMALL)


def sweep_commands(request, worlds=None):
    """Return the plan of a request, its manifest, and the commands that repeat it."""
    plan = plan_study(request)
    manifest = build_manifest(plan)
    if worlds:
        manifest["worlds"] = worlds
    runs = [validate_settings(unpack_json(point.settings)) for point in plan.points]
    paths = [*plan.points[0].labels]
    return plan, manifest, list(format_sweep_commands(manifest, Path("small"), paths, runs))


@pytest.fixture
def planned(monkeypatch):
    """Return the list of what `equipoise sweep` plans, in place of running it."""
    plans = []
    monkeypatch.setattr(
        sweep_module, "_run_study", lambda plan, folder, *_: plans.append((plan, folder)) or 0
    )
    return plans


@pytest.mark.parametrize(
    "request_",
    [
        StudyRequest(WORDS),
        StudyRequest(SOBOL, design="sobol", samples=2, seed=4),
        StudyRequest(LHS, design="lhs", samples=4),
        StudyRequest(ZIPPED, zipped=(("firm.set_point", "firm.band"),)),
        StudyRequest(EFFECTORS, columns=("satisfaction",)),
        StudyRequest(SMALL, points=LISTED, columns=("none",)),
        StudyRequest(("firm.band=0.02,0.03", *SMALL), points=LISTED),
    ],
)
def test_command_repeats_the_study(request_, planned, tmp_path, monkeypatch):
    plan, manifest, (command,) = sweep_commands(request_)
    monkeypatch.chdir(tmp_path)
    for name, text in build_points_file(manifest).items():
        Path(name).write_text(text)
    with pytest.raises(SystemExit):
        main(shlex.split(command)[1:])
    ((again, folder),) = planned
    assert folder == Path("small")
    assert len(again.points) == len(plan.points)
    assert {point.identity for point in again.points} == {point.identity for point in plan.points}
    assert {*again.columns} == {*plan.columns}


FEW = {"replicates": 5, "stop": None}
MORE = {"replicates": 9, "stop": None}
UNTIL = {"replicates": 5, "stop": StoppingRule("cost", 2, 50)._asdict()}


@pytest.mark.parametrize(
    ("worlds", "endings"),
    [
        ([FEW, MORE], ["9 --out small"]),
        ([MORE, FEW], ["9 --out small"]),
        (
            [FEW, UNTIL, MORE],
            ["5 --out small", "5 --until cost:2 --cap 50 --out small", "9 --out small"],
        ),
    ],
)
def test_commands_repeat_how_the_study_grew(worlds, endings):
    _, _, commands = sweep_commands(StudyRequest(WORDS), worlds)
    assert [command.partition(" replicates=")[2] for command in commands] == endings


def test_command_names_own_options_which_may_be_moved(tmp_path):
    for place in ("mine", "moved"):
        (tmp_path / place / "environment").mkdir(parents=True)
        (tmp_path / place / "environment" / "gloom.yaml").write_text("name: gloom\n")
    words = ("strategy=do_nothing,oracle", "environment=gloom", "replicates=1", "horizon=7")
    words += ("community.size=30", "network.count=3", "burn_in=0")
    out = tmp_path / "s"
    folders = [tmp_path / "mine"]
    equipoise.sweep(*words, out=out, config_dirs=folders, executor="serial")
    command = read_study_data(out, {}).commands[0]
    assert f"--config-dir {tmp_path / 'mine'} --out s" in command
    folders = [tmp_path / "moved"]
    again = equipoise.sweep(*words, out=out, config_dirs=folders, executor="serial")
    assert (again.done, again.jobs) == (0, 2)


@pytest.mark.parametrize(
    ("levers", "uncertainties", "request_", "command"),
    [
        (["strategy"], ["community.size"], {}, "equipoise report a"),
        (["strategy"], ["community.size"], {"on": "cost"}, "equipoise report a --on cost"),
        (["community.size"], [], {}, "equipoise report a --by community.size"),
        (["community.size"], [], {"by": "strategy"}, "equipoise report a --by strategy"),
        ([], ["strategy"], {}, "equipoise report a"),
        (
            ["strategy"],
            [],
            {"by": ["strategy", "firm.band"], "margin": {"cost": 50.0, "net": 0.5}},
            "equipoise report a --by strategy,firm.band --margin cost:50,net:0.5",
        ),
    ],
)
def test_report_command_names_levers_of_an_experiment_file(
    levers, uncertainties, request_, command
):
    manifest = {
        "levers": {path: [1, 2] for path in levers},
        "uncertainties": {path: [1, 2] for path in uncertainties},
    }
    assert format_report_command(manifest, Path("a"), request_) == command


def test_listed_points_are_a_table():
    _, manifest, _ = sweep_commands(StudyRequest(SMALL, points=LISTED))
    lines = (
        "strategy,environment,control_center.kp",
        "pid_survey,recall,2",
        "oracle,calm,9.5",
    )
    assert build_points_file(manifest) == {"points.csv": "\n".join(lines) + "\n"}
    _, manifest, _ = sweep_commands(StudyRequest(WORDS))
    assert build_points_file(manifest) == {}


@pytest.mark.parametrize(
    ("folder", "name"),
    [("studies/a", "studies/a"), ("/srv/studies/a", "a"), ("../studies/a", "a"), ("a", "a")],
)
def test_folder_is_named_without_places_of_this_machine(folder, name):
    assert format_folder(Path(folder)) == name


def test_each_folder_of_options_has_its_option():
    assert [*config_dir_options(["a", "b"])] == ["--config-dir", "a", "--config-dir", "b"]
    assert [*config_dir_options([])] == []
