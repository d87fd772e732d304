"""Several receptors fused into one reading: each weighs by its precision, and an honest one corrects the others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import model_validator

from equipoise.array_types import Floats
from equipoise.errors import unknown_name_message
from equipoise.firm.interfaces import NO_COUNTS, Market, Plant, Reading, Receptor
from equipoise.firm.wrappers import AnyReceptor
from equipoise.settings.schema import setting

EXACT = 1e-6  # a smaller standard error counts as this one
KEPT = 60  # days of a channel's levels kept for the anchor to be compared with


class Channel(NamedTuple):
    """What is known of one receptor within: its state, levels of late, and the offset it is believed to have.

    ``levels`` are (day observed, level, error) of the last `KEPT` days, newest last; ``offset`` has the variance
    ``unsure``.
    """

    state: Any
    levels: tuple[tuple[int, float, float], ...]
    offset: float
    unsure: float


class Suite(Receptor):
    """Fuses several receptors by precision: level = sum(level_i / var_i) / sum(1 / var_i), var = 1 / sum(1 / var_i).

    The last level of each counts; its variance grows with age, error^2 + drift^2 * days. When one is named the
    ``anchor``, the offset of every other against it is learned by a scalar Kalman filter (prior variance doubt^2,
    growing by wander^2 a day): each reading of the anchor is compared with the other's level of the same day, and
    the other is corrected by the offset, whose variance is added to its own. So a fast, biased channel gives the
    movement and a slow, honest one the level. Counts of praise, trouble and causes are those new today, summed.
    """

    kind: ClassVar[str] = "suite"
    receptors: dict[str, AnyReceptor] = setting(
        {"survey": {"kind": "survey"}, "mentions": {"kind": "mentions"}},
        "the receptors within, by name",
    )
    anchor: str = setting(
        "", "name of the one whose level the others are corrected to", off="", off_means="none"
    )
    doubt: float = setting(
        0.1, "how far off the level of a channel may be, before the anchor speaks", low=0, high=1
    )
    wander: float = setting(0.005, "how fast that may change", low=0, high=1, unit="1/sqrt(day)")
    drift: float = setting(
        0.005, "how fast satisfaction itself may change", low=0, high=1, unit="1/sqrt(day)"
    )

    @model_validator(mode="after")
    def _anchored(self) -> Suite:
        if not self.receptors:
            raise ValueError(
                "a suite needs at least one receptor: give receptors: {name: {kind: ...}}."
            )
        if self.anchor and self.anchor not in self.receptors:
            raise ValueError(unknown_name_message("anchor", self.anchor, self.receptors))
        return self

    @property
    def sees_truth(self) -> bool:
        """Whether one within does."""
        return any(each.sees_truth for each in self.receptors.values())

    def init(self, plant: Plant) -> dict[str, Channel]:
        """Return a channel for each receptor, with nothing heard."""
        return {
            name: Channel(
                each.init(plant),
                (),
                0.0,
                self.doubt**2 if self.anchor and name != self.anchor else 0.0,
            )
            for name, each in self.receptors.items()
        }

    def step(
        self, market: Market, state: dict[str, Channel]
    ) -> tuple[Reading | None, dict[str, Channel]]:
        """Let all sense; fuse when one of them has news."""
        channels, news = {}, {}
        for name, receptor in self.receptors.items():
            shown = (
                market
                if receptor.sees_truth or market.truth is None
                else replace(market, truth=None)
            )
            reading, inner = receptor.step(shown, state[name].state)
            channels[name] = state[name]._replace(state=inner)
            if reading is not None:
                news[name] = reading
                channels[name] = _heard(channels[name], reading)
        if self.anchor:
            channels = self._corrected(channels, news.get(self.anchor))
        return (self._fused(market.day, channels, news) if news else None), channels

    def _corrected(
        self, channels: dict[str, Channel], anchor: Reading | None
    ) -> dict[str, Channel]:
        """Let offsets wander for a day, and compare with the anchor when it has spoken."""
        out = {}
        for name, each in channels.items():
            if name == self.anchor:
                out[name] = each
                continue
            offset, unsure = each.offset, each.unsure + self.wander**2
            seen = _level_on(each, anchor.observed) if anchor is not None else None
            if anchor is not None and seen is not None and not math.isnan(anchor.satisfaction):
                gain = unsure / (unsure + anchor.error**2 + seen[1] ** 2 + EXACT**2)
                offset += gain * (seen[0] - anchor.satisfaction - offset)
                unsure *= 1.0 - gain
            out[name] = Channel(each.state, each.levels, offset, unsure)
        return out

    def _fused(self, day: int, channels: dict[str, Channel], new: dict[str, Reading]) -> Reading:
        news = list(new.values())
        weights = total = 0.0
        for each in channels.values():
            if each.levels:
                observed, level, error = each.levels[-1]
                variance = max(error, EXACT) ** 2 + each.unsure + self.drift**2 * (day - observed)
                weights += 1.0 / variance
                total += (level - each.offset) / variance
        level, error = (
            (min(max(total / weights, 0.0), 1.0), weights**-0.5)
            if weights
            else (math.nan, math.nan)
        )
        praise, trouble = (
            _summed([getattr(each, name) for each in news]) for name in ("praise", "trouble")
        )
        causes = [each.causes for each in news if len(each.causes)]
        values = [each.values for each in news if len(each.values)]
        return Reading(
            max(each.observed for each in news),
            day,
            level,
            error,
            praise,
            trouble,
            sum(each.volume for each in news),
            _summed(causes) if causes else np.zeros(0),
            _summed(values) / len(values) if values else np.zeros(0),
            tuple(new.items()),
        )


def _heard(channel: Channel, reading: Reading) -> Channel:
    """Add a reading's level to a channel, unless it has none."""
    if math.isnan(reading.satisfaction):
        return channel
    error = 0.0 if math.isnan(reading.error) else reading.error
    levels = (*channel.levels, (reading.observed, reading.satisfaction, error))
    if levels[0][0] < reading.observed - KEPT and len(levels) > 1:
        levels = levels[1:]
    return channel._replace(levels=levels)


def _level_on(channel: Channel, day: int) -> tuple[float, float] | None:
    """Return level and error of the last reading observed on a day or before it."""
    for observed, level, error in reversed(channel.levels):
        if observed <= day:
            return level, error
    return None


def _summed(counts: list[Floats]) -> Floats:
    if not counts:
        return NO_COUNTS
    return counts[0] if len(counts) == 1 else np.sum(counts, axis=0)


class MissionControl(Suite):
    """Everything at once, every day: a small daily survey, talks, mentions read by machine, and behaviour."""

    kind: ClassVar[str] = "mission_control"
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
