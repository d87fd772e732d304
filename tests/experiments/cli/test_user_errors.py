"""Bad input at the command line: one clear line for each mistake, exit code 2, no traceback, nothing written."""

import pickle
import subprocess
import sys

import pytest

from equipoise.errors import EquipoiseError, suggest_spelling, unknown_name_message
from equipoise.experiments.cli.main import main


@pytest.fixture
def command(capfd, monkeypatch, tmp_path):
    """Call the command in an empty folder; return exit code, lines of stdout and of stderr, names written."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(*words):
        with pytest.raises(SystemExit) as left:
            main(list(words))
        said = capfd.readouterr()
        return (
            left.value.code,
            said.out.splitlines(),
            said.err.splitlines(),
            [p.name for p in folder.rglob("*")],
        )

    return call


def test_an_error_tells_its_problems_and_travels_between_processes():
    error = EquipoiseError("one", "two")
    assert str(error) == "one\ntwo"
    assert pickle.loads(pickle.dumps(error)).problems == ("one", "two")
    assert isinstance(error, ValueError)


def test_the_nearest_spelling():
    assert suggest_spelling("pid_survay", ["pid_survey", "oracle"]) == " Did you mean 'pid_survey'?"
    assert suggest_spelling("zzz", ["pid_survey"]) == ""
    assert unknown_name_message("strategy", "orakle", ["b", "oracle"]) == (
        "strategy 'orakle' is not known. Did you mean 'oracle'? Allowed: b, oracle."
    )


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["run", "sead=1"], ["error: sead is not known. Did you mean 'seed'? Allowed: "]),
        (["run", "+sead=1"], ["error: sead is not known. Did you mean 'seed'?"]),
        (["run", "seed=abc"], ["error: seed=abc is not allowed. Allowed: a whole number, 0 to "]),
        (["run", "firm.band=2"], ["error: firm.band=2 is not allowed. Allowed: a number, 0 to 1."]),
        (["run", "firm.band=nan"], ["error: firm.band=nan is not allowed."]),
        (
            ["run", "strategy=pid_survay"],
            ["error: strategy=pid_survay is not known. Did you mean 'pid_survey'?"],
        ),
        (
            ["run", "community.size=0"],
            ["error: community.size=0 is not allowed. Allowed: a whole number, 1 to "],
        ),
        (
            ["run", "network=file"],
            ["error: network.path is missing. Give the path of an edge list"],
        ),
        (
            ["run", "network=file", "network.path=."],
            ["error: network.path: '.' is a folder. Give the path"],
        ),
        (
            ["run", "--from", "nowhere"],
            ["error: There is no folder 'nowhere'. Give the folder of a run."],
        ),
        (
            ["run", "--from", ".", "seed=2"],
            ["error: --from repeats", "error: '.' is no run folder: it has"],
        ),
        (["run", "--out", "/dev/null/x"], ["error: /dev/null/x cannot be written: /dev/null: "]),
        (
            ["run", "--config-dir", "nowhere"],
            ["error: --config-dir nowhere: there is no such folder."],
        ),
        (["run", "--form", "x"], ["error: No such option: --form"]),
        (["run", "--out"], ["error: Option '--out' requires an argument."]),
        (["runn"], ["error: No such command 'runn'."]),
        (["explain", "kapa"], ["error: No setting has 'kapa' in its path. Did you mean 'kappa'?"]),
        (
            [
                "run",
                "seed=-1",
                "receptor=x",
                "a=b=c",
                "network=file",
                "network.path=none.txt",
                "--out",
                "/dev/null/x",
            ],
            [
                "error: 'a=b=c' cannot",
                "error: receptor=x",
                "error: seed=-1",
                "error: network.path",
                "error: /dev/null",
            ],
        ),
    ],
)
def test_mistakes(command, words, lines):
    code, out, err, written = command(*words)
    assert code == 2
    assert out == []
    assert written == []
    assert len(err) == len(lines)
    for line in lines:
        assert any(each.startswith(line) for each in err), line


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("1 2\n3\n", "line 2 names one person only"),
        ("1 2\n2 3 and four\n", "line 2 has more than two names"),
        (b"1 2\n\xff\xfe 3\n", "line 2 is not UTF-8 text"),
        ("\n".join("x" for _ in range(9)), "... and 4 more such lines."),
    ],
)
def test_malformed_network_files(command, tmp_path, content, told):
    path = tmp_path / "ties.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err, written = command("run", "network=file", f"network.path={path}")
    assert (code, out, written) == (2, [], [])
    assert any(told in line for line in err)
    assert all(line.startswith("error: ") for line in err)


def test_malformed_graphml(command, tmp_path):
    (tmp_path / "x.graphml").write_text("<graphml")
    code, _, err, _ = command("run", "network=file", f"network.path={tmp_path / 'x.graphml'}")
    assert code == 2
    assert "not well-formed XML" in err[0]


def test_no_traceback_in_a_process_of_its_own(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "equipoise.experiments.cli.main",
            "run",
            "seed=abc",
            "firm.bandd=3",
            "strategy=nope",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["error:"] * 3
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_ours_is_not_dressed_up_as_yours(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def broken(*given):
        raise RuntimeError("a fault in the code")

    monkeypatch.setattr("equipoise.experiments.execution.single_run.plan_run", broken)
    with pytest.raises(RuntimeError, match="a fault in the code"):
        main(["run"])
