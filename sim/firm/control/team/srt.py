"""The Strategic Response Team: members of the departments meet, discuss, vote, and give orders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.errors import raise_problems
from equipoise.firm.control import diagnosis
from equipoise.firm.control.team import evidence, open_issues, voting
from equipoise.firm.control.team.evidence import COUNT_COUNT, IS_PRAISE, TOPIC_COUNT, Stream
from equipoise.firm.control.team.open_issues import LASTING_KINDS, Issue
from equipoise.firm.control.team.srt_settings import SrtSettings
from equipoise.firm.control.team.voting import Team
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    DepartmentVerdict,
    Orders,
    Plant,
    Reading,
    VerdictKind,
)
from equipoise.portable_math import sum_products

_RECENT_WEIGHT = 0.2  # weight of a meeting in the recent mean of z-scores
# gives that weighted mean the variance of a single value
_RECENT_SCALE = math.sqrt((2.0 - _RECENT_WEIGHT) / _RECENT_WEIGHT)
_ALL_TROUBLE = COUNT_COUNT  # number of the topic that sums all trouble


class Setup(NamedTuple):
    """Setup of a team, the same at every meeting.

    Attributes:
        plant: the controlled system.
        team: the seats.
        signatures: shift of the shares of trouble by a fault of each department (4, D).
    """

    plant: Plant
    team: Team
    signatures: Floats


class SrtState(NamedTuple):
    """State of `Srt`.

    Attributes:
        setup: what stays the same.
        backlog: everything delivered since the last meeting.
        in_control: reference of the control charts.
        statistic: control-chart statistic by topic (10,).
        recent: recent mean of z-scores by topic (10,).
        issues: open issues by topic.
        met: day of the last meeting.
        meetings: number of meetings with evidence.
        saved: time left over from earlier meetings, in items.
        orders: orders in force.
    """

    setup: Setup
    backlog: evidence.Backlog
    in_control: evidence.InControl
    statistic: Floats
    recent: Floats
    issues: dict[int, Issue]
    met: int
    meetings: int
    saved: float
    orders: Orders


class Srt(SrtSettings):
    """A team that meets at intervals, reads the evidence it has time for, and decides by topic.

    Control charts on the counts of trouble tell a one-off from a systemic change; charts on praise
    tell which delight to replicate. A chart restarts at 0 when its issue is closed. Each seat
    perceives the evidence with errors and with defensiveness about its own department. After a
    discussion, votes decide which department is the cause and whether the change is systemic.

    A systemic issue is repaired until its topic has been quiet for two meetings; a one-off is
    answered until the next meeting. `messengers` see every problem as one of messaging: their share
    of the votes is the share of effort that goes to promise, broadcast and respond, not to repair.

    A team believes its standing verdicts: it reads z-scores ``confirmation`` standard deviations
    nearer to them, and the evidence against the accused department is as much stronger (selective
    exposure, Hart et al. 2009). Dissent reduces that pull, to nothing when a third dissents. It
    also lengthens every item, so that fewer are settled, and the longer discussion brings members
    nearer to the team's view, which pools what each of them knows (Schulz-Hardt et al. 2006).
    """

    kind: ClassVar[str] = "srt"

    def init(self, plant: Plant) -> SrtState:
        """Return the state before the first meeting, with routine effort only."""
        raise_problems(self.find_unknown_names(plant.effectors, plant.departments))
        departments = len(plant.departments)
        no_effort = dict.fromkeys(plant.effectors, 0.0)
        efforts = open_issues.limit_efforts(no_effort, self.routine, plant.budget)
        return SrtState(
            setup=Setup(
                plant,
                voting.build_team(self.seats, self.weights, plant.departments),
                diagnosis.fault_signatures(plant.matrix),
            ),
            backlog=_empty_backlog(plant),
            in_control=evidence.UNKNOWN_PROCESS,
            statistic=np.zeros(TOPIC_COUNT),
            recent=np.zeros(TOPIC_COUNT),
            issues={},
            met=-1,
            meetings=0,
            saved=0.0,
            orders=Orders(efforts=efforts, focus=np.zeros(departments)),
        )

    def step(
        self, day: int, readings: tuple[Reading, ...], state: SrtState
    ) -> tuple[Orders, SrtState]:
        """Collect the readings; hold a meeting when it is time, or after an alarm."""
        for reading in readings:
            state = state._replace(backlog=evidence.add_reading(state.backlog, reading))
        is_time = day - state.met >= self.cadence
        if is_time or (readings and self._is_alarmed(state)):
            return self._meet(day, state)
        return state.orders, state

    def _is_alarmed(self, state: SrtState) -> bool:
        """Return True if all trouble since the last meeting is far above its in-control mean."""
        if not self.alarm or state.meetings < self.learning:
            return False
        streams = {
            name: Stream(evidence.add_totals(stream.counts), stream.volume)
            for name, stream in state.backlog.streams.items()
        }
        z = evidence.compute_z_scores(streams, state.in_control)
        return bool(z[_ALL_TROUBLE] > self.alarm)

    # a meeting

    def _meet(self, day: int, state: SrtState) -> tuple[Orders, SrtState]:
        """Hold a meeting; without evidence the open issues stay as they are."""
        plant, team, _ = state.setup
        backlog = state.backlog
        dissenters = voting.draw_dissenters(team, self.dissent, plant.seed, day)
        streams = evidence.read_backlog(
            backlog, self.discussed, self._capacity(team), self.paralysis, plant.seed, day
        )
        verdicts: tuple[DepartmentVerdict, ...] = ()
        # a meeting without reports is no evidence of quiet
        if streams:
            state, verdicts = self._discuss(day, streams, dissenters, state)
        believed = state.orders.believed
        if backlog.weights:
            believed = backlog.levels / backlog.weights
        orders = self._give_orders(day, believed, state)
        state = state._replace(
            backlog=_empty_backlog(plant),
            met=day,
            meetings=state.meetings + bool(streams),
            orders=orders,
        )
        # verdicts and cost belong to the day of the meeting, not to the orders that stay in force
        cost = self.seat_cost * len(team.department)
        return replace(orders, verdicts=verdicts, cost=cost), state

    def _capacity(self, team: Team) -> float:
        """Return the number of reports that the team can read; each pair of seats must agree."""
        seats = len(team.department)
        unread = self.coordination * seats * (seats - 1) / 2
        return max(seats * self.reading - unread, 1.0)

    def _discuss(
        self, day: int, streams: evidence.Streams, dissenters: Flags, state: SrtState
    ) -> tuple[SrtState, tuple[DepartmentVerdict, ...]]:
        """Update the charts, decide the agenda, and update the in-control process."""
        z = evidence.compute_z_scores(streams, state.in_control)
        verdicts: tuple[DepartmentVerdict, ...] = ()
        issues: dict[int, Issue] = {}
        if state.meetings >= self.learning:
            perceived = z + self._bias(dissenters, state.issues)
            issues = open_issues.keep_open(state.issues, perceived)
            state = self._update_charts(z, perceived, issues, state)
            agenda, saved = self._set_agenda(perceived, self._item_length(dissenters), state)
            verdicts, decided = self._decide(day, agenda, dissenters, state)
            issues |= open_issues.carry_quiet(decided, issues)
            state = state._replace(saved=saved)
        kinds = {issue.kind for issue in issues.values()}
        calm = np.where(IS_PRAISE, "replicate" not in kinds, "systemic" not in kinds)
        keep = (1.0 - 1.0 / self.usual) ** max(day - state.met, 1)
        in_control = evidence.update_in_control(state.in_control, streams, keep, calm)
        return state._replace(in_control=in_control, issues=issues), verdicts

    def _update_charts(
        self, z: Floats, perceived: Floats, still_open: Mapping[int, Issue], state: SrtState
    ) -> SrtState:
        """Return the state after one more z-score of each topic; closed issues restart at 0."""
        statistic = self.chart.update(state.statistic, perceived)
        lasting = [t for t, issue in state.issues.items() if issue.kind in LASTING_KINDS]
        closed = [topic for topic in lasting if topic not in still_open]
        # otherwise the evidence of a closed issue would soon reopen it
        statistic[closed] = 0.0
        recent = state.recent + _RECENT_WEIGHT * (z - state.recent)
        return state._replace(statistic=statistic, recent=recent)

    def _bias(self, dissenters: Flags, issues: Mapping[int, Issue]) -> Floats:
        """Return the shift of each topic's z-score toward the standing verdict (10,)."""
        standing = np.zeros(TOPIC_COUNT, bool)
        standing[[topic for topic, issue in issues.items() if issue.kind in LASTING_KINDS]] = True
        return self._pull(dissenters) * np.where(standing, 1.0, -1.0)

    def _pull(self, dissenters: Flags) -> float:
        """Return the pull of the standing verdict; it is 0 when a third dissents."""
        return self.confirmation * max(1.0 - 3.0 * float(dissenters.mean()), 0.0)

    def _item_length(self, dissenters: Flags) -> float:
        """Return the length of an item; it is 1 when all agree."""
        return 1.0 + self.lengthening * float(dissenters.mean())

    def _set_agenda(
        self, z: Floats, item_length: float, state: SrtState
    ) -> tuple[list[int], float]:
        """Return the topics that there is time for, most unusual first, and the time left over."""
        wanted = z >= self.notice
        if self.rule != "always":
            wanted |= self.chart.signals(state.statistic)
        if self.discussed == "praise":
            wanted &= IS_PRAISE
        elif self.discussed == "trouble":
            wanted &= ~IS_PRAISE
        topics = [int(topic) for topic in np.argsort(-z, kind="stable") if wanted[topic]]
        time = self.agenda + state.saved
        count = min(len(topics), int(time / item_length))
        # time is saved only for an item that is waiting, and for no more than one
        limit = item_length if len(topics) > count else 0.0
        return topics[:count], min(time - count * item_length, limit)

    # verdicts

    def _decide(
        self, day: int, agenda: list[int], dissenters: Flags, state: SrtState
    ) -> tuple[tuple[DepartmentVerdict, ...], dict[int, Issue]]:
        """Return the verdicts on the agenda, and the issues that they open, by topic."""
        # a majority of dissenters settles nothing
        if float(dissenters.mean()) > 0.5 or not agenda:
            return (), {}
        verdicts: list[DepartmentVerdict] = []
        issues: dict[int, Issue] = {}
        # trouble and praise have separate signatures, and so separate views
        for praise in (False, True):
            views = self._form_views(day, praise, dissenters, state)
            for topic in agenda:
                if IS_PRAISE[topic] != praise:
                    continue
                verdict = self._reach_verdict(day, topic, views, dissenters, state)
                verdicts.append(verdict)
                if verdict.kind != "not":
                    department = state.setup.plant.departments.index(verdict.department)
                    issues[topic] = Issue(department, verdict.kind)
        return tuple(verdicts), issues

    def _form_views(self, day: int, praise: bool, dissenters: Flags, state: SrtState) -> Floats:
        """Return the view of each seat on each department after the discussion (n, D)."""
        plant, team, _ = state.setup
        # praise of one's own department is not discounted
        defensiveness = 0.0 if praise else self.defensiveness
        error = self.perception_error
        fit = self._fit_departments(praise, state)
        views = voting.draw_views(fit, team, error, defensiveness, plant.seed, day)
        # each unit of discussion removes the same share of the disagreement
        apart = (1.0 - self.openness) ** self._item_length(dissenters)
        views = voting.discuss(views, team, error, 1.0 - apart)
        # the standing verdict pulls on the blame, too
        views[:, _list_accused(state.issues, praise)] += self._pull(dissenters)
        return views

    def _fit_departments(self, praise: bool, state: SrtState) -> Floats:
        """Return the fit of each department to the recent z-scores (D,), in standard deviations.

        If people have named causes of trouble, the excess of each over an even share is added.
        """
        topics = slice(DRIVE_COUNT, COUNT_COUNT) if praise else slice(DRIVE_COUNT)
        recent = _RECENT_SCALE * state.recent[topics]
        fit = sum_products(state.setup.signatures.T, recent)
        departments = len(state.setup.plant.departments)
        causes = state.backlog.causes
        total = float(causes.sum())
        if praise or total <= 0 or departments == 1:
            return fit
        even = total / departments
        excess: Floats = (causes - even) / np.sqrt(even * (1 - 1 / departments))
        return fit + excess

    def _reach_verdict(
        self, day: int, topic: int, views: Floats, dissenters: Flags, state: SrtState
    ) -> DepartmentVerdict:
        """Return the verdict of the votes on a topic."""
        plant, team, _ = state.setup
        shares = voting.voting_shares(team, self.voting, plant.seed, day)
        drive = -1
        possible = np.ones(len(plant.departments), bool)
        if topic < COUNT_COUNT:
            drive = topic % DRIVE_COUNT
            # a department without weight in a drive cannot be its cause
            possible = plant.matrix[drive] > 0
        department, votes = voting.vote_on_cause(views, shares, dissenters, possible)
        return DepartmentVerdict(
            day=day,
            department=plant.departments[department],
            kind=self._vote_on_kind(topic, department, shares, state),
            topic=drive,
            votes=votes,
            evidence=float(state.statistic[topic]),
        )

    def _vote_on_kind(
        self, topic: int, department: int, shares: Floats, state: SrtState
    ) -> VerdictKind:
        """Return the kind that the votes give to a topic.

        The seats of the accused department discount the statistic by their defensiveness.
        """
        is_accused = state.setup.team.department == department
        discounted = is_accused & ~IS_PRAISE[topic]
        statistic = state.statistic[topic] * np.where(discounted, 1.0 - self.defensiveness, 1.0)
        votes = np.broadcast_to(self.chart.signals(statistic), shares.shape)
        is_lasting = float(shares[votes].sum()) > 0.5
        if IS_PRAISE[topic]:
            return "replicate" if is_lasting else "not"
        return "systemic" if is_lasting else "one-off"

    # orders

    def _give_orders(self, day: int, believed: float, state: SrtState) -> Orders:
        """Return the orders that follow from the open issues."""
        plant, team, _ = state.setup
        issues = state.issues.values()
        strength = {
            "systemic": self.systemic_effort,
            "one-off": self.one_off_effort,
            "replicate": self.replicate_effort,
        }
        shares = voting.voting_shares(team, self.voting, plant.seed, day)
        is_messenger = [plant.departments[number] in self.messengers for number in team.department]
        messaging = float(shares[is_messenger].sum())
        wanted = open_issues.request_efforts(issues, strength, messaging, plant)
        efforts = open_issues.limit_efforts(wanted, self.routine, plant.budget)
        focus = open_issues.share_attention(issues, len(plant.departments))
        return Orders(believed, efforts, focus)


def _empty_backlog(plant: Plant) -> evidence.Backlog:
    """Return a backlog without reports."""
    return evidence.Backlog({}, np.zeros(len(plant.departments)))


def _list_accused(issues: Mapping[int, Issue], praise: bool) -> list[int]:
    """Return the departments that standing verdicts on praise, or on trouble, name."""
    accused = set()
    for topic, issue in issues.items():
        if issue.kind in LASTING_KINDS and IS_PRAISE[topic] == praise:
            accused.add(issue.department)
    return sorted(accused)
