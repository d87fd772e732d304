"""One hostile case: its folder, the command in this process, and the judgement of the answer."""

import contextlib
import functools
import io
import os
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from equipoise.experiments.cli.main import exit_code

SMALL = ("community.size=60", "network.count=6", "horizon=14", "burn_in=0")
STUDY_WORDS = (*SMALL, "strategy=do_nothing,oracle", "replicates=2", "--executor", "serial")
SWEEP_AGAIN = ("sweep", *STUDY_WORDS, "--out", "study")
MARKER = "code_was_executed"
TIME_LIMIT = 40
MAX_LINE = 500
# Commands that renew a study's own files; every other file is foreign to them.
RENEWING = ("sweep", "envelope", "sensitivity", "tune")
OWN_NAMES = ("study.json", "points.parquet", ".lock")
OWN_FOLDERS = ("summary", "daily", "failures", "fresh", "damaged")


class TimeUp(BaseException):
    """The time limit of a case is over."""


@dataclass(frozen=True)
class Case:
    """One hostile input.

    Args:
        kind: what is wrong, for the table.
        words: the words of the command.
        given: texts of which an error has to name one; without any, the last word.
        arrange: prepares the folder.
        accepted: why success is right, or an empty text where only a refusal is.
        same_as: a command whose output in an intact folder is the only right success.
        check: a command to run after success, whose output is compared instead.
    """

    kind: str
    words: tuple[str, ...]
    given: tuple[str, ...] = ()
    arrange: Callable[[Path], None] | None = None
    accepted: str = ""
    same_as: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    title: str = ""
    encoding: str = "utf-8"
    closed: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        return self.words[0] if self.words else "(none)"

    @property
    def name(self) -> str:
        return " ".join([self.kind, self.title, "|", *self.words]).encode("unicode_escape").decode()


@dataclass
class Answer:
    """What a command did."""

    code: int | str
    out: str
    err: str
    trace: str = ""


def build_templates(folder: Path) -> None:
    """Write a small study, a run and foreign files, which each case gets a copy of."""
    folder.mkdir(parents=True)
    for words in (SWEEP_AGAIN, ("run", *SMALL, "--out", "run")):
        answer = call(words, folder)
        if answer.code:
            raise RuntimeError(f"{words} failed: {answer.err}{answer.trace}")
    for place in (".", "study", "run", "full"):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / "notes.txt").write_bytes(b"somebody else's notes\n\xff\x00")
    (folder / "full" / "report.html").write_text("<p>not a report of ours</p>")
    (folder / "empty").mkdir()


@contextlib.contextmanager
def time_limit(seconds: int):
    def stop(*_):
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def call(words, folder, case=None, limit=TIME_LIMIT) -> Answer:
    """Run a command in a folder, in this process, and return what it did."""
    encoding = case.encoding if case else "utf-8"
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    err = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    closed = case.closed if case else ()
    streams = {
        "stdout": None if "stdout" in closed else out,
        "stderr": None if "stderr" in closed else err,
        "stdin": io.StringIO(""),
    }
    environment = {"HOME": str(folder), **(case.environment if case else {})}
    trace, code = "", "?"
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, environment),
        mock.patch.multiple(sys, **streams),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            with time_limit(limit):
                code = exit_code(list(words))
        except TimeUp:
            code = "hung"
        except SystemExit as ended:
            code = ended.code
        except BaseException:
            code, trace = "traceback", traceback.format_exc()
    texts = []
    for stream in (out, err):
        with contextlib.suppress(ValueError):
            stream.flush()
        texts.append(stream.buffer.getvalue().decode(encoding, "replace"))
    return Answer(code, *texts, trace)


def is_own(path: Path, command: str) -> bool:
    """Return True if a command may write this file of a study."""
    inner = path.parts[1:]
    if command in RENEWING and path.parts[0] in ("study", "rounds") and inner:
        return inner[0] in OWN_NAMES or inner[0] in OWN_FOLDERS
    return False


def read_files(folder: Path) -> dict[Path, bytes]:
    """Return the bytes of every regular file below a folder; links are not followed."""
    files = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                files[path.relative_to(folder)] = path.read_bytes()
    return files


@functools.cache
def intact_output(templates: Path, words: tuple[str, ...]) -> str:
    """Return what a command prints where nothing is damaged."""
    folder = templates.with_name(f"{templates.name}-intact")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(templates, folder)
    answer = call(words, folder)
    return answer.out.replace(str(folder), "")


def attempt(case: Case, templates: Path, folder: Path) -> dict:
    """Run a case in a fresh folder and return its line of the results."""
    shutil.rmtree(os.fsencode(folder), ignore_errors=True)
    shutil.copytree(templates, folder)
    if case.arrange:
        case.arrange(folder)
    before = read_files(folder)
    answer = call(case.words, folder, case)
    after = read_files(folder)
    lost = [
        str(path)
        for path, content in before.items()
        if not is_own(path, case.command) and after.get(path) != content
    ]
    executed = any(path.name == MARKER for path in after)
    verdict, reason = judge(case, answer, lost, executed)
    if verdict == "well" and answer.code == 0 and case.same_as:
        intact = intact_output(templates, case.same_as)
        printed = call(case.check, folder).out if case.check else answer.out
        if printed.replace(str(folder), "") != intact:
            verdict, reason = "broken", "another answer than of the intact folder, in silence"
    return {
        "name": case.name,
        "command": case.command,
        "kind": case.kind,
        "verdict": verdict,
        "reason": reason,
        "code": answer.code,
        "err": (answer.err if verdict != "well" else answer.err[:300])[-1500:],
        "trace": answer.trace[-1500:],
        "executed": executed,
        "lost": lost,
    }


def judge(case: Case, answer: Answer, lost: list[str], executed: bool) -> tuple[str, str]:
    """Return a verdict (well, poor, broken) and its reason."""
    if executed:
        return "broken", "code was executed"
    if lost:
        return "broken", f"foreign bytes lost: {', '.join(lost)}"
    if answer.code in ("traceback", "hung"):
        return "broken", str(answer.code)
    if "Traceback (most recent call last)" in answer.err + answer.out:
        return "broken", "traceback on a stream"
    if answer.code == 0:
        return ("well", case.accepted) if case.accepted else ("poor", "accepted")
    if case.closed:
        return ("well", "a closed stream") if case.accepted else ("poor", "refused")
    return judge_refusal(case, answer.err)


def judge_refusal(case: Case, err: str) -> tuple[str, str]:
    lines = [line for line in err.splitlines() if line.startswith(("error: ", "warning: "))]
    if not lines:
        return "poor", "no line of an error"
    # A list of what is allowed is as long as it is.
    length = max(len(line.partition("Allowed: ")[0]) for line in lines)
    if length > MAX_LINE:
        return "poor", f"a line of {length} characters"
    given = case.given or (case.words[-1] if case.words else "",)
    if not any(text in line for text in given for line in lines):
        return "poor", f"none of {given} is named"
    return "well", "refused"
