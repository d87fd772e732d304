"""Random draws with an address (seed, purpose, day, consumer) instead of an order of calls.

A draw is a hash of its address (a counter-based generator; Salmon et al. 2011, SC'11). The key of
a purpose and day is hashed once; the draw of a consumer costs two SplitMix64 finalisers (Steele,
Lea & Flood 2014, OOPSLA). No draw depends on the number of people, on other draws, or on threads,
engine and process.

A policy of your own takes its draws with `draw_uniform` or `draw_uniforms`, under a purpose from
`FIRST_USER_PURPOSE` on: Equipoise never uses those numbers. If it needs several draws per day and
consumer, give each a ``lane`` of its own.
"""

from __future__ import annotations

import enum

import numpy as np

from equipoise.array_types import Floats, UInts
from equipoise.compilation import compile_rule


class Purpose(enum.IntEnum):
    """Purpose of a draw; its number is part of the address and never changes."""

    # traits, drawn once (day 0)
    VALUES = 1
    DRIVES = 2
    VOICE = 3
    REFLECTIVENESS = 4
    DEPTH_CEILING = 5
    MOBILE = 6
    STAGE = 7
    START = 8
    STRATUM = 9
    NETWORK = 10
    TRIBE = 11
    TASTE = 12
    # a consumer's day
    REACH = 20
    RELEVANCE = 21
    CYCLE = 22
    USE = 23
    NOISE = 24  # four lanes: NOISE + drive, to 27
    FAILURE = 28
    FAILED_DRIVE = 29
    SYSTEM2 = 30
    VOICE_EXIT = 31
    POST = 32
    QUESTION = 33
    CHECK_IN = 34
    HELP = 35
    FOLLOW = 36
    OUTSIDE = 37
    RUMOURED = 38
    CREATE = 39
    DELETE = 40
    LAYER = 41
    UNFOLLOW = 42
    # the firm and its world
    SURVEY_SAMPLE = 60
    SURVEY_ANSWER = 61
    SURVEY_NOISE = 62
    CLASSIFIER = 63
    COVERAGE = 64
    FOLLOW_THROUGH = 65
    DISTURBANCE = 66
    DECISION = 67
    CONVERSATION = 68
    RUMOUR = 69
    SEAT = 70
    TURNOVER = 71
    INTAKE = 72
    CAUSE = 73


FIRST_USER_PURPOSE = 1000  # this number and higher ones are free for users' policies
DAY_KEY_COUNT = 43  # purposes below this number have a key in `fill_day_keys`

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1B54A32D192ED03)
_SCALE = 2.0**-53
_LANE_BITS = 32  # consumers have lower numbers than 2**32


@compile_rule
def mix_bits(x: np.uint64) -> np.uint64:
    """Finalise 64 bits (SplitMix64's output function, a bijection)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compile_rule
def day_key(seed: int, purpose: int, day: int) -> np.uint64:
    """Return the 64-bit key of one purpose on one day under one seed."""
    k = mix_bits(np.uint64(seed) + _GOLDEN)
    k = mix_bits(k ^ (np.uint64(purpose) * _ODD + _GOLDEN))
    return mix_bits(k ^ (np.uint64(day) * _GOLDEN + _ODD))


@compile_rule
def fill_day_keys(seed: int, day: int, keys: UInts) -> None:
    """Fill ``keys`` (DAY_KEY_COUNT,) with the day's key of every consumer purpose, by purpose."""
    for purpose in range(keys.shape[0]):
        keys[purpose] = day_key(seed, purpose, day)


@compile_rule
def bits_at(k: np.uint64, consumer: int) -> np.uint64:
    """Return 64 random bits of one consumer under a day's key."""
    return mix_bits(k ^ mix_bits(np.uint64(consumer) * _GOLDEN + k))


@compile_rule
def uniform_at(k: np.uint64, consumer: int) -> float:
    """Return a uniform number in [0, 1) with 53 bits, of one consumer under a day's key."""
    return np.float64(bits_at(k, consumer) >> np.uint64(11)) * _SCALE


@compile_rule
def noise_at(k: np.uint64, consumer: int) -> float:
    """Return a bell-shaped number of mean 0 and variance 1: the centred sum of four uniforms.

    Irwin-Hall of order four, from 16 bits each: bounded at +-3.46, excess kurtosis -0.3; one hash
    and no logarithm.
    """
    b = bits_at(k, consumer)
    low = np.uint64(0xFFFF)
    total = (
        (b & low)
        + ((b >> np.uint64(16)) & low)
        + ((b >> np.uint64(32)) & low)
        + (b >> np.uint64(48))
    )
    return (np.float64(total) + 2.0 - 131072.0) * (1.7320508075688772 / 65536.0)


@compile_rule
def _uniform(seed: int, purpose: int, day: int, consumer: int) -> float:
    return uniform_at(day_key(seed, purpose, day), consumer)


@compile_rule
def _noise(seed: int, purpose: int, day: int, consumer: int) -> float:
    return noise_at(day_key(seed, purpose, day), consumer)


@compile_rule
def _uniforms(seed: int, purpose: int, day: int, count: int) -> Floats:
    k = day_key(seed, purpose, day)
    drawn = np.empty(count)
    for consumer in range(count):
        drawn[consumer] = uniform_at(k, consumer)
    return drawn


@compile_rule
def _pair_uniforms(seed: int, purpose: int, first: np.ndarray, second: np.ndarray) -> Floats:
    drawn = np.empty(len(first))
    for pair in range(len(first)):
        drawn[pair] = uniform_at(day_key(seed, purpose, first[pair]), second[pair])
    return drawn


# The functions for plain Python. They turn a `Purpose` into an int first: numba looks up the type
# of an enum member at every call, which takes longer than the draw.


def draw_uniform(seed: int, purpose: int, day: int, consumer: int, lane: int = 0) -> float:
    """Return the uniform number in [0, 1) at an address.

    Args:
        seed: of the world.
        purpose: a `Purpose`, or a number from `FIRST_USER_PURPOSE` on.
        day: counted from the first day of burn-in.
        consumer: number of the consumer, or of whatever the draw belongs to, below 2**32.
        lane: distinguishes several draws of one purpose, day and consumer.
    """
    return _uniform(seed, int(purpose), day, int(consumer) + (lane << _LANE_BITS))


def draw_noise(seed: int, purpose: int, day: int, consumer: int) -> float:
    """Return the bell-shaped number at an address (see `noise_at`)."""
    return _noise(seed, int(purpose), day, consumer)


def draw_uniforms(seed: int, purpose: int, day: int, count: int) -> Floats:
    """Return the uniform numbers in [0, 1) of consumers 0..count-1, shape (count,)."""
    return _uniforms(seed, int(purpose), day, count)


def draw_pair_uniforms(seed: int, purpose: int, first: np.ndarray, second: np.ndarray) -> Floats:
    """Return the uniform numbers in [0, 1) of pairs of consumers, shape (n,).

    In the address the first of a pair takes the place of the day.
    """
    return _pair_uniforms(seed, int(purpose), first, second)
