"""Bonds left by deeds: with the brand and between consumers, and the values that deeds express."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import VALUE_COUNT, Deed, Effector


class Bonds(NamedTuple):
    """Effects of a day's deeds on relations, weighted by effort.

    Attributes:
        brand: strength that ties people to the brand, 0..1.
        consumers: strength that ties people to each other, 0..1.
        expressed: values expressed (10,).
    """

    brand: float
    consumers: float
    expressed: Floats


NO_BONDS = Bonds(0.0, 0.0, np.zeros(VALUE_COUNT))
NO_BONDS.expressed.setflags(write=False)


def sum_bonds(effectors: Iterable[Effector], deeds: Iterable[Deed]) -> Bonds:
    """Return the bonds of a day's deeds; effectors stand in the order of their deeds."""
    brand = 0.0
    consumers = 0.0
    expressed = []
    # On the first morning there are no deeds yet.
    for effector, deed in zip(effectors, deeds, strict=False):
        if deed.effort > 0:
            brand += effector.bond_brand * deed.effort
            consumers += effector.bond_consumers * deed.effort
            expressed.append(np.multiply(effector.values, deed.effort))
    if not expressed:
        return NO_BONDS
    return Bonds(min(brand, 1.0), min(consumers, 1.0), np.sum(expressed, axis=0))
