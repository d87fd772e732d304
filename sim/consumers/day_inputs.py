"""What a day's compiled passes are told: the community's coefficients, and the day's world as plain numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

import numpy as np

from equipoise.array_types import StructuredArray
from equipoise.settings.community import Community
from equipoise.settings.schema import Record

TODAY_DTYPE = np.dtype(
    [
        ("seed", np.uint64),  # of the world
        ("day", np.int64),  # from the first morning, burn-in included
        ("quality", np.float64, (4,)),  # delivered on average, by drive
        ("promise", np.float64),  # level promised
        ("push", np.float64),  # advertising against an ordinary day's
        ("advertising", np.float64),  # share of non-followers reached
        ("content", np.float64),  # messages to a follower
        ("relevance", np.float64),  # share of messages that are relevant
        ("rating", np.float64),  # the public record
        ("posting", np.float64),  # share of people who posted yesterday
        ("offer", np.float64),  # attraction of the competitor
        ("demand", np.float64),  # factor on use
        ("failure_chance", np.float64),  # that a use fails
        ("failure_until", np.float64, (4,)),  # cumulative shares of drives in failures
        ("trigger", np.float64),  # share of System 1 that the firm wakes
        ("gap", np.float64),  # between claimed and enacted values, 0..1
        ("bond", np.float64),  # how strongly the firm's deeds tie people to the brand
        ("bonding", np.float64),  # how strongly they tie people to each other
        ("record_seen", np.float64),  # factor on the weight of the record in attraction
        ("lure", np.float64),  # factor on leaving
        ("rivalry", np.float64),  # how strongly the competitor raises expectations
        ("rumour", np.float64),  # chance to hear a falsehood
        ("outside_reach", np.float64),  # chance to hear a voice from outside
        ("outside_weight", np.float64),  # its weight against an ordinary one
        ("outside_valence", np.float64),  # its valence
        ("forum_voice", np.float64),  # weight of the open forum for everybody
        ("forum_valence", np.float64),  # mean valence of yesterday's posts
        ("community", np.float64),  # intensity of the brand's own community
        ("community_valence", np.float64),  # mean valence of followers' posts yesterday
        ("welcome", np.float64),  # of those who post
        ("draw_out", np.float64),  # of the quiet
        ("delete", np.float64),  # share of negative posts deleted
        ("invite", np.float64),  # chance of a follower to create with the firm
        ("negativity", np.float64),  # weight of a negative post today
        ("tribe_boost", np.float64),  # weight of a voice from the own tribe today
    ]
)


def coefficient_table(community: Community) -> StructuredArray:
    """Return the community's coefficients by name as a table (1,) of one flat row: kappa, loss_aversion, ...

    Raises:
        ValueError: when two groups give a coefficient the same name (a fault of the code, not of a user).
    """
    groups = (getattr(community, name) for name in type(community).model_fields)
    flat = [item for group in groups if isinstance(group, Record) for item in group]
    dtype = np.dtype([(name, np.float64) for name, _ in flat])
    return np.array([tuple(value for _, value in flat)], dtype)


def value_gap(claimed: Sequence[float], enacted: Sequence[float]) -> float:
    """Return the gap between claimed and enacted values, 0..1: (1 - cosine) / 2; 0 where one of them is nothing."""
    lengths = math.hypot(*claimed) * math.hypot(*enacted)
    return (1.0 - sum(map(operator.mul, claimed, enacted)) / lengths) / 2.0 if lengths > 0 else 0.0
