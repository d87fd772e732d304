"""Settings of people: their traits, and their state at the start."""

from __future__ import annotations

from equipoise.settings.schema import SettingsModel, assumption, setting


class People(SettingsModel):
    """Traits: drawn once, constant through a run."""

    conformity_mean: float = assumption(0.45, "mean conformity c", low=0, high=1)
    conformity_slope: float = assumption(
        0.7,
        "effect of a person's values on conformity",
        off=0.0,
        off_means="everybody alike",
        low=0,
        high=5,
    )
    values_spread: float = setting(
        1.0,
        "scale of personal and tribal deviations of values",
        off=0.0,
        off_means="all alike",
        low=0,
        high=3,
        source="European Social Survey 2002-2023: 1 = its spreads",
    )
    tribe_share: float = assumption(
        0.15, "share of the variance of values between tribes", low=0, high=1
    )
    drives_evenness: float = assumption(
        8.0,
        "Dirichlet concentration of each of the four drives; large values make all people alike",
        low=0.1,
        high=1e6,
        source="Lawrence & Nohria 2002",
    )
    voice_mean: float = assumption(
        0.04, "mean voice: baseline chance of a post", low=0, high=1, unit="1/day"
    )
    # Lognormal, since a few people write most posts.
    voice_spread: float = setting(
        1.3,
        "standard deviation of log voice",
        off=0.0,
        off_means="equal voices",
        low=0,
        high=3,
        source="Whittaker et al. 1998: 1.3 lets the top 3 % write 25 %",
        basis="calibrated",
    )
    strata: int = assumption(3, "number of social strata", low=1, high=10)
    stratum_voice: float = assumption(
        1.3, "ratio of voice between neighbouring strata", off=1.0, low=0.1, high=5
    )
    # Few people let an ordinary brand come close.
    depth_ceiling: float = assumption(
        0.25, "mean ceiling on depth for an ordinary brand", low=0, high=1
    )
    depth_spread: float = assumption(
        1.0,
        "standard deviation of the ceiling's log-odds",
        off=0.0,
        off_means="all alike",
        low=0,
        high=5,
    )
    reflectiveness_mean: float = assumption(0.5, "mean readiness to engage System 2", low=0, high=1)
    reflectiveness_spread: float = assumption(
        1.0, "standard deviation of its log-odds", off=0.0, off_means="all alike", low=0, high=5
    )
    # It sets how much people differ in satisfaction, and so how many are dissatisfied.
    taste_spread: float = setting(
        0.26,
        "standard deviation of personal taste for the product, in utility",
        off=0.0,
        low=0,
        high=0.5,
        source="Dellarocas & Wood 2008: 18 to 21 % dissatisfied",
        basis="calibrated",
    )
    mobile_share: float = assumption(
        0.6, "share of people who listen on the day of a post", low=0, high=1
    )
    check_in: float = assumption(
        0.3, "chance that other people check in", low=0, high=1, unit="1/day"
    )
    # Close to its equilibrium, so that the burn-in can be short.
    customers: float = setting(
        0.61,
        "initial share of customers",
        low=0,
        high=1,
        source="constant shares of stages in calm",
        basis="calibrated",
    )
    unaware: float = assumption(
        0.1, "initial share of people who do not know the brand", low=0, high=1
    )
    start_satisfaction: float = assumption(
        0.7, "mean initial satisfaction, or preconception", low=0, high=1
    )
    start_spread: float = assumption(
        0.08, "standard deviation of initial satisfaction between people", low=0, high=0.5
    )
