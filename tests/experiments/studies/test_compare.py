"""Comparison of a study on disk: what is compared, with what, and what cannot be."""

import json

import numpy as np
import polars as pl
import pytest

import equipoise
from equipoise.errors import EquipoiseError
from equipoise.experiments.studies.compare import compare, export

WORLDS = 12


# What is compared, and where


def test_study_is_compared_with_do_nothing(write_study, study_points):
    comparison = compare(write_study("a", study_points("weekly", "do_nothing", "oracle")))
    assert comparison.baseline == "do_nothing"
    assert comparison.strategies == ("weekly", "do_nothing", "oracle")
    assert comparison.environments == ("calm", "recall")
    assert comparison.finding("cost").difference("weekly", "calm").verdict == "better"
    assert comparison.finding("time_in_band").difference("weekly", "calm").verdict == "worse"


def test_baseline_is_the_first_of_the_study_without_do_nothing(write_study, study_points):
    comparison = compare(write_study("a", study_points("weekly", "daily")))
    assert comparison.baseline == "weekly"
    assert comparison.notes == ("Measured against weekly, since no other baseline was named.",)


def test_named_baseline_needs_no_note(write_study, study_points):
    comparison = compare(write_study("a", study_points("weekly", "daily")), baseline="daily")
    assert (comparison.baseline, comparison.notes) == ("daily", ())


def test_paths_that_are_not_compared_make_the_environments(write_study):
    points = [
        {"strategy": name, "firm.band": band, "environment": place, "level": 0.1 * band}
        for name in ("a", "b")
        for band in (1.0, 2.0)
        for place in ("calm", "recall")
    ]
    folder = write_study("a", points, levers=("strategy", "firm.band"))
    comparison = compare(folder)
    assert (comparison.by, comparison.within) == ("strategy, firm.band", "environment")
    assert comparison.strategies == ("a, band 1", "a, band 2", "b, band 1", "b, band 2")
    assert comparison.environments == ("calm", "recall")
    comparison = compare(folder, by="firm.band")
    assert (comparison.within, comparison.strategies) == ("strategy, environment", ("1", "2"))
    assert comparison.environments == ("a, calm", "a, recall", "b, calm", "b, recall")
    comparison = compare(folder, by=["strategy", "firm.band", "environment"])
    assert (len(comparison.strategies), comparison.environments) == (8, ("everywhere",))


def test_margin_and_level_reach_the_comparison(write_study, study_points):
    comparison = compare(
        write_study("a", study_points("do_nothing", "b")),
        on="time_in_band",
        margin={"time_in_band": 0.3},
        enough={"time_in_band": 0.55},
    )
    (finding,) = comparison.findings
    assert (finding.rules.margin, finding.enough) == (0.3, 0.55)
    assert finding.difference("b", "calm").verdict == "equivalent"


def test_measures_are_compared_once_and_in_order(write_study, study_points):
    comparison = compare(write_study("a", study_points("a", "b")), on="cost, time_in_band,cost")
    assert [finding.measure.name for finding in comparison.findings] == ["cost", "time_in_band"]


def test_result_of_a_sweep_is_compared_like_its_folder(tmp_path):
    small = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7", "replicates=6")
    result = equipoise.sweep(
        "strategy=oracle,do_nothing",
        "environment=recall",
        *small,
        out=tmp_path / "s",
        executor="serial",
        daily=["none"],
    )
    comparison = compare(result, on=["mean_satisfaction", "cost"])
    same = compare(str(tmp_path / "s"), on="mean_satisfaction,cost")
    assert (comparison.baseline, comparison.worlds) == ("do_nothing", 6)
    assert equipoise.comparison_frame(comparison).equals(equipoise.comparison_frame(same))


# What cannot be compared


@pytest.fixture
def refuse(write_study, study_points):
    """Return a function that expects an error of a comparison."""

    def expect(message, points=None, request=None, **study):
        folder = write_study("a", points or study_points("do_nothing", "b"), **study)
        with pytest.raises(EquipoiseError, match=message):
            compare(folder, **(request or {}))

    return expect


def test_one_strategy_is_refused(refuse, study_points):
    message = "has one strategy only, lonely: nothing to compare it with"
    refuse(message, study_points("lonely"))


def test_study_without_runs_is_refused(refuse):
    every = {(point, world) for point in range(4) for world in range(WORLDS)}
    refuse("No run of .* is finished yet", lost=every)


def test_one_world_is_refused(refuse):
    others = {(point, world) for point in range(4) for world in range(1, WORLDS)}
    refuse("has one world only", lost=others)


def test_study_that_varies_nothing_is_refused(refuse):
    refuse("varies nothing", [{"level": 0.1}], levers=(), uncertainties=())


def test_study_without_a_lever_needs_by(refuse):
    points = [{"environment": place, "level": 0.1} for place in ("calm", "recall")]
    message = "varies no lever, only environment. To compare that: --by environment"
    refuse(message, points, levers=())


def test_strategies_without_a_common_world_are_refused(refuse, study_points):
    apart = [point | {"first": 100 * number} for number, point in enumerate(study_points("a", "b"))]
    refuse("No two of strategy have a value of time_in_band in the same world", apart)


def test_zipped_paths_are_to_be_compared_together(refuse):
    points = [{"strategy": name, "every": float(i), "level": 0.1} for i, name in enumerate("ab")]
    message = r"No two of strategy .* no pairs. every changes with it: give --by strategy,every"
    refuse(message, points, uncertainties=("every",))


def test_measure_without_values_is_refused(refuse, study_points):
    empty = [point | {"band": np.full(WORLDS, np.nan)} for point in study_points("a", "b")]
    refuse("time_in_band has no value in any run", empty)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"by": "stratgy"}, "To compare by 'stratgy' is not known. Did you mean 'strategy'"),
        ({"on": "time_in_bnd"}, "Measure 'time_in_bnd' is not known"),
        ({"on": "days"}, "Neither side of days is better, so it has no best"),
        ({"on": ","}, "Say on which measures to compare"),
        ({"on": "net"}, "lacks net: its runs are older. Run the sweep in a new folder"),
        ({"baseline": "wekly"}, "The baseline 'wekly' is not known"),
        ({"margin": {"net": 1.0}}, "--margin and --enough need a measure that is compared: 'net'"),
    ],
)
def test_wrong_requests_are_refused(refuse, request_, message):
    refuse(message, request=request_)


def test_errors_are_reported_together(write_study, study_points):
    folder = write_study("a", study_points("a", "b"))
    with pytest.raises(EquipoiseError, match="is not known") as caught:
        compare(folder, by="y", on="x,days", margin={"z": 1.0})
    assert len(caught.value.problems) == 4


# Notes


def notes_of(folder, **request):
    """Return the notes after the one on the baseline."""
    return compare(folder, **request).notes[1:]


def test_strategies_that_see_the_truth_are_noted(write_study, study_points):
    (note,) = notes_of(write_study("a", study_points("do_nothing", "oracle")))
    assert note == "Sees the truth, as no firm can: oracle. It is a yardstick, not a choice."


def test_settings_of_another_version_can_be_compared(write_study, study_points):
    folder = write_study("a", study_points("do_nothing", "oracle"))
    points = pl.read_parquet(folder / "points.parquet")
    other = pl.lit('{"strategy": {"nam": "x"}}').alias("settings")
    points.with_columns(other).write_parquet(folder / "points.parquet")
    assert notes_of(folder) == ()


def test_missing_and_failed_runs_are_noted(write_study, study_points):
    lost = {(1, world) for world in range(3, WORLDS)}
    folder = write_study("a", study_points("do_nothing", "daily"), lost=lost)
    (folder / "failures" / "x.json").write_text(json.dumps({"point": 1, "first": 0}))
    missing, failed = notes_of(folder)
    assert missing.startswith("9 of 48 runs are missing: do_nothing in recall (3 of 12 worlds).")
    assert missing.endswith("The same sweep command with replicates=12 does what is missing.")
    assert failed.startswith("1 job failed; ")
    comparison = compare(folder)
    assert comparison.finding("cost").difference("daily", "recall").pairs == 3


def test_many_gaps_are_counted(write_study, study_points):
    places = tuple(f"p{number}" for number in range(7))
    lost = {(point, 0) for point in range(14)}
    folder = write_study("a", study_points("do_nothing", "b", places=places), lost=lost)
    (missing,) = notes_of(folder)
    assert "do_nothing in p4 (11 of 12 worlds) and 9 more." in missing


def test_stopping_rule_misses_only_what_others_have(write_study, study_points):
    # In calm 6 worlds were enough.
    lost = {(point, world) for point in (0, 2) for world in range(6, WORLDS)}
    stop = {"measure": "cost", "width": 1, "cap": 40}
    points = study_points("do_nothing", "b")
    assert notes_of(write_study("a", points, lost=lost, stop=stop)) == ()
    (note,) = notes_of(write_study("b", points, lost=lost - {(0, 7)}, stop=stop))
    assert note.startswith("1 of 38 runs are missing: b in calm (6 of 7 worlds).")
    assert note.endswith("The same sweep command does what is missing.")


def test_few_worlds_are_noted(write_study, study_points):
    lost = {(point, world) for point in range(4) for world in range(4, WORLDS)}
    folder = write_study("a", study_points("do_nothing", "b"), lost=lost, replicates=4)
    (note,) = notes_of(folder)
    assert note == "4 worlds are too few for a verdict: 6 is the least, 40 a good number."


def test_runs_without_a_value_are_noted(write_study, study_points):
    points = study_points("do_nothing", "daily")
    points[0]["band"] = points[2]["band"] = np.full(WORLDS, np.nan)
    points[3]["band"] = np.array([0.5] * 8 + [np.nan] * 4)
    notes = notes_of(write_study("a", points), on="time_in_band,settling_time")
    assert notes[0].startswith("time_in_band has no value in calm: share of days")
    beginning = "time_in_band has a value in some worlds only: daily in recall (8 of 12)."
    ending = "A verdict marked * may mislead: a missing value can be a failure."
    assert notes[1].startswith(beginning)
    assert notes[1].endswith(ending)
    assert notes[3].endswith(f"{ending} restricted_settling_time includes failures.")


# Export


@pytest.mark.parametrize(("name", "read"), [("a.csv", pl.read_csv), ("a.json", pl.read_json)])
def test_all_numbers_are_exported(write_study, study_points, tmp_path, name, read):
    comparison = compare(write_study("a", study_points("do_nothing", "b")))
    rows = export(comparison, tmp_path / "study", tmp_path / name)
    frame = equipoise.comparison_frame(comparison)
    table = read(tmp_path / name)
    assert rows == len(table) == len(frame)
    assert table["mean"].to_list() == pytest.approx(frame["mean"].to_list())


def test_export_to_a_missing_folder_is_refused(write_study, study_points, tmp_path):
    comparison = compare(write_study("a", study_points("do_nothing", "b")))
    with pytest.raises(EquipoiseError, match="cannot be written: No such file or directory"):
        export(comparison, tmp_path / "study", tmp_path / "none" / "a.csv")
