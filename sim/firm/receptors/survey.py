"""Receptors: market -> reading or nothing."""

from __future__ import annotations

import math
from operator import mul
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import model_validator

from equipoise.array_types import Bytes, Floats
from equipoise.firm.interfaces import DRIVES, Answers, Market, Plant, Posts, Reading, Receptor
from equipoise.firm.receptors.classifier import (
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    Classifier,
    confusion,
    corrected,
)
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import setting

NAN = float("nan")
# plain integers: an enum member takes numba 50 us to look at
CLASSIFIER, COVERAGE, SURVEY_ANSWER = (
    int(Purpose.CLASSIFIER),
    int(Purpose.COVERAGE),
    int(Purpose.SURVEY_ANSWER),
)
WIDEST = 0.5  # the largest standard deviation that numbers in 0..1 can have
NO_COUNTS = np.zeros(DRIVES)
NO_COUNTS.setflags(write=False)


class Blind(Receptor):
    """Senses nothing: the reference at the bottom."""

    kind: ClassVar[str] = "blind"

    def init(self, plant: Plant) -> None:
        """Remember nothing."""

    def step(self, market: Market, state: None) -> tuple[None, None]:
        """Report nothing."""
        return None, None


class Oracle(Receptor):
    """Knows the truth, at once: the reference at the top.

    Trouble by drive is customers * (1 / 4 + M @ faults): one even mention a head, a usual to compare with, and what
    the faults of today do to each drive.
    """

    kind: ClassVar[str] = "oracle"

    @property
    def sees_truth(self) -> bool:
        """It does."""
        return True

    def init(self, plant: Plant) -> Floats:
        """Return the matrix from departments to drives."""
        return plant.matrix

    def step(self, market: Market, state: Floats) -> tuple[Reading | None, Floats]:
        """Report true satisfaction without error, and what the faults of today do to each drive."""
        truth = market.truth
        if truth is None or not market.customers:
            return None, state
        trouble = market.customers * (1 / DRIVES + state @ truth.faults)
        level = float(truth.satisfaction)
        return Reading(
            market.day, market.day, level, 0.0, NO_COUNTS, trouble, market.customers
        ), state


class Field(NamedTuple):
    """The state of `Survey`: seed, the set-point below which an answer is trouble, and readings on their way."""

    seed: int
    set_point: float
    pending: tuple[Reading, ...]


class Survey(Receptor):
    """Asks a random sample every so many days; not everybody answers, and people say a little more than they mean.

    Of those asked, a person with satisfaction s and depth b answers with chance
    1 - nonresponse * (1 - |2 s - 1|) * (1 - b): the moderate and the uninvolved are missing (underreporting: Hu, Pavlou
    & Zhang 2009; involvement: Groves, Singer & Corning 2000). An answer s is given as s + courtesy * (1 - s). The
    level is the mean of the answers, its standard error sqrt((1 - n / N) / n) * sd, n answers out of N customers drawn
    without replacement (Cochran 1977). Trouble counts those who answer below the set-point, by the drive they find
    worst served.
    """

    kind: ClassVar[str] = "survey"
    every: int = setting(28, "days from one survey to the next", low=1, high=3650, unit="day")
    sample: int = setting(200, "customers asked", low=1, high=1_000_000, unit="people")
    nonresponse: float = setting(
        0.5,
        "chance that a moderate, uninvolved person does not answer",
        off=0.0,
        low=0,
        high=1,
        source="assumption",
    )
    courtesy: float = setting(
        0.05,
        "share of what is missing to full satisfaction that people do not say",
        off=0.0,
        low=0,
        high=1,
    )
    field: int = setting(5, "days in the field until it is delivered", low=0, high=365, unit="day")

    def init(self, plant: Plant) -> Field:
        """Return a field with nobody in it."""
        return Field(plant.seed, plant.set_point, ())

    def step(self, market: Market, state: Field) -> tuple[Reading | None, Field]:
        """Ask when it is time; deliver what is due."""
        pending = state.pending
        if market.day % self.every == 0:
            pending = (*pending, self._ask(market, state))
        if pending and pending[0].delivered <= market.day:
            return pending[0], Field(state.seed, state.set_point, pending[1:])
        return None, (Field(state.seed, state.set_point, pending) if pending else state)

    def _ask(self, market: Market, state: Field) -> Reading:
        answers = Answers(*market.ask(self.sample))
        answering = self._answering(answers, market.day, state.seed)
        meant, worst = answers.satisfaction[answering], answers.worst[answering]
        said = meant + self.courtesy * (1.0 - meant)
        level, error = mean_and_error(said, market.customers)
        trouble = np.bincount(worst[said < state.set_point], minlength=DRIVES).astype(float)
        due = market.day + self.field
        return Reading(market.day, due, level, error, NO_COUNTS, trouble, len(said))

    def _answering(self, asked: Answers, day: int, seed: int) -> Any:
        """Return which of those asked answer."""
        n = len(asked.satisfaction)
        if not self.nonresponse or not n:
            return slice(None)
        who = asked.who if len(asked.who) else np.arange(n)
        moderate = 1.0 - np.abs(2.0 * asked.satisfaction - 1.0)
        distant = 1.0 - asked.depth if len(asked.depth) else 1.0
        draws = draw_uniforms(seed, SURVEY_ANSWER, day, int(who.max()) + 1)[who]
        return draws >= self.nonresponse * moderate * distant


def mean_and_error(said: Floats, among: int) -> tuple[float, float]:
    """Return the mean of n answers out of ``among`` people and its standard error (nan, nan when nobody answers).

    One answer tells no spread: the widest possible is taken.
    """
    n = len(said)
    if n == 0:
        return NAN, NAN
    spread = float(said.std(ddof=1)) if n > 1 else WIDEST
    return float(said.mean()), spread * math.sqrt(max(1.0 - n / max(among, n), 0.0) / n)


class Dashboard(NamedTuple):
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
            scores = corrected(scores, confusion(self.classifier, self.accuracy))
        return tuple(scores.tolist())

    def init(self, plant: Plant) -> Dashboard:
        """Return a dashboard that has seen nothing."""
        return Dashboard(plant.seed, self._scores(), (), NAN)

    def step(self, market: Market, state: Dashboard) -> tuple[Reading | None, Dashboard]:
        """Read today's posts; report nothing on a day without any."""
        read, topic = self._read(market.posts, market.day, state.seed)
        n = len(read)
        if n == 0:
            return None, state
        counts = (
            np.bincount(3 * topic + read, minlength=3 * DRIVES).reshape(DRIVES, 3).astype(float)
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
            bounds = confusion(self.classifier, self.accuracy).cumsum(axis=1)[read]
            draws = draw_uniforms(seed, CLASSIFIER, day, people)[author]
            read = (draws >= bounds[:, 0]) + (draws >= bounds[:, 1]).astype(np.int64)
        if self.coverage < 1:
            found = draw_uniforms(seed, COVERAGE, day, people)[author] < self.coverage
            return read[found], topic[found]
        return read, topic

    def _smooth(self, counts: list[float], n: int, state: Dashboard) -> Dashboard:
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
        return Dashboard(state.seed, state.scores, shares, a * a * spread / n + rest)
