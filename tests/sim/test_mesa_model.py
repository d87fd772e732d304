"""The community as a Mesa model: agents, time, data, overrides, copies, forks, visualisation."""

import copy
import pickle

import mesa
import numpy as np
import pandas as pd
import pytest

from equipoise import compose
from equipoise.consumers.state import CAUSE_PEERS, CUSTOMER, STATE_FIELDS
from equipoise.consumers.traits import Traits
from equipoise.errors import EquipoiseError
from equipoise.mesa_consumer import Consumer
from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.network import Network
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS
from equipoise.settings.settings import Settings

TROUBLE = {"failure_rate": 0.3, "disturbances": {"fault": {"start": 3, "size": 0.6}}}
CARING = {
    "receptor": {"kind": "oracle"},
    "control_center": {"kind": "threshold", "trigger": -25, "release": -25},
    "effector": {"repair": {"kind": "repair"}, "respond": {"kind": "respond", "replies": 20}},
}


def settings(**given):
    people = {"community": {"size": 60, "people": {"voice_mean": 0.5}}}
    return Settings.model_validate(
        {"burn_in": 0, "horizon": 20, "engine": "agents", **people, **given}
    )


def run_days(model, days):
    for _ in range(days):
        model.step()
    return model


def assert_same_people(one, other):
    for field, a, b in zip(STATE_FIELDS, one.world.people, other.world.people, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=field.name)


def assert_same_records(one, other):
    a = one.world.record.columns()
    b = other.world.record.columns()
    assert list(a) == list(b)
    for name, column in a.items():
        np.testing.assert_array_equal(column, b[name], err_msg=name)


@pytest.fixture
def model():
    return run_days(BrandCommunity(settings()), 5)


# agents


def test_a_brand_community_is_a_mesa_model_of_mesa_agents(model):
    assert isinstance(model, mesa.Model)
    assert len(model.agents) == 60
    assert all(isinstance(agent, Consumer) for agent in model.agents)
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert len(model.agents_by_type[Consumer]) == 60


def test_agents_can_be_selected_sorted_and_aggregated(model):
    customers = model.agents.select(lambda consumer: consumer.stage == CUSTOMER)
    assert 0 < len(customers) < 60
    mean = customers.agg("satisfaction", np.mean)
    assert mean == pytest.approx(model.latest("satisfaction"), rel=1e-6)
    ranked = model.agents.sort("trust", ascending=True).get("trust")
    assert list(ranked) == sorted(ranked)
    assert len(model.agents.groupby("tribe").groups) > 1


@pytest.mark.parametrize("number", [0, 31, 59])
def test_every_field_and_trait_is_an_attribute_that_shows_the_arrays(model, number):
    consumer = model.consumers[number]
    assert consumer.number == number
    for holder, names in (
        (model.world.people, [field.name for field in STATE_FIELDS]),
        (model.world.traits, Traits._fields),
    ):
        for name in names:
            expected = getattr(holder, name)[number]
            np.testing.assert_array_equal(getattr(consumer, name), expected, err_msg=name)
    assert consumer.fit == model.world.fit[number]


def test_every_field_has_its_meaning_as_docstring():
    for field in STATE_FIELDS:
        assert getattr(Consumer, field.name).__doc__ == field.meaning


def test_changes_of_an_agent_change_the_world(model):
    model.consumers[3].satisfaction = 0.25
    assert model.world.people.satisfaction[3] == 0.25
    model.agents.do(lambda consumer: setattr(consumer, "trust", 0.5))
    assert set(model.world.people.trust.tolist()) == {0.5}


def test_traits_cannot_be_changed(model):
    with pytest.raises(AttributeError, match="no setter"):
        model.consumers[0].conformity = 0.5


def test_neighbours_are_those_of_the_network(model):
    network = model.world.network
    for consumer in model.consumers[:10]:
        start, end = network.starts[consumer.number : consumer.number + 2]
        neighbours = [neighbour.number for _, neighbour in consumer.neighbours()]
        assert neighbours == network.neighbours[start:end].tolist()


def test_a_users_network_and_a_subclass_of_the_model_fit_in():
    class Counting(BrandCommunity):
        def step(self):
            super().step()
            self.unhappy = len(self.agents.select(lambda consumer: consumer.satisfaction < 0.5))

    pair = Network(np.array([0, 1, 2]), np.array([1, 0], np.uint32), np.zeros(2, np.uint32))
    model = run_days(Counting(settings(), network=pair), 1)
    assert len(model.agents) == 2
    assert 0 <= model.unhappy <= 2


# time


@pytest.mark.parametrize("engine", ["arrays", "agents"])
def test_the_model_runs_until_its_horizon(engine):
    model = BrandCommunity(settings(engine=engine, burn_in=3, horizon=4))
    days = []
    while model.running:
        model.step()
        days.append(model.steps)
    assert days == list(range(1, 8))
    assert model.world.day == 7


def test_run_model_runs_to_the_end():
    model = BrandCommunity(settings())
    model.run_model()
    assert (model.steps, model.running) == (20, False)


def test_a_step_after_the_horizon_says_what_to_do():
    model = BrandCommunity(settings(horizon=1))
    model.run_model()
    with pytest.raises(EquipoiseError, match=r"ended after 1 days\. Set a longer horizon"):
        model.step()


# data


def test_data_is_collected_in_frames(model):
    table = model.datacollector.get_model_vars_dataframe()
    assert isinstance(table, pd.DataFrame)
    np.testing.assert_array_equal(table["satisfaction"], model.world.record.census.satisfaction[:5])
    np.testing.assert_array_equal(table["uses"], model.world.record.census.uses[:5])
    people = model.datacollector.get_agent_vars_dataframe()
    assert people.shape == (5 * 60, 3)
    last = people.xs(5, level="Step")
    np.testing.assert_array_equal(last["satisfaction"].to_numpy(), model.world.people.satisfaction)


def test_before_the_first_day_there_are_no_data():
    model = BrandCommunity(settings())
    assert np.isnan(model.latest("satisfaction"))
    assert model.datacollector.get_model_vars_dataframe().empty


def test_today_is_the_offer_of_the_last_day(model):
    assert model.today.day == 4
    assert model.today.quality.shape == (4,)
    arrays = run_days(BrandCommunity(settings(engine="arrays")), 5)
    assert arrays.today.day == 4
    assert arrays.consumers[2].draw(23) == model.consumers[2].draw(23)


def test_batch_run_varies_the_settings():
    given = [settings(horizon=2), settings(horizon=4, environment=TROUBLE)]
    rows = mesa.batch_run(BrandCommunity, {"settings": given}, display_progress=False)
    assert sorted({row["Step"] for row in rows}) == [
        1,
        3,
    ]  # the last days, which Mesa counts from 0


# overrides


class Stoic(Consumer):
    """A consumer whom word of mouth does not move."""

    def listen(self):
        self.heard_weight = self.heard_sum = self.heard_voices = 0


def test_an_overridden_step_changes_behaviour():
    stoic = run_days(BrandCommunity(settings(), consumer=Stoic), 10)
    ordinary = run_days(BrandCommunity(settings()), 10)
    assert all(isinstance(agent, Stoic) for agent in stoic.agents)
    assert not stoic.world.record.census.by[:, CAUSE_PEERS].any()
    assert ordinary.world.record.census.by[:, CAUSE_PEERS].any()


class Abstinent(Consumer):
    """Consumer 7 never uses the product; the others do as always."""

    def use_product(self):
        if self.number != 7:
            super().use_product()


def test_an_override_for_one_consumer_leaves_all_draws_of_the_others():
    # Without ties and public forum consumers do not affect each other, so equal draws show as
    # equal states.
    apart = {
        "network": {"kind": "tribes", "degree": 0},
        "information": {"regime": "friends"},
        "community": {"size": 60, "people": {"customers": 0.9}, "cycle": {"imitation": 0}},
    }
    changed = run_days(BrandCommunity(settings(**apart), consumer=Abstinent), 15)
    ordinary = run_days(BrandCommunity(settings(**apart)), 15)
    others = np.arange(60) != 7
    for field, a, b in zip(STATE_FIELDS, changed.world.people, ordinary.world.people, strict=True):
        np.testing.assert_array_equal(a[others], b[others], err_msg=field.name)
    assert changed.consumers[7].satisfaction != ordinary.consumers[7].satisfaction


def test_an_override_can_attribute_its_change_of_satisfaction():
    class Cheerful(Consumer):
        def co_create(self):
            super().co_create()
            self.move_satisfaction(1.0, CAUSE_PEERS)

    model = run_days(BrandCommunity(settings(), consumer=Cheerful), 1)
    census = model.world.record.census[0]
    assert census.by[CAUSE_PEERS] > 0
    assert census.by.sum() == pytest.approx(census.by[:-1].sum())


def test_every_step_of_the_schedule_is_a_documented_method():
    for step in (*CONSUMER_STEPS, *SOCIAL_STEPS):
        assert getattr(Consumer, step.name).__doc__, f"write Consumer.{step.name}"


def test_a_consumer_takes_every_own_step_once_and_in_order():
    calls = []
    names = {step.name for step in CONSUMER_STEPS}

    class Watched(Consumer):
        def __getattribute__(self, name):
            if name in names:
                calls.append((object.__getattribute__(self, "number"), name))
            return super().__getattribute__(name)

    run_days(BrandCommunity(settings(community={"size": 3}), consumer=Watched), 1)
    assert calls == [(number, step.name) for number in range(3) for step in CONSUMER_STEPS]


def test_the_arrays_engine_under_a_brand_community_gives_the_same():
    fast = run_days(BrandCommunity(settings(engine="arrays")), 8)
    slow = run_days(BrandCommunity(settings()), 8)
    bare = World(settings())
    for _ in range(8):
        bare.step()
    assert_same_people(fast, slow)
    for field, a, b in zip(STATE_FIELDS, fast.world.people, bare.people, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=field.name)
    pd.testing.assert_frame_equal(
        fast.datacollector.get_agent_vars_dataframe(), slow.datacollector.get_agent_vars_dataframe()
    )
    assert fast.consumers[4].satisfaction == slow.consumers[4].satisfaction


def test_mesas_own_generator_is_seeded_and_moves_nothing():
    one = BrandCommunity(settings(seed=4))
    other = BrandCommunity(settings(seed=4))
    assert one.rng.random() == other.rng.random()
    one.random.random()
    one.step()
    other.step()
    assert_same_people(one, other)


# copies


def clone_by_pickle(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("clone", [copy.deepcopy, clone_by_pickle])
@pytest.mark.parametrize("engine", ["arrays", "agents"])
def test_a_copy_goes_on_as_the_original_and_apart_from_it(clone, engine):
    given = settings(engine=engine, environment=TROUBLE, **CARING)
    consumer = Stoic if engine == "agents" else Consumer
    model = run_days(BrandCommunity(given, consumer=consumer), 6)
    twin = clone(model)
    assert twin.world is not model.world
    assert all(consumer.model is twin for consumer in twin.consumers)
    before = model.world.people.satisfaction.copy()
    twin.run_model()
    np.testing.assert_array_equal(model.world.people.satisfaction, before)
    assert (model.steps, twin.steps) == (6, 20)
    model.run_model()
    assert_same_people(model, twin)
    assert_same_records(model, twin)
    pd.testing.assert_frame_equal(
        model.datacollector.get_model_vars_dataframe(),
        twin.datacollector.get_model_vars_dataframe(),
    )


@pytest.mark.parametrize("engine", ["arrays", "agents"])
def test_forks_with_the_same_strategy_are_the_same(engine):
    model = run_days(BrandCommunity(settings(engine=engine, environment=TROUBLE)), 6)
    forks = [copy.deepcopy(model) for _ in range(2)]
    for fork in forks:
        fork.replace_strategy(settings(engine=engine, environment=TROUBLE, **CARING))
        fork.run_model()
    assert_same_people(*forks)
    assert_same_records(*forks)


def test_a_fork_without_a_new_policy_is_the_original():
    model = run_days(BrandCommunity(settings(environment=TROUBLE)), 6)
    fork = copy.deepcopy(model)
    fork.replace_strategy(model.world.settings)
    model.run_model()
    fork.run_model()
    assert_same_records(model, fork)


def test_forks_differ_only_from_the_first_deed_on():
    passive = settings(environment=TROUBLE)
    active = settings(environment=TROUBLE, **CARING)
    model = run_days(BrandCommunity(passive), 6)
    fork = copy.deepcopy(model)
    fork.replace_strategy(active)
    model.run_model()
    fork.run_model()
    ours = model.world.record
    theirs = fork.world.record
    # Day 6 is the first day of the new firm: it orders in the evening and acts next morning.
    np.testing.assert_array_equal(ours.census[:7], theirs.census[:7])
    assert theirs.log["effort_repair"][6] > 0
    assert theirs.log["fault_product"][-1] < ours.log["fault_product"][-1]
    assert ours.census.satisfaction[-1] < theirs.census.satisfaction[-1]
    assert ours.strikes == theirs.strikes


def test_the_log_of_a_fork_keeps_the_efforts_of_both_strategies():
    model = run_days(BrandCommunity(settings(**CARING)), 4)
    broadcast = {"broadcast": {"kind": "broadcast"}}
    model.replace_strategy(settings(effector=broadcast))
    model.run_model()
    log = model.world.record.log
    assert np.isfinite(log["effort_repair"]).tolist() == [True] * 4 + [False] * 16
    assert np.isfinite(log["effort_broadcast"]).tolist() == [False] * 4 + [True] * 16


def test_a_fork_may_change_nothing_but_the_strategy():
    model = BrandCommunity(settings())
    message = "^seed, firm differ from the settings .* receptor, lens, control_center, effector"
    with pytest.raises(EquipoiseError, match=message):
        model.replace_strategy(settings(seed=3, firm={"promise": 0.9}))


# visualisation


@pytest.mark.filterwarnings("ignore")  # of Mesa and Solara about themselves
def test_mesas_visualisation_shows_steps_and_resets_the_model():
    solara = pytest.importorskip("solara")
    vuetify = pytest.importorskip("ipyvuetify")
    from mesa.visualization import SolaraViz, make_plot_component

    given = settings(engine="arrays", horizon=5)
    model = run_days(BrandCommunity(given), 3)
    plots = [
        make_plot_component({"satisfaction": "tab:blue", "trust": "tab:orange"}),
        make_plot_component("uses", backend="altair"),
    ]

    @solara.component
    def Page():
        with solara.AppLayout():
            SolaraViz(model, components=plots, model_params={"settings": given}, name="Brand")

    _, rendered = solara.render(Page(), handle_error=False)

    def button(label):
        buttons = [element.widget for element in rendered.find(vuetify.Btn)]
        return next(widget for widget in buttons if label in widget.children)

    button("Step").click()
    assert (model.steps, button("Step").disabled) == (4, False)
    button("Step").click()
    assert (model.steps, button("Step").disabled) == (5, True)
    button("Reset").click()
    assert not button("Step").disabled
    rendered.close()


# what is refused


def test_a_consumer_is_not_removed_by_half():
    model = BrandCommunity(compose("engine=agents", "community.size=60", "network.count=6"))
    with pytest.raises(EquipoiseError, match="Consumer 0 cannot be removed: people and ties stay"):
        model.consumers[0].remove()
    assert len(model.agents) == 60


class Bored(Consumer):
    """Never uses the product."""

    def use_product(self):
        pass


class Named(Consumer):
    """Has a name, and lives as the others."""

    name = "Ann"


def test_overridden_steps_are_refused_under_the_array_engine():
    words = ("community.size=60", "network.count=6", "horizon=3", "burn_in=0")
    with pytest.raises(EquipoiseError, match=r"Bored overrides use_product.*Give engine=agents"):
        BrandCommunity(compose("engine=arrays", *words), consumer=Bored)
    model = BrandCommunity(compose("engine=agents", *words), consumer=Bored)
    model.step()
    assert model.latest("uses") == 0
    assert BrandCommunity(compose("engine=arrays", *words), consumer=Named).consumers[0].name


def test_words_are_refused_with_what_to_write():
    with pytest.raises(EquipoiseError, match="BrandCommunity takes settings"):
        BrandCommunity("strategy=oracle")
