"""How a listening classifier mistakes posts: three-class confusion matrices, and the scores that undo them."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError

NEGATIVE, NEUTRAL, POSITIVE = range(3)
Classifier = Literal["even", "lexicon", "supervised"]

# measured on 14,640 airline tweets (design/validation.md): shares of the classes, recall of each, and the bias of
# net sentiment, positive minus negative, as read against as meant
SHARES = (0.627, 0.212, 0.161)
RECALL = {"lexicon": (0.51, 0.41, 0.89), "supervised": (0.93, 0.54, 0.65)}
BIAS = {"lexicon": 0.53, "supervised": -0.11}


@cache
def confusion_matrix(name: Classifier, accuracy: float = 1.0) -> Floats:
    """Return the chance that a post meant as (row) is read as (column): negative, neutral, positive; shape (3, 3).

    ``even`` takes positive for negative, and negative for positive, with chance 1 - accuracy, and a neutral post for
    either alike. Of the measured ones the diagonal is published, not how the rest of a row is divided. One number q
    divides all three: the share of the misread that goes to the more positive of the two wrong classes. It is
    solved from the published bias of net sentiment (lexicon .67, supervised .19); the accuracy then follows.
    """
    matrix: Floats
    if name == "even":
        miss = 1.0 - accuracy
        matrix = np.array(
            [[accuracy, 0.0, miss], [miss / 2, accuracy, miss / 2], [miss, 0.0, accuracy]]
        )
    else:
        matrix = _divided(RECALL[name], _tilt(name))
    matrix.setflags(write=False)
    return matrix


def _divided(recall: tuple[float, float, float], q: float) -> Floats:
    low, middle, high = (1.0 - each for each in recall)
    return np.array(
        [
            [recall[NEGATIVE], low * (1 - q), low * q],
            [middle * (1 - q), recall[NEUTRAL], middle * q],
            [high * (1 - q), high * q, recall[POSITIVE]],
        ]
    )


def _tilt(name: str) -> float:
    """Return q: net sentiment as read is linear in it, so two points give the line."""
    at = [float(np.array(SHARES) @ _divided(RECALL[name], q) @ (-1, 0, 1)) for q in (0.0, 1.0)]
    meant = SHARES[POSITIVE] - SHARES[NEGATIVE]
    return (meant + BIAS[name] - at[0]) / (at[1] - at[0])


def correct_scores(scores: Floats, matrix: Floats) -> Floats:
    """Return scores of the classes as read whose mean is that of ``scores`` (3,) of the classes as meant.

    With counts as read E[r] = C' m, the wanted m . s is r . C^-1 s (Rogan & Gladen 1978; Forman 2008).

    Raises:
        EquipoiseError: when the classifier only guesses, so that nothing can be undone.
    """
    if abs(np.linalg.det(matrix)) < 1e-3:
        raise EquipoiseError(
            "correct cannot undo a classifier that guesses: give an accuracy away from 0.5."
        )
    return np.linalg.solve(matrix, scores).astype(np.float64)
