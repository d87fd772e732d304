"""A wind tunnel for brand-community response policies.

    import equipoise
    run = equipoise.run(equipoise.compose("strategy=pid_survey", "environment=recall", "seed=7"))
    print(equipoise.scorecard(run))

The names below are found when they are first used, so that the import is quick and quiet.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from equipoise.analysis.plots.run_figure import run_figure
    from equipoise.analysis.text.scorecard import scorecard
    from equipoise.errors import EquipoiseError
    from equipoise.experiments.config.compose import compose
    from equipoise.experiments.execution.sweep_runner import sweep
    from equipoise.experiments.search.envelope import envelope
    from equipoise.experiments.search.response import response
    from equipoise.experiments.search.sensitivity import sensitivity
    from equipoise.experiments.search.tuning import tune
    from equipoise.experiments.storage.run_output import save
    from equipoise.experiments.studies.compare import compare
    from equipoise.experiments.studies.report import report
    from equipoise.firm.checker import check
    from equipoise.mesa_model import BrandCommunity, Consumer
    from equipoise.model import World
    from equipoise.network import from_graph
    from equipoise.output.run_folder import load
    from equipoise.runner import Run, run
    from equipoise.settings.settings import Settings

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
    "BrandCommunity": "mesa_model",
    "Consumer": "mesa_model",
    "EquipoiseError": "errors",
    "Run": "runner",
    "Settings": "settings.settings",
    "World": "model",
    "check": "firm.checker",
    "compare": "experiments.studies.compare",
    "compose": "experiments.config.compose",
    "envelope": "experiments.search.envelope",
    "from_graph": "network",
    "load": "output.run_folder",
    "response": "experiments.search.response",
    "report": "experiments.studies.report",
    "run": "runner",
    "run_figure": "analysis.plots.run_figure",
    "save": "experiments.storage.run_output",
    "scorecard": "analysis.text.scorecard",
    "sensitivity": "experiments.search.sensitivity",
    "sweep": "experiments.execution.sweep_runner",
    "tune": "experiments.search.tuning",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
