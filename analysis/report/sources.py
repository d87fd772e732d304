"""Where the mechanisms that were on come from: settings with their sources, and the theory behind the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from equipoise.settings.schema import Part, is_setting_off, setting_fact, walk_settings
from equipoise.settings.settings import Settings

IN_SUITE = re.compile(r"^receptor\.receptors\.\w+\.")  # of a receptor among several
ASIDE = re.compile(
    r"[;:](?![^(]*\))"
)  # what follows is no part of a meaning, unless it is in brackets
DEPENDS_ON = {  # path -> what it acts on: where that is off, so is this
    "community.hearing.saturation": "community.hearing.kappa",
    "community.hearing.social_decay": "community.hearing.kappa",
    "community.people.voice_spread": "community.people.voice_mean",
    "community.people.drives_evenness": "community.experience.use_rate",
    "community.thinking.habit": "community.experience.use_rate",
    "community.cycle.choosiness": "community.cycle.buy",
    "firm.relevance": "community.attention.relevant_gain",
}


class Theory(NamedTuple):
    """A mechanism that is on while a setting is, or while a part of that kind is chosen; and its source."""

    where: str
    what: str
    source: str


THEORY = (
    Theory(
        "community.experience.disconfirmation", "disconfirmation of expectations", "Oliver 1980"
    ),
    Theory(
        "community.experience.loss_aversion",
        "losses count more than gains",
        "Tversky & Kahneman 1992",
    ),
    Theory(
        "community.experience.memory_rate", "strong episodes are remembered", "Kahneman et al. 1993"
    ),
    Theory("community.thinking.startle", "two systems of thought", "Kahneman 2011"),
    Theory("community.trust.trust_loss", "trust falls faster than it rises", "Slovic 1993"),
    Theory("community.voice.leave", "voice, exit and silence", "Hirschman 1970"),
    Theory("community.voice.displeasure", "an asymmetric U of word of mouth", "Anderson 1998"),
    Theory(
        "community.hearing.kappa",
        "social influence with an anchor",
        "DeGroot 1974; Friedkin & Johnsen 1990",
    ),
    Theory("community.cycle.choosiness", "choice against a competitor", "McFadden 1974"),
    Theory("community.people.values_spread", "ten values in a circle", "Schwartz 1992"),
    Theory("community.people.drives_evenness", "four drives", "Lawrence & Nohria 2002"),
    Theory(
        "receptor=survey",
        "a random sample, and who does not answer",
        "Cochran 1977; Groves, Singer & Corning 2000",
    ),
    Theory(
        "receptor.correct", "correcting a classifier's counts", "Rogan & Gladen 1978; Forman 2008"
    ),
    Theory(
        "control_center=pid", "regulation in proportion, with anti-windup", "Astrom & Hagglund 2006"
    ),
    Theory(
        "control_center=mpc",
        "planning by a model that is learned",
        "Camacho & Bordons 2007; Ljung 1999",
    ),
    Theory(
        "control_center=srt",
        "one-off or systemic: control charts",
        "Page 1954; Roberts 1959; Shewhart 1931",
    ),
    Theory("effector.moderate", "posted rules make newcomers welcome", "Matias 2019"),
)


class SourceUse(NamedTuple):
    """A source, and what rests on it, each a setting's path with its meaning or a mechanism."""

    source: str
    rests: tuple[str, ...]


def collect_sources(runs: Iterable[Settings]) -> tuple[tuple[SourceUse, ...], tuple[str, ...]]:
    """Return the sources of all that was on in some run, in order, and the settings that are assumptions."""
    known: dict[str, dict[str, None]] = {}
    assumed: set[str] = set()
    for settings in runs:
        on = {path: field for path, field, _ in _switched_on(settings)}
        for path, field in on.items():
            basis, source = setting_fact(field, "basis"), setting_fact(field, "source")
            if basis == "assumption":
                assumed.add(path)
            if source:
                known.setdefault(source, {})[_describe_use(path, field)] = None
        there = {IN_SUITE.sub("receptor.", path) for path in on} | _parts(settings)
        for theory in THEORY:
            if theory.where in there:
                known.setdefault(theory.source, {})[theory.what] = None
    uses = tuple(SourceUse(source, tuple(known[source])) for source in sorted(known))
    return uses, tuple(sorted(assumed))


def _describe_use(path: str, field: Any) -> str:
    """Return meaning and path of a setting, noting a value that the source does not give."""
    meaning = ASIDE.split(field.description)[0]
    basis = setting_fact(field, "basis")
    note = "" if basis == "published" else f", {basis}"
    return f"{meaning} ({path}{note})"


def _switched_on(settings: Settings) -> Iterator[tuple[str, Any, Any]]:
    """Yield path, field and value of the settings that do something; lists and names are always on."""
    known = {path: (field, value) for path, field, value in walk_settings(settings)}
    off = {path for path, (field, value) in known.items() if is_setting_off(field, value)}
    for path, (field, value) in known.items():
        if not {path, DEPENDS_ON.get(path)} & off:
            yield path, field, value


def _parts(settings: Settings) -> set[str]:
    """Return the kinds of the parts of a run, as in "receptor=survey", those within a suite too."""
    found = {f"effector.{part.kind}" for part in settings.effector.values()}
    for family in ("receptor", "control_center"):
        part = getattr(settings, family)
        inner = getattr(part, "receptors", {}).values()
        found |= {f"{family}={each.kind}" for each in (part, *inner) if isinstance(each, Part)}
    return found
