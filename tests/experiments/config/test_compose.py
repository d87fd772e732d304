"""From words to settings: what is chosen wins in order, and every mistake gets one line with the way out."""

import threading
from pathlib import Path

import numpy as np
import pytest
import yaml
from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.catalogue import list_entries
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import OPTION_GROUPS, list_options
from equipoise.model import World
from equipoise.settings.schema import dump_settings, part_kinds
from equipoise.settings.settings import Settings


def problems(*overrides: str, config_dirs: tuple[Path, ...] = ()) -> tuple[str, ...]:
    try:
        compose(*overrides, config_dirs=config_dirs)
    except EquipoiseError as error:
        return error.problems
    return ()


def by_option() -> list[tuple[tuple[str, ...], list]]:
    """Return the settings that have a path of their own, with the override that brings them into being."""
    found: dict[str, list] = {}
    for entry in list_entries():
        group, _, kind = entry.owner.partition("=")
        if "<" not in entry.path and (not kind or kind in list_options(group)):
            found.setdefault(entry.owner, []).append(entry)
    return [
        (
            (owner.replace("effector=", "effector=[") + "]" * owner.startswith("effector"),)
            if owner
            else (),
            members,
        )
        for owner, members in found.items()
    ]


def test_nothing_said_gives_the_defaults_of_the_records():
    composed = compose()
    assert composed.strategy.name == "do_nothing"
    assert composed.model_copy(update={"strategy": Settings().strategy}) == Settings()


def test_a_strategy_sets_its_parts_and_a_choice_wins():
    settings = compose("strategy=pid_survey", "receptor=oracle", "control_center.kp=3", "seed=7")
    assert settings.receptor.kind == "oracle"
    assert (settings.control_center.kind, settings.control_center.kp) == ("pid", 3)
    assert list(settings.effector) == list(compose("strategy=pid_survey").effector)
    assert settings.seed == 7
    assert (
        compose("receptor=oracle", "strategy=pid_survey").receptor.kind == "oracle"
    )  # in any order


def test_a_changed_strategy_is_named_by_its_change():
    assert compose("strategy=pid_survey", "receptor=oracle").strategy.name == "pid_survey+oracle"
    assert compose("receptor=oracle").strategy.name == "custom"
    assert compose("strategy=pid_survey", "effector=[]").strategy.name == "pid_survey+nothing"


def test_values_keep_what_stands_beside_them():
    firm = compose("firm.departments.service.capacity=60", "firm.set_point=.7").firm
    assert (firm.departments["service"].capacity, firm.set_point) == (60, 0.7)
    assert firm.departments["service"].delivers == Settings().firm.departments["service"].delivers
    assert firm.departments.keys() == Settings().firm.departments.keys()
    assert firm.band == Settings().firm.band


def test_the_last_word_wins():
    assert compose("seed=1", "seed=2").seed == 2
    assert compose("strategy=pid_survey", "strategy=oracle").strategy.name == "oracle"


def test_a_plus_is_not_needed_and_does_no_harm():
    assert (
        compose("firm.set_point=.6")
        == compose("+firm.set_point=.6")
        == compose("++firm.set_point=.6")
    )


def test_named_members_can_be_added_and_removed():
    settings = compose(
        "environment=recall", "environment.disturbances.storm={department: sales, size: .1}"
    )
    assert list(settings.environment.disturbances) == ["product_fault", "failing_units", "storm"]
    assert "sales" not in compose("~firm.departments.sales").firm.departments
    assert list(compose("strategy=pid_survey", "~effector.repair").effector) == ["respond"]


def test_values_may_refer_to_others():
    assert compose("firm.promise=${firm.set_point}", "firm.set_point=.61").firm.promise == 0.61
    assert "not found" in problems("firm.promise=${firm.nothing}")[0]


@pytest.mark.parametrize(
    "name", ["a b.csv", "friends (1).csv", "a,b.csv", "é.csv", "~/x.csv", "a=b.csv", "'q r.csv'"]
)
def test_a_path_is_taken_as_it_is_written(name):
    network = compose("network=file", f"network.path={name}", f"network.nodes={name}").network
    assert network.path == network.nodes == name.strip("'")


def test_columns_of_a_network_file_are_names_or_numbers():
    words = ("network=file", "network.path=a.csv")
    network = compose(*words, "network.columns=[From ID,to]", "network.weight=4").network
    assert (network.columns, network.weight) == (("From ID", "to"), "4")
    assert compose(*words, "network.columns=[2,3]").network.columns == ("2", "3")
    assert "a tie has two people" in problems(*words, "network.columns=[2]")[0]
    assert "Allowed: a list of names" in problems(*words, "network.columns=source")[0]


@pytest.mark.parametrize(
    ("group", "option"), [(g, o) for g in OPTION_GROUPS for o in list_options(g)]
)
def test_every_option_composes(group, option):
    settings = compose(f"{group}=[{option}]" if group == "effector" else f"{group}={option}")
    chosen = dump_settings(settings)[group]
    given = (Path(__file__).parents[3] / "configs" / group / f"{option}.yaml").read_text("utf-8")
    told = yaml.safe_load(given) or {}
    told = told["strategy"] if group == "strategy" else told
    part = chosen[option] if group == "effector" and "kind" in told else chosen
    for name, value in told.items():
        if name != "defaults" and not isinstance(value, dict):
            assert part[name] == value, name


@pytest.mark.parametrize("family", ["networks", "receptors", "control_centers", "effectors"])
def test_every_kind_has_an_option(family):
    for kind in part_kinds(family):
        group = family.removesuffix("s")
        settings = compose(f"{group}=[{kind}]" if group == "effector" else f"{group}={kind}")
        part = settings.effector[kind] if group == "effector" else getattr(settings, group)
        assert part.kind == kind


@pytest.mark.parametrize("sign", ["", "+", "++"])
def test_every_misspelled_setting_is_refused_with_the_right_spelling(sign):
    count = 0
    for choice, members in by_option():
        told = problems(*choice, *(f"{sign}{entry.path}x=1" for entry in members))
        heads = [line.split(" Allowed")[0] for line in told]
        assert heads == [f"{e.path}x is not known. Did you mean {e.path!r}?" for e in members]
        count += len(members)
    assert count > 200


@pytest.mark.parametrize("value", ["-1e30", "1e30", "nan", "inf", "abc", "true", "[]", "{}"])
def test_every_number_refuses_what_is_out_of_range_not_finite_or_no_number(value):
    count = 0
    for choice, members in by_option():
        numbers = [
            entry for entry in members if entry.allowed.startswith(("a number,", "a whole number,"))
        ]
        told = problems(*choice, *(f"{entry.path}={value}" for entry in numbers))
        assert len(told) == len(numbers)
        for entry in numbers:
            (line,) = (line for line in told if line.startswith(f"{entry.path}="))
            assert f"is not allowed. Allowed: {entry.allowed}" in line
            assert entry.unit in line
        count += len(numbers)
    assert count > 150


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("seed=abc", "seed=abc is not allowed. Allowed: a whole number, 0 to 9223372036854775807."),
        ("seed=1.5", "seed=1.5 is not allowed. Allowed: a whole number"),
        ("horizon=-1", "Allowed: a whole number, 0 to 100,000 (day)."),
        ("firm.set_point=1.7", "firm.set_point=1.7 is not allowed. Allowed: a number, 0 to 1."),
        ("firm.band=null", "firm.band=null is not allowed"),
        (
            "engine=agent",
            "engine=agent is not allowed. Allowed: arrays, agents. Did you mean 'agents'?",
        ),
        ("set_point=.4", "set_point is not known. Did you mean 'firm.set_point'?"),
        (
            "strategy=pid_survay",
            "strategy=pid_survay is not known. Did you mean 'pid_survey'? Allowed: balanced,",
        ),
        ("stratgy=pid_survey", "stratgy is not known. Did you mean 'strategy'?"),
        ("receptor=null", "receptor=null is not known. Allowed: behaviour, blind,"),
        ("community={size: 5}", "is not known. Allowed: bass,"),
        ("effector=[repair,foo]", "effector=foo is not known."),
        ("effector=repair,respond", "Write a list in brackets: [a,b]."),
        ("seed=1=2", "'seed=1=2' cannot be read"),
        ("firm.band='x", "cannot be read"),
        ("firm.claimed=[1,2", "cannot be read"),
        ("seed", "'seed' cannot be read. Write setting=value"),
        ("=3", "'=3' cannot be read"),
        ("seed.x=4", "seed.x is not known: seed has no settings of its own."),
        ("firm=5", "firm=5 is not allowed. Allowed: settings of its own (set_point,"),
        (
            "firm.claimed=[1,a,0,0,0,0,0,0,0,0]",
            "firm.claimed.1=a is not allowed. Allowed: a list of 10 numbers.",
        ),
        ("~firm.set_point", "firm.set_point cannot be removed"),
        ("~firm.set_pont", "Did you mean 'firm.set_point'?"),
        ("receptor.kind=survey", "Choose another kind by receptor=option."),
        ("control_center.kp=3", "control_center.kp is not known. It belongs to control_center=pid"),
        (
            "effector.repair.rate=.1",
            "effector.repair is not chosen. Choose it first: effector=[repair].",
        ),
        ("firm.departments.servce.capacity=3", "Did you mean 'firm.departments.service'?"),
        (
            "firm.departments.legal={capabilty: .3}",
            "Did you mean 'firm.departments.legal.capability'?",
        ),
        (
            "firm.departments.legal={capability: 3}",
            "firm.departments.legal.capability=3 is not allowed",
        ),
        (
            "environment.disturbances.x.size=3",
            "environment.disturbances.x is not known. None is available.",
        ),
        ("hydra.verbose=true", "hydra is not known"),
        ("replicates=0", "Allowed: a whole number, 1 to"),
        ("community.size=0", "Allowed: a whole number, 1 to 10,000,000 (people)."),
    ],
)
def test_each_mistake_gets_its_line(override, told):
    (problem,) = problems(override)
    assert told in problem
    assert "\n" not in problem


def test_all_mistakes_are_told_at_once():
    told = problems(
        "seed=abc",
        "strategy=nope",
        "firm.bandd=1",
        "seed=1=2",
        "community.size=-3",
        "control_center.kp=2",
    )
    assert (
        len(told) == 5
    )  # which control center there would be depends on the strategy: nothing is said of it
    assert compose("seed=3").seed == 3


def test_what_does_not_go_together_is_refused():
    both = problems(
        "seed=9223372036854775807",
        "replicates=2",
        "community.people.customers=.9",
        "firm.claimed=[1,2]",
    )
    assert len(both) == 8
    assert all("is missing. Allowed: a list of 10 numbers." in line for line in both)
    both = problems("seed=9223372036854775807", "replicates=2", "community.people.customers=.95")
    assert both[0].endswith("the last seed is too large.")
    assert both[1].endswith("Their sum may be 1 at most.")


@hypothesis_settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_text_is_settings_or_lines(text):
    for told in problems(text):
        assert told
        assert "\n" not in told.replace(text, "")


def test_own_folder_of_options(tmp_path):
    for group, name, content in (
        ("receptor", "weekly", "kind: survey\nevery: 7\n"),
        (
            "environment",
            "two",
            "name: two\ndisturbances:\n  storm: {kind: fault, department: sales, start: 3}\n",
        ),
        (
            "strategy",
            "mine",
            "# @package _global_\ndefaults:\n  - override /receptor: weekly\nstrategy: {name: mine}\n",
        ),
        ("community", "bad", "name: bad\npeople: {mobile_shar: 1}\n"),
        ("community", "torn", "name: [\n"),
    ):
        (tmp_path / "my options, (1)" / group).mkdir(parents=True, exist_ok=True)
        (tmp_path / "my options, (1)" / group / f"{name}.yaml").write_text(content)
    folder = tmp_path / "my options, (1)"
    settings = compose("strategy=mine", "environment=two", config_dirs=[folder])
    assert (settings.receptor.every, settings.strategy.name) == (7, "mine")
    assert settings.environment.disturbances["storm"].start == 3
    assert (
        "community.people.mobile_shar is not known. Did you mean 'community.people.mobile_share'?"
        in (problems("community=bad", config_dirs=(folder,))[0])
    )
    assert len(problems("community=torn", config_dirs=(folder,))) == 1
    assert "Did you mean 'weekly'?" in problems("receptor=weekley", config_dirs=(folder,))[0]
    assert "there is no such folder" in problems(config_dirs=(tmp_path / "none",))[0]
    assert problems("receptor=weekly")  # without the folder it is unknown again


def test_composing_leaves_hydra_as_it_was_and_works_in_threads(tmp_path):
    (tmp_path / "strategy").mkdir()
    with initialize_config_module("equipoise.configs", version_base="1.3"):
        around = GlobalHydra.instance().hydra
        assert around is not None
        compose("seed=99", config_dirs=[tmp_path])
        assert GlobalHydra.instance().hydra is around
    got: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=n: got.append(compose(f"seed={n}", config_dirs=[tmp_path]).seed)
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(8))
    assert GlobalHydra.instance().hydra is None


def test_one_composed_data_does_not_leak_into_the_next():
    compose(
        "strategy=pid_survey", "effector.repair.rate=.5", "firm.departments.sales.capability=.1"
    )
    again = compose("strategy=pid_survey")
    assert again.effector["repair"].rate != 0.5
    assert again.firm.departments["sales"].capability != 0.1


# the communities with known answers


def lived(*overrides: str) -> World:
    world = World(compose("burn_in=0", "precision=double", *overrides))
    world.start = world.people.satisfaction.copy()
    world.run()
    return world


def test_in_the_still_community_nothing_happens():
    world = lived("community=still", "horizon=40", "community.size=200", "environment=recall")
    np.testing.assert_array_equal(world.people.satisfaction, world.start)
    assert world.record.census["posts"].sum() == 0
    assert world.record.census["uses"].sum() == 0
    assert (world.record.census["stage"] == world.record.census["stage"][0]).all()


def test_the_degroot_community_agrees_on_the_weighted_mean():
    world = lived(
        "community=degroot", "network=barabasi_albert", "horizon=300", "community.size=200"
    )
    degree = np.diff(world.network.starts)
    np.testing.assert_allclose(
        world.people.satisfaction, degree @ world.start / degree.sum(), atol=1e-8
    )
    assert world.start.std() > 0.1


def test_the_friedkin_johnsen_community_settles_between_experience_and_neighbours():
    world = lived(
        "community=friedkin_johnsen", "network=barabasi_albert", "horizon=200", "community.size=200"
    )
    heard = np.zeros((200, 200))
    for i in range(200):
        mine = world.network.neighbours[world.network.starts[i] : world.network.starts[i + 1]]
        heard[i, mine] = 1 / len(mine)
    pull, social = 0.2, 0.5
    mixed = (1 - social) * np.eye(200) + social * heard
    goal = np.linalg.solve(np.eye(200) - (1 - pull) * mixed, pull * mixed @ world.people.utility)
    np.testing.assert_allclose(world.people.satisfaction, goal, atol=1e-8)
    assert goal.std() > 0.005


def test_the_bass_community_follows_the_curve():
    world = lived("community=bass", "horizon=500", "community.size=20000")
    aware = 1 - world.record.census["stage"][:, 0] / 20_000
    for years, share in ((5, 0.3312), (6.193, 0.4605), (10, 0.8128)):
        assert aware[round(years * 50) - 1] == pytest.approx(share, abs=0.02)


def test_the_rational_community_is_the_ordinary_one_without_its_quirks():
    world = lived("community=rational", "horizon=30", "community.size=200")
    assert not world.traits.conformity.any()
    assert not world.record.census["by"][:, 1].any()  # peers move nobody


def test_names_are_looked_at_with_all_else():
    """Departments and effectors, in the environment and in the control center, beside other mistakes."""
    said = problems(
        "strategy=pid_survey",
        "control_center.mix={repiar:1}",
        "environment.disturbances={a:{kind:fault,department:prodct},b:{kind:firestorm,department:nobody}}",
        "environment.topics={late:operatoins,odd:''}",
        "horizon=-1",
    )
    assert len(said) == 4
    for each in (
        "control_center.mix 'repiar' is not known. Did you mean 'repair'?",
        "environment.disturbances.a.department 'prodct' is not known. Did you mean 'product'?",
        "environment.topics: the department of 'late', 'operatoins' is not known. Did you mean 'operations'?",
        "horizon=-1 is not allowed.",
    ):
        assert any(line.startswith(each) for line in said), each


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("seats={prodct:1}",),
            "control_center.seats 'prodct' is not known. Did you mean 'product'?",
        ),
        (
            ("weights={sale:1}",),
            "control_center.weights 'sale' is not known. Did you mean 'sales'?",
        ),
        (
            ("messengers=[markting]",),
            "control_center.messengers 'markting' is not known. Did you mean 'marketing'?",
        ),
        (
            ("routine={repiar:1}",),
            "control_center.routine 'repiar' is not known. Did you mean 'repair'?",
        ),
        (("seats={product:0}",), "control_center.seats leaves the table empty"),
    ],
)
def test_names_at_the_table_are_looked_at_when_settings_are(words, said):
    told = problems("strategy=weekly_team", *(f"control_center.{word}" for word in words))
    assert len(told) == 1
    assert told[0].startswith(said)


def test_names_are_those_of_the_firm_at_hand():
    """No complaint about a department that the firm does have, though other settings are wrong."""
    firm = "firm.departments={lab:{delivers:[1,1,1,1]}}"
    there = "environment.disturbances={a:{kind:fault,department:lab}}"
    assert problems(firm, there) == ()
    assert len(problems(firm, there, "firm.band=9")) == 1
    assert len(problems(firm, there, "horizon=-1")) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"seed": True},
        {"firm": {"band": False}},
        {"community": {"size": True}},
        {"firm": {"inertia": True}},
    ],
)
def test_a_flag_is_no_number_in_python_either(given):
    with pytest.raises(ValidationError, match="give a number, not true or false"):
        Settings.model_validate(given)


def test_flags_stay_flags_and_whole_numbers_numbers():
    made = Settings.model_validate({"seed": 7, "environment": {"replay": False}})
    assert made.seed == 7
    assert made.environment.replay is False
    assert Settings(seed=3.0).seed == 3
