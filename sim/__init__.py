"""A wind tunnel for brand-community response policies.

    import equipoise
    run = equipoise.run(equipoise.compose("strategy=pid_survey", "environment=recall", "seed=7"))
    print(equipoise.scorecard(run))

The names below are found when they are first used, so that the import is quick and quiet.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.agents import BrandCommunity, Consumer
    from equipoise.analysis.figures import run_figure
    from equipoise.analysis.scorecard import scorecard
    from equipoise.archive import load
    from equipoise.errors import EquipoiseError
    from equipoise.experiments.compose import compose
    from equipoise.experiments.keep import save
    from equipoise.experiments.search.envelope import envelope
    from equipoise.experiments.search.response import response
    from equipoise.experiments.search.sensitivity import sensitivity
    from equipoise.experiments.search.tuning import tune
    from equipoise.experiments.studies.comparing import compare
    from equipoise.experiments.studies.reporting import report
    from equipoise.experiments.sweeps.sweep import sweep
    from equipoise.firm.contract import check
    from equipoise.model import World
    from equipoise.network import from_graph
    from equipoise.run import Run, run
    from equipoise.settings import Settings

__all__ = [
    "BrandCommunity",
    "Consumer",
    "EquipoiseError",
    "Run",
    "Settings",
    "World",
    "check",
    "compare",
    "compose",
    "envelope",
    "from_graph",
    "load",
    "report",
    "response",
    "run",
    "run_figure",
    "save",
    "scorecard",
    "sensitivity",
    "sweep",
    "tune",
]

_HOMES = {
    "BrandCommunity": "agents",
    "Consumer": "agents",
    "EquipoiseError": "errors",
    "Run": "run",
    "Settings": "settings",
    "World": "model",
    "check": "firm.contract",
    "compare": "experiments.studies.comparing",
    "compose": "experiments.compose",
    "envelope": "experiments.search.envelope",
    "from_graph": "network",
    "load": "archive",
    "response": "experiments.search.response",
    "report": "experiments.studies.reporting",
    "run": "run",
    "run_figure": "analysis.figures",
    "save": "experiments.keep",
    "scorecard": "analysis.scorecard",
    "sensitivity": "experiments.search.sensitivity",
    "sweep": "experiments.sweeps.sweep",
    "tune": "experiments.search.tuning",
}


class _Front(ModuleType):
    """The package itself: its name ``run`` is the function, also once the module ``equipoise.run`` is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        is_module = name == "run" and isinstance(value, ModuleType)
        super().__setattr__(name, value.run if is_module else value)


sys.modules[__name__].__class__ = _Front


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
