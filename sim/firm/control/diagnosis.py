"""Where does it hurt? From counts of trouble by drive to shares of attention over departments."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import DRIVE_COUNT

PRIOR = 20.0  # reports, evenly over the drives, that stand for the usual before any came in
CAUSES = 3  # most departments blamed at once
WORTH = 0.3  # share of the excess that a further department must explain


class Evidence(NamedTuple):
    """Decaying counts of trouble by drive, shape (4,): of late, and as usual; of late, of causes told (D,) or ()."""

    recent: Floats
    usual: Floats
    causes: Floats = np.zeros(())


NO_EVIDENCE = Evidence(np.zeros(DRIVE_COUNT), np.full(DRIVE_COUNT, PRIOR / DRIVE_COUNT))


def signatures(matrix: Floats) -> Floats:
    """Return how a fault of each department shifts the shares of trouble: (4, D), columns centred, of length 1.

    A fault of department j lowers drive k by matrix[k, j]; a department that matters evenly leaves no
    signature (a column of zeros).
    """
    centred = matrix - matrix.mean(axis=0)
    length = np.sqrt((centred * centred).sum(axis=0))
    return np.where(length > 1e-9, centred / np.maximum(length, 1e-9), 0.0)


def gather(
    evidence: Evidence,
    trouble: Floats,
    keep: tuple[float, float],
    calm: bool,
    causes: Floats | None = None,
) -> Evidence:
    """Add a report of trouble (4,), and causes told (D,), to counts that decay by the factors ``keep``.

    The usual is learned in calm.
    """
    recent = evidence.recent * keep[0] + trouble
    told = (
        evidence.causes
        if causes is None and not evidence.causes.ndim
        else evidence.causes * keep[0]
    )
    told = told if causes is None else told + causes
    return Evidence(recent, evidence.usual * keep[1] + trouble if calm else evidence.usual, told)


def focus(evidence: Evidence, signs: Floats, certainty: float) -> Floats:
    """Return shares of attention over departments (D,), sum 1; all 0 when the excess may be chance.

    The excess is the recent share of trouble by drive less the usual one; it must exceed ``certainty``
    standard errors sqrt(p (1 - p) / n) in some drive. Non-negative matching pursuit (Mallat & Zhang 1993)
    then blames departments, at most three: the one whose signature fits best, the one that fits the rest, ...
    Causes that people told are believed before all that.
    """
    blame = told(evidence.causes, certainty) if evidence.causes.ndim else np.zeros(signs.shape[1])
    if blame.any():
        return blame
    n = float(evidence.recent.sum())
    total = float(evidence.usual.sum())
    if n <= 0 or total <= 0:
        return blame
    usual = evidence.usual / total
    excess = evidence.recent / n - usual
    if (
        float((excess / np.sqrt(np.maximum(usual * (1 - usual), 1e-6))).max()) * math.sqrt(n)
        < certainty
    ):
        return blame
    return _pursue(excess, signs, blame)


def told(causes: Floats, certainty: float) -> Floats:
    """Return shares of attention over departments (D,) from causes told (D,): each excess over an even share.

    Of n causes over D departments, one must exceed n / D by ``certainty`` standard errors; else all 0.
    """
    n, even = float(causes.sum()), 1.0 / max(len(causes), 1)
    excess = np.maximum(causes - n * even, 0.0)
    if n <= 0 or excess.max() <= certainty * math.sqrt(n * even * (1 - even)) or not excess.any():
        return np.zeros(len(causes))
    shares: Floats = excess / excess.sum()
    return shares


def _pursue(excess: Floats, signs: Floats, blame: Floats) -> Floats:
    enough = WORTH * math.sqrt(float(excess @ excess))
    for _ in range(CAUSES):
        fit = excess @ signs
        best = int(fit.argmax())
        if fit[best] <= enough:
            break
        blame[best] += fit[best]
        excess = excess - fit[best] * signs[:, best]
    total = blame.sum()
    return blame / total if total > 0 else blame
