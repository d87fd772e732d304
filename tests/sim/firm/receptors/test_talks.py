"""What people with open cases tell the firm: which department ails them, if one does."""

import numpy as np
import pytest

from equipoise.consumers.state import COMPLAINT
from equipoise.experiments.config.compose import compose
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT
from equipoise.model import World


@pytest.mark.parametrize(
    ("fault", "cause"), [(NEGLIGIBLE_FAULT, -1), (1.01 * NEGLIGIBLE_FAULT, 2), (0.3, 2)]
)
def test_a_department_is_named_only_for_a_fault_that_is_felt(fault, cause):
    world = World(compose("community.size=60", "network.homophily=0", "horizon=7", "burn_in=0"))
    world.people.case[:] = COMPLAINT
    world.departments.lasting_fault[world.departments.names.index("product")] = fault
    told = world._talk(20)
    assert len(told.consumer) == 20
    np.testing.assert_array_equal(told.cause, cause)
