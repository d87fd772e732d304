"""What changes in a consumer: one table of fields, and the arrays that hold them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from equipoise.array_types import Bytes, Flags, Floats, Indices, Ints, Reals

UNAWARE, AWARE, CONSIDERING, CUSTOMER, LAPSED = range(5)
STAGES = ("unaware", "aware", "considering", "customer", "lapsed")

NOTHING, QUESTION, COMPLAINT = range(3)
CASES = ("nothing", "question", "complaint")

SILENT, ASKED, COMMENTED, PROBLEM, OPINION = range(5)
POSTS = ("silent", "question", "comment", "problem", "opinion")

UNANSWERED, CANNED, EXPERT = range(3)

OPEN, IN_TIME, LATE, BY_PEERS, GIVEN_UP = range(5)
OUTCOMES = ("open", "in_time", "late", "by_peers", "given_up")

ONLINE, OFFLINE = range(2)
LAYERS = ("online", "offline")

EXPERIENCE, PEERS, NORM, ANSWERS, MESSAGES = range(5)
CAUSES = ("experience", "peers", "norm", "answers", "messages")


class Field(NamedTuple):
    """One row of the table: name, dtype ("real" = by the run's precision), columns (0 = one number), range, meaning."""

    name: str
    dtype: str
    columns: int
    low: float
    high: float
    meaning: str


FIELDS = (
    Field("satisfaction", "real", 0, 0, 1, "satisfaction; of non-customers, their preconception"),
    Field("expectation", "real", 4, 0, 1, "expected quality, by drive"),
    Field("trust", "real", 0, 0, 1, "trust in the brand"),
    Field("norm", "real", 0, 0, 1, "what I believe others think"),
    Field("social", "real", 0, -1, 1, "part of satisfaction that is merely from hearing others"),
    Field(
        "conformed", "real", 0, -1, 1, "part of satisfaction that is merely from the perceived norm"
    ),
    Field("memory", "real", 0, 0, 1, "trace of strong episodes"),
    Field("familiarity", "real", 0, 0, 1, "share of use that is habit"),
    Field("depth", "real", 0, 0, 1, "identification with the brand"),
    Field("fatigue", "real", 0, 0, 1, "tiredness of the firm's messages"),
    Field("utility", "real", 0, 0, 1, "experienced utility of the last use"),
    Field("surprise", "real", 0, 0, 1, "today's |utility - satisfaction|; 0 without use"),
    Field("follows", "bool", 0, 0, 1, "follows the brand"),
    Field("automatic", "bool", 0, 0, 1, "System 1 was in charge at the last use"),
    Field("stage", "uint8", 0, 0, 4, "stage of the social feedback cycle"),
    Field("case", "uint8", 0, 0, 2, "open question or complaint"),
    Field("topic", "uint8", 0, 0, 3, "drive that fell shortest or delighted most at the last use"),
    Field("since", "int32", 0, -1, 2**31 - 1, "day the case was opened"),
    Field("answer", "uint8", 0, 0, 2, "answer that arrives today: none, canned, expert"),
    Field("outcome", "uint8", 0, 0, 4, "how a case was closed today"),
    Field("deleted", "bool", 0, 0, 1, "today's post was deleted by the firm"),
    Field("creating", "bool", 0, 0, 1, "created with the firm today"),
    Field("checked_in", "bool", 0, 0, 1, "heard today what others said"),
    Field("detractor", "bool", 0, 0, 1, "was dissatisfied and has not become an advocate since"),
    Field("used", "bool", 0, 0, 1, "used the product today"),
    Field("upset", "bool", 0, 0, 1, "upset by today's use"),
    Field("post", "uint8", 0, 0, 4, "kind of today's post"),
    Field("valence", "real", 0, 0, 1, "valence of today's post"),
    Field("customer_before", "bool", 0, 0, 1, "was a customer at the start of the day"),
    Field(
        "heard_weight",
        "int64",
        0,
        0,
        2**62,
        "weight of voices heard since the last check-in, in 2^-12",
    ),
    Field("heard_sum", "int64", 0, 0, 2**62, "their weighted valence, in 2^-44"),
    Field(
        "heard_voices", "uint32", 0, 0, 2**32 - 1, "number of voices heard since the last check-in"
    ),
    Field("talking", "real", 0, 0, 1, "share of neighbours heard talking at the last check-in"),
    Field("start", "real", 0, 0, 1, "satisfaction at the start of the day"),
    Field("moved", "float64", 5, -1, 1, "today's change of satisfaction by cause"),
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
            for field in FIELDS
        )
    )
