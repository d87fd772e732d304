"""The space of a search: settings with a range, settings with a list, and constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.catalogue import describe_setting, field_at
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.config.option_files import EXPERIMENT_GROUP, OPTION_GROUPS, list_options
from equipoise.experiments.design import designs, experiment_file, sweep_syntax
from equipoise.experiments.design.designs import Role
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.settings.schema import dump_settings, setting_fact

# Words that choose what is run. A range of them has no meaning.
_CHOSEN_PATHS = (*OPTION_GROUPS, "seed", "replicates")
_MAX_SEED = 2**32 - 1  # of NumPy's generators that the samplers use
_ADVICE = "Give a range of a setting, as in firm.set_point=interval(0.6,0.8)."


class SearchSpace(NamedTuple):
    """The space of a search.

    Attributes:
        spans: ranges by path.
        choices: lists by path.
        constants: words with one value.
        roles: lever or uncertainty by path, from the experiment file or by default.
    """

    spans: dict[str, Span]
    choices: dict[str, tuple[Any, ...]]
    constants: tuple[str, ...]
    roles: dict[str, Role]

    def words(self) -> tuple[str, ...]:
        """Return the words without a range."""
        lists = [format_list(path, values) for path, values in self.choices.items()]
        return (*self.constants, *lists)

    def all_words(self) -> tuple[str, ...]:
        """Return all words, including those with a range."""
        spans = [f"{path}={span.word}" for path, span in self.spans.items()]
        return (*self.words(), *spans)


def parse_space(words: Iterable[str], folders: Iterable[Path] = ()) -> SearchSpace:
    """Return the space of words and of the experiment they name; a word overrides the file.

    Raises:
        EquipoiseError: with a line for every word that cannot be read, and for every range of a
            setting that is unknown or is not a number.
    """
    problems: list[str] = []
    folders = tuple(folders)
    text_by_path, roles = _collect_words(words, folders, problems)
    space = SearchSpace({}, {}, (), roles)
    for path, text in text_by_path.items():
        try:
            space = _add_word(space, path, text, folders)
        except EquipoiseError as error:
            problems += error.problems
    try:
        space = space._replace(spans=_check_spans(space, folders))
    except EquipoiseError as error:
        problems += error.problems
    if problems:
        raise EquipoiseError(*dict.fromkeys(problems))
    return space


def _collect_words(
    words: Iterable[str], folders: Sequence[Path], problems: list[str]
) -> tuple[dict[str, str], dict[str, Role]]:
    """Return one word per path, and the roles that an experiment file gives."""
    text_by_path: dict[str, str] = {}
    roles: dict[str, Role] = {}
    for text in words:
        path, _, value = text.lstrip("+~").partition("=")
        if path.strip() != EXPERIMENT_GROUP:
            text_by_path[path.strip()] = text
            continue
        try:
            experiment = experiment_file.read_experiment(value, folders)
        except EquipoiseError as error:
            problems += error.problems
            continue
        roles |= experiment.roles()
        lines = (*experiment.levers, *experiment.uncertainties, *experiment.constants)
        text_by_path = {line.partition("=")[0]: line for line in lines} | text_by_path
    return text_by_path, {
        path: roles.get(path, designs.default_role(path)) for path in text_by_path
    }


def _add_word(space: SearchSpace, path: str, text: str, folders: tuple[Path, ...]) -> SearchSpace:
    """Return the space with one more word."""

    def options(group: str) -> tuple[str, ...]:
        return list_options(group, folders) if group in OPTION_GROUPS else ()

    word = sweep_syntax.parse_word(text, options)
    if word.span is None:
        if word.choices:
            return space._replace(choices=space.choices | {path: word.choices})
        return space._replace(constants=(*space.constants, text))
    if path in _CHOSEN_PATHS:
        raise EquipoiseError(
            f"{text!r}: a range is of numbers that change the model, and {path} is chosen. "
            f"{_ADVICE}"
        )
    return space._replace(spans=space.spans | {path: word.span})


def _check_spans(space: SearchSpace, folders: Sequence[Path]) -> dict[str, Span]:
    """Return the ranges, of whole numbers where the setting is one; both ends must be allowed."""
    first = [f"{path}={quote_value(values[0])}" for path, values in space.choices.items()]
    lows = [_end_word(path, span.low) for path, span in space.spans.items()]
    highs = [_end_word(path, span.high) for path, span in space.spans.items()]
    for ends in (lows, highs):
        settings = compose(*space.constants, *first, *ends, config_dirs=folders)
    data = dump_settings(settings)
    return {
        path: span._replace(whole=span.whole or is_whole(path, data))
        for path, span in space.spans.items()
    }


def _end_word(path: str, value: float) -> str:
    # A setting that is a whole number refuses 3.0.
    end = int(value) if value == int(value) else value
    return f"{path}={quote_value(end)}"


def is_whole(path: str, data: Mapping[str, Any]) -> bool:
    """Return True if a setting is a whole number."""
    field = field_at(data, tuple(path.split(".")))
    return field is not None and field.annotation is int


def format_list(path: str, values: Sequence[Any]) -> str:
    """Return the word that gives a path these values: ``path=a,b``."""
    return f"{path}={','.join(map(quote_value, values))}"


def check_measure(name: str) -> str:
    """Return the name of a measure.

    Raises:
        EquipoiseError: if there is no such measure.
    """
    from equipoise.analysis.measure_table import MEASURES

    known = [measure.name for measure in MEASURES]
    if name not in known:
        raise EquipoiseError(unknown_name_message("--on: the measure", name, known))
    return name


def find_seed_problems(seed: int) -> Iterator[str]:
    """Yield a line if a search cannot have this seed."""
    if not 0 <= seed <= _MAX_SEED:
        yield f"--search-seed {seed} is not allowed. Allowed: a whole number, 0 to {_MAX_SEED:,}."


class SettingMeaning(NamedTuple):
    """Unit and description of a setting; empty where there are none."""

    unit: str
    text: str


def setting_meanings(paths: Iterable[str], data: Mapping[str, Any]) -> dict[str, SettingMeaning]:
    """Return units and descriptions of settings, by path."""
    return {path: _setting_meaning(path, data) for path in paths}


def _setting_meaning(path: str, data: Mapping[str, Any]) -> SettingMeaning:
    field = field_at(data, tuple(path.split(".")))
    if not field:
        return SettingMeaning("", "")
    return SettingMeaning(setting_fact(field, "unit") or "", describe_setting(field))
