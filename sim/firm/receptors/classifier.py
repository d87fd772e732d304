"""Classifiers of posts: their confusion matrices, and scores that correct for mistakes."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.portable_math import sum_products

CLASS_COUNT = 3
NEGATIVE, NEUTRAL, POSITIVE = range(CLASS_COUNT)
Classifier = Literal["even", "lexicon", "supervised"]

# Measured on 14,640 airline tweets, classes in the order above.
TWEET_SHARES = (0.627, 0.212, 0.161)
CLASSIFIER_RECALL = {"lexicon": (0.51, 0.41, 0.89), "supervised": (0.93, 0.54, 0.65)}
# net sentiment (positive minus negative) as read, minus as meant
CLASSIFIER_BIAS = {"lexicon": 0.53, "supervised": -0.11}

_NET_SENTIMENT = (-1, 0, 1)
_MIN_DETERMINANT = 1e-3  # below it, the inverse matrix would amplify noise beyond use


@cache
def confusion_matrix(name: Classifier, accuracy: float = 1.0) -> Floats:
    """Return the chances (3, 3) that a post meant as (row) is read as (column).

    ``even`` takes positive for negative, and negative for positive, with chance 1 - accuracy, and
    a neutral post for either alike. For measured classifiers only the diagonal is published, not
    the division of the rest of a row. One number divides all three rows: the share of misread posts
    that go to the more positive of the two wrong classes. It is solved from the published bias of
    net sentiment (lexicon .67, supervised .19); the accuracy then follows.
    """
    matrix: Floats
    if name == "even":
        miss = 1.0 - accuracy
        matrix = np.array(
            [[accuracy, 0.0, miss], [miss / 2, accuracy, miss / 2], [miss, 0.0, accuracy]]
        )
    else:
        matrix = _fill_matrix(CLASSIFIER_RECALL[name], _solve_upward_share(name))
    matrix.setflags(write=False)
    return matrix


def _fill_matrix(recall: tuple[float, float, float], upward: float) -> Floats:
    """Return the matrix with this diagonal; ``upward`` of the misread are read too positively."""
    # (row, less positive wrong class, more positive wrong class)
    wrong_classes = (
        (NEGATIVE, NEUTRAL, POSITIVE),
        (NEUTRAL, NEGATIVE, POSITIVE),
        (POSITIVE, NEGATIVE, NEUTRAL),
    )
    matrix = np.diag(recall)
    for row, lower, higher in wrong_classes:
        miss = 1.0 - recall[row]
        matrix[row, lower] = miss * (1 - upward)
        matrix[row, higher] = miss * upward
    return matrix


def _solve_upward_share(name: str) -> float:
    """Return the upward share; net sentiment as read is linear in it, so two points suffice."""
    recall = CLASSIFIER_RECALL[name]
    at_zero = _net_sentiment(_fill_matrix(recall, 0.0))
    at_one = _net_sentiment(_fill_matrix(recall, 1.0))
    # Net sentiment as read must equal net sentiment as meant plus the bias.
    meant = TWEET_SHARES[POSITIVE] - TWEET_SHARES[NEGATIVE]
    return (meant + CLASSIFIER_BIAS[name] - at_zero) / (at_one - at_zero)


def _net_sentiment(matrix: Floats) -> float:
    """Return the share of positive minus that of negative posts, as read."""
    shares = sum_products(matrix.T, np.array(TWEET_SHARES))
    return float(sum_products(shares, np.array(_NET_SENTIMENT)))


def correct_scores(scores: Floats, matrix: Floats) -> Floats:
    """Return scores (3,) of classes as read, with the mean of ``scores`` (3,) of classes as meant.

    With counts as read E[r] = C' m, the wanted m . s is r . C^-1 s (Rogan & Gladen 1978; Forman
    2008).

    Raises:
        EquipoiseError: when the classifier guesses, so that C has no inverse.
    """
    negative, neutral, positive = matrix.T
    determinant = float(sum_products(negative, np.cross(neutral, positive)))
    if abs(determinant) < _MIN_DETERMINANT:
        raise EquipoiseError(
            "correct cannot undo a classifier that guesses: give an accuracy away from 0.5."
        )
    # Cramer's rule, because numpy.linalg rounds differently on other processors.
    products = [
        sum_products(scores, np.cross(neutral, positive)),
        sum_products(negative, np.cross(scores, positive)),
        sum_products(negative, np.cross(neutral, scores)),
    ]
    return np.array(products) / determinant
