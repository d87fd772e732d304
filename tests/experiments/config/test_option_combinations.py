"""Any combination of options composes and runs; every setting changes what a run records."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from equipoise.analysis.summary import measure_record
from equipoise.experiments.config.catalogue import SettingEntry, list_entries
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.option_files import list_options
from equipoise.firm.control.human import build_orders, connect_port
from equipoise.firm.interfaces import Orders, Plant, Reading
from equipoise.runner import Run, run
from equipoise.settings.settings import Disturbance, Settings

STRATEGIES, COMMUNITIES, ENVIRONMENTS = (
    list_options(group) for group in ("strategy", "community", "environment")
)
TINY = ("community.size=40", "burn_in=0", "horizon=3")
LOG = "time,brand,sentiment,topic,count\n" + "".join(
    f"2015-02-{day:02},{brand},{sentiment},{topic},{count}\n"
    for day in range(1, 28)
    for brand, sentiment, topic, count in (
        ("Ours", "negative", "Late Flight", 3 + 9 * (day % 5 == 0)),
        ("Ours", "negative", "Bad Flight", 1 + day % 3),
        ("Theirs", "negative", "Lost Luggage", 2 + day % 4),
        ("Ours", "positive", "", 2),
    )
)


FILES = {
    "log.csv": LOG,
    "other.csv": LOG.replace("Late Flight", "Bad Flight"),
    "plan.csv": "day,effector,effort,department\n3,repair,0.8,product\n",
    "study.yaml": "kind: pid\nparameters: {kp: 20}\n",
    "friends.edges": "".join(
        f"{n} {(n * k + k) % 120} {n % 7}\n" for n in range(120) for k in (1, 7, 11)
    ),
    "people.csv": "id\n" + "".join(f"{n}\n" for n in range(130)),
    "other.edges": "".join(f"{n} {(n * k + k) % 120}\n" for n in range(120) for k in (1, 5, 13)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that some options read."""
    folder = tmp_path_factory.mktemp("files")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def composed(told: Iterable[str], folder: Path) -> Settings:
    return compose(*(word.replace("FOLDER", str(folder)) for word in told))


def words(group: str, option: str) -> tuple[str, ...]:
    return (
        f"{group}={option}",
        *(("environment.path=FOLDER/log.csv",) if option == "replay" else ()),
    )


def same_days(a: Run, b: Run) -> bool:
    """Tell whether two runs record the same numbers, all of them."""
    if len(a.records) != len(b.records):
        return False
    for one, other in zip(a.records, b.records, strict=True):
        ours, theirs = one.columns(), other.columns()
        if ours.keys() != theirs.keys() or repr(one.verdicts) != repr(other.verdicts):
            return False
        if not all(
            np.array_equal(values, theirs[name], equal_nan=True) for name, values in ours.items()
        ):
            return False
    return True


# any combination


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "names"), [("environment", ENVIRONMENTS), ("community", COMMUNITIES)]
)
def test_every_strategy_runs_in_every(group, names, folder):
    """Options of different groups do not touch each other: each is composed once, and a sample holds it to that.

    A community may bring the firm that it needs; no strategy brings one.
    """
    strategies = {name: compose(f"strategy={name}", *TINY) for name in STRATEGIES}
    worlds = {name: composed([*words(group, name), *TINY], folder) for name in names}
    for n, (strategy, policy) in enumerate(strategies.items()):
        for k, (name, world) in enumerate(worlds.items()):
            settings = policy.model_copy(update={group: getattr(world, group), "firm": world.firm})
            if k == n % len(names):
                assert settings == composed(
                    [f"strategy={strategy}", *words(group, name), *TINY], folder
                )
            done = run(settings)
            assert done.complete
            days = done.records[0].columns()
            level = days["satisfaction"][days["stage_customer"] > 0]
            assert ((level >= 0) & (level <= 1)).all(), (strategy, name)


@pytest.mark.slow
@pytest.mark.parametrize("n", range(6))
def test_arrays_and_agents_agree_on_combinations(n, folder):
    names = STRATEGIES[n::6]
    chosen = [
        (
            strategy,
            ENVIRONMENTS[(3 * n + k) % len(ENVIRONMENTS)],
            COMMUNITIES[(n + 2 * k) % len(COMMUNITIES)],
        )
        for k, strategy in enumerate(names)
    ]
    for strategy, environment, community in chosen:
        told = (
            f"strategy={strategy}",
            *words("environment", environment),
            f"community={community}",
            *TINY,
        )
        settings = composed([*told, "precision=double"], folder)
        agents = run(settings.model_copy(update={"engine": "agents"}))
        assert same_days(run(settings), agents), (strategy, environment, community)


# every key

EFFECTORS = tuple(name for name in list_options("effector") if not name.startswith("ladder"))
WORLDS = {
    "fault": "{kind: fault, start: 2, size: 0.3}",
    "failures": "{kind: failures, department: service, start: 4, days: 30, size: 0.15}",
    "turnover": "{kind: turnover, department: operations, start: 3, size: 0.4}",
    "delight": "{kind: delight, start: 8, days: 9, size: 0.3}",
    "firestorm": "{kind: firestorm, start: 20, days: 7, size: 0.3}",
    "rumour": "{kind: rumour, start: 5, days: 20, size: 0.3}",
    "competitor": "{kind: competitor, start: 6, size: 0.2}",
    "surge": "{kind: surge, start: 9, days: 12, size: 0.6}",
    "season": "{kind: season, start: 0, days: 28, size: 0.2}",
    "drift": "{kind: drift, start: 1, days: 20, size: 0.6}",
    "reach": "{kind: reach, start: 1, days: 20, size: 0.6}",
}
TROUBLE = tuple(
    f"environment.disturbances.{name}={each.replace(' ', '')}" for name, each in WORLDS.items()
)
EVERYTHING = (
    "community.size=200",
    "burn_in=0",
    "horizon=45",
    *TROUBLE,
    "environment.fault_rate=0.01",
    f"effector=[{','.join(EFFECTORS)}]",
    "firm.budget=5",
    "firm.claimed=[0.9,-0.2,0,-0.2,-0.6,0.2,-0.9,-0.1,0.5,0.2]",
)
LISTENING = ("control_center=pid", "control_center.certainty=0")
ALWAYS = ("control_center=steady", "control_center.effort=1")
REPLAY = ("environment=replay", "environment.path=FOLDER/log.csv")
TALKS = (*LISTENING, "environment.failure_rate=0.2", "firm.set_point=0.9")
SURE = ("control_center.sure=0", "horizon=90")
EAGER = ("control_center.rule=always", "control_center.agenda=100", "control_center.notice=-10")
HELPING = (
    "community.needs.question_rate=0.3",
    "community.needs.peer_help=0.2",
    "community.relationship.followers=0.7",
)
# what must be so for the settings of an owner to matter: receptor=..., or the first name of a path
SCENES: dict[str, tuple[str, ...]] = {
    "community": (
        *ALWAYS,
        "community.people.customers=0.4",
        "community.cycle.consider=0.2",
        "community.cycle.buy=0.2",
    ),
    "environment": ALWAYS,
    "information": ALWAYS,
    "lens": (*LISTENING, "lens.layers=2"),
    "network=file": (*LISTENING, "network.path=FOLDER/friends.edges"),
    "receptor=conversation": TALKS,
    "control_center=srt": ("control_center.cadence=2", "control_center.learning=4", "horizon=60"),
    "control_center=mpc": (
        *SURE,
        "control_center.spending=0.01",
        "receptor=oracle",
        "firm.set_point=0.66",
    ),
    **{f"effector={kind}": ALWAYS for kind in EFFECTORS},
}
# what must be so besides, by key
NEEDED: dict[str, tuple[str, ...]] = {
    "community.cycle.innovation": ("community.people.unaware=0.5",),
    "community.cycle.imitation": ("community.people.unaware=0.5",),
    "community.hearing.forum": ("community.people.unaware=0.5", "community.cycle.imitation=0.5"),
    "community.needs.community_help": HELPING,
    "community.needs.help_depth": HELPING,
    "community.needs.canned_worth": ("effector.respond.expert=false",),
    "information.bias": ("information.regime=gatekeeper",),
    "firm.band": ("control_center=threshold",),
    "environment.brand": REPLAY,
    "environment.topics": REPLAY,
    "environment.loudness": REPLAY,
    "environment.path": REPLAY,
    "environment.fame": (
        "community.people.customers=0.3",
        "community.people.unaware=0.5",
        "community.cycle.innovation=0.05",
    ),
    "effector=respond:effector.respond.canned_price": ("effector.respond.expert=false",),
    "network=tribes:network.tribes": ("network.inside=0.3",),
    "receptor=mentions:receptor.correct": ("receptor.classifier=supervised",),
    "control_center=srt:control_center.weights": ("control_center.voting=weighted",),
    "control_center=srt:control_center.voting": ("control_center.weights={product:3,service:2}",),
    "control_center=srt:control_center.discussed": EAGER,
    "control_center=srt:control_center.coordination": ("control_center.reading=8",),
    "control_center=srt:control_center.paralysis": ("control_center.reading=8",),
    "control_center=srt:control_center.replicate_effort": EAGER,
    "control_center=srt:control_center.defensiveness": (
        "control_center.seats={product:3,operations:2}",
    ),
    "control_center=srt:control_center.rule": ("control_center.width=6",),
    "control_center=mpc:control_center.usual": ("firm.band=0.5",),
    "control_center=pid:control_center.usual": ("firm.band=0.5",),
    "control_center=threshold:control_center.usual": (
        "firm.band=0.5",
        "control_center.trigger=-1",
        "control_center.release=-2",
    ),
    "control_center=srt:control_center.weight": ("control_center.rule=ewma",),
    "control_center=srt:control_center.width": ("control_center.rule=shewhart",),
    "control_center=srt:control_center.lengthening": ("control_center.dissent=0.3",),
}
MIX = "{repair:0.7,respond:0.3}"
# values to change to, where the ends of the range are not the place to look
VALUES: dict[str, tuple[str, ...]] = {
    "community.people.customers": ("0.3",),
    "environment.path": ("FOLDER/other.csv",),
    "environment.brand": ("Ours",),
    "environment.topics": ("{Late Flight:product}",),
    # the others have no groups of their own: there blocks are detected ones
    **{
        f"network={kind}:network.tribes": ("single",)
        for kind in ("barabasi_albert", "holme_kim", "watts_strogatz")
    },
    "network=file:network.tribes": ("single",),
    "network=file:network.path": ("FOLDER/other.edges",),
    "network=file:network.columns": ("[2,1]",),
    "network=file:network.weight": ("3",),
    "network=file:network.nodes": ("FOLDER/people.csv",),
    "receptor=suite:receptor.anchor": ("survey", "mentions"),
    "receptor=mission_control:receptor.anchor": ("mentions", "''"),
    "control_center=human:control_center.port": ("elsewhere",),
    "control_center=scripted:control_center.path": ("FOLDER/plan.csv",),
    "control_center=tuned:control_center.path": ("FOLDER/study.yaml",),
    "control_center=threshold:control_center.trigger": ("8",),
    "control_center=threshold:control_center.release": ("-20",),
    "control_center=srt:control_center.seats": ("{service:1,product:3}",),
    "control_center=srt:control_center.weights": ("{product:5}",),
    "control_center=srt:control_center.messengers": ("[product,operations]",),
    "control_center=srt:control_center.routine": ("{promise:0.4}",),
    **{f"control_center={kind}:control_center.mix": (MIX,) for kind in ("pid", "threshold", "mpc")},
    "effector=promise:effector.promise.level": ("0.9",),
}
# settings that cannot change what a run records, and why
WITHOUT_EFFECT = {
    "engine": "both engines give the same numbers",
    "community.name": "a name",
    "strategy.name": "a name",
    "strategy.title": "a title",
    "environment.name": "a name",
    "receptor=blind:receptor.price": "it never has a reading",
}
ELSEWHERE = {
    "environment.replay": "it needs a path, and a path needs it: test_a_replayed_log_changes_what_is_recorded",
    "firm.marketing": "it is taken from the result: test_overheads_lower_the_result",
    "firm.steady_fixes": "it is taken from the result: test_overheads_lower_the_result",
}


def changes(entry: SettingEntry) -> tuple[str, ...]:
    """Return other values of a setting, of which one must matter."""
    if entry.choices:
        return tuple(choice for choice in entry.choices if choice != entry.default)
    if entry.allowed.startswith("a list of"):
        numbers = entry.default.strip("[]").split(",")
        return (f"[{','.join(['0.9', *numbers[1:]])}]",)
    if entry.low is None or entry.high is None:
        return ()
    # A scene may have set another value than the default.
    return f"{entry.low:g}", f"{min(entry.high, 2.0):g}", entry.default


def groups() -> dict[str, list[SettingEntry]]:
    found: dict[str, list[SettingEntry]] = {}
    for entry in list_entries():
        top, dot, _ = entry.path.partition(".")
        if "<name>" not in entry.path:
            found.setdefault(entry.owner or (top if dot else "run"), []).append(entry)
    return found


def key_of(entry: SettingEntry) -> str:
    return f"{entry.owner}:{entry.path}" if entry.owner else entry.path


def scene(owner: str) -> tuple[str, ...]:
    group, part, kind = owner.partition("=")
    chosen = (f"effector=[{kind}]" if group == "effector" else owner,) if part else ()
    rest = () if group == "control_center" else LISTENING
    return (*EVERYTHING, "receptor=mission_control", *chosen, *SCENES.get(owner, rest))


class Moody:
    """Who decides at the port when control_center=human: every other time, and never in a hurry."""

    def open(self, plant: Plant) -> None:
        self.plant, self.asked = plant, 0

    def await_orders(
        self, day: int, readings: tuple[Reading, ...], deadline: float
    ) -> Orders | None:
        self.asked += 1
        return (
            build_orders({"repair": 0.5}, {"product": 1}, self.plant)
            if deadline and self.asked % 2
            else None
        )


@lru_cache(maxsize=4)
def outcome(told: tuple[str, ...], folder: Path) -> Run:
    with connect_port("default", Moody()):
        return run(composed(told, folder))


def without_effect(owner: str, folder: Path) -> Iterator[str]:
    for entry in groups()[owner]:
        key = key_of(entry)
        if key in WITHOUT_EFFECT or key in ELSEWHERE:
            continue
        told = (*scene(owner), *NEEDED.get(key, ()))
        tried = VALUES.get(key) or changes(entry)
        changed = (
            not same_days(outcome(told, folder), outcome((*told, f"{entry.path}={each}"), folder))
            for each in tried
        )
        if entry.choices:  # every one of a few; of many values, one is enough
            idle = [each for each, effect in zip(tried, changed, strict=True) if not effect]
        else:
            idle = [] if any(changed) else list(tried)
        if idle or not tried:
            yield f"{key}={', '.join(idle)}"


@pytest.mark.slow
@pytest.mark.parametrize("owner", groups())
def test_every_setting_changes_what_is_recorded(owner, folder):
    assert list(without_effect(owner, folder)) == []


@pytest.mark.slow
def test_a_replayed_log_changes_what_is_recorded(folder):
    told = ("community.size=200", "burn_in=0", "horizon=20")
    assert not same_days(outcome(told, folder), outcome((*told, *REPLAY), folder))


@pytest.mark.slow
@pytest.mark.parametrize("share", ["marketing", "steady_fixes"])
def test_overheads_lower_the_result(share, folder):
    done = outcome(("community.size=200", "burn_in=0", "horizon=20"), folder)
    firm = done.settings.firm.model_copy(update={share: 0.5})
    dearer = done.settings.model_copy(update={"firm": firm})
    (record,) = done.records
    lost = (0.5 - getattr(done.settings.firm, share)) * record.columns()["revenue"].sum()
    assert lost > 0
    net, lower = (measure_record(record, each)["net"] for each in (done.settings, dearer))
    assert net - lower == pytest.approx(lost)


def test_settings_left_out_are_there():
    assert {*WITHOUT_EFFECT, *ELSEWHERE} <= {key_of(entry) for entry in list_entries()}


# what the user names: disturbances, and receptors within a suite

QUIET = ("community.size=200", "burn_in=0", "horizon=45", "firm.departments.operations.capacity=40")
STRIKES = ("fault", "failures", "turnover")  # the others strike no department
OTHERWISE = {"department": "sales", "start": "12", "days": "5", "size": "0.9", "rate": "0.05"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", get_args(Disturbance.model_fields["kind"].annotation))
def test_every_setting_of_a_disturbance_changes_what_is_recorded(kind, folder):
    here = (*QUIET, f"environment.disturbances.it={WORLDS[kind].replace(' ', '')}")
    assert not same_days(outcome(QUIET, folder), outcome(here, folder))
    assert same_days(
        outcome(QUIET, folder), outcome((*here, "environment.disturbances.it.size=0"), folder)
    )
    assert {"kind", *OTHERWISE} == set(Disturbance.model_fields)
    matter = [name for name in OTHERWISE if (name != "department" or kind in STRIKES)]
    idle = [
        name
        for name in matter
        if same_days(
            outcome(here, folder),
            outcome((*here, f"environment.disturbances.it.{name}={OTHERWISE[name]}"), folder),
        )
    ]
    assert idle == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["suite", "mission_control"])
def test_every_receptor_within_another_changes_what_is_recorded(kind, folder):
    here = (*EVERYTHING, f"receptor={kind}", *LISTENING)
    for name in compose(f"receptor={kind}").receptor.receptors:
        assert not same_days(
            outcome(here, folder),
            outcome((*here, f"~receptor.receptors.{name}", "receptor.anchor=''"), folder),
        )
    closer = (*here, "receptor.receptors.survey.sample=10")
    assert not same_days(outcome(here, folder), outcome(closer, folder))


@pytest.mark.parametrize(
    "community", ["ordinary", "iconic", "support_forum", "polarised", "open_ratings", "rational"]
)
def test_in_calm_no_firm_drowns_in_the_questions_of_its_community(community):
    settings = compose(f"community={community}", "community.size=400", "horizon=84", "seed=2")
    days = run(settings).records[0].columns()
    assert days["queue_service"][-28:].max() < 0.02 * settings.community.size
    assert days["satisfaction"][-28:].mean() > 0.6
