"""The Strategic Response Team: what it finds, whom it blames, what it orders, and what gets in its way."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.team import evidence, open_issues, voting
from equipoise.firm.control.team.evidence import Custom, Stream
from equipoise.firm.control.team.srt import Srt
from equipoise.firm.interfaces import Reading
from equipoise.settings.schema import dump_settings

EFFECTORS = ("repair", "respond", "replicate", "promise", "broadcast")
PLANT = check_fixtures.build_plant(EFFECTORS)
DEPARTMENTS = PLANT.departments
USUAL = np.full(4, 0.06)  # share of reports that are trouble of a drive, and praise of it
SICK = 0.2  # added to the shares of the drives that a sick department serves
PLAIN = {
    "confirmation": 0.0,
    "defensiveness": 0.0,
    "insight": 0.0,
    "hearsay": 0.0,
    "coordination": 0.0,
    "alarm": 0.0,
}


def weeks(count, where=None, start=20, size=100, seed=0, praised=None, causes=None, sick=SICK):
    """Return a reading for each seventh day: reports of usual trouble, from a week on with one department sick."""
    random, out = np.random.default_rng(seed), []
    for week in range(count):
        shares, happy = USUAL.copy(), USUAL.copy()
        if where is not None and week >= start:
            shares += sick * PLANT.matrix[:, where]
        if praised is not None and week >= start:
            happy += sick * PLANT.matrix[:, praised]
        found = random.multinomial(size, [*shares, *happy, 1 - shares.sum() - happy.sum()]).astype(
            float
        )
        told = np.zeros(5) if causes is None or week < start else causes
        day = 7 * week + 6
        out.append((day, Reading(day, day, 0.6, 0.05, found[4:8], found[:4], size, told)))
    return out


def meet(control, readings, plant=PLANT):
    """Let a team live through the readings; return its orders on their days, and all verdicts."""
    state, orders, verdicts, known = control.init(plant), [], [], dict(readings)
    for day in range(readings[-1][0] + 1):
        got, state = control.step(day, (known[day],) if day in known else (), state)
        verdicts += got.verdicts
        if day in known:
            orders.append(got)
    return orders, verdicts


def first(verdicts, kind="systemic", where=None):
    days = [
        each.day
        for each in verdicts
        if each.kind == kind and (where is None or each.department == where)
    ]
    return (days[0] - 6) / 7 if days else math.inf


# what it finds


@pytest.mark.parametrize("where", range(5))
def test_a_sick_department_is_found_blamed_and_repaired(where):
    orders, verdicts = meet(Srt(h=8, **PLAIN), weeks(40, where, size=400))
    assert not [each for each in verdicts if each.kind == "systemic" and each.day < 7 * 20]
    assert first(verdicts) - 20 < 5
    blamed = [each.department for each in verdicts if each.kind == "systemic"]
    assert blamed.count(DEPARTMENTS[where]) > (0.5 if where == 1 else 0.8) * len(
        blamed
    )  # sales looks like product
    assert orders[-1].focus[where] > 0.6
    assert 0.4 < orders[-1].efforts["repair"] < 0.81  # marketing has a fifth of the say
    assert orders[10].efforts["repair"] == 0


def test_a_one_off_is_answered_and_not_repaired():
    readings = weeks(30, size=400, seed=4)
    readings[20] = weeks(21, 2, start=20, size=400, sick=0.06)[20]
    orders, verdicts = meet(Srt(h=8, **PLAIN), readings)
    assert first(verdicts, "one-off", "product") <= 20
    assert first(verdicts) == math.inf
    assert orders[20].efforts["respond"] > 0.2
    assert orders[20].efforts["repair"] == 0


def test_repair_ends_when_the_matter_is_quiet():
    random = weeks(60, 2, start=20, size=400)
    calm = weeks(60, size=400, seed=5)
    orders, _ = meet(Srt(**PLAIN), random[:30] + calm[30:])
    efforts = np.array([each.efforts["repair"] for each in orders])
    assert efforts[25:30].min() > 0.5
    assert efforts[45:].max() == 0


def test_a_matter_said_again_at_a_quiet_meeting_stays_as_quiet_as_it_was():
    """Else a chart that still signals would keep a matter open for ever."""
    control = Srt(**PLAIN)
    state = control.init(PLANT)
    known = Stream(evidence.topics(np.full(8, 0.06)) * 1e9, 1e9)
    high = np.full(10, 50.0)
    state = state._replace(
        custom=Custom({"": known}, np.ones(10), 10**6),
        meetings=100,
        met=0,
        statistic=high,
        matters={0: open_issues.Matter(2, "systemic")},
    )
    repairs = []
    for day in (7, 14, 21):
        quiet = Reading(day, day, 0.6, 0.05, np.full(4, 6.0), np.full(4, 6.0), 100)
        _, state = control.step(day, (quiet,), state)
        repairs.append(0 in state.matters and state.matters[0].quiet)
        if day == 7:
            assert state.statistic[0] > control.h
    assert repairs == [1, False, False]


def test_matters_decided_otherwise_start_anew():
    old = {1: open_issues.Matter(2, "systemic", 1), 3: open_issues.Matter(0, "systemic", 1)}
    new = {
        1: open_issues.Matter(4, "systemic"),
        3: open_issues.Matter(0, "replicate"),
        5: open_issues.Matter(1, "one-off"),
    }
    kept = open_issues.renewed(new, old)
    assert {topic: each.quiet for topic, each in kept.items()} == {1: 1, 3: 0, 5: 0}
    assert kept[1].department == 4


def test_a_delight_is_replicated():
    orders, verdicts = meet(Srt(**PLAIN), weeks(35, size=400, praised=3))
    assert 20 <= first(verdicts, "replicate") < 26
    assert [each.department for each in verdicts if each.kind == "replicate"].count("service") > 3
    assert orders[-1].efforts["replicate"] > 0.2
    assert orders[-1].efforts["repair"] == 0


@pytest.mark.parametrize(
    ("rule", "kinds"), [("always", {"systemic", "replicate"}), ("never", {"one-off", "not"})]
)
def test_always_patch_and_never_patch(rule, kinds):
    _, verdicts = meet(Srt(rule=rule, **PLAIN), weeks(40, 2))
    assert {each.kind for each in verdicts} == kinds


def test_false_alarms_come_at_the_published_run_length():
    """One-sided CUSUM, k = .5, h = 4: 2 * 167.7 meetings to the first false alarm of a topic, within 4 errors."""
    control = Srt(cadence=1, agenda=100, notice=100, usual=36500, voting="equal", **PLAIN)
    size, alarms, exposed = 2000, 0, 0
    for run in range(8):
        random = np.random.default_rng(run)
        known = Stream(evidence.topics(np.full(8, 0.08)) * 1e9, 1e9)
        state = control.init(PLANT)._replace(
            custom=Custom({"": known}, np.ones(10), 10**6), meetings=100, met=0
        )
        free = set(range(4))
        for day in range(1, 900):
            found = random.multinomial(size, [0.08] * 8 + [0.36]).astype(float)
            reading = Reading(day, day, 0.6, 0.05, found[4:8], found[:4], size)
            orders, state = control.step(day, (reading,), state)
            exposed += len(free)
            struck = {each.topic for each in orders.verdicts if each.kind == "systemic"} & free
            alarms, free = alarms + len(struck), free - struck
            if not free:
                break
    assert exposed / alarms == pytest.approx(335.4, rel=4 / math.sqrt(alarms))
    assert alarms > 20


def test_counts_are_compared_within_their_channel():
    """A survey every fourth week, which counts no praise, is no news."""
    usual, few = np.full(8, 300.0), np.repeat([30.0, 0.0], 4)
    custom = Custom(
        {"a": Stream(evidence.topics(usual), 1e4), "b": Stream(evidence.topics(few), 100.0)},
        np.ones(10),
    )
    found = evidence.topics(np.full(8, 3.0) + 4 * np.eye(8)[0])
    z = evidence.unusual({"a": Stream(found, 100.0)}, custom)
    assert z[0] == pytest.approx(4 / math.sqrt(100 * 0.03 * 0.97 * 1.01))
    assert z[8] == pytest.approx(4 / math.sqrt(100 * 0.12 * 0.88 * 1.01))
    z = evidence.unusual(
        {"a": Stream(found, 100.0), "b": Stream(evidence.topics(few / 2), 50.0)}, custom
    )
    assert z[0] == pytest.approx(4 / math.sqrt(100 * 0.03 * 0.97 * 1.01 + 50 * 0.3 * 0.7 * 1.5))
    assert z[4] == pytest.approx(0, abs=1e-9)
    assert not evidence.unusual({"new": Stream(found, 100.0)}, custom).any()


def test_parts_of_a_reading_are_piled_each_on_its_own():
    part = Reading(0, 0, 0.5, 0.1, np.ones(4), np.zeros(4), 9)
    whole = replace(part, parts=(("a", part), ("b", replace(part, volume=5))))
    pile = evidence.piled(evidence.piled(evidence.Pile({}, np.zeros(5)), whole), whole)
    assert {name: each.volume for name, each in pile.streams.items()} == {"a": 18, "b": 10}
    np.testing.assert_array_equal(pile.counts, np.repeat([0.0, 4.0], 4))


def test_causes_told_decide_whom_to_blame():
    told = np.array([0, 0, 0, 0, 60.0])
    _, verdicts = meet(Srt(**PLAIN), weeks(30, 2, causes=told))
    blamed = [each.department for each in verdicts if each.kind == "systemic" and each.day > 145]
    assert blamed.count("operations") > 0.8 * len(blamed)


# who meets


def test_marketing_alone_sees_a_problem_of_messaging():
    orders, verdicts = meet(Srt(seats={"marketing": 2}, **PLAIN), weeks(40, 2, size=400))
    assert first(verdicts, where="product") < 26
    last = orders[-1].efforts
    assert last["repair"] == 0
    assert last["promise"] == last["broadcast"] == last["respond"] > 0.3


def test_the_defensive_blame_others():
    readings = weeks(40, 2, size=400)
    open_minded, defensive = (
        meet(Srt(seats={"product": 2}, **PLAIN | {"defensiveness": d}), readings)[1] for d in (0, 1)
    )
    assert first(open_minded, where="product") < 26
    assert first(defensive, where="product") == math.inf


def test_a_department_without_a_seat_is_found_less_often():
    def right(seats):
        hits = []
        for seed in range(12):
            control = Srt(seats=seats, openness=1.0, **PLAIN | {"insight": 0.2, "hearsay": 4.0})
            _, verdicts = meet(
                control, weeks(34, 4, size=150, seed=seed, sick=0.08), replace(PLANT, seed=seed)
            )
            hits += [
                each.department == "operations"
                for each in verdicts
                if each.kind == "systemic" and each.day > 140
            ]
        return np.mean(hits)

    everybody = dict.fromkeys(DEPARTMENTS, 1)
    assert right(everybody) > right(everybody | {"operations": 0}) + 0.1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("equal", [0.5, 0.25, 0.25]), ("weighted", [0.6, 0.2, 0.2]), ("loudest", [1, 0, 0])],
)
def test_whose_word_counts(rule, expected):
    made = voting.seated({"sales": 2, "product": 1, "service": 1}, {"sales": 1.5}, DEPARTMENTS)
    say = voting.says(made, rule, 1, 0)
    assert [say[:2].sum(), *say[2:]] == pytest.approx(expected)


def test_the_dictator_is_drawn_for_each_meeting():
    made = voting.seated({}, {}, DEPARTMENTS)
    drawn = [int(voting.says(made, "dictator", 1, day).argmax()) for day in range(2000)]
    np.testing.assert_allclose(np.bincount(drawn) / 2000, 0.1, atol=0.03)


def test_a_further_seat_does_not_change_what_others_see():
    fit = np.zeros(5)
    few, many = (voting.seated(dict.fromkeys(DEPARTMENTS, n), {}, DEPARTMENTS) for n in (1, 3))
    seen = voting.views(fit, many, (0.5, 1.5), 0.0, 1, 7)
    np.testing.assert_array_equal(voting.views(fit, few, (0.5, 1.5), 0.0, 1, 7), seen[::3])


def test_seats_see_their_own_department_better():
    made = voting.seated({}, {}, DEPARTMENTS)
    seen = np.array(
        [voting.views(np.zeros(5), made, (0.5, 1.5), 0.0, 1, day) for day in range(600)]
    )
    own = made.department[:, None] == np.arange(5)
    assert seen[:, own].std() == pytest.approx(0.5, rel=0.05)
    assert seen[:, ~own].std() == pytest.approx(1.5, rel=0.05)


def test_the_table_trusts_who_sits_there():
    made = voting.seated({"sales": 1, "product": 1}, {}, DEPARTMENTS)
    seen = np.array([[0, 2.0, 6.0, 1.0, 0], [0, 4.0, 9.0, 3.0, 0]])
    table = [0, (4 * 2 + 4.0) / 5, (6 + 4 * 9) / 5, 2.0, 0]
    np.testing.assert_allclose(voting.discussed(seen, made, (0.5, 1.0), 1.0), [table, table])
    np.testing.assert_array_equal(voting.discussed(seen, made, (0.5, 1.0), 0.0), seen)


def test_who_dissents_votes_for_another_than_the_favourite():
    seen = np.array([[3.0, 2, 0], [3, 2, 0], [3, 0, 2]])
    say, all_possible = np.full(3, 1 / 3), np.ones(3, bool)
    assert voting.blamed(seen, say, np.zeros(3, bool), all_possible) == (0, pytest.approx(1))
    assert voting.blamed(seen, say, np.array([True, True, False]), all_possible) == (
        1,
        pytest.approx(2 / 3),
    )
    assert voting.blamed(seen, say, np.zeros(3, bool), np.array([False, False, True]))[0] == 2


# dissent, load, time


def delay(seeds=range(8), **more):
    out = []
    for seed in seeds:
        control = Srt(**PLAIN | {"agenda": 2.0} | more)
        _, verdicts = meet(
            control, weeks(60, 2, size=250, seed=seed, sick=0.06), replace(PLANT, seed=seed)
        )
        out.append(min(first([each for each in verdicts if each.day > 145]) - 20, 40))
    return np.mean(out)


def test_some_dissent_speeds_a_biased_team_and_much_delays_it():
    none, some, much = (delay(confirmation=1.2, dissent=share) for share in (0.0, 0.25, 0.7))
    assert some < none - 1
    assert much > some + 2


def wrong(accused, seeds=range(10), **more):
    """Return the share of verdicts that name the department accused before, while another one is sick."""
    out = []
    for seed in seeds:
        plant = replace(PLANT, seed=seed)
        control = Srt(**{"agenda": 100.0, "insight": 0.5, "hearsay": 1.5, "alarm": 0.0} | more)
        state = control.init(plant)
        state = state._replace(matters={3: open_issues.Matter(accused, "systemic")})
        for day, reading in weeks(30, 2, size=250, seed=seed, sick=0.08):
            if day > 20 * 7:
                standing = (
                    {3: open_issues.Matter(accused, "systemic")} if day < 22 * 7 else state.matters
                )
                state = state._replace(matters=standing)
            got, state = control.step(day, (reading,), state)
            out += [
                each.department == DEPARTMENTS[accused]
                for each in got.verdicts
                if day > 20 * 7 and each.topic < 4
            ]
    return np.mean(out)


def test_who_was_accused_before_is_accused_again_unless_somebody_dissents():
    believing, doubting = (wrong(1, confirmation=2.0, dissent=share) for share in (0.0, 0.35))
    assert believing > wrong(1, confirmation=0.0) + 0.1
    assert doubting < believing - 0.1


def test_the_longer_an_item_is_talked_of_the_more_members_see_what_the_table_sees():
    """With sight as poor as this, only what all know together tells who is sick."""
    quick, long = (
        wrong(1, confirmation=0.0, hearsay=3.0, dissent=0.3, lengthening=much)
        for much in (0.0, 9.0)
    )
    assert long < quick


def test_share_read_by_hand():
    assert evidence.share_read(80, 100, 0.5) == 1
    assert evidence.share_read(200, 100, 0.0) == pytest.approx(0.5)
    assert 200 * evidence.share_read(200, 100, 0.5) == pytest.approx(100 / 1.5)
    read = [load * evidence.share_read(load, 100, 0.5) for load in (100, 200, 400, 800)]
    assert read == sorted(read, reverse=True)


def test_reading_a_sample_keeps_mean_and_variance_of_a_binomial():
    counts = np.full(8, 200.0)
    found = np.array([evidence.sampled(counts, 0.3, 1, day) for day in range(1500)])
    assert found.mean() == pytest.approx(60, rel=0.01)
    assert found.var() == pytest.approx(42, rel=0.06)
    assert evidence.sampled(counts, 1.0, 1, 0) is counts


def test_who_drowns_in_reports_finds_out_later():
    assert delay(reading=5.0, paralysis=1.0) > delay() + 2
    assert delay(reading=5.0, paralysis=0.0) < delay(reading=5.0, paralysis=1.0)


def test_every_pair_of_seats_must_agree():
    made = voting.seated({}, {}, DEPARTMENTS)
    assert Srt(reading=100, coordination=2)._capacity(made) == 1000 - 2 * 45
    assert Srt(reading=1, coordination=2)._capacity(made) == 1


def test_the_alarm_calls_a_meeting_early():
    readings = weeks(30, 2, start=25, size=400)
    day, last = readings[25][0], readings[25][1]
    early = [*readings[:25], (day - 5, last), *readings[26:]]
    called, waited = (meet(Srt(**PLAIN | {"alarm": alarm}), early)[1] for alarm in (4.0, 0.0))
    assert day - 5 in {each.day for each in called}
    assert day - 5 not in {each.day for each in waited}


def test_only_meetings_cost():
    control = Srt(seats={"sales": 2, "service": 1}, seat_cost=7)
    state, costs = control.init(PLANT), []
    for day in range(21):
        got, state = control.step(day, (), state)
        costs.append(got.cost)
    assert costs == [21.0 if day % 7 == 6 else 0.0 for day in range(21)]


def test_belief_is_the_mean_by_precision_since_the_last_meeting():
    control, state = Srt(), Srt().init(PLANT)
    for day, (level, error) in enumerate([(0.5, 0.1), (0.7, 0.05), (math.nan, math.nan)]):
        reading = Reading(day, day, level, error, np.zeros(4), np.ones(4), 9)
        _, state = control.step(day, (reading,), state)
    orders, _ = control.step(6, (), state)
    assert orders.believed == pytest.approx((0.5 + 4 * 0.7) / 5)


# remedies


def test_effort_is_limited_and_the_routine_kept():
    assert open_issues.afforded({"a": 2.0, "b": 0.1}, {"b": 0.5}, 3.0) == {"a": 1.0, "b": 0.5}
    assert open_issues.afforded({"a": 1.0, "b": 1.0}, {}, 1.0) == {"a": 0.5, "b": 0.5}
    assert open_issues.afforded({"a": 0.0}, {}, 0.0) == {"a": 0.0}


def test_remedies_are_found_by_name():
    names = ("repair", "respond_canned", "respondent", "promise")
    assert open_issues.at_hand(("respond",), names) == ("respond_canned",)
    matter = open_issues.Matter(2, "systemic")
    assert open_issues.efforts(
        [matter], {"systemic": 1.0}, 0.5, replace(PLANT, effectors=names)
    ) == {
        "repair": 0.5,
        "respond_canned": 0.25,
        "respondent": 0.0,
        "promise": 0.25,
    }


# settings

FLIPS = {
    "cadence": 3,
    "alarm": 0.0,
    "seats": {"product": 1},
    "voting": "loudest",
    "weights": {"service": 9.0},
    "messengers": ("sales", "product"),
    "dissent": 0.4,
    "confirmation": 2.0,
    "lengthening": 40.0,
    "defensiveness": 1.0,
    "insight": 9.0,
    "hearsay": 9.0,
    "openness": 0.0,
    "agenda": 0.4,
    "notice": 2.5,
    "discussed": "praise",
    "reading": 4.0,
    "coordination": 30.0,
    "paralysis": 9.0,
    "rule": "ewma",
    "k": 1.5,
    "h": 9.0,
    "weight": 0.9,
    "width": 5.0,
    "learning": 15,
    "usual": 20.0,
    "systemic_effort": 0.3,
    "one_off_effort": 0.9,
    "replicate_effort": 0.9,
    "routine": {"promise": 0.3},
    "seat_cost": 5.0,
}
WITH = {
    "weights": {"voting": "weighted"},
    "weight": {"rule": "ewma"},
    "width": {"rule": "ewma"},
    "lengthening": {"dissent": 0.4},
    "paralysis": {"reading": 8.0},
    "coordination": {"reading": 30.0},
}


def test_every_setting_is_tried():
    assert set(FLIPS) == set(Srt.model_fields)


@pytest.mark.parametrize("name", FLIPS)
def test_every_setting_changes_the_orders(name):
    made = Srt(**WITH.get(name, {}))
    flipped = Srt.model_validate(
        {k: v for k, v in dump_settings(made).items() if k != "kind"} | {name: FLIPS[name]}
    )
    days = weeks(45, 2, size=150, praised=3)
    early = [(day - 3, replace(each, observed=day - 3, delivered=day - 3)) for day, each in days]
    assert not is_same(meet(made, early), meet(flipped, early))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"seats": {"prodct": 1}}, r"seats 'prodct' is not known\. Did you mean 'product'"),
        ({"seats": {"product": 0}}, "leaves the table empty"),
        ({"weights": {"sale": 1}}, r"weights 'sale' is not known\. Did you mean 'sales'"),
        ({"routine": {"repiar": 1}}, r"routine 'repiar' is not known\. Did you mean 'repair'"),
        (
            {"messengers": ("markting",)},
            r"messengers 'markting' is not known\. Did you mean 'marketing'",
        ),
    ],
)
def test_unknown_names_are_told(bad, said):
    with pytest.raises(EquipoiseError, match=said):
        Srt(**bad).init(PLANT)


@pytest.mark.parametrize(
    "bad", [{"seats": {"sales": 6}}, {"dissent": 1.5}, {"voting": "loud"}, {"rule": "bayes"}]
)
def test_impossible_settings_are_refused(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        Srt(**bad)


@pytest.mark.parametrize(
    "more",
    [{"dissent": 0.3}, {"voting": "dictator"}, {"reading": 1.0}, {"notice": -10, "learning": 1}],
)
def test_variants_keep_the_contract(more):
    check(Srt(**more))
