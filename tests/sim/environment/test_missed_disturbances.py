"""Notes on disturbances that start after the last day of a run."""

import equipoise
from equipoise.environment.disturbances import schedule_disturbances
from equipoise.environment.missed_disturbances import note_missed_disturbances
from equipoise.settings.settings import Settings


def settings(horizon, **disturbances):
    environment = {"name": "mine", "disturbances": disturbances}
    return Settings.model_validate({"horizon": horizon, "environment": environment})


def test_disturbance_on_the_last_day_needs_no_note():
    assert note_missed_disturbances(settings(61, fire={"start": 60})) == ()


def test_disturbance_on_the_day_after_the_last_is_noted():
    (note,) = note_missed_disturbances(settings(60, fire={"start": 60}))
    assert note == (
        "environment mine: the disturbance fire on day 60 lies outside the 60 scored days of the "
        "run (days 0 to 59); it never happens. Raise horizon above 60."
    )


def test_only_the_disturbances_outside_are_named():
    days = {"fire": 10, "flood": 60, "storm": 90}
    disturbances = {name: {"start": day} for name, day in days.items()}
    (note,) = note_missed_disturbances(settings(60, **disturbances))
    assert "flood on day 60 and storm on day 90 lie outside" in note
    assert "Raise horizon above 90." in note
    assert "fire" not in note


def test_disturbance_with_a_rate_is_noted_if_its_first_day_is_outside():
    (note,) = note_missed_disturbances(settings(1, fire={"start": 1, "rate": 0.5}))
    assert "fire on day 1 or later lies outside the single scored day of the run (day 0)" in note
    assert note_missed_disturbances(settings(2, fire={"start": 1, "rate": 0.001})) == ()


def test_disturbance_without_size_needs_no_note():
    assert note_missed_disturbances(settings(60, fire={"start": 60, "size": 0})) == ()


def test_many_disturbances_are_counted():
    disturbances = {f"fire_{number}": {"start": 99} for number in range(8)}
    (note,) = note_missed_disturbances(settings(60, **disturbances))
    assert "fire_4 on day 99 and 3 more lie outside" in note
    assert "fire_5" not in note


def test_note_agrees_with_what_strikes():
    for horizon in (59, 60, 61):
        run = settings(horizon, fire={"start": 60}, flood={"start": 5})
        schedule = schedule_disturbances(run)
        struck = {strike.name for strike in schedule.strikes}
        assert ("fire" in struck) == (schedule.notes == ())
        assert "flood" in struck


def test_run_carries_the_note():
    words = ("environment=recall", "horizon=3", "burn_in=0", "community.size=30", "network.count=3")
    run = equipoise.run(equipoise.compose(*words))
    assert any("product_fault on day 60" in note for note in run.notes)
