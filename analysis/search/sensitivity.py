"""Which settings matter most to a measure: Sobol indices and Morris effects with intervals. The only door to SALib."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np

from equipoise.arraytypes import Floats
from equipoise.errors import EquipoiseError, nearest

Method = Literal["sobol", "morris"]
METHODS: tuple[Method, ...] = ("sobol", "morris")
CONFIDENCE = 0.95
RESAMPLES = 1000
LEVELS = 4  # of Morris's grid: the steps of 2/3 that he advises
LACKING = "Sensitivity needs its extra: pip install 'equipoise[search]'."


class Effect(NamedTuple):
    """How much one setting matters.

    Args:
        setting: its name.
        size, low, high: what settings are ranked by, with its 95 % bootstrap interval: the total Sobol index (share
            of the variance that would be left if all others were known), or Morris's mean absolute effect (change of
            the measure over the whole range).
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


def points(method: Method, settings: int, samples: int) -> int:
    """Return how many points a design has: samples x (settings + 2) for Sobol, x (settings + 1) for Morris."""
    return samples * (settings + (2 if method == "sobol" else 1))


def problems(method: str, settings: int, samples: int) -> Iterator[str]:
    """Yield a line for everything that keeps a design from being carried out."""
    if method not in METHODS:
        yield f"--method {method!r} is not known.{nearest(method, METHODS)} Allowed: {', '.join(METHODS)}."
    elif method == "sobol" and (samples < 4 or samples & (samples - 1)):
        yield f"--samples {samples}: Sobol's design needs a power of 2 from 4 on, such as 64."
    elif method == "morris" and samples < 4:
        yield f"--samples {samples}: give the number of Morris's paths, 4 or more; 20 is usual."
    if settings < 2:
        given = "there is none" if settings == 0 else "one alone is all that can matter"
        yield f"Sensitivity compares settings with ranges, and {given}. Give two or more: firm.band=interval(0,1)."


def design(method: Method, settings: int, samples: int, seed: int = 0) -> Floats:
    """Return the points to run, (points, settings), each in 0..1 along its range.

    Source: Saltelli 2002, over a scrambled Sobol sequence; Morris 1991, paths chosen at random.
    """
    sampler, _ = _salib(method)
    given = {"num_levels": LEVELS} if method == "morris" else {"calc_second_order": False}
    return np.asarray(sampler.sample(_unit([f"x{k}" for k in range(settings)]), samples, seed=seed, **given))


def effects(method: Method, settings: Sequence[str], at: Floats, values: Floats, seed: int = 0) -> tuple[Effect, ...]:
    """Return how much each setting matters, what matters most first.

    Args:
        method: that the design was made by.
        settings: their names.
        at: the design.
        values: of the measure at its points.
        seed: of the bootstrap.

    Raises:
        EquipoiseError: where values are missing, or all the same.

    Source: Sobol 1993, Saltelli et al. 2010 (first and total indices); Morris 1991, Campolongo et al. 2007 (mean
    absolute effects); bootstrap intervals of +- 1.96 standard errors, computed by SALib.
    """
    if gaps := int((~np.isfinite(values)).sum()):
        raise EquipoiseError(
            f"The measure has no value at {gaps} of {len(values)} points. Take one that always has: time_in_band."
        )
    if np.ptp(values) == 0:
        raise EquipoiseError(f"The measure is {values[0]:g} at all points: within these ranges nothing matters to it.")
    _, analyser = _salib(method)
    how: dict[str, Any] = {"conf_level": CONFIDENCE, "num_resamples": RESAMPLES, "seed": seed}
    if method == "sobol":
        found = analyser.analyze(_unit(settings), values, calc_second_order=False, **how)
        out = [_sobol(name, k, found) for k, name in enumerate(settings)]
    else:
        found = analyser.analyze(_unit(settings), at, values, num_levels=LEVELS, **how)
        out = [_morris(name, k, found) for k, name in enumerate(settings)]
    return tuple(sorted(out, key=lambda each: -each.size))


def _sobol(name: str, k: int, found: Any) -> Effect:
    first, total = (_ends(found[index][k], found[f"{index}_conf"][k]) for index in ("S1", "ST"))
    return Effect(name, *total, *first)


def _morris(name: str, k: int, found: Any) -> Effect:
    size = _ends(found["mu_star"][k], found["mu_star_conf"][k])
    return Effect(name, *size, mean=float(found["mu"][k]), spread=float(found["sigma"][k]))


def _ends(value: Any, half: Any) -> tuple[float, float, float]:
    return float(value), float(value - half), float(value + half)


def unranked(found: Sequence[Effect]) -> list[list[str]]:
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
    return {"num_vars": len(settings), "names": list(settings), "bounds": [[0.0, 1.0]] * len(settings)}


def _salib(method: Method) -> tuple[Any, Any]:
    """Return SALib's sampler and analyser."""
    try:
        if method == "sobol":
            from SALib.analyze import sobol as analyser
            from SALib.sample import sobol as sampler
        else:
            from SALib.analyze import morris as analyser
            from SALib.sample import morris as sampler
    except ModuleNotFoundError:
        raise EquipoiseError(LACKING) from None
    return sampler, analyser
