"""A planned study: its points, its worlds, and the jobs that run them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.experiments.design import identity
from equipoise.experiments.design.designs import Axis, Design
from equipoise.experiments.design.job import Job
from equipoise.experiments.design.study_notes import StudyNotes, format_study_notes

MAX_JOB_RUNS = 50  # worlds of one job: long jobs lose more when they are killed


class StoppingRule(NamedTuple):
    """Add worlds until paired confidence intervals are narrow enough.

    Args:
        measure: measure whose intervals are judged.
        width: widest interval allowed, in the measure's unit.
        cap: maximum number of worlds.
    """

    measure: str
    width: float
    cap: int = 400


@dataclass(frozen=True)
class StudyPoint:
    """One point of a study.

    Args:
        number: its place in the design.
        varied: varied settings by path.
        settings: all settings, packed.
        identity: identity of the settings and of the files that they name.
        labels: columns beside each run: strategy, environment and the varied settings.
    """

    number: int
    varied: dict[str, Any]
    settings: bytes = field(repr=False)
    identity: str = ""
    labels: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A study that is planned and checked: nothing is computed yet.

    Args:
        name: name of its default folder.
        title: title of its experiment file.
        axes: what is varied.
        constants: words that hold at every point.
        design: how points are chosen.
        points: all points, composed.
        seed: seed of the first world.
        replicates: number of worlds at each point.
        days: days of the longest run, burn-in included.
        columns: daily columns to keep.
        stop: stopping rule, if worlds are added until intervals are narrow.
        code: versions of everything that the numbers depend on besides settings.
        folders: further folders of options.
        notes: remarks on the settings, with the points that they are about.
    """

    name: str
    title: str
    axes: tuple[Axis, ...]
    constants: tuple[str, ...]
    design: Design
    points: tuple[StudyPoint, ...]
    seed: int
    replicates: int
    days: int
    columns: tuple[str, ...]
    stop: StoppingRule | None
    code: dict[str, str]
    folders: tuple[Path, ...] = ()
    notes: StudyNotes = field(default_factory=dict)

    @property
    def planning_notes(self) -> list[str]:
        """The remarks on the settings, one line each."""
        return format_study_notes(self.notes, self.point_values)

    @property
    def point_values(self) -> dict[int, dict[str, Any]]:
        """Values of the varied paths, as labels, by number of the point."""
        values = {}
        for point in self.points:
            values[point.number] = {path: point.labels[path] for path in point.varied}
        return values

    def jobs(
        self,
        point: StudyPoint,
        worlds: range,
        finished: Iterable[range] = (),
        timeout: float | None = None,
    ) -> Iterator[Job]:
        """Yield the jobs that run the missing worlds of a point.

        Args:
            point: the point.
            worlds: numbers of the worlds asked for.
            finished: blocks of worlds that are on disk.
            timeout: seconds that a job may take.
        """
        code = self._code_digest
        for gap in missing_worlds(worlds, finished):
            for first in gap[::MAX_JOB_RUNS]:
                count = min(MAX_JOB_RUNS, gap.stop - first)
                yield Job(
                    name=self.name_job(point, first, count),
                    point=point.number,
                    settings=point.settings,
                    first=first,
                    worlds=count,
                    labels=point.labels,
                    columns=self.columns,
                    timeout=timeout,
                    code=code,
                )

    def name_job(self, point: StudyPoint, first: int, count: int) -> str:
        """Return the name of a job: the identity of its settings, seeds, columns and code."""
        parts = [point.identity, self.seed, first, count, list(self.columns), self._code_digest]
        return identity.digest(identity.canonical_json(parts))

    @property
    def _code_digest(self) -> str:
        return identity.digest(identity.canonical_json(self.code))


def missing_worlds(worlds: range, finished: Iterable[range]) -> Iterator[range]:
    """Yield the blocks of worlds that are not finished."""
    first = worlds.start
    for block in sorted(finished, key=lambda block: block.start):
        stop = min(block.start, worlds.stop)
        if first < stop:
            yield range(first, stop)
        first = max(first, block.stop)
    if first < worlds.stop:
        yield range(first, worlds.stop)
