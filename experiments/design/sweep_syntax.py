"""Sweep syntax: words with several values in Hydra's grammar, as ``a,b`` or ``interval(0,1)``."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, RangeSweep
from hydra.errors import HydraException

from equipoise.errors import EquipoiseError, shorten_given

_MAX_VALUES = 1_000_000  # of one word


class Span(NamedTuple):
    """A range to sample, both ends included.

    Args:
        low: lower end.
        high: upper end.
        log: True if values are even on a log scale.
        whole: True if only whole numbers count.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def word(self) -> str:
        """Return the range in Hydra's grammar."""
        text = f"interval({self.low!r},{self.high!r})"
        return f"tag(log,{text})" if self.log else text


class ParsedWord(NamedTuple):
    """One word: values to try, a range to sample, or neither if it is a constant.

    Args:
        path: path of the setting.
        text: the word as given.
        choices: values to try.
        span: range to sample.
    """

    path: str
    text: str
    choices: tuple[Any, ...] = ()
    span: Span | None = None

    @property
    def constant(self) -> bool:
        """Return True if the word gives one value only."""
        return not self.choices and self.span is None


def parse_word(text: str, options: Callable[[str], tuple[str, ...]]) -> ParsedWord:
    """Return the values that a word stands for.

    Args:
        text: ``path=value``, where value may be a sweep in Hydra's grammar.
        options: returns the names that ``glob`` chooses from at a path; none = no glob there.

    Raises:
        EquipoiseError: if the sweep cannot be carried out.
    """
    path, sign, value = text.lstrip("+").partition("=")
    path = path.strip()
    if not sign or text.startswith("~"):
        return ParsedWord(path, text)
    names = _list_names(value, options(path))
    if names:
        return ParsedWord(path, text, _refuse_repeated(text, names))
    try:
        override = _parser().parse_override(f"x={value}")
    except (HydraException, ValueError):
        # Not in Hydra's grammar, or a number too long: `compose` takes it as text, or reports it.
        return ParsedWord(path, text)
    if not override.is_sweep_override():
        return ParsedWord(path, text)
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        return ParsedWord(path, text, span=_to_span(text, sweep))
    choices = _list_choices(text, path, sweep, options)
    if not choices:
        raise EquipoiseError(
            f"{text!r} stands for no value at all. Give one or more, as in {path}=a,b."
        )
    return ParsedWord(path, text, _refuse_repeated(text, choices))


def _list_names(value: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options that a list names; unlike in Hydra's grammar, any letters are allowed."""
    names = tuple(unicodedata.normalize("NFC", name.strip()) for name in value.split(","))
    return names if len(names) > 1 and set(names) <= set(options) else ()


def _refuse_repeated(text: str, choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the choices, if each occurs once."""
    for shown, times in Counter(map(_comparable, choices)).items():
        if times > 1:
            raise EquipoiseError(
                f"{shorten_given(text)!r} gives {shown} twice. Give each value once."
            )
    return choices


def _list_choices(
    text: str, path: str, sweep: Any, options: Callable[[str], tuple[str, ...]]
) -> tuple[Any, ...]:
    """Return the values of a list, a range with steps, or a glob."""
    if isinstance(sweep, Glob):
        names = options(path)
        if not names:
            raise EquipoiseError(
                f"{text!r}: glob chooses among files of options, and {path} has none. Write a list."
            )
        return tuple(sweep.filter(list(names)))
    if isinstance(sweep, RangeSweep):
        return _list_steps(text, sweep)
    if isinstance(sweep, ChoiceSweep):
        return tuple(map(plain_value, sweep.list))
    raise EquipoiseError(
        f"{text!r} is a kind of sweep that is not known here. Write a list, range or interval."
    )


def _comparable(value: Any) -> str:
    """Return a value as text that is equal for equal settings: 1 and 1.0 are the same."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return repr(value)


def _list_steps(text: str, sweep: RangeSweep) -> tuple[Any, ...]:
    """Return the steps of a range.

    They are summed in decimals as written: in binary, steps of 0.01 pass 0.07 before they reach it.
    """
    given = (sweep.start, sweep.stop, sweep.step)
    are_whole = all(isinstance(value, int) for value in given)
    number = int if are_whole else float
    try:
        start, stop, step = (Decimal(str(value)) for value in given)
        count = max(math.ceil((stop - start) / step), 0)
    except ArithmeticError:
        raise EquipoiseError(
            f"{text!r} has no steps: give range(first,end,step) with a step other than 0."
        ) from None
    if count > _MAX_VALUES:
        raise EquipoiseError(
            f"{text!r} stands for more than {_MAX_VALUES:,} values. Give a larger step."
        )
    return tuple(number(start + k * step) for k in range(count))


def _to_span(text: str, sweep: IntervalSweep) -> Span:
    low, high = sweep.start, sweep.end
    log = "log" in sweep.tags
    if low is None or high is None or not low < high:
        raise EquipoiseError(
            f"{text!r}: an interval goes from a lower to a higher number, as in interval(0,1)."
        )
    if log and low <= 0:
        raise EquipoiseError(f"{text!r}: a range on a log scale begins above 0.")
    whole = isinstance(low, int) and isinstance(high, int)
    return Span(float(low), float(high), log, whole)


def parse_value(text: str) -> Any:
    """Return the value of a text in Hydra's grammar; the text itself if it is not in it."""
    try:
        override = _parser().parse_override(f"x={text}")
    except (HydraException, ValueError):
        return text
    return text if override.is_sweep_override() else plain_value(override.value())


def plain_value(value: Any) -> Any:
    """Return a parsed value as plain Python, without Hydra's record of quotes."""
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(plain_value(name)): plain_value(item) for name, item in value.items()}
    return getattr(value, "text", value)


@cache
def _parser() -> OverridesParser:
    return OverridesParser.create()
