"""Files of settings are read once and kept in the run's folder, which needs them no longer."""

import json

import pytest

import equipoise
from equipoise.experiments.execution import single_run
from equipoise.output import run_folder

SMALL = ("community.size=60", "horizon=20", "burn_in=4")
LOG = "time,brand,sentiment,topic,count\n" + "".join(
    f"2024-03-{day:02},A,negative,late,{3 + 9 * (day == 6)}\n" for day in range(1, 21)
)
PLAN = "day,effector,effort,department\n3,repair,0.8,product\n"
STUDY = json.dumps({"kind": "pid", "parameters": {"kp": 9.0}})
CASES = {
    "log.csv": (
        LOG,
        ("environment=replay", "environment.path={}", "environment.topics={late:operations}"),
        "environment.csv",
    ),
    "plan.csv": (
        PLAN,
        ("effector=repair", "control_center=scripted", "control_center.path={}"),
        "control_center.csv",
    ),
    "plan.yaml": (
        "- {day: 3, effector: repair, effort: 1}\n",
        ("effector=repair", "control_center=scripted", "control_center.path={}"),
        "control_center.yaml",
    ),
    "study.json": (
        STUDY,
        (
            "receptor=survey",
            "receptor.every=2",
            "effector=repair",
            "control_center=tuned",
            "control_center.path={}",
        ),
        "control_center.json",
    ),
}


def write_case(tmp_path, name):
    text, words, kept = CASES[name]
    path = tmp_path / name
    path.write_text(text)
    return path, [word.replace("{}", str(path)) for word in words], kept


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_repeated_bit_for_bit_after_its_file_is_gone(tmp_path, name):
    path, words, kept = write_case(tmp_path, name)
    done = equipoise.run(
        equipoise.compose(*SMALL, "environment=recall" if "log" not in name else "seed=0", *words)
    )
    folder = run_folder.save_run(done, tmp_path / "run")
    assert (folder / kept).read_bytes() == path.read_bytes()
    path.unlink()
    settings, _ = single_run.plan_run((), folder, tmp_path / "again", ())
    assert settings == done.settings
    again = equipoise.run(settings)
    assert run_folder.compare_days(done, again) == (True, 24)
    second = run_folder.save_run(again, tmp_path / "again")
    assert (second / kept).read_bytes() == (folder / kept).read_bytes()
    assert run_folder.load_run(second).settings == done.settings
    (folder / kept).unlink()
    with pytest.raises(equipoise.EquipoiseError, match=name):
        equipoise.run(single_run.plan_run((), folder, tmp_path / "third", ())[0])


@pytest.mark.parametrize("name", CASES)
def test_a_file_changed_while_a_run_goes_on_changes_neither_the_run_nor_what_is_kept(
    tmp_path, name
):
    path, words, kept = write_case(tmp_path, name)
    before = path.read_bytes()
    world = ("environment=recall",) if "log" not in name else ()
    settings = equipoise.compose(*SMALL, *world, *words)
    first = equipoise.run(settings)
    path.write_text("nonsense")
    assert run_folder.compare_days(first, equipoise.run(settings)) == (True, 24)
    assert (run_folder.save_run(first, tmp_path / "run") / kept).read_bytes() == before


def test_what_was_held_for_another_path_is_not_used(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text(PLAN)
    other.write_text(PLAN.replace("0.8", "0.3"))
    settings = equipoise.compose(
        "effector=repair", "control_center=scripted", f"control_center.path={one}"
    )
    moved = settings.control_center.model_copy(update={"path": str(other)})
    assert moved.content_if_read() is None
    assert moved.content() == other.read_bytes()
    assert settings.control_center.content_if_read() == one.read_bytes()
    assert settings.control_center.with_content("nowhere.csv", b"x").content() == b"x"


def test_a_run_without_files_keeps_none(tmp_path):
    folder = run_folder.save_run(equipoise.run(equipoise.compose(*SMALL)), tmp_path / "run")
    assert not [*folder.glob("environment.*"), *folder.glob("control_center.*")]
