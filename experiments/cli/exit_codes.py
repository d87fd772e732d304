"""Exit codes of the command line."""

SUCCESS = 0
FAILURE = 1  # jobs failed, a repeated run has other days, or a file or the output cannot be written
USER_ERROR = 2
NOT_WRITTEN = 3  # the run is finished, but its folder could not be written
INTERRUPTED = 130  # 128 + SIGINT; 143 after SIGTERM, 129 after SIGHUP


def interruption_code(signals: list[int]) -> int:
    """Return the exit code after a stop: 128 + the first signal that arrived."""
    return 128 + signals[0] if signals else INTERRUPTED
