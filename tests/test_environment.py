"""What strikes, when, and that no policy moves it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.environment import strikes
from equipoise.errors import EquipoiseError
from equipoise.firm.departments import Departments
from equipoise.settings import DEPARTMENTS, Settings

PRODUCT = DEPARTMENTS.index("product")


def settings(environment=None, **more):
    return Settings.model_validate({"burn_in": 10, "horizon": 100, "environment": environment or {}} | more)


def one(**disturbance):
    return {"failure_rate": 0.0, "disturbances": {"it": disturbance}}


def test_calm_has_everyday_failures_and_nothing_else():
    calm = strikes(settings({"failure_rate": 0.02}))
    assert calm.struck == ()
    assert not calm.eventful.any()
    np.testing.assert_allclose(calm.failures.sum(axis=1), 0.02)
    assert calm.failures.shape == (110, 5)


def test_a_lasting_fault_strikes_once_counted_from_the_first_scored_day():
    laid = strikes(settings(one(kind="fault", department="product", start=60, size=0.35)))
    expected = np.zeros((110, 5))
    expected[70, PRODUCT] = 0.35
    np.testing.assert_array_equal(laid.faults, expected)
    assert not laid.passing.any()
    assert laid.struck == (("it", "fault", "product", 70, -1, 0.35),)
    assert list(np.flatnonzero(laid.eventful)) == [70]


def test_a_passing_fault_ends_by_itself_and_takes_back_only_what_repair_left():
    laid = strikes(settings(one(kind="fault", department="product", start=20, days=15, size=0.35)))
    assert list(np.flatnonzero(laid.eventful)) == [30, 45]
    firm = Departments(settings().firm, 1000)
    seen = []
    for day in range(110):
        firm.strike(laid, day)
        seen.append(firm.faults[PRODUCT])
    np.testing.assert_array_equal(np.flatnonzero(seen), np.arange(30, 45))
    assert seen[40] == 0.35
    assert laid.struck[0].end == 45


def test_a_burst_of_failures_lasts_its_days():
    laid = strikes(settings(one(kind="failures", department="product", start=5, days=3, size=0.2)))
    assert list(np.flatnonzero(laid.failures[:, PRODUCT])) == [15, 16, 17]
    assert not laid.eventful.any()
    single = strikes(settings(one(kind="failures", department="product", start=5, size=0.2)))
    assert list(np.flatnonzero(single.failures[:, PRODUCT])) == [15]


def test_chances_never_exceed_one():
    both = {name: {"kind": "failures", "department": "sales", "start": 1, "size": 0.8} for name in ("a", "b")}
    assert strikes(settings({"disturbances": both})).failures.max() == 1.0


def test_what_comes_after_the_end_does_not_strike():
    laid = strikes(settings(one(start=100)))
    assert laid.struck == ()
    assert not laid.faults.any()


def test_no_days_no_strikes():
    laid = strikes(settings(one(start=0), burn_in=0, horizon=0))
    assert laid.faults.shape == (0, 5)
    assert laid.struck == ()


@pytest.mark.parametrize("kind", ["fault", "failures"])
def test_size_zero_changes_nothing(kind):
    calm, zero = strikes(settings()), strikes(settings({"disturbances": {"it": {"kind": kind, "size": 0.0}}}))
    for field in ("faults", "passing", "failures", "eventful"):
        np.testing.assert_array_equal(getattr(calm, field), getattr(zero, field))
    assert zero.struck == ()
    assert strikes(settings({"fault_rate": 0.5, "fault_size": 0.0})).struck == ()


def same(a, b):
    return a.struck == b.struck and np.array_equal(a.faults, b.faults) and np.array_equal(a.failures, b.failures)


def test_no_policy_moves_what_strikes():
    world = {"fault_rate": 0.05, "fault_size": 0.2}
    plain = strikes(settings(world, seed=3))
    policy = {
        "receptor": {"kind": "mentions"},
        "control_center": {"kind": "pid"},
        "effector": {"repair": {"kind": "repair", "follow_through": 0.5}},
        "strategy": {"name": "x"},
    }
    assert len(plain.struck) > 5
    assert same(plain, strikes(settings(world, seed=3, **policy)))
    assert not same(plain, strikes(settings(world, seed=4)))


def test_burn_in_and_further_departments_do_not_move_chance():
    world = {"fault_rate": 0.05}
    plain = strikes(settings(world))
    longer = strikes(settings(world, burn_in=30))
    assert [each.start + 20 for each in plain.struck] == [each.start for each in longer.struck]
    more = {"legal": {"capability": 0.7}} | {
        name: each.model_dump() for name, each in settings().firm.departments.items()
    }
    joined = strikes(settings(world, firm={"departments": more}))
    assert [each for each in joined.struck if each.department != "legal"] == list(plain.struck)


@given(mean=st.floats(0.01, 1.0), seed=st.integers(0, 2**62))
def test_random_sizes_have_their_mean_and_stay_within_bounds(mean, seed):
    laid = strikes(settings({"fault_rate": 1.0, "fault_size": mean}, seed=seed))
    sizes = np.array([each.size for each in laid.struck])
    assert len(sizes) == 500
    assert sizes.min() >= 0
    assert sizes.max() <= 1
    spread = min(mean, 1 - mean) / np.sqrt(3 * len(sizes))
    assert abs(sizes.mean() - mean) <= 6 * spread + 1e-12


def test_random_faults_come_at_their_rate():
    laid = strikes(settings({"fault_rate": 0.1}, horizon=2000))
    assert abs(len(laid.struck) - 1000) < 4 * np.sqrt(900)
    sizes = np.array([each.size for each in laid.struck])
    assert abs(sizes.mean() - 0.25) < 4 * 0.25 / np.sqrt(3 * len(sizes))


def test_unknown_departments_are_all_named_with_the_nearest_spelling():
    wrong = {"a": {"department": "prodct"}, "b": {"department": "servise"}}
    with pytest.raises(EquipoiseError, match="Did you mean 'product'") as caught:
        strikes(settings({"disturbances": wrong}))
    assert len(caught.value.problems) == 2
    assert "environment.disturbances.b.department 'servise' is not known. Did you mean 'service'?" in str(caught.value)


def test_strikes_are_read_only():
    laid = strikes(settings())
    for field in ("faults", "passing", "failures", "eventful"):
        assert not getattr(laid, field).flags.writeable
