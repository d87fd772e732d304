"""Diagnosis: which department the evidence accuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm import check_fixtures
from equipoise.firm.control import diagnosis

MATRIX = check_fixtures.build_plant().matrix
SIGNS = diagnosis.signatures(MATRIX)


@pytest.mark.parametrize("where", range(5))
def test_one_sick_department_is_found(where):
    usual = np.array([0.4, 0.1, 0.3, 0.2])
    fault = MATRIX[:, where] - MATRIX[:, where].mean()
    evidence = diagnosis.Evidence(1e5 * (usual + 0.2 * fault), 1e5 * usual)
    np.testing.assert_allclose(diagnosis.focus(evidence, SIGNS, 2.0), np.eye(5)[where], atol=1e-9)


def test_two_sick_departments_are_both_found():
    usual = np.full(4, 0.25)
    both = 0.1 * SIGNS[:, 3] + 0.08 * SIGNS[:, 4]
    where = diagnosis.focus(diagnosis.Evidence(1e5 * (usual + both), 1e5 * usual), SIGNS, 2.0)
    assert where[3] > where[4] > 0.2
    assert where[[0, 1, 2]].sum() < 0.2


def test_chance_is_not_diagnosed():
    evidence = diagnosis.Evidence(np.array([6.0, 5.0, 4.0, 5.0]), np.full(4, 100.0))
    assert not diagnosis.focus(evidence, SIGNS, 2.0).any()
    assert diagnosis.focus(evidence, SIGNS, 0.0).any()


def test_the_usual_is_learned_in_calm_only():
    trouble = np.array([9.0, 0.0, 0.0, 0.0])
    calm = diagnosis.gather(diagnosis.NO_EVIDENCE, trouble, (0.5, 0.9), calm=True)
    storm = diagnosis.gather(diagnosis.NO_EVIDENCE, trouble, (0.5, 0.9), calm=False)
    assert calm.usual[0] == pytest.approx(0.9 * 5 + 9)
    np.testing.assert_array_equal(storm.usual, diagnosis.NO_EVIDENCE.usual)
    np.testing.assert_array_equal(storm.recent, trouble)


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=8), st.floats(0, 5))
def test_focus_is_shares_or_nothing(counts, certainty):
    evidence = diagnosis.Evidence(np.array(counts[:4]), np.array(counts[4:]))
    where = diagnosis.focus(evidence, SIGNS, certainty)
    assert (where >= 0).all()
    assert where.sum() == pytest.approx(1, abs=1e-9) or not where.any()


def test_a_department_that_matters_evenly_leaves_no_signature():
    signs = diagnosis.signatures(np.full((4, 2), 0.5))
    assert not signs.any()
