"""Words with several values, in Hydra's own grammar: ``a,b``, ``glob(*)``, ``range(1,5)``, ``interval(0,1)``."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, RangeSweep
from hydra.errors import HydraException

from equipoise.errors import EquipoiseError

MAX_VALUES = 1_000_000  # values that one word may stand for


class Span(NamedTuple):
    """A declared range: its closed ends, whether it is even on a log scale, and whether only whole numbers count."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def word(self) -> str:
        """Return the range as the user writes it."""
        text = f"interval({self.low!r},{self.high!r})"
        return f"tag(log,{text})" if self.log else text


class ParsedWord(NamedTuple):
    """What one word says of a path: ``choices`` to try, a ``span`` to sample, or neither: a constant."""

    path: str
    text: str
    choices: tuple[Any, ...] = ()
    span: Span | None = None

    @property
    def constant(self) -> bool:
        """Tell whether the word gives one value only."""
        return not self.choices and self.span is None


def parse_word(text: str, options: Callable[[str], tuple[str, ...]]) -> ParsedWord:
    """Return what a word says.

    Args:
        text: ``path=value``, where value may be a sweep in Hydra's grammar.
        options: the names that ``glob`` chooses from, by path; empty where there are none.

    Raises:
        EquipoiseError: when the sweep cannot be carried out.
    """
    path, sign, value = text.lstrip("+").partition("=")
    path = path.strip()
    if not sign or text.startswith("~"):
        return ParsedWord(path, text)
    try:
        override = _parser().parse_override(f"x={value}")
    except HydraException:
        return ParsedWord(path, text)  # compose says what is wrong, or takes it as text
    if not override.is_sweep_override():
        return ParsedWord(path, text)
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        return ParsedWord(path, text, span=_span(text, sweep))
    choices = _choices(text, path, sweep, options)
    if not choices:
        raise EquipoiseError(
            f"{text!r} stands for no value at all. Give one or more, as in {path}=a,b."
        )
    twice = next((shown for shown, times in Counter(map(_shown, choices)).items() if times > 1), "")
    if twice:
        raise EquipoiseError(f"{text!r} gives {twice} twice. Give each value once.")
    return ParsedWord(path, text, choices)


def _choices(
    text: str, path: str, sweep: Any, options: Callable[[str], tuple[str, ...]]
) -> tuple[Any, ...]:
    if isinstance(sweep, Glob):
        there = options(path)
        if not there:
            raise EquipoiseError(
                f"{text!r}: glob chooses among files of options, and {path} has none. Write a list."
            )
        return tuple(sweep.filter(list(there)))
    if isinstance(sweep, RangeSweep):
        return _steps(text, sweep)
    if isinstance(sweep, ChoiceSweep):
        return tuple(plain_value(each) for each in sweep.list)
    raise EquipoiseError(
        f"{text!r} is a kind of sweep that is not known here. Write a list, range or interval."
    )


def _shown(value: Any) -> str:
    """Return a value as it is told apart from others: 1 and 1.0 are the same setting."""
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def _steps(text: str, sweep: RangeSweep) -> tuple[Any, ...]:
    """Return the steps of a range, in decimals as written: Hydra's own sums of 0.01 pass 0.07 before they reach it."""
    whole = all(isinstance(each, int) for each in (sweep.start, sweep.stop, sweep.step))
    try:
        start, stop, step = (Decimal(str(each)) for each in (sweep.start, sweep.stop, sweep.step))
        count = math.ceil((stop - start) / step)
    except ArithmeticError:
        raise EquipoiseError(
            f"{text!r} has no steps: give range(first,end,step) with a step other than 0."
        ) from None
    if count > MAX_VALUES:
        raise EquipoiseError(
            f"{text!r} stands for more than {MAX_VALUES:,} values. Give a larger step."
        )
    return tuple((int if whole else float)(start + k * step) for k in range(max(count, 0)))


def _span(text: str, sweep: IntervalSweep) -> Span:
    low, high = sweep.start, sweep.end
    log = "log" in sweep.tags
    if low is None or high is None or not low < high:
        raise EquipoiseError(
            f"{text!r}: an interval goes from a lower to a higher number, as in interval(0,1)."
        )
    if log and low <= 0:
        raise EquipoiseError(f"{text!r}: a range on a log scale begins above 0.")
    return Span(float(low), float(high), log, isinstance(low, int) and isinstance(high, int))


def parse_value(text: str) -> Any:
    """Return what Hydra's grammar reads in a word for a value; text that it cannot read is text."""
    try:
        override = _parser().parse_override(f"x={text}")
    except HydraException:
        return text
    return text if override.is_sweep_override() else plain_value(override.value())


def plain_value(value: Any) -> Any:
    """Return a parsed value as plain Python, quotes taken off."""
    if isinstance(value, list):
        return [plain_value(each) for each in value]
    if isinstance(value, Mapping):
        return {str(plain_value(name)): plain_value(each) for name, each in value.items()}
    return getattr(value, "text", value)


@cache
def _parser() -> OverridesParser:
    return OverridesParser.create()
