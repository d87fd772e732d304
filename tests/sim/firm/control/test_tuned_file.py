"""Control centers from tuning studies, and messages on bad studies."""

import json

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.pid import Pid
from equipoise.firm.control.tuned_file import Tuned
from equipoise.firm.interfaces import Reading

PLANT = check_fixtures.build_plant(("promise",))


def run_control(control, days, plant=PLANT, readings=()):
    """Return the orders of each day, with the same readings every day."""
    state, all_orders = control.init(plant), []
    for day in range(days):
        orders, state = control.step(day, readings, state)
        all_orders.append(orders)
    return all_orders


def make_reading(level=0.5, **more):
    return Reading(0, 0, level, 0.1, np.zeros(4), np.zeros(4), 9, **more)


def test_a_tuned_control_center_decides_as_the_one_in_its_study(tmp_path):
    study = {"kind": "pid", "parameters": {"kp": 3.0, "mix": {"repair": 1.0}}, "score": 0.8}
    for name, text in (("a.json", json.dumps(study)), ("a.yaml", json.dumps(study))):
        (tmp_path / name).write_text(text, "utf-8")
        control = Tuned(path=str(tmp_path / name))
        check(control)
        expected = Pid(kp=3.0, mix={"repair": 1.0})
        assert is_same(
            run_control(control, 5, readings=(make_reading(),)),
            run_control(expected, 5, readings=(make_reading(),)),
        )
    assert is_same(
        run_control(Tuned(), 5, readings=(make_reading(),)),
        run_control(Pid(), 5, readings=(make_reading(),)),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: pidd", "control center kind 'pidd' is not known"),
        (
            "kind: pid\nparameters: {kpp: 1}",
            r"the parameter of pid 'kpp' is not known\. Did you mean 'kp'",
        ),
        (
            "kind: pid\nparameters: {kp: -1}",
            r"kp is -1: input should be greater than or equal to 0",
        ),
        ("kind: pid\nparameters: 3", "parameters is no mapping"),
        ("kind: tuned", "cannot have kind 'tuned'"),
        ("a: b: c", "cannot be read: line 1, mapping values are not allowed"),
        ("kind: pid\nkind: mpc", r"study\.yaml, line 2: 'kind' occurs twice\. Remove one"),
        ("kind: pid\nparameters:\n  kp: 1\n  kp: 2", "line 4: 'kp' occurs twice"),
        ("kind: !!python/name:os.system", "cannot be read: line 1, could not determine"),
        ("- 3", "is no tuning study"),
    ],
)
def test_a_bad_study_is_reported(tmp_path, text, message):
    path = tmp_path / "study.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValidationError, match=message):
        Tuned(path=str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "pid", "kind": "mpc"}', r"study\.json: 'kind' occurs twice\. Remove one"),
        ('{"kind": "pid",\n}', r"study\.json cannot be read: line 2, "),
    ],
)
def test_a_bad_study_in_json_is_reported(tmp_path, text, message):
    path = tmp_path / "study.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValidationError, match=message):
        Tuned(path=str(path))


def test_an_absent_study_is_reported(tmp_path):
    with pytest.raises(ValidationError, match="there is no file"):
        Tuned(path=str(tmp_path / "none.yaml"))


def test_unknown_effectors_of_a_study_are_reported_with_its_path(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("kind: pid\nparameters: {mix: {repiar: 1}}")
    control = Tuned(path=str(path))
    assert control.effector_names == ("repiar",)
    (problem,) = control.find_unknown_names(PLANT.effectors, PLANT.departments)
    assert problem.startswith(f"{path}: control_center.mix 'repiar' is not known.")
    with pytest.raises(EquipoiseError, match="'repiar' is not known"):
        control.init(PLANT)


def test_routine_effort_counts_as_named(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("kind: srt\nparameters: {routine: {repair: 0.2}}")
    assert Tuned(path=str(path)).effector_names == ("repair",)


def test_a_study_that_is_not_text_is_reported(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValidationError, match="is not UTF-8 text"):
        Tuned(path=str(path))
