"""The commands `equipoise envelope`, `sensitivity` and `tune`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import completion, terminal
from equipoise.experiments.cli.exit_codes import FAILURE, SUCCESS, interruption_code
from equipoise.experiments.cli.option_notes import write_option_notes, write_planning_notes
from equipoise.experiments.cli.options import ConfigDir, ExecutorName, Quiet, StudyFolder, Workers
from equipoise.experiments.cli.signals import raise_on_stop
from equipoise.experiments.cli.sweep import split_words

_T = TypeVar("_T")
STOPPED_SEARCH = "Stopped. The same command runs what is missing."

_Words = Annotated[
    list[str] | None,
    typer.Argument(
        help="Overrides, some with ranges: control_center.kp=interval(1,12); or experiment=name.",
        autocompletion=completion.complete_override,
    ),
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the number of runs and their cost, and stop.")
]
_SearchSeed = Annotated[
    int,
    typer.Option("--search-seed", metavar="N", help="Seed of the search, not of the worlds."),
]
_Condition = Annotated[
    str, typer.Option(metavar="CONDITION", help="The loop holds in a world where this is true.")
]
_Share = Annotated[
    float, typer.Option(metavar="SHARE", help="Share of worlds in which it must hold.")
]
_Steps = Annotated[int, typer.Option(metavar="N", help="Steps along each side of the map.")]
_EnvelopeSamples = Annotated[
    int,
    typer.Option(
        metavar="N", help="Samples for three or more ranges; these give rules and no map."
    ),
]
_Explained = Annotated[str, typer.Option("--on", metavar="MEASURE", help="Measure to explain.")]
_Method = Annotated[
    str, typer.Option(metavar="METHOD", help="sobol (shares of variance) or morris (effects).")
]
_SensitivitySamples = Annotated[
    int | None,
    typer.Option(metavar="N", help="Samples of the design (default: 64 sobol, 20 morris)."),
]
_Objectives = Annotated[
    str, typer.Option("--on", metavar="MEASURES", help="One or two measures to optimise.")
]
_Judges = Annotated[
    str | None,
    typer.Option(
        metavar="ENVIRONMENTS",
        help="Hold-out environments for validation: firestorm,season.",
    ),
]
_TrialCount = Annotated[int, typer.Option(metavar="N", help="Number of settings to try.")]
_HeldOut = Annotated[
    int, typer.Option(metavar="N", help="Number of hold-out seeds for validation.")
]


def envelope_command(
    words: _Words = None,
    holds: _Condition = "settling_time<=91",
    share: _Share = 0.5,
    steps: _Steps = 40,
    samples: _EnvelopeSamples = 256,
    out: StudyFolder = None,
    config_dir: ConfigDir = None,
    dry_run: _DryRun = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> int:
    """Map where the loop holds over two ranges, with a fraction of the runs of a full grid."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.search import envelope

    overrides, chosen = split_words(tuple(words or ()), executor, workers)
    spec = _plan_search(
        chosen,
        lambda: envelope.plan_envelope(overrides, config_dir or (), holds, share, steps, samples),
    )
    write_option_notes(config_dir)
    write_planning_notes(spec.study)
    folder = envelope.envelope_folder(spec, out)
    if dry_run:
        note = "at most; the border takes a fraction of that" if spec.is_map else ""
        return _show_cost(spec.study, folder, chosen, note)
    result, signals = _run_search(
        lambda bar: envelope.run_envelope(spec, folder, chosen, bar), quiet
    )
    if not quiet:
        _show_study_notes(result.sweep, spec.study)
        search_output.show_envelope(terminal.open_console(), result)
    failed = bool(result.sweep.failures)
    return _finish(folder, result.sweep.complete, failed, signals, quiet)


def sensitivity_command(
    words: _Words = None,
    on: _Explained = "time_in_band",
    method: _Method = "sobol",
    samples: _SensitivitySamples = None,
    seed: _SearchSeed = 0,
    out: StudyFolder = None,
    config_dir: ConfigDir = None,
    dry_run: _DryRun = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> int:
    """Rank settings by their effect on a measure: Sobol indices or Morris effects."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.search import sensitivity

    overrides, chosen = split_words(tuple(words or ()), executor, workers)
    spec = _plan_search(
        chosen,
        lambda: sensitivity.plan_sensitivity(
            overrides, config_dir or (), on, method, samples, seed
        ),
    )
    write_option_notes(config_dir)
    write_planning_notes(spec.study)
    folder = sensitivity.sensitivity_folder(spec, out)
    if dry_run:
        return _show_cost(spec.study, folder, chosen)
    result, signals = _run_search(
        lambda bar: sensitivity.run_sensitivity(spec, folder, chosen, bar),
        quiet,
        f"{spec.runs} runs",
    )
    if not quiet:
        _show_study_notes(result.sweep, spec.study)
        search_output.show_sensitivity(terminal.open_console(), result)
    failed = bool(result.sweep.failures)
    return _finish(folder, result.sweep.complete, failed, signals, quiet)


def tune_command(
    words: _Words = None,
    on: _Objectives = "time_in_band",
    judge: _Judges = None,
    trials: _TrialCount = 60,
    held_out: _HeldOut = 20,
    seed: _SearchSeed = 0,
    out: StudyFolder = None,
    config_dir: ConfigDir = None,
    dry_run: _DryRun = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> int:
    """Find the best values of the firm's levers, and validate them in hold-out worlds."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.config.name_list import split_names
    from equipoise.experiments.search import tuning, tuning_spec

    overrides, chosen = split_words(tuple(words or ()), executor, workers)
    measures, environments = split_names(on), tuning_spec.split_environments(judge)
    spec = _plan_search(
        chosen,
        lambda: tuning_spec.plan_tuning(
            overrides, config_dir or (), measures, trials, held_out, environments, seed
        ),
    )
    write_option_notes(config_dir)
    write_planning_notes(spec.training)
    folder = tuning.tuning_folder(spec, out)
    if dry_run:
        note = f"{trials} trials, then the validation"
        tuning.check_tuning_folder(folder)
        return _show_cost(spec.training, folder / "rounds", chosen, note, spec.max_runs())
    result, signals = _run_search(
        lambda bar: tuning.run_tuning(spec, folder, chosen, bar),
        quiet,
        f"at most {spec.max_runs():,} runs",
    )
    if not quiet:
        search_output.show_tuning(terminal.open_console(), result, folder)
    return _finish(folder, result.complete, False, signals, quiet)


def _show_study_notes(result: Any, study: Any) -> None:
    """Print the notes on what runs have read; those of planning were printed before."""
    from equipoise.experiments.cli.sweep_progress import show_progress_notes, show_study_notes

    console = terminal.open_console(stderr=True)
    show_study_notes(console, result, study.planning_notes)
    if result.complete:
        show_progress_notes(console, result)


def _plan_search(executor: Any, plan: Callable[[], _T]) -> _T:
    """Return the planned search; its problems are raised together with the executor's."""
    from equipoise.experiments.execution import executors

    problems = list(executors.find_executor_problems(executor))
    try:
        spec = plan()
    except EquipoiseError as error:
        raise EquipoiseError(*error.problems, *problems) from None
    if problems:
        raise EquipoiseError(*problems)
    return spec


def _show_cost(study: Any, folder: Path, executor: Any, note: str = "", runs: int = 0) -> int:
    """Print the cost of a study, or of so many runs like those of the study."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.execution.cost_estimate import estimate_cost
    from equipoise.experiments.execution.sweep_runner import check_study_folder
    from equipoise.experiments.storage.store import Store

    check_study_folder(study, Store(folder))
    estimate = estimate_cost(study, folder, executor.count_workers())
    search_output.show_cost(terminal.open_console(), estimate, note, runs)
    return SUCCESS


def _run_search(act: Callable[[Any], _T], quiet: bool, cost: str = "") -> tuple[_T, list[int]]:
    """Run a search with a progress bar; return its result and the stop signals received."""
    from equipoise.experiments.execution.progress_bar import show_sweep_progress
    from equipoise.settings.settings import Settings

    if not quiet:
        terminal.announce_compilation(Settings())
        if cost:
            terminal.write_note(f"This takes {cost}.")
    with raise_on_stop() as signals:
        try:
            with show_sweep_progress(quiet) as bar:
                return act(bar), signals
        except KeyboardInterrupt:
            terminal.write_note(STOPPED_SEARCH)
            raise typer.Exit(interruption_code(signals)) from None


def _finish(folder: Path, complete: bool, failed: bool, signals: list[int], quiet: bool) -> int:
    """Print the folder, and return the exit code."""
    if not complete:
        terminal.write_note(STOPPED_SEARCH)
        return interruption_code(signals)
    terminal.write_line(str(folder) if quiet else f"Written to {folder}")
    return FAILURE if failed else SUCCESS
