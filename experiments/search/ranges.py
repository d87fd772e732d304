"""What a search is asked to look through: words with ranges, apart from words with lists and words with one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.catalogue import describe_setting, field_at
from equipoise.experiments.config.compose import OPTION_GROUPS, compose, list_options
from equipoise.experiments.design import designs, experiment_file
from equipoise.experiments.design import sweep_syntax as grammar
from equipoise.experiments.design.designs import Role
from equipoise.experiments.design.points import quote_value
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.settings.schema import dump_settings, setting_fact

ADVICE = "Give a range of a setting, as in firm.set_point=interval(0.6,0.8)."


class SearchSpace(NamedTuple):
    """What is looked through.

    Args:
        spans: the ranges, by path.
        choices: the lists, by path.
        constants: the words with one value.
        roles: levers and uncertainties, as an experiment file or nature says.
    """

    spans: dict[str, Span]
    choices: dict[str, tuple[Any, ...]]
    constants: tuple[str, ...]
    roles: dict[str, Role]

    def words(self) -> tuple[str, ...]:
        """Return the words without a range."""
        return self.constants + tuple(
            format_list(path, values) for path, values in self.choices.items()
        )

    def asked(self) -> tuple[str, ...]:
        """Return all words, those with a range too."""
        return self.words() + tuple(f"{path}={span.word}" for path, span in self.spans.items())


def parse_space(words: Iterable[str], folders: Iterable[Path] = ()) -> SearchSpace:
    """Return what words and the experiment that they name look through; a word wins over the file.

    Raises:
        EquipoiseError: with a line for every word that cannot be read, and every setting that a range is of
            and that is not known or no number.
    """
    problems: list[str] = []
    folders = tuple(folders)
    told, roles = _told(words, folders, problems)
    spans, choices, constants = {}, {}, []
    for path, text in told.items():
        try:
            word = grammar.parse_word(
                text, lambda group: list_options(group, folders) if group in OPTION_GROUPS else ()
            )
        except EquipoiseError as error:
            problems += error.problems
            continue
        if word.span and path in (*OPTION_GROUPS, "seed", "replicates"):
            problems.append(
                f"{text!r}: a range is of numbers that change the model, and {path} is chosen. {ADVICE}"
            )
        elif word.span:
            spans[path] = word.span
        elif word.choices:
            choices[path] = word.choices
        else:
            constants.append(text)
    found = SearchSpace(spans, choices, tuple(constants), roles)
    try:
        found = found._replace(spans=_checked(found, folders))
    except EquipoiseError as error:
        problems += error.problems
    if problems:
        raise EquipoiseError(*dict.fromkeys(problems))
    return found


def _told(
    words: Iterable[str], folders: Sequence[Path], problems: list[str]
) -> tuple[dict[str, str], dict[str, Role]]:
    """Return one word a path, and the roles that an experiment file gives."""
    told: dict[str, str] = {}
    roles: dict[str, Role] = {}
    for text in words:
        path, _, value = text.lstrip("+~").partition("=")
        if path.strip() == experiment_file.EXPERIMENT_GROUP:
            try:
                over = experiment_file.read_experiment(value, folders)
            except EquipoiseError as error:
                problems += error.problems
                continue
            roles |= over.roles()
            file = {
                each.partition("=")[0]: each
                for each in (*over.levers, *over.uncertainties, *over.constants)
            }
            told = file | told
        else:
            told[path.strip()] = text
    return told, {path: roles.get(path, designs.default_role(path)) for path in told}


def _checked(found: SearchSpace, folders: Sequence[Path]) -> dict[str, Span]:
    """Return the ranges, of whole numbers where the setting is; both ends must be allowed."""
    first = [f"{path}={quote_value(values[0])}" for path, values in found.choices.items()]
    for low in (True, False):
        ends = [f"{path}={quote_value(_end(span, low))}" for path, span in found.spans.items()]
        settings = compose(*found.constants, *first, *ends, config_dirs=folders)
    data = dump_settings(settings)
    return {
        path: span._replace(whole=span.whole or is_whole(path, data))
        for path, span in found.spans.items()
    }


def _end(span: Span, low: bool) -> float | int:
    value = span.low if low else span.high
    return int(value) if value == int(value) else value


def is_whole(path: str, data: Mapping[str, Any]) -> bool:
    """Tell whether a setting is a whole number."""
    known = field_at(data, tuple(path.split(".")))
    return known is not None and known.annotation is int


def format_list(path: str, values: Sequence[Any]) -> str:
    """Return a word that tries values of a path."""
    return (
        f"{path}={','.join(map(quote_value, values))}"
        if len(values) > 1
        else f"{path}={quote_value(values[0])}"
    )


def measure(name: str) -> str:
    """Return the name of a measure.

    Raises:
        EquipoiseError: when there is no such measure.
    """
    from equipoise.analysis.measure_table import MEASURES

    known = [each.name for each in MEASURES]
    if name not in known:
        raise EquipoiseError(unknown_name_message("--on: the measure", name, known))
    return name


class SettingMeaning(NamedTuple):
    """What a setting is: unit and description, empty where there are none."""

    unit: str
    text: str


def setting_meanings(paths: Iterable[str], data: Mapping[str, Any]) -> dict[str, SettingMeaning]:
    """Return what settings are, by path."""
    fields = {path: field_at(data, tuple(path.split("."))) for path in paths}
    return {
        path: SettingMeaning(setting_fact(field, "unit") or "", describe_setting(field))
        if field
        else SettingMeaning("", "")
        for path, field in fields.items()
    }
