"""The order of a day as data: both engines run it and `equipoise explain` prints it."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Step(NamedTuple):
    """One step of a day: the function or method of this name, what it does, and for whom."""

    name: str
    meaning: str
    actors: Literal["everybody", "speakers"] = "everybody"


WORLD_STEPS = (
    Step("disturb_firm", "disturbances hit departments: faults, bursts of one-off failures"),
    Step("apply_deeds", "deeds of the firm's effectors take effect: repairs, promises, answers"),
    Step("set_offer", "departments deliver quality, Q = M q; the offer of the day is set"),
    Step("run_consumers", "consumers take their steps; the census counts the day"),
    Step("publish_posts", "posts update the public record"),
    Step(
        "process_cases", "departments work off the demand of the day; above capacity a queue grows"
    ),
    Step("run_firm", "receptor senses, control center decides, effectors accept orders"),
)

# A consumer takes all of these in turn before the next consumer begins.
CONSUMER_STEPS = (
    Step("begin_day", "remember where the day began; clear what lasts one day"),
    Step("hear_firm", "promises move expectation; content informs or tires"),
    Step("hear_world", "outside voices, the open forum, the brand's community, rumours, rivals"),
    Step("move_stage", "unaware, aware, considering, customer; some who lapsed come back"),
    Step("update_case", "an answer or lost patience closes a case; a new question opens one"),
    Step("use_product", "disconfirmation, two systems, trust, habit"),
    Step("voice_or_exit", "a dissatisfied customer complains, leaves or stays silent"),
    Step("co_create", "bonding deeds deepen followers; invited followers create with the firm"),
    Step("write_post", "post a question, a problem, a comment or an opinion, or nothing"),
)

# Each of these is taken by all its actors before the next one begins.
SOCIAL_STEPS = (
    Step("spread_post", "a speaker's post reaches the neighbours", "speakers"),
    Step("receive_help", "a neighbour may answer a speaker's question", "speakers"),
    Step("listen", "consumers who check in move toward what they heard and believe others think"),
)
