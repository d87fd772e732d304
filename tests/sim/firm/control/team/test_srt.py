"""The Strategic Response Team: verdicts, orders, dissent, load."""

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.checker import check, is_same
from equipoise.firm.control.team import evidence, open_issues, voting
from equipoise.firm.control.team.evidence import InControl, Stream
from equipoise.firm.control.team.srt import Srt
from equipoise.firm.interfaces import ControlCenter, Reading

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


def make_weeks(count, where=None, start=20, size=100, seed=0, praised=None, causes=None, sick=SICK):
    """Return a weekly reading of usual trouble, from week ``start`` on with a sick department."""
    random, readings = np.random.default_rng(seed), []
    for week in range(count):
        shares, happy = USUAL.copy(), USUAL.copy()
        if where is not None and week >= start:
            shares += sick * PLANT.matrix[:, where]
        if praised is not None and week >= start:
            happy += sick * PLANT.matrix[:, praised]
        rest = 1 - shares.sum() - happy.sum()
        counts = random.multinomial(size, [*shares, *happy, rest]).astype(float)
        named = np.zeros(5) if causes is None or week < start else causes
        day = 7 * week + 6
        readings.append((day, Reading(day, day, 0.6, 0.05, counts[4:8], counts[:4], size, named)))
    return readings


def run_team(control, readings, plant=PLANT):
    """Return the orders on the days of the readings, and all verdicts."""
    state, all_orders, verdicts, by_day = control.init(plant), [], [], dict(readings)
    for day in range(readings[-1][0] + 1):
        delivered = (by_day[day],) if day in by_day else ()
        orders, state = control.step(day, delivered, state)
        verdicts += orders.verdicts
        if day in by_day:
            all_orders.append(orders)
    return all_orders, verdicts


def first_week(verdicts, kind="systemic", where=None):
    """Return the week of the first verdict of a kind, about a department if one is given."""
    days = [
        verdict.day
        for verdict in verdicts
        if verdict.kind == kind and where in (None, verdict.department)
    ]
    return (days[0] - 6) / 7 if days else math.inf


# verdicts


@pytest.mark.parametrize("where", range(5))
def test_a_sick_department_is_found_blamed_and_repaired(where):
    orders, verdicts = run_team(Srt(h=8, **PLAIN), make_weeks(40, where, size=400))
    assert not [
        verdict for verdict in verdicts if verdict.kind == "systemic" and verdict.day < 7 * 20
    ]
    assert first_week(verdicts) - 20 < 5
    blamed = [verdict.department for verdict in verdicts if verdict.kind == "systemic"]
    least = 0.5 if where == 1 else 0.8  # the signature of sales is like that of product
    assert blamed.count(DEPARTMENTS[where]) > least * len(blamed)
    assert orders[-1].focus[where] > 0.6
    assert 0.4 < orders[-1].efforts["repair"] < 0.81  # marketing has a fifth of the votes
    assert orders[10].efforts["repair"] == 0


def test_a_one_off_is_answered_and_not_repaired():
    readings = make_weeks(30, size=400, seed=4)
    readings[20] = make_weeks(21, 2, start=20, size=400, sick=0.06)[20]
    orders, verdicts = run_team(Srt(h=8, **PLAIN), readings)
    assert first_week(verdicts, "one-off", "product") <= 20
    assert first_week(verdicts) == math.inf
    assert orders[20].efforts["respond"] > 0.2
    assert orders[20].efforts["repair"] == 0


def test_repair_ends_when_the_issue_is_quiet():
    random = make_weeks(60, 2, start=20, size=400)
    calm = make_weeks(60, size=400, seed=5)
    orders, _ = run_team(Srt(**PLAIN), random[:30] + calm[30:])
    efforts = np.array([day.efforts["repair"] for day in orders])
    assert efforts[25:30].min() > 0.5
    assert efforts[45:].max() == 0


def test_a_repeated_verdict_does_not_restart_the_quiet_meetings():
    """Otherwise a chart that still signals would keep an issue open forever."""
    control = Srt(**PLAIN)
    state = control.init(PLANT)
    known = Stream(evidence.add_totals(np.full(8, 0.06)) * 1e9, 1e9)
    high = np.full(10, 50.0)
    state = state._replace(
        in_control=InControl({"": known}, np.ones(10), 10**6),
        meetings=100,
        met=0,
        statistic=high,
        issues={0: open_issues.Issue(2, "systemic")},
    )
    repairs = []
    for day in (7, 14, 21):
        quiet = Reading(day, day, 0.6, 0.05, np.full(4, 6.0), np.full(4, 6.0), 100)
        _, state = control.step(day, (quiet,), state)
        repairs.append(0 in state.issues and state.issues[0].quiet)
        if day == 7:
            assert state.statistic[0] > control.h
    assert repairs == [1, False, False]


def test_a_delight_is_replicated():
    orders, verdicts = run_team(Srt(**PLAIN), make_weeks(35, size=400, praised=3))
    assert 20 <= first_week(verdicts, "replicate") < 26
    assert [verdict.department for verdict in verdicts if verdict.kind == "replicate"].count(
        "service"
    ) > 3
    assert orders[-1].efforts["replicate"] > 0.2
    assert orders[-1].efforts["repair"] == 0


@pytest.mark.parametrize(
    ("rule", "kinds"), [("always", {"systemic", "replicate"}), ("never", {"one-off", "not"})]
)
def test_always_patch_and_never_patch(rule, kinds):
    _, verdicts = run_team(Srt(rule=rule, **PLAIN), make_weeks(40, 2))
    assert {verdict.kind for verdict in verdicts} == kinds


def test_false_alarms_come_at_the_published_run_length():
    """One-sided CUSUM with k = .5, h = 4: 2 * 167.7 meetings to a topic's first false alarm.

    The mean is within four standard errors.
    """
    control = Srt(cadence=1, agenda=100, notice=100, usual=36500, voting="equal", **PLAIN)
    size, alarms, exposed = 2000, 0, 0
    for run in range(8):
        random = np.random.default_rng(run)
        known = Stream(evidence.add_totals(np.full(8, 0.08)) * 1e9, 1e9)
        state = control.init(PLANT)._replace(
            in_control=InControl({"": known}, np.ones(10), 10**6), meetings=100, met=0
        )
        free = set(range(4))
        for day in range(1, 900):
            counts = random.multinomial(size, [0.08] * 8 + [0.36]).astype(float)
            reading = Reading(day, day, 0.6, 0.05, counts[4:8], counts[:4], size)
            orders, state = control.step(day, (reading,), state)
            exposed += len(free)
            systemic = [verdict for verdict in orders.verdicts if verdict.kind == "systemic"]
            struck = {verdict.topic for verdict in systemic} & free
            alarms, free = alarms + len(struck), free - struck
            if not free:
                break
    assert exposed / alarms == pytest.approx(335.4, rel=4 / math.sqrt(alarms))
    assert alarms > 20


def test_named_causes_decide_the_blame():
    causes = np.array([0, 0, 0, 0, 60.0])
    _, verdicts = run_team(Srt(**PLAIN), make_weeks(30, 2, causes=causes))
    blamed = [
        verdict.department
        for verdict in verdicts
        if verdict.kind == "systemic" and verdict.day > 145
    ]
    assert blamed.count("operations") > 0.8 * len(blamed)


# members


def test_marketing_alone_sees_a_problem_of_messaging():
    orders, verdicts = run_team(Srt(seats={"marketing": 2}, **PLAIN), make_weeks(40, 2, size=400))
    assert first_week(verdicts, where="product") < 26
    last = orders[-1].efforts
    assert last["repair"] == 0
    assert last["promise"] == last["broadcast"] == last["respond"] > 0.3


def test_defensive_members_blame_others():
    readings = make_weeks(40, 2, size=400)
    open_minded, defensive = (
        run_team(Srt(seats={"product": 2}, **PLAIN | {"defensiveness": d}), readings)[1]
        for d in (0, 1)
    )
    assert first_week(open_minded, where="product") < 26
    assert first_week(defensive, where="product") == math.inf


def test_a_department_without_a_seat_is_found_less_often():
    def right(seats):
        hits = []
        for seed in range(12):
            control = Srt(seats=seats, openness=1.0, **PLAIN | {"insight": 0.2, "hearsay": 4.0})
            _, verdicts = run_team(
                control,
                make_weeks(34, 4, size=150, seed=seed, sick=0.08),
                replace(PLANT, seed=seed),
            )
            hits += [
                verdict.department == "operations"
                for verdict in verdicts
                if verdict.kind == "systemic" and verdict.day > 140
            ]
        return np.mean(hits)

    everybody = dict.fromkeys(DEPARTMENTS, 1)
    assert right(everybody) > right(everybody | {"operations": 0}) + 0.1


# dissent, load, time


def mean_delay(seeds=range(8), **more):
    """Return the mean weeks from the fault to the first systemic verdict, 40 at most."""
    delays = []
    for seed in seeds:
        control = Srt(**PLAIN | {"agenda": 2.0} | more)
        _, verdicts = run_team(
            control, make_weeks(60, 2, size=250, seed=seed, sick=0.06), replace(PLANT, seed=seed)
        )
        late = [verdict for verdict in verdicts if verdict.day > 145]
        delays.append(min(first_week(late) - 20, 40))
    return np.mean(delays)


def test_some_dissent_speeds_a_biased_team_and_much_delays_it():
    none, some, much = (mean_delay(confirmation=1.2, dissent=share) for share in (0.0, 0.25, 0.7))
    assert some < none - 1
    assert much > some + 2


def share_wrong(accused, seeds=range(10), **more):
    """Return the share of verdicts on the earlier accused while another department is sick."""
    hits = []
    for seed in seeds:
        plant = replace(PLANT, seed=seed)
        control = Srt(**{"agenda": 100.0, "insight": 0.5, "hearsay": 1.5, "alarm": 0.0} | more)
        state = control.init(plant)
        state = state._replace(issues={3: open_issues.Issue(accused, "systemic")})
        for day, reading in make_weeks(30, 2, size=250, seed=seed, sick=0.08):
            if 20 * 7 < day < 22 * 7:
                standing = {3: open_issues.Issue(accused, "systemic")}
                state = state._replace(issues=standing)
            orders, state = control.step(day, (reading,), state)
            late = [verdict for verdict in orders.verdicts if day > 20 * 7 and verdict.topic < 4]
            hits += [verdict.department == DEPARTMENTS[accused] for verdict in late]
    return np.mean(hits)


def test_the_accused_is_accused_again_unless_members_dissent():
    believing, doubting = (share_wrong(1, confirmation=2.0, dissent=share) for share in (0.0, 0.35))
    assert believing > share_wrong(1, confirmation=0.0) + 0.1
    assert doubting < believing - 0.1


def test_a_longer_discussion_brings_members_nearer_to_the_view_of_the_team():
    """With errors as large as these, only the pooled view tells which department is sick."""
    quick, long = (
        share_wrong(1, confirmation=0.0, hearsay=3.0, dissent=0.3, lengthening=much)
        for much in (0.0, 9.0)
    )
    assert long < quick


def test_a_team_with_too_many_reports_finds_out_later():
    assert mean_delay(reading=5.0, paralysis=1.0) > mean_delay() + 2
    assert mean_delay(reading=5.0, paralysis=0.0) < mean_delay(reading=5.0, paralysis=1.0)


def test_every_pair_of_seats_must_agree():
    team = voting.build_team({}, {}, DEPARTMENTS)
    assert Srt(reading=100, coordination=2)._capacity(team) == 1000 - 2 * 45
    assert Srt(reading=1, coordination=2)._capacity(team) == 1


def test_the_alarm_calls_a_meeting_early():
    readings = make_weeks(30, 2, start=25, size=400)
    day, last = readings[25][0], readings[25][1]
    early = [*readings[:25], (day - 5, last), *readings[26:]]
    called, waited = (run_team(Srt(**PLAIN | {"alarm": alarm}), early)[1] for alarm in (4.0, 0.0))
    assert day - 5 in {verdict.day for verdict in called}
    assert day - 5 not in {verdict.day for verdict in waited}


def test_only_meetings_cost():
    control = Srt(seats={"sales": 2, "service": 1}, seat_cost=7)
    state, costs = control.init(PLANT), []
    for day in range(21):
        orders, state = control.step(day, (), state)
        costs.append(orders.cost)
    assert costs == [21.0 if day % 7 == 6 else 0.0 for day in range(21)]


def test_belief_is_the_mean_by_precision_since_the_last_meeting():
    control, state = Srt(), Srt().init(PLANT)
    for day, (level, error) in enumerate([(0.5, 0.1), (0.7, 0.05), (math.nan, math.nan)]):
        reading = Reading(day, day, level, error, np.zeros(4), np.ones(4), 9)
        _, state = control.step(day, (reading,), state)
    orders, _ = control.step(6, (), state)
    assert orders.believed == pytest.approx((0.5 + 4 * 0.7) / 5)


# the meeting, step by step


def state_with(control, **entries):
    """Return the state of a team whose learning is over."""
    return control.init(PLANT)._replace(meetings=100, **entries)


def test_the_agenda_holds_the_most_unusual_topics():
    control = Srt(agenda=2.0, notice=1.0)
    z = np.array([0.5, 2.0, 9.0, 1.5, 0, 0, 0, 0, 3.0, 0])
    agenda, saved = control._set_agenda(z, 1.0, state_with(control))
    assert agenda == [2, 8]
    assert saved == 0.0


def test_time_is_saved_only_for_a_waiting_item():
    control = Srt(agenda=2.5, notice=1.0)
    z = np.array([2.0, 3.0, 4.0, 0, 0, 0, 0, 0, 0, 0])
    agenda, saved = control._set_agenda(z, 2.0, state_with(control))
    assert agenda == [2]
    assert saved == pytest.approx(0.5)
    agenda, saved = control._set_agenda(z, 2.0, state_with(control, saved=1.5))
    assert agenda == [2, 1]
    assert saved == pytest.approx(0.0)
    agenda, saved = control._set_agenda(z * 0, 2.0, state_with(control))
    assert (agenda, saved) == ([], 0.0)


@pytest.mark.parametrize(("discussed", "topics"), [("praise", [4, 9]), ("trouble", [0, 8])])
def test_only_what_is_discussed_is_on_the_agenda(discussed, topics):
    control = Srt(agenda=9.0, discussed=discussed)
    z = np.array([5.0, 0, 0, 0, 5.0, 0, 0, 0, 4.0, 4.0])
    assert control._set_agenda(z, 1.0, state_with(control))[0] == topics


def test_a_signal_puts_a_topic_on_the_agenda_below_the_notice():
    control = Srt(notice=3.0, h=4.0)
    statistic = np.zeros(10)
    statistic[5] = 4.5
    state = state_with(control, statistic=statistic)
    assert control._set_agenda(np.zeros(10), 1.0, state)[0] == [5]


def test_a_majority_of_dissenters_settles_nothing():
    control = Srt()
    dissenters = np.array([True] * 6 + [False] * 4)
    assert control._decide(7, [0, 1], dissenters, state_with(control)) == ((), {})


def test_the_standing_verdict_has_no_pull_when_a_third_dissents():
    control = Srt(confirmation=0.6)
    assert control._pull(np.zeros(9, bool)) == pytest.approx(0.6)
    assert control._pull(np.arange(9) < 1) == pytest.approx(0.4)
    assert control._pull(np.arange(9) < 3) == pytest.approx(0.0)
    assert control._pull(np.arange(9) < 6) == 0.0


def test_perception_is_shifted_toward_the_standing_verdict():
    control = Srt(confirmation=0.5)
    issues = {2: open_issues.Issue(1, "systemic"), 4: open_issues.Issue(1, "one-off")}
    bias = control._bias(np.zeros(4, bool), issues)
    np.testing.assert_array_equal(bias, np.where(np.arange(10) == 2, 0.5, -0.5))


def test_the_chart_of_a_closed_issue_restarts():
    control = Srt(k=0.5)
    issues = {0: open_issues.Issue(1, "systemic"), 1: open_issues.Issue(1, "systemic")}
    state = state_with(control, statistic=np.full(10, 6.0), issues=issues)
    updated = control._update_charts(np.full(10, 1.5), np.full(10, 1.5), {1: issues[1]}, state)
    assert updated.statistic.tolist() == [0.0] + [7.0] * 9
    np.testing.assert_allclose(updated.recent, 0.2 * 1.5)


def test_named_causes_are_added_to_the_fit():
    control = Srt()
    state = state_with(control)
    causes = np.array([0, 0, 9.0, 0, 1.0])
    state = state._replace(backlog=state.backlog._replace(causes=causes))
    fit = control._fit_departments(False, state)
    np.testing.assert_allclose(fit, (causes - 2) / np.sqrt(10 * 0.2 * 0.8))
    assert not control._fit_departments(True, state).any()


def test_a_meeting_without_reports_leaves_issues_open():
    control = Srt()
    issues = {0: open_issues.Issue(2, "systemic")}
    orders, state = control.step(50, (), state_with(control, issues=issues))
    assert state.issues == issues
    assert state.meetings == 100
    assert orders.verdicts == ()
    assert orders.efforts["repair"] > 0


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
    assert set(FLIPS) == set(Srt.model_fields) - set(ControlCenter.model_fields)


@pytest.mark.parametrize("name", FLIPS)
def test_every_setting_changes_the_orders(name):
    needed = WITH.get(name, {})
    early = []
    for day, reading in make_weeks(45, 2, size=150, praised=3):
        early.append((day - 3, replace(reading, observed=day - 3, delivered=day - 3)))
    changed = Srt(**needed | {name: FLIPS[name]})
    assert not is_same(run_team(Srt(**needed), early), run_team(changed, early))


@pytest.mark.parametrize(
    ("bad", "message"),
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
def test_unknown_names_are_reported(bad, message):
    with pytest.raises(EquipoiseError, match=message):
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
