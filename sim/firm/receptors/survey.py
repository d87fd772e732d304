"""Survey: asks a random sample of customers at intervals."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    NO_COUNTS,
    Answers,
    Market,
    Plant,
    Reading,
    Receptor,
)
from equipoise.firm.receptors.estimates import estimate_mean
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import setting

SURVEY_ANSWER = int(
    Purpose.SURVEY_ANSWER
)  # a plain integer: numba is slow to look at an enum member


class SurveyState(NamedTuple):
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

    def init(self, plant: Plant) -> SurveyState:
        """Return a field with nobody in it."""
        return SurveyState(plant.seed, plant.set_point, ())

    def step(self, market: Market, state: SurveyState) -> tuple[Reading | None, SurveyState]:
        """Ask when it is time; deliver what is due."""
        pending = state.pending
        if market.day % self.every == 0:
            pending = (*pending, self._ask(market, state))
        if pending and pending[0].delivered <= market.day:
            return pending[0], SurveyState(state.seed, state.set_point, pending[1:])
        return None, (SurveyState(state.seed, state.set_point, pending) if pending else state)

    def _ask(self, market: Market, state: SurveyState) -> Reading:
        answers = Answers(*market.ask(self.sample))
        answering = self._answering(answers, market.day, state.seed)
        meant, worst = answers.satisfaction[answering], answers.worst_drive[answering]
        said = meant + self.courtesy * (1.0 - meant)
        level, error = estimate_mean(said, market.customers)
        trouble = np.bincount(worst[said < state.set_point], minlength=DRIVE_COUNT).astype(float)
        due = market.day + self.field
        return Reading(market.day, due, level, error, NO_COUNTS, trouble, len(said))

    def _answering(self, asked: Answers, day: int, seed: int) -> Any:
        """Return which of those asked answer."""
        n = len(asked.satisfaction)
        if not self.nonresponse or not n:
            return slice(None)
        who = asked.consumer if len(asked.consumer) else np.arange(n)
        moderate = 1.0 - np.abs(2.0 * asked.satisfaction - 1.0)
        distant = 1.0 - asked.depth if len(asked.depth) else 1.0
        draws = draw_uniforms(seed, SURVEY_ANSWER, day, int(who.max()) + 1)[who]
        return draws >= self.nonresponse * moderate * distant
