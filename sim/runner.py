"""Run worlds from settings."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass

from equipoise.model import World
from equipoise.run_record import RunRecord
from equipoise.settings.settings import Settings

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """What a run gives: its settings, one record a replicate, what was said of its inputs, and what made it.

    ``complete`` is False when it was interrupted; then the last record is partial.
    """

    settings: Settings
    records: tuple[RunRecord, ...]
    notes: tuple[str, ...]
    versions: dict[str, str]
    complete: bool = True


def run(settings: Settings | None = None, progress: Progress | None = None) -> Run:
    """Run the replicates of ``settings``, under the seeds seed, seed + 1, ...

    Args:
        settings: what to run; the defaults when not given.
        progress: told (days done, days in all) after each day.

    Returns:
        The run; after a KeyboardInterrupt the part that was finished, marked as not complete.
    """
    settings = settings or Settings()
    days = settings.burn_in + settings.horizon
    total = days * settings.replicates
    records: list[RunRecord] = []
    notes: tuple[str, ...] = ()
    complete = True
    for replicate in range(settings.replicates):
        told = (
            (lambda done, _, past=replicate * days: progress(past + done, total))
            if progress
            else None
        )
        world = None
        try:
            world = build_world(settings.model_copy(update={"seed": settings.seed + replicate}))
            notes = (*world.network.notes, *world.strikes.notes)
            records.append(world.run(told))
        except KeyboardInterrupt:
            if world is None and not records:
                raise
            records += [world.record] if world else []
            complete = False
            break
    return Run(settings, tuple(records), notes, versions(), complete)


def build_world(settings: Settings) -> World:
    """Return a world in its first morning, under the engine that the settings name."""
    if settings.engine == "agents":
        from equipoise.mesa_model import (
            BrandCommunity,
        )  # Mesa takes a second to import; arrays need none of it

        return BrandCommunity(settings).world
    return World(settings)


def versions() -> dict[str, str]:
    """Return the versions of what makes a run's numbers."""
    names = ("equipoise", "numpy", "numba", "scipy", "networkx", "mesa")
    return {"python": platform.python_version(), "machine": platform.machine()} | {
        name: importlib.metadata.version(name) for name in names
    }
