"""Bonds: weighted by the effort carried out, and limited to 1."""

from dataclasses import replace

import numpy as np
import pytest

from equipoise.firm.effectors.bonds import NO_BONDS, sum_bonds
from equipoise.firm.effectors.moderate import Moderate
from equipoise.firm.effectors.repair import Repair
from equipoise.firm.interfaces import NO_DEED, VALUE_COUNT, Deed, value_profile


def test_bonds_are_weighted_by_effort():
    moderate, repair = Moderate(bond_brand=0.2, bond_consumers=0.6), Repair(bond_brand=0.1)
    deeds = Deed(effort=0.5), replace(NO_DEED, effort=1.0)
    bonds = sum_bonds((moderate, repair), deeds)
    assert bonds.brand == pytest.approx(0.2)
    assert bonds.consumers == pytest.approx(0.3)
    expected = 0.5 * np.array(moderate.values) + repair.values
    np.testing.assert_allclose(bonds.expressed, expected)


def test_no_deeds_leave_no_bonds():
    assert sum_bonds((Repair(), Moderate()), (NO_DEED, NO_DEED)) is NO_BONDS
    assert sum_bonds((), ()) is NO_BONDS
    assert not NO_BONDS.expressed.any()


def test_bonds_are_limited_to_one():
    effectors = [Moderate(bond_brand=1, bond_consumers=0.8)] * 3
    bonds = sum_bonds(effectors, [Deed(effort=1.0)] * 3)
    assert (bonds.brand, bonds.consumers) == (1.0, 1.0)


def test_expressed_values_are_given_by_name():
    profile = value_profile(self_direction=0.3, universalism=-0.2).default
    assert len(profile) == VALUE_COUNT
    assert (profile[0], profile[-1]) == (0.3, -0.2)
    assert sum(map(bool, profile)) == 2


def test_an_unknown_value_is_refused():
    with pytest.raises(TypeError, match=r"freedom is no value\. Allowed: self_direction"):
        value_profile(freedom=1.0)
