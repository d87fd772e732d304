"""Trials of a tuning study, in a journal that survives a killed process: the door of Optuna."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.designs import SIGNIFICANT_DIGITS
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.search.tuning_spec import Levers

_STUDY_NAME = "tuning"
_REASON = "why"  # key of the reason why a trial has no value
_ROUND = "round"  # key of the numbers of the trials that were asked for last
_FIXED = "fixed_params"  # key of Optuna's for the settings of a queued trial
_DIRECTIONS = {True: "maximize", False: "minimize"}
_MISSING_EXTRA = "Tuning needs its extra: pip install 'equipoise[search]'."


class Trial(NamedTuple):
    """A finished trial: number, settings and values; without a value, the reason in ``why``."""

    number: int
    settings: dict[str, Any]
    values: tuple[float, ...]
    why: str = ""


class Trials:
    """Proposes settings and learns from their values. One process at a time may use a journal.

    The sampler's seed is the seed of the search plus the number of finished trials, so that a
    study that is killed and resumed proposes the same settings as one that is not. Trials that a
    killed process left running are closed, and their settings are proposed again first.

    Args:
        journal: the file; it is created if there is none.
        levers: ranges and lists to tune.
        senses: for each objective, True if higher values are better.
        seed: seed of the search.
        identity_data: specification as plain data; a journal of another one is refused.

    Raises:
        EquipoiseError: if Optuna is not installed, or the journal is of another specification.

    Source: Bergstra et al. 2011, Watanabe 2023 (TPE); Ozaki et al. 2022 (two objectives);
        Akiba et al. 2019 (Optuna).
    """

    def __init__(
        self,
        journal: Path,
        levers: Levers,
        senses: Sequence[bool],
        seed: int,
        identity_data: Mapping[str, Any],
    ) -> None:
        self._optuna = _import_optuna()
        self._levers = levers
        self._seed = seed
        _repair_journal(journal)
        self._study = self._open_study(journal, senses)
        earlier = self._study.user_attrs.get("asked")
        if earlier is not None and earlier != identity_data:
            _refuse_journal(journal, earlier, identity_data)
        self._study.set_user_attr("asked", dict(identity_data))
        self._close_running()

    def _open_study(self, journal: Path, senses: Sequence[bool]) -> Any:
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        storage = JournalStorage(JournalFileBackend(str(journal)))
        directions = [_DIRECTIONS[is_higher_better] for is_higher_better in senses]
        return self._optuna.create_study(
            storage=storage, study_name=_STUDY_NAME, directions=directions, load_if_exists=True
        )

    def _close_running(self) -> None:
        """Close the trials that were left running, and queue their settings again.

        Trials of a round that was not asked for completely are asked for anew, by the same seed;
        only those that had been queued are queued again.
        """
        state = self._optuna.trial.TrialState
        attributes = self._study.user_attrs
        complete_round = attributes.get(_ROUND, [])
        for trial in self._study.get_trials(states=[state.RUNNING]):
            settings = trial.system_attrs.get(_FIXED)
            if trial.number in complete_round:
                settings = trial.params
            # A trial with a reason is finished. The queue goes first: a kill loses no trial.
            if settings and f"{_REASON} {trial.number}" not in attributes:
                self._queue(settings)
            self._study.tell(trial.number, state=state.FAIL)

    def _queue(self, settings: Mapping[str, Any]) -> None:
        """Queue settings as Optuna stores them, unless they are queued already."""
        state = self._optuna.trial.TrialState
        waiting = self._study.get_trials(states=[state.WAITING])
        if settings not in [trial.system_attrs[_FIXED] for trial in waiting]:
            self._study.enqueue_trial(settings)

    def begin_with(self, settings: Mapping[str, Any]) -> None:
        """Queue these settings as the first trial, unless there are trials."""
        if not self._study.trials:
            values = {path: self._encode(path, value) for path, value in settings.items()}
            self._study.enqueue_trial(values)

    def ask(self, limit: int) -> dict[int, dict[str, Any]]:
        """Return the next trials by number: queued ones, or up to ``limit`` new ones."""
        finished = len(self.list_finished())
        self._study.sampler = self._optuna.samplers.TPESampler(seed=self._seed + finished)
        distributions = {path: self._distribution(path) for path in self._levers}
        state = self._optuna.trial.TrialState
        queued = len(self._study.get_trials(states=[state.WAITING]))
        # One queued trial before all others is that of `begin_with`: its round is a full one.
        is_resumed = finished > 0 or queued > 1
        count = min(queued, limit) if is_resumed and queued else limit
        asked = [self._study.ask(fixed_distributions=distributions) for _ in range(count)]
        self._study.set_user_attr(_ROUND, [trial.number for trial in asked])
        return {trial.number: self._decode_all(trial.params) for trial in asked}

    def tell(self, number: int, values: Sequence[float], why: str = "") -> None:
        """Record the values of a trial, or the reason why it has none."""
        if why:
            self._study.set_user_attr(f"{_REASON} {number}", why)
            self._study.tell(number, state=self._optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(number, [float(value) for value in values])

    def list_finished(self) -> list[Trial]:
        """Return the finished trials, in order."""
        return list(self._iterate_finished())

    def _iterate_finished(self) -> Iterator[Trial]:
        reasons = self._study.user_attrs
        for trial in self._study.get_trials(deepcopy=False):
            why = reasons.get(f"{_REASON} {trial.number}", "")
            if why or trial.state.name == "COMPLETE":
                values = tuple(trial.values or ())
                yield Trial(trial.number, self._decode_all(trial.params), values, why)

    def list_best(self) -> list[Trial]:
        """Return the best trial; of two objectives, the Pareto front."""
        numbers = {trial.number for trial in self._study.best_trials}
        return [trial for trial in self.list_finished() if trial.number in numbers]

    def _distribution(self, path: str) -> Any:
        distributions = self._optuna.distributions
        lever = self._levers[path]
        if not isinstance(lever, Span):
            # Options may be of any type, which Optuna does not store: it gets their numbers.
            return distributions.CategoricalDistribution([str(k) for k in range(len(lever))])
        if lever.whole:
            return distributions.IntDistribution(int(lever.low), int(lever.high), log=lever.log)
        return distributions.FloatDistribution(lever.low, lever.high, log=lever.log)

    def _decode_all(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {path: self._decode(path, params[path]) for path in self._levers}

    def _decode(self, path: str, value: Any) -> Any:
        """Return the setting of a value that Optuna drew; numbers have few digits."""
        lever = self._levers[path]
        if not isinstance(lever, Span):
            return lever[int(value)]
        if lever.whole:
            return int(value)
        number = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        # Rounding may leave the range.
        return min(max(number, lever.low), lever.high)

    def _encode(self, path: str, value: Any) -> Any:
        lever = self._levers[path]
        return value if isinstance(lever, Span) else str(lever.index(value))


def _refuse_journal(journal: Path, earlier: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    changed = [
        f"{name}: {earlier.get(name)} before, {value} now"
        for name, value in now.items()
        if earlier.get(name) != value
    ]
    raise EquipoiseError(
        f"{journal.parent} holds another tuning study. Changed:", *changed, "Give another --out."
    )


def _repair_journal(journal: Path) -> None:
    """Remove an incomplete last line and the lock of a killed process.

    The caller makes sure that no other process uses the journal.
    """
    journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)
    if not journal.exists():
        return
    text = journal.read_bytes()
    complete = text[: text.rfind(b"\n") + 1]
    if complete != text:
        repaired = journal.with_name(f".{journal.name}.mended")
        repaired.write_bytes(complete)
        repaired.replace(journal)


def _import_optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise EquipoiseError(_MISSING_EXTRA) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
