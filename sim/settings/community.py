"""Settings of a community: the distribution of traits, and the strength of each mechanism.

Every mechanism has a coefficient with a value that turns it off (``off``). The rules that use
these numbers are in ``consumers/rules.py``; a coefficient keeps its name there.
"""

from __future__ import annotations

from equipoise.settings.people import People
from equipoise.settings.schema import SettingsModel, assumption, setting
from equipoise.settings.word_of_mouth import Hearing, Ties, Voice


class Attention(SettingsModel):
    """Reception of the firm's messages."""

    rivalry_weight: float = assumption(
        0.02, "pull of a rival's better offer on expectation", off=0.0, low=0, high=1, unit="1/day"
    )
    promise_weight: float = assumption(
        0.03, "pull of a promise on expectation, per unit of trust", off=0.0, low=0, high=1
    )
    relevant_gain: float = assumption(
        0.02, "satisfaction added by a relevant message", off=0.0, low=0, high=1
    )
    irritation: float = assumption(
        0.04, "fatigue added by an irrelevant message", off=0.0, low=0, high=1
    )
    rest: float = assumption(0.03, "daily decay rate of fatigue", low=0, high=1, unit="1/day")
    mute: float = assumption(
        1.0, "share of messages that a fully fatigued follower misses", off=0.0, low=0, high=1
    )
    unfollow: float = assumption(
        0.02, "chance that a fully fatigued follower stops following", low=0, high=1, unit="1/day"
    )


class Cycle(SettingsModel):
    """The social feedback cycle: unaware, aware, considering, customer, lapsed."""

    innovation: float = assumption(
        0.00008,
        "external influence p at full advertising",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="Bass 1969",
    )
    imitation: float = assumption(
        0.004,
        "internal influence q of talking neighbours",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="Bass 1969",
    )
    # With `comeback` it balances those who leave: no rate of its own is published.
    consider: float = setting(
        0.0015,
        "rate from aware to considering",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="constant shares of stages in calm",
        basis="calibrated",
    )
    buy: float = assumption(
        0.05, "rate from considering to customer", off=0.0, low=0, high=1, unit="1/day"
    )
    lapse: float = assumption(
        0.001, "chance that a customer lapses without a cause", off=0.0, low=0, high=1, unit="1/day"
    )
    comeback: float = setting(
        0.016,
        "rate from lapsed to considering",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="constant shares of stages in calm",
        basis="calibrated",
    )
    record_weight: float = assumption(
        1.0, "weight of the public record in attraction", low=0, high=10
    )
    word_weight: float = assumption(
        1.0, "weight of the perceived norm in attraction", low=0, high=10
    )
    trust_weight: float = assumption(1.0, "weight of trust in attraction", low=0, high=10)
    promise_appeal: float = assumption(0.5, "weight of the promise in attraction", low=0, high=10)
    fit_weight: float = assumption(0.5, "weight of value fit in attraction", low=0, high=10)
    choosiness: float = assumption(
        8.0,
        "steepness of the choice against the competitor",
        off=0.0,
        off_means="a coin",
        low=0,
        high=50,
        source="McFadden 1974",
    )


class Needs(SettingsModel):
    """Questions, complaints and what answers do."""

    question_rate: float = assumption(
        0.01, "chance that a question arises", off=0.0, low=0, high=1, unit="1/day"
    )
    patience: int = assumption(
        7, "days until a person gives up an open question or complaint", low=1, high=365, unit="day"
    )
    need_gain: float = assumption(0.03, "trust gained by a timely answer", off=0.0, low=0, high=1)
    need_loss: float = assumption(
        0.06, "share of trust lost without an answer", off=0.0, low=0, high=1
    )
    desert: float = assumption(
        0.05, "chance to defect to the competitor when a need is not met", off=0.0, low=0, high=1
    )
    peer_help: float = assumption(
        0.03, "chance that a familiar neighbour answers a posted question", off=0.0, low=0, high=1
    )
    community_help: float = assumption(
        3.0, "increase of followers' help in a well-kept brand community", off=0.0, low=0, high=30
    )
    help_depth: float = assumption(0.02, "depth gained by helping", off=0.0, low=0, high=1)
    answer_gain: float = assumption(
        0.15, "pull of a prompt expert answer on satisfaction", off=0.0, low=0, high=1
    )
    # May be negative: a canned answer can be worse than none.
    canned_worth: float = assumption(
        0.1, "worth of a canned answer relative to an expert one", low=-1, high=1
    )
    resentment: float = assumption(
        0.4,
        "harm of a very late answer, relative to the worth of a prompt one",
        off=0.0,
        low=0,
        high=2,
    )
    freshness: float = assumption(
        2.0, "days after which an answer is worth half", low=0.01, high=100, unit="day"
    )


class Experience(SettingsModel):
    """Use, disconfirmation and utility."""

    use_rate: float = assumption(
        0.2, "chance that a customer uses the product", off=0.0, low=0, high=1, unit="1/day"
    )
    noise: float = assumption(
        0.1, "standard deviation of delivered quality between uses", off=0.0, low=0, high=1
    )
    failure_size: float = assumption(
        0.45, "quality lost in a one-off failure", off=0.0, low=0, high=1
    )
    # A meta-analysis, 95 % interval 1.82 to 2.10; the classic study has 2.25.
    loss_aversion: float = setting(
        1.955,
        "weight of a shortfall relative to a gain",
        off=1.0,
        off_means="symmetric",
        low=0,
        high=10,
        source="Brown et al. 2024, JEL",
    )
    # No weight in utility is published.
    disconfirmation: float = setting(
        0.27,
        "weight gamma of disconfirmation in utility",
        off=0.0,
        low=0,
        high=5,
        source="Dellarocas & Wood 2008: 18 to 21 % dissatisfied",
        basis="calibrated",
    )
    # Below 0, so that no drive makes up for a neglected one.
    substitution: float = assumption(
        -2.0,
        "exponent of the CES mean over drives",
        off=1.0,
        off_means="drives replace each other",
        low=-20,
        high=1,
        source="Arrow et al. 1961",
    )
    expectation_rate: float = assumption(
        0.05, "share of the gap by which one use moves expectation", off=0.0, low=0, high=1
    )
    affinity: float = assumption(
        0.4, "effect of value fit above 1/2 on utility", off=0.0, low=0, high=2
    )
    memory_rate: float = assumption(
        0.3,
        "rate at which strong episodes fill the memory trace",
        off=0.0,
        low=0,
        high=1,
        source="Kahneman et al. 1993",
    )


class Thinking(SettingsModel):
    """Two systems of thought."""

    eta1: float = assumption(
        0.05,
        "share of the gap that satisfaction moves under System 1",
        off=0.0,
        low=0,
        high=1,
        source="Kahneman 2011",
    )
    eta2: float = assumption(
        0.2,
        "share of the gap that satisfaction moves under System 2",
        off=0.0,
        low=0,
        high=1,
        source="Kahneman 2011",
    )
    # 1 - 0.05^(1/66): at one use a day, 95 % automatic after 66 days.
    habit: float = setting(
        0.0444,
        "share of unfamiliarity removed by one use",
        off=0.0,
        low=0,
        high=1,
        source="Lally et al. 2010: 95 % at 66",
    )
    startle: float = assumption(
        4.0, "sensitivity of System 2 to surprise", off=0.0, low=0, high=50, source="Kahneman 2011"
    )
    salience: float = assumption(
        1.0,
        "additional weight of a strong episode in satisfaction",
        off=0.0,
        low=0,
        high=10,
        source="Kahneman et al. 1993",
    )


class Trust(SettingsModel):
    """Trust, authenticity and value fit."""

    trust_gain: float = assumption(
        0.01,
        "share of mistrust removed by delivery as promised",
        off=0.0,
        low=0,
        high=1,
        source="Slovic 1993",
    )
    # Published is the direction only: trust falls faster than it rises.
    trust_loss: float = assumption(
        0.2, "trust lost per unit of broken promise", off=0.0, low=0, high=5, source="Slovic 1993"
    )
    tolerance: float = assumption(
        0.15, "shortfall against the promise that costs no trust", low=0, high=1
    )
    fit_gain: float = assumption(
        0.5, "effect of value fit on the growth of trust", off=0.0, low=0, high=1
    )
    exposure: float = assumption(
        0.004,
        "share of trust lost per day and unit of gap between claimed and enacted values",
        off=0.0,
        low=0,
        high=1,
    )
    rumour_loss: float = assumption(
        0.1, "share of trust lost on hearing a rumour", off=0.0, low=0, high=1
    )
    censorship: float = assumption(
        0.2, "share of trust lost by an author whose post is deleted", off=0.0, low=0, high=1
    )
    societal_weight: float = assumption(
        0.2, "weight of society's norms in value fit", off=0.0, low=0, high=1
    )
    trust_start: float = assumption(0.6, "mean initial trust", low=0, high=1)


class Relationship(SettingsModel):
    """Breadth (who follows) and depth (who identifies)."""

    depth_gain: float = assumption(
        0.01, "share of the remaining depth gained by a good use", off=0.0, low=0, high=1
    )
    greeting: float = assumption(
        0.01, "share of the remaining depth gained by a welcome to a post", off=0.0, low=0, high=1
    )
    closeness: float = assumption(
        0.05,
        "depth above which followers accept an invitation to co-create",
        off=0.0,
        off_means="anybody",
        low=0,
        high=1,
    )
    ownership: float = assumption(
        0.05, "share of the remaining depth gained by co-creation", off=0.0, low=0, high=1
    )
    answer_bond: float = assumption(
        0.01, "share of the remaining depth gained by a worthy answer", off=0.0, low=0, high=1
    )
    bond_gain: float = assumption(
        0.002,
        "share of the remaining depth gained by followers in a day of full bonding deeds",
        off=0.0,
        low=0,
        high=1,
    )
    depth_fade: float = assumption(0.001, "daily decay rate of depth", low=0, high=1, unit="1/day")
    follow_rate: float = assumption(
        0.01, "chance that a delighted customer starts to follow the brand", off=0.0, low=0, high=1
    )
    followers: float = assumption(0.2, "initial share of followers", low=0, high=1)
    loyalty: float = assumption(
        0.7, "share of exits prevented by full depth", off=0.0, low=0, high=1
    )
    # Published is the direction only.
    discount: float = assumption(
        0.5,
        "share of bad news discounted by full depth",
        off=0.0,
        low=0,
        high=1,
        source="Elbedweihy et al. 2016",
    )


class Community(SettingsModel):
    """A community of consumers."""

    name: str = setting("ordinary", "name of the community")
    size: int = setting(
        1000, "number of people", low=1, high=10_000_000, unit="people", basis="control"
    )
    scale: int = assumption(
        100,
        "population scale: people whom one simulated consumer represents; it multiplies money",
        low=1,
        high=1000,
        unit="people",
        keywords=("money",),
    )
    people: People = People()
    attention: Attention = Attention()
    cycle: Cycle = Cycle()
    needs: Needs = Needs()
    experience: Experience = Experience()
    thinking: Thinking = Thinking()
    trust: Trust = Trust()
    relationship: Relationship = Relationship()
    voice: Voice = Voice()
    hearing: Hearing = Hearing()
    ties: Ties = Ties()
