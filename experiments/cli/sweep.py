"""The commands `equipoise sweep` and `equipoise export`."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from equipoise.errors import EquipoiseError, shorten_given
from equipoise.experiments.cli import completion, terminal
from equipoise.experiments.cli.exit_codes import FAILURE, SUCCESS, interruption_code
from equipoise.experiments.cli.option_notes import write_option_notes, write_planning_notes
from equipoise.experiments.cli.options import (
    ConfigDir,
    ExecutorName,
    Quiet,
    StudyArgument,
    StudyFolder,
    Workers,
    expand_path,
    find_suffix_problem,
)
from equipoise.experiments.cli.signals import raise_on_stop

_Words = Annotated[
    list[str] | None,
    typer.Argument(
        help="Overrides, some with several values: strategy=glob(*) firm.set_point=0.6,0.7; "
        "or experiment=name.",
        autocompletion=completion.complete_override,
    ),
]
_DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="List the jobs, estimate time and disk space, and stop."),
]
_DesignKind = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="grid (all values crossed), lhs or sobol (ranges sampled)."),
]
_Samples = Annotated[
    int | None, typer.Option(metavar="N", help="Number of samples from the ranges.")
]
_DesignSeed = Annotated[int | None, typer.Option(metavar="N", help="Seed of the sample.")]
_Zipped = Annotated[
    list[str] | None,
    typer.Option(
        "--zip", metavar="A,B", help="Settings whose lists are paired, first value with first."
    ),
]
_PointsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        callback=expand_path,
        help="CSV file of points: one column per setting, one row per point.",
    ),
]
_Until = Annotated[
    str | None,
    typer.Option(
        metavar="MEASURE:WIDTH",
        help="Add worlds until paired confidence intervals of the measure are this narrow.",
    ),
]
_Cap = Annotated[
    int | None,
    typer.Option(metavar="N", help="Maximum number of worlds with --until (default 400)."),
]
_DailyColumns = Annotated[
    str, typer.Option(metavar="COLUMNS", help="Daily columns to keep: all, none, or names.")
]
_Timeout = Annotated[float | None, typer.Option(metavar="SECONDS", help="Time limit of one job.")]

# Names of Hydra's launchers for the executors that are built in.
LAUNCHER_EXECUTORS = {"basic": "serial", "equipoise": "processes"}


def sweep_command(
    words: _Words = None,
    out: StudyFolder = None,
    config_dir: ConfigDir = None,
    dry_run: _DryRun = False,
    design: _DesignKind = None,
    samples: _Samples = None,
    design_seed: _DesignSeed = None,
    zipped: _Zipped = None,
    points: _PointsFile = None,
    until: _Until = None,
    cap: _Cap = None,
    daily: _DailyColumns = "all",
    executor: ExecutorName = None,
    workers: Workers = None,
    timeout: _Timeout = None,
    quiet: Quiet = False,
) -> int:
    """Run many points, each in many worlds. The same command again runs what is missing."""
    from equipoise.experiments.config.name_list import split_names
    from equipoise.experiments.design import study_plan
    from equipoise.experiments.design.study_request import StudyRequest
    from equipoise.experiments.execution import executors

    problems: list[str] = []
    overrides, chosen = split_words(tuple(words or ()), executor, workers)
    problems += executors.find_executor_problems(chosen, timeout)
    asked = StudyRequest(
        words=overrides,
        folders=tuple(config_dir or ()),
        design=design,
        samples=samples,
        seed=design_seed,
        zipped=tuple(split_names(group) for group in zipped or ()),
        points=_read_points(points, problems),
        stop=_parse_stopping_rule(until, cap, problems),
        columns=split_names(daily),
    )
    study = _plan_study(asked, problems)
    write_option_notes(config_dir)
    if not quiet:
        write_planning_notes(study)
    folder = out or study_plan.STUDIES_FOLDER / study.name
    if dry_run:
        return _show_plan(study, folder, chosen)
    return _run_study(study, folder, chosen, timeout, quiet)


def run_multirun(
    words: list[str] | None,
    source: Path | None,
    out: Path | None,
    config_dir: list[Path] | None,
    quiet: bool,
) -> int:
    """Sweep as `run -m` asks, in the way of Hydra."""
    if source is not None:
        raise EquipoiseError("--from repeats one run; it cannot be combined with -m.")
    return sweep_command(words, out=out, config_dir=config_dir, quiet=quiet)


def export_command(
    study: StudyArgument,
    daily: Annotated[
        bool,
        typer.Option("--daily", help="Write one row per day of each run, not one row per run."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            callback=expand_path,
            help="Output file (default: STUDY/summary.csv or STUDY/daily.csv).",
        ),
    ] = None,
) -> int:
    """Write a study as one tidy CSV file: its runs, or their days."""
    from equipoise.experiments.storage import layout, store

    problem = out and find_suffix_problem("--out", out, (".csv",))
    if problem:
        raise EquipoiseError(problem)
    kind = layout.DAILY_FOLDER if daily else layout.SUMMARY_FOLDER
    place = out or study / f"{kind}.csv"
    rows = store.export_csv(study, kind, place)
    terminal.write_line(f"{rows:,} rows written to {place}")
    return SUCCESS


def split_words(
    words: tuple[str, ...], name: str | None, workers: int | None
) -> tuple[tuple[str, ...], Any]:
    """Return the words that compose settings, and the executor that the other words choose."""
    from equipoise.experiments.execution.executor_types import ExecutorSpec

    overrides: list[str] = []
    launcher_words: list[str] = []
    scheduler = ""
    for word in words:
        key, _, value = word.lstrip("+").partition("=")
        if key == "hydra/launcher":
            name = name or LAUNCHER_EXECUTORS.get(value, value)
        elif key in ("scheduler", "hydra.launcher.scheduler"):
            scheduler = value
        elif key.startswith("hydra"):
            launcher_words.append(word)
        else:
            overrides.append(word)
    if name is None:
        name = "dask" if scheduler else "processes"
    return tuple(overrides), ExecutorSpec(name, workers, scheduler, tuple(launcher_words))


def _plan_study(asked: Any, problems: list[str]) -> Any:
    """Return the plan of a study; its problems are raised together with those of the options."""
    from equipoise.experiments.design import study_plan

    study = None
    try:
        study = study_plan.plan_study(asked)
    except EquipoiseError as error:
        problems += error.problems
    if problems or study is None:
        raise EquipoiseError(*problems)
    return study


def _read_points(path: Path | None, problems: list[str]) -> tuple[Mapping[str, Any], ...]:
    """Return the points of a CSV file; each value is read as Hydra reads a word."""
    if path is None:
        return ()
    from equipoise.experiments.design.sweep_syntax import parse_value
    from equipoise.settings.text_file import read_regular_file

    try:
        text = read_regular_file(path).decode("utf-8-sig")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        problems.append(f"--points {shorten_given(str(path))} cannot be read: {reason}.")
        return ()
    head = lines[0] if lines else []
    names, rows = [name.strip() for name in head], lines[1:]
    defect = _find_table_defect(names, rows)
    if defect:
        advice = "Give a line of settings, and a line of values for each point."
        problems.append(f"--points {path}: {defect}. {advice}")
        return ()
    return tuple(dict(zip(names, map(parse_value, row), strict=True)) for row in rows)


def _find_table_defect(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the reason why lines of a CSV file are no table of points, or an empty string."""
    if not rows:
        return "it has no points"
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            return f"point {number} has {len(row)} values, and there are {len(names)} settings"
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        return f"it has the column {repeated[0]!r} twice"
    if not all(names):
        return f"column {names.index('') + 1} has no name"
    if any(";" in name for name in names):
        return "its values are separated by semicolons, not by commas"
    return ""


def _parse_stopping_rule(until: str | None, cap: int | None, problems: list[str]) -> Any:
    """Return the stopping rule of --until and --cap, or None without them."""
    from equipoise.experiments.design.study import StoppingRule

    if until is None:
        if cap is not None:
            problems.append(
                f"--cap {cap} belongs to --until. Give it too: --until time_in_band:0.02."
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


def _show_plan(study: Any, folder: Path, executor: Any) -> int:
    """Print the jobs of a study and their cost."""
    from equipoise.experiments.cli import sweep_progress
    from equipoise.experiments.execution.cost_estimate import estimate_cost
    from equipoise.experiments.execution.sweep_runner import check_study_folder
    from equipoise.experiments.storage.store import Store

    store = Store(folder)
    check_study_folder(study, store)
    workers = executor.count_workers()
    sweep_progress.show_plan(terminal.open_console(), study, estimate_cost(study, folder, workers))
    return SUCCESS


def _run_study(study: Any, folder: Path, executor: Any, timeout: float | None, quiet: bool) -> int:
    """Run what is missing of a study, print how it ended, and return the exit code."""
    from equipoise.experiments.cli import sweep_progress
    from equipoise.experiments.execution.progress_bar import show_sweep_progress
    from equipoise.experiments.execution.sweep_runner import STOPPED_NOTE, run_study
    from equipoise.settings.settings import Settings

    console = terminal.open_console(stderr=True)
    if not quiet:
        terminal.announce_compilation(Settings())
    with raise_on_stop() as signals:
        try:
            with show_sweep_progress(quiet) as bar:
                sweep = run_study(study, folder, executor, timeout, bar)
        except KeyboardInterrupt:
            # A second signal, while the sweep was stopping after the first.
            console.print(STOPPED_NOTE)
            return interruption_code(signals[-1:])
    if not quiet:
        sweep_progress.show_sweep_end(console, sweep, study.planning_notes)
    terminal.write_line(str(folder) if quiet else f"Written to {folder}")
    if not sweep.complete:
        return interruption_code(signals)
    return FAILURE if sweep.failures else SUCCESS
