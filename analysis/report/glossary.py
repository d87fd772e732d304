"""Definitions of the terms in a report, and the limits of its model."""

from __future__ import annotations

GENERAL_TERMS = (
    (
        "satisfaction",
        "how content customers are, from 0 to 1; here always the mean over customers on a day",
    ),
    (
        "set-point and band",
        "the satisfaction that the firm tries to keep, and the largest deviation from it that "
        "counts as in band",
    ),
    (
        "world",
        "everything that one seed determines: people, ties, experiences and disturbances; all "
        "strategies are compared in the same worlds (common random numbers)",
    ),
    ("environment", "disturbances of the firm and its community, alike in all its worlds"),
)

STRATEGY_TERMS = (
    ("baseline", "the strategy that all others are compared with, in the same world"),
    (
        "belief of the firm",
        "the level of satisfaction that its control center works with; it never sees the truth",
    ),
    (
        "green dashboard, red customers",
        "a week in which, on most days, the firm believed satisfaction in its band while it was "
        "outside; such a week is called misled",
    ),
    (
        "causes of change in satisfaction",
        "every day's change of mean satisfaction, split into its causes without remainder: "
        "experience (use, compared with expectation), peers (word of mouth), norm (conformity "
        "with the opinion that people perceive), answers (by the firm, to questions and "
        "complaints), messages (by the firm), turnover (people who join and leave)",
    ),
    ("points", "percentage points: from 60 % to 72 % are 12 points"),
    (
        "dollars",
        "of the represented firm, whose customers are the simulated ones times the population scale; "
        "totals of the scored days, which are a year of 364 days unless the study says otherwise",
    ),
    (
        "yardstick",
        "a strategy that sees the truth, as no firm can; it shows the value of perfect information",
    ),
)

SEARCH_TERMS = (
    (
        "holds when",
        "limits of settings within which the loop holds; in parentheses: the share of the points "
        "within them at which it holds, and the share of all points at which it holds that lie "
        "within them",
    ),
    (
        "total Sobol index",
        "the share of a measure's variance over the ranges to which a setting contributes, alone "
        "or in interaction with others",
    ),
    (
        "mean absolute effect",
        "the mean change of a measure, up or down, over a setting's whole range (Morris)",
    ),
)

LIMITS = (
    "It is a model: its people are drawn from published summaries, not from your customers. Its "
    "results follow from its mechanisms; it cannot show that these are the mechanisms of your "
    "market.",
    "Differences between strategies in the same worlds are more reliable than levels: read "
    '"better than" before "how good".',
    "It has no prices and no texts of posts, and its one competitor is only an offer. It cannot "
    "judge a strategy that works through these.",
    "The price of sensing, of a seat at a meeting, of an action and of a use is a setting, not a "
    "result: use your own.",
    "Intervals and probabilities are about other worlds of the same kind, not about other settings "
    "or other markets. Settings that were not varied are assumed to be right.",
    "The environments are scripts. The model does not know how often such disturbances happen, or "
    "how large they are.",
)
