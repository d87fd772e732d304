"""What the words of a report mean, and what its model cannot say."""

from __future__ import annotations

TERMS = (
    (
        "satisfaction",
        "how content customers are, from 0 to 1; here always the mean over customers on a day",
    ),
    (
        "set-point and band",
        "the satisfaction the firm tries to keep, and how far from it is still well",
    ),
    (
        "world",
        "one draw of people, experiences and chance, named by its seed; every strategy meets the same worlds",
    ),
    ("environment", "what happens to the firm and its community, in every world of it alike"),
)

OF_STRATEGIES = (
    ("baseline", "the strategy that all others are held against, in the same world"),
    (
        "what the firm believed",
        "the level of satisfaction that its control center reckoned with; it never sees the truth",
    ),
    ("belief off by", "the mean absolute error of the belief"),
    (
        "green dashboard, red customers",
        "a week on most days of which the firm believed satisfaction in its band while it was out; "
        "such a week is called fooled",
    ),
    (
        "what moved satisfaction",
        "every day's change of mean satisfaction, split into its causes without remainder: experience (use, against "
        "what was expected), peers (what others were heard to say), norm (what people believe others think), answers "
        "(of the firm, to questions and complaints), messages (what the firm sends), turnover (who came and went)",
    ),
    ("points", "percentage points: from 60 % to 72 % are 12 points"),
    (
        "money",
        "the model's own unit: what one use of the product earns is 1, unless the study says otherwise",
    ),
    (
        "yardstick",
        "a strategy that sees the truth, which no firm can; it shows what perfect knowledge is worth",
    ),
)

OF_SEARCH = (
    (
        "holds when",
        "limits of settings within which the loop holds; in brackets: at what share of the points within them it "
        "holds, and what share of all points at which it holds they take in",
    ),
    (
        "total Sobol index",
        "the share of a measure's variance over the ranges that a setting has a part in, alone or with others",
    ),
    (
        "mean absolute effect",
        "how much a measure changes, up or down, over a setting's whole range (Morris)",
    ),
)

LIMITS = (
    "It is a model: its people are drawn from published summaries, not from your customers. What it says is what "
    "follows from its mechanisms; whether they are those of your market, it cannot say.",
    "Differences between strategies in the same worlds are its strong side, levels its weak one: read "
    '"better than" before "how good".',
    "It has no prices, no texts of posts, and one competitor who is an offer. A strategy that works through these "
    "cannot be judged here.",
    "Costs are in the model's money. What a deed costs is a setting, not a finding: put in your own.",
    "Intervals and chances speak of other worlds of the same kind, not of other settings or other markets. What was "
    "not varied is taken as given.",
    "The environments are scripts. How often such things happen, and whether in this size, it does not know.",
)
