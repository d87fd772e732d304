"""Values of a measure by point and world."""

from types import SimpleNamespace

import numpy as np

from equipoise.experiments.search.world_values import read_world_values

POINTS = [SimpleNamespace(number=number) for number in (4, 1, 9)]
STUDY = SimpleNamespace(seed=7, replicates=2)


class FakeStore:
    """A store that holds the value 10 * point + seed, but for one missing run."""

    def read_measure(self, name, points):
        self.request = (name, points)
        runs = [
            (point, seed) for point in points for seed in (6, 7, 8, 9) if (point, seed) != (1, 8)
        ]
        return {(point, seed): 10.0 * point + seed for point, seed in runs}


def test_rows_are_points_and_columns_are_seeds():
    store = FakeStore()
    values = read_world_values(store, STUDY, "cost", iter(POINTS))
    assert store.request == ("cost", {4, 1, 9})
    np.testing.assert_array_equal(values, [[47, 48], [17, np.nan], [97, 98]])


def test_no_points_give_no_rows():
    assert read_world_values(FakeStore(), STUDY, "cost", []).shape == (0, 2)
