"""Which settings matter most to a measure: Sobol indices and Morris effects with intervals. The only door to SALib."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.stats import norm

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, suggest_spelling

SensitivityMethod = Literal["sobol", "morris"]
_METHODS: tuple[SensitivityMethod, ...] = ("sobol", "morris")
_CONFIDENCE = 0.95
_RESAMPLES = 1000
_MORRIS_LEVELS = 4  # of Morris's grid: the steps of 2/3 that he advises
_MISSING_EXTRA = "Sensitivity needs its extra: pip install 'equipoise[search]'."


class Effect(NamedTuple):
    """How much one setting matters.

    Args:
        setting: its name.
        size, low, high: what settings are ranked by, with its 95 % interval: the total Sobol index (share of the
            variance that would be left if all others were known), or Morris's mean absolute effect (change of the
            measure over the whole range).
        first, first_low, first_high: the first-order Sobol index (share of the variance that it explains alone).
        mean, spread: of Morris's effects; a mean near ``size`` or -``size`` = one direction, a large spread =
            bends, or acts together with others. Where a method has no such number it is nan.
    """

    setting: str
    size: float
    low: float
    high: float
    first: float = np.nan
    first_low: float = np.nan
    first_high: float = np.nan
    mean: float = np.nan
    spread: float = np.nan


def count_design_points(method: SensitivityMethod, settings: int, samples: int) -> int:
    """Return how many points a design has: samples x (settings + 2) for Sobol, x (settings + 1) for Morris."""
    return samples * (settings + (2 if method == "sobol" else 1))


def find_sampling_problems(method: str, settings: int, samples: int) -> Iterator[str]:
    """Yield a line for everything that keeps a design from being carried out."""
    if method not in _METHODS:
        yield f"--method {method!r} is not known.{suggest_spelling(method, _METHODS)} Allowed: {', '.join(_METHODS)}."
    elif method == "sobol" and (samples < 4 or samples & (samples - 1)):
        yield f"--samples {samples}: Sobol's design needs a power of 2 from 4 on, such as 64."
    elif method == "morris" and samples < 4:
        yield f"--samples {samples}: give the number of Morris's paths, 4 or more; 20 is usual."
    if settings < 2:
        given = "there is none" if settings == 0 else "one alone is all that can matter"
        yield f"Sensitivity compares settings with ranges, and {given}. Give two or more: firm.band=interval(0,1)."


def build_design(method: SensitivityMethod, settings: int, samples: int, seed: int = 0) -> Floats:
    """Return the points to run, (points, settings), each in 0..1 along its range.

    Source: Saltelli 2002, over a scrambled Sobol sequence; Morris 1991, paths chosen at random.
    """
    sampler, _ = _salib(method)
    given = {"num_levels": _MORRIS_LEVELS} if method == "morris" else {"calc_second_order": False}
    return np.asarray(
        sampler.sample(_unit([f"x{k}" for k in range(settings)]), samples, seed=seed, **given)
    )


def estimate_effects(
    method: SensitivityMethod, settings: Sequence[str], at: Floats, values: Floats, seed: int = 0
) -> tuple[Effect, ...]:
    """Return how much each setting matters to the mean over worlds, what matters most first.

    Intervals are of +- 1.96 standard errors, by a bootstrap that draws rows of the design and worlds anew together; of
    the worlds one fewer than there are, so that few do not look surer than they are. One world has no such chance.

    Args:
        method: that the design was made by.
        settings: their names.
        at: the design.
        values: of the measure, (points, worlds): the same worlds at every point.
        seed: of the bootstrap.

    Raises:
        EquipoiseError: where values are missing, or all the same.

    Source: Sobol 1993, Saltelli et al. 2010 (first and total indices); Morris 1991, Campolongo et al. 2007 (mean
    absolute effects), computed by SALib; Archer et al. 1997 (bootstrap of rows); Rao & Wu 1988 (one world fewer).
    """
    means = _means(values)
    numbers = _estimate(method, settings, at, means)
    halves = norm.ppf((1 + _CONFIDENCE) / 2) * _errors(method, at, values, seed)
    out = []
    for k, name in enumerate(settings):
        size, *rest = (float(each[k]) for each in numbers)
        ends = size, size - halves[0, k], size + halves[0, k]
        if method == "sobol":
            out.append(Effect(name, *ends, rest[0], rest[0] - halves[1, k], rest[0] + halves[1, k]))
        else:
            out.append(Effect(name, *ends, mean=rest[0], spread=rest[1]))
    return tuple(sorted(out, key=lambda each: -each.size))


def _estimate(
    method: SensitivityMethod, settings: Sequence[str], at: Floats, means: Floats
) -> list[Floats]:
    """Return SALib's estimates: total and first-order indices, or Morris's mu*, mu and sigma."""
    _, analyser = _salib(method)
    # SALib's own intervals are not used. With seed 0 it would draw them from numpy's global state.
    options: dict[str, Any] = {"conf_level": _CONFIDENCE, "num_resamples": 2, "seed": 1}
    unit = _unit(settings)
    if method == "morris":
        result = analyser.analyze(unit, at, means, num_levels=_MORRIS_LEVELS, **options)
        return [result["mu_star"], result["mu"], result["sigma"]]
    base = means.reshape(-1, len(settings) + 2)[:, [0, -1]]
    if np.ptp(base) == 0:
        raise EquipoiseError(
            f"The measure is {base[0, 0]:g} at all base points of the design, so its variance is "
            "unknown. Give more --samples."
        )
    with warnings.catch_warnings():
        # A resample of equal rows, for the intervals that are not used.
        warnings.filterwarnings("ignore", "Constant values encountered")
        result = analyser.analyze(unit, means, calc_second_order=False, **options)
    return [result["ST"], result["S1"]]


def _means(values: Floats) -> Floats:
    """Return each point's mean over worlds, where there is something to explain."""
    if gaps := int((~np.isfinite(values)).any(axis=1).sum()):
        raise EquipoiseError(
            f"The measure has no value at {gaps} of {len(values)} points. Take one that always has: time_in_band."
        )
    means: Floats = values.mean(axis=1)
    if np.ptp(means) == 0:
        raise EquipoiseError(
            f"The measure is {means[0]:g} at all points: within these ranges nothing matters to it."
        )
    return means


def _errors(method: SensitivityMethod, at: Floats, values: Floats, seed: int) -> Floats:
    """Return standard errors, (indices, settings), by drawing rows of the design and worlds anew."""
    random, (points, worlds), settings = np.random.default_rng(seed), values.shape, at.shape[1]
    block = settings + (2 if method == "sobol" else 1)
    rows, drawn = points // block, max(worlds - 1, 1)
    found = []
    for _ in range(_RESAMPLES):
        weights = random.multinomial(drawn, np.full(worlds, 1 / worlds)) / drawn
        parts = (values @ weights).reshape(rows, block)
        which = random.integers(rows, size=rows)
        found.append(
            _indices(parts[which])
            if method == "sobol"
            else _moves(at, parts)[which].mean(axis=0)[None]
        )
    return np.asarray(np.nanstd(found, axis=0, ddof=1))


def _indices(parts: Floats) -> Floats:
    """Return total and first indices, (2, settings), from values of Saltelli's design: A, A with one of B's, B."""
    parts = parts - parts.mean()
    first, mixed, second = parts[:, :1], parts[:, 1:-1], parts[:, -1:]
    spread = np.var(np.hstack([first, second])) or np.nan  # rows that are all alike have no indices
    return (
        np.array([((first - mixed) ** 2).mean(axis=0) / 2, (second * (mixed - first)).mean(axis=0)])
        / spread
    )


def _moves(at: Floats, parts: Floats) -> Floats:
    """Return absolute effects, (paths, settings): on each path of Morris's, each setting is moved once."""
    steps = np.diff(at.reshape(*parts.shape, -1), axis=1)
    moved = np.abs(steps).argmax(axis=2)
    effect = np.abs(np.diff(parts, axis=1)) / np.abs(steps).max(axis=2)
    out: Floats = np.empty_like(effect)
    np.put_along_axis(out, moved, effect, axis=1)
    return out


def monte_carlo_share(values: Floats) -> float:
    """Return the share of the variance between points that is Monte Carlo error; nan for one world.

    The mean effect of a world on all points is left out, since it cancels.

    Args:
        values: of the measure, (points, worlds).
    """
    points, worlds = values.shape
    if worlds < 2:
        return float("nan")
    means = values.mean(axis=1)
    left = values - means[:, None] - values.mean(axis=0) + values.mean()
    noise = (left**2).sum() / ((points - 1) * (worlds - 1)) / worlds
    return float(min(noise / means.var(ddof=1), 1.0))


def overlapping_groups(found: Sequence[Effect]) -> list[list[str]]:
    """Return groups of settings, next to one another in rank, whose intervals overlap: their order is not known."""
    groups: list[list[str]] = []
    for above, below in pairwise(found):
        if above.low > below.high:
            continue
        if groups and groups[-1][-1] == above.setting:
            groups[-1].append(below.setting)
        else:
            groups.append([above.setting, below.setting])
    return groups


def _unit(settings: Sequence[str]) -> dict[str, Any]:
    return {
        "num_vars": len(settings),
        "names": list(settings),
        "bounds": [[0.0, 1.0]] * len(settings),
    }


def _salib(method: SensitivityMethod) -> tuple[Any, Any]:
    """Return SALib's sampler and analyser."""
    try:
        if method == "sobol":
            from SALib.analyze import sobol as analyser
            from SALib.sample import sobol as sampler
        else:
            from SALib.analyze import morris as analyser
            from SALib.sample import morris as sampler
    except ModuleNotFoundError:
        raise EquipoiseError(_MISSING_EXTRA) from None
    return sampler, analyser
