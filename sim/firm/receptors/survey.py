"""Survey: asks a random sample of customers at intervals."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from equipoise.firm.interfaces import (
    Answers,
    Market,
    Plant,
    Reading,
    Receptor,
    unit_price,
)
from equipoise.firm.receptors.samples import count_by_drive, draw_for_consumers, estimate_mean
from equipoise.randomness import Purpose
from equipoise.settings.schema import assumption, choice


class SurveyState(NamedTuple):
    """State of `Survey`: surveys in the field, oldest first."""

    seed: int
    set_point: float
    pending: tuple[Reading, ...]


class Survey(Receptor):
    """Asks a random sample of customers; some do not answer, and courtesy raises the answers.

    A person with satisfaction s and depth b answers with chance
    1 - nonresponse * (1 - |2 s - 1|) * (1 - b), so that moderate and uninvolved people are missing
    (underreporting: Hu, Pavlou & Zhang 2009; involvement: Groves, Singer & Corning 2000). The
    answer is s + courtesy * (1 - s). The level is the mean of the answers (`estimate_mean`).
    Trouble counts the answers below the set-point, by the drive found worst served.
    """

    kind: ClassVar[str] = "survey"
    price: float = unit_price(
        5.0, "answer", source="$1 to 20: University of South Alabama; Vocalabs"
    )
    every: int = choice(28, "days from one survey to the next", low=1, high=3650, unit="day")
    sample: int = choice(200, "customers asked", low=1, high=1_000_000, unit="people")
    nonresponse: float = assumption(
        0.5,
        "chance that a moderate, uninvolved person does not answer",
        off=0.0,
        low=0,
        high=1,
        source="Hu, Pavlou & Zhang 2009; Groves, Singer & Corning 2000",
    )
    courtesy: float = assumption(
        0.05,
        "share of the distance to full satisfaction that courtesy adds to an answer",
        off=0.0,
        low=0,
        high=1,
    )
    field: int = assumption(
        5, "days in the field until it is delivered", low=0, high=365, unit="day"
    )

    def init(self, plant: Plant) -> SurveyState:
        """Return the state without surveys in the field."""
        return SurveyState(plant.seed, plant.set_point, ())

    def step(self, market: Market, state: SurveyState) -> tuple[Reading | None, SurveyState]:
        """Start a survey when it is time, and deliver the one that is due."""
        pending = state.pending
        if market.day % self.every == 0:
            pending = (*pending, self._ask(market, state))
        if pending and pending[0].delivered <= market.day:
            return pending[0], state._replace(pending=pending[1:])
        return None, state._replace(pending=pending)

    def _ask(self, market: Market, state: SurveyState) -> Reading:
        answers = Answers(*market.ask(self.sample))
        responds = self._draw_response(answers, market.day, state.seed)
        # People say a little more than they mean, so trouble counts what they say.
        meant = answers.satisfaction[responds]
        said = meant + self.courtesy * (1.0 - meant)
        level, error = estimate_mean(said, market.customers)
        worst_drives = answers.worst_drive[responds]
        is_dissatisfied = said < state.set_point
        trouble = count_by_drive(worst_drives[is_dissatisfied])
        return Reading(
            observed=market.day,
            delivered=market.day + self.field,
            satisfaction=level,
            error=error,
            trouble=trouble,
            volume=len(said),
        )

    def _draw_response(self, answers: Answers, day: int, seed: int) -> Any:
        """Return a mask (m,) or slice of the people who answer."""
        if not self.nonresponse:
            return slice(None)  # everyone, without a copy
        consumers = answers.consumer
        if not len(consumers):
            consumers = np.arange(len(answers.satisfaction), dtype=np.uint32)
        extremity = np.abs(2.0 * answers.satisfaction - 1.0)
        chance_of_silence = self.nonresponse * (1.0 - extremity)
        if len(answers.depth):
            chance_of_silence = chance_of_silence * (1.0 - answers.depth)
        draws = draw_for_consumers(seed, Purpose.SURVEY_ANSWER, day, consumers)
        return draws >= chance_of_silence
