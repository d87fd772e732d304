"""The readable engine and the door to Mesa: one agent per consumer, the same rules, the same bits.

Agents are views of the world's arrays: what a compiled loop does to an array is what an agent sees, and the
other way round. Arithmetic is left to the rules, so that single precision rounds where the loops round.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from equipoise import randomness
from equipoise.consumers import rules
from equipoise.consumers.census import CENSUS_COLUMNS, take_census
from equipoise.consumers.state import (
    AWARE,
    CAUSE_ANSWERS,
    CAUSE_EXPERIENCE,
    CAUSE_MESSAGES,
    CAUSE_NORM,
    CAUSE_PEERS,
    CLOSED_BY_PEERS,
    CLOSED_GIVEN_UP,
    CLOSED_IN_TIME,
    CLOSED_LATE,
    COMMENT_POST,
    COMPLAINT,
    CONSIDERING,
    CUSTOMER,
    EXPERT_ANSWER,
    LAPSED,
    NO_ANSWER,
    NO_CASE,
    NO_POST,
    NOT_CLOSED,
    ONLINE,
    OPINION_POST,
    PROBLEM_POST,
    QUESTION,
    QUESTION_POST,
    STATE_FIELDS,
    UNAWARE,
)
from equipoise.consumers.traits import Traits
from equipoise.model import World
from equipoise.network import Network
from equipoise.randomness import Purpose, draw_uniform
from equipoise.schedule import CONSUMER_STEPS
from equipoise.settings.settings import Settings


class Consumer(mesa.Agent):
    """One consumer: every field of the state and every trait is an attribute, every rule a method to override.

    ``number`` is the consumer's place in the arrays and in the address of every draw.
    """

    model: BrandCommunity

    if TYPE_CHECKING:  # the attributes come from FIELDS and Traits, below
        satisfaction: Any
        expectation: Any
        trust: Any
        norm: Any
        social: Any
        conformed: Any
        memory: Any
        familiarity: Any
        depth: Any
        fatigue: Any
        utility: Any
        surprise: Any
        follows: Any
        automatic: Any
        stage: Any
        case: Any
        topic: Any
        since: Any
        answer: Any
        outcome: Any
        deleted: Any
        creating: Any
        checked_in: Any
        detractor: Any
        used: Any
        upset: Any
        post: Any
        valence: Any
        customer_before: Any
        heard_weight: Any
        heard_sum: Any
        heard_voices: Any
        talking: Any
        start: Any
        moved: Any
        values: Any
        drives: Any
        conformity: Any
        reflectiveness: Any
        voice: Any
        depth_ceiling: Any
        taste: Any
        tribe: Any
        stratum: Any
        mobile: Any

    def __init__(self, model: BrandCommunity, number: int) -> None:
        super().__init__(model)
        self.number = number

    def draw(self, purpose: int) -> float:
        """Return today's uniform draw of this consumer for a purpose."""
        today = self.model.today
        return draw_uniform(
            int(today.seed), int(purpose), int(today.day), self.number
        )  # numba is slow to look at an enum

    def move_satisfaction(self, satisfaction: float, cause: int) -> None:
        """Set satisfaction and book the change under its cause."""
        before = self.satisfaction
        self.satisfaction = satisfaction
        self.moved[cause] += float(self.satisfaction) - float(before)

    @property
    def fit(self) -> Any:
        """Fit of the firm's enacted values to this consumer's, 0..1."""
        return self.model.world.fit[self.number]

    def neighbours(self) -> Iterator[tuple[int, Consumer]]:
        """Yield (number of the tie, neighbour) for everybody who hears this consumer."""
        web = self.model.world.ties
        for tie in range(web.starts[self.number], web.starts[self.number + 1]):
            yield tie, self.model.consumers[web.neighbours[tie]]

    # the consumer's day, as in schedule.CONSUMER

    def wake(self) -> None:
        """Begin the day: remember where it started, clear what lasts a day."""
        self.start = self.satisfaction
        self.customer_before = self.stage == CUSTOMER
        self.surprise = 0.0
        self.used = False
        self.upset = False
        self.post = NO_POST
        self.outcome = NOT_CLOSED
        self.deleted = self.creating = self.checked_in = False
        self.moved[:] = 0.0

    def hear_firm(self) -> None:
        """Promises move expectation; content informs or tires."""
        c, today = self.model.c, self.model.today
        irrelevant = 0.0
        if rules.is_reached(
            self.follows, self.fatigue, today.advertising, c.mute, self.draw(Purpose.REACH)
        ):
            for k in range(4):
                self.expectation[k] = rules.expectation_after_promise(
                    self.expectation[k], today.promise, self.trust, c.promise_weight
                )
            if self.follows and today.content > 0.0:
                if self.draw(Purpose.RELEVANCE) < today.relevance:
                    informed = rules.satisfaction_after_content(
                        self.satisfaction, today.content, c.relevant_gain
                    )
                    self.move_satisfaction(informed, CAUSE_MESSAGES)
                else:
                    irrelevant = today.content
        self.fatigue = rules.fatigue_after_messages(self.fatigue, irrelevant, c.irritation, c.rest)
        if self.follows and rules.happens(self.draw(Purpose.UNFOLLOW), c.unfollow, self.fatigue):
            self.follows = False

    def hear_world(self) -> None:
        """Voices from outside, the open forum, the brand's own community; rumours; a rival's offer."""
        c, today = self.model.c, self.model.today
        if today.outside_reach > 0.0 and self.draw(Purpose.OUTSIDE) < today.outside_reach:
            self.overhear(today.outside_weight, today.outside_valence)
        if today.forum_voice > 0.0 and self.stage != UNAWARE:
            self.overhear(today.forum_voice, today.forum_valence)
        if today.community > 0.0 and self.follows:
            self.overhear(c.community_voice * today.community, today.community_valence)
        if today.rumour > 0.0 and self.draw(Purpose.RUMOURED) < today.rumour:
            self.trust = rules.decay(self.trust, c.rumour_loss)
        if today.rivalry > 0.0:
            for k in range(4):
                self.expectation[k] = rules.expectation_after_rival_offer(
                    self.expectation[k], today.offer, c.rivalry_weight * today.rivalry
                )

    def overhear(self, weight: float, valence: float) -> None:
        """Hear a voice from beyond the neighbours."""
        voice = rules.distant_voice_weight(weight)
        self.heard_weight += voice
        self.heard_sum += voice * rules.encode_valence(valence)

    def move_stage(self) -> None:
        """Unaware -> aware -> considering -> customer; some who lapsed come back."""
        c, today = self.model.c, self.model.today
        u = self.draw(Purpose.CYCLE)
        if self.stage == CUSTOMER:
            if u < c.lapse * today.lure:
                self.stage = LAPSED
        elif self.stage == UNAWARE:
            if u < rules.awareness_chance(
                today.push, self.talking, today.posting, c.innovation, c.imitation, c.forum
            ):
                self.stage = AWARE
        else:
            attraction = rules.brand_attraction(
                today.rating,
                self.norm,
                self.trust,
                self.fit,
                today.promise,
                c.record_weight * today.record_seen,
                c.word_weight,
                c.trust_weight,
                c.fit_weight,
                c.promise_appeal,
            )
            chance = rules.choice_chance(attraction, today.offer, c.choosiness)
            if self.stage == AWARE and u < c.consider * chance:
                self.stage = CONSIDERING
            elif self.stage == CONSIDERING and u < c.buy * chance:
                self.stage = CUSTOMER
            elif self.stage == LAPSED and u < c.comeback * chance:
                self.stage = CONSIDERING

    def need(self) -> None:
        """An answer closes a case, patience ends it, a new question opens one."""
        c = self.model.c
        u = self.draw(Purpose.QUESTION)
        if self.case == NO_CASE:
            if (
                self.stage in (CUSTOMER, CONSIDERING)
                and u < c.question_rate * self.model.today.demand
            ):
                self.case = QUESTION
                self.since = self.model.today.day
            return
        waited = int(self.model.today.day - self.since)
        if self.answer != NO_ANSWER:
            worth = rules.answer_worth(
                self.answer == EXPERT_ANSWER, waited, c.canned_worth, c.resentment, c.freshness
            )
            self.move_satisfaction(
                rules.satisfaction_after_answer(self.satisfaction, worth, c.answer_gain),
                CAUSE_ANSWERS,
            )
            self.trust = rules.trust_after_answer(self.trust, worth, c.need_gain, c.need_loss)
            self.depth = rules.depth_after_episode(
                self.depth, worth, 0.0, self.depth_ceiling, c.answer_bond
            )
            self.case = NO_CASE
            self.answer = NO_ANSWER
            self.outcome = CLOSED_IN_TIME if waited <= c.freshness else CLOSED_LATE
        elif waited >= c.patience:
            self.trust = rules.decay(self.trust, c.need_loss)
            self.case = NO_CASE
            self.outcome = CLOSED_GIVEN_UP
            if u < c.desert:
                self.stage = LAPSED if self.stage == CUSTOMER else AWARE

    def experience(self) -> None:
        """Use the product: delivery, disconfirmation, utility; two systems; trust, memory, habit, relationship."""
        c, today = self.model.c, self.model.today
        if self.stage != CUSTOMER or not self.draw(Purpose.USE) < c.use_rate * today.demand:
            return
        self.used = True
        failed = self.failed_drive()
        value, total, shortfall, extreme = 0.0, 0.0, 0.0, -1.0
        for k in range(4):
            noise = randomness.draw_noise(
                int(today.seed), Purpose.NOISE + k, int(today.day), self.number
            )
            quality = rules.delivered_quality(
                today.quality[k], noise, c.failure_size if k == failed else 0.0, c.noise
            )
            gap = quality - float(self.expectation[k])
            weight = float(self.drives[k])
            value += weight * rules.loss_averse_value(gap, c.loss_aversion)
            total += rules.ces_term(quality, self.drives[k], c.substitution)
            shortfall += weight * (float(today.promise) - quality)
            if weight * abs(gap) > extreme:
                extreme = weight * abs(gap)
                self.topic = k
            self.expectation[k] = rules.move_toward(
                self.expectation[k], quality, c.expectation_rate
            )
        performance = rules.ces_mean(total, c.substitution)
        self.utility = rules.experienced_utility(
            performance, value, self.fit, self.taste, c.disconfirmation, c.affinity
        )
        self.upset = rules.is_upset(self.utility, self.satisfaction, c.upset, c.stay)
        self.take_away()
        self.trust = rules.trust_after_use(
            self.trust,
            shortfall,
            self.fit,
            self.depth,
            c.trust_gain,
            c.trust_loss,
            c.tolerance,
            c.fit_gain,
            c.discount,
        )

    def failed_drive(self) -> int:
        """Return the drive struck by a one-off failure in this use, or -1."""
        today = self.model.today
        if not self.draw(Purpose.FAILURE) < today.failure_chance:
            return -1
        u = self.draw(Purpose.FAILED_DRIVE)
        return next((k for k in range(3) if u < today.failure_until[k]), 3)

    def take_away(self) -> None:
        """What a use leaves behind: satisfaction under System 1 or 2, memory, habit, depth, following."""
        c, utility = self.model.c, self.utility
        self.surprise = rules.use_surprise(utility, self.satisfaction)
        trigger = self.model.today.trigger if self.satisfaction < c.neutral else 0.0
        chance = rules.automatic_chance(
            self.familiarity, self.surprise, self.reflectiveness, trigger, c.startle
        )
        self.automatic = self.draw(Purpose.SYSTEM2) < chance
        eta = rules.learning_rate(self.automatic, self.surprise, c.eta1, c.eta2, c.salience)
        self.depth = rules.depth_after_episode(
            self.depth, utility, self.satisfaction, self.depth_ceiling, c.depth_gain
        )
        delighted = utility > self.satisfaction
        self.move_satisfaction(rules.move_toward(self.satisfaction, utility, eta), CAUSE_EXPERIENCE)
        self.memory = rules.memory_after_use(self.memory, utility, c.memory_rate)
        self.familiarity = rules.move_toward(self.familiarity, 1.0, c.habit)
        if delighted and self.draw(Purpose.FOLLOW) < c.follow_rate:
            self.follows = True

    def voice_or_exit(self) -> None:
        """The upset complain, leave or keep silent; trust and depth wear off."""
        c, today = self.model.c, self.model.today
        if self.upset:
            u = self.draw(Purpose.VOICE_EXIT)
            leaving = rules.exit_chance(
                self.satisfaction, self.memory, self.depth, c.leave, c.stay, c.loyalty
            )
            if u < c.complain:
                if self.case == NO_CASE:
                    self.case = COMPLAINT
                    self.since = today.day
            elif u < c.complain + leaving * today.lure:
                self.stage = LAPSED
        self.trust = rules.decay(self.trust, c.exposure * today.gap)
        self.depth = rules.decay(self.depth, c.depth_fade)
        if self.satisfaction < c.neutral:
            self.detractor = True

    def create(self) -> None:
        """Bonding deeds deepen followers; those who are invited create with the firm, and make the brand their own."""
        c, today = self.model.c, self.model.today
        if today.bond > 0.0 and self.follows:
            self.depth = rules.depth_after_episode(
                self.depth, 1.0, 0.0, self.depth_ceiling, c.bond_gain * today.bond
            )
        willing = self.follows and self.depth >= c.closeness
        if today.invite > 0.0 and willing and self.draw(Purpose.CREATE) < today.invite:
            self.creating = True
            self.depth = rules.depth_after_episode(
                self.depth, 1.0, 0.0, self.depth_ceiling, c.ownership
            )

    def speak(self) -> None:
        """Post or not, and what: a question, a problem, a comment or an opinion; valence is satisfaction."""
        c, today = self.model.c, self.model.today
        if self.stage == UNAWARE:
            return
        eager = rules.posting_eagerness(
            self.satisfaction,
            self.surprise,
            c.plain,
            c.displeasure,
            c.pleasure,
            c.neutral,
            c.excitement,
        )
        if self.stage == LAPSED:
            eager *= float(c.leavers)
        elif self.stage != CUSTOMER:
            eager *= float(c.outsiders)
        voice = rules.moderated_voice(self.voice, c.voice_mean, today.draw_out)
        if not rules.happens(self.draw(Purpose.POST), voice, eager):
            return
        vividness = c.vividness if self.used else 0.0
        self.valence = rules.post_valence(self.satisfaction, self.utility, vividness)
        if self.case == QUESTION:
            self.post = QUESTION_POST
        elif self.upset or self.case == COMPLAINT:
            self.post = PROBLEM_POST
        else:
            self.post = COMMENT_POST if self.used else OPINION_POST
        if self.valence < c.neutral and self.draw(Purpose.DELETE) < today.delete:
            self.deleted = True
            self.trust = rules.decay(self.trust, c.censorship)
        else:
            self.depth = rules.depth_after_episode(
                self.depth, 1.0, 0.0, self.depth_ceiling, c.greeting * today.welcome
            )

    # what happens between consumers, as in schedule.SOCIAL

    def tell(self) -> None:
        """The post reaches the neighbours; ties used in agreement strengthen."""
        c, today, web = self.model.c, self.model.today, self.model.world.ties
        day = int(today.day)
        said = rules.encode_valence(self.valence)
        negative = bool(self.valence < c.neutral)
        for tie, reader in self.neighbours():
            online = web.layer[tie] == ONLINE
            if self.deleted and online:
                continue
            strength = rules.tie_strength_after_fading(
                web.strength[tie], web.left[day - web.last_used[tie]]
            )
            weight = rules.voice_weight(
                strength,
                c.online_weight if online else c.offline_weight,
                web.same_tribe[tie] != 0,
                negative,
                today.tribe_boost,
                today.negativity,
            )
            reader.heard_weight += weight
            reader.heard_sum += weight * said
            reader.heard_voices += 1
            if rules.opinions_agree(self.valence, reader.satisfaction, c.agreement):
                web.strength[tie] = rules.tie_strength_after_agreement(
                    strength, c.strengthen, today.bonding
                )
                web.last_used[tie] = day

    def help_neighbour(self) -> None:
        """The first willing neighbour who knows the product answers the posted question, and deepens."""
        c, community = self.model.c, self.model.today.community
        if self.post != QUESTION_POST or self.case != QUESTION:
            return
        for _, helper in self.neighbours():
            willing = (
                c.peer_help * (1.0 + c.community_help * community)
                if helper.follows
                else c.peer_help
            )
            if helper.stage == CUSTOMER and rules.happens(
                helper.draw(Purpose.HELP), willing, helper.familiarity
            ):
                self.case = NO_CASE
                self.outcome = CLOSED_BY_PEERS
                self.trust = rules.trust_after_answer(self.trust, 1.0, c.need_gain, c.need_loss)
                helper.depth = rules.depth_after_episode(
                    helper.depth, 1.0, 0.0, helper.depth_ceiling, c.help_depth
                )
                return

    def listen(self) -> None:
        """The merely social part fades; who checks in moves toward what was heard and believed."""
        c, web = self.model.c, self.model.world.ties
        self.move_satisfaction(
            rules.satisfaction_after_social_decay(self.satisfaction, self.social, c.social_decay),
            CAUSE_PEERS,
        )
        self.social = rules.decay(self.social, c.social_decay)
        self.move_satisfaction(
            rules.satisfaction_after_social_decay(
                self.satisfaction, self.conformed, c.social_decay
            ),
            CAUSE_NORM,
        )
        self.conformed = rules.decay(self.conformed, c.social_decay)
        if not self.mobile and not self.draw(Purpose.CHECK_IN) < c.check_in:
            if self.heard_weight > rules.MAX_UNHEARD_WEIGHT:
                self.heard_weight //= 2
                self.heard_sum //= 2
            return
        self.checked_in = True
        before = self.satisfaction
        degree = web.starts[self.number + 1] - web.starts[self.number]
        self.talking = rules.share_talking(self.heard_voices, degree)
        if self.heard_weight > 0:
            heard = rules.mean_heard_valence(self.heard_sum, self.heard_weight)
            pull = rules.social_pull(
                self.heard_weight,
                heard,
                self.satisfaction,
                self.conformity,
                self.depth,
                self.automatic,
                c.kappa,
                c.saturation,
                c.automatic_pull,
                c.discount,
            )
            self.move_satisfaction(rules.move_toward(self.satisfaction, heard, pull), CAUSE_PEERS)
            self.social = rules.social_part_after_move(self.social, before, self.satisfaction)
            self.norm = rules.move_toward(self.norm, heard, c.norm_rate)
            self.heard_weight = self.heard_sum = self.heard_voices = 0
        before = self.satisfaction
        pulled = rules.move_toward(self.satisfaction, self.norm, self.conformity * c.norm_pull)
        self.move_satisfaction(pulled, CAUSE_NORM)
        self.conformed = rules.social_part_after_move(self.conformed, before, self.satisfaction)


def _view(holder: str, name: str, meaning: str) -> property:
    """Return an attribute that reads and writes a consumer's place in an array of the world."""

    def read(self: Consumer) -> Any:
        return getattr(getattr(self.model.world, holder), name)[self.number]

    def write(self: Consumer, value: Any) -> None:
        getattr(getattr(self.model.world, holder), name)[self.number] = value

    return property(read, write if holder == "people" else None, doc=meaning)


for _field in STATE_FIELDS:
    setattr(Consumer, _field.name, _view("people", _field.name, _field.meaning))
for _name in Traits._fields:
    setattr(Consumer, _name, _view("traits", _name, _name))


class BrandCommunity(mesa.Model):
    """A brand and its community as a Mesa model: `step` lives a day, `agents` are consumers.

    `datacollector` holds the census of each day, and satisfaction, trust and stage of each consumer.

    Args:
        settings: what to run; the defaults when not given. With engine "arrays" the day is lived by compiled
            loops on the very arrays that the agents show; with "agents" each consumer lives its own.
        network: who hears whom; built from the settings when not given.
        consumer: the class of the agents, `Consumer` or a subclass (whose overrides need engine "agents").
    """

    def __init__(
        self,
        settings: Settings | None = None,
        network: Network | None = None,
        consumer: type[Consumer] = Consumer,
    ) -> None:
        settings = settings or Settings(engine="agents")
        super().__init__(rng=settings.seed)
        by_agents = settings.engine == "agents"
        self.world = (
            World(settings, network, _live_by_agents(self))
            if by_agents
            else World(settings, network)
        )
        self.today: Any = self.world.told.view(np.recarray)[0]
        row = self.world.coefficients[0]
        self.c = SimpleNamespace(**{name: row[name] for name in row.dtype.names})
        self.consumers = [consumer(self, number) for number in range(self.world.size)]
        columns = [column.name for column in CENSUS_COLUMNS if not column.members]
        self.datacollector = mesa.DataCollector(
            model_reporters={name: lambda model, name=name: model.latest(name) for name in columns},
            agent_reporters={"satisfaction": "satisfaction", "trust": "trust", "stage": "stage"},
        )

    def latest(self, column: str) -> float:
        """Return a column of the census of the last finished day (nan before the first)."""
        return (
            float(self.world.record.census[self.world.day - 1][column])
            if self.world.day
            else float("nan")
        )

    def step(self) -> None:
        """Live one day and collect its data."""
        self.world.step()
        self.datacollector.collect(self)


def _live_by_agents(model: BrandCommunity) -> Any:
    """Return the engine that lets every consumer live the day, in the order of the schedule."""

    def live(world: World) -> int:
        for consumer in model.consumers:
            for each in CONSUMER_STEPS:
                getattr(consumer, each.name)()
        speakers = [consumer for consumer in model.consumers if consumer.post != NO_POST]
        world.speakers[: len(speakers)] = [consumer.number for consumer in speakers]
        for consumer in speakers:
            consumer.tell()
        for consumer in speakers:
            consumer.help_neighbour()
        for consumer in model.consumers:
            consumer.listen()
        numbers, c = world.speakers[: len(speakers)], world.coefficients[0]
        take_census(
            world.people, world.traits, numbers, c, world.sheet, world.days_counted, world.day
        )
        return len(speakers)

    return live


__all__ = ["BrandCommunity", "Consumer"]
