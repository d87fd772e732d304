"""The sources of a run: of its active settings, and of the theory behind their mechanisms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from pydantic.fields import FieldInfo

from equipoise.settings.schema import Part, is_setting_off, setting_fact, walk_settings
from equipoise.settings.settings import Settings

_IN_SUITE = re.compile(r"^receptor\.receptors\.\w+\.")  # a receptor among several
# A meaning ends at the first semicolon or colon outside parentheses: a remark follows.
_REMARK = re.compile(r"[;:](?![^(]*\))")
# A setting without effect while the setting that it depends on is off.
DEPENDS_ON = {
    "community.hearing.saturation": "community.hearing.kappa",
    "community.hearing.social_decay": "community.hearing.kappa",
    "community.people.voice_spread": "community.people.voice_mean",
    "community.people.drives_evenness": "community.experience.use_rate",
    "community.thinking.habit": "community.experience.use_rate",
    "community.cycle.choosiness": "community.cycle.buy",
    "firm.relevance": "community.attention.relevant_gain",
}


class Theory(NamedTuple):
    """A mechanism and its source.

    Attributes:
        where: the setting or the kind of part with which it is active.
        what: its name.
        source: author and year.
    """

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
    """A source and its uses: settings with their meaning and path, and mechanisms."""

    source: str
    uses: tuple[str, ...]


def collect_sources(runs: Iterable[Settings]) -> tuple[tuple[SourceUse, ...], tuple[str, ...]]:
    """Return the sources of all that was active in any run, and the settings that are assumed."""
    # A dict keeps the order of the uses, and each use once.
    uses: dict[str, dict[str, None]] = {}
    assumed: set[str] = set()
    for settings in runs:
        active = _find_active_settings(settings)
        for path, field in active.items():
            if setting_fact(field, "basis") == "assumption":
                assumed.add(path)
            source = setting_fact(field, "source")
            if source:
                uses.setdefault(source, {})[_describe_use(path, field)] = None
        for theory in _find_active_theories(settings, active):
            uses.setdefault(theory.source, {})[theory.what] = None
    sources = tuple(SourceUse(source, tuple(uses[source])) for source in sorted(uses))
    return sources, tuple(sorted(assumed))


def _describe_use(path: str, field: FieldInfo) -> str:
    """Return the meaning of a setting with its path, and its basis if no source gives the value."""
    meaning = _REMARK.split(field.description or "")[0]
    basis = setting_fact(field, "basis")
    note = "" if basis == "published" else f", {basis}"
    return f"{meaning} ({path}{note})"


def _find_active_settings(settings: Settings) -> dict[str, FieldInfo]:
    """Return the settings that have an effect, by path."""
    fields = {}
    off = set()
    for path, field, value in walk_settings(settings):
        fields[path] = field
        if is_setting_off(field, value):
            off.add(path)
    active = {}
    for path, field in fields.items():
        if path not in off and DEPENDS_ON.get(path) not in off:
            active[path] = field
    return active


def _find_active_theories(settings: Settings, active: Iterable[str]) -> list[Theory]:
    """Return the theories of the active settings and of the chosen parts."""
    places = {_IN_SUITE.sub("receptor.", path) for path in active}
    places |= _list_parts(settings)
    return [theory for theory in THEORY if theory.where in places]


def _list_parts(settings: Settings) -> set[str]:
    """Return the kinds of all parts, such as "receptor=survey", with those in a suite."""
    kinds = {f"effector.{part.kind}" for part in settings.effector.values()}
    for family in ("receptor", "control_center"):
        part = getattr(settings, family)
        parts = [part, *getattr(part, "receptors", {}).values()]
        kinds |= {f"{family}={one.kind}" for one in parts if isinstance(one, Part)}
    return kinds
