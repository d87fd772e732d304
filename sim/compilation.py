"""Numba decorators for the consumers' day, typed and without reference counting.

Numba counts references to every array of a record at every step, which costs forty times the
step itself. A day allocates nothing, so the counting is switched off (``_nrt``).

Compiled functions are cached on disk. Where neither the installation nor the home folder can be
written, the cache is in the folder for temporary files. A damaged cache is replaced.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, njit
from numba.core.caching import FunctionCache
from numba.extending import register_jitable

# Numba's types are incomplete.
_FunctionCache: Any = FunctionCache
_config: Any = config

_Function = TypeVar("_Function", bound=Callable[..., Any])
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
_CACHE_VARIABLE = "NUMBA_CACHE_DIR"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH

# Remarks for the user, each once: on damaged files, and on a cache in an unusual place.
cache_damages: list[str] = []
cache_places: list[str] = []


class HealingCache(_FunctionCache):  # type: ignore[misc]
    """The cache of a function; files that cannot be read are replaced."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled function for a signature, or None."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:
            # A torn file raises any of the errors of pickle and of LLVM.
            self._replace()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save a compiled function; it is compiled again next time if that is impossible."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            reason = error.strerror or error
            remark = f"The compiled model could not be kept in {self.cache_path}: {reason}."
            _add_once(cache_damages, remark)

    def list_signatures(self) -> list[str]:
        """Return the signatures and processors for which the function is compiled."""
        try:
            return [str(key) for key in self._cache_file._load_index()]
        except Exception:
            self._replace()
            return []

    def _replace(self) -> None:
        """Empty the index: what it listed is compiled and written anew."""
        remark = f"A damaged cache of the compiled model is replaced in {self.cache_path}."
        _add_once(cache_damages, remark)
        try:
            self.flush()
        except OSError:
            self.disable()


def _add_once(remarks: list[str], remark: str) -> None:
    if remark not in remarks:
        remarks.append(remark)


def _find_cache(function: Callable[..., Any]) -> HealingCache | None:
    """Return the cache of a function; None if no folder at all can be written."""
    try:
        return HealingCache(function)
    except RuntimeError:
        # Numba finds no folder: read-only installation, no home.
        folder = _make_private_folder()
    if folder is None:
        _add_once(cache_places, "The compiled model cannot be kept: no folder can be written.")
        return None
    # Worker processes share the folder.
    _config.CACHE_DIR = os.environ[_CACHE_VARIABLE] = str(folder)
    remark = (
        f"The compiled model is kept in {folder}, for neither the installation nor a home folder "
        f"can be written. {_CACHE_VARIABLE} names another folder."
    )
    _add_once(cache_places, remark)
    return HealingCache(function)


def _make_private_folder() -> Path | None:
    """Return a folder for temporary files that only this user can write, or None."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    try:
        folder = Path(tempfile.gettempdir()) / f"equipoise-cache-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        # A cache holds machine code: it is never taken from somebody else's folder.
        is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == user
        if is_own and not status.st_mode & _WRITABLE_BY_OTHERS and os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    try:
        folder = Path(tempfile.mkdtemp(prefix="equipoise-cache-"))
    except OSError:
        return None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _with_cache(dispatcher: Any) -> Any:
    """Return a compiled function that is cached on disk."""
    if not hasattr(dispatcher, "py_func"):
        # NUMBA_DISABLE_JIT leaves functions as they are.
        return dispatcher
    cache = _find_cache(dispatcher.py_func)
    if cache is not None:
        dispatcher._cache = cache
    return dispatcher


def list_compiled_signatures(function: Any) -> list[str]:
    """Return the signatures of a function that are in the cache."""
    cache = function._cache
    return cache.list_signatures() if isinstance(cache, HealingCache) else []


def compile_step(function: _Function) -> _Function:
    """Let compiled loops call ``function``, which stays plain Python for everybody else.

    This is how both engines run the same steps: the compiled engine compiles them into its
    loops, the Mesa engine calls them, and the steps that they call, as ordinary functions.
    """
    return register_jitable(forceinline=True, **_UNCOUNTED)(function)


def compile_loop(function: _Function) -> _Function:
    """Compile a loop over consumers."""
    return cast(_Function, njit(**_UNCOUNTED)(function))


def compile_rule(function: _Function) -> _Function:
    """Compile a function of numbers, cached on disk."""
    return cast(_Function, _with_cache(njit(function)))


def compile_entry(function: _Function) -> _Function:
    """Compile a function called from Python: cached on disk, and run without Python's lock."""
    return cast(_Function, _with_cache(njit(nogil=True, **_UNCOUNTED)(function)))
