"""The manifest: what a study is, which worlds were asked for, and what has changed."""

import json

import pytest

from equipoise.experiments.design.job import unpack_json
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.storage.manifest import (
    MANIFEST_FORMAT,
    build_manifest,
    build_point_rows,
    find_changes,
    update_manifest,
)

TINY = ("community.size=50", "horizon=10", "burn_in=0")
RULE = StoppingRule("cost", 2, 50)


def plan(*words, **request):
    return plan_study(StudyRequest((*words, *TINY), **request))


def changes(first, second):
    """Return the lines in which the second study differs from the first, as read from disk."""
    before = json.loads(json.dumps(build_manifest(first)))
    return list(find_changes(second, before, list(build_point_rows(first))))


def test_manifest_holds_levers_uncertainties_and_constants_apart():
    manifest = build_manifest(plan("strategy=oracle,do_nothing", "environment=calm,recall"))
    assert manifest["format"] == MANIFEST_FORMAT
    assert manifest["levers"] == {"strategy": ["oracle", "do_nothing"]}
    assert manifest["uncertainties"] == {"environment": ["calm", "recall"]}
    assert manifest["constants"] == list(TINY)
    assert manifest["points"] == 4


def test_ranges_and_designs_are_written_out():
    manifest = build_manifest(plan("firm.set_point=interval(0.2,0.8)", samples=8, seed=3))
    span = {"low": 0.2, "high": 0.8, "log": False, "whole": False}
    assert manifest["levers"] == {"firm.set_point": span}
    assert manifest["design"] == {"kind": "lhs", "samples": 8, "seed": 3, "zip": []}


def test_listed_paths_are_named():
    manifest = build_manifest(plan(points=({"firm.band": 0.1}, {"firm.band": 0.2})))
    assert manifest["design"]["listed"] == ["firm.band"]


def test_number_of_worlds_is_a_request_and_no_constant():
    manifest = build_manifest(plan("firm.band=0.1,0.2", "replicates=3", stop=RULE))
    assert manifest["worlds"] == [{"replicates": 3, "stop": RULE._asdict()}]
    assert "replicates=3" not in manifest["constants"]


def test_point_rows_have_all_settings():
    study = plan("firm.band=0.1,0.2")
    first, second = build_point_rows(study)
    assert (first["point"], second["point"]) == (0, 1)
    assert second["firm.band"] == 0.2
    assert json.loads(second["settings"]) == unpack_json(study.points[1].settings)


def request(replicates, stop=None):
    return {"replicates": replicates, "stop": stop and stop._asdict()}


@pytest.mark.parametrize(
    ("before", "existing", "replicates", "stop", "expected"),
    [
        ([request(400)], 5, 400, None, None),
        ([request(5), request(400)], 5, 60, None, [request(5), request(60)]),
        ([request(5), request(400)], 5, 5, None, [request(5)]),
        # Fewer worlds than there are change nothing but what is reported as missing.
        ([request(40)], 40, 10, None, [request(40), request(10)]),
        ([request(400)], 0, 3, None, [request(3)]),
        ([request(9, RULE)], 30, 60, None, [request(9, RULE._replace(cap=30)), request(60)]),
        ([request(5)], 5, 5, RULE, [request(5), request(5, RULE)]),
    ],
)
def test_earlier_requests_are_cut_to_the_worlds_that_exist(
    before, existing, replicates, stop, expected
):
    study = plan("firm.band=0.1,0.2", f"replicates={replicates}", stop=stop)
    manifest = update_manifest(study, {"worlds": before, "title": "kept"}, existing)
    if expected is None:
        assert manifest is None
    else:
        assert manifest == {"worlds": expected, "title": "kept"}


def test_same_study_has_no_changes_with_more_worlds_or_words_in_another_order():
    words = ("firm.band=0.1,0.2", "environment=recall")
    first = plan(*words)
    assert changes(first, plan(*words)) == []
    assert changes(first, plan(*reversed(words))) == []
    assert changes(first, plan(*words, "replicates=9", stop=RULE)) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("firm.band=0.1,0.3",), "levers.firm.band: [0.1,0.2] before, [0.1,0.3] now"),
        (("firm.band=0.1,0.3",), "point 1: firm.band: 0.2 before, 0.3 now"),
        (("firm.band=0.1,0.2", "seed=3"), "seed: 0 before, 3 now"),
        (("firm.band=0.1,0.2,0.3",), "points: 2 before, 3 now"),
    ],
)
def test_change_is_named_by_its_path_with_both_values(words, line):
    assert line in changes(plan("firm.band=0.1,0.2"), plan(*words))


def test_changed_columns_are_a_change():
    lines = changes(plan("firm.band=0.1,0.2"), plan("firm.band=0.1,0.2", columns=("none",)))
    assert len(lines) == 1
    assert lines[0].startswith("daily: [")


def test_changed_file_is_named_where_settings_are_the_same(tmp_path):
    path = tmp_path / "friends.edges"
    path.write_text("ann bob\nbob cem\ncem ann\n")
    words = ("network=file", f"network.path={path}", "community.size=3", "horizon=10", "burn_in=0")
    first = plan_study(StudyRequest(words))
    rows = list(build_point_rows(first))
    rows[0]["identity"] = "another"
    assert list(find_changes(first, build_manifest(first), rows)) == [
        "point 0: a file that it names"
    ]
