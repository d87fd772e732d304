"""Runs of a model: all worlds of some settings, one after the other."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass

from llvmlite.binding import get_host_cpu_features

from equipoise.model import World
from equipoise.run_record import RunRecord
from equipoise.settings.settings import Settings, require_settings

Progress = Callable[[int, int], None]  # receives (days done, days in all)


@dataclass(frozen=True)
class Run:
    """Result of a run.

    Attributes:
        settings: of the run.
        records: one per replicate.
        notes: remarks on input files and disturbances.
        versions: of the libraries and the machine behind the numbers.
        complete: False if the run was interrupted; then the last record is partial.
    """

    settings: Settings
    records: tuple[RunRecord, ...]
    notes: tuple[str, ...]
    versions: dict[str, str]
    complete: bool = True


def run(settings: Settings | None = None, progress: Progress | None = None) -> Run:
    """Run the replicates of ``settings``, under the seeds seed, seed + 1, ...

    Args:
        settings: what to run; the defaults if not given.
        progress: receives (days done, days in all) after each day.

    Raises:
        KeyboardInterrupt: as it comes; `run_until_stopped` keeps the days before it.
    """
    finished = run_until_stopped(settings, progress)
    if not finished.complete:
        raise KeyboardInterrupt
    return finished


def run_until_stopped(settings: Settings | None = None, progress: Progress | None = None) -> Run:
    """Run as `run` does; after a KeyboardInterrupt return the finished part, marked as such."""
    settings = Settings() if settings is None else settings
    require_settings(settings, "run")
    days = settings.burn_in + settings.horizon
    records: list[RunRecord] = []
    notes: tuple[str, ...] = ()
    complete = True
    for replicate in range(settings.replicates):
        world = None
        try:
            world = build_world(settings.model_copy(update={"seed": settings.seed + replicate}))
            notes = (*world.network.notes, *world.disturbances.notes)
            report = _shift_progress(progress, replicate * days, settings.replicates * days)
            records.append(world.run(report))
        except KeyboardInterrupt:
            # Without a single day there is nothing to keep.
            if world is None and not records:
                raise
            if world is not None:
                records.append(world.record)
            complete = False
            break
    return Run(settings, tuple(records), notes, library_versions(), complete)


def _shift_progress(progress: Progress | None, done_before: int, total: int) -> Progress | None:
    """Return a callback for the days of one replicate that reports days of the whole run."""
    if progress is None:
        return None
    return lambda day, _: progress(done_before + day, total)


def build_world(settings: Settings) -> World:
    """Return a world before its first day, under the engine that the settings name."""
    if settings.engine == "agents":
        # Mesa takes a second to import, and the compiled engine does not need it.
        from equipoise.mesa_model import BrandCommunity

        return BrandCommunity(settings).world
    return World(settings)


def describe_processor() -> str:
    """Return the feature of the processor on which the last bits of exp, log and powers depend.

    The C library computes them by other code where the processor has fused multiply-add. Everything
    else that a run computes has the same bits on all processors of one architecture.
    """
    features = get_host_cpu_features()
    # The C library takes that code only if both are there; other architectures name neither.
    has_fma = features.get("fma", False) and features.get("avx2", False)
    return "fma" if has_fma or "sse2" not in features else "no fma"


def library_versions() -> dict[str, str]:
    """Return the versions of everything that computes the numbers of a run."""
    versions = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": describe_processor(),
    }
    for name in ("equipoise", "numpy", "numba", "scipy", "networkx", "mesa"):
        versions[name] = importlib.metadata.version(name)
    return versions
