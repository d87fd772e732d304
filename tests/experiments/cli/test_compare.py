"""The command `equipoise compare`: the same answer as from Python, and errors in one line."""

import os

import polars as pl
import pytest

import equipoise
from equipoise.analysis.text.comparison_text import TextColumn, TextTable
from equipoise.experiments.cli.compare_output import find_omitted_columns
from equipoise.experiments.cli.main import main


@pytest.fixture
def made(write_study, study_points):
    return write_study("made", study_points("weekly", "do_nothing", "oracle"))


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
    assert "Sees the truth, as no firm can: oracle." in plain
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
def test_every_line_fits_the_terminal(write_study, study_points, command, columns, lacking):
    names = ("do_nothing", "weekly_team_from_all_departments", "b")
    code, out, _ = command(write_study("a", study_points(*names)), columns=columns)
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
        (["made", "--on", ""], "Say on which measures to compare. Allowed: "),
        (["made", "--by", ","], "--by ',' names nothing. Give a setting that the study varies"),
        (["made", "--by", ""], "--by '' names nothing. Give a setting that the study varies"),
        (["made", "--baseline", ""], "The baseline '' is not known. Allowed: "),
        (["made", "--margin", ","], "--margin ',' names nothing. Give measure:number"),
        (["made", "--enough", ""], "--enough '' names nothing. Give measure:number"),
        (["made", "--on", "net"], "lacks net: its runs are older. Run the sweep in a new folder."),
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
