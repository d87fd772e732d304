"""Which points of a space of settings to try: grids, zipped lists, lists of points, Latin hypercubes, Sobol designs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.experiments.design.sweep_syntax import Span

Role = Literal["lever", "uncertainty"]
DESIGN_KINDS = ("grid", "lhs", "sobol")
SIGNIFICANT_DIGITS = 6  # significant digits of a sampled value: enough to be exact in words
MAX_POINTS = 1_000_000  # points of a design
WORLD_SETTINGS = ("seed", "replicates")  # they number the worlds, which are the same at every point
FIRM_GROUPS = ("strategy", "receptor", "lens", "control_center", "effector", "firm")


class Axis(NamedTuple):
    """One setting that a study varies: what the firm chooses (lever) or what the world does (uncertainty)."""

    path: str
    role: Role
    choices: tuple[Any, ...] = ()
    span: Span | None = None


class Design(NamedTuple):
    """How points are chosen.

    Args:
        kind: ``grid`` crosses all choices; ``lhs`` and ``sobol`` sample all ranges together, and cross the sample
            with all choices.
        samples: how many samples of the ranges.
        seed: of the sample.
        zipped: groups of paths whose lists go together, first with first.
        rows: the points themselves, when they are listed; then nothing is crossed.
    """

    kind: str = "grid"
    samples: int = 0
    seed: int = 0
    zipped: tuple[tuple[str, ...], ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()


def default_role(path: str) -> Role:
    """Return the role that a setting has by nature: the firm's own are levers, all others uncertainties."""
    return "lever" if path.partition(".")[0] in FIRM_GROUPS else "uncertainty"


def find_design_problems(
    axes: Sequence[Axis], design: Design, constants: Sequence[str] = ()
) -> Iterator[str]:
    """Yield a line for everything that keeps a design from being carried out beside paths that are set everywhere."""
    ranged = [axis.path for axis in axes if axis.span]
    if design.kind not in DESIGN_KINDS:
        yield f"design {design.kind!r} is not known.{suggest_spelling(design.kind, DESIGN_KINDS)} Allowed: {', '.join(DESIGN_KINDS)}."
    elif design.kind == "grid" and ranged:
        yield f"{', '.join(ranged)}: a range is sampled. Give --design lhs (or sobol) and --samples 64, or a list."
    elif design.kind == "grid" and design.samples:
        yield "--samples belongs to --design lhs or sobol, which sample ranges; a grid takes every value."
    elif design.kind == "grid" and design.seed:
        yield "--design-seed belongs to --design lhs or sobol, which sample ranges; a grid leaves nothing to chance."
    elif design.kind != "grid" and not ranged:
        yield f"--design {design.kind} samples ranges, and there is none. Give one, as in firm.set_point=interval(0,1)."
    elif design.kind != "grid" and not (
        isinstance(design.samples, int) and 1 <= design.samples <= MAX_POINTS
    ):
        yield f"--samples {design.samples}: give how many samples of the ranges, from 1 to {MAX_POINTS:,}."
    elif design.kind == "sobol" and design.samples & (design.samples - 1):
        below = 1 << (design.samples.bit_length() - 1)
        yield f"--samples {design.samples}: a Sobol design is even for powers of 2 only. Give {below} or {2 * below}."
    yield from _zip_problems(axes, design)
    yield from _row_problems({*constants, *(axis.path for axis in axes)}, design.rows)


def _row_problems(told: Collection[str], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ragged = [number for number, row in enumerate(rows) if row.keys() != rows[0].keys()]
    if ragged:
        yield f"listed point {ragged[0]} sets other settings than point 0. Give each point a value for each of them."
    paths = sorted({path for row in rows for path in row})
    for path in sorted({*told}.intersection(paths)):
        yield f"{path} is set by the list of points and by a word. Leave one out."
    for path in sorted({*WORLD_SETTINGS}.intersection(paths)):
        yield f"the list of points sets {path}, which every point has in common. Give it as a word, as in {path}=5."
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        if (first := seen.setdefault(repr(sorted(row.items())), number)) != number:
            yield f"listed points {first} and {number} are the same. Give each point once; replicates= repeats it."


def _zip_problems(axes: Sequence[Axis], design: Design) -> Iterator[str]:
    lengths = {axis.path: len(axis.choices) for axis in axes if not axis.span}
    seen: set[str] = set()
    for group in design.zipped:
        if len(group) < 2:
            yield f"zip: {', '.join(group) or 'nothing'} goes with nothing. Name two settings or more, as in a,b."
            continue
        for path in group:
            if path not in lengths:
                yield f"zip: {path} has no list of values.{suggest_spelling(path, lengths)} Give one, as in {path}=1,2,3."
            elif path in seen:
                yield f"zip: {path} is named twice."
            seen.add(path)
        known = {path: lengths[path] for path in group if path in lengths}
        if len(set(known.values())) > 1:
            told = ", ".join(f"{path} has {count}" for path, count in known.items())
            yield f"zip: lists that go together are of equal length; {told}."


def build_points(axes: Sequence[Axis], design: Design) -> list[dict[str, Any]]:
    """Return the points, each by path, in the order in which the axes were given.

    Raises:
        EquipoiseError: with a line for everything that keeps the design from being carried out.
    """
    if found := list(find_design_problems(axes, design)):
        raise EquipoiseError(*found)
    blocks = [*_blocks(axes, design)]
    count = math.prod(len(block) for block in blocks)
    if count > MAX_POINTS:
        raise EquipoiseError(
            f"The design has {count:,} points; {MAX_POINTS:,} are the most. Sample it instead of crossing all."
        )
    order = [*(axis.path for axis in axes)] + [path for row in design.rows for path in row]
    crossed = (_joined(parts) for parts in itertools.product(*blocks))
    return [
        {path: point[path] for path in dict.fromkeys(order) if path in point} for point in crossed
    ]


def _joined(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {path: value for part in parts for path, value in part.items()}


def _blocks(axes: Sequence[Axis], design: Design) -> Iterator[list[Mapping[str, Any]]]:
    """Yield what is crossed with what: lone lists, zipped lists, the sample of all ranges, listed points."""
    by_path = {axis.path: axis for axis in axes}
    together = {path: group for group in design.zipped for path in group}
    for axis in axes:
        group = together.get(axis.path, (axis.path,))
        if not axis.span and group[0] == axis.path:
            rows = zip(*(by_path[path].choices for path in group), strict=True)
            yield [dict(zip(group, row, strict=True)) for row in rows]
    ranged = [axis for axis in axes if axis.span]
    if ranged:
        yield sample_ranges(ranged, design)
    if design.rows:
        yield list(design.rows)


def sample_ranges(axes: Sequence[Axis], design: Design) -> list[Mapping[str, Any]]:
    """Return the sample of all ranges together.

    Source: McKay, Beckman & Conover 1979 (Latin hypercube); Sobol 1967, scrambled after Owen 1998 (Sobol).
    """
    from scipy.stats import qmc  # takes a second to import, and a grid needs none of it

    sampler = {"lhs": qmc.LatinHypercube, "sobol": qmc.Sobol}[design.kind]
    unit = sampler(len(axes), rng=np.random.default_rng(design.seed)).random(design.samples)
    columns = [scale_to_span(unit[:, k], axis.span or Span(0, 1)) for k, axis in enumerate(axes)]
    paths = [axis.path for axis in axes]
    return [dict(zip(paths, row, strict=True)) for row in zip(*columns, strict=True)]


def scale_to_span(unit: Floats, span: Span) -> list[float | int]:
    """Return the values of a range at places 0..1 along it, as whole numbers where it is of these."""
    low, high = span.low, span.high
    if span.whole:
        if span.log:
            low, high = math.log(low), math.log(high + 1)
            return [
                int(min(max(value, span.low), span.high))
                for value in np.exp(low + unit * (high - low))
            ]
        return [int(min(value, high)) for value in np.floor(low + unit * (high - low + 1))]
    values = (
        np.exp(np.log(low) + unit * np.log(high / low)) if span.log else low + unit * (high - low)
    )
    return [min(max(float(f"{value:.{SIGNIFICANT_DIGITS}g}"), low), high) for value in values]
