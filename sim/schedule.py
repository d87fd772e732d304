"""The order of a day, once, as data: run by the model, printed by `equipoise explain`, pinned by a test."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """One step of a day: the name of the method that does it, and what happens."""

    name: str
    meaning: str


WORLD_STEPS = (
    Step("strike", "the environment strikes departments: faults, bursts of one-off failures"),
    Step(
        "act", "what the firm's effectors carry out today takes effect: repairs, promises, answers"
    ),
    Step(
        "deliver",
        "departments turn capability into the quality of the day, Q = M q, and set the day's offer",
    ),
    Step(
        "live",
        "consumers live the day (see the consumer's day); census: what moved satisfaction, by cause",
    ),
    Step("publish", "posts move the public record"),
    Step("work", "departments work off what the day brought; above capacity a queue grows"),
    Step("decide", "receptor senses, control center decides, effectors take orders in"),
)

CONSUMER_STEPS = (
    Step("wake", "begin the day"),
    Step("hear_firm", "promises move expectation; content informs or tires"),
    Step(
        "hear_world",
        "voices from outside, the open forum, the brand's community; rumours; a rival's offer",
    ),
    Step("move_stage", "unaware, aware, considering, customer; some who lapsed come back"),
    Step("need", "an answer closes a case, patience ends it, a new question opens one"),
    Step("experience", "use the product: disconfirmation, two systems, trust, habit"),
    Step("voice_or_exit", "the upset complain, leave or keep silent"),
    Step("create", "bonding deeds deepen followers; those who are invited create with the firm"),
    Step("speak", "post a question, a problem, a comment or an opinion, or nothing"),
)

SOCIAL_STEPS = (
    Step("tell", "each speaker's post reaches the neighbours"),
    Step("help_neighbour", "neighbours answer posted questions"),
    Step("listen", "who checks in moves toward what was heard and believed"),
)
