"""The model as a function of some settings, for other people's tools: SALib, EMA workbench, or any optimiser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.summary import measure_record
from equipoise.array_types import Floats
from equipoise.experiments.design.points import PointComposer
from equipoise.experiments.search import ranges
from equipoise.runner import run


class Response:
    """A function from settings to measures, averaged over the same worlds at every call; see `response`.

    Settings that are whole numbers are rounded, since samplers give them others.
    """

    def __init__(self, composer: PointComposer, measures: tuple[str, ...]) -> None:
        self._composer, self.measures = composer, measures

    def __call__(self, **settings: Any) -> dict[str, float]:
        """Return the measures at some settings, given by path: ``model(**{"control_center.kp": 3})``."""
        return self.at(settings)

    def at(self, settings: Mapping[str, Any]) -> dict[str, float]:
        """Return the measures at some settings; nan where one has no value in some world.

        Raises:
            EquipoiseError: with a line for everything that is wrong in them.
        """
        done = run(
            self._composer.settings(
                {path: self._plain(path, value) for path, value in settings.items()}
            )
        )
        worlds = [measure_record(record, done.settings) for record in done.records]
        return {name: float(np.mean([world[name] for world in worlds])) for name in self.measures}

    def rows(self, points: Sequence[Sequence[float]] | Floats, paths: Sequence[str]) -> Floats:
        """Return the first measure at each row of a matrix whose columns are settings."""
        return np.array(
            [self.at(dict(zip(paths, row, strict=True)))[self.measures[0]] for row in points]
        )

    def _plain(self, path: str, value: Any) -> Any:
        """Return a value as Python's own; of a setting that is a whole number, the nearest."""
        own = value.item() if isinstance(value, np.generic) else value
        return (
            round(own)
            if isinstance(own, float) and ranges.is_whole(path, self._composer.base())
            else own
        )


def response(
    *words: str,
    measures: str | Iterable[str] = "time_in_band",
    config_dirs: Iterable[str | Path] = (),
) -> Response:
    """Return the model as a function: ``response("strategy=pid_survey", "environment=recall", "replicates=10")``.

    Args:
        words: overrides as for `compose`, which hold at every call.
        measures: what it returns; one name or several.
        config_dirs: further folders of options.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    names = (measures,) if isinstance(measures, str) else tuple(measures)
    composer = PointComposer(words, {}, tuple(Path(folder) for folder in config_dirs))
    composer.base()
    return Response(composer, tuple(ranges.measure(name) for name in names))
