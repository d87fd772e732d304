"""The command `equipoise sweep`, from words to exit code."""

from __future__ import annotations

import contextlib
import csv
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import completion, terminal

FINE, FAILED, INTERRUPTED = 0, 1, 130

Words = Annotated[
    list[str] | None,
    typer.Argument(
        help="Overrides, some with several values: strategy=glob(*) firm.set_point=0.6,0.7; or experiment=name.",
        autocompletion=completion.overrides,
    ),
]


def sweep(
    words: Words = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The study's folder; one in studies/ if not given."),
    ] = None,
    config_dir: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="A folder of your own options; may be given again."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the jobs, estimate time and disk, and stop.")
    ] = False,
    design: Annotated[
        str | None,
        typer.Option(
            metavar="KIND", help="grid (all values crossed), lhs or sobol (ranges sampled)."
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(metavar="N", help="How many samples of the ranges.")
    ] = None,
    design_seed: Annotated[
        int | None, typer.Option(metavar="N", help="Seed of the sample.")
    ] = None,
    zipped: Annotated[
        list[str] | None,
        typer.Option(
            "--zip", metavar="A,B", help="Settings whose lists go together, first with first."
        ),
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A CSV file of points: a column a setting, a row a point."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="MEASURE:WIDTH", help="Add worlds until paired intervals are that narrow."
        ),
    ] = None,
    cap: Annotated[
        int | None, typer.Option(metavar="N", help="The most worlds to add up to: 400.")
    ] = None,
    daily: Annotated[
        str, typer.Option(metavar="COLUMNS", help="Daily columns to keep: all, none, or names.")
    ] = "all",
    executor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="serial, processes, dask, or a Hydra launcher."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="How many at once; one a core if not given.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="How long one job may take.")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the study's folder and nothing else.")
    ] = False,
) -> int:
    """Run many points, each in many worlds. The same command again does what is missing."""
    from equipoise.experiments.design import study_plan as studies
    from equipoise.experiments.execution import executors

    problems: list[str] = []
    rest, chosen = split(tuple(words or ()), executor, workers)
    problems += executors.find_executor_problems(chosen, timeout)
    asked = studies.StudyRequest(
        words=rest,
        folders=tuple(config_dir or ()),
        design=design,
        samples=samples,
        seed=design_seed,
        zipped=tuple(tuple(path.strip() for path in group.split(",")) for group in zipped or ()),
        points=_points(points, problems),
        stop=_stop(until, cap, problems),
        columns=tuple(name.strip() for name in daily.split(",")),
    )
    planned = _planned(asked, problems)
    folder = out or studies.STUDIES_FOLDER / planned.name
    if dry_run:
        return _show_plan(planned, folder, chosen)
    return _conducted(planned, folder, chosen, timeout, quiet)


def multirun(
    words: list[str] | None,
    source: Path | None,
    out: Path | None,
    config_dir: list[Path] | None,
    quiet: bool,
) -> int:
    """Sweep as `run -m` asks, Hydra's way."""
    if source is not None:
        raise EquipoiseError("--from repeats one run; it does not go with -m.")
    return sweep(words, out=out, config_dir=config_dir, quiet=quiet)


def export(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The folder of a sweep.")],
    daily: Annotated[
        bool, typer.Option("--daily", help="One row a day of a run, instead of one a run.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to write; STUDY/summary.csv or daily.csv if not given."
        ),
    ] = None,
) -> int:
    """Write a study as one tidy CSV file: its runs, or their days."""
    from equipoise.experiments.storage import store

    kind = store.DAILY if daily else store.SUMMARY
    place = out or study / f"{kind}.csv"
    rows = store.export_csv(study, kind, place)
    sys.stdout.write(f"{rows:,} rows written to {place}\n")
    return FINE


def split(
    words: tuple[str, ...], name: str | None, workers: int | None
) -> tuple[tuple[str, ...], Any]:
    """Return the words that settings are made of, and the executor that the others choose."""
    from equipoise.experiments.execution.executors import ExecutorSpec

    rest, scheduler, further = [], "", []
    for word in words:
        key, _, value = word.lstrip("+").partition("=")
        if key == "hydra/launcher":
            name = name or {"basic": "serial", "equipoise": "processes"}.get(value, value)
        elif key in ("scheduler", "hydra.launcher.scheduler"):
            scheduler = value
        elif key.startswith("hydra"):
            further.append(word)
        else:
            rest.append(word)
    name = name or ("dask" if scheduler else "processes")
    return tuple(rest), ExecutorSpec(name, workers, scheduler, tuple(further))


def _planned(asked: Any, problems: list[str]) -> Any:
    """Return the study; its problems are told together with those of the options."""
    from equipoise.experiments.design import study_plan as studies

    planned = None
    try:
        planned = studies.plan_study(asked)
    except EquipoiseError as error:
        problems += error.problems
    if problems or planned is None:
        raise EquipoiseError(*problems)
    return planned


def _points(path: Path | None, problems: list[str]) -> tuple[Mapping[str, Any], ...]:
    """Return the points of a CSV file, each value read as Hydra reads a word."""
    if path is None:
        return ()
    from equipoise.experiments.design.sweep_syntax import parse_value

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file, strict=True) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(
            f"--points {path} cannot be read: {getattr(error, 'strerror', None) or error}."
        )
        return ()
    names, rows = [name.strip() for name in (lines or [[]])[0]], lines[1:]
    if wrong := _not_a_table(names, rows):
        problems.append(
            f"--points {path}: {wrong}. Give a line of settings, and a line of values for each point."
        )
        return ()
    return tuple(
        {name: parse_value(text) for name, text in zip(names, row, strict=True)} for row in rows
    )


def _not_a_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return what keeps the lines of a CSV file from being a table of points; nothing when they are one."""
    ragged = [number for number, row in enumerate(rows, 1) if len(row) != len(names)]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if not rows:
        return "it has no points"
    if ragged:
        return f"point {ragged[0]} has {len(rows[ragged[0] - 1])} values, and there are {len(names)} settings"
    if twice:
        return f"it has the column {twice[0]!r} twice"
    if not all(names):
        return f"column {names.index('') + 1} has no name"
    return (
        "its values are parted by semicolons, not by commas"
        if any(";" in name for name in names)
        else ""
    )


def _stop(until: str | None, cap: int | None, problems: list[str]) -> Any:
    from equipoise.experiments.design.study_plan import StoppingRule

    if until is None:
        problems += (
            []
            if cap is None
            else [f"--cap {cap} belongs to --until. Give it too: --until time_in_band:0.02."]
        )
        return None
    measure, _, width = until.partition(":")
    with contextlib.suppress(ValueError):
        return (
            StoppingRule(measure, float(width))
            if cap is None
            else StoppingRule(measure, float(width), cap)
        )
    problems.append(
        f"--until {until} cannot be read. Write measure:width, as in time_in_band:0.02."
    )
    return None


def _show_plan(planned: Any, folder: Path, executor: Any) -> int:
    from equipoise.experiments.cli import sweep_progress
    from equipoise.experiments.execution import executors
    from equipoise.experiments.execution.cost_estimate import estimate_cost
    from equipoise.experiments.execution.sweep_runner import check_study_folder
    from equipoise.experiments.storage.store import Store

    check_study_folder(planned, Store(folder))
    workers = 1 if executor.name == "serial" else executor.workers or executors.count_cores()
    sweep_progress.show_plan(terminal.screen(), planned, estimate_cost(planned, folder, workers))
    return FINE


def _conducted(
    planned: Any, folder: Path, executor: Any, timeout: float | None, quiet: bool
) -> int:
    from equipoise.experiments.cli import sweep_progress
    from equipoise.experiments.execution.sweep_runner import STOPPED_NOTE, run_study
    from equipoise.settings.settings import Settings

    if not quiet and terminal.must_compile(Settings()):
        terminal.screen(aside=True).print(terminal.COMPILING)
    with stoppable() as came:
        try:
            with sweep_progress.watching(quiet) as bar:
                done = run_study(planned, folder, executor, timeout, bar)
        except KeyboardInterrupt:  # once more, while the first was being obeyed
            terminal.screen(aside=True).print(STOPPED_NOTE)
            return 128 + came[-1] if came else INTERRUPTED
    if not quiet:
        sweep_progress.show_end(terminal.screen(aside=True), done)
    sys.stdout.write(f"{folder}\n" if quiet else f"Written to {folder}\n")
    if not done.complete:
        return 128 + came[0] if came else INTERRUPTED
    return FAILED if done.failures else FINE


@contextlib.contextmanager
def stoppable() -> Iterator[list[int]]:
    """Let SIGTERM stop a sweep as Ctrl-C does; give the list of signals that came."""
    came: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
