"""Diagnosis: shares of attention over departments, from counts of trouble by drive."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import DRIVE_COUNT
from equipoise.portable_math import sum_products

_PRIOR_REPORTS = 20.0  # reports, evenly over the drives, that stand for the usual at the start
_MAX_BLAMED = 3  # departments blamed at once
_MIN_EXPLAINED = 0.3  # share of the excess that a further department must explain
_MIN_LENGTH = 1e-9  # a shorter signature is rounding error of an even department


class Evidence(NamedTuple):
    """Decaying counts of trouble.

    Attributes:
        recent: recent trouble by drive (4,).
        usual: usual trouble by drive (4,).
        causes: recent number of people who name each department (D,); None = not asked yet.
    """

    recent: Floats
    usual: Floats
    causes: Floats | None = None


NO_EVIDENCE = Evidence(np.zeros(DRIVE_COUNT), np.full(DRIVE_COUNT, _PRIOR_REPORTS / DRIVE_COUNT))


def fault_signatures(matrix: Floats) -> Floats:
    """Return the shift in the shares of trouble that a fault of each department causes (4, D).

    A fault of department j lowers the quality of drive k by matrix[k, j]. Columns are centred and
    have length 1; a department that matters evenly to all drives has a column of zeros.
    """
    centred = matrix - matrix.mean(axis=0)
    length = np.sqrt((centred * centred).sum(axis=0))
    return np.where(length > _MIN_LENGTH, centred / np.maximum(length, _MIN_LENGTH), 0.0)


def update_evidence(
    evidence: Evidence,
    trouble: Floats,
    *,
    keep_recent: float,
    keep_usual: float,
    calm: bool,
    causes: Floats | None = None,
) -> Evidence:
    """Return the evidence after one report.

    Args:
        evidence: before the report.
        trouble: trouble by drive in the report (4,).
        keep_recent: factor by which recent counts decay.
        keep_usual: factor by which usual counts decay.
        calm: True = the report counts as usual, too.
        causes: number of people who name each department (D,); None = not asked.
    """
    recent = evidence.recent * keep_recent + trouble
    # trouble during a fault must not become the usual
    usual = evidence.usual
    if calm:
        usual = usual * keep_usual + trouble
    named = evidence.causes
    if named is not None:
        named = named * keep_recent
    if causes is not None:
        named = causes if named is None else named + causes
    return Evidence(recent, usual, named)


def diagnose(evidence: Evidence, signatures: Floats, certainty: float) -> Floats:
    """Return shares of attention over departments (D,) with sum 1; all 0 if nothing is unusual.

    The departments that people name are taken first. If none stands out, the excess of the recent
    over the usual shares of trouble counts: if it exceeds ``certainty`` standard errors
    sqrt(p (1 - p) / n) in some drive, it is attributed to departments.
    """
    nothing = np.zeros(signatures.shape[1])
    if evidence.causes is not None:
        shares = share_of_named_causes(evidence.causes, certainty)
        if shares.any():
            return shares
    # the drives are compared by shares, because the number of reports varies with their source
    recent_total = float(evidence.recent.sum())
    usual_total = float(evidence.usual.sum())
    if recent_total <= 0 or usual_total <= 0:
        return nothing
    usual = evidence.usual / usual_total
    excess = evidence.recent / recent_total - usual
    deviations = excess / np.sqrt(np.maximum(usual * (1 - usual), 1e-6))
    if float(deviations.max()) * math.sqrt(recent_total) < certainty:
        return nothing
    return _attribute_excess(excess, signatures)


def share_of_named_causes(causes: Floats, certainty: float) -> Floats:
    """Return shares of attention (D,) from the number of people who name each department (D,).

    A share is proportional to the excess over an even share. One of n named causes over D
    departments must exceed n / D by ``certainty`` standard errors; otherwise all shares are 0.
    """
    nothing = np.zeros(len(causes))
    total = float(causes.sum())
    even = 1.0 / max(len(causes), 1)
    # n causes at random have the variance n p (1 - p) in each department
    excess = np.maximum(causes - total * even, 0.0)
    if total <= 0 or not excess.any():
        return nothing
    if excess.max() <= certainty * math.sqrt(total * even * (1 - even)):
        return nothing
    shares: Floats = excess / excess.sum()
    return shares


def _attribute_excess(excess: Floats, signatures: Floats) -> Floats:
    """Return shares of blame (D,) by non-negative matching pursuit (Mallat & Zhang 1993).

    It takes the department with the best-fitting signature, then the one that fits the rest best.
    """
    blame = np.zeros(signatures.shape[1])
    enough = _MIN_EXPLAINED * math.sqrt(float(sum_products(excess, excess)))
    # each department is credited with its part of the excess before the next one is sought
    for _ in range(_MAX_BLAMED):
        fit = sum_products(signatures.T, excess)
        best = int(fit.argmax())
        if fit[best] <= enough:
            break
        blame[best] += fit[best]
        excess = excess - fit[best] * signatures[:, best]
    total = blame.sum()
    return blame / total if total > 0 else blame
