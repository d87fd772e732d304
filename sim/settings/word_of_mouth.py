"""Settings of word of mouth: who speaks, how posts are heard, and the ties that carry them."""

from __future__ import annotations

from equipoise.settings.schema import SettingsModel, assumption, setting


class Voice(SettingsModel):
    """Voice, exit and silence (Hirschman 1970), and what is posted."""

    upset: float = assumption(
        0.2, "shortfall of an episode against satisfaction that upsets a customer", low=0, high=1
    )
    complain: float = assumption(
        0.15, "chance that an upset customer complains to the firm", off=0.0, low=0, high=1
    )
    advocate: float = assumption(
        0.75, "satisfaction above which a customer is an advocate", low=0, high=1
    )
    # Voice and exit draw on the same upset customers; who does neither stays silent.
    leave: float = assumption(
        0.12,
        "chance that an upset customer leaves, per unit of satisfaction below `stay`",
        off=0.0,
        low=0,
        high=5,
        source="Hirschman 1970",
    )
    stay: float = assumption(0.5, "satisfaction above which no customer leaves", low=0, high=1)
    # Only the asymmetric U of the next three is published (Anderson 1998), not its size.
    plain: float = setting(
        0.1,
        "chance of a post at the neutral point, times voice",
        low=0,
        high=10,
        source="East, Hammond & Wright 2007: positive to negative 3 : 1",
        basis="calibrated",
    )
    displeasure: float = setting(
        14.0,
        "increase of posting with squared displeasure, times voice",
        off=0.0,
        low=0,
        high=100,
        source="East, Hammond & Wright 2007: positive to negative 3 : 1",
        basis="calibrated",
    )
    pleasure: float = setting(
        2.4,
        "increase of posting with squared pleasure, times voice",
        off=0.0,
        low=0,
        high=100,
        source="East, Hammond & Wright 2007: positive to negative 3 : 1",
        basis="calibrated",
    )
    neutral: float = assumption(
        0.5, "boundary between negative and positive valence", low=0, high=1
    )
    # Only its sign is published.
    excitement: float = setting(
        1.9,
        "increase of posting with the day's surprise, times voice",
        off=0.0,
        low=0,
        high=100,
        source="East, Hammond & Wright 2007: positive to negative 3 : 1",
        basis="calibrated",
    )
    vividness: float = assumption(
        0.7,
        "weight of the episode, against satisfaction, in the valence of a post after use",
        off=0.0,
        low=0,
        high=1,
    )
    outsiders: float = assumption(
        0.2, "factor on the voice of people who are not customers", low=0, high=1
    )
    leavers: float = assumption(0.5, "factor on the voice of lapsed customers", low=0, high=1)


class Hearing(SettingsModel):
    """Word of mouth: how posts are heard."""

    # Asch measured a room of people, not posts.
    kappa: float = setting(
        0.65,
        "susceptibility: pull of heard posts, per unit of conformity",
        off=0.0,
        low=0,
        high=1,
        source="Asch 1955: 36.8 % of trials",
        basis="calibrated",
    )
    # In the experiment a fourth voice hardly adds to three.
    saturation: float = assumption(
        0.7,
        "rate at which further voices stop adding; large values make one voice sufficient",
        low=0,
        high=1000,
        source="Asch 1955",
    )
    automatic_pull: float = assumption(
        1.5, "factor on susceptibility under System 1", off=1.0, low=0, high=5
    )
    negativity: float = assumption(
        1.5, "weight of a negative post relative to a positive one", off=1.0, low=0, high=8
    )
    # No magnitude is published; 1 to 3 is worth a sweep.
    tribe_boost: float = assumption(
        2.0, "weight of a voice from one's own tribe", off=1.0, low=0, high=4
    )
    norm_rate: float = assumption(
        0.2, "share of the gap by which listening moves the perceived norm", off=0.0, low=0, high=1
    )
    norm_pull: float = assumption(
        0.01,
        "pull of the perceived norm, per unit of conformity",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )
    # 0.65^7 leaves 5 % after a week.
    social_decay: float = setting(
        0.35,
        "daily decay rate of socially induced satisfaction",
        off=0.0,
        off_means="it stays",
        low=0,
        high=1,
        unit="1/day",
        source="Huang et al. 2014: gone within a week",
    )
    forum: float = assumption(
        0.0, "weight of the forum relative to neighbours in awareness", off=0.0, low=0, high=1
    )
    forum_voice: float = assumption(
        0.3, "weight of an open forum relative to one neighbour's post", off=0.0, low=0, high=8
    )
    community_voice: float = assumption(
        0.5, "weight of the brand's own community for its followers", off=0.0, low=0, high=8
    )
    offline_share: float = assumption(0.4, "share of offline ties", low=0, high=1)
    offline_weight: float = assumption(
        1.0, "weight of a voice over an offline tie", off=0.0, off_means="layer off", low=0, high=8
    )
    online_weight: float = assumption(
        1.0, "weight of a voice over an online tie", off=0.0, off_means="layer off", low=0, high=8
    )


class Ties(SettingsModel):
    """Ties strengthen with agreement and decay in disuse, between 1/2 and 2 times their start."""

    strengthen: float = assumption(
        0.05, "share of the way to full strength gained per agreeing post", off=0.0, low=0, high=1
    )
    fade: float = assumption(
        0.01,
        "daily decay rate of the strength of an unused tie above its floor",
        off=0.0,
        low=0,
        high=1,
    )
    agreement: float = assumption(0.15, "distance within which two opinions agree", low=0, high=1)
