"""Values of a measure at points of a study, world by world."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from equipoise.array_types import Floats
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.storage.store import Store


def read_world_values(
    store: Store, study: Study, measure: str, points: Iterable[StudyPoint]
) -> Floats:
    """Return a measure, (points, worlds); nan where a world is missing."""
    points = list(points)
    column = store.read_measure(measure, {point.number for point in points})
    seeds = range(study.seed, study.seed + study.replicates)
    values = np.full((len(points), len(seeds)), np.nan)
    for row, point in enumerate(points):
        for world, seed in enumerate(seeds):
            values[row, world] = column.get((point.number, seed), np.nan)
    return values
