"""The sections of a report, in order: what is said, shown and drawn in each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from equipoise.analysis.measure_table import MEASURE_BY_NAME
from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.report import figures, glossary
from equipoise.analysis.report.headline import answer, answer_alone, value_said
from equipoise.analysis.report.sources import collect_sources
from equipoise.analysis.report.study_data import StudyData
from equipoise.analysis.text.comparison_text import MAX_ENVIRONMENTS, TextColumn, TextTable
from equipoise.analysis.text.comparison_text import describe_comparison as told
from equipoise.analysis.text.formatting import NO_VALUE, format_quantity, readable_name
from equipoise.settings.settings import Settings

MOST_FAILURES = 20  # lines


@dataclass(frozen=True)
class Section:
    """A part of the page: what it is called, and what stands in it; what is empty is left out."""

    key: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    sheets: tuple[TextTable, ...] = ()
    pictures: tuple[Picture, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Tell whether nothing stands in it."""
        return not (
            self.paragraphs or self.sheets or self.pictures or self.terms or self.items or self.code
        )


def build_sections(of: StudyData) -> tuple[Section, ...]:
    """Return the sections of a report that have something to say."""
    made = (
        _answer(of),
        _failed(of),
        _studied(of),
        _results(of),
        *_compared(of),
        _map(of),
        _days(of),
        _movers(of),
        _beliefs(of),
        _terms(of),
        _limits(of),
        _sources(of),
        _repeat(of),
    )
    return _distinct(section for section in made if not section.empty)


def _distinct(made: Iterable[Section]) -> tuple[Section, ...]:
    """Return sections whose figures have a name, and so a file, each to itself."""
    seen: Counter[str] = Counter()

    def once(each: Picture) -> Picture:
        seen[each.name] += 1
        return each._replace(name=f"{each.name}-{seen[each.name]}") if seen[each.name] > 1 else each

    return tuple(replace(section, pictures=tuple(map(once, section.pictures))) for section in made)


def _answer(of: StudyData) -> Section:
    said = of.found or (answer(of.comparison, of.yardsticks) if of.comparison else answer_alone(of))
    return Section(
        "answer", "The answer", said, items=tuple(_plainly(of, note) for note in of.notes)
    )


def _failed(of: StudyData) -> Section:
    said = ("Jobs failed, and their runs are missing from all that follows.",)
    rest = len(of.failures) - MOST_FAILURES
    more = (f"... and {rest} more, in the study's folder failures.",) if rest > 0 else ()
    return Section(
        "failed",
        "What failed",
        said if of.failures else (),
        items=of.failures[:MOST_FAILURES] + more,
    )


def shown(of: StudyData) -> tuple[str, ...]:
    """Return the environments that are drawn; there may be too many."""
    return of.environments[:MAX_ENVIRONMENTS]


def _too_many(of: StudyData) -> tuple[str, ...]:
    parts = []
    if len(of.environments) > MAX_ENVIRONMENTS:
        parts.append(
            f"The first {MAX_ENVIRONMENTS} of {len(of.environments)} environments are drawn."
        )
    if len(of.drawn) < len(of.strategies):
        parts.append(
            f"Of {len(of.strategies)} strategies, the baseline and the best {len(of.drawn) - 1} are drawn."
        )
    return tuple(parts)


# who and where


def _studied(of: StudyData) -> Section:
    first = {
        name: next(s for (who, _), s in of.settings.items() if who == name) for name in of.drawn
    }
    who = TextTable(
        "The strategies",
        "",
        (
            TextColumn("strategy", tuple(readable_name(name) for name in first), right=False),
            TextColumn("in words", tuple(_in_words(each) for each in first.values()), right=False),
            TextColumn(
                "hears by", tuple(_kind(each.receptor) for each in first.values()), right=False
            ),
            TextColumn(
                "decides by",
                tuple(_kind(each.control_center) for each in first.values()),
                right=False,
            ),
            TextColumn("acts by", tuple(_acts(each) for each in first.values()), right=False),
        ),
    )
    there = {
        name: next(s for (_, where), s in of.settings.items() if where == name)
        for name in shown(of)
    }
    where = TextTable(
        "The environments",
        "",
        (
            TextColumn("environment", tuple(readable_name(name) for name in there), right=False),
            TextColumn(
                "what happens", tuple(_happens(each) for each in there.values()), right=False
            ),
        ),
    )
    return Section(
        "studied", "What was tried, and where", (_extent(of), *_too_many(of)), sheets=(who, where)
    )


def _extent(of: StudyData) -> str:
    what = (
        format_quantity(len(of.strategies), "strategy", "strategies"),
        format_quantity(len(of.environments), "environment"),
        format_quantity(len(of.seeds), "world"),
    )
    runs = tuple(of.settings.values())
    people, days = (
        _either(values)
        for values in zip(*((s.community.size, s.horizon) for s in runs), strict=True)
    )
    goal, band = (
        _either(values)
        for values in zip(*((s.firm.set_point, s.firm.band) for s in runs), strict=True)
    )
    return (
        f"{what[0]} in {what[1]}, each in {'the same ' if len(of.strategies) > 1 else ''}{what[2]} of {people} people "
        f"over {days} scored days. The firm tries to keep mean satisfaction at {goal}, give or take {band}."
    )


def _either(values: Iterable[float]) -> str:
    """Return a number that all runs share, or from which to which it varies."""
    known = sorted(set(values))
    return f"{known[0]:,.10g}" if len(known) == 1 else f"{known[0]:,.10g} to {known[-1]:,.10g}"


def _in_words(settings: Settings) -> str:
    return settings.strategy.title or NO_VALUE


def _kind(part: object) -> str:
    return readable_name(str(getattr(part, "kind", NO_VALUE)))


def _acts(settings: Settings) -> str:
    return ", ".join(readable_name(name) for name in settings.effector) or "nothing"


def _happens(settings: Settings) -> str:
    """Return what strikes in an environment, by day."""
    world = settings.environment
    dated = sorted(
        (each.start, name, each) for name, each in world.disturbances.items() if each.size > 0
    )
    parts = [
        f"{readable_name(name)} ({readable_name(each.kind)}, {'by chance from' if each.rate else 'on'} day {start})"
        for start, name, each in dated
    ]
    parts += ["faults by chance"] if world.fault_rate > 0 else []
    parts += ["a recorded log of mentions"] if world.replay else []
    return "; ".join(parts) or "nothing in particular"


# results


def _results(of: StudyData) -> Section:
    if of.comparison:
        sheets = [
            sheet
            for sheet in told(of.comparison).tables
            if sheet.columns and sheet.columns[0].cells
        ]
        return Section("results", "Results", sheets=tuple(_said(of, sheet) for sheet in sheets))
    return Section("results", "Results", sheets=(_alone(of),) if of.outcomes else ())


def _said(of: StudyData, sheet: TextTable) -> TextTable:
    """Return a table with names as they are spoken."""
    columns = [
        column._replace(cells=tuple(_plainly(of, cell) for cell in column.cells))
        for column in sheet.columns
    ]
    return TextTable(
        _plainly(of, sheet.heading),
        _plainly(of, sheet.before),
        tuple(columns),
        _plainly(of, sheet.after),
    )


def _plainly(of: StudyData, text: str) -> str:
    """Return a text in which strategies and environments are called as they are spoken."""
    names = sorted({*of.strategies, *of.environments}, key=len, reverse=True)
    either = "|".join(map(re.escape, names))
    return re.sub(rf"(?<!\w)({either})(?!\w)", lambda found: readable_name(found[0]), text)


def _alone(of: StudyData) -> TextTable:
    """Return the table of what one strategy came to."""
    places = [(name, place) for name in of.strategies for place in of.environments]
    columns = [
        TextColumn("environment", tuple(readable_name(place) for _, place in places), right=False)
    ]
    if len(of.strategies) > 1:
        columns.insert(
            0, TextColumn("strategy", tuple(readable_name(name) for name, _ in places), right=False)
        )
    columns += [
        TextColumn(
            readable_name(part.measure),
            tuple(value_said(part, name, place) for name, place in places),
        )
        for part in of.outcomes
    ]
    after = "In brackets: 95 % Student t interval of the mean over worlds."
    return TextTable("What it came to", "", tuple(columns), after)


def _compared(of: StudyData) -> Iterator[Section]:
    if not of.comparison:
        return
    told, places = of.comparison, shown(of)
    judged = [
        (finding, place)
        for finding in told.findings
        for place in places
        if figures.has_pairs(finding, place)
    ]
    made = tuple(figures.tornado(told, finding, place, of.drawn) for finding, place in judged)
    yield Section("differences", "Differences from the baseline", _too_many(of), pictures=made)
    made = tuple(figures.ranking(finding, places, of.drawn) for finding in told.findings)
    yield Section("ranking", "Ranking", pictures=made)
    if told.front:
        yield Section(
            "front", "What it costs", pictures=(figures.front(of.comparison, shown(of), of.drawn),)
        )


def _map(of: StudyData) -> Section:
    heading = "What matters" if of.map and of.map.name == "sensitivity" else "Where the loop holds"
    return Section("map", heading, pictures=(of.map,) if of.map else ())


# what happened


def _days(of: StudyData) -> Section:
    made = [
        figures.courses(of.here(place), place, of.absent(place))
        for place in shown(of)
        if _has(of, place, "truth")
    ]
    said = (
        "Each panel is a strategy. Where the dashed line leaves the black one, the firm was mistaken.",
        *_too_many(of),
    )
    lacking = (
        "The study kept no daily satisfaction, so there are no curves. Sweep without --daily none for them.",
    )
    return Section(
        "days", "Day by day", said if made else () if of.found else lacking, pictures=tuple(made)
    )


def _has(of: StudyData, place: str, what: str) -> bool:
    return any(getattr(course, what) is not None for course in of.here(place).values())


def _movers(of: StudyData) -> Section:
    made = [
        figures.movers(of.here(place), place, of.absent(place))
        for place in shown(of)
        if _has(of, place, "moved")
    ]
    said = (
        "Which loop was in charge, and when: every change of mean satisfaction is split into its causes without "
        "remainder. Experience is what departments deliver; peers and norm are the community's own loop; answers and "
        "messages are the firm's.",
    )
    return Section("movers", "What moved satisfaction", said if made else (), pictures=tuple(made))


def _beliefs(of: StudyData) -> Section:
    made = [
        figures.beliefs(of.here(place), place, of.absent(place))
        for place in shown(of)
        if _has(of, place, "off")
    ]
    said = (
        "The perception gap, and its worst form: weeks with a green dashboard and red customers, in which the firm "
        "believed satisfaction in its band while it was out.",
    )
    return Section("beliefs", "What the firm believed", said if made else (), pictures=tuple(made))


# what it means


def _terms(of: StudyData) -> Section:
    known = told(of.comparison).terms if of.comparison else ()
    known = tuple((term, _plainly(of, meaning)) for term, meaning in known)
    measures = tuple(
        (readable_name(part.measure), MEASURE_BY_NAME[part.measure].meaning)
        for part in of.outcomes
        if part.measure in MEASURE_BY_NAME
    )
    rest = (
        _of_search(" ".join(of.found)) if of.found else (*glossary.OF_STRATEGIES, *measures, *known)
    )
    return Section("terms", "What each term means", terms=(*glossary.TERMS, *rest))


def _of_search(answer: str) -> tuple[tuple[str, str], ...]:
    """Return the terms that the answer of a search uses, its measure first."""
    measures = tuple(
        (readable_name(name), known.meaning)
        for name, known in MEASURE_BY_NAME.items()
        if re.search(rf"(?<![\w.])({name}|{readable_name(name)})[<>=,]", answer)
    )
    return (*measures, *((term, meaning) for term, meaning in glossary.OF_SEARCH if term in answer))


def _limits(of: StudyData) -> Section:
    assumed = len(collect_sources(of.settings.values())[1])
    worlds = len(of.seeds)
    few = (
        f"{format_quantity(worlds, 'world')} can say little: intervals are wide, and rare worlds are not among them.",
    )
    own = (
        f"{format_quantity(assumed, 'setting')} that acted here {'is' if assumed == 1 else 'are'} without a source; see below.",
    )
    return Section(
        "limits",
        "What the model cannot say",
        items=(*glossary.LIMITS, *own[: bool(assumed)], *(few if worlds < 20 else ())),
    )


def _sources(of: StudyData) -> Section:
    known, assumed = collect_sources(of.settings.values())
    sheet = TextTable(
        "Mechanisms that were on, by source",
        "",
        (
            TextColumn("source", tuple(basis.source for basis in known), right=False),
            TextColumn(
                "what rests on it", tuple("; ".join(basis.rests) for basis in known), right=False
            ),
        ),
    )
    lead = "A setting is listed when it acted in some run; equipoise explain tells its range, unit and meaning."
    rest = f"Without a source, assumed: {', '.join(assumed)}." if assumed else ""
    return Section("sources", "Where it comes from", (lead,), sheets=(sheet._replace(after=rest),))


def _repeat(of: StudyData) -> Section:
    made = ", ".join(f"{name} {version}" for name, version in of.versions.items())
    said = (
        f"Seeds {min(of.seeds)} to {max(of.seeds)}. The same commands with the same versions give the same numbers, "
        f"to the bit: {made}.",
        *(
            f"They need {name}, which is in this page too: save it where you give them."
            for name in of.files
        ),
    )
    return Section("repeat", "How to repeat it", said, code=of.repeat)
