"""Designs of experiments: grids, zipped lists, listed points, Latin hypercubes, Sobol sequences."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import raise_problems, suggest_spelling
from equipoise.experiments.design.sweep_syntax import Span

Role = Literal["lever", "uncertainty"]
DESIGN_KINDS = ("grid", "lhs", "sobol")
SIGNIFICANT_DIGITS = 6  # of a sampled value: it can be written in a word without loss
MAX_POINTS = 1_000_000
WORLD_SETTINGS = ("seed", "replicates")  # they number the worlds, the same at every point
_FIRM_GROUPS = ("strategy", "receptor", "lens", "control_center", "effector", "firm")


class Axis(NamedTuple):
    """One setting that a study varies.

    Args:
        path: path of the setting.
        role: ``lever`` if the firm chooses it, ``uncertainty`` if the world does.
        choices: values to try.
        span: range to sample instead.
    """

    path: str
    role: Role
    choices: tuple[Any, ...] = ()
    span: Span | None = None


class Design(NamedTuple):
    """Rule that chooses points.

    Args:
        kind: ``grid`` crosses all choices; ``lhs`` and ``sobol`` sample all ranges together, and
            cross the sample with all choices.
        samples: number of samples of the ranges.
        seed: seed of the sample.
        zipped: groups of paths whose lists go together, first with first.
        rows: listed points, crossed with all others.
    """

    kind: str = "grid"
    samples: int = 0
    seed: int = 0
    zipped: tuple[tuple[str, ...], ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()


def default_role(path: str) -> Role:
    """Return the role of a setting that no experiment file gives: the firm's own are levers."""
    return "lever" if path.partition(".")[0] in _FIRM_GROUPS else "uncertainty"


def find_design_problems(
    axes: Sequence[Axis], design: Design, constants: Sequence[str] = ()
) -> Iterator[str]:
    """Yield a line for every reason why a design cannot be carried out.

    Args:
        axes: what is varied.
        design: how points are chosen.
        constants: paths that have one value everywhere.
    """
    ranges = [axis.path for axis in axes if axis.span]
    yield from _kind_problems(design, ranges)
    yield from _zip_problems(axes, design)
    yield from _row_problems({*constants, *(axis.path for axis in axes)}, design.rows)


def _kind_problems(design: Design, ranges: Sequence[str]) -> Iterator[str]:
    """Yield the first problem of kind, samples and seed; the others would follow from it."""
    kind, samples = design.kind, design.samples
    if kind not in DESIGN_KINDS:
        hint = suggest_spelling(kind, DESIGN_KINDS)
        yield f"design {kind!r} is not known.{hint} Allowed: {', '.join(DESIGN_KINDS)}."
    elif kind == "grid":
        yield from _grid_problems(design, ranges)
    elif not ranges:
        yield (
            f"--design {kind} samples ranges, and there is none. "
            "Give one, as in firm.set_point=interval(0,1)."
        )
    elif not (isinstance(samples, int) and 1 <= samples <= MAX_POINTS):
        yield f"--samples {samples}: give how many samples of the ranges, from 1 to {MAX_POINTS:,}."
    elif kind == "sobol" and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        yield (
            f"--samples {samples}: a Sobol design is even for powers of 2 only. "
            f"Give {below} or {2 * below}."
        )


def _grid_problems(design: Design, ranges: Sequence[str]) -> Iterator[str]:
    if ranges:
        yield (
            f"{', '.join(ranges)}: a range is sampled. "
            "Give --design lhs (or sobol) and --samples 64, or a list."
        )
    elif design.samples:
        yield (
            "--samples belongs to --design lhs or sobol, which sample ranges; "
            "a grid takes every value."
        )
    elif design.seed:
        yield (
            "--design-seed belongs to --design lhs or sobol, which sample ranges; "
            "a grid has no random points."
        )


def _row_problems(given: Collection[str], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the problems of listed points beside paths that words give."""
    ragged = [number for number, row in enumerate(rows) if row.keys() != rows[0].keys()]
    if ragged:
        yield (
            f"listed point {ragged[0]} sets other settings than point 0. "
            "Give each point a value for each of them."
        )
    paths = {path for row in rows for path in row}
    for path in sorted(paths.intersection(given)):
        yield f"{path} is set by the list of points and by a word. Leave one out."
    for path in sorted(paths.intersection(WORLD_SETTINGS)):
        yield (
            f"the list of points sets {path}, which every point has in common. "
            f"Give it as a word, as in {path}=5."
        )
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        first = seen.setdefault(repr(sorted(row.items())), number)
        if first != number:
            yield (
                f"listed points {first} and {number} are the same. "
                "Give each point once; replicates= repeats it."
            )


def _zip_problems(axes: Sequence[Axis], design: Design) -> Iterator[str]:
    """Yield the problems of zipped lists."""
    lengths = {axis.path: len(axis.choices) for axis in axes if not axis.span}
    seen: set[str] = set()
    for group in design.zipped:
        if len(group) < 2:
            named = ", ".join(group) or "nothing"
            yield f"zip: {named} goes with nothing. Name two settings or more, as in a,b."
            continue
        for path in group:
            if path not in lengths:
                hint = suggest_spelling(path, lengths)
                yield f"zip: {path} has no list of values.{hint} Give one, as in {path}=1,2,3."
            elif path in seen:
                yield f"zip: {path} is named twice."
            seen.add(path)
        known = {path: lengths[path] for path in group if path in lengths}
        if len(set(known.values())) > 1:
            counts = ", ".join(f"{path} has {count}" for path, count in known.items())
            yield f"zip: lists that go together are of equal length; {counts}."


def build_points(axes: Sequence[Axis], design: Design) -> list[dict[str, Any]]:
    """Return the points, values by path, in the order in which the axes were given.

    Raises:
        EquipoiseError: with a line for every reason why the design cannot be carried out.
    """
    raise_problems(list(find_design_problems(axes, design)))
    factors = list(_factors(axes, design))
    count = math.prod(len(factor) for factor in factors)
    if count > MAX_POINTS:
        raise_problems(
            [
                f"The design has {count:,} points; {MAX_POINTS:,} are the most. "
                "Sample it instead of crossing all."
            ]
        )
    order = [axis.path for axis in axes]
    for row in design.rows:
        order += row
    paths = list(dict.fromkeys(order))
    return [_merge(parts, paths) for parts in itertools.product(*factors)]


def _merge(parts: Sequence[Mapping[str, Any]], paths: Sequence[str]) -> dict[str, Any]:
    """Return one point from its parts, in the order of the paths."""
    values: dict[str, Any] = {}
    for part in parts:
        values.update(part)
    return {path: values[path] for path in paths if path in values}


def _factors(axes: Sequence[Axis], design: Design) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the factors to cross: lists, zipped lists, the sample of ranges, listed points."""
    by_path = {axis.path: axis for axis in axes}
    groups = {path: group for group in design.zipped for path in group}
    for axis in axes:
        group = groups.get(axis.path, (axis.path,))
        # A zipped group stands where its first path stands.
        if not axis.span and group[0] == axis.path:
            rows = zip(*(by_path[path].choices for path in group), strict=True)
            yield [dict(zip(group, row, strict=True)) for row in rows]
    ranges = [axis for axis in axes if axis.span]
    if ranges:
        yield sample_ranges(ranges, design)
    if design.rows:
        yield list(design.rows)


def sample_ranges(axes: Sequence[Axis], design: Design) -> list[Mapping[str, Any]]:
    """Return the sample of all ranges together.

    Source: McKay, Beckman & Conover 1979 (Latin hypercube); Sobol 1967, scrambled after Owen 1998
    (Sobol).
    """
    from scipy.stats import qmc  # takes a second to import, and a grid needs none of it

    sampler_type = {"lhs": qmc.LatinHypercube, "sobol": qmc.Sobol}[design.kind]
    sampler = sampler_type(len(axes), rng=np.random.default_rng(design.seed))
    unit = sampler.random(design.samples)
    columns = [scale_to_span(unit[:, k], axis.span or Span(0, 1)) for k, axis in enumerate(axes)]
    paths = [axis.path for axis in axes]
    return [dict(zip(paths, row, strict=True)) for row in zip(*columns, strict=True)]


def scale_to_span(unit: Floats, span: Span) -> list[float | int]:
    """Return the values at fractions 0..1 of a range: whole numbers if the range has these only."""
    if span.whole:
        return _scale_to_whole(unit, span)
    low, high = span.low, span.high
    if span.log:
        values = np.exp(np.log(low) + unit * np.log(high / low))
    else:
        values = low + unit * (high - low)
    rounded = [float(f"{value:.{SIGNIFICANT_DIGITS}g}") for value in values]
    return [min(max(value, low), high) for value in rounded]


def _scale_to_whole(unit: Floats, span: Span) -> list[float | int]:
    """Return whole numbers; each has an equally long part of the range, both ends included."""
    low, high = span.low, span.high
    if not span.log:
        return [int(min(value, high)) for value in np.floor(low + unit * (high - low + 1))]
    log_low, log_high = math.log(low), math.log(high + 1)
    values = np.exp(log_low + unit * (log_high - log_low))
    return [int(min(max(value, low), high)) for value in values]
