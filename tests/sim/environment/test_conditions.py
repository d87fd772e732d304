"""Conditions of a day: neutral values, shapes of events, and the fields that each kind changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.environment.conditions import (
    CONDITIONS_DTYPE,
    EVENT_COURSES,
    FRIENDLY_VALENCE,
    HOSTILE_VALENCE,
    ConditionsBuilder,
    PlannedEvent,
    combine_chances,
    neutral_conditions,
    ramp_shape,
    rumour_shape,
    steady_shape,
    storm_shape,
    strength_by_day,
)
from equipoise.settings.settings import Disturbance, Environment

DAYS = 60
CHANCES = st.floats(0, 1)


def build(kind: str, *, start: int = 10, days: int = 0, size: float = 0.3, **environment):
    """Return conditions with one event, their marks, and the event's end."""
    builder = ConditionsBuilder.create(Environment(**environment), DAYS)
    end = builder.add(PlannedEvent("it", kind, "", start, days, size))
    table, unusual = builder.build()
    return table, unusual, end


def test_neutral_conditions_change_nothing():
    table = neutral_conditions(3)
    assert table.shape == (3,)
    factors = {name for name in CONDITIONS_DTYPE.names if (table[name] == 1).all()}
    assert factors == {"demand", "push", "reach"}


def test_conditions_without_an_event_are_usual():
    builder = ConditionsBuilder.create(Environment(outside_weight=2.0), DAYS)
    table, unusual = builder.build()
    assert not unusual.any()
    assert (table["outside_weight"] == 2.0).all()
    assert (table["outside_valence"] == 0.5).all()


@given(CHANCES, CHANCES)
def test_combined_chances_are_those_of_independent_events(a, b):
    combined = combine_chances(a, b)
    assert combined == pytest.approx(1 - (1 - a) * (1 - b))
    assert max(a, b) - 1e-12 <= combined <= 1 + 1e-12


@pytest.mark.parametrize("shape", [steady_shape, storm_shape, rumour_shape, ramp_shape])
@pytest.mark.parametrize("n", [1, 2, 7, 21, 364])
def test_the_strongest_day_of_a_shape_is_one(shape, n):
    values = shape(n)
    assert values.shape == (n,)
    assert values.max() == pytest.approx(1.0)
    assert (values >= 0).all()


@pytest.mark.parametrize("shape", [steady_shape, storm_shape, rumour_shape, ramp_shape])
def test_a_shape_of_no_days_is_empty(shape):
    assert shape(0).shape == (0,)


def test_a_storm_peaks_after_a_fifth_of_its_days():
    # The middle of day 20 of 100 is at 0.205.
    assert storm_shape(100).argmax() in (19, 20)
    assert storm_shape(7).argmax() == 1


def test_a_ramp_rises_evenly():
    np.testing.assert_allclose(ramp_shape(4), [0.25, 0.5, 0.75, 1.0])


@pytest.mark.parametrize("kind", sorted(EVENT_COURSES))
def test_an_event_never_outlasts_the_run(kind):
    for days_left in (0, 1, 5, 1000):
        strength = strength_by_day(kind, 0, days_left)
        assert len(strength) <= days_left
    assert len(strength_by_day(kind, 4, 3)) <= 3


def test_an_event_that_stays_keeps_its_full_strength():
    strength = strength_by_day("drift", 10, 30)
    assert (strength[9:] == 1.0).all()
    assert (np.diff(strength[:10]) > 0).all()


def test_a_season_is_a_sine_of_its_period():
    strength = strength_by_day("season", 40, 80)
    assert strength[10] == pytest.approx(1.0)
    assert strength[30] == pytest.approx(-1.0)
    np.testing.assert_allclose(strength[:40], strength[40:], atol=1e-12)


CHANGED_FIELDS = {
    "delight": {"outside_reach", "outside_valence", "push"},
    "firestorm": {"outside_reach", "outside_valence"},
    "rumour": {"rumour"},
    "competitor": {"offer", "rivalry"},
    "surge": {"demand"},
    "season": {"demand"},
    "drift": {"drift"},
    "reach": {"reach"},
}


@pytest.mark.parametrize("kind", sorted(EVENT_COURSES))
def test_an_event_changes_its_own_fields_from_its_first_day_on(kind):
    usual, _ = ConditionsBuilder.create(Environment(), DAYS).build()
    table, unusual, end = build(kind)
    changed = {name for name in CONDITIONS_DTYPE.names if (table[name] != usual[name]).any()}
    assert changed == CHANGED_FIELDS[kind]
    assert not unusual[:10].any()
    assert unusual[10:end].any()
    assert not unusual[end:].any()


def test_every_kind_without_a_department_has_a_course():
    kinds = set(Disturbance.model_fields["kind"].annotation.__args__)
    assert set(EVENT_COURSES) == kinds - {"fault", "failures", "turnover"}


def test_sizes_are_reached_on_the_strongest_day():
    assert build("competitor", size=0.2)[0]["offer"].max() == pytest.approx(0.2)
    assert build("surge", size=0.5)[0]["demand"].max() == pytest.approx(1.5)
    assert build("reach", days=20, size=0.4)[0]["reach"].min() == pytest.approx(0.6)
    assert build("delight", size=0.3, fame=5.0)[0]["push"].max() == pytest.approx(1 + 5 * 0.3)


def test_the_valence_from_outside_is_the_mean_of_hostile_and_friendly_posts():
    builder = ConditionsBuilder.create(Environment(), DAYS)
    builder.hostile[3] = builder.friendly[3] = builder.friendly[4] = 0.2
    builder.hostile[5] = 0.2
    table, unusual = builder.build()
    middle = (HOSTILE_VALENCE + FRIENDLY_VALENCE) / 2
    np.testing.assert_allclose(
        table["outside_valence"][3:6], [middle, FRIENDLY_VALENCE, HOSTILE_VALENCE]
    )
    assert table["outside_reach"][3] == pytest.approx(0.36)
    assert unusual.nonzero()[0].tolist() == [3, 4, 5]
