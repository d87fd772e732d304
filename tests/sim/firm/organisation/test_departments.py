"""Departments: the delivery matrix, quality, queues, faults and repair."""

from importlib import resources

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.firm.interfaces import NO_DEED, Deed
from equipoise.firm.organisation.departments import Departments, delivery_matrix
from equipoise.settings.settings import DEPARTMENTS, Department, Firm

AT_PRODUCT = np.eye(5)[2]


def build_departments(**firm):
    return Departments(Firm(**firm), 2000)


# the matrix


def test_rows_of_the_matrix_sum_to_one():
    matrix = delivery_matrix(Firm())
    assert matrix.shape == (4, 5)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)


def test_every_drive_without_a_department_is_reported():
    firm = Firm(departments={"a": Department(delivers=(1, 1, 0, 0))})
    with pytest.raises(EquipoiseError, match="no department delivers the drive 'compr") as caught:
        delivery_matrix(firm)
    assert len(caught.value.problems) == 2


def test_a_firm_without_departments_is_refused():
    with pytest.raises(EquipoiseError, match="no department delivers"):
        delivery_matrix(Firm(departments={}))


def test_negative_weights_are_refused():
    firm = Firm(departments={"a": Department(), "b": Department(delivers=(2, 2, 2, -0.5))})
    with pytest.raises(EquipoiseError, match=r"departments\.b\.delivers has a weight below 0"):
        delivery_matrix(firm)


# quality and queues


def test_quality_is_matrix_times_capability():
    departments = build_departments(
        departments={"a": Department(capability=0.2), "b": Department(capability=0.8)}
    )
    np.testing.assert_allclose(departments.quality(), 0.5)
    departments.apply_deed(Deed(replicate=np.array([0.1, 0.9])))
    np.testing.assert_allclose(departments.quality(), (0.3 + 1.0) / 2)
    departments.lasting_fault = np.array([0.5, 1.0])
    np.testing.assert_allclose(departments.quality(), 0.7 / 2, atol=1e-12)


@pytest.mark.parametrize(("overload", "kept"), [(0.5, 0.5), (0.2, 0.8), (0.0, 1.0), (1.0, 0.0)])
def test_a_queue_of_one_day_costs_the_overload(overload, kept):
    departments = build_departments(overload=overload)
    without_queue = departments.quality()
    departments.queue = departments.capacity.copy()
    np.testing.assert_allclose(departments.quality(), kept * without_queue)


@given(st.lists(st.floats(0, 50), min_size=2, max_size=10), st.floats(0.01, 1))
def test_quality_falls_with_the_queue_and_stays_positive(queued_days, overload):
    departments = build_departments(overload=overload)
    qualities = []
    for days in sorted(queued_days):
        departments.queue = days * departments.capacity
        qualities.append(departments.quality())
    assert (np.diff(qualities, axis=0) <= 1e-12).all()
    assert np.min(qualities) >= 0


def test_without_capacity_only_a_queue_costs_quality():
    departments = build_departments(departments={"a": Department(capacity=0.0)})
    assert (departments.quality() > 0).all()
    departments.process_cases(np.array([1.0]))
    assert departments.queue[0] == 1.0
    assert (departments.quality() < 1e-9).all()


def test_capacity_is_per_thousand_people_and_the_rest_waits():
    departments = build_departments(departments={"a": Department(capacity=30.0)})
    departments.process_cases(np.array([100.0]))
    assert departments.queue[0] == 40.0
    departments.process_cases(np.array([0.0]))
    assert departments.queue[0] == 0.0


# faults, failures and deeds


def test_failures_hurt_the_drives_that_a_department_serves():
    chances = np.array([[0, 0, 0.08, 0.02, 0], [0, 0, 0, 0.02, 0]])
    by_drive = build_departments().failure_chances(chances)
    np.testing.assert_allclose(by_drive.sum(axis=1), [0.1, 0.02])
    assert by_drive[0].argmax() == 0


def test_repair_reduces_lasting_faults_first():
    departments = build_departments(silo=0, detour=0)
    departments.lasting_fault = np.full(5, 0.1)
    departments.passing_fault = np.full(5, 0.1)
    departments.apply_deed(Deed(repair=0.15 * AT_PRODUCT))
    np.testing.assert_allclose(departments.faults, [0.2, 0.2, 0.05, 0.2, 0.2])
    assert departments.lasting_fault[2] == 0


def test_repair_never_makes_a_fault_negative():
    departments = build_departments(silo=0, detour=0)
    departments.lasting_fault = np.full(5, 0.1)
    departments.apply_deed(Deed(repair=np.ones(5)))
    np.testing.assert_array_equal(departments.faults, 0)


@given(st.lists(st.floats(-1, 1), min_size=5, max_size=5))
def test_delight_stays_between_zero_and_one(change):
    departments = build_departments()
    departments.apply_deed(Deed(replicate=np.array(change)))
    np.testing.assert_array_equal(departments.delight, np.clip(change, 0, 1))


def test_no_deed_changes_nothing():
    departments = build_departments()
    quality, promise = departments.quality(), departments.promise
    departments.apply_deed(NO_DEED)
    np.testing.assert_array_equal(departments.quality(), quality)
    assert departments.promise == promise


# options


def test_environments_name_known_departments():
    for path in resources.files("equipoise.configs").joinpath("environment").iterdir():
        environment = yaml.safe_load(path.read_text("utf-8")) or {}
        disturbances = environment.get("disturbances", {}).values()
        names = {disturbance.get("department", "product") for disturbance in disturbances}
        assert names <= set(DEPARTMENTS), path.name
