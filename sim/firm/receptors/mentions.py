"""Mentions: reads public posts every day with a fallible classifier."""

from __future__ import annotations

import math
from operator import mul
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import model_validator

from equipoise.array_types import Bytes
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    Market,
    Plant,
    Posts,
    Reading,
    Receptor,
)
from equipoise.firm.receptors.classifier import (
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Classifier,
    confusion_matrix,
    correct_scores,
)
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import setting

CLASSIFIER = int(Purpose.CLASSIFIER)  # plain integers: numba is slow to look at an enum member
COVERAGE = int(Purpose.COVERAGE)


class MentionsState(NamedTuple):
    """The state of `Mentions`: seed, scores of the classes, their smoothed shares, and the score's variance.

    ``scores`` and ``shares`` are of posts read as negative, neutral, positive; no shares = nothing seen yet.
    """

    seed: int
    scores: tuple[float, ...]
    shares: tuple[float, ...]
    variance: float


class Mentions(Receptor):
    """Watches public posts every day: immediate, large, but only those who post, read by a fallible classifier.

    A post is neutral when its valence is within ``neutral`` of ``cut``, else good or bad; the classifier takes one for
    another by `classifier.confusion`. The shares of the three classes are smoothed, p' = p' + a (p - p'), weight
    a = ``smoothing`` (mean lag (1 - a) / a days). A good post stands for the middle of its half of the scale,
    (1 + cut) / 2, a bad one for cut / 2, a neutral one for cut. ``correct`` takes the known confusion out of the level.
    Praise and trouble count posts read as good and as bad.
    """

    kind: ClassVar[str] = "mentions"
    coverage: float = setting(0.8, "share of posts that the dashboard finds", low=0, high=1)
    classifier: Classifier = setting(
        "even",
        "classifier that reads the posts: lexicon or supervised, as measured on real tweets",
        off="even",
        off_means="mistakes by `accuracy`",
        source="computed on 14,640 airline tweets: accuracy .55 and .80, bias of net sentiment +.53 and -.11",
    )
    accuracy: float = setting(
        0.8, "chance that an even classifier reads a post as it is meant", low=0, high=1
    )
    cut: float = setting(0.5, "valence between good and bad", low=0, high=1)
    neutral: float = setting(
        0.05,
        "distance from the cut within which a post is neutral",
        off=0.0,
        off_means="none is",
        low=0,
        high=1,
    )
    smoothing: float = setting(
        0.2, "weight of today in the running mean", off=1.0, low=0.001, high=1
    )
    correct: bool = setting(
        False, "take the classifier's known mistakes out of the level", off=False
    )

    @model_validator(mode="after")
    def _correctable(self) -> Mentions:
        self._scores()
        return self

    def _scores(self) -> tuple[float, ...]:
        scores = np.array([0.0, self.cut, 1.0])
        if self.correct:
            scores = correct_scores(scores, confusion_matrix(self.classifier, self.accuracy))
        return tuple(scores.tolist())

    def init(self, plant: Plant) -> MentionsState:
        """Return a dashboard that has seen nothing."""
        return MentionsState(plant.seed, self._scores(), (), math.nan)

    def step(self, market: Market, state: MentionsState) -> tuple[Reading | None, MentionsState]:
        """Read today's posts; report nothing on a day without any."""
        read, topic = self._read(market.posts, market.day, state.seed)
        n = len(read)
        if n == 0:
            return None, state
        counts = (
            np.bincount(3 * topic + read, minlength=3 * DRIVE_COUNT)
            .reshape(DRIVE_COUNT, 3)
            .astype(float)
        )
        state = self._smooth(counts.sum(axis=0).tolist(), n, state)
        score = sum(map(mul, state.shares, state.scores))
        level, error = min(max((self.cut + score) / 2, 0.0), 1.0), math.sqrt(state.variance) / 2
        return Reading(
            market.day, market.day, level, error, counts[:, POSITIVE], counts[:, NEGATIVE], n
        ), state

    def _read(self, posts: Posts, day: int, seed: int) -> tuple[Bytes, Bytes]:
        """Return as what the posts found are read (n,), and their topics (n,)."""
        author, topic = posts.author, posts.topic
        read = np.where(posts.valence >= self.cut, POSITIVE, NEGATIVE)
        if len(author) == 0:
            return read, topic
        read[np.abs(posts.valence - self.cut) < self.neutral] = NEUTRAL
        people = int(author.max()) + 1
        if self.accuracy < 1 or self.classifier != "even":
            bounds = confusion_matrix(self.classifier, self.accuracy).cumsum(axis=1)[read]
            draws = draw_uniforms(seed, CLASSIFIER, day, people)[author]
            read = (draws >= bounds[:, 0]) + (draws >= bounds[:, 1]).astype(np.int64)
        if self.coverage < 1:
            found = draw_uniforms(seed, COVERAGE, day, people)[author] < self.coverage
            return read[found], topic[found]
        return read, topic

    def _smooth(self, counts: list[float], n: int, state: MentionsState) -> MentionsState:
        """Move the running shares; the variance is that of a mean of n scores, smoothed with squared weights."""
        a = self.smoothing if state.shares else 1.0
        before = state.shares or (0.0, 0.0, 0.0)
        shares = tuple(
            old + a * (count / n - old) for old, count in zip(before, counts, strict=True)
        )
        # a share of 0 or 1 out of few is no certainty: one more of good and bad each
        sure = [(share * n + one) / (n + 2) for share, one in zip(shares, (1, 0, 1), strict=True)]
        mean = sum(map(mul, sure, state.scores))
        spread = sum(p * (score - mean) ** 2 for p, score in zip(sure, state.scores, strict=True))
        rest = (1 - a) ** 2 * state.variance if state.shares else 0.0
        return MentionsState(state.seed, state.scores, shares, a * a * spread / n + rest)
