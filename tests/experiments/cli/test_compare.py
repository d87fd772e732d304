"""`equipoise compare` and `equipoise.compare`: the same answer, no mistake without a clear line, no traceback."""

import json
import os
from functools import cache

import numpy as np
import polars as pl
import pytest

import equipoise
from equipoise import EquipoiseError
from equipoise.analysis.text.comparison_text import TextColumn, TextTable
from equipoise.experiments.cli.compare_output import find_omitted_columns
from equipoise.experiments.cli.main import main
from equipoise.experiments.config.compose import compose
from equipoise.experiments.design.identity import canonical_json
from equipoise.experiments.storage.manifest import MANIFEST_FORMAT
from equipoise.settings.schema import dump_settings

WORLDS = 12


@cache
def settings_of(strategy):
    return canonical_json(dump_settings(compose(f"strategy={strategy}"))).decode()


def study(
    folder,
    rows,
    levers=("strategy",),
    uncertainties=("environment",),
    replicates=WORLDS,
    stop=None,
    lost=(),
):
    """Write a study of points, each a mapping of what is varied there, and values of time in band; others follow it."""
    names = [*levers, *uncertainties]
    told = {"strategy": "do_nothing", "environment": "calm"}
    points = [told | {name: row.get(name) for name in names} for row in rows]
    manifest = {
        "format": MANIFEST_FORMAT,
        "levers": dict.fromkeys(levers),
        "uncertainties": dict.fromkeys(uncertainties),
    }
    (folder / "summary").mkdir(parents=True)
    (folder / "failures").mkdir()
    (folder / "study.json").write_text(
        json.dumps(manifest | {"worlds": [{"replicates": replicates, "stop": stop}]})
    )
    frame = pl.DataFrame(points).with_row_index("point")
    chosen = [
        settings_of("oracle" if point["strategy"] == "oracle" else "do_nothing") for point in points
    ]
    frame.with_columns(pl.Series("settings", chosen)).write_parquet(folder / "points.parquet")
    for number, row in enumerate(rows):
        luck = np.random.default_rng(3).normal(size=WORLDS)
        own = np.random.default_rng(number).normal(size=WORLDS)
        band = row.get("band", np.clip(0.5 + 0.01 * luck + row["level"] + 0.002 * own, 0, 1))
        first = row.get("first", 0)
        part = {
            "point": number,
            "seed": np.arange(first, first + WORLDS),
            "time_in_band": band,
            "mean_satisfaction": 0.5 + 0.2 * band,
            "settling_time": 100 * band,
            "cost": 1000 * row["level"],
        }
        kept = [i for i in range(WORLDS) if (number, i) not in lost]
        pl.DataFrame(part, strict=False).with_columns(pl.col("cost").cast(pl.Float64))[
            kept
        ].write_parquet(folder / "summary" / f"{number}.parquet")
    return folder


def points(*names, places=("calm", "recall")):
    return [
        {"strategy": name, "environment": place, "level": 0.1 * i}
        for i, name in enumerate(names)
        for place in places
    ]


@pytest.fixture
def made(tmp_path):
    return study(tmp_path / "made", points("weekly", "do_nothing", "oracle"))


@pytest.fixture
def command(capfd, monkeypatch, tmp_path):
    """Call the command; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*words, columns=120):
        monkeypatch.setitem(os.environ, "COLUMNS", str(columns))
        with pytest.raises(SystemExit) as left:
            main(["compare", *map(str, words)])
        return left.value.code, *capfd.readouterr()

    return call


# what is printed


def test_a_study_is_compared_and_the_python_door_gives_the_same(made, command):
    code, out, err = command(made)
    assert (code, err) == (0, "")
    found = equipoise.compare(made)
    assert (found.baseline, found.strategies, found.environments) == (
        "do_nothing",
        ("weekly", "do_nothing", "oracle"),
        ("calm", "recall"),
    )
    plain = " ".join(out.split())
    for line in equipoise.render_comparison(found).splitlines():
        assert (
            " ".join(line.split()).removeprefix("- ") in plain
            or " ".join(line.partition(": ")[2].split()) in plain
        )
    assert "Measured against do_nothing, since no other baseline was named." in plain
    assert "Told the truth, as no firm is: oracle." in plain
    assert found.finding("cost").difference("weekly", "calm").verdict == "better"
    assert found.finding("time_in_band").difference("weekly", "calm").verdict == "worse"


def test_options_reach_the_comparison(made, command):
    out = command(
        made,
        "--baseline",
        "oracle",
        "--on",
        "time_in_band",
        "--margin",
        "time_in_band:0.3",
        "--enough",
        "time_in_band:0.55",
    )[1]
    assert "the baseline is oracle" in out
    assert "since no other baseline" not in out
    assert "Equivalence margin: 30.0 points" in out
    assert "Enough is at least 55.0" in out
    assert "equivalent" in out
    assert "the front" not in out


@pytest.mark.parametrize(("columns", "lacking"), [(60, True), (80, True), (120, False)])
def test_every_line_fits_the_terminal(tmp_path, command, columns, lacking):
    names = ("do_nothing", "weekly_team_from_all_departments", "b")
    code, out, _ = command(study(tmp_path / "a", points(*names)), columns=columns)
    assert code == 0
    assert max(len(line.rstrip()) for line in out.splitlines()) <= columns
    assert ("effect" not in out.partition("left out")[0], "left out" in out) == (lacking, lacking)
    assert "undecided" in out


def test_columns_without_room_are_left_out_of_all_tables_the_least_first():
    names = TextColumn("who", ("a" * 30,), right=False, folds=True)
    sheets = [
        TextTable(
            "",
            "",
            (names, TextColumn("x", ("1" * n,), priority=1), TextColumn("y", ("2",), priority=2)),
        )
        for n in (1, 60)
    ]
    assert find_omitted_columns(sheets, 100) == []
    assert find_omitted_columns(sheets, 80) == ["x"]
    assert find_omitted_columns(sheets, 20) == ["x", "y"]


def test_all_numbers_are_exported(made, command, tmp_path):
    for name, read in (("table.csv", pl.read_csv), ("table.json", pl.read_json)):
        code, out, _ = command(made, "--export", tmp_path / name)
        assert code == 0
        assert out.endswith(f"18 rows written to {tmp_path / name}\n")
        assert read(tmp_path / name)["mean"].to_list() == pytest.approx(
            equipoise.comparison_frame(equipoise.compare(made))["mean"].to_list()
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "table.csv", "table.json"]
    code, _, err = command(made, "--export", tmp_path / "none" / "table.csv")
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be written: No such file or directory" in err


# who is compared, and where


def test_the_baseline_is_the_first_of_the_study_where_nobody_does_nothing(tmp_path):
    found = equipoise.compare(study(tmp_path / "a", points("weekly", "daily")))
    assert found.baseline == "weekly"
    assert found.notes == ("Measured against weekly, since no other baseline was named.",)


def test_what_is_not_compared_makes_the_environments(tmp_path):
    rows = [
        {"strategy": name, "firm.band": band, "environment": place, "level": 0.1 * band}
        for name in ("a", "b")
        for band in (1.0, 2.0)
        for place in ("calm", "recall")
    ]
    folder = study(tmp_path / "a", rows, levers=("strategy", "firm.band"))
    found = equipoise.compare(folder)
    assert (found.by, found.within) == ("strategy, firm.band", "environment")
    assert found.strategies == ("a, band 1", "a, band 2", "b, band 1", "b, band 2")
    assert found.environments == ("calm", "recall")
    found = equipoise.compare(folder, by="firm.band")
    assert (found.within, found.strategies) == ("strategy, environment", ("1", "2"))
    assert found.environments == ("a, calm", "a, recall", "b, calm", "b, recall")
    found = equipoise.compare(folder, by=["strategy", "firm.band", "environment"])
    assert (len(found.strategies), found.environments) == (8, ("everywhere",))


def test_settings_of_one_last_name_are_told_apart(tmp_path):
    rows = [{"a.size": x, "b.size": y, "level": 0.1 * x} for x in (1.0, 2.0) for y in (3.0, 4.0)]
    found = equipoise.compare(
        study(tmp_path / "a", rows, levers=("a.size", "b.size"), uncertainties=())
    )
    assert found.strategies[0] == "a.size 1, b.size 3"
    assert found.environments == ("calm",)


# what is missing


def test_missing_and_failed_runs_are_said(tmp_path):
    lost = {(1, i) for i in range(3, WORLDS)}
    folder = study(tmp_path / "a", points("do_nothing", "daily"), lost=lost)
    (folder / "failures" / "x.json").write_text(json.dumps({"point": 1, "first": 0}))
    found = equipoise.compare(folder)
    missing, failed = found.notes[1:]
    assert missing.startswith("9 of 48 runs are missing: do_nothing in recall (3 of 12 worlds).")
    assert failed.startswith("1 jobs failed") or failed.startswith("1 job failed")
    assert found.finding("cost").difference("daily", "recall").pairs == 3


def test_under_a_stopping_rule_only_what_others_have_is_missing(tmp_path):
    lost = {
        (point, i) for point in (0, 2) for i in range(6, WORLDS)
    }  # calm was enough with 6 worlds
    stop = {"measure": "cost", "width": 1, "cap": 40}
    assert (
        len(
            equipoise.compare(
                study(tmp_path / "a", points("do_nothing", "b"), lost=lost, stop=stop)
            ).notes
        )
        == 1
    )
    found = equipoise.compare(
        study(tmp_path / "b", points("do_nothing", "b"), lost=lost - {(0, 7)}, stop=stop)
    )
    assert found.notes[1].startswith("1 of 38 runs are missing: b in calm (6 of 7 worlds).")


def test_worlds_without_a_value_are_said(tmp_path):
    rows = points("do_nothing", "daily")
    rows[0]["band"] = rows[2]["band"] = np.full(WORLDS, np.nan)
    rows[3]["band"] = np.array([0.5] * 8 + [np.nan] * 4)
    found = equipoise.compare(study(tmp_path / "a", rows), on="time_in_band,settling_time")
    assert found.notes[1].startswith("time_in_band has no value in calm: share of days")
    assert found.notes[2].startswith(
        "time_in_band has a value in some worlds only: daily in recall (8 of 12)."
    )
    assert found.notes[2].endswith(
        "A verdict marked * may mislead: a missing value can be a failure."
    )
    assert found.notes[4].endswith(
        "a missing value can be a failure. restricted_settling_time includes failures."
    )


def test_few_worlds_are_said(tmp_path):
    lost = {(point, i) for point in range(4) for i in range(4, WORLDS)}
    found = equipoise.compare(
        study(tmp_path / "a", points("do_nothing", "b"), lost=lost, replicates=4)
    )
    assert found.notes[1] == "4 worlds are too few for a verdict: 6 is the least, 40 a good number."


def test_settings_of_another_version_do_not_stop_a_comparison(made):
    points = pl.read_parquet(made / "points.parquet")
    points.with_columns(pl.lit('{"strategy": {"nam": "x"}}').alias("settings")).write_parquet(
        made / "points.parquet"
    )
    assert not any("truth" in note for note in equipoise.compare(made).notes)


# mistakes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "There is no folder 'nowhere'"),
        (["."], "'.' is no study: it has no study.json"),
        (
            ["made", "--by", "stratgy"],
            "To compare by 'stratgy' is not known. Did you mean 'strategy'? Allowed: env",
        ),
        (
            ["made", "--on", "time_in_bnd"],
            "Measure 'time_in_bnd' is not known. Did you mean 'time_in_band'? Allowed:",
        ),
        (
            ["made", "--on", "days"],
            "Neither side of days is better, so it has no best. Allowed: ",
        ),
        (["made", "--on", ","], "Say on which measures to compare. Allowed: "),
        (["made", "--on", "net"], "was swept before there was net. Sweep it anew."),
        (
            ["made", "--baseline", "wekly"],
            "The baseline 'wekly' is not known. Did you mean 'weekly'? Allowed: ",
        ),
        (["made", "--margin", "0.02"], "--margin 0.02 cannot be read. Write measure:number"),
        (["made", "--margin", "cost:0"], "The margin is 0.0: give a number above 0"),
        (["made", "--enough", "cost:inf"], "--enough cost:inf cannot be read"),
        (
            ["made", "--enough", "net:1"],
            "'net' is not known. Allowed: cost, mean_satisfaction, time_in_band",
        ),
        (
            ["made", "--export", "table.txt"],
            "--export table.txt: give a name that ends in .csv or .json.",
        ),
    ],
)
def test_a_mistake_is_one_line(made, command, words, said):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("error: ")


def test_all_mistakes_are_told_at_once(made, command):
    err = command("made", "--on", "x,days", "--by", "y", "--margin", "z", "--export", "q")[2]
    assert err.count("error: ") == 5


def test_a_study_that_cannot_be_compared_says_why(tmp_path):
    def refused(name, said, rows=None, **more):
        with pytest.raises(EquipoiseError, match=said):
            equipoise.compare(study(tmp_path / name, rows or points("do_nothing", "b"), **more))

    refused("one", "has one strategy only, lonely: nothing to compare it with", points("lonely"))
    every = {(point, i) for point in range(4) for i in range(WORLDS)}
    refused("none", "No run of .* is finished yet", lost=every)
    refused(
        "world",
        "has one world only",
        lost={(point, i) for point in range(4) for i in range(1, WORLDS)},
    )
    refused("nothing", "varies nothing", [{"level": 0.1}], levers=(), uncertainties=())
    refused(
        "lever",
        "varies no lever, only environment. To compare that: --by environment",
        levers=(),
        rows=[{"environment": "calm", "level": 0.1}, {"environment": "recall", "level": 0.1}],
    )
    zipped = [{"strategy": name, "every": float(i), "level": 0.1} for i, name in enumerate("ab")]
    refused(
        "zipped",
        r"No two of strategy .* no pairs. every changes with it: give --by strategy,every",
        zipped,
        levers=("strategy",),
        uncertainties=("every",),
    )
    apart = [row | {"first": 100 * i} for i, row in enumerate(points("a", "b"))]
    refused("apart", "No two of strategy have a value of time_in_band in the same world", apart)
    empty = [row | {"band": np.full(WORLDS, np.nan)} for row in points("a", "b")]
    refused("empty", "time_in_band has no value in any run", empty)


def test_a_broken_study_is_one_line(made, command):
    (made / "study.json").write_text("{")
    code, _, err = command(made)
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be read" in err
    (made / "study.json").write_text("[]")
    assert "study.json cannot be read: it holds no names and values" in command(made)[2]
    (made / "study.json").write_text('{"format": 1, "levers": {}}')
    assert (
        "was swept by another version: its format is 1, and this version reads 2"
        in command(made)[2]
    )
    (made / "study.json").write_text("{}")
    assert "is no study" in command(made)[2]


@pytest.mark.parametrize("name", ["points.parquet", "summary/0.parquet"])
def test_a_file_that_cannot_be_read_is_one_line(made, command, name):
    (made / name).write_bytes(b"torn")
    code, _, err = command(made)
    assert (code, err.count("\n")) == (2, 1)
    assert "cannot be read" in err
    assert "made" in err


# all of it


def test_a_real_sweep_is_compared_from_what_it_returns(tmp_path):
    small = ("community.size=60", "network.count=6", "horizon=28", "burn_in=7", "replicates=6")
    done = equipoise.sweep(
        "strategy=oracle,do_nothing",
        "environment=recall",
        *small,
        out=tmp_path / "s",
        executor="serial",
        daily=["none"],
    )
    found = equipoise.compare(done, on=["mean_satisfaction", "cost"])
    assert found.baseline == "do_nothing"
    assert equipoise.comparison_frame(found).equals(
        equipoise.comparison_frame(
            equipoise.compare(str(tmp_path / "s"), on="mean_satisfaction,cost")
        )
    )
    assert found.worlds == 6
