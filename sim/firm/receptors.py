"""Receptors: market -> reading or nothing."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.arraytypes import Flags, Floats
from equipoise.firm.signals import DRIVES, Market, Plant, Posts, Reading, Receptor
from equipoise.randomness import Purpose, uniforms
from equipoise.records import setting

NAN = float("nan")
# plain integers: an enum member takes numba 50 us to look at
CLASSIFIER, COVERAGE = int(Purpose.CLASSIFIER), int(Purpose.COVERAGE)
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
        return Reading(market.day, market.day, level, 0.0, NO_COUNTS, trouble, market.customers), state


class Field(NamedTuple):
    """The state of `Survey`: the set-point below which an answer is trouble, and readings on their way."""

    set_point: float
    pending: tuple[Reading, ...]


class Survey(Receptor):
    """Asks a random sample every so many days; people say a little more than they mean.

    An answer s is given as s + courtesy * (1 - s). The level is the sample mean, its standard error
    sqrt((1 - n / N) / n) * sd, n answers out of N customers drawn without replacement (Cochran 1977). Trouble
    counts those who answer below the set-point, by the drive they find worst served.
    """

    kind: ClassVar[str] = "survey"
    every: int = setting(28, "days from one survey to the next", low=1, high=3650, unit="day")
    sample: int = setting(200, "customers asked", low=1, high=1_000_000, unit="people")
    courtesy: float = setting(
        0.05, "share of what is missing to full satisfaction that people do not say; 0 = off", low=0, high=1
    )
    field: int = setting(5, "days in the field until it is delivered", low=0, high=365, unit="day")

    def init(self, plant: Plant) -> Field:
        """Return a field with nobody in it."""
        return Field(plant.set_point, ())

    def step(self, market: Market, state: Field) -> tuple[Reading | None, Field]:
        """Ask when it is time; deliver what is due."""
        pending = state.pending
        if market.day % self.every == 0:
            pending = (*pending, self._ask(market, state.set_point))
        if pending and pending[0].delivered <= market.day:
            return pending[0], Field(state.set_point, pending[1:])
        return None, Field(state.set_point, pending)

    def _ask(self, market: Market, set_point: float) -> Reading:
        answers, worst = market.ask(self.sample)
        said = answers + self.courtesy * (1.0 - answers)
        level, error = mean_and_error(said, market.customers)
        trouble = np.bincount(worst[said < set_point], minlength=DRIVES).astype(float)
        due = market.day + self.field
        return Reading(market.day, due, level, error, NO_COUNTS, trouble, len(said))


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
    """The state of `Mentions`: seed, and the smoothed share of good posts with its variance (nan = none yet)."""

    seed: int
    share: float
    variance: float


class Mentions(Receptor):
    """Watches public posts every day: immediate, large, but only those who post, read by a fallible classifier.

    A post is good when its valence is at least ``cut``; the classifier takes good for bad, and bad for good,
    with chance 1 - accuracy. The share p of good posts is smoothed, p' = p' + a (p - p'), weight a = ``smoothing``
    (mean lag (1 - a) / a days). A good post stands for the middle of its half of the scale, (1 + cut) / 2, a
    bad one for cut / 2: level = cut / 2 + p' / 2.
    """

    kind: ClassVar[str] = "mentions"
    coverage: float = setting(0.8, "share of posts that the dashboard finds", low=0, high=1)
    accuracy: float = setting(
        0.8, "chance that a post is read as it is meant", low=0, high=1, source="validation.md: .55 to .80"
    )
    cut: float = setting(0.5, "valence from which a post is good", low=0, high=1)
    smoothing: float = setting(0.2, "weight of today in the running mean; 1 = off", low=0.001, high=1)

    def init(self, plant: Plant) -> Dashboard:
        """Return a dashboard that has seen nothing."""
        return Dashboard(plant.seed, NAN, NAN)

    def step(self, market: Market, state: Dashboard) -> tuple[Reading | None, Dashboard]:
        """Read today's posts; report nothing on a day without any."""
        good, topic = self._read(market.posts, market.day, state.seed)
        n = len(good)
        if n == 0:
            return None, state
        happy = int(np.count_nonzero(good))
        state = self._smooth(happy / n, n, state)
        praise = np.bincount(topic[good], minlength=DRIVES).astype(float)
        trouble = np.bincount(topic, minlength=DRIVES) - praise
        level, error = (self.cut + state.share) / 2, math.sqrt(state.variance) / 2
        return Reading(market.day, market.day, level, error, praise, trouble, n), state

    def _read(self, posts: Posts, day: int, seed: int) -> tuple[Flags, np.ndarray]:
        """Return which of the posts found are read as good (n,), and their topics (n,)."""
        author, topic, good = posts.author, posts.topic, posts.valence >= self.cut
        if len(author) == 0:
            return good, topic
        people = int(author.max()) + 1
        if self.accuracy < 1:
            good = good ^ (uniforms(seed, CLASSIFIER, day, people)[author] >= self.accuracy)
        if self.coverage < 1:
            found = uniforms(seed, COVERAGE, day, people)[author] < self.coverage
            return good[found], topic[found]
        return good, topic

    def _smooth(self, share: float, n: int, state: Dashboard) -> Dashboard:
        """Move the running share; its variance is that of a binomial share, smoothed with squared weights."""
        a = 1.0 if math.isnan(state.share) else self.smoothing
        before = (0.0, 0.0) if a == 1.0 else (state.share, state.variance)
        p = before[0] + a * (share - before[0])
        sure = (p * n + 1) / (n + 2)  # a share of 0 or 1 out of few is no certainty
        return Dashboard(state.seed, p, a * a * sure * (1 - sure) / n + (1 - a) ** 2 * before[1])
