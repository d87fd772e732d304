"""The sources of a report: of the mechanisms that were active, and of no others."""

import equipoise
from equipoise.analysis.report.sources import DEPENDS_ON, THEORY, collect_sources
from equipoise.experiments.config.catalogue import list_entries

CLASSIFIER = "Rogan & Gladen 1978; Forman 2008"


def sources_of(*words):
    uses, _ = collect_sources([equipoise.compose(*words)])
    return {use.source for use in uses}


def test_active_mechanisms_have_their_sources():
    sources = sources_of("strategy=pid_survey")
    assert {"Bass 1969", "Oliver 1980", "Astrom & Hagglund 2006"} <= sources
    assert "Page 1954; Roberts 1959; Shewhart 1931" not in sources


def test_settings_without_a_source_are_assumptions_while_they_act():
    _, assumed = collect_sources([equipoise.compose("strategy=pid_survey")])
    assert "community.experience.affinity" in assumed
    off = ("community.experience.disconfirmation=0", "community.experience.affinity=0")
    uses, assumed = collect_sources([equipoise.compose(*off)])
    assert "Oliver 1980" not in {use.source for use in uses}
    assert "community.experience.affinity" not in assumed


def test_mechanisms_that_are_off_have_no_source():
    sources = sources_of("community=still", "strategy=do_nothing")
    off = {"Bass 1969", "Asch 1955", "McFadden 1974", "Tversky & Kahneman 1992"}
    assert not (off | {"Lawrence & Nohria 2002"}) & sources
    beginnings = ("Huang", "Whittaker", "Lally", "Brown", "Haque")
    assert not [source for source in sources if source.startswith(beginnings)]
    assert "Bass 1969" in sources_of("community=bass", "strategy=do_nothing")


def test_parts_of_a_suite_have_their_sources():
    weekly, mission = sources_of("strategy=weekly_team"), sources_of("strategy=mission_control")
    assert CLASSIFIER not in weekly
    assert CLASSIFIER in mission
    assert not [source for source in weekly if "tweets" in source], "its classifier is even"


def test_sources_of_several_runs_are_joined_and_sorted():
    runs = [equipoise.compose(f"strategy={name}") for name in ("weekly_team", "mission_control")]
    uses, assumed = collect_sources(runs)
    sources = [use.source for use in uses]
    assert sources == sorted(set(sources))
    assert list(assumed) == sorted(set(assumed))
    alone = sources_of("strategy=weekly_team") | sources_of("strategy=mission_control")
    assert set(sources) == alone


def test_dependent_settings_exist():
    paths = {entry.path for entry in list_entries()}
    assert {*DEPENDS_ON, *DEPENDS_ON.values()} <= paths


def test_theories_belong_to_settings_or_parts_that_exist():
    entries = list(list_entries())
    known = {entry.path for entry in entries}
    known |= {entry.owner.replace("effector=", "effector.") for entry in entries}
    assert {theory.where for theory in THEORY} <= known
