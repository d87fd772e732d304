"""Diagnosis: which department the evidence accuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.firm import check_fixtures
from equipoise.firm.control import diagnosis

MATRIX = check_fixtures.build_plant().matrix
SIGNATURES = diagnosis.fault_signatures(MATRIX)


@pytest.mark.parametrize("where", range(5))
def test_one_sick_department_is_found(where):
    usual = np.array([0.4, 0.1, 0.3, 0.2])
    fault = MATRIX[:, where] - MATRIX[:, where].mean()
    evidence = diagnosis.Evidence(1e5 * (usual + 0.2 * fault), 1e5 * usual)
    np.testing.assert_allclose(
        diagnosis.diagnose(evidence, SIGNATURES, 2.0), np.eye(5)[where], atol=1e-9
    )


def test_two_sick_departments_are_both_found():
    usual = np.full(4, 0.25)
    both = 0.1 * SIGNATURES[:, 3] + 0.08 * SIGNATURES[:, 4]
    where = diagnosis.diagnose(
        diagnosis.Evidence(1e5 * (usual + both), 1e5 * usual), SIGNATURES, 2.0
    )
    assert where[3] > where[4] > 0.2
    assert where[[0, 1, 2]].sum() < 0.2


def test_chance_is_not_diagnosed():
    evidence = diagnosis.Evidence(np.array([6.0, 5.0, 4.0, 5.0]), np.full(4, 100.0))
    assert not diagnosis.diagnose(evidence, SIGNATURES, 2.0).any()
    assert diagnosis.diagnose(evidence, SIGNATURES, 0.0).any()


def test_the_usual_is_learned_in_calm_only():
    trouble = np.array([9.0, 0.0, 0.0, 0.0])
    keep = {"keep_recent": 0.5, "keep_usual": 0.9}
    calm = diagnosis.update_evidence(diagnosis.NO_EVIDENCE, trouble, calm=True, **keep)
    storm = diagnosis.update_evidence(diagnosis.NO_EVIDENCE, trouble, calm=False, **keep)
    assert calm.usual[0] == pytest.approx(0.9 * 5 + 9)
    np.testing.assert_array_equal(storm.usual, diagnosis.NO_EVIDENCE.usual)
    np.testing.assert_array_equal(storm.recent, trouble)


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=8), st.floats(0, 5))
def test_focus_is_shares_or_nothing(counts, certainty):
    evidence = diagnosis.Evidence(np.array(counts[:4]), np.array(counts[4:]))
    where = diagnosis.diagnose(evidence, SIGNATURES, certainty)
    assert (where >= 0).all()
    assert where.sum() == pytest.approx(1, abs=1e-9) or not where.any()


def test_a_department_that_matters_evenly_leaves_no_signature():
    signatures = diagnosis.fault_signatures(np.full((4, 2), 0.5))
    assert not signatures.any()


def test_named_causes_are_believed_when_they_exceed_chance():
    def share(*causes):
        return diagnosis.share_of_named_causes(np.array(causes, float), 2.0)

    np.testing.assert_allclose(share(1, 1, 18, 0, 0), [0, 0, 1, 0, 0])
    np.testing.assert_allclose(share(0, 0, 12, 8, 0), [0, 0, 2 / 3, 1 / 3, 0])
    assert not share(4, 5, 4, 4, 3).any()
    assert not diagnosis.share_of_named_causes(np.zeros(5), 0.0).any()


def test_named_causes_decay_and_add_up():
    trouble, causes = np.zeros(4), np.array([0, 0, 4.0, 0, 0])
    kept = {"keep_recent": 0.5, "keep_usual": 1.0, "calm": True}
    evidence = diagnosis.update_evidence(diagnosis.NO_EVIDENCE, trouble, **kept)
    assert evidence.causes is None
    evidence = diagnosis.update_evidence(evidence, trouble, causes=causes, **kept)
    np.testing.assert_array_equal(evidence.causes, causes)
    evidence = diagnosis.update_evidence(evidence, trouble, **kept)
    np.testing.assert_array_equal(evidence.causes, causes / 2)
    evidence = diagnosis.update_evidence(evidence, trouble, causes=causes, **kept)
    np.testing.assert_array_equal(evidence.causes, causes * 1.25)


def test_named_causes_come_before_the_drives():
    sick = 0.2 * (MATRIX[:, 2] - MATRIX[:, 2].mean())
    evidence = diagnosis.Evidence(
        1e4 * (0.25 + sick), np.full(4, 2500.0), np.array([0, 0, 0, 0, 9.0])
    )
    np.testing.assert_array_equal(diagnosis.diagnose(evidence, SIGNATURES, 2.0), [0, 0, 0, 0, 1])
    np.testing.assert_allclose(
        diagnosis.diagnose(evidence._replace(causes=np.zeros(5)), SIGNATURES, 2.0), [0, 0, 1, 0, 0]
    )
