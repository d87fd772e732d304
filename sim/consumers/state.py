"""What changes in a consumer: one table of fields, and the arrays that hold them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from equipoise.array_types import Bytes, Flags, Floats, Indices, Ints, Reals

UNAWARE, AWARE, CONSIDERING, CUSTOMER, LAPSED = range(5)
STAGES = ("unaware", "aware", "considering", "customer", "lapsed")

NO_CASE, QUESTION, COMPLAINT = range(3)
CASES = ("nothing", "question", "complaint")

NO_POST, QUESTION_POST, COMMENT_POST, PROBLEM_POST, OPINION_POST = range(5)
POSTS = ("silent", "question", "comment", "problem", "opinion")

NO_ANSWER, CANNED_ANSWER, EXPERT_ANSWER = range(3)

NOT_CLOSED, CLOSED_IN_TIME, CLOSED_LATE, CLOSED_BY_PEERS, CLOSED_GIVEN_UP = range(5)
OUTCOMES = ("open", "in_time", "late", "by_peers", "given_up")

ONLINE, OFFLINE = range(2)
LAYERS = ("online", "offline")

CAUSE_EXPERIENCE, CAUSE_PEERS, CAUSE_NORM, CAUSE_ANSWERS, CAUSE_MESSAGES = range(5)
SATISFACTION_CAUSES = ("experience", "peers", "norm", "answers", "messages")


class StateField(NamedTuple):
    """One row of the table: name, dtype ("real" = by the run's precision), columns (0 = one number), range, meaning."""

    name: str
    dtype: str
    columns: int
    low: float
    high: float
    meaning: str


STATE_FIELDS = (
    StateField(
        "satisfaction", "real", 0, 0, 1, "satisfaction; of non-customers, their preconception"
    ),
    StateField("expectation", "real", 4, 0, 1, "expected quality, by drive"),
    StateField("trust", "real", 0, 0, 1, "trust in the brand"),
    StateField("norm", "real", 0, 0, 1, "what I believe others think"),
    StateField(
        "social", "real", 0, -1, 1, "part of satisfaction that is merely from hearing others"
    ),
    StateField(
        "conformed", "real", 0, -1, 1, "part of satisfaction that is merely from the perceived norm"
    ),
    StateField("memory", "real", 0, 0, 1, "trace of strong episodes"),
    StateField("familiarity", "real", 0, 0, 1, "share of use that is habit"),
    StateField("depth", "real", 0, 0, 1, "identification with the brand"),
    StateField("fatigue", "real", 0, 0, 1, "tiredness of the firm's messages"),
    StateField("utility", "real", 0, 0, 1, "experienced utility of the last use"),
    StateField("surprise", "real", 0, 0, 1, "today's |utility - satisfaction|; 0 without use"),
    StateField("follows", "bool", 0, 0, 1, "follows the brand"),
    StateField("automatic", "bool", 0, 0, 1, "System 1 was in charge at the last use"),
    StateField("stage", "uint8", 0, 0, 4, "stage of the social feedback cycle"),
    StateField("case", "uint8", 0, 0, 2, "open question or complaint"),
    StateField(
        "topic", "uint8", 0, 0, 3, "drive that fell shortest or delighted most at the last use"
    ),
    StateField("since", "int32", 0, -1, 2**31 - 1, "day the case was opened"),
    StateField("answer", "uint8", 0, 0, 2, "answer that arrives today: none, canned, expert"),
    StateField("outcome", "uint8", 0, 0, 4, "how a case was closed today"),
    StateField("deleted", "bool", 0, 0, 1, "today's post was deleted by the firm"),
    StateField("creating", "bool", 0, 0, 1, "created with the firm today"),
    StateField("checked_in", "bool", 0, 0, 1, "heard today what others said"),
    StateField(
        "detractor", "bool", 0, 0, 1, "was dissatisfied and has not become an advocate since"
    ),
    StateField("used", "bool", 0, 0, 1, "used the product today"),
    StateField("upset", "bool", 0, 0, 1, "upset by today's use"),
    StateField("post", "uint8", 0, 0, 4, "kind of today's post"),
    StateField("valence", "real", 0, 0, 1, "valence of today's post"),
    StateField("customer_before", "bool", 0, 0, 1, "was a customer at the start of the day"),
    StateField(
        "heard_weight",
        "int64",
        0,
        0,
        2**62,
        "weight of voices heard since the last check-in, in 2^-12",
    ),
    StateField("heard_sum", "int64", 0, 0, 2**62, "their weighted valence, in 2^-44"),
    StateField(
        "heard_voices", "uint32", 0, 0, 2**32 - 1, "number of voices heard since the last check-in"
    ),
    StateField(
        "talking", "real", 0, 0, 1, "share of neighbours heard talking at the last check-in"
    ),
    StateField("start", "real", 0, 0, 1, "satisfaction at the start of the day"),
    StateField("moved", "float64", 5, -1, 1, "today's change of satisfaction by cause"),
)


class State(NamedTuple):
    """The arrays of FIELDS, in its order; shape (N,) or (N, columns)."""

    satisfaction: Reals
    expectation: Reals
    trust: Reals
    norm: Reals
    social: Reals
    conformed: Reals
    memory: Reals
    familiarity: Reals
    depth: Reals
    fatigue: Reals
    utility: Reals
    surprise: Reals
    follows: Flags
    automatic: Flags
    stage: Bytes
    case: Bytes
    topic: Bytes
    since: Any
    answer: Bytes
    outcome: Bytes
    deleted: Flags
    creating: Flags
    checked_in: Flags
    detractor: Flags
    used: Flags
    upset: Flags
    post: Bytes
    valence: Reals
    customer_before: Flags
    heard_weight: Ints
    heard_sum: Ints
    heard_voices: Indices
    talking: Reals
    start: Reals
    moved: Floats


def empty_state(size: int, real: DTypeLike) -> State:
    """Return a state of zeros for ``size`` consumers, reals in the dtype ``real``."""
    return State(
        *(
            np.zeros(
                (size, field.columns) if field.columns else size,
                dtype=real if field.dtype == "real" else field.dtype,
            )
            for field in STATE_FIELDS
        )
    )
