"""Disturbances: their days and sizes, and their independence of the policy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from equipoise.environment.conditions import CONDITIONS_DTYPE, FRIENDLY_VALENCE, HOSTILE_VALENCE
from equipoise.environment.disturbances import schedule_disturbances
from equipoise.firm.organisation.departments import Departments
from equipoise.settings.settings import DEPARTMENTS, Settings

PRODUCT = DEPARTMENTS.index("product")


def settings(environment=None, **more):
    return Settings.model_validate(
        {"burn_in": 10, "horizon": 100, "environment": environment or {}} | more
    )


def one(**disturbance):
    return {"failure_rate": 0.0, "disturbances": {"it": disturbance}}


def test_calm_has_everyday_failures_and_nothing_else():
    calm = schedule_disturbances(settings({"failure_rate": 0.02}))
    assert calm.strikes == ()
    assert not calm.eventful.any()
    np.testing.assert_allclose(calm.failures.sum(axis=1), 0.02)
    assert calm.failures.shape == (110, 5)


def test_a_lasting_fault_strikes_once_counted_from_the_first_scored_day():
    schedule = schedule_disturbances(
        settings(one(kind="fault", department="product", start=60, size=0.35))
    )
    expected = np.zeros((110, 5))
    expected[70, PRODUCT] = 0.35
    np.testing.assert_array_equal(schedule.faults, expected)
    assert not schedule.passing.any()
    assert schedule.strikes == (("it", "fault", "product", 70, -1, 0.35),)
    assert list(np.flatnonzero(schedule.eventful)) == [70]


def test_a_passing_fault_ends_by_itself_and_takes_back_only_what_repair_left():
    schedule = schedule_disturbances(
        settings(one(kind="fault", department="product", start=20, days=15, size=0.35))
    )
    assert list(np.flatnonzero(schedule.eventful)) == [30, 45]
    firm = Departments(settings().firm, 1000)
    seen = []
    for day in range(110):
        firm.start_day(schedule, day)
        seen.append(firm.faults[PRODUCT])
    np.testing.assert_array_equal(np.flatnonzero(seen), np.arange(30, 45))
    assert seen[40] == 0.35
    assert schedule.strikes[0].end == 45


def test_a_burst_of_failures_lasts_its_days():
    schedule = schedule_disturbances(
        settings(one(kind="failures", department="product", start=5, days=3, size=0.2))
    )
    assert list(np.flatnonzero(schedule.failures[:, PRODUCT])) == [15, 16, 17]
    assert not schedule.eventful.any()
    single = schedule_disturbances(
        settings(one(kind="failures", department="product", start=5, size=0.2))
    )
    assert list(np.flatnonzero(single.failures[:, PRODUCT])) == [15]


def test_chances_never_exceed_one():
    both = {
        name: {"kind": "failures", "department": "sales", "start": 1, "size": 0.8}
        for name in ("a", "b")
    }
    assert schedule_disturbances(settings({"disturbances": both})).failures.max() == 1.0


def test_an_event_after_the_end_does_not_strike():
    schedule = schedule_disturbances(settings(one(start=100)))
    assert schedule.strikes == ()
    assert not schedule.faults.any()


def test_a_run_without_days_has_no_strikes():
    schedule = schedule_disturbances(settings(one(start=0), burn_in=0, horizon=0))
    assert schedule.faults.shape == (0, 5)
    assert schedule.strikes == ()


@pytest.mark.parametrize("kind", ["fault", "failures"])
def test_size_zero_changes_nothing(kind):
    calm, zero = (
        schedule_disturbances(settings()),
        schedule_disturbances(settings({"disturbances": {"it": {"kind": kind, "size": 0.0}}})),
    )
    for field in ("faults", "passing", "failures", "eventful"):
        np.testing.assert_array_equal(getattr(calm, field), getattr(zero, field))
    assert zero.strikes == ()
    assert schedule_disturbances(settings({"fault_rate": 0.5, "fault_size": 0.0})).strikes == ()


def same(a, b):
    return (
        a.strikes == b.strikes
        and np.array_equal(a.faults, b.faults)
        and np.array_equal(a.failures, b.failures)
    )


def test_the_policy_does_not_change_disturbances():
    world = {"fault_rate": 0.05, "fault_size": 0.2}
    plain = schedule_disturbances(settings(world, seed=3))
    policy = {
        "receptor": {"kind": "mentions"},
        "control_center": {"kind": "pid"},
        "effector": {"repair": {"kind": "repair", "follow_through": 0.5}},
        "strategy": {"name": "x"},
    }
    assert len(plain.strikes) > 5
    assert same(plain, schedule_disturbances(settings(world, seed=3, **policy)))
    assert not same(plain, schedule_disturbances(settings(world, seed=4)))


def test_burn_in_and_further_departments_leave_random_events():
    world = {"fault_rate": 0.05}
    plain = schedule_disturbances(settings(world))
    longer = schedule_disturbances(settings(world, burn_in=30))
    assert [strike.start + 20 for strike in plain.strikes] == [
        strike.start for strike in longer.strikes
    ]
    more = {"legal": {"capability": 0.7}} | {
        name: department.model_dump() for name, department in settings().firm.departments.items()
    }
    joined = schedule_disturbances(settings(world, firm={"departments": more}))
    assert [strike for strike in joined.strikes if strike.department != "legal"] == list(
        plain.strikes
    )


@given(mean=st.floats(0.01, 1.0), seed=st.integers(0, 2**62))
def test_random_sizes_have_their_mean_and_stay_within_bounds(mean, seed):
    schedule = schedule_disturbances(settings({"fault_rate": 1.0, "fault_size": mean}, seed=seed))
    sizes = np.array([strike.size for strike in schedule.strikes])
    assert len(sizes) == 500
    assert sizes.min() >= 0
    assert sizes.max() <= 1
    spread = min(mean, 1 - mean) / np.sqrt(3 * len(sizes))
    assert abs(sizes.mean() - mean) <= 6 * spread + 1e-12


def test_random_faults_come_at_their_rate():
    schedule = schedule_disturbances(settings({"fault_rate": 0.1}, horizon=2000))
    assert abs(len(schedule.strikes) - 1000) < 4 * np.sqrt(900)
    sizes = np.array([strike.size for strike in schedule.strikes])
    assert abs(sizes.mean() - 0.25) < 4 * 0.25 / np.sqrt(3 * len(sizes))


def test_unknown_departments_are_all_named_with_the_nearest_spelling():
    wrong = {"a": {"department": "prodct"}, "b": {"department": "servise"}}
    with pytest.raises(ValidationError, match="Did you mean 'product'") as caught:
        settings({"disturbances": wrong})
    assert (
        "environment.disturbances.b.department 'servise' is not known. Did you mean 'service'?"
        in str(caught.value)
    )


def test_strikes_are_read_only():
    schedule = schedule_disturbances(settings())
    for field in ("faults", "passing", "failures", "eventful"):
        assert not getattr(schedule, field).flags.writeable


# daily conditions

OUTSIDE = ("rumour", "firestorm", "competitor", "surge", "delight", "season", "drift", "reach")
KINDS = ("fault", "failures", "turnover", *OUTSIDE)
NEUTRAL = {
    "outside_reach": 0,
    "outside_weight": 1,
    "outside_valence": 0.5,
    "rumour": 0,
    "demand": 1,
    "push": 1,
}
NEUTRAL |= {"reach": 1, "offer": 0, "rivalry": 0, "drift": 0}


def schedule_one(kind, world=None, **more):
    disturbances = {"it": {"kind": kind, "start": 20} | more}
    return schedule_disturbances(
        settings({"failure_rate": 0.0, "disturbances": disturbances} | (world or {}), horizon=500)
    )


def moved(schedule):
    """Return the fields of the conditions that differ from neutral ones on some day."""
    return {
        name for name, neutral in NEUTRAL.items() if (schedule.conditions[name] != neutral).any()
    }


MOVES = {
    "rumour": {"rumour"},
    "firestorm": {"outside_reach", "outside_valence"},
    "delight": {"outside_reach", "outside_valence", "push"},
    "competitor": {"offer", "rivalry"},
    "surge": {"demand"},
    "season": {"demand"},
    "drift": {"drift"},
    "reach": {"reach"},
}


def test_calm_conditions_are_neutral():
    calm = schedule_disturbances(settings())
    assert calm.conditions.shape == (110,)
    assert calm.conditions.dtype == CONDITIONS_DTYPE
    assert set(NEUTRAL) == set(CONDITIONS_DTYPE.names)
    assert moved(calm) == set()
    assert not calm.is_unusual.any()
    assert not calm.leaving.any()
    assert calm.notes == ()


@pytest.mark.parametrize("kind", OUTSIDE)
def test_each_kind_changes_its_own_fields_from_its_start(kind):
    schedule = schedule_one(kind, size=0.3)
    assert moved(schedule) == MOVES[kind]
    assert not schedule.is_unusual[:30].any()
    assert schedule.is_unusual[32]
    assert not schedule.eventful.any()
    assert not schedule.failures.any()
    assert [(strike.kind, strike.department, strike.start) for strike in schedule.strikes] == [
        (kind, "", 30)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_size_zero_of_any_kind_changes_no_condition(kind, rate):
    calm, zero = schedule_one(kind, size=0.0, start=501), schedule_one(kind, size=0.0, rate=rate)
    assert same(calm, zero)
    assert zero.strikes == ()
    for field in ("conditions", "is_unusual", "leaving", "passing", "eventful"):
        np.testing.assert_array_equal(getattr(calm, field), getattr(zero, field))


@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_size_is_stronger(kind):
    def strength(size):
        schedule = schedule_one(kind, size=size)
        arrays = [schedule.conditions[name] for name in NEUTRAL if name != "outside_valence"]
        ends = [schedule.faults, schedule.failures, schedule.leaving]
        return [np.ptp(array) for array in (*arrays, *ends)]

    weak, strong = strength(0.2), strength(0.4)
    assert all(a <= b for a, b in zip(weak, strong, strict=True))
    assert any(a < b for a, b in zip(weak, strong, strict=True))


def test_a_firestorm_peaks_on_its_second_day_and_is_gone_in_a_week():
    schedule = schedule_one("firestorm", size=0.19)
    reach = schedule.conditions["outside_reach"][30:40]
    assert reach.argmax() == 1
    assert reach[1] == pytest.approx(0.19)
    assert (np.diff(reach[1:8]) < 0).all()
    assert reach[5] < 0.25 * reach[1]
    assert not reach[7:].any()
    assert (schedule.conditions["outside_valence"][30:37] == HOSTILE_VALENCE).all()
    assert schedule.strikes[0].end == 37


def test_the_named_firestorm_is_as_loud_as_the_airline_surge():
    from equipoise.experiments.config.compose import compose

    world = compose("environment=firestorm").environment
    (storm,) = world.disturbances.values()
    assert storm.size == pytest.approx(world.loudness * (2.9 - 1))


def test_a_rumour_spreads_then_dies():
    heard = schedule_one("rumour", size=0.1).conditions["rumour"][30:60]
    top = int(heard.argmax())
    assert 5 <= top <= 8
    assert heard[top] == pytest.approx(0.1)
    assert (np.diff(heard[: top + 1]) > 0).all()
    assert (np.diff(heard[top:21]) < 0).all()
    assert heard[0] < 0.01
    assert heard[20] < 0.001
    assert not heard[21:].any()


def test_a_season_is_a_sine_of_its_period():
    demand = schedule_one("season", days=100, size=0.3, start=0).conditions["demand"]
    np.testing.assert_allclose(demand[10:], 1 + 0.3 * np.sin(2 * np.pi * np.arange(500) / 100))
    assert demand[10:].mean() == pytest.approx(1)
    yearly = schedule_one("season", size=0.3, start=0).conditions["demand"]
    assert yearly[10 + 91] == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("kind", "field", "at", "end"), [("drift", "drift", 0, 0.6), ("reach", "reach", 1, 0.4)]
)
def test_a_slow_change_stays_where_it_ends(kind, field, at, end):
    seen = schedule_one(kind, days=50, size=0.6).conditions[field]
    assert seen[29] == at
    np.testing.assert_allclose(seen[30:80], np.linspace(at, end, 51)[1:])
    np.testing.assert_allclose(seen[80:], end)
    assert schedule_one(kind, size=0.6).conditions[field][30 + 363] == pytest.approx(end)


def test_a_surge_and_a_competitor_are_steps():
    surge = schedule_one("surge", days=20, size=0.5).conditions["demand"]
    assert list(surge[29:51]) == [1] + [1.5] * 20 + [1]
    entry = schedule_one("competitor", size=0.2)
    assert entry.conditions["offer"][30:].min() == entry.conditions["rivalry"][30:].min() == 0.2
    assert entry.strikes[0].end == 510
    assert not schedule_one("competitor", days=7, size=0.2).conditions["offer"][37:].any()


def test_a_viral_delight_brings_friendly_voices_and_fame():
    schedule = schedule_one("delight", {"fame": 10.0}, size=0.3)
    best = int(schedule.conditions["push"].argmax())
    assert schedule.conditions["push"][best] == pytest.approx(4.0)
    assert schedule.conditions["outside_reach"][best] == pytest.approx(0.3)
    np.testing.assert_allclose(schedule.conditions["outside_valence"][30:44], FRIENDLY_VALENCE)
    assert moved(schedule_one("delight", {"fame": 0.0}, size=0.3)) == {
        "outside_reach",
        "outside_valence",
    }


def test_voices_from_outside_have_their_weight():
    schedule = schedule_one("firestorm", {"outside_weight": 2.5})
    assert (schedule.conditions["outside_weight"] == 2.5).all()


def test_turnover_takes_experience_at_once_or_over_days():
    schedule = schedule_one("turnover", department="service", size=0.4)
    assert schedule.leaving[30, DEPARTMENTS.index("service")] == pytest.approx(0.4)
    assert np.count_nonzero(schedule.leaving) == 1
    assert list(np.flatnonzero(schedule.eventful)) == [30]
    slow = schedule_one("turnover", department="service", size=0.4, days=8).leaving.sum(axis=1)
    assert np.prod(1 - slow) == pytest.approx(0.6)
    assert np.count_nonzero(slow) == 8


def test_coinciding_events_add_up_within_bounds():
    storm = {"kind": "firestorm", "start": 20, "size": 1.0}
    more = {
        "a": storm,
        "b": storm,
        "c": storm | {"kind": "delight"},
        "d": {"kind": "competitor", "size": 1.0},
    }
    more |= {
        "e": {"kind": "competitor", "size": 1.0},
        "f": {"kind": "turnover", "start": 20, "size": 1.0},
    }
    more |= {
        "g": more["f"],
        "h": {"kind": "rumour", "size": 1.0},
        "i": {"kind": "rumour", "size": 1.0},
    }
    schedule = schedule_disturbances(settings({"disturbances": more}))
    for name in ("outside_reach", "outside_valence", "rumour", "rivalry", "drift"):
        assert schedule.conditions[name].min() >= 0
        assert schedule.conditions[name].max() <= 1
    assert schedule.leaving.max() == 1.0
    assert schedule.conditions["offer"].max() == 2.0
    both = schedule_disturbances(
        settings({"disturbances": {"a": storm, "c": storm | {"kind": "delight", "days": 7}}})
    )
    assert both.conditions["outside_valence"][31] == pytest.approx(0.5)
    assert both.conditions["outside_reach"][31] == pytest.approx(1.0)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(KINDS),
                "start": st.integers(0, 120),
                "days": st.integers(0, 120),
                "size": st.floats(0, 1),
                "rate": st.sampled_from([0.0, 0.03, 1.0]),
            }
        ),
        max_size=4,
    )
)
def test_any_schedule_is_well_formed(given_disturbances):
    schedule = schedule_disturbances(
        settings(
            {
                "disturbances": {
                    str(i): disturbance for i, disturbance in enumerate(given_disturbances)
                }
            }
        )
    )
    for name in CONDITIONS_DTYPE.names:
        assert np.isfinite(schedule.conditions[name]).all()
        assert (schedule.conditions[name] >= 0).all()
    for name in ("outside_reach", "outside_valence", "rumour", "rivalry", "reach", "drift"):
        assert (schedule.conditions[name] <= 1).all()
    for chances in (schedule.failures, schedule.leaving):
        assert ((chances >= 0) & (chances <= 1)).all()
    for strike in schedule.strikes:
        assert 10 <= strike.start < 110
        assert strike.end > strike.start or (strike.end == -1 and strike.kind == "fault")
        assert (strike.department != "") == (strike.kind in ("fault", "failures", "turnover"))
    differs = np.zeros(110, bool)
    for name, neutral in NEUTRAL.items():
        differs |= (schedule.conditions[name] != neutral) & (name != "outside_valence")
    np.testing.assert_array_equal(schedule.is_unusual, differs)


# by chance


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_recur_at_random(kind):
    schedule = schedule_one(kind, size=0.3, rate=0.1, start=100)
    assert 20 <= len(schedule.strikes) <= 65
    assert not schedule_one(kind, size=0.3, rate=1e-9).strikes
    assert min(strike.start for strike in schedule.strikes) >= 110
    sizes = [strike.size for strike in schedule.strikes]
    assert len(set(sizes)) == len(sizes)
    assert 0.2 < np.mean(sizes) < 0.4
    assert {strike.name for strike in schedule.strikes} == {"it"}
    assert schedule.strikes == schedule_one(kind, size=0.3, rate=0.1, start=100).strikes


def test_random_events_depend_on_the_name_alone():
    storms = {"kind": "firestorm", "rate": 0.1, "start": 0, "size": 0.2}
    alone = schedule_disturbances(settings({"disturbances": {"a": storms}}))
    beside = schedule_disturbances(
        settings({"disturbances": {"b": storms, "a": storms}}, burn_in=30)
    )
    mine = [(strike.start - 20, strike.size) for strike in beside.strikes if strike.name == "a"]
    assert [(strike.start, strike.size) for strike in alone.strikes] == mine
    others = [(strike.start - 20, strike.size) for strike in beside.strikes if strike.name == "b"]
    assert mine != others


def test_the_policy_does_not_change_conditions():
    world = {"disturbances": {kind: {"kind": kind, "rate": 0.02, "start": 0} for kind in KINDS}}
    plain = schedule_disturbances(settings(world))
    acted = schedule_disturbances(
        settings(world, effector={"a": {"kind": "connect"}}, control_center={"kind": "pid"})
    )
    np.testing.assert_array_equal(plain.conditions, acted.conditions)
    np.testing.assert_array_equal(plain.leaving, acted.leaving)
    assert plain.strikes == acted.strikes


# every setting and every option matters

SETTINGS = {
    "failure_rate": 0.5,
    "fault_rate": 0.5,
    "fame": 0.0,
    "outside_weight": 0.3,
    "disturbances": {},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_the_environment_changes_the_world(name):
    world = {"fault_rate": 0.01, "disturbances": {"a": {"kind": "delight"}}}
    before, after = (
        schedule_disturbances(settings(world)),
        schedule_disturbances(settings(world | {name: SETTINGS[name]})),
    )
    assert not (same(before, after) and np.array_equal(before.conditions, after.conditions))


def test_every_environment_option_differs():
    from equipoise.experiments.config.compose import compose
    from equipoise.experiments.config.option_files import list_options

    seen = []
    for name in list_options("environment"):
        if name == "replay":
            continue
        chosen = compose(f"environment={name}")
        schedule = schedule_disturbances(chosen)
        assert chosen.environment.name == name
        assert schedule.strikes or name == "calm"
        seen.append(
            [
                schedule.conditions.tobytes(),
                schedule.faults.tobytes(),
                schedule.failures.tobytes(),
                schedule.leaving.tobytes(),
            ]
        )
    assert len({b"".join(fields) for fields in seen}) == len(seen)
    assert {
        disturbance.kind
        for disturbance in compose("environment=everything").environment.disturbances.values()
    } == set(KINDS)
