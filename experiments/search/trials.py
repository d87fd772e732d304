"""The trials of a tuning study, kept in a journal that outlives a killed process: the only door to Optuna."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.designs import SIGNIFICANT_DIGITS
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.search.tuning_spec import Levers

NAME = "tuning"
WHY = "why"  # under which a trial without a value keeps the reason
LACKING = "Tuning needs its extra: pip install 'equipoise[search]'."


class Trial(NamedTuple):
    """A trial that is over: its number, settings, and values; none where it has none, and why."""

    number: int
    settings: dict[str, Any]
    values: tuple[float, ...]
    why: str = ""


class Trials:
    """Asks for settings and is told what they came to. Only one process may use a journal at a time.

    Rounds are drawn by the number of trials before them, so that a study which was killed and resumed goes on as it
    would have. Trials that a killed process left running are closed, and their settings asked for again first.

    Args:
        journal: the file; it is made when there is none.
        levers: what is tuned: ranges and lists.
        senses: for each objective, whether higher values are better.
        seed: of the search.
        asked: what the study is about, as plain data; a journal about something else is refused.

    Raises:
        EquipoiseError: when Optuna is not installed, or the journal is about something else.

    Source: Bergstra et al. 2011, Watanabe 2023 (TPE); Ozaki et al. 2022 (two objectives); Akiba et al. 2019 (Optuna).
    """

    def __init__(
        self,
        journal: Path,
        levers: Levers,
        senses: Sequence[bool],
        seed: int,
        asked: Mapping[str, Any],
    ) -> None:
        optuna = self._optuna = _optuna()
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        _mend(journal)
        self._levers, self._seed = levers, seed
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            study_name=NAME,
            directions=["maximize" if higher else "minimize" for higher in senses],
            load_if_exists=True,
        )
        before = self._study.user_attrs.get("asked")
        if before is not None and before != asked:
            changed = [
                f"{name}: {before.get(name)} before, {now} now"
                for name, now in asked.items()
                if before.get(name) != now
            ]
            raise EquipoiseError(
                f"{journal.parent} holds another tuning study. Changed:",
                *changed,
                "Give another --out.",
            )
        self._study.set_user_attr("asked", dict(asked))
        self._close_left()

    def _close_left(self) -> None:
        """Close what was left running, and ask for it again."""
        state = self._optuna.trial.TrialState
        for trial in self._study.get_trials(states=[state.RUNNING]):
            self._study.tell(trial.number, state=state.FAIL)
            if trial.params:
                self._study.enqueue_trial(trial.params)

    def begin_with(self, settings: Mapping[str, Any]) -> None:
        """Ask for these settings first, if nothing was asked for yet."""
        if not self._study.trials:
            self._study.enqueue_trial(
                {path: self._given(path, value) for path, value in settings.items()}
            )

    def ask(self, most: int) -> dict[int, dict[str, Any]]:
        """Return the settings of the next trials by number: those left running, or up to ``most`` new ones."""
        state = self._optuna.trial.TrialState
        waiting = len(self._study.get_trials(states=[state.WAITING]))
        self._study.sampler = self._optuna.samplers.TPESampler(seed=self._seed + len(self.over()))
        kinds = {path: self._distribution(path) for path in self._levers}
        resumed = (
            waiting if self.over() or waiting > 1 else 0
        )  # one that waits before all others is `begin_with`
        asked = [
            self._study.ask(fixed_distributions=kinds) for _ in range(min(resumed or most, most))
        ]
        return {
            trial.number: {path: self._taken(path, trial.params[path]) for path in self._levers}
            for trial in asked
        }

    def tell(self, number: int, values: Sequence[float], why: str = "") -> None:
        """Say what a trial came to, or why it came to nothing."""
        if why:
            self._study.set_user_attr(f"{WHY} {number}", why)
            self._study.tell(number, state=self._optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(number, [float(value) for value in values])

    def over(self) -> list[Trial]:
        """Return the trials that are over, in order."""
        return list(self._over())

    def _over(self) -> Iterator[Trial]:
        reasons = self._study.user_attrs
        for trial in self._study.get_trials(deepcopy=False):
            why = reasons.get(f"{WHY} {trial.number}", "")
            if why or trial.state.name == "COMPLETE":
                settings = {path: self._taken(path, trial.params[path]) for path in self._levers}
                yield Trial(trial.number, settings, tuple(trial.values or ()), why)

    def best(self) -> list[Trial]:
        """Return the best trial; of two objectives, all that no other beats in both."""
        numbers = {trial.number for trial in self._study.best_trials}
        return [trial for trial in self.over() if trial.number in numbers]

    def _distribution(self, path: str) -> Any:
        kinds, lever = self._optuna.distributions, self._levers[path]
        if not isinstance(lever, Span):
            return kinds.CategoricalDistribution([str(k) for k in range(len(lever))])
        if lever.whole:
            return kinds.IntDistribution(int(lever.low), int(lever.high), log=lever.log)
        return kinds.FloatDistribution(lever.low, lever.high, log=lever.log)

    def _taken(self, path: str, value: Any) -> Any:
        """Return a setting from what Optuna draws: a list's entry, or a number of a few digits within its range."""
        lever = self._levers[path]
        if not isinstance(lever, Span):
            return lever[int(value)]
        return (
            int(value)
            if lever.whole
            else min(max(float(f"{value:.{SIGNIFICANT_DIGITS}g}"), lever.low), lever.high)
        )

    def _given(self, path: str, value: Any) -> Any:
        lever = self._levers[path]
        return value if isinstance(lever, Span) else str(lever.index(value))


def _mend(journal: Path) -> None:
    """Take away what a killed process left of its last line, and its lock: the caller sees to it that it is alone."""
    journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)
    if journal.exists():
        text = journal.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:
            torn = journal.with_name(f".{journal.name}.mended")
            torn.write_bytes(whole)
            torn.replace(journal)


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise EquipoiseError(LACKING) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
