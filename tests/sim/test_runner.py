"""Runs: replicates, progress, interruption, and the versions behind the numbers."""

import numpy as np
import pytest

from equipoise.errors import EquipoiseError
from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.runner import build_world, library_versions, run, run_until_stopped
from equipoise.settings.settings import Settings


def settings(**given):
    return Settings.model_validate(
        {"burn_in": 2, "horizon": 3, "community": {"size": 40}, "seed": 6, **given}
    )


def test_without_settings_the_defaults_are_run(monkeypatch):
    monkeypatch.setattr("equipoise.runner.Settings", settings)
    assert run().settings == settings()


def test_replicates_are_worlds_of_consecutive_seeds():
    result = run(settings(replicates=3))
    assert [record.seed for record in result.records] == [6, 7, 8]
    assert len({record.census.tobytes() for record in result.records}) == 3
    alone = run(settings(seed=7)).records[0]
    assert result.records[1].census.tobytes() == alone.census.tobytes()


def test_progress_counts_the_days_of_all_replicates():
    reports = []
    run(settings(replicates=2), lambda day, days: reports.append((day, days)))
    assert reports == [(day, 10) for day in range(1, 11)]


@pytest.mark.parametrize(("last_day", "finished"), [(3, [3]), (5, [5]), (8, [5, 3])])
def test_an_interrupted_run_keeps_what_was_finished(last_day, finished):
    def interrupt(day, days):
        if day == last_day:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run(settings(replicates=2), interrupt)
    result = run_until_stopped(settings(replicates=2), interrupt)
    assert not result.complete
    assert [int(record.filled) for record in result.records] == finished
    whole = run(settings(replicates=2))
    assert whole.complete
    for partial, record in zip(result.records, whole.records, strict=False):
        count = int(partial.filled)
        np.testing.assert_array_equal(partial.census[:count], record.census[:count])


def test_an_interruption_before_the_first_day_is_raised(monkeypatch):
    def interrupt(settings):
        raise KeyboardInterrupt("before the first day")

    monkeypatch.setattr("equipoise.runner.build_world", interrupt)
    with pytest.raises(KeyboardInterrupt, match="before the first day"):
        run(settings())


@pytest.mark.parametrize("engine", ["arrays", "agents"])
def test_the_world_runs_under_the_engine_of_the_settings(engine):
    world = build_world(settings(engine=engine))
    assert isinstance(world, World)
    owner = getattr(world.engine, "__self__", None)
    assert isinstance(owner, BrandCommunity) == (engine == "agents")


def test_versions_name_everything_that_computes_the_numbers():
    versions = library_versions()
    assert {"python", "machine", "equipoise", "numpy", "numba", "scipy"} <= set(versions)
    assert all(versions.values())
    assert run(settings()).versions == versions


@pytest.mark.parametrize("given", ["strategy=oracle", {"seed": 1}])
def test_run_refuses_words_and_says_what_to_write(given):
    with pytest.raises(EquipoiseError, match=r"run takes settings.*Write run\(equipoise.compose"):
        run(given)


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"sse2": True, "fma": True, "avx2": True}, "fma"),
        ({"sse2": True, "fma": True, "avx2": False}, "no fma"),
        ({"sse2": True, "fma": False, "avx2": False}, "no fma"),
        ({"neon": True}, "fma"),
    ],
)
def test_versions_say_what_the_bits_depend_on(monkeypatch, features, expected):
    monkeypatch.setattr("equipoise.runner.get_host_cpu_features", lambda: features)
    assert library_versions()["processor"] == expected
