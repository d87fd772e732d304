"""Delete: the share of negative posts deleted, and the values it expresses."""

import numpy as np
import pytest

from equipoise.firm.check_fixtures import run_effector
from equipoise.firm.effectors.delete import Delete
from equipoise.firm.effectors.moderate import Moderate
from equipoise.firm.interfaces import Touch


@pytest.mark.parametrize(("effort", "share"), [(0.5, 0.3), (1.0, 0.6), (3.0, 0.6)])
def test_share_deleted_is_proportional_to_effort_up_to_full_effort(effort, share):
    (deed,) = run_effector(Delete(share=0.6), [effort])
    assert deed.touch == pytest.approx(Touch(delete=share))


def test_deleting_and_moderating_express_opposed_values():
    assert np.dot(Delete().values, Moderate().values) < 0


def test_deleting_leaves_no_bonds():
    assert Delete().bond_brand == 0
    assert Delete().bond_consumers == 0
