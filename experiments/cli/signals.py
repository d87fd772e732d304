"""Signals: SIGINT, SIGTERM and SIGHUP stop a command in an orderly way, or wait while it writes."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn

# SIGHUP: the terminal was closed. Windows does not have it.
_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

Handler = Callable[[int, FrameType | None], Any] | signal.Handlers


@contextlib.contextmanager
def raise_on_stop() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt on any stop signal, as on Ctrl-C; give the list of those received."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        received.append(number)
        raise KeyboardInterrupt

    with handle_stop_signals(stop):
        yield received


@contextlib.contextmanager
def ignore_stop() -> Iterator[None]:
    """Ignore stop signals, so that none tears a file that is being written."""
    with handle_stop_signals(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def handle_stop_signals(handler: Handler) -> Iterator[None]:
    """Install a handler of the stop signals, and restore the previous ones afterwards."""
    previous = {number: signal.signal(number, handler) for number in _list_stop_signals()}
    try:
        yield
    finally:
        for number, earlier in previous.items():
            signal.signal(number, earlier)


def _list_stop_signals() -> list[signal.Signals]:
    # Python handles signals in the main thread only.
    if threading.current_thread() is not threading.main_thread():
        return []
    numbers = [getattr(signal, name) for name in _STOP_SIGNALS if hasattr(signal, name)]
    # `nohup` ignores SIGHUP for its command, which then outlives the terminal.
    return [number for number in numbers if number == signal.SIGINT or not _is_ignored(number)]


def _is_ignored(number: signal.Signals) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN
