"""What a search left in its folder, as a report tells it: its figure, its answer, and how to ask it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.analysis.plots.embedding import Picture
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
    """A search that was carried out.

    Args:
        figure: what it drew; None = nothing.
        answer: two sentences.
        notes: what else is to be said.
        repeat: the command that asks it again.
        worlds: how many it is over.
    """

    figure: Picture | None
    answer: tuple[str, str]
    notes: tuple[str, ...]
    repeat: str
    worlds: int


def load_search_summary(folder: Path, manifest: Mapping[str, Any]) -> SearchSummary | None:
    """Return what an envelope or a sensitivity left in a folder; None where there is neither.

    Raises:
        EquipoiseError: when it cannot be read.
    """
    for name, told in TOLD.items():
        path = folder / f"{name}.json"
        if path.exists():
            try:
                found = json.loads(path.read_text("utf-8"))
                words = (
                    *found["repeat"],
                    *config_dir_options(manifest.get("folders", ())),
                    "--out",
                    format_folder(folder),
                )
                return told(folder, found)._replace(repeat=f"equipoise {name} {shlex.join(words)}")
            except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
                raise EquipoiseError(
                    f"{path} cannot be read: {error!r}. Give equipoise {name} again."
                ) from None
    return None


def _figure(folder: Path, name: str, alt: str, caption: str) -> Picture | None:
    svg, png = (folder / f"{name}.{ending}" for ending in ("svg", "png"))
    return (
        Picture(name, svg.read_bytes(), png.read_bytes(), alt, caption)
        if svg.exists() and png.exists()
        else None
    )


# the envelope


def _envelope(folder: Path, found: Mapping[str, Any]) -> SearchSummary:
    panels, several = found["envelope"], len(found["envelope"]) > 1
    holding = f"{found['holds']} in at least {format_percent(found['share_of_worlds'])} of {format_quantity(found['worlds'], 'world')}"
    over = " and ".join(found["settings"])
    sizes = [
        f"{each['extent'] or 'nobody knows how much'}{f' for {_chosen(each)}' if several else ''}"
        for each in panels
    ]
    rules = "; ".join(
        f"{f'for {_chosen(each)} it ' if several else 'it '}{each['rule']}" for each in panels
    )
    first = f"Over {over} the loop holds ({holding}) in {join_words(sizes)}."
    caption = f"Where the loop holds: {holding}. {found['points_run']:,} of {found['points']:,} points were run."
    figure = _figure(folder, "envelope", f"Map of the homeostatic envelope: {rules}.", caption)
    return SearchSummary(figure, (first, f"In words: {rules}."), (), "", int(found["worlds"]))


def _chosen(panel: Mapping[str, Any]) -> str:
    return ", ".join(readable_name(str(value)) for value in panel["chosen"].values())


# sensitivity


def _sensitivity(folder: Path, found: Mapping[str, Any]) -> SearchSummary:
    effects, measure = found["effects"], readable_name(found["measure"])
    index = "a total Sobol index" if found["method"] == "sobol" else "a mean absolute effect"
    most, least = effects[0], effects[-1]
    ends = most["low"], effects[1]["high"]
    sure = None not in ends and ends[0] > ends[1]
    first = (
        f"On {measure}, {most['setting']} matters most over these ranges, with {index} of {_interval(most)}."
        if sure
        else f"On {measure}, what matters most is not known, for intervals overlap: {most['setting']} comes first, "
        f"with {index} of {_interval(most)}."
    )
    last = effects[-2]["low"], least["high"]
    how = "matters least" if None not in last and last[0] > last[1] else "comes last"
    second = f"Of {format_quantity(len(effects), 'setting')}, {least['setting']} {how}: {_interval(least)}."
    told = "; ".join(f"{each['setting']} {_interval(each)}" for each in effects)
    caption = (
        f"How much each setting matters to {measure} over its range: {index}, with its 95 % bootstrap interval; "
        f"means over {format_quantity(found['worlds'], 'world')} at {found['points']:,} points."
    )
    notes = tuple(_upper(warning.removeprefix("warning: ")) for warning in found["warnings"])
    figure = _figure(folder, "sensitivity", f"{caption} {told}.", caption)
    return SearchSummary(figure, (first, second), notes, "", int(found["worlds"]))


def _interval(effect: Mapping[str, Any]) -> str:
    if None in (effect["low"], effect["high"]):
        return f"{format_level(effect['size'])} (no interval)"
    size, low, high = (format_level(effect[name]) for name in ("size", "low", "high"))
    return f"{size} ({low} to {high})"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


TOLD: dict[str, Callable[[Path, Mapping[str, Any]], SearchSummary]] = {
    "envelope": _envelope,
    "sensitivity": _sensitivity,
}
