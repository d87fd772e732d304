"""The model as a function of settings, for SALib, the EMA workbench or any optimiser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.summary import measure_record
from equipoise.array_types import Floats
from equipoise.experiments.config.name_list import split_names
from equipoise.experiments.design.points import PointComposer
from equipoise.experiments.search import ranges
from equipoise.runner import run
from equipoise.settings.text_file import expand_user_path


class Response:
    """A function from settings to measures, averaged over the same worlds at every call.

    Settings that are whole numbers are rounded, since samplers draw from continuous ranges.
    """

    def __init__(self, composer: PointComposer, measures: tuple[str, ...]) -> None:
        self._composer = composer
        self.measures = measures

    def __call__(self, **settings: Any) -> dict[str, float]:
        """Return the measures at settings given by path: ``model(**{"control_center.kp": 3})``."""
        return self.at(settings)

    def at(self, settings: Mapping[str, Any]) -> dict[str, float]:
        """Return the measures at some settings; nan where one has no value in some world.

        Raises:
            EquipoiseError: with a line for every problem in the settings.
        """
        plain = {path: self._to_plain(path, value) for path, value in settings.items()}
        result = run(self._composer.settings(plain))
        worlds = [measure_record(record, result.settings) for record in result.records]
        means = {}
        for name in self.measures:
            means[name] = float(np.mean([world[name] for world in worlds]))
        return means

    def rows(self, points: Sequence[Sequence[float]] | Floats, paths: Sequence[str]) -> Floats:
        """Return the first measure at each row of a matrix whose columns are settings."""
        first = self.measures[0]
        return np.array([self.at(dict(zip(paths, row, strict=True)))[first] for row in points])

    def _to_plain(self, path: str, value: Any) -> Any:
        """Return a value as a plain Python value, rounded if the setting is a whole number."""
        plain = value.item() if isinstance(value, np.generic) else value
        if isinstance(plain, float) and ranges.is_whole(path, self._composer.base()):
            return round(plain)
        return plain


def response(
    *words: str,
    measures: str | Iterable[str] = "time_in_band",
    config_dirs: Iterable[str | Path] = (),
) -> Response:
    """Return the model as a function of settings.

    ``response("strategy=pid_survey", "environment=recall", "replicates=10")``

    Args:
        words: overrides as for `compose`, which hold at every call.
        measures: names of the measures to return; one name or several.
        config_dirs: further folders of options.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    names = split_names(measures)
    composer = PointComposer(words, {}, tuple(map(expand_user_path, config_dirs)))
    composer.base()
    return Response(composer, tuple(map(ranges.check_measure, names)))
