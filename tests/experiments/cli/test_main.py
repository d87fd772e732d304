"""The command as users meet it: run, repeat, stop, explain, complete."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

import equipoise
from equipoise.experiments.cli import completion, terminal
from equipoise.experiments.cli.main import main
from equipoise.experiments.config.catalogue import list_entries
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import OPTION_GROUPS
from equipoise.experiments.execution import single_run
from equipoise.experiments.storage import run_output
from equipoise.output import run_folder
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS, WORLD_STEPS
from equipoise.settings.community import Hearing
from equipoise.settings.schema import walk_settings

SMALL = ["community.size=60", "network.count=6", "horizon=20", "burn_in=4"]
COMMAND = [sys.executable, "-m", "equipoise.experiments.cli.main"]
BIN = Path(sys.executable).with_name("equipoise")

KAPPA = Hearing().kappa


@pytest.fixture
def command(capfd, monkeypatch, tmp_path):
    """Call the command in an empty folder; return exit code, stdout and stderr. Drawing is left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        run_output, "render_run_figures", lambda run: {"figure.png": b"", "figure.svg": b""}
    )
    monkeypatch.setattr(terminal, "must_compile", lambda settings: False)

    def call(*words):
        with pytest.raises(SystemExit) as left:
            main(list(words))
        return left.value.code, *capfd.readouterr()

    return call


def only_run() -> Path:
    (folder,) = Path("runs").iterdir()
    return folder


# run


def test_a_run_prints_a_scorecard_and_writes_a_folder(tmp_path):
    done = subprocess.run(
        [*COMMAND, "run", "strategy=pid_survey", "environment=recall", "seed=7", *SMALL],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "80"},
    )
    notes = done.stderr.replace(terminal.COMPILING + "\n", "").splitlines()
    assert [note.startswith("note: environment recall:") for note in notes] == [True]
    lines = done.stdout.splitlines()
    assert "environment recall" in lines[0]
    assert re.fullmatch(r"Written to runs/\d{4}-\d\d-\d\d-\d{6}-pid_survey-recall-seed7", lines[-1])
    assert max(map(len, lines)) <= 80
    folder = tmp_path / lines[-1].removeprefix("Written to ")
    names = [
        "daily.parquet",
        "figure.png",
        "figure.svg",
        "manifest.json",
        "settings.yaml",
        "summary.json",
    ]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    card = equipoise.scorecard(equipoise.load_run(folder))
    assert " ".join(card.sentences[0].split()) in " ".join(done.stdout.split())
    assert all(row.measure in done.stdout for row in card.rows)


def test_run_notes_a_disturbance_outside_the_horizon_once_and_keeps_the_note(command):
    words = ("environment=recall", "environment.disturbances.product_fault.start=3", *SMALL)
    _, _, err = command("run", *words)
    note = (
        "environment recall: the disturbance failing_units on day 60 lies outside the 20 scored "
        "days of the run (days 0 to 19); it never happens. Raise horizon above 60."
    )
    assert err.splitlines() == [f"note: {note}"]
    assert equipoise.load_run(only_run()).notes == (note,)


def test_quiet_prints_the_folder_alone(command):
    code, out, err = command("run", "--quiet", *SMALL)
    assert (code, out, err) == (0, f"{only_run()}\n", "")


def test_folders_are_never_overwritten(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = compose("strategy=oracle", "environment.name=a/b c", "seed=3")
    first = run_output.default_folder(settings)
    assert re.fullmatch(r"runs/[\d-]+-oracle-a-b-c-seed3", str(first))
    now = __import__("datetime").datetime(2026, 1, 2, 3, 4, 5)
    names = []
    for _ in range(3):
        names.append(run_output.default_folder(settings, now))
        names[-1].mkdir(parents=True)
    assert [str(name)[5:] for name in names] == [
        f"2026-01-02-030405-oracle-a-b-c-seed3{n}" for n in ("", "-2", "-3")
    ]


def test_out_names_the_folder(command, tmp_path):
    assert command("run", "-q", "--out", "deep/er", *SMALL)[:2] == (0, "deep/er\n")
    code, _, err = command("run", "-q", "--out", "deep/er", *SMALL)
    assert code == 2
    assert err.startswith("error: deep/er exists already")
    assert run_folder.load_run_manifest(tmp_path / "deep/er")["complete"] is True


@pytest.mark.parametrize(
    "words",
    [
        ["community.size=1"],
        ["community.size=2"],
        ["horizon=0"],
        ["horizon=0", "burn_in=0"],
        ["seed=0"],
        ["community.people.customers=0"],
        ["replicates=3"],
        ["engine=agents"],
    ],
)
def test_small_and_odd_runs_are_runs(command, words):
    assert command("run", *SMALL, *words)[0] == 0
    back = equipoise.load_run(only_run())
    assert back.complete
    assert all(
        int(record.filled) == back.settings.burn_in + back.settings.horizon
        for record in back.records
    )


def test_what_was_cleaned_in_a_network_is_said(command, tmp_path):
    (tmp_path / "my (own) ties.csv").write_text("ann,bob\nbob,ann\ncy,cy\ndee,eve\n")
    code, out, err = command(
        "run", "network=file", "network.path=my (own) ties.csv", "horizon=5", "burn_in=0"
    )
    assert code == 0
    notes = err
    assert "1 tie of a person to themselves left out" in notes
    assert "1 repeated tie" in notes
    assert err.count("note: ") == 3
    note = " ".join(notes.split())
    assert "ties.csv: 5 people, 2 ties, 3 components, the largest with 40.0% of the people" in note
    assert "; first tie ann-bob" in note
    assert "5 people" in " ".join(out.split())


def test_columns_weights_and_directions_of_a_network_are_said_outright(command, tmp_path):
    (tmp_path / "ties.csv").write_text("id,who,whom,w\n1,ann,bob,2\n2,bob,cid,1\n3,cid,ann,5\n")
    (tmp_path / "my people.csv").write_text("id\nann\nzoe\n")
    words = ["network=file", "network.path=ties.csv", "horizon=5", "burn_in=0"]
    asked = ["network.columns=[who,whom]", "network.weight=4", "network.directed=true"]
    code, _, err = command("run", *words, *asked, "network.nodes=my people.csv")
    assert code == 0
    assert "ties.csv: 4 people, 3 ties, 2 components" in " ".join(err.split())
    code, _, err = command("run", *words, "network.columns=[who,hwom]")
    assert code == 2
    assert "Did you mean 'whom'? Columns: id, who, whom, w" in " ".join(err.split())


def test_an_empty_network_is_allowed_and_said(command, tmp_path):
    (tmp_path / "none.txt").touch()
    code, _, err = command(
        "run", "network=file", "network.path=none.txt", "community.size=60", "horizon=5"
    )
    assert code == 0
    assert "it holds no ties; the 60 people of community.size have none" in err


def test_own_options_from_anywhere(command, tmp_path):
    (tmp_path / "mine" / "receptor").mkdir(parents=True)
    (tmp_path / "mine" / "receptor" / "weekly.yaml").write_text("kind: survey\nevery: 7\n")
    assert command("run", "-q", "receptor=weekly", "--config-dir", "mine", *SMALL)[0] == 0
    assert equipoise.load_run(only_run()).settings.receptor.every == 7
    assert "weekly" in command("explain", "receptor", "--config-dir", "mine")[1]


def test_the_first_compilation_is_announced(command, monkeypatch):
    monkeypatch.setattr(terminal, "must_compile", lambda settings: True)
    code, _, err = command("run", *SMALL)
    assert (code, err) == (
        0,
        "Compiling the model for this machine. This takes some seconds, the first time only.\n",
    )


def test_numba_tells_whether_it_has_compiled(tmp_path):
    script = """
import equipoise
from equipoise.experiments.cli.terminal import must_compile
settings = equipoise.compose()
print(must_compile(settings), must_compile(settings.model_copy(update={"engine": "agents"})))
"""
    fresh = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert subprocess.run(
        [sys.executable, "-c", script], env=fresh, capture_output=True, text=True
    ).stdout == ("True True\n")
    equipoise.run(compose(*SMALL))  # in the cache of these tests
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout[:5]
        == "False"
    )


def test_three_lines_of_python_do_the_same(command):
    assert command("run", "-q", "strategy=pid_survey", "seed=7", *SMALL)[0] == 0
    run = equipoise.run(equipoise.compose("strategy=pid_survey", "seed=7", *SMALL))
    folder = equipoise.save(run, "python")
    ours, theirs = (sorted(path.name for path in place.iterdir()) for place in (folder, only_run()))
    assert ours == theirs
    assert run_folder.compare_days(run, equipoise.load_run(only_run())) == (True, 24)
    assert str(equipoise.scorecard(run)) == str(equipoise.scorecard(equipoise.load_run(only_run())))


def test_the_public_names_are_there_in_any_order():
    script = "import equipoise.runner, equipoise\nprint(*(getattr(equipoise, n).__name__ for n in equipoise.__all__))"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert told.split() == equipoise.__all__
    assert set(equipoise.__all__) <= set(dir(equipoise))
    with pytest.raises(AttributeError, match="attribute rum"):
        _ = equipoise.rum


# repeat


def test_from_repeats_a_run_bit_for_bit(command, tmp_path):
    (tmp_path / "ties.txt").write_text("".join(f"p{i} p{i * 7 % 40}\n" for i in range(40)))
    words = [
        "strategy=pid_survey",
        "environment=recall",
        "network=file",
        "network.path=ties.txt",
        "replicates=2",
    ]
    assert (
        command("run", "-q", "--out", "first", *words, "seed=11", "horizon=70", "burn_in=3")[0] == 0
    )
    (tmp_path / "ties.txt").unlink()
    code, out, err = command("run", "--from", "first", "--out", "second")
    assert code == 0
    assert out.endswith("Written to second\n")
    assert "Repeated: all 146 days are bit-identical with those in first." in err
    assert (tmp_path / "first/settings.yaml").read_text() == (
        tmp_path / "second/settings.yaml"
    ).read_text().replace("--from second", "--from first")
    first, second = (
        pq.read_table(tmp_path / name / "daily.parquet") for name in ("first", "second")
    )
    assert first.equals(second) or first.to_pydict().__repr__() == second.to_pydict().__repr__()
    assert command("run", "-q", "--from", "second")[0] == 0  # the copy can be repeated too


def test_from_says_what_differs(command, tmp_path):
    assert command("run", "-q", "--out", "first", *SMALL)[0] == 0
    manifest = json.loads((tmp_path / "first/manifest.json").read_text())
    manifest["versions"]["numba"] = "0.1"
    (tmp_path / "first/manifest.json").write_text(json.dumps(manifest))
    text = (tmp_path / "first/settings.yaml").read_text()
    (tmp_path / "first/settings.yaml").write_text(text.replace(f"kappa: {KAPPA}", "kappa: 0.2"))
    code, _, err = command("run", "--from", "first")
    assert code == 1
    assert "0.1 made the first run" in err
    assert "the days are NOT identical" in err


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("manifest.json", None, "it has no manifest.json"),
        ("manifest.json", "{}", "has the format None. Allowed: 1"),
        ("manifest.json", '{"format": 99}', "has the format 99. Allowed: 1"),
        ("manifest.json", '{"format": 1}', "lacks seeds, days"),
        ("daily.parquet", None, "daily.parquet cannot be read"),
        ("daily.parquet", "torn", "daily.parquet cannot be read"),
        ("settings.yaml", "", "settings.yaml holds no settings"),
        ("settings.yaml", "[1]", "settings.yaml holds no settings"),
    ],
)
def test_from_looks_at_the_folder_before_it_computes(
    command, tmp_path, monkeypatch, file, content, message
):
    assert command("run", "-q", "--out", "first", *SMALL)[0] == 0
    path = tmp_path / "first" / file
    path.unlink()
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr("equipoise.experiments.execution.single_run.run_until_stopped", None)
    code, _, err = command("run", "--from", "first", "--out", "second")
    assert code == 2
    assert message in err
    assert not (tmp_path / "second").exists()


def test_from_a_folder_with_edited_settings_tells_the_mistake(command, tmp_path):
    assert command("run", "-q", "--out", "first", *SMALL)[0] == 0
    data = yaml.safe_load((tmp_path / "first/settings.yaml").read_text())
    data["firm"]["set_pont"] = data["firm"].pop("set_point")
    data["control_center"] = {"kind": "pidd"}
    (tmp_path / "first/settings.yaml").write_text(yaml.safe_dump(data))
    code, _, err = command("run", "--from", "first")
    assert code == 2
    assert [line[:20] for line in err.splitlines()] == [
        "error: firm.set_pont",
        "error: control_cente",
    ]
    assert "Did you mean 'pid'?" in err


# stop


def stopped_run(tmp_path: Path, number: int) -> tuple[int, str, str]:
    """Send a signal to a run in a terminal once its bar moves; return exit code, stdout, what the terminal showed."""
    ours, theirs = pty.openpty()
    words = ["run", "community.size=3000", "horizon=90000", "--out", "stopped"]
    run = subprocess.Popen(
        [*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)
    shown, sent, deadline = "", False, time.monotonic() + 120
    while run.poll() is None and time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                shown += os.read(ours, 65536).decode(errors="replace")
            except OSError:
                break
        if not sent and re.search(r"[1-9]\d*/90056", shown):
            run.send_signal(number)
            sent = True
    out, _ = run.communicate(timeout=60)
    os.close(ours)
    assert sent, shown
    return run.returncode, out, shown


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_is_kept_and_marked(tmp_path, number, code):
    returned, out, shown = stopped_run(tmp_path, number)
    assert returned == code
    assert "Traceback" not in shown
    assert re.search(
        r"Stopped: [\d,]+ of 90,?056 days are finished; the output is marked as incomplete",
        shown,
    )
    assert out.endswith("Written to stopped\n")
    part = equipoise.load_run(tmp_path / "stopped")
    assert part.complete is False
    assert 0 < int(part.records[0].filled) < 90_056
    assert [path.name for path in tmp_path.iterdir()] == ["stopped"]
    if number == signal.SIGINT:
        days = int(part.records[0].filled) - part.settings.burn_in
        if 0 < days < 3000:
            whole = equipoise.run(part.settings.model_copy(update={"horizon": days}))
            assert run_folder.compare_days(part, whole)[0]


def test_an_impatient_second_stop_does_not_tear_what_is_written(command, monkeypatch, tmp_path):
    real = run_folder.save_run

    def save(*given):
        os.kill(os.getpid(), signal.SIGINT)
        return real(*given)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(run_folder, "save_run", save)
    assert command("run", "-q", "--out", "whole", *SMALL)[0] == 0
    assert equipoise.load_run(tmp_path / "whole").complete
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_stopped_before_its_first_day_writes_nothing(command, monkeypatch):
    def stopped(settings, told):
        raise KeyboardInterrupt

    monkeypatch.setattr(single_run, "run_until_stopped", stopped)
    assert command("run", *SMALL) == (
        130,
        "",
        "Stopped before the end of the first day. Nothing is written.\n",
    )
    assert not Path("runs").exists()


def test_a_finished_run_that_cannot_be_written_is_not_lost(command, monkeypatch, tmp_path):
    real = run_folder.save_run

    def full(run, folder, *more):
        if folder.parent.name == "runs":
            raise OSError(28, "No space left on device")
        return real(run, folder, *more)

    monkeypatch.setattr(run_folder, "save_run", full)
    (tmp_path / "spare").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spare"))
    code, out, err = command("run", *SMALL)
    assert code == 3
    (kept,) = (tmp_path / "spare").iterdir()
    assert f"Written to {kept}" in out
    assert "error: the run is finished, but runs/" in err
    assert "No space left on device" in err
    assert equipoise.load_run(kept).complete
    monkeypatch.setattr(run_folder, "save_run", lambda *given: full(given[0], Path("runs/x")))
    code, out, err = command("run", "-q", *SMALL)
    assert code == 3
    assert "satisfaction" in out.lower()  # the scorecard, though quiet was asked for
    assert "is all that is left" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_stdout_does_not_cost_the_run(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "run", "--out", "here", *SMALL],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.endswith(
        "error: Cannot write to standard output: No space left on device.\n"
    )
    assert equipoise.load_run(tmp_path / "here").complete


def test_a_closed_pipe_is_no_mistake(tmp_path):
    words = " ".join(f"'{word}'" for word in COMMAND)
    done = subprocess.run(
        ["bash", "-c", f"{words} explain | head -1"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stderr == ""


# explain


def test_explain_lists_the_day_and_every_setting(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = command("explain")
    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80
    flat = " ".join(out.split())
    for step in (*WORLD_STEPS, *CONSUMER_STEPS, *SOCIAL_STEPS):
        assert f". {step.name} {step.meaning}" in flat
    for entry in list_entries():
        assert f" {entry.path} = {entry.default}" in flat, entry.path
        assert entry.meaning in flat, entry.path
        assert entry.source in flat, entry.path
    settings = compose("strategy=pid_survey")
    for path, _, _ in walk_settings(settings):
        assert path in flat
    for group in OPTION_GROUPS:
        assert group in flat


def test_explain_filters_by_path(command):
    code, out, _ = command("explain", "hearing.kap")
    assert code == 0
    assert f"community.hearing.kappa = {KAPPA}" in out
    assert "forum" not in out
    assert "pid" in command("explain", "control_center")[1]


@pytest.mark.parametrize(
    ("word", "paths"),
    [
        ("money", ("firm.revenue_per_use", "firm.contribution", "community.scale")),
        ("price", ("receptor.price_year", "effector.repair.cost", "control_center.seat_cost")),
        ("cost", ("receptor.price_year", "effector.respond.question_price", "firm.marketing")),
        ("staff", ("control_center.seat_cost", "effector.respond.goodwill")),
        ("revenue", ("firm.revenue_per_use", "firm.contribution", "firm.steady_fixes")),
    ],
)
def test_explain_lists_settings_by_their_keywords(command, word, paths):
    code, out, _ = command("explain", word)
    assert code == 0
    for path in paths:
        assert f"  {path} = " in out
    assert "hearing" not in out


def test_version_and_help(command):
    assert command("--version")[:2] == (
        0,
        f"equipoise {__import__('importlib.metadata').metadata.version('equipoise')}\n",
    )
    assert "explain" in command("--help")[1]
    assert "--from" in command("run", "--help")[1]
    assert (
        command("run", "--nope")[2] == "error: No such option: --nope. See equipoise run --help.\n"
    )
    assert command("--nope")[2] == "error: No such option: --nope. See equipoise --help.\n"


# complete


def offered(shell: str, line: str) -> list[str]:
    """Return what the command offers a shell, by that shell's own protocol."""
    env = {"_EQUIPOISE_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    if shell == "fish":
        env["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    told = subprocess.run(
        COMMAND, env=os.environ | env, capture_output=True, text=True, check=True
    ).stdout
    if shell == "fish":
        return [each.split("\t")[0] for each in told.splitlines()]
    return re.findall(r'^(?:_arguments .*\(\()?"(.*?)"', told, re.MULTILINE)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("equipoise ", ["run", "explain"]),
        ("equipoise run strat", ["strategy=", "strategy.name="]),
        ("equipoise run seed=1 strategy=pid", ["strategy=pid_mentions", "strategy=pid_survey"]),
        ("equipoise run community.hearing.ka", [f"community.hearing.kappa={KAPPA}"]),
    ],
)
def test_completion_offers(shell, line, among):
    assert set(among) <= set(offered(shell, line))


def test_completion_of_overrides():
    def words(begun):
        return [value for value, _ in completion.complete_override(begun)]

    assert set(words("")) >= {f"{group}=" for group in OPTION_GROUPS} | {
        "seed=",
        "firm.",
        "community.",
    }
    assert words("eng") == ["engine=arrays", "engine=agents"]
    assert words("control_center.anti") == [
        "control_center.anti_windup=true",
        "control_center.anti_windup=false",
    ]
    assert "firm.departments.service.capacity=" in words("firm.departments.service.")
    assert "effector.repair.rate=" in words("effector.repair.")
    assert words("zzz") == []
    assert words("zzz=") == []
    assert set(completion.GROUP_MEANINGS) == set(OPTION_GROUPS)
    for entry in list_entries():
        if "<" not in entry.path:
            assert any(word.startswith(entry.path + "=") for word in words(entry.path)), entry.path


@pytest.mark.skipif(
    not (shutil.which("bash") and BIN.exists()), reason="needs bash and the installed command"
)
def test_completion_in_a_real_bash(tmp_path):
    env = os.environ | {"_EQUIPOISE_COMPLETE": "source_bash"}
    script = subprocess.run([str(BIN)], env=env, capture_output=True, text=True, check=True).stdout
    (tmp_path / "completion.sh").write_text(script)
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=tmp_path,
        start_new_session=True,
        env=os.environ
        | {"PATH": f"{BIN.parent}:{os.environ['PATH']}", "PS1": "> ", "TERM": "dumb"},
    )
    os.close(theirs)
    try:
        os.write(ours, b"source completion.sh\n")
        for begun, ended in (
            ("equipoise ru", "equipoise run "),
            ("equipoise run strategy=pid_su", "strategy=pid_survey "),
            ("equipoise run community.hearing.ka", f"community.hearing.kappa={KAPPA} "),
            ("equipoise run seed=3 engine=ag", "engine=agents "),
        ):
            os.write(ours, begun.encode() + b"\t")
            assert ended in shown_until(ours, ended), begun
            os.write(ours, b"\x15")  # clear the line
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


def shown_until(terminal_end: int, wanted: str) -> str:
    shown, deadline = "", time.monotonic() + 30
    while wanted not in shown and time.monotonic() < deadline:
        if select.select([terminal_end], [], [], 0.2)[0]:
            shown += os.read(terminal_end, 4096).decode(errors="replace")
    return shown
