"""The state of consumers: its coded values, and one table of fields with the arrays that hold them.

`State` is the only list of fields. The annotation of a field gives its dtype, its range and its
meaning; `STATE_FIELDS`, the arrays and the attributes of a Mesa `Consumer` are derived from it.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

import numpy as np
from numpy.typing import DTypeLike

from equipoise.array_types import Bytes, DayNumbers, Flags, Floats, Indices, Ints, Reals

UNAWARE, AWARE, CONSIDERING, CUSTOMER, LAPSED = range(5)
STAGES = ("unaware", "aware", "considering", "customer", "lapsed")

NO_CASE, QUESTION, COMPLAINT = range(3)
CASES = ("nothing", "question", "complaint")

NO_POST, QUESTION_POST, COMMENT_POST, PROBLEM_POST, OPINION_POST = range(5)
POSTS = ("silent", "question", "comment", "problem", "opinion")

NO_ANSWER, CANNED_ANSWER, EXPERT_ANSWER = range(3)

NOT_CLOSED, CLOSED_IN_TIME, CLOSED_LATE, CLOSED_BY_PEERS, CLOSED_GIVEN_UP = range(5)
OUTCOMES = ("open", "in_time", "late", "by_peers", "given_up")

CAUSE_EXPERIENCE, CAUSE_PEERS, CAUSE_NORM, CAUSE_ANSWERS, CAUSE_MESSAGES = range(5)
SATISFACTION_CAUSES = ("experience", "peers", "norm", "answers", "messages")


class Spec(NamedTuple):
    """Range and meaning of a field, and its number of columns (0 = one number per consumer)."""

    low: float
    high: float
    meaning: str
    columns: int = 0


class State(NamedTuple):
    """The state of N consumers: arrays of shape (N,), or (N, columns)."""

    satisfaction: Annotated[
        Reals, Spec(0, 1, "satisfaction; of non-customers, their preconception")
    ]
    expectation: Annotated[Reals, Spec(0, 1, "expected quality, by drive", columns=4)]
    trust: Annotated[Reals, Spec(0, 1, "trust in the brand")]
    norm: Annotated[Reals, Spec(0, 1, "perceived opinion of others")]
    social: Annotated[
        Reals, Spec(-1, 1, "part of satisfaction that comes only from hearing others")
    ]
    conformed: Annotated[Reals, Spec(-1, 1, "part of satisfaction that comes only from the norm")]
    memory: Annotated[Reals, Spec(0, 1, "trace of strong episodes")]
    familiarity: Annotated[Reals, Spec(0, 1, "share of use that is habit")]
    depth: Annotated[Reals, Spec(0, 1, "identification with the brand")]
    fatigue: Annotated[Reals, Spec(0, 1, "tiredness of the firm's messages")]
    utility: Annotated[Reals, Spec(0, 1, "experienced utility of the last use")]
    surprise: Annotated[
        Reals,
        Spec(0, 1, "absolute difference of utility and satisfaction in today's use; 0 without use"),
    ]
    follows: Annotated[Flags, Spec(0, 1, "follows the brand")]
    automatic: Annotated[Flags, Spec(0, 1, "System 1 was in charge at the last use")]
    stage: Annotated[Bytes, Spec(0, 4, "stage of the social feedback cycle (index of STAGES)")]
    case: Annotated[Bytes, Spec(0, 2, "open question or complaint (index of CASES)")]
    topic: Annotated[Bytes, Spec(0, 3, "drive that deviated most at the last use")]
    since: Annotated[DayNumbers, Spec(-1, 2**31 - 1, "day the case was opened")]
    answer: Annotated[Bytes, Spec(0, 2, "answer that arrives today: none, canned, expert")]
    outcome: Annotated[Bytes, Spec(0, 4, "how a case was closed today (index of OUTCOMES)")]
    deleted: Annotated[Flags, Spec(0, 1, "today's post was deleted by the firm")]
    creating: Annotated[Flags, Spec(0, 1, "created with the firm today")]
    checked_in: Annotated[Flags, Spec(0, 1, "heard today what others said")]
    detractor: Annotated[Flags, Spec(0, 1, "was dissatisfied and has not become an advocate since")]
    used: Annotated[Flags, Spec(0, 1, "used the product today")]
    upset: Annotated[Flags, Spec(0, 1, "upset by today's use")]
    post: Annotated[Bytes, Spec(0, 4, "kind of today's post (index of POSTS)")]
    valence: Annotated[Reals, Spec(0, 1, "valence of today's post")]
    customer_before: Annotated[Flags, Spec(0, 1, "was a customer at the start of the day")]
    heard_weight: Annotated[Ints, Spec(0, 2**62, "weight heard since the last check-in, in 2^-12")]
    heard_sum: Annotated[Ints, Spec(0, 2**62, "weighted valence of what was heard, in 2^-44")]
    heard_voices: Annotated[Indices, Spec(0, 2**32 - 1, "voices heard since the last check-in")]
    talking: Annotated[Reals, Spec(0, 1, "share of neighbours heard talking at the last check-in")]
    start: Annotated[Reals, Spec(0, 1, "satisfaction at the start of the day")]
    moved: Annotated[Floats, Spec(-1, 1, "today's change of satisfaction by cause", columns=5)]


class StateField(NamedTuple):
    """One field of the state; dtype "real" stands for the precision of the run."""

    name: str
    dtype: str
    columns: int
    low: float
    high: float
    meaning: str


def _read_field(name: str, hint: Any) -> StateField:
    """Return the row of the table for one annotated field of `State`."""
    array_type, spec = get_args(hint)
    _, dtype_type = get_args(array_type)
    (scalar,) = get_args(dtype_type)
    dtype = "real" if scalar is np.floating else np.dtype(scalar).name
    return StateField(name, dtype, spec.columns, spec.low, spec.high, spec.meaning)


STATE_FIELDS = tuple(
    _read_field(name, hint) for name, hint in get_type_hints(State, include_extras=True).items()
)


def empty_state(size: int, real: DTypeLike) -> State:
    """Return a state of zeros for ``size`` consumers, with real fields of dtype ``real``."""
    arrays = []
    for field in STATE_FIELDS:
        shape = (size, field.columns) if field.columns else (size,)
        dtype = real if field.dtype == "real" else field.dtype
        arrays.append(np.zeros(shape, dtype))
    return State(*arrays)
