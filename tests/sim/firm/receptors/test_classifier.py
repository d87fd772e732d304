"""Classifiers: the published figures of the confusion matrices, and the correction of scores."""

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.firm.receptors.classifier import (
    CLASSIFIER_BIAS,
    CLASSIFIER_RECALL,
    TWEET_SHARES,
    confusion_matrix,
    correct_scores,
)

NET_SENTIMENT = np.array([-1, 0, 1])


@pytest.mark.parametrize(("name", "accuracy"), [("lexicon", 0.55), ("supervised", 0.80)])
def test_matrix_has_the_published_recall_bias_and_accuracy(name, accuracy):
    matrix, shares = confusion_matrix(name), np.array(TWEET_SHARES)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert (matrix > 0).all()
    np.testing.assert_allclose(np.diag(matrix), CLASSIFIER_RECALL[name])
    bias = shares @ matrix @ NET_SENTIMENT - shares @ NET_SENTIMENT
    assert bias == pytest.approx(CLASSIFIER_BIAS[name])
    assert shares @ np.diag(matrix) == pytest.approx(accuracy, abs=0.005)


@pytest.mark.parametrize("accuracy", [0.5, 0.8, 1.0])
def test_even_matrix_makes_symmetric_mistakes(accuracy):
    matrix = confusion_matrix("even", accuracy)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    np.testing.assert_allclose(matrix, matrix[::-1, ::-1])


def test_matrices_are_shared_and_read_only():
    assert confusion_matrix("lexicon") is confusion_matrix("lexicon")
    with pytest.raises(ValueError, match="read-only"):
        confusion_matrix("lexicon")[0, 0] = 0


@pytest.mark.parametrize("name", CLASSIFIER_RECALL)
def test_corrected_scores_have_the_meant_expectation(name):
    scores = np.array([0.0, 0.5, 1.0])
    matrix = confusion_matrix(name)
    np.testing.assert_allclose(matrix @ correct_scores(scores, matrix), scores, atol=1e-12)


def test_a_classifier_that_guesses_cannot_be_corrected():
    with pytest.raises(EquipoiseError, match="give an accuracy away from"):
        correct_scores(np.array([0.0, 0.5, 1.0]), confusion_matrix("even", 0.5))
