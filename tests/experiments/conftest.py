"""Fixtures of the tests of experiments."""

import pytest

from equipoise.experiments.cli.main import main


@pytest.fixture
def sweep_command(capsys):
    """Return a function that runs `equipoise sweep` in this process.

    It returns exit code, standard output and standard error.
    """

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main(["sweep", *words])
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run
