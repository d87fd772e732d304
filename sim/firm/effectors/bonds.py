"""What deeds leave behind beside what they do: bonds with the brand, bonds between consumers, values expressed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import VALUE_COUNT, Deed, Effector


class Bonds(NamedTuple):
    """What a day's deeds leave: strengths 0..1, and the values they express (10,), each weighted by its effort."""

    brand: float
    consumers: float
    expressed: Floats


NO_BONDS = Bonds(0.0, 0.0, np.zeros(VALUE_COUNT))
NO_BONDS.expressed.setflags(write=False)


def sum_bonds(effectors: Iterable[Effector], deeds: Iterable[Deed]) -> Bonds:
    """Return what a day's deeds leave behind, each by the effort really done; effectors in the order of deeds."""
    done = [
        (each, deed.effort) for each, deed in zip(effectors, deeds, strict=False) if deed.effort > 0
    ]
    if not done:
        return NO_BONDS
    brand = sum(each.bond_brand * effort for each, effort in done)
    consumers = sum(each.bond_consumers * effort for each, effort in done)
    expressed = np.sum([np.multiply(each.values, effort) for each, effort in done], axis=0)
    return Bonds(min(brand, 1.0), min(consumers, 1.0), expressed)
