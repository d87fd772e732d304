"""The result of a search in its folder, for a report: its figure, its answer and its command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.report.section import capitalise
from equipoise.analysis.text.formatting import (
    format_level,
    format_percent,
    format_quantity,
    join_words,
    readable_name,
)
from equipoise.errors import EquipoiseError
from equipoise.experiments.studies.repeat_commands import config_dir_options, format_folder


class SearchSummary(NamedTuple):
    """The result of a search.

    Attributes:
        figure: its figure, or None.
        answer: two sentences.
        notes: further remarks.
        worlds: number of worlds at each point.
        command: the command that repeats the search.
    """

    figure: Picture | None
    answer: tuple[str, str]
    notes: tuple[str, ...]
    worlds: int
    command: str = ""


def load_search_summary(folder: Path, manifest: Mapping[str, Any]) -> SearchSummary | None:
    """Return the result of an envelope or a sensitivity in a folder; None if there is neither.

    Raises:
        EquipoiseError: if it cannot be read.
    """
    for name, summarise in _SUMMARIES.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        try:
            results = json.loads(path.read_text("utf-8"))
            # A search stores its own words; folders are stored with the study.
            words = [
                *results["repeat"],
                *config_dir_options(manifest.get("folders", ())),
                "--out",
                format_folder(folder),
            ]
            summary = summarise(folder, results)
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise EquipoiseError(
                f"{path} cannot be read: {error!r}. Give equipoise {name} again."
            ) from None
        return summary._replace(command=f"equipoise {name} {shlex.join(words)}")
    return None


def _load_figure(folder: Path, name: str, alt: str, caption: str) -> Picture | None:
    svg = folder / f"{name}.svg"
    png = svg.with_suffix(".png")
    if not svg.exists() or not png.exists():
        return None
    return Picture(name, svg.read_bytes(), png.read_bytes(), alt, caption)


# The homeostatic envelope


def _summarise_envelope(folder: Path, results: Mapping[str, Any]) -> SearchSummary:
    sizes, rules = _describe_panels(results["envelope"])
    condition = _format_condition(results)
    settings = " and ".join(results["settings"])
    points_run, points = results["points_run"], results["points"]
    caption = f"Where the loop holds: {condition}. {points_run:,} of {points:,} points were run."
    alt = f"Map of the homeostatic envelope: {rules}."
    figure = _load_figure(folder, "envelope", alt, caption)
    first = f"Over {settings} the loop holds ({condition}) in {sizes}."
    worlds = int(results["worlds"])
    return SearchSummary(figure, (first, f"In words: {rules}."), (), worlds)


def _describe_panels(panels: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the sizes of the envelopes of all panels, and their rules."""
    sizes = []
    rules = []
    for panel in panels:
        # A single panel needs no name.
        option = _format_option(panel) if len(panels) > 1 else ""
        size = panel["extent"] or "an unknown share"
        sizes.append(f"{size}{option}")
        rules.append(f"{option} it {panel['rule']}".strip())
    return join_words(sizes), "; ".join(rules)


def _format_condition(results: Mapping[str, Any]) -> str:
    share = format_percent(results["share_of_worlds"])
    worlds = format_quantity(results["worlds"], "world")
    return f"{results['holds']} in at least {share} of {worlds}"


def _format_option(panel: Mapping[str, Any]) -> str:
    """Return the values of the listed settings of a panel: " for weekly team"."""
    values = [readable_name(str(value)) for value in panel["chosen"].values()]
    return f" for {', '.join(values)}"


# Sensitivity


def _summarise_sensitivity(folder: Path, results: Mapping[str, Any]) -> SearchSummary:
    effects, measure = results["effects"], readable_name(results["measure"])
    index = "total Sobol index" if results["method"] == "sobol" else "mean absolute effect"
    worlds = format_quantity(results["worlds"], "world")
    points = f"{results['points']:,} points"
    caption = (
        f"Effect of each setting on {measure} over its range: {index}, with its 95 % bootstrap "
        f"interval; means over {worlds} at {points}."
    )
    values = [f"{effect['setting']} {_format_effect(effect)}" for effect in effects]
    alt = f"{caption} {'; '.join(values)}."
    figure = _load_figure(folder, "sensitivity", alt, caption)
    answer = (_describe_largest(effects, measure, index), _describe_smallest(effects))
    notes = tuple(map(_format_note, results["warnings"]))
    return SearchSummary(figure, answer, notes, int(results["worlds"]))


def _format_note(warning: str) -> str:
    return capitalise(warning.removeprefix("warning: "))


def _describe_largest(effects: Sequence[Mapping[str, Any]], measure: str, index: str) -> str:
    first, second = effects[0], effects[1]
    name = first["setting"]
    value = _format_effect(first)
    if _is_above(first, second):
        return f"On {measure}, {name} has the largest {index}: {value}."
    return (
        f"On {measure}, the largest {index} is not established, because intervals overlap: "
        f"{name} comes first with {value}."
    )


def _describe_smallest(effects: Sequence[Mapping[str, Any]]) -> str:
    next_to_last, last = effects[-2], effects[-1]
    settings = format_quantity(len(effects), "setting")
    name = last["setting"]
    value = _format_effect(last)
    rank = "has the smallest" if _is_above(next_to_last, last) else "comes last"
    return f"Of {settings}, {name} {rank}: {value}."


def _is_above(effect: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True if the whole interval of an effect lies above that of another."""
    # Few points have no bootstrap interval.
    low, high = effect["low"], other["high"]
    if low is None or high is None:
        return False
    return bool(low > high)


def _format_effect(effect: Mapping[str, Any]) -> str:
    size = format_level(effect["size"])
    low, high = effect["low"], effect["high"]
    if low is None or high is None:
        return f"{size} (no interval)"
    interval = f"{format_level(low)} to {format_level(high)}"
    return f"{size} ({interval})"


_SUMMARIES: dict[str, Callable[[Path, Mapping[str, Any]], SearchSummary]] = {
    "envelope": _summarise_envelope,
    "sensitivity": _summarise_sensitivity,
}
