"""Settings and worlds in which every mechanism is at work, shared by tests of the model."""

from equipoise.model import World
from equipoise.settings.settings import Settings

# A firm and an environment in which everything happens: faults that end and that stay, failures,
# answers, repairs, promises.
EVENTFUL = {
    "receptor": {"kind": "mentions"},
    "control_center": {"kind": "threshold", "trigger": -25, "release": -25},
    "effector": {
        "respond": {"kind": "respond", "replies": 110},
        "template": {"kind": "respond", "replies": 60, "expert": False},
        "repair": {"kind": "repair"},
        "replicate": {"kind": "replicate", "delay": 2},
        "promise": {"kind": "promise", "level": 0.9},
    },
    "firm": {
        "claimed": tuple(-v for v in Settings().firm.enacted),
        "content": 2.0,
        "relevance": 0.3,
        "overload": 3.0,
    },
    "environment": {
        "failure_rate": 0.05,
        "fault_rate": 0.02,
        "disturbances": {
            "lasting": {"kind": "fault", "department": "product", "start": 2, "size": 0.4},
            "passing": {
                "kind": "fault",
                "department": "service",
                "start": 3,
                "days": 4,
                "size": 0.3,
            },
            "burst": {
                "kind": "failures",
                "department": "sales",
                "start": 4,
                "days": 3,
                "size": 0.3,
            },
        },
    },
}

# The world outside and the firm's moderators, at work every day.
BUSY = {
    "rumour": 0.3,
    "rivalry": 1.0,
    "outside_reach": 0.3,
    "outside_weight": 2.0,
    "outside_valence": 0.1,
    "community": 0.5,
    "welcome": 0.5,
    "draw_out": 0.5,
    "delete": 0.5,
    "invite": 0.3,
    "trigger": 0.3,
    "lure": 1.5,
    "bond": 0.5,
    "bonding": 0.5,
}

# A community in which every mechanism is strong, so that a few days of few people meet each branch.
STRONG = {
    "people": {
        "mobile_share": 0.4,
        "check_in": 0.4,
        "voice_mean": 0.5,
        "customers": 0.4,
        "unaware": 0.3,
        "reflectiveness_spread": 3.0,
    },
    "attention": {
        "promise_weight": 0.8,
        "relevant_gain": 0.3,
        "irritation": 0.5,
        "rest": 0.2,
        "unfollow": 0.5,
    },
    "cycle": {
        "imitation": 0.3,
        "innovation": 0.05,
        "consider": 0.3,
        "buy": 0.5,
        "lapse": 0.05,
        "comeback": 0.3,
    },
    "needs": {
        "question_rate": 0.3,
        "patience": 3,
        "peer_help": 0.5,
        "desert": 0.5,
        "freshness": 1.5,
        "help_depth": 0.3,
    },
    "experience": {"use_rate": 0.6, "noise": 0.3, "disconfirmation": 1.5, "expectation_rate": 0.5},
    "thinking": {"habit": 0.4, "eta1": 0.3, "eta2": 0.8, "startle": 8.0},
    "trust": {"trust_gain": 0.3, "trust_loss": 2.0, "tolerance": 0.02, "exposure": 0.2},
    "relationship": {"depth_gain": 0.3, "depth_fade": 0.05, "follow_rate": 0.4, "closeness": 0.15},
    "voice": {"complain": 0.4, "leave": 2.0, "plain": 1.0, "stay": 0.6},
    "hearing": {
        "kappa": 0.8,
        "norm_pull": 0.3,
        "negativity": 3.0,
        "tribe_boost": 3.0,
        "saturation": 0.1,
        "forum": 0.5,
    },
    "ties": {"strengthen": 0.5, "fade": 0.2, "agreement": 0.3},
}


def merge(below, above):
    """Return nested mappings, one laid over the other."""
    result = {**below}
    for name, value in above.items():
        if isinstance(value, dict):
            value = merge(below.get(name, {}), value)
        result[name] = value
    return result


def nest(path, value):
    """Return a value under a dotted path as nested mappings."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def eventful_settings(*layers):
    """Return settings of a strong community in eventful days, with layers laid over them."""
    given = merge(EVENTFUL, {"burn_in": 2, "horizon": 10, "community": STRONG | {"size": 80}})
    for layer in layers:
        given = merge(given, layer)
    return Settings.model_validate(given)


def keep_busy(monkeypatch):
    """Let the offer of every day hold the values of BUSY, in worlds of either engine."""
    set_offer = World.set_offer

    def set_and_overwrite(world):
        set_offer(world)
        for name, value in BUSY.items():
            world.today[name] = value

    monkeypatch.setattr(World, "set_offer", set_and_overwrite)
