"""Files that searches write: a table, a figure, and the results as plain data."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from equipoise.analysis.plots.style import png_bytes, svg_bytes
from equipoise.errors import EquipoiseError
from equipoise.experiments.storage import tables
from equipoise.output.atomic import atomic_file

# The file that the control center `tuned` reads.
TUNED_FILE = "tuned.yaml"


def write_outputs(
    folder: Path,
    name: str,
    rows: Iterable[Mapping[str, Any]],
    data: Mapping[str, Any],
    figure: Any,
) -> None:
    """Write ``name`` as .parquet, .csv, .json, .svg and .png, each whole or not at all."""
    with _writing(folder / f"{name}.parquet") as table:
        tables.write_rows(rows, table)
        tables.write_csv([table], folder / f"{name}.csv")
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    write_output_file(folder / f"{name}.json", text.encode())
    if figure is not None:
        write_output_file(folder / f"{name}.svg", svg_bytes(figure))
        write_output_file(folder / f"{name}.png", png_bytes(figure))


def write_output_file(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all.

    Raises:
        EquipoiseError: if it cannot be written.
    """
    with _writing(path) as partial:
        partial.write_bytes(content)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[Path]:
    try:
        with atomic_file(path) as partial:
            yield partial
    except OSError as error:
        reason = error.strerror or error
        raise EquipoiseError(
            f"{path} cannot be written: {reason}. All runs are kept; correct this, "
            "and run the same command again."
        ) from None


def none_if_nan(value: Any) -> Any:
    """Return a value for JSON, which has no nan."""
    is_nan = isinstance(value, float) and math.isnan(value)
    return None if is_nan else value
