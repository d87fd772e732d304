"""Identity of a run: everything that its numbers depend on, and nothing else."""

import importlib
import os

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.experiments.design import identity
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.settings.schema import dump_settings

TINY = ("community.size=50", "horizon=10", "burn_in=0")


def job_names(*words):
    study = plan_study(StudyRequest((*words, *TINY)))
    return [
        job.name for point in study.points for job in study.jobs(point, range(study.replicates))
    ]


def test_equal_settings_have_equal_identities_however_they_are_written():
    assert job_names("firm.set_point=0.70") == job_names("firm.set_point=0.7")


def test_settings_seeds_and_worlds_change_the_identity_of_a_job():
    names = job_names("firm.set_point=0.7")
    names += job_names("firm.set_point=0.71")
    names += job_names("firm.set_point=0.7", "seed=1")
    names += job_names("firm.set_point=0.7", "replicates=2")
    assert len(set(names)) == 4


def test_seed_and_replicates_are_no_part_of_the_identity_of_settings():
    one = dump_settings(compose(*TINY))
    other = dump_settings(compose(*TINY, "seed=7", "replicates=30"))
    assert identity.settings_identity(one) == identity.settings_identity(other)


def test_canonical_json_does_not_depend_on_the_order_of_names():
    assert identity.canonical_json({"b": 1, "a": [2]}) == b'{"a":[2],"b":1}'
    assert identity.canonical_json({"a": [2], "b": 1}) == b'{"a":[2],"b":1}'


def test_digest_keeps_its_parts_apart():
    assert identity.digest(b"ab", b"c") != identity.digest(b"a", b"bc")
    assert len(identity.digest(b"a")) == 16


def test_contents_of_a_named_file_change_the_identity(tmp_path):
    path = tmp_path / "friends.edges"
    path.write_text("ann bob\n")
    words = ("network=file", f"network.path={path}", "community.size=3")
    settings = dump_settings(compose(*words))
    before = identity.settings_identity(settings)
    path.write_text("ann bob\nbob cem\n")
    os.utime(path, ns=(1, 1))  # a change within the clock's resolution
    assert identity.settings_identity(settings) != before


def test_contents_of_a_table_of_people_change_the_identity(tmp_path):
    (tmp_path / "friends.edges").write_text("ann bob\n")
    people = tmp_path / "people.csv"
    people.write_text("id\nann\n")
    words = (f"network.path={tmp_path}/friends.edges", f"network.nodes={people}")
    settings = dump_settings(compose("network=file", *words))
    before = identity.settings_identity(settings)
    people.write_text("id\nann\nzoe\n")
    os.utime(people, ns=(1, 1))
    assert identity.settings_identity(settings) != before
    people.unlink()
    with pytest.raises(EquipoiseError, match=r"network\.nodes=.*people\.csv cannot be read"):
        identity.settings_identity(settings)


@pytest.mark.parametrize("setting", ["network.path", "network.nodes", "environment.path"])
def test_devices_are_refused_before_they_are_read(setting):
    words = ["network=file", "network.path=x.csv", "environment=replay", f"{setting}=/dev/zero"]
    kept = [word for word in words if word != "network.path=x.csv" or setting == "network.path"]
    settings = dump_settings(compose(*kept))
    with pytest.raises(EquipoiseError, match=f"{setting}=/dev/zero cannot be read: it is a device"):
        identity.settings_identity(settings)


def test_missing_file_is_named_with_its_setting():
    settings = dump_settings(compose("network=file", "network.path=nowhere.edges"))
    with pytest.raises(EquipoiseError, match=r"network\.path=nowhere\.edges cannot be read"):
        identity.settings_identity(settings)


def test_code_versions_hold_libraries_python_and_the_source():
    versions = identity.code_versions()
    assert {"equipoise", "numpy", "numba", "python", "source"} <= set(versions)
    assert not {"mesa", "machine"} & set(versions)
    assert versions["processor"] in ("fma", "no fma")


def test_source_of_the_measures_changes_the_code_versions(monkeypatch):
    before = identity.code_versions()
    identity.code_versions.cache_clear()
    monkeypatch.setattr(identity, "measuring_modules", lambda: ["equipoise.analysis.measures"])
    changed = identity.code_versions()
    identity.code_versions.cache_clear()
    assert changed["source"] != before["source"]
    assert changed["numpy"] == before["numpy"]


def test_measuring_modules_are_the_summary_and_all_that_it_uses_of_the_analysis():
    modules = identity.measuring_modules()
    assert {"equipoise.analysis.summary", "equipoise.analysis.measures"} <= set(modules)
    for module in modules:
        names = vars(importlib.import_module(module)).values()
        homes = {str(getattr(value, "__module__", "")) for value in names}
        used = {home for home in homes if home.startswith("equipoise.analysis.")}
        assert used <= set(modules)
