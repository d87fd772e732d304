"""The compiled engine: one day of all consumers as loops over their arrays.

The loops are built from the schedule, so that no step can be missing and the order is the same as
in the Mesa engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from equipoise import randomness, schedule
from equipoise.array_types import Indices, Reals, StructuredArray, UInts
from equipoise.compilation import compile_entry, compile_loop, compile_step
from equipoise.consumers import census, rules, social_steps, steps
from equipoise.consumers import day as day_module
from equipoise.consumers.census import CensusWorkspace, take_census
from equipoise.consumers.day import Day
from equipoise.consumers.state import NO_POST, State
from equipoise.consumers.ties import TieArrays
from equipoise.consumers.traits import Traits
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS, Step


def _chain(functions: Sequence[Callable[[Day, Any], None]]) -> Callable[[Day, Any], None]:
    """Return one function that calls the given ones in order, all with its own arguments."""
    if len(functions) == 1:
        return functions[0]
    first = functions[0]
    others = _chain(functions[1:])

    @compile_step
    def call_in_order(day: Day, actor: Any) -> None:
        first(day, actor)
        others(day, actor)

    return call_in_order


def _make_pass(step: Step) -> Callable[[Day, Indices], None]:
    """Return a loop in which all actors of a social step take it."""
    take = getattr(social_steps, step.name)

    @compile_step
    def pass_over_speakers(day: Day, speakers: Indices) -> None:
        for i in speakers:
            take(day, i)

    @compile_step
    def pass_over_everybody(day: Day, speakers: Indices) -> None:
        for i in range(day.people.stage.shape[0]):
            take(day, i)

    return pass_over_speakers if step.actors == "speakers" else pass_over_everybody


_take_own_steps = _chain([getattr(steps, step.name) for step in CONSUMER_STEPS])
_take_social_steps = _chain([_make_pass(step) for step in SOCIAL_STEPS])


@compile_loop
def _take_all_own_steps(day: Day, speakers: Indices) -> int:
    """Run the consumers' own steps; list who posted in ``speakers`` and return their number."""
    count = 0
    for i in range(day.people.stage.shape[0]):
        _take_own_steps(day, i)
        if day.people.post[i] != NO_POST:
            speakers[count] = i
            count += 1
    return count


def _compile_day(source_hash: str) -> Any:
    """Return the compiled day.

    ``source_hash`` becomes part of the cache's key: numba does not see changes in called files.
    """

    @compile_entry
    def run_day(
        people: State,
        traits: Traits,
        fit: Reals,
        ties: TieArrays,
        coefficients: StructuredArray,
        offer: StructuredArray,
        keys: UInts,
        speakers: Indices,
        workspace: CensusWorkspace,
        census_rows: StructuredArray,
    ) -> int:
        """Run one day and its census; return how many people posted, listed in ``speakers``.

        The coefficients and the offer come as tables of one row, because numba unpacks a single
        row field by field at each call.
        """
        _ = source_hash
        day = Day(people, traits, fit, ties, coefficients[0], offer[0], keys)
        randomness.fill_day_keys(day.offer.seed, day.offer.day, keys)
        count = _take_all_own_steps(day, speakers)
        _take_social_steps(day, speakers[:count])
        take_census(
            people,
            traits,
            speakers[:count],
            day.coefficients,
            workspace,
            census_rows,
            day.offer.day,
        )
        return count

    return run_day


def _hash_sources() -> str:
    """Return a hash of all sources that are compiled into the day."""
    modules = (census, day_module, randomness, rules, schedule, social_steps, steps)
    files = [__file__, *(module.__file__ for module in modules)]
    sources = [Path(str(file)).read_bytes() for file in files]
    return hashlib.sha256(b"".join(sources)).hexdigest()


run_day = _compile_day(_hash_sources())
