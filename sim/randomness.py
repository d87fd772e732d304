"""The only source of chance: draws addressed by (seed, purpose, day, consumer), never by call order.

A draw is a hash of its address (a counter-based generator; Salmon et al. 2011, SC'11). The day's key of a
purpose is hashed once; a consumer's draw costs two SplitMix64 finalisers (Steele, Lea & Flood 2014, OOPSLA).
So nobody's draws depend on how many people there are, on what else is drawn, on threads, engine or process.
"""

from __future__ import annotations

import enum

import numpy as np
from numba import njit

from equipoise.array_types import UInts


class Purpose(enum.IntEnum):
    """What a draw is for; a member's number is part of the address and never changes."""

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


DAY_KEY_COUNT = 43  # purposes below this number have a day's key in `day_keys`

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1B54A32D192ED03)
_SCALE = 2.0**-53


@njit(cache=True)
def mix_bits(x: np.uint64) -> np.uint64:
    """Finalise 64 bits (SplitMix64's output function, a bijection)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True)
def day_key(seed: int, purpose: int, day: int) -> np.uint64:
    """Return the 64-bit key of one purpose on one day under one seed."""
    k = mix_bits(np.uint64(seed) + _GOLDEN)
    k = mix_bits(k ^ (np.uint64(purpose) * _ODD + _GOLDEN))
    return mix_bits(k ^ (np.uint64(day) * _GOLDEN + _ODD))


@njit(cache=True)
def bits_at(k: np.uint64, consumer: int) -> np.uint64:
    """Return 64 random bits of one consumer under a day's key."""
    return mix_bits(k ^ mix_bits(np.uint64(consumer) * _GOLDEN + k))


@njit(cache=True)
def uniform_at(k: np.uint64, consumer: int) -> float:
    """Return a uniform number in [0, 1) with 53 bits, of one consumer under a day's key."""
    return np.float64(bits_at(k, consumer) >> np.uint64(11)) * _SCALE


@njit(cache=True)
def noise_at(k: np.uint64, consumer: int) -> float:
    """Return a bell-shaped number of mean 0 and variance 1: the centred sum of four 16-bit uniforms.

    Irwin-Hall of order four: bounded at +-3.46, excess kurtosis -0.3; one hash and no logarithm.
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


@njit(cache=True)
def draw_uniform(seed: int, purpose: int, day: int, consumer: int) -> float:
    """Return the uniform number in [0, 1) at an address."""
    return uniform_at(day_key(seed, purpose, day), consumer)


@njit(cache=True)
def draw_noise(seed: int, purpose: int, day: int, consumer: int) -> float:
    """Return the bell-shaped number at an address (see `noise_at`)."""
    return noise_at(day_key(seed, purpose, day), consumer)


@njit(cache=True)
def draw_uniforms(seed: int, purpose: int, day: int, count: int) -> np.ndarray:
    """Return the uniform numbers in [0, 1) of consumers 0..count-1: shape (count,), float64."""
    k = day_key(seed, purpose, day)
    drawn = np.empty(count)
    for consumer in range(count):
        drawn[consumer] = uniform_at(k, consumer)
    return drawn


@njit(cache=True)
def draw_pair_uniforms(
    seed: int, purpose: int, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Return the uniform numbers in [0, 1) of pairs of consumers, (n,): the first stands where a day stands."""
    drawn = np.empty(len(first))
    for pair in range(len(first)):
        drawn[pair] = uniform_at(day_key(seed, purpose, first[pair]), second[pair])
    return drawn


@njit(cache=True)
def fill_day_keys(seed: int, day: int, keys: UInts) -> None:
    """Fill ``keys`` (KEYS,) with the day's key of every consumer purpose, indexed by purpose."""
    for purpose in range(keys.shape[0]):
        keys[purpose] = day_key(seed, purpose, day)
