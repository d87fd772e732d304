"""Planning a study: from words to composed points, and all mistakes at once before anything runs."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.designs import Design
from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import (
    build_design_points,
    compose_points,
    plan_study,
)
from equipoise.experiments.design.study_request import StudyRequest, read_spec, word_path

TINY = ("community.size=50", "horizon=10", "burn_in=0")


def plan(*words, **request):
    return plan_study(StudyRequest((*words, *TINY), **request))


def read(*words, **request):
    return read_spec(StudyRequest(words, **request))


def values_of(study, group, name):
    return [unpack_json(point.settings)[group][name] for point in study.points]


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file of options and returns the folder."""

    def write_file(place, text):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return tmp_path

    return write_file


# Words -> experiment spec


def test_words_with_one_value_are_constants_and_the_others_axes():
    spec = read("strategy=oracle,do_nothing", "firm.band=0.05", "seed=3")
    assert [(axis.path, axis.role, axis.choices) for axis in spec.axes] == [
        ("strategy", "lever", ("oracle", "do_nothing"))
    ]
    assert spec.constants == ("firm.band=0.05", "seed=3")


def test_last_word_for_a_path_counts():
    assert read("firm.band=0.1,0.2", "firm.band=0.3").constants == ("firm.band=0.3",)


@pytest.mark.parametrize(
    ("words", "request_fields", "expected"),
    [
        (("firm.band=0.1,0.2",), {}, Design("grid")),
        (("firm.band=interval(0,1)",), {"samples": 8}, Design("lhs", 8)),
        (
            ("firm.band=interval(0,1)",),
            {"samples": 8, "design": "sobol", "seed": 5},
            Design("sobol", 8, 5),
        ),
        (
            ("firm.band=0.1,0.2", "firm.set_point=0.6,0.7"),
            {"zipped": (("firm.band", "firm.set_point"),)},
            Design(zipped=(("firm.band", "firm.set_point"),)),
        ),
    ],
)
def test_design_is_a_grid_unless_samples_or_a_kind_are_given(words, request_fields, expected):
    assert read(*words, **request_fields).design == expected


def test_design_of_the_request_replaces_that_of_the_file(write):
    folder = write(
        "experiment/mine.yaml",
        "levers: {firm.band: 'interval(0,1)'}\ndesign: {kind: sobol, samples: 64, seed: 2}\n",
    )
    assert read("experiment=mine", folders=(folder,)).design == Design("sobol", 64, 2)
    changed = read("experiment=mine", folders=(folder,), samples=8, design="lhs")
    assert changed.design == Design("lhs", 8, 2)


def test_stopping_rule_of_the_request_replaces_that_of_the_file(write):
    folder = write(
        "experiment/mine.yaml", "levers: {firm.band: [0.1, 0.2]}\nstop: {measure: net, width: 5}\n"
    )
    assert read("experiment=mine", folders=(folder,)).stop == StoppingRule("net", 5)
    rule = StoppingRule("cost", 1.0, 30)
    assert read("experiment=mine", folders=(folder,), stop=rule).stop == rule


def test_word_replaces_what_the_file_says_of_its_path(write):
    folder = write("experiment/mine.yaml", "levers: {strategy: [oracle, do_nothing]}\n")
    study = plan("experiment=mine", "strategy=pid_survey", folders=(folder,))
    assert [point.labels["strategy"] for point in study.points] == ["pid_survey"]


@pytest.mark.parametrize(
    ("stop", "line"),
    [
        (StoppingRule("tme_in_band", 0.1), "Did you mean 'time_in_band'"),
        (StoppingRule("time_in_band", 0), "the width is 0"),
        (StoppingRule("time_in_band", 0.1, 0), "the cap is 0"),
    ],
)
def test_impossible_stopping_rule_is_refused(stop, line):
    with pytest.raises(EquipoiseError, match=line):
        read("strategy=oracle,do_nothing", stop=stop)


def test_incomplete_stopping_rule_of_a_file_is_refused(write):
    folder = write("experiment/mine.yaml", "stop: {measure: net}\n")
    with pytest.raises(EquipoiseError, match="width missing"):
        read("experiment=mine", folders=(folder,))


def test_two_experiments_are_refused():
    with pytest.raises(EquipoiseError, match="experiment is given 2 times"):
        read("experiment=first_look", "experiment=first_look")


@pytest.mark.parametrize(
    ("word", "path"),
    [("a.b=1", "a.b"), ("+a.b=1", "a.b"), ("~a.b", "a.b"), ("a.b =x=y", "a.b")],
)
def test_path_of_a_word(word, path):
    assert word_path(word) == path


# Spec -> design points -> composed settings


def test_range_of_a_whole_setting_gives_whole_numbers():
    spec = read("burn_in=interval(1,9)", "community.size=50", samples=4)
    design = build_design_points(spec)
    assert all(type(point["burn_in"]) is int for point in design.points)


def test_listed_paths_are_axes_of_the_study():
    rows = ({"firm.band": 0.1, "environment": "calm"}, {"firm.band": 0.2, "environment": "recall"})
    design = build_design_points(read(*TINY, points=rows))
    assert [(axis.path, axis.role, axis.choices) for axis in design.axes] == [
        ("firm.band", "lever", (0.1, 0.2)),
        ("environment", "uncertainty", ("calm", "recall")),
    ]


def test_composed_points_know_what_they_have_in_common():
    spec = read("burn_in=1,2", "horizon=9", "seed=4", "replicates=3", "community.size=50")
    composed = compose_points(build_design_points(spec))
    assert (composed.seed, composed.replicates, composed.days) == (4, 3, 11)


def test_labels_are_numbers_only_if_all_values_of_the_axis_are():
    labels = plan("firm.band=0.1,1", "effector=[],[repair]").points[1].labels
    assert (labels["firm.band"], labels["effector"]) == (0.1, "[repair]")
    assert labels["environment"] == "calm"


def test_equal_points_of_a_sample_have_identities_of_their_own():
    study = plan_study(
        StudyRequest(("burn_in=interval(1,2)", "horizon=5", "community.size=50"), samples=5)
    )
    assert len({point.varied["burn_in"] for point in study.points}) == 2
    assert len({point.identity for point in study.points}) == 5


def test_reference_in_a_word_follows_the_varied_setting():
    study = plan(
        "strategy=pid_survey", "control_center.kp=${firm.set_point}", "firm.set_point=0.5,0.6"
    )
    assert values_of(study, "control_center", "kp") == [0.5, 0.6]


def test_reference_in_a_file_follows_the_varied_setting(write):
    folder = write("control_center/own.yaml", "kind: pid\nkp: ${firm.set_point}\n")
    study = plan("control_center=own", "firm.set_point=0.5,0.6", folders=(folder,))
    assert values_of(study, "control_center", "kp") == [0.5, 0.6]


# The study


def test_roles_are_those_of_the_file_or_the_nature_of_the_setting(write):
    folder = write(
        "experiment/mine.yaml",
        "title: Mine\nlevers: {strategy: [oracle, do_nothing]}\n"
        "uncertainties: {firm.revenue_per_use: [1, 2]}\nconstants: {replicates: 3, effector: []}\n"
        "zip: []\nstop: {measure: net, width: 5}\n",
    )
    study = plan("experiment=mine", "environment=calm,recall", folders=(folder,))
    assert {axis.path: axis.role for axis in study.axes} == {
        "strategy": "lever",
        "firm.revenue_per_use": "uncertainty",
        "environment": "uncertainty",
    }
    assert (study.title, study.replicates, len(study.points)) == ("Mine", 3, 8)
    assert study.stop == StoppingRule("net", 5)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [(("none",), ()), (("cost", "satisfaction"), {"day", "cost", "satisfaction"})],
)
def test_daily_columns_are_those_wanted(columns, expected):
    assert set(plan("firm.band=0.1,0.2", columns=columns).columns) == set(expected)


def test_daily_columns_are_those_of_any_point():
    columns = plan("effector=[],[repair]").columns
    assert any("repair" in name for name in columns)


def test_name_is_the_same_for_the_same_words_and_any_number_of_worlds():
    names = [
        plan(*words).name
        for words in (
            ("firm.band=0.1,0.2",),
            ("firm.band=0.1,0.2", "replicates=9"),
            ("firm.band=0.1",),
        )
    ]
    assert names[0] == names[1] != names[2]
    assert plan("firm.band=0.1,0.2", stop=StoppingRule("net", 5)).name == names[0]


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (("strategy=glob(pid_*)",), "glob_pid-"),
        (("strategy=oracle", "firm.band=0.1"), "strategy-firm.band-"),
        (("experiment=first_look", "seed=3"), "first_look-"),
    ],
)
def test_name_shows_the_words(words, start):
    assert plan_study(StudyRequest(words)).name.startswith(start)


# Mistakes


def test_all_problems_are_reported_at_once(sweep_command, tmp_path):
    code, out, err = sweep_command(
        *("strategy=glob(z*)", "firm.set_pont=0.1,0.2", "comunity.size=9", "--timeout", "0"),
        *("--executor", "serail", "--until", "tme_in_band:0.1", "--out", str(tmp_path / "s")),
    )
    assert (code, out) == (2, "")
    names = ("firm.set_point", "serial", "time_in_band", "community")
    hints = [f"Did you mean '{name}'" for name in names]
    for line in ("no value at all", "--timeout 0", *hints):
        assert line in err
    assert "Traceback" not in err
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("firm.set_pont=0.1,0.2",), "Did you mean 'firm.set_point'?"),
        (
            ("firm.set_point=0.5,1.5",),
            "firm.set_point=1.5 is not allowed. Allowed: a number, 0 to 1. (point 1: ",
        ),
        (("strategy=pid_survey,pid_survy",), "Did you mean 'pid_survey'?"),
        (("experiment=first_lok",), "Did you mean 'first_look'?"),
        (("seed=1,2",), "seed takes one value"),
        (("firm.set_pont=0.1,0.2",), "(point 0: firm.set_pont=0.1; and others)\n"),
        (
            ("strategy=pid_survey,",),
            "'strategy=pid_survey,' cannot be read: mismatched input '<EOF>'. Put",
        ),
        (("firm.set_point=0.1,0.2", "--design-seed", "3"), "--design-seed belongs to --design lhs"),
        (
            ("firm.set_point=0.1", "--executor", "serial", "--workers", "2"),
            "the serial executor runs one job at a time",
        ),
        (("firm.set_point=0.1", "--daily", "all,cost"), "--daily all,cost: all stands alone."),
        (("firm.set_point=interval(0,1)",), "a range is sampled"),
        (("firm.set_point=0.1", "--daily", ","), "--daily names no column. Allowed: all, none"),
        (("firm.set_point=0.1", "--daily", "satisfation"), "Did you mean 'satisfaction'?"),
        (("firm.set_point=0.1", "--points", "nowhere.csv"), "--points nowhere.csv cannot be read"),
        (("firm.set_point=0.1", "--until", "net"), "Write measure:width"),
        (("firm.set_point=0.1", "--cap", "9"), "--cap 9 belongs to --until"),
        (
            ("firm.set_point=0.1", "--config-dir", "nowhere"),
            "--config-dir nowhere: there is no such folder",
        ),
        (("network=file", "network.path=nowhere.csv"), "nowhere.csv"),
    ],
)
def test_mistake_is_one_line_and_exit_code_2(sweep_command, words, line):
    code, out, err = sweep_command(*words, *TINY)
    assert (code, out) == (2, "")
    assert line in err
    assert all(shown.startswith("error: ") for shown in err.splitlines())


def test_misspelt_launcher_is_refused(sweep_command):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    code, _, err = sweep_command("hydra/launcher=jobblib", *TINY)
    assert (code, "Did you mean 'joblib'?" in err) == (2, True)


def test_many_problems_are_counted(sweep_command):
    settings = ",".join(str(1 + k / 100) for k in range(1, 40))
    code, _, err = sweep_command(f"firm.set_point={settings}", *TINY)
    assert code == 2
    assert "error: ... and 19 more problems." in err
    assert len(err.splitlines()) == 21


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("firm.band,firm.band\n1,2", "the column 'firm.band' twice"),
        ("firm.band,firm.set_point\n0.1", "point 1 has 1 values, and there are 2 settings"),
        ("firm.band;firm.set_point\n0.1;0.5", "separated by semicolons"),
        (",firm.band\n1,0.1", "column 1 has no name"),
        ("firm.band\n", "it has no points"),
        ("firm.band\n0.1\n0.1", "listed points 0 and 1 are the same"),
    ],
)
def test_mistake_in_a_list_of_points_is_one_line(sweep_command, tmp_path, text, line):
    path = tmp_path / "points.csv"
    path.write_text(text)
    code, out, err = sweep_command(*TINY, "--points", str(path), "--dry-run")
    assert (code, out) == (2, "")
    assert line in err
