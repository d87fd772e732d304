"""Numba decorators for the consumers' day, typed and without reference counting.

Numba counts references to every array of a record at every step, which costs forty times the
step itself. A day allocates nothing, so the counting is switched off (``_nrt``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numba.extending import register_jitable

_Function = TypeVar("_Function", bound=Callable[..., Any])
_UNCOUNTED: dict[str, Any] = {"_nrt": False}


def compile_step(function: _Function) -> _Function:
    """Let compiled loops call ``function``, which stays plain Python for everybody else.

    This is how both engines run the same steps: the compiled engine compiles them into its
    loops, the Mesa engine calls them, and the steps that they call, as ordinary functions.
    """
    return register_jitable(forceinline=True, **_UNCOUNTED)(function)


def compile_loop(function: _Function) -> _Function:
    """Compile a loop over consumers."""
    return cast(_Function, njit(**_UNCOUNTED)(function))


def compile_entry(function: _Function) -> _Function:
    """Compile a function called from Python: cached on disk, and run without Python's lock."""
    return cast(_Function, njit(cache=True, nogil=True, **_UNCOUNTED)(function))
