"""The day as consumers meet it: one row of numbers, written each morning by `DayOffer`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from equipoise.array_types import Floats, Reals, StructuredArray
from equipoise.compilation import compile_rule
from equipoise.environment.conditions import CONDITIONS_DTYPE
from equipoise.environment.disturbances import DisturbanceSchedule
from equipoise.environment.public_record import PublicRecord
from equipoise.firm.effectors.bonds import Bonds
from equipoise.firm.interfaces import DRIVE_COUNT, UNBOUNDED_TOUCHES, Touch
from equipoise.firm.organisation.departments import Departments
from equipoise.settings.settings import Settings

DAY_DTYPE = np.dtype(
    [
        ("seed", np.uint64),  # of the world
        ("day", np.int64),  # counted from the first day of burn-in
        ("quality", np.float64, (4,)),  # mean delivered quality, by drive
        ("promise", np.float64),  # level promised
        ("push", np.float64),  # factor on the influence of advertising
        ("advertising", np.float64),  # share of non-followers reached
        ("content", np.float64),  # messages to a follower
        ("relevance", np.float64),  # share of messages that are relevant
        ("rating", np.float64),  # rating in the public record
        ("posting", np.float64),  # share of people who posted yesterday
        ("offer", np.float64),  # attraction of the competitor
        ("demand", np.float64),  # factor on use
        ("failure_chance", np.float64),  # that a use fails
        ("failure_until", np.float64, (4,)),  # cumulative shares of drives in failures
        ("trigger", np.float64),  # share of System 1 that the firm interrupts
        ("gap", np.float64),  # between claimed and enacted values, 0..1
        ("bond", np.float64),  # strength of the firm's deeds that tie people to the brand
        ("bonding", np.float64),  # strength of those that tie people to each other
        ("record_seen", np.float64),  # factor on the weight of the record in attraction
        ("lure", np.float64),  # factor on leaving
        ("rivalry", np.float64),  # strength with which the competitor raises expectations
        ("rumour", np.float64),  # chance to hear a falsehood
        ("outside_reach", np.float64),  # chance to hear a voice from outside
        ("outside_weight", np.float64),  # its weight; 1 = the voice of a neighbour
        ("outside_valence", np.float64),  # its valence
        ("forum_voice", np.float64),  # weight of the open forum for everybody
        ("forum_valence", np.float64),  # mean valence of yesterday's posts
        ("community", np.float64),  # intensity of the brand's own community
        ("community_valence", np.float64),  # mean valence of followers' posts yesterday
        ("welcome", np.float64),  # greeting of those who post
        ("draw_out", np.float64),  # encouragement of the quiet
        ("delete", np.float64),  # share of negative posts deleted
        ("invite", np.float64),  # chance of a follower to create with the firm
        ("negativity", np.float64),  # weight of a negative post today
        ("tribe_boost", np.float64),  # weight of a voice from the own tribe today
    ]
)
EXPRESSED_WEIGHT = 0.1  # of values expressed by deeds in what the firm is seen to enact
_TOUCH_LIMITS = np.where(np.isin(Touch._fields, UNBOUNDED_TOUCHES), np.inf, 1.0)
_COLUMNS = DAY_DTYPE.names or ()
_COPIED_TOUCHES = ("trigger", "welcome", "draw_out", "delete", "community", "invite")
_COPIED_CONDITIONS = (
    "outside_reach",
    "outside_weight",
    "outside_valence",
    "rumour",
    "demand",
    "rivalry",
)


class DayOffer:
    """The offer of a day: writes the row that the steps of consumers read.

    Args:
        settings: of the run.
        departments: give quality and promise.
        disturbances: give failures and conditions of every day.
        public: the record of posts.

    Attributes:
        table: (1,) of DAY_DTYPE, whose row is overwritten every day.
        mean_quality: mean over drives of the delivered quality of the day.
    """

    def __init__(
        self,
        settings: Settings,
        departments: Departments,
        disturbances: DisturbanceSchedule,
        public: PublicRecord,
    ) -> None:
        self.settings = settings
        self.departments = departments
        self.public = public
        self.conditions = disturbances.conditions
        chances = departments.failure_chances(disturbances.failures)
        self.failure_chance, self.failure_until = _accumulate_failures(chances)
        self.table: StructuredArray = np.zeros(1, DAY_DTYPE)
        self.mean_quality = 0.0
        self._last_inputs = b""
        self._last_values: dict[str, float] = {}
        self._constants = {"seed": settings.seed, "relevance": settings.firm.relevance}

    @property
    def today(self) -> Any:
        """The row, through which also the table changes."""
        return self.table[0]

    def write(self, day: int, touch: Floats, bonds: Bonds, gap: float) -> None:
        """Write the row of one day.

        Args:
            day: its number.
            touch: sum of the deeds' touches, in the order of `Touch`.
            bonds: left by the deeds.
            gap: between the firm's claimed and enacted values.
        """
        quality = self.departments.quality()
        self.mean_quality = float(quality.sum()) / DRIVE_COUNT
        values = self._constants | {
            "day": day,
            "quality": quality,
            "promise": self.departments.promise,
            "failure_chance": self.failure_chance[day],
            "failure_until": self.failure_until[day],
            "gap": gap,
            "bond": bonds.brand,
            "bonding": bonds.consumers,
        }
        values |= self._conditions_and_touch(self.conditions[day], touch)
        self._add_public_record(values)
        # One assignment of the whole row is several times faster than one for each column.
        self.table[0] = tuple([values[name] for name in _COLUMNS])

    def _conditions_and_touch(self, conditions: Any, touch: Floats) -> dict[str, float]:
        """Return the values that disturbances and the firm's moderators change, by column."""
        # Most days are like the day before.
        inputs = conditions.tobytes() + touch.tobytes()
        if inputs != self._last_inputs:
            self._last_inputs = inputs
            self._last_values = self._apply_conditions_and_touch(conditions, touch)
        return self._last_values

    def _apply_conditions_and_touch(self, conditions: Any, touch: Floats) -> dict[str, float]:
        now = dict(zip(CONDITIONS_DTYPE.names or (), conditions.item(), strict=True))
        limited = Touch._make(np.minimum(touch, _TOUCH_LIMITS).tolist())
        values: dict[str, float] = {name: now[name] for name in _COPIED_CONDITIONS}
        for name in _COPIED_TOUCHES:
            values[name] = getattr(limited, name)
        values |= self._compete(now["offer"])
        values |= self._advertise(now, limited)
        values |= self._weigh_voices(limited)
        return values

    def _compete(self, extra: float) -> dict[str, float]:
        """Return the competitor's attraction, and the factor on leaving that follows from it."""
        usual = self.settings.environment.competitor
        offer = min(usual + extra, 1.0)
        return {"offer": offer, "lure": offer / usual if usual > 0 else 1.0}

    def _advertise(self, now: dict[str, float], touch: Touch) -> dict[str, float]:
        """Return the firm's content and advertising."""
        firm = self.settings.firm
        factor = 1.0 + touch.push
        reached = firm.advertising * now["reach"] * factor
        return {
            "content": firm.content + touch.content,
            "push": now["push"] * factor,
            "advertising": min(reached, 1.0),
        }

    def _weigh_voices(self, touch: Touch) -> dict[str, float]:
        """Return the weights of voices after moderation, which takes from their excess over 1."""
        hearing = self.settings.community.hearing
        negativity = (hearing.negativity - 1.0) * (1.0 - touch.cool)
        tribe_boost = (hearing.tribe_boost - 1.0) * (1.0 - touch.introduce)
        return {"negativity": 1.0 + negativity, "tribe_boost": 1.0 + tribe_boost}

    def _add_public_record(self, values: dict[str, Any]) -> None:
        """Add the visible part of the public record."""
        public = self.public
        rating, weight = public.visible_rating(values["promise"], self.mean_quality)
        values["rating"] = rating
        values["record_seen"] = weight
        values["posting"] = public.posting
        values["forum_valence"] = public.forum
        values["community_valence"] = public.community
        forum_voice = self.settings.community.hearing.forum_voice
        values["forum_voice"] = forum_voice if public.open else 0.0


def _accumulate_failures(chances: Floats) -> tuple[Floats, Floats]:
    """Return the chance that a use fails (days,) and cumulative shares of drives (days, 4)."""
    total = chances.sum(axis=1)
    fails = total[:, None] > 0
    shares = np.ones_like(chances)
    np.divide(chances.cumsum(axis=1), total[:, None], out=shares, where=fails)
    return np.minimum(total, 1.0), shares


@compile_rule
def update_value_fit(
    values: Reals,
    lengths: Floats,
    enacted: Floats,
    society: Floats,
    societal_weight: float,
    fit: Reals,
) -> None:
    """Write the value fit (N,) of consumers, 0..1: with the enacted values, and in part society's.

    Args:
        values: of consumers (N, 10).
        lengths: of ``values``, (N,).
        enacted: values that the firm is seen to enact (10,).
        society: values of society (10,).
        societal_weight: of society's fit to the enacted values in everybody's fit.
        fit: (N,), overwritten with (1 + cosine) / 2.
    """
    length = math.sqrt((enacted * enacted).sum())
    society_fit = _vector_fit(society, enacted, length * math.sqrt((society * society).sum()))
    for i in range(values.shape[0]):
        own_fit = _vector_fit(values[i], enacted, length * lengths[i])
        fit[i] = own_fit + societal_weight * (society_fit - own_fit)


@compile_rule
def _vector_fit(a: Reals, b: Floats, lengths: float) -> float:
    """Return (1 + cosine) / 2 of two vectors by the product of their lengths; 1/2 if it is 0."""
    product = 0.0
    for k in range(len(a)):
        product += a[k] * b[k]
    return 0.5 + 0.5 * product / lengths if lengths > 0.0 else 0.5


def visible_values(enacted: Floats, expressed: Floats) -> Floats:
    """Return the values that the firm is seen to enact: its own, and in part those of its deeds."""
    return enacted + EXPRESSED_WEIGHT * expressed
