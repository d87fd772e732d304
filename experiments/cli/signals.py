"""Signals: SIGINT and SIGTERM stop a command in an orderly way, or wait while it writes."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn

Handler = Callable[[int, FrameType | None], Any] | signal.Handlers


@contextlib.contextmanager
def raise_on_stop() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt on SIGTERM as on Ctrl-C; give the list of signals received."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        received.append(number)
        raise KeyboardInterrupt

    with handle_stop_signals(stop):
        yield received


@contextlib.contextmanager
def ignore_stop() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM, so that neither tears a file that is being written."""
    with handle_stop_signals(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def handle_stop_signals(handler: Handler) -> Iterator[None]:
    """Install a handler of SIGINT and SIGTERM, and restore the previous ones afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in previous.items():
            signal.signal(number, earlier)
