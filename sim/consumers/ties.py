"""The ties of a network as the day's steps need them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from equipoise.array_types import Bytes, DayNumbers, Indices, Ints, Reals
from equipoise.network import Network
from equipoise.portable_math import raise_to_power
from equipoise.randomness import Purpose, draw_pair_uniforms
from equipoise.settings.settings import Settings

ONLINE, OFFLINE = range(2)


class TieArrays(NamedTuple):
    """The ties of N consumers in compressed rows: consumer i speaks over starts[i]..starts[i+1].

    All arrays but ``starts``, ``sources`` and ``fading`` have one entry per tie and direction.
    """

    starts: Ints  # (N + 1,)
    sources: Ints  # (N,) number of people whom the consumer hears
    neighbours: Indices  # the consumer who hears
    same_tribe: Bytes  # 1 if both belong to the same tribe
    layer: Bytes  # ONLINE or OFFLINE
    strength: Reals  # 0.5..2, when the tie was last used
    last_used: DayNumbers
    fading: Reals  # (days + 1,) share of excess strength left after that many unused days


def build_ties(network: Network, settings: Settings, days: int, real: DTypeLike) -> TieArrays:
    """Return the ties at the start of a run; reals in the dtype ``real``.

    All ties have strength 1, unless the network gives strengths.
    """
    hearer = network.neighbours
    speaker = np.repeat(np.arange(network.size), np.diff(network.starts))
    same_tribe = network.tribe[speaker] == network.tribe[hearer]
    offline_share = settings.community.hearing.offline_share
    remaining = 1.0 - settings.community.ties.fade
    strengths = np.ones(len(hearer)) if network.strengths is None else network.strengths
    return TieArrays(
        starts=network.starts,
        sources=np.bincount(hearer, minlength=network.size),
        neighbours=hearer,
        same_tribe=same_tribe.astype(np.uint8),
        layer=_draw_layers(speaker, hearer, offline_share, settings.seed),
        strength=strengths.astype(real),
        last_used=np.zeros(len(hearer), np.int32),
        fading=raise_to_power(np.asarray(remaining), np.arange(days + 1)).astype(real),
    )


def _draw_layers(speaker: Ints, hearer: Indices, offline_share: float, seed: int) -> Bytes:
    """Return the layer of every tie, drawn by its two ends and so the same in both directions."""
    first = np.minimum(speaker, hearer).astype(np.int64)
    second = np.maximum(speaker, hearer).astype(np.int64)
    draws = draw_pair_uniforms(seed, Purpose.LAYER, first, second)
    return np.where(draws < offline_share, OFFLINE, ONLINE).astype(np.uint8)
