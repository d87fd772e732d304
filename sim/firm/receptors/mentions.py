"""Mentions: reads public posts every day with a fallible classifier."""

from __future__ import annotations

import math
from operator import mul
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import model_validator

from equipoise.array_types import Bytes, Floats, Ints, Reals
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    Market,
    Plant,
    Posts,
    Reading,
    Receptor,
    fixed_price,
)
from equipoise.firm.receptors.classifier import (
    CLASS_COUNT,
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Classifier,
    confusion_matrix,
    correct_scores,
)
from equipoise.firm.receptors.samples import clip_level, draw_for_consumers
from equipoise.randomness import Purpose
from equipoise.settings.schema import assumption, choice, setting

# One further bad and one further good post, so that a class without posts is not certain to be
# empty.
_PRIOR_COUNTS = (1, 0, 1)


class MentionsState(NamedTuple):
    """State of `Mentions`; classes are negative, neutral and positive.

    Attributes:
        seed: of the world.
        scores: of the classes.
        shares: smoothed, of the classes; empty = nothing read yet.
        variance: of the smoothed score.
    """

    seed: int
    scores: tuple[float, ...]
    shares: tuple[float, ...]
    variance: float


class Mentions(Receptor):
    """Reads public posts every day: immediate and many, but of posters only, and with mistakes.

    A post is neutral when its valence is within ``neutral`` of ``cut``, else positive or negative.
    The classifier takes one class for another by `confusion_matrix`. The shares of the classes are
    smoothed, p' = p' + a (p - p') with a = ``smoothing`` (mean lag (1 - a) / a days). A positive
    post stands for the level (1 + cut) / 2, a negative one for cut / 2, a neutral one for cut.
    ``correct`` takes the known mistakes out of the level. Praise and trouble count the posts read
    as positive and as negative.
    """

    kind: ClassVar[str] = "mentions"
    price_year: float = fixed_price(
        95_000.0, "licence and half an analyst", source="licences of $5,000 to 480,000: G2"
    )
    coverage: float = assumption(0.8, "share of posts that the dashboard finds", low=0, high=1)
    classifier: Classifier = setting(
        "even",
        "classifier that reads the posts: lexicon or supervised, as measured on real tweets",
        off="even",
        off_means="mistakes by `accuracy`",
        source=(
            "computed on 14,640 airline tweets: accuracy .55 and .80, "
            "bias of net sentiment +.53 and -.11"
        ),
    )
    accuracy: float = assumption(
        0.8, "chance that an even classifier reads a post as it is meant", low=0, high=1
    )
    cut: float = choice(0.5, "valence between positive and negative", low=0, high=1)
    neutral: float = choice(
        0.05,
        "distance from the cut within which a post is neutral",
        off=0.0,
        off_means="none is",
        low=0,
        high=1,
    )
    smoothing: float = choice(
        0.2, "weight of today in the running mean", off=1.0, low=0.001, high=1
    )
    correct: bool = setting(
        False, "take the classifier's known mistakes out of the level", off=False
    )

    @model_validator(mode="after")
    def _require_correctable(self) -> Mentions:
        # raises if the mistakes cannot be corrected
        self._class_scores()
        return self

    def _class_scores(self) -> tuple[float, ...]:
        scores = np.array([0.0, self.cut, 1.0])
        if self.correct:
            scores = correct_scores(scores, confusion_matrix(self.classifier, self.accuracy))
        return tuple(scores.tolist())

    def init(self, plant: Plant) -> MentionsState:
        """Return the state before any post."""
        return MentionsState(plant.seed, self._class_scores(), (), math.nan)

    def step(self, market: Market, state: MentionsState) -> tuple[Reading | None, MentionsState]:
        """Read today's posts; no reading on a day without any."""
        classes, topics = self._read(market.posts, market.day, state.seed)
        count = len(classes)
        if count == 0:
            return None, state
        counts = _count_by_topic_and_class(topics, classes)
        class_counts = counts.sum(axis=0).tolist()
        state = self._smooth(class_counts, count, state)
        # Scores are 0 (negative) to 1 (positive); half of them is added to half the cut.
        score = sum(map(mul, state.shares, state.scores))
        level = clip_level((self.cut + score) / 2)
        error = math.sqrt(state.variance) / 2
        reading = Reading(
            observed=market.day,
            delivered=market.day,
            satisfaction=level,
            error=error,
            praise=counts[:, POSITIVE],
            trouble=counts[:, NEGATIVE],
            volume=count,
        )
        return reading, state

    def _read(self, posts: Posts, day: int, seed: int) -> tuple[Ints, Bytes]:
        """Return the classes (n,) and topics (n,) of the posts that are found."""
        classes = self._meant_classes(posts.valence)
        if self.accuracy < 1 or self.classifier != "even":
            draws = draw_for_consumers(seed, Purpose.CLASSIFIER, day, posts.author)
            classes = self._misread(classes, draws)
        if self.coverage == 1:
            return classes, posts.topic
        draws = draw_for_consumers(seed, Purpose.COVERAGE, day, posts.author)
        is_covered = draws < self.coverage
        return classes[is_covered], posts.topic[is_covered]

    def _meant_classes(self, valence: Reals) -> Ints:
        classes = np.where(valence >= self.cut, POSITIVE, NEGATIVE)
        is_neutral = np.abs(valence - self.cut) < self.neutral
        classes[is_neutral] = NEUTRAL
        return classes

    def _misread(self, classes: Ints, draws: Floats) -> Ints:
        """Return the classes as read (n,): each draw falls into one column of the matrix."""
        chances = confusion_matrix(self.classifier, self.accuracy)
        bounds = chances.cumsum(axis=1)[classes]
        is_not_negative = draws >= bounds[:, NEGATIVE]
        is_positive = draws >= bounds[:, NEUTRAL]
        return is_not_negative.astype(np.int64) + is_positive

    def _smooth(self, counts: list[float], total: int, state: MentionsState) -> MentionsState:
        """Update shares and variance; the variance of a mean is smoothed with squared weights."""
        # The first posts have nothing to be averaged with.
        weight = self.smoothing if state.shares else 1.0
        before = state.shares or (0.0,) * CLASS_COUNT
        shares = []
        for share, count in zip(before, counts, strict=True):
            change = count / total - share
            shares.append(share + weight * change)
        spread = _score_variance(shares, total, state.scores)
        variance = weight * weight * spread / total
        if state.shares:
            variance += (1 - weight) ** 2 * state.variance
        return MentionsState(state.seed, state.scores, tuple(shares), variance)


def _count_by_topic_and_class(topics: Bytes, classes: Ints) -> Floats:
    """Return the number of posts (4, 3) on each topic in each class."""
    cells = CLASS_COUNT * topics + classes
    counts = np.bincount(cells, minlength=CLASS_COUNT * DRIVE_COUNT)
    return counts.reshape(DRIVE_COUNT, CLASS_COUNT).astype(np.float64)


def _score_variance(shares: list[float], total: int, scores: tuple[float, ...]) -> float:
    """Return the variance of one post's score, with `_PRIOR_COUNTS` added to the shares."""
    posterior = []
    for share, prior in zip(shares, _PRIOR_COUNTS, strict=True):
        posterior.append((share * total + prior) / (total + sum(_PRIOR_COUNTS)))
    mean = sum(map(mul, posterior, scores))
    variance = 0.0
    for share, score in zip(posterior, scores, strict=True):
        variance += share * (score - mean) ** 2
    return variance
