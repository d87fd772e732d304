"""Sensitivity indices with intervals: Sobol and Morris. The only module that imports SALib."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
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
# SALib's own intervals are not used. With seed 0 it would draw them from numpy's global state.
_SALIB_OPTIONS: dict[str, Any] = {"conf_level": _CONFIDENCE, "num_resamples": 2, "seed": 1}
_MISSING_EXTRA = "Sensitivity needs its extra: pip install 'equipoise[search]'."


class Effect(NamedTuple):
    """Influence of one setting on a measure; fields that a method does not estimate are nan.

    Args:
        setting: its name.
        size, low, high: the index that settings are ranked by, with its 95 % interval: the total
            Sobol index (share of the variance that would remain if all others were known), or
            Morris's mean absolute effect (change of the measure over the whole range).
        first, first_low, first_high: the first-order Sobol index (share of the variance that the
            setting explains alone), with its 95 % interval.
        mean, spread: of Morris's effects. A mean near ``size`` or -``size`` is one direction; a
            large spread is curvature or interaction with other settings.
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


def _block_length(method: SensitivityMethod, settings: int) -> int:
    """Return the number of points in one row of a design: a block of Saltelli, a path of Morris."""
    return settings + 2 if method == "sobol" else settings + 1


def count_design_points(method: SensitivityMethod, settings: int, samples: int) -> int:
    """Return the number of points of a design.

    It is samples x (settings + 2) for Sobol, samples x (settings + 1) for Morris.
    """
    return samples * _block_length(method, settings)


def find_sampling_problems(method: str, settings: int, samples: int) -> Iterator[str]:
    """Yield a line for each reason why a design cannot be built."""
    is_power_of_2 = samples & (samples - 1) == 0
    if method not in _METHODS:
        hint = suggest_spelling(method, _METHODS)
        yield f"--method {method!r} is not known.{hint} Allowed: {', '.join(_METHODS)}."
    elif method == "sobol" and (samples < 4 or not is_power_of_2):
        yield f"--samples {samples}: Sobol's design needs a power of 2 from 4 on, such as 64."
    elif method == "morris" and samples < 4:
        yield f"--samples {samples}: give the number of Morris's paths, 4 or more; 20 is usual."
    if settings < 2:
        given = "there is none" if settings == 0 else "one alone is all that can matter"
        yield (
            f"Sensitivity compares settings with ranges, and {given}. "
            "Give two or more: firm.band=interval(0,1)."
        )


def build_design(method: SensitivityMethod, settings: int, samples: int, seed: int = 0) -> Floats:
    """Return the points to run, (points, settings), each in 0..1 along its range.

    Source: Saltelli 2002, over a scrambled Sobol sequence; Morris 1991, paths chosen at random.
    """
    sampler, _ = _import_salib(method)
    problem = _unit_problem([f"x{k}" for k in range(settings)])
    if method == "morris":
        design = sampler.sample(problem, samples, seed=seed, num_levels=_MORRIS_LEVELS)
    else:
        design = sampler.sample(problem, samples, seed=seed, calc_second_order=False)
    return np.asarray(design)


def estimate_effects(
    method: SensitivityMethod, settings: Sequence[str], at: Floats, values: Floats, seed: int = 0
) -> tuple[Effect, ...]:
    """Return the effect of each setting on the mean over worlds, the largest first.

    Intervals are +- 1.96 standard errors, by a bootstrap that resamples rows of the design and
    worlds together. It draws one world fewer than there are, which corrects the bias of a bootstrap
    of few worlds. With one world only the rows are resampled.

    Args:
        method: the method that the design was built for.
        settings: their names.
        at: the design.
        values: of the measure, (points, worlds): the same worlds at every point.
        seed: of the bootstrap.

    Raises:
        EquipoiseError: when values are missing, or are all the same.

    Source: Sobol 1993, Saltelli et al. 2010 (first and total indices); Morris 1991, Campolongo et
    al. 2007 (mean absolute effects), computed by SALib; Archer et al. 1997 (bootstrap of rows);
    Rao & Wu 1988 (one world fewer).
    """
    means = _mean_over_worlds(values)
    problem = _unit_problem(settings)
    build_effect: Callable[[str, Sequence[float], Floats], Effect]
    if method == "sobol":
        build_effect, estimates = _sobol_effect, _estimate_sobol(problem, means)
    else:
        build_effect, estimates = _morris_effect, _estimate_morris(problem, at, means)
    half_widths = norm.ppf((1 + _CONFIDENCE) / 2) * _standard_errors(method, at, values, seed)
    effects = []
    for k, name in enumerate(settings):
        numbers = [float(estimate[k]) for estimate in estimates]
        effects.append(build_effect(name, numbers, half_widths[:, k]))
    return tuple(sorted(effects, key=lambda effect: -effect.size))


def _sobol_effect(name: str, numbers: Sequence[float], half_widths: Floats) -> Effect:
    total, first = numbers
    total_half, first_half = half_widths
    return Effect(
        name,
        size=total,
        low=total - total_half,
        high=total + total_half,
        first=first,
        first_low=first - first_half,
        first_high=first + first_half,
    )


def _morris_effect(name: str, numbers: Sequence[float], half_widths: Floats) -> Effect:
    size, mean, spread = numbers
    (half,) = half_widths
    return Effect(name, size, size - half, size + half, mean=mean, spread=spread)


def _estimate_sobol(problem: dict[str, Any], means: Floats) -> list[Floats]:
    """Return SALib's total and first-order indices, each (settings,)."""
    _, analyser = _import_salib("sobol")
    _require_base_variance(means.reshape(-1, _block_length("sobol", problem["num_vars"])))
    with warnings.catch_warnings():
        # A resample of equal rows, for the intervals that are not used.
        warnings.filterwarnings("ignore", "Constant values encountered")
        result = analyser.analyze(problem, means, calc_second_order=False, **_SALIB_OPTIONS)
    return [result["ST"], result["S1"]]


def _estimate_morris(problem: dict[str, Any], at: Floats, means: Floats) -> list[Floats]:
    """Return SALib's mu*, mu and sigma, each (settings,)."""
    _, analyser = _import_salib("morris")
    result = analyser.analyze(problem, at, means, num_levels=_MORRIS_LEVELS, **_SALIB_OPTIONS)
    return [result["mu_star"], result["mu"], result["sigma"]]


def _require_base_variance(rows: Floats) -> None:
    """Raise a user error if the measure is constant over the base points, first and last in a row.

    Sobol's indices are shares of the variance over these points.
    """
    base = rows[:, [0, -1]]
    if np.ptp(base) == 0:
        raise EquipoiseError(
            f"The measure is {base[0, 0]:g} at all base points of the design, so its variance is "
            "unknown. Give more --samples."
        )


def _mean_over_worlds(values: Floats) -> Floats:
    """Return the mean of each point, (points,); refuse missing values and a constant measure."""
    has_gap = (~np.isfinite(values)).any(axis=1)
    if has_gap.any():
        raise EquipoiseError(
            f"The measure has no value at {has_gap.sum()} of {len(values)} points. "
            "Take one that always has: time_in_band."
        )
    means: Floats = values.mean(axis=1)
    if np.ptp(means) == 0:
        raise EquipoiseError(
            f"The measure is {means[0]:g} at all points: within these ranges nothing matters to it."
        )
    return means


def _standard_errors(method: SensitivityMethod, at: Floats, values: Floats, seed: int) -> Floats:
    """Return bootstrap standard errors, (indices, settings), over rows of the design and worlds."""
    random = np.random.default_rng(seed)
    points, worlds = values.shape
    block = _block_length(method, at.shape[1])
    rows = points // block
    drawn_worlds = max(worlds - 1, 1)
    chances = np.full(worlds, 1 / worlds)
    resamples = []
    for _ in range(_RESAMPLES):
        weights = random.multinomial(drawn_worlds, chances) / drawn_worlds
        means = (values @ weights).reshape(rows, block)
        chosen = random.integers(rows, size=rows)
        if method == "sobol":
            resamples.append(_sobol_indices(means[chosen]))
        else:
            effects = _elementary_effects(at, means)[chosen]
            resamples.append(effects.mean(axis=0)[None])
    # A resample without variance has no indices (nan) and is left out.
    return np.asarray(np.nanstd(resamples, axis=0, ddof=1))


def _sobol_indices(rows: Floats) -> Floats:
    """Return total and first-order indices, (2, settings), from values of Saltelli's design.

    A row holds the values at base point A, at A with one coordinate of B for each setting, at B.
    """
    centred = rows - rows.mean()
    base_a, mixed, base_b = centred[:, :1], centred[:, 1:-1], centred[:, -1:]
    variance = np.var(np.hstack([base_a, base_b])) or np.nan
    total = ((base_a - mixed) ** 2).mean(axis=0) / 2
    first = (base_b * (mixed - base_a)).mean(axis=0)
    return np.array([total, first]) / variance


def _elementary_effects(at: Floats, paths: Floats) -> Floats:
    """Return Morris's absolute effects, (paths, settings): a path moves each setting once."""
    steps = np.abs(np.diff(at.reshape(*paths.shape, -1), axis=1))
    moved_setting = steps.argmax(axis=2)
    slopes = np.abs(np.diff(paths, axis=1)) / steps.max(axis=2)
    effects: Floats = np.empty_like(slopes)
    np.put_along_axis(effects, moved_setting, slopes, axis=1)
    return effects


def monte_carlo_share(values: Floats) -> float:
    """Return the share of the variance between points that is Monte Carlo error; nan for one world.

    The mean effect of a world on all points is removed first, since it cancels between points.

    Args:
        values: of the measure, (points, worlds).
    """
    points, worlds = values.shape
    if worlds < 2:
        return float("nan")
    means = values.mean(axis=1)
    residuals = values - means[:, None] - values.mean(axis=0) + values.mean()
    error_variance = (residuals**2).sum() / ((points - 1) * (worlds - 1)) / worlds
    return float(min(error_variance / means.var(ddof=1), 1.0))


def overlapping_groups(effects: Sequence[Effect]) -> list[list[str]]:
    """Return groups of settings, adjacent in rank, whose intervals overlap: their order is unknown.

    Args:
        effects: the largest first.
    """
    groups: list[list[str]] = []
    for above, below in pairwise(effects):
        if above.low > below.high:
            continue
        if groups and groups[-1][-1] == above.setting:
            groups[-1].append(below.setting)
        else:
            groups.append([above.setting, below.setting])
    return groups


def _unit_problem(settings: Sequence[str]) -> dict[str, Any]:
    """Return SALib's description of settings that range over 0..1."""
    return {
        "num_vars": len(settings),
        "names": list(settings),
        "bounds": [[0.0, 1.0]] * len(settings),
    }


def _import_salib(method: SensitivityMethod) -> tuple[Any, Any]:
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
