"""A sweep checks the users' parts once, before its first job."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.identity import code_versions
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import part_check
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.part_check import check_user_parts, find_problems
from equipoise.experiments.execution.sweep_runner import STOPPED_NOTE, run_study
from equipoise.settings.schema import part_kinds

TINY = ("community.size=50", "network.count=5", "horizon=5", "burn_in=0")
PART = """
import numpy as np
from typing import ClassVar
from equipoise.firm.interfaces import ControlCenter, Orders
from equipoise.settings.schema import setting

class Gambler(ControlCenter):
    kind: ClassVar[str] = "gambler"
    act: str = setting("play", "what it does")

    def init(self, plant):
        if self.act == "raise":
            raise RuntimeError("out of order")
        return plant

    def step(self, day, readings, state):
        if self.act == "exit":
            raise SystemExit(7)
        if self.act == "interrupt" and day == 2:
            raise KeyboardInterrupt
        effort = float(np.random.random()) if self.act == "play" else 0.5
        return Orders(efforts=dict.fromkeys(state.effectors, effort)), state
"""


@pytest.fixture
def gambler(tmp_path, monkeypatch):
    """Install a control center that draws from numpy.random; give its folder of options."""
    (tmp_path / "gambler_part.py").write_text(PART)
    info = tmp_path / "gambler-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gambler\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[equipoise.control_centers]\ngambler = gambler_part:Gambler\n"
    )
    options = tmp_path / "options" / "control_center"
    options.mkdir(parents=True)
    (options / "gambler.yaml").write_text("kind: gambler\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(part_check, "_SOUND_CLASSES", set())
    for cached in (part_kinds, code_versions):
        cached.cache_clear()
    yield tmp_path / "options"
    for cached in (part_kinds, code_versions):
        cached.cache_clear()


def plan(options, *words):
    request = StudyRequest(
        ("control_center=gambler", "effector=[repair]", *TINY, *words),
        folders=(options,),
        columns=("none",),
    )
    return plan_study(request)


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_sweep_refuses_a_part_with_own_chance_before_it_starts(gambler, tmp_path, executor):
    study = plan(gambler)
    with pytest.raises(EquipoiseError, match=r"Gambler: the generator of numpy.random is changed"):
        run_study(study, tmp_path / "out", ExecutorSpec(executor, None, ""))
    assert not (tmp_path / "out" / "study.json").exists()


def test_a_sound_part_is_checked_once_with_the_firm_of_its_study(gambler, monkeypatch):
    plants = []
    monkeypatch.setattr(part_check, "check", lambda part, plant: plants.append(plant))
    study = plan(gambler, "control_center.act=rest,wait")
    check_user_parts(study.points, in_process=True)
    (plant,) = plants
    assert plant.effectors == ("repair",)
    check_user_parts(study.points, in_process=True)
    assert len(plants) == 1, "a search of many studies checks a class once"


def test_parts_of_the_house_are_not_checked(monkeypatch):
    monkeypatch.setattr(part_check, "find_problems", None)
    study = plan_study(StudyRequest(("strategy=oracle,planner", *TINY), columns=("none",)))
    check_user_parts(study.points)


@pytest.mark.parametrize("act", ["raise", "exit", "rest"])
def test_errors_of_code_are_left_to_the_jobs(gambler, act):
    study = plan(gambler, f"control_center.act={act},wait")
    assert find_problems([point.settings for point in study.points]) == []


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_part_that_raises_keyboard_interrupt_ends_the_sweep(gambler, tmp_path, executor, capfd):
    study = plan(gambler, "control_center.act=rest,interrupt")
    result = run_study(study, tmp_path / "out", ExecutorSpec(executor, None, ""))
    assert not result.complete
    assert result.notes == [STOPPED_NOTE]
    assert result.failures == []
    assert "Traceback" not in capfd.readouterr().err
