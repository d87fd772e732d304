"""Mesa's door: a user of Mesa steps the community, looks at its agents, collects data and overrides a rule."""

import mesa
import numpy as np
import pandas as pd
import pytest

from equipoise.consumers.state import CUSTOMER, STATE_FIELDS
from equipoise.consumers.traits import Traits
from equipoise.mesa_model import BrandCommunity, Consumer
from equipoise.model import World
from equipoise.network import Network
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS
from equipoise.settings.settings import Settings


def settings(**given):
    people = {"community": {"size": 60, "people": {"voice_mean": 0.5}}}
    return Settings.model_validate(
        {"burn_in": 0, "horizon": 20, "engine": "agents", **people, **given}
    )


@pytest.fixture
def model():
    model = BrandCommunity(settings())
    for _ in range(5):
        model.step()
    return model


def test_a_brand_community_is_a_mesa_model_of_mesa_agents(model):
    assert isinstance(model, mesa.Model)
    assert len(model.agents) == 60
    assert all(isinstance(each, Consumer) and isinstance(each, mesa.Agent) for each in model.agents)
    assert model.world.day == 5
    assert model.agents_by_type[Consumer] is not None


def test_agents_can_be_selected_sorted_and_summed_up(model):
    customers = model.agents.select(lambda each: each.stage == CUSTOMER)
    assert 0 < len(customers) < 60
    mean = customers.agg("satisfaction", np.mean)
    assert mean == pytest.approx(model.latest("satisfaction"), rel=1e-6)
    ranked = model.agents.sort("trust", ascending=True).get("trust")
    assert list(ranked) == sorted(ranked)
    assert len(model.agents.groupby("tribe").groups) > 1


def test_every_field_and_trait_is_an_attribute_and_shows_the_arrays(model):
    for number in (0, 31, 59):
        consumer = model.consumers[number]
        assert consumer.number == number
        for field in STATE_FIELDS:
            np.testing.assert_array_equal(
                getattr(consumer, field.name), getattr(model.world.people, field.name)[number]
            )
        for name in Traits._fields:
            np.testing.assert_array_equal(
                getattr(consumer, name), getattr(model.world.traits, name)[number]
            )


def test_what_an_agent_is_told_the_world_sees(model):
    model.consumers[3].satisfaction = 0.25
    assert model.world.people.satisfaction[3] == 0.25
    model.agents.do(lambda each: setattr(each, "trust", 0.5))
    assert set(model.world.people.trust.tolist()) == {0.5}


def test_traits_cannot_be_changed(model):
    with pytest.raises(AttributeError, match="no setter"):
        model.consumers[0].conformity = 0.5


def test_neighbours_are_those_of_the_network(model):
    network = model.world.network
    for consumer in model.consumers[:10]:
        row = network.neighbours[
            network.starts[consumer.number] : network.starts[consumer.number + 1]
        ]
        assert [each.number for _, each in consumer.neighbours()] == row.tolist()


def test_data_is_collected_in_frames(model):
    table = model.datacollector.get_model_vars_dataframe()
    assert isinstance(table, pd.DataFrame)
    np.testing.assert_array_equal(table["satisfaction"], model.world.record.census.satisfaction[:5])
    np.testing.assert_array_equal(table["uses"], model.world.record.census.uses[:5])
    people = model.datacollector.get_agent_vars_dataframe()
    assert people.shape == (5 * 60, 3)
    last = people.xs(5, level="Step")
    np.testing.assert_array_equal(last["satisfaction"].to_numpy(), model.world.people.satisfaction)


def test_before_the_first_day_there_is_nothing_to_tell():
    model = BrandCommunity(settings())
    assert np.isnan(model.latest("satisfaction"))
    assert model.datacollector.get_model_vars_dataframe().empty


class Stoic(Consumer):
    """A consumer whom nobody moves."""

    def listen(self):
        self.heard_weight = self.heard_sum = self.heard_voices = 0


def test_a_subclass_overrides_a_rule():
    stoic = BrandCommunity(settings(), consumer=Stoic)
    ordinary = BrandCommunity(settings())
    moved = {id(stoic): 0.0, id(ordinary): 0.0}
    for model in (stoic, ordinary):
        for _ in range(10):
            model.step()
            moved[id(model)] += np.abs(model.world.people.moved[:, 1:3]).sum()
    assert all(isinstance(each, Stoic) for each in stoic.agents)
    assert moved[id(stoic)] == 0 < moved[id(ordinary)]


def test_every_step_of_the_schedule_is_a_method_to_override():
    for step in (*CONSUMER_STEPS, *SOCIAL_STEPS):
        assert callable(getattr(Consumer, step.name)), step.name
        assert getattr(Consumer, step.name).__doc__, step.name


def test_each_step_of_a_consumers_day_is_taken_once_and_in_order():
    taken = []

    class Watched(Consumer):
        def __getattribute__(self, name):
            if name in steps:
                taken.append((object.__getattribute__(self, "number"), name))
            return super().__getattribute__(name)

    steps = {step.name for step in CONSUMER_STEPS}
    BrandCommunity(settings(community={"size": 3}), consumer=Watched).step()
    assert taken == [(number, step.name) for number in range(3) for step in CONSUMER_STEPS]


def test_the_arrays_engine_under_a_brand_community_gives_the_same():
    fast, slow, bare = (
        BrandCommunity(settings(engine="arrays")),
        BrandCommunity(settings()),
        World(settings()),
    )
    for _ in range(8):
        fast.step()
        slow.step()
        bare.step()
    assert fast.world.engine is not slow.world.engine
    for field, a, b, c in zip(
        STATE_FIELDS, fast.world.people, slow.world.people, bare.people, strict=True
    ):
        np.testing.assert_array_equal(a, b, err_msg=field.name)
        np.testing.assert_array_equal(a, c, err_msg=field.name)
    pd.testing.assert_frame_equal(
        fast.datacollector.get_agent_vars_dataframe(), slow.datacollector.get_agent_vars_dataframe()
    )
    assert fast.consumers[4].satisfaction == slow.consumers[4].satisfaction


def test_a_users_own_network_and_model_fit_in():
    class Studied(BrandCommunity):
        def step(self):
            super().step()
            self.unhappy = len(self.agents.select(lambda each: each.satisfaction < 0.5))

    pair = Network(np.array([0, 1, 2]), np.array([1, 0], np.uint32), np.zeros(2, np.uint32))
    model = Studied(settings(), network=pair)
    model.step()
    assert len(model.agents) == 2
    assert 0 <= model.unhappy <= 2


def test_mesas_own_generator_is_seeded_and_moves_nothing():
    one, other = BrandCommunity(settings(seed=4)), BrandCommunity(settings(seed=4))
    assert one.rng.random() == other.rng.random()
    one.random.random()
    one.step()
    other.step()
    np.testing.assert_array_equal(one.world.people.satisfaction, other.world.people.satisfaction)
