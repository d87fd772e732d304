"""The commands `equipoise envelope`, `sensitivity` and `tune`, from words to exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import completion, terminal
from equipoise.experiments.cli.sweep import FAILED, FINE, INTERRUPTED, split, stoppable

T = TypeVar("T")
STOPPED = "Stopped. The same command does what is missing.\n"

Words = Annotated[
    list[str] | None,
    typer.Argument(
        help="Overrides, some of them ranges: control_center.kp=interval(1,12); or experiment=name.",
        autocompletion=completion.overrides,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FOLDER", help="The study's folder; one in studies/ if not given."
    ),
]
ConfigDir = Annotated[
    list[Path] | None,
    typer.Option(
        "--config-dir", metavar="FOLDER", help="A folder of your own options; may be given again."
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say how many runs it takes and how long, and stop.")
]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor", metavar="NAME", help="serial, processes, dask, or a Hydra launcher."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", help="How many at once; one a core if not given."),
]
Seed = Annotated[
    int, typer.Option("--search-seed", metavar="N", help="Seed of the search; not of the worlds.")
]


def envelope(
    words: Words = None,
    holds: Annotated[
        str, typer.Option(metavar="CONDITION", help="What it means that the loop held in a world.")
    ] = "settling_time<=91",
    share: Annotated[
        float, typer.Option(metavar="SHARE", help="Of the worlds in which it must hold.")
    ] = 0.5,
    steps: Annotated[int, typer.Option(metavar="N", help="Steps along each side of the map.")] = 40,
    samples: Annotated[
        int,
        typer.Option(
            metavar="N", help="Samples of three or more ranges, which give rules and no map."
        ),
    ] = 256,
    out: Out = None,
    config_dir: ConfigDir = None,
    dry_run: DryRun = False,
    executor: ExecutorName = None,
    workers: Workers = None,
) -> int:
    """Map where the loop holds, over two ranges. The border is sharp with a fraction of the grid's runs."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.search import envelope as envelopes

    rest, chosen = _engine(words, executor, workers)
    asked = _planned(
        chosen, lambda: envelopes.question(rest, config_dir or (), holds, share, steps, samples)
    )
    folder = envelopes.folder_of(asked, out)
    cost = "at most; the border takes a fraction of that" if asked.is_map else ""
    if dry_run:
        return _forecast(asked.study, folder, chosen, cost)
    found = _watched(lambda bar: envelopes.mapped(asked, folder, chosen, bar))
    search_output.show_envelope(terminal.screen(), found)
    return _ended(folder, found.sweep.complete, bool(found.sweep.failures))


def sensitivity(
    words: Words = None,
    on: Annotated[
        str, typer.Option(metavar="MEASURE", help="What is to be explained.")
    ] = "time_in_band",
    method: Annotated[
        str, typer.Option(metavar="METHOD", help="sobol (shares of the variance) or morris.")
    ] = "sobol",
    samples: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of the design: 64 for sobol, 20 for morris if not given."),
    ] = None,
    seed: Seed = 0,
    out: Out = None,
    config_dir: ConfigDir = None,
    dry_run: DryRun = False,
    executor: ExecutorName = None,
    workers: Workers = None,
) -> int:
    """Say which settings matter most to a measure. Sobol indices or Morris effects, with intervals."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.search import sensitivity as sensitivities

    rest, chosen = _engine(words, executor, workers)
    asked = _planned(
        chosen, lambda: sensitivities.question(rest, config_dir or (), on, method, samples, seed)
    )
    folder = sensitivities.folder_of(asked, out)
    if dry_run:
        return _forecast(asked.study, folder, chosen)
    found = _watched(
        lambda bar: sensitivities.looked_into(asked, folder, chosen, bar), f"{asked.runs} runs"
    )
    search_output.show_sensitivity(terminal.screen(), found)
    return _ended(folder, found.sweep.complete, bool(found.sweep.failures))


def tune(
    words: Words = None,
    on: Annotated[
        str, typer.Option(metavar="MEASURES", help="What is to be best: one measure, or two.")
    ] = ("time_in_band"),
    judge: Annotated[
        str,
        typer.Option(
            metavar="ENVIRONMENTS",
            help="Environments, not trained on, to judge in: firestorm,season.",
        ),
    ] = "",
    trials: Annotated[int, typer.Option(metavar="N", help="How many settings to try.")] = 60,
    held_out: Annotated[
        int, typer.Option(metavar="N", help="How many seeds, not trained on, to judge in.")
    ] = 20,
    seed: Seed = 0,
    out: Out = None,
    config_dir: ConfigDir = None,
    dry_run: DryRun = False,
    executor: ExecutorName = None,
    workers: Workers = None,
) -> int:
    """Find the best of what the firm can choose. It is judged in worlds that it was not tuned in."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.search import tuning as tunings
    from equipoise.experiments.search import tuning_spec

    rest, chosen = _engine(words, executor, workers)
    judges, measures = _names(judge), _names(on)
    asked = _planned(
        chosen,
        lambda: tuning_spec.question(
            rest, config_dir or (), measures, trials, held_out, judges, seed
        ),
    )
    folder = tunings.folder_of(asked, out)
    if dry_run:
        return _forecast(
            asked.training,
            folder / "rounds",
            chosen,
            f"{trials} trials, then the judging",
            asked.runs(),
        )
    found = _watched(
        lambda bar: tunings.tuned(asked, folder, chosen, bar), f"at most {asked.runs():,} runs"
    )
    search_output.show_tuning(terminal.screen(), found, folder)
    return _ended(folder, found.complete, False)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _engine(
    words: list[str] | None, name: str | None, workers: int | None
) -> tuple[tuple[str, ...], Any]:
    return split(tuple(words or ()), name, workers)


def _planned(executor: Any, make: Callable[[], T]) -> T:
    """Return what is asked; its problems are told together with the executor's."""
    from equipoise.experiments.execution import executors

    problems = list(executors.find_executor_problems(executor))
    try:
        asked = make()
    except EquipoiseError as error:
        raise EquipoiseError(*error.problems, *problems) from None
    if problems:
        raise EquipoiseError(*problems)
    return asked


def _forecast(study: Any, folder: Path, executor: Any, note: str = "", runs: int = 0) -> int:
    """Say what a study costs; or so many runs like its own."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.execution import executors
    from equipoise.experiments.execution.cost_estimate import estimate_cost

    workers = 1 if executor.name == "serial" else executor.workers or executors.count_cores()
    search_output.show_cost(terminal.screen(), estimate_cost(study, folder, workers), note, runs)
    return FINE


def _watched(act: Callable[[Any], T], cost: str = "") -> T:
    """Do it with somebody who shows how it goes; SIGTERM stops it as Ctrl-C does."""
    from equipoise.experiments.cli import search_output
    from equipoise.experiments.cli.sweep_progress import watching
    from equipoise.settings.settings import Settings

    aside = terminal.screen(aside=True)
    if terminal.must_compile(Settings()):
        search_output.say(aside, terminal.COMPILING)
    if cost:
        search_output.say(aside, f"It takes {cost}.")
    try:
        with stoppable(), watching() as bar:
            return act(bar)
    except KeyboardInterrupt:
        sys.stdout.write(STOPPED)
        raise typer.Exit(INTERRUPTED) from None


def _ended(folder: Path, complete: bool, failed: bool) -> int:
    """Say where it is written; return the exit code."""
    sys.stdout.write(f"Written to {folder}\n" if complete else STOPPED)
    if not complete:
        return INTERRUPTED
    return FAILED if failed else FINE
