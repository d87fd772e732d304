"""Fusion of several receptors: levels weighted by precision, offsets corrected to an anchor."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import model_validator

from equipoise.array_types import Floats
from equipoise.errors import unknown_name_message
from equipoise.firm.contract import init_guarded, step_receptor
from equipoise.firm.interfaces import (
    Market,
    Plant,
    Reading,
    Receptor,
    fixed_price,
)
from equipoise.firm.receptors.samples import clip_level
from equipoise.firm.wrappers import AnyReceptor
from equipoise.settings.schema import choice, setting

_MIN_ERROR = 1e-6  # a smaller standard error counts as this one
_KEPT_DAYS = 60  # of a channel's levels, to compare with a late anchor


class Level(NamedTuple):
    """A level with its standard error, and the day it was observed."""

    observed: int
    value: float
    error: float


class Channel(NamedTuple):
    """Knowledge about one receptor.

    Attributes:
        state: of the receptor.
        levels: of the last `_KEPT_DAYS` days, newest last.
        offset: estimated difference of its level from the anchor's.
        offset_variance: of that estimate.
    """

    state: Any
    levels: tuple[Level, ...]
    offset: float
    offset_variance: float

    def add(self, reading: Reading) -> Channel:
        """Return the channel with a further level, if the reading has one."""
        if math.isnan(reading.satisfaction):
            return self
        # An unknown error counts as none.
        error = 0.0 if math.isnan(reading.error) else reading.error
        levels = (*self.levels, Level(reading.observed, reading.satisfaction, error))
        # One level leaves for each that comes, so a single check a day suffices.
        if levels[0].observed < reading.observed - _KEPT_DAYS and len(levels) > 1:
            levels = levels[1:]
        return self._replace(levels=levels)

    def level_on(self, day: int) -> Level | None:
        """Return the last level observed on a day or before it."""
        for level in reversed(self.levels):
            if level.observed <= day:
                return level
        return None


class Suite(Receptor):
    """Fuses the levels of several receptors by precision.

    level = sum(level_i / var_i) / sum(1 / var_i), with variance 1 / sum(1 / var_i). The last level
    of each receptor counts; its variance grows with age, error^2 + drift^2 * days. If one receptor
    is the ``anchor``, the offset of every other one against it is learned by a scalar Kalman filter
    (prior variance doubt^2, growing by wander^2 a day): each reading of the anchor is compared with
    the other's level of the same day. The offset is subtracted from the other's level, and its
    variance is added. So a fast, biased channel gives the movement, and a slow, unbiased one the
    level. Counts of praise, trouble and causes are those of today's readings, summed.
    """

    kind: ClassVar[str] = "suite"
    receptors: dict[str, AnyReceptor] = setting(
        {"survey": {"kind": "survey"}, "mentions": {"kind": "mentions"}},
        "the receptors within, by name",
    )
    anchor: str = setting(
        "", "name of the one whose level the others are corrected to", off="", off_means="none"
    )
    doubt: float = choice(
        0.1, "standard deviation of a channel's offset before the anchor is heard", low=0, high=1
    )
    wander: float = choice(
        0.005, "how fast the offset of a channel may change", low=0, high=1, unit="1/sqrt(day)"
    )
    drift: float = choice(
        0.005, "how fast satisfaction itself may change", low=0, high=1, unit="1/sqrt(day)"
    )

    @model_validator(mode="after")
    def _require_known_anchor(self) -> Suite:
        if not self.receptors:
            raise ValueError(
                "a suite needs at least one receptor: give receptors: {name: {kind: ...}}."
            )
        if self.anchor and self.anchor not in self.receptors:
            raise ValueError(unknown_name_message("anchor", self.anchor, self.receptors))
        return self

    @property
    def sees_truth(self) -> bool:
        """True if a receptor within needs the truth."""
        return any(receptor.sees_truth for receptor in self.receptors.values())

    def daily_cost(self, reading: Reading | None) -> float:
        """Return the dollars of a day: those of the suite itself and of all receptors within."""
        new = {} if reading is None else dict(reading.parts)
        members = [one.daily_cost(new.get(name)) for name, one in self.receptors.items()]
        return super().daily_cost(reading) + sum(members)

    def init(self, plant: Plant) -> dict[str, Channel]:
        """Return a channel without levels for each receptor."""
        channels = {}
        for name, receptor in self.receptors.items():
            is_corrected = self.anchor and name != self.anchor
            variance = self.doubt**2 if is_corrected else 0.0
            channels[name] = Channel(init_guarded(receptor, plant), (), 0.0, variance)
        return channels

    def step(
        self, market: Market, state: dict[str, Channel]
    ) -> tuple[Reading | None, dict[str, Channel]]:
        """Let all receptors observe the day; fuse if one of them has a new reading."""
        # Only a receptor that asks for the truth gets it, also next to an oracle.
        without_truth = market if market.truth is None else replace(market, truth=None)
        channels: dict[str, Channel] = {}
        readings: dict[str, Reading] = {}
        for name, receptor in self.receptors.items():
            shown = market if receptor.sees_truth else without_truth
            reading, inner = step_receptor(receptor, shown, state[name].state)
            channels[name] = state[name]._replace(state=inner)
            if reading is not None:
                readings[name] = reading
                channels[name] = channels[name].add(reading)
        if self.anchor:
            channels = self._update_offsets(channels, readings.get(self.anchor))
        if not readings:
            return None, channels
        return self._fuse(market.day, channels, readings), channels

    def _update_offsets(
        self, channels: dict[str, Channel], anchor: Reading | None
    ) -> dict[str, Channel]:
        """Let offsets wander for a day, and compare them with a new reading of the anchor."""
        updated = {}
        for name, channel in channels.items():
            if name != self.anchor:
                # The offset is a random walk between two readings of the anchor.
                variance = channel.offset_variance + self.wander**2
                channel = channel._replace(offset_variance=variance)
                if anchor is not None and not math.isnan(anchor.satisfaction):
                    channel = _compare_with_anchor(channel, anchor)
            updated[name] = channel
        return updated

    def _fuse(
        self, day: int, channels: dict[str, Channel], readings: dict[str, Reading]
    ) -> Reading:
        new = list(readings.values())
        observed = max(reading.observed for reading in new)
        level, error = self._fuse_levels(day, channels)
        praise = _sum_arrays([reading.praise for reading in new])
        trouble = _sum_arrays([reading.trouble for reading in new])
        volume = sum(reading.volume for reading in new)
        causes = _sum_arrays([reading.causes for reading in new])
        values = [reading.values for reading in new if len(reading.values)]
        mean_values = _sum_arrays(values) / max(len(values), 1)
        parts = tuple(readings.items())
        return Reading(
            observed, day, level, error, praise, trouble, volume, causes, mean_values, parts
        )

    def _fuse_levels(self, day: int, channels: dict[str, Channel]) -> tuple[float, float]:
        """Return the fused level and its standard error; (nan, nan) if no channel has a level."""
        precision = total = 0.0
        for channel in channels.values():
            if not channel.levels:
                continue
            observed, level, error = channel.levels[-1]
            variance = max(error, _MIN_ERROR) ** 2 + channel.offset_variance
            # Satisfaction is a random walk since the observation.
            variance += self.drift**2 * (day - observed)
            precision += 1.0 / variance
            total += (level - channel.offset) / variance
        if not precision:
            return math.nan, math.nan
        return clip_level(total / precision), precision**-0.5


def _compare_with_anchor(channel: Channel, anchor: Reading) -> Channel:
    """Return the channel with its offset updated by one step of the Kalman filter."""
    level = channel.level_on(anchor.observed)
    if level is None:
        return channel
    variance = channel.offset_variance
    # _MIN_ERROR keeps the gain finite when all errors are 0.
    noise = variance + anchor.error**2 + level.error**2 + _MIN_ERROR**2
    gain = variance / noise
    innovation = level.value - anchor.satisfaction - channel.offset
    offset = channel.offset + gain * innovation
    return channel._replace(offset=offset, offset_variance=variance * (1.0 - gain))


def _sum_arrays(arrays: list[Floats]) -> Floats:
    """Return the sum of the arrays that are not empty; empty if all are."""
    filled = [array for array in arrays if len(array)]
    if not filled:
        return np.zeros(0)
    # a single array is passed on, which is cheap and the usual case
    return filled[0] if len(filled) == 1 else np.sum(filled, axis=0)


class MissionControl(Suite):
    """All channels every day: a small survey, talks, mentions and behaviour."""

    kind: ClassVar[str] = "mission_control"
    price_year: float = fixed_price(
        640_000.0, "five people who keep one desk staffed round the clock: 8,736 hours at $73"
    )
    receptors: dict[str, AnyReceptor] = setting(
        {
            "survey": {"kind": "survey", "every": 1, "sample": 20, "field": 1},
            "conversation": {"kind": "conversation"},
            "mentions": {
                "kind": "mentions",
                "coverage": 1.0,
                "classifier": "supervised",
                "correct": True,
            },
            "behaviour": {"kind": "behaviour"},
        },
        "the receptors within, by name",
    )
    anchor: str = setting(
        "survey",
        "name of the one whose level the others are corrected to",
        off="",
        off_means="none",
    )
