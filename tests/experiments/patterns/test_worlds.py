"""Measures of single worlds."""

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.patterns.worlds import (
    MeasureRequest,
    check_pattern_measure,
    measure_world,
    observe_worlds,
)
from equipoise.run_record import new_run_record
from equipoise.settings.settings import Settings

DEPARTMENTS = ("product", "service")


@pytest.fixture
def record():
    """A record of 7 days of burn-in and 70 scored days, with zeros everywhere."""
    made_up = new_run_record(0, 7, 70, (), DEPARTMENTS, ())
    made_up.filled[...] = 70
    for column in made_up.log.values():
        column[:] = 0.0
    return made_up


def settings():
    given = Settings()
    departments = {name: given.firm.departments[name] for name in DEPARTMENTS}
    firm = given.firm.model_copy(update={"departments": departments})
    return given.model_copy(update={"firm": firm})


def test_the_share_of_wrong_verdicts_is_of_systemic_ones(record):
    record.log["fault_product"][20:40] = 0.3
    request = MeasureRequest("wrong")
    assert np.isnan(measure_world(request, settings(), record))
    verdicts = [(3, "service"), (25, "product"), (30, "service"), (45, "product"), (50, "product")]
    for day, department in verdicts:
        record.verdicts.append({"day": day, "department": department, "kind": "systemic"})
    record.verdicts.append({"day": 30, "department": "service", "kind": "one-off"})
    assert measure_world(request, settings(), record) == 0.75


def test_detection_is_the_day_on_which_belief_falls(record):
    record.log["believed"][:] = 0.7
    record.log["believed"][7 + 40 :] = 0.6
    # without strikes the usual belief is that of the first 28 days
    assert measure_world(MeasureRequest("detection"), settings(), record) == 40 - 28
    record.log["believed"][:] = 0.7
    assert measure_world(MeasureRequest("detection"), settings(), record) == 63 - 28


def test_the_decision_is_the_day_on_which_the_worst_department_gets_most_attention(record):
    request = MeasureRequest("decision")
    assert measure_world(request, settings(), record) == 63
    record.log["fault_product"][:] = 0.3
    record.log["focus_service"][7:20] = 1.0
    record.log["focus_product"][20:] = 1.0
    assert measure_world(request, settings(), record) == 13
    assert measure_world(MeasureRequest("decision", 10, 20), settings(), record) == 3


@pytest.mark.parametrize(
    "measure", ["talk", "mean satisfaction", "highest rating", "oscillation_amplitude"]
)
def test_known_measures_are_accepted(measure):
    check_pattern_measure(measure)


def test_an_unknown_measure_is_refused_with_the_nearest():
    with pytest.raises(EquipoiseError, match="Did you mean 'detection'"):
        check_pattern_measure("detecton")


def test_an_unknown_column_is_refused_with_the_nearest(record):
    with pytest.raises(EquipoiseError, match="Did you mean 'believed'"):
        measure_world(MeasureRequest("mean believd"), settings(), record)


def test_worlds_are_measured_over_the_requested_days():
    overrides = ("community.size=60", "horizon=20", "burn_in=3")
    measures = ("talk", "in_band", "misjudged", "complaints", "recovery", "mean satisfaction")
    requests = [MeasureRequest(measure, 0, 10) for measure in measures]
    rows = observe_worlds(overrides, (4, 5), requests)
    assert np.shape(rows) == (2, 6)
    assert rows == observe_worlds(overrides, (4, 5), requests)
    assert rows[0] != rows[1]
    assert 0 <= rows[0][5] <= 1
    assert rows[0][4] <= 10
