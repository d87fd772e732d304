"""What a day offers its consumers: the firm's ordinary day, changed by weather, deeds and the public record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from equipoise.array_types import Floats, Reals, StructuredArray
from equipoise.consumers.day_inputs import TODAY_DTYPE
from equipoise.environment.public_record import PublicRecord
from equipoise.firm.interfaces import UNLIMITED, Touch
from equipoise.settings.settings import Settings

_MOST = np.array([np.inf if name in UNLIMITED else 1.0 for name in Touch._fields])
_STRAIGHT = ("trigger", "welcome", "draw_out", "delete", "community", "invite")
_WEATHER = ("outside_reach", "outside_weight", "outside_valence", "rumour", "demand", "rivalry")
SHOWN = 0.1  # share of the shown values in what the firm is seen to enact, at a full day's effort


def baseline_day(settings: Settings) -> StructuredArray:
    """Return an ordinary day, a table (1,) of TODAY_DTYPE: no weather, no deeds."""
    today = np.zeros(1, TODAY_DTYPE)
    today["seed"] = settings.seed
    today["relevance"] = settings.firm.relevance
    return today


def set_weather_and_touch(today: Any, settings: Settings, weather: Any, touch: Floats) -> None:
    """Write into a day what weather (a row of WEATHER_DTYPE) and summed touches make of an ordinary one."""
    firm, world, hearing = settings.firm, settings.environment, settings.community.hearing
    done = Touch(*np.minimum(touch, _MOST).tolist())
    for name in _WEATHER:
        today[name] = weather[name]
    for name in _STRAIGHT:
        today[name] = getattr(done, name)
    today["offer"] = min(world.competitor + weather["offer"], 1.0)
    today["lure"] = today["offer"] / world.competitor if world.competitor > 0 else 1.0
    today["content"] = firm.content + done.content
    today["push"] = weather["push"] * (1.0 + done.push)
    today["advertising"] = min(firm.advertising * weather["reach"] * (1.0 + done.push), 1.0)
    today["negativity"] = 1.0 + (hearing.negativity - 1.0) * (1.0 - done.cool)
    today["tribe_boost"] = 1.0 + (hearing.tribe_boost - 1.0) * (1.0 - done.introduce)


def set_public_record(
    today: Any, public: PublicRecord, delivered: float, forum_voice: float
) -> None:
    """Write into a day what of the public record people get to see; ``delivered`` is the day's mean quality."""
    today["rating"], today["record_seen"] = public.seen(today["promise"], delivered)
    today["posting"] = public.posting
    today["forum_valence"], today["community_valence"] = public.forum, public.community
    today["forum_voice"] = forum_voice if public.open else 0.0


@njit(cache=True)
def update_value_fit(
    values: Reals,
    lengths: Floats,
    enacted: Floats,
    society: Floats,
    societal_weight: float,
    fit: Reals,
) -> None:
    """Write everybody's value fit (N,), 0..1: their own with the firm's enacted values, and by a weight society's.

    A fit is (1 + cosine) / 2. ``lengths`` (N,) are those of ``values`` (N, 10).
    """
    length = math.sqrt((enacted * enacted).sum())
    common = _alike(society, enacted, length * math.sqrt((society * society).sum()))
    for i in range(values.shape[0]):
        own = _alike(values[i], enacted, length * lengths[i])
        fit[i] = own + societal_weight * (common - own)


@njit(cache=True)
def _alike(a: Reals, b: Floats, lengths: float) -> float:
    """Return (1 + cosine) / 2 of two vectors, whose lengths are multiplied; 1/2 where one of them is nothing."""
    product = 0.0
    for k in range(len(a)):
        product += a[k] * b[k]
    return 0.5 + 0.5 * product / lengths if lengths > 0.0 else 0.5


def shown_values(enacted: Floats, expressed: Floats) -> Floats:
    """Return the values that the firm is seen to enact: its own, and in part what its deeds express."""
    return enacted + SHOWN * expressed
