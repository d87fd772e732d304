"""How loops over people are compiled: numba's decorator, typed, without its counting of references.

Numba counts references to every array of a record at every step, which costs forty times the step itself. Nothing is
allocated in a day, so there is nothing to count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def compile_step(function: _Function) -> _Function:
    """Compile a step of one person's day into the loop that calls it."""
    return cast(_Function, njit(inline="always", **_UNCOUNTED)(function))


def compile_loop(function: _Function) -> _Function:
    """Compile a loop over everybody."""
    return cast(_Function, njit(**_UNCOUNTED)(function))


def compile_entry(function: _Function) -> _Function:
    """Compile what Python calls: kept on disk, and run without Python's lock."""
    return cast(_Function, njit(cache=True, nogil=True, **_UNCOUNTED)(function))
