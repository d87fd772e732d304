"""A recorded log of mentions, read from a CSV file: every bad line named, nothing guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from equipoise.errors import EquipoiseError, suggest_spelling

COLUMNS = ("time", "brand", "sentiment", "topic", "count")
SENTIMENTS = ("negative", "neutral", "positive")
SHOWN = 5
ADVICE = f"Give a CSV file with the columns {', '.join(COLUMNS)}."


class MentionRow(NamedTuple):
    """One row of a log: how many mentions of a brand in an hour (0 in a daily log), of one sentiment and topic."""

    day: date
    hour: int
    brand: str
    sentiment: str
    topic: str
    number: int


def read_mention_log(
    given: str, opened: Callable[[], bytes] | None = None
) -> tuple[MentionRow, ...]:
    """Return the rows of a log, in the order of the file; further columns are passed over.

    Args:
        given: its path.
        opened: gives the bytes of the file at that path.

    Raises:
        EquipoiseError: when the file cannot be read, lacks a column, or has bad rows (the first five are named).
    """
    if not given:
        raise EquipoiseError(f"environment.path: no file is given. {ADVICE}")
    path = Path(given).expanduser()
    lines = _lines(path, _text(path, opened or path.read_bytes))
    _, header = next(lines, (1, []))
    columns = _columns(path, header)
    read = [(number, _row(columns, fields)) for number, fields in lines]
    _refuse([f"{path}: line {number} {row}" for number, row in read if isinstance(row, str)])
    rows = tuple(row for _, row in read if isinstance(row, MentionRow))
    if not rows:
        raise EquipoiseError(f"{path} holds no mentions. {ADVICE}")
    return rows


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and fields of every line that is not empty; columns are parted as the header parts them."""
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise EquipoiseError(
            f"{path}: line {reader.line_num} cannot be read: {error}. Is a quote left open?"
        ) from None


def _text(path: Path, read: Callable[[], bytes]) -> str:
    try:
        return read().decode("utf-8-sig")
    except FileNotFoundError:
        there = sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []
        problem = f"there is no file {str(path)!r}.{suggest_spelling(path.name, there)}"
    except IsADirectoryError:
        problem = f"{str(path)!r} is a folder."
    except UnicodeDecodeError:
        problem = f"{str(path)!r} is not UTF-8 text; save it as UTF-8."
    except (OSError, ValueError) as error:
        problem = f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}."
    raise EquipoiseError(f"environment.path: {problem} {ADVICE}")


def _columns(path: Path, header: Sequence[str]) -> list[int]:
    """Return the places of the columns in the header."""
    names = [name.strip().lower() for name in header]
    problems = []
    for column in COLUMNS:
        if names.count(column) != 1:
            spare = [name for name in names if name not in COLUMNS]
            wrong = "has more than one column" if column in names else "lacks the column"
            problems.append(
                f"{path}: line 1 {wrong} {column!r}.{suggest_spelling(column, spare)} {ADVICE}"
            )
    if problems:
        raise EquipoiseError(*problems)
    return [names.index(column) for column in COLUMNS]


def _row(columns: Sequence[int], fields: Sequence[str]) -> MentionRow | str:
    """Return one row, or what is wrong with it."""
    if len(fields) <= max(columns):
        return f"has {len(fields)} columns, too few ({','.join(fields)[:40]!r})."
    time, brand, sentiment, topic, count = (fields[place].strip() for place in columns)
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return f"has the time {time!r}; write it as in 2015-02-17 or 2015-02-17T08:00."
    if sentiment.lower() not in SENTIMENTS:
        return f"has the sentiment {sentiment!r}; allowed are {', '.join(SENTIMENTS)}.{suggest_spelling(sentiment, SENTIMENTS)}"
    if not (count.isdecimal() and count.isascii() and len(count) < 16):
        return f"has the count {count!r}; write a whole number of 0 or more."
    return MentionRow(moment.date(), moment.hour, brand, sentiment.lower(), topic, int(count))


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        more = len(problems) - SHOWN
        rest = [f"... and {more:,} more such line{'s' if more > 1 else ''}."] if more > 0 else []
        raise EquipoiseError(*problems[:SHOWN], *rest)


def select_brand(rows: Sequence[MentionRow], brand: str, path: str) -> Iterator[MentionRow]:
    """Yield the mentions of one brand; an empty one stands for all.

    Raises:
        EquipoiseError: when nobody mentions it.
    """
    brands = {row.brand.lower(): row.brand for row in rows}
    if brand and brand.lower() not in brands:
        shown = ", ".join(sorted(brands.values())[:20])
        near = suggest_spelling(brand, brands.values())
        raise EquipoiseError(
            f"environment.brand {brand!r} is not mentioned in {path}.{near} Mentioned: {shown}."
        )
    return (row for row in rows if not brand or row.brand.lower() == brand.lower())
