"""Who is qualified, trained and eligible on a day, what a qualification needs, and who is proposed first. Pure.

Sources: labels, 6 (validity, needs and renewal of qualifications, all proposals: ``data/*.csv`` with their days) and
invariants 11, 17 and 18; that whoever is not trained on the version of the methodology is not assigned to it stands in
the issue about assessors.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from cluster_api.assessors.states import Need, QualificationMove, QualificationState, ReasonCode
from cluster_api.conflicts.rules import Conflict, PairFact, open_conflicts, pair_breaches
from cluster_api.conflicts.states import PairRule
from cluster_api.foundation.datafiles import data_rows
from cluster_api.methodology.rules import add_months
from cluster_api.pool.rules import EmploymentFact
from cluster_api.pool.states import COVERED_BY, SCORING, AssessorState, QualificationRole
from cluster_api.trainings.states import AttendanceResult, TrainingKind

Role = QualificationRole
Row = Mapping[str, str]
PACKAGE = "cluster_api.assessors"


@dataclass(frozen=True, slots=True)
class QualificationFact:
    """A qualification for a role from a day to a day; withdrawn, it ends the day before."""

    role: Role
    granted_on: date
    valid_until: date
    withdrawn_on: date | None = None

    def state_on(self, day: date) -> QualificationState:
        """Answer what it is on a day."""
        if self.withdrawn_on is not None and self.withdrawn_on <= day:
            return QualificationState.WITHDRAWN
        if day < self.granted_on:
            return QualificationState.COMING
        return QualificationState.VALID if day <= self.valid_until else QualificationState.EXPIRED


@dataclass(frozen=True, slots=True)
class AttendanceFact:
    """What came of a training on a version of a methodology that ended on a day."""

    methodology: tuple[str, int]
    kind: TrainingKind
    result: AttendanceResult
    ended_on: date


@dataclass(frozen=True, slots=True)
class EngagementFact:
    """What somebody did in a case; ``seen`` are the roles in which others scored in it."""

    role: Role
    ended_on: date | None
    seen: frozenset[Role] = frozenset()


def qualified(qualifications: Iterable[QualificationFact], role: Role, on: date) -> bool:
    """Answer whether a qualification that is enough for the role is valid on the day (invariant 17)."""
    covering = (one for one in qualifications if one.role in COVERED_BY[role])
    return any(one.state_on(on) is QualificationState.VALID for one in covering)


def trained(attendances: Iterable[AttendanceFact], methodology: tuple[str, int], on: date) -> bool:
    """Answer whether a training on exactly this version of the methodology was passed by the day."""
    return any(
        one.methodology == methodology and one.result is AttendanceResult.PASSED and one.ended_on <= on
        for one in attendances
    )


def valid_until(role: Role, on: date) -> date:
    """Answer the last day of a qualification granted, or of the period before it, on a day (proposal: 36 months)."""
    return add_months(on, int(_in_force("qualification_validity", on, ("role",))[(role.value,)]["months"]))


def fee_of(role: Role, days: int, on: date) -> int:
    """Answer the fee of an assessor for a case in cents, without VAT: for the case and for each of its days.

    It is the tariff of the first day on which the assessor works for the case. Source: ``data/fees.csv``, proposed.
    """
    tariff = _in_force("fees", on, ("role",))[(role.value,)]
    return int(tariff["case_cents"]) + days * int(tariff["day_cents"])


def experience(
    engagements: Iterable[EngagementFact], attendances: Iterable[AttendanceFact], since: date, until: date
) -> Counter[Need]:
    """Answer how much of everything that can be needed was done between two days, both included."""
    found: Counter[Need] = Counter()
    for one in engagements:
        if one.ended_on is not None and since <= one.ended_on <= until:
            found.update(_needs_met(one))
    for held in attendances:
        if held.result is AttendanceResult.PASSED and since <= held.ended_on <= until:
            found[Need.TRAINING if held.kind is TrainingKind.INITIAL else Need.REFRESHER] += 1
    return found


def _needs_met(engagement: EngagementFact) -> Iterator[Need]:
    if engagement.role in SCORING:
        yield Need.ASSIGNMENT
        yield NEED_OF[engagement.role]
        return
    if Role.BENCHMARKING in engagement.seen:
        yield Need.OBSERVED_INTERVIEW
    if not engagement.seen.isdisjoint({Role.GOLD, Role.LEAD}):
        yield Need.OBSERVED_GOLD_VISIT


NEED_OF: Mapping[Role, Need] = {
    Role.BENCHMARKING: Need.BENCHMARK,
    Role.SILVER: Need.SILVER_AUDIT,
    Role.GOLD: Need.GOLD_VISIT,
    Role.LEAD: Need.GOLD_VISIT,
}


def lacking(move: QualificationMove, role: Role, done: Counter[Need], on: date) -> list[str]:
    """Answer what is missing for a qualification, a sentence for each way to it; nothing if one way is complete."""
    ways: dict[str, list[str]] = {}
    for key, row in _in_force("qualification_needs", on, ("move", "role", "way", "need")).items():
        if key[:2] == (move.value, role.value):
            need, count = Need(row["need"]), int(row["count"])
            gap = [f"{need.value}: {done[need]} of {count}"] if done[need] < count else []
            ways.setdefault(row["way"], []).extend(gap)
    if not all(ways.values()):
        return []
    return ["; ".join(gaps) for gaps in ways.values()]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an assessor is proposed or cannot be, in a code and in words; ``points`` add to the score."""

    code: ReasonCode
    detail: str
    points: int = 0


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """What is known about an assessor besides conflicts; ``recent_cases`` are those of the last twelve months."""

    assessor_id: str
    state: AssessorState
    country: str
    unavailable_until: date | None = None
    languages: tuple[str, ...] = ()
    portfolios: tuple[str, ...] = ()
    qualifications: tuple[QualificationFact, ...] = ()
    attendances: tuple[AttendanceFact, ...] = ()
    codes: frozenset[str] = frozenset()
    employments: tuple[EmploymentFact, ...] = ()
    recent_cases: int = 0

    @property
    def pair(self) -> PairFact:
        """Answer what counts about one of two."""
        return PairFact(self.country, self.employments)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom an assessment looks for; ``beside`` are those assigned already, ``waived`` the rules about each."""

    role: Role
    methodology: tuple[str, int]
    on: date
    country: str
    portfolio: str | None = None
    languages: tuple[str, ...] = ()
    code: str | None = None  # the version of the code of conduct that applies
    beside: Mapping[str, PairFact] = field(default_factory=dict)
    waived: Mapping[tuple[str, str], Mapping[PairRule, str]] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


def eligibility(facts: PoolFacts, wanted: Wanted, found: Iterable[Conflict]) -> list[Reason]:
    """Answer every reason why an assessor cannot be assigned; none means eligible (invariants 11, 17 and 18)."""
    return [*_of_pool(facts, wanted), *_of_conflicts(found), *_of_pairs(facts, wanted)]


def _of_pool(facts: PoolFacts, wanted: Wanted) -> Iterator[Reason]:
    if facts.assessor_id in wanted.excluded:
        yield Reason(ReasonCode.EXCLUDED, "Left out by who asks.")
    if facts.state is not AssessorState.ACTIVE:
        yield Reason(ReasonCode.NOT_ACTIVE, f"The assessor is {facts.state.value}.")
    if facts.unavailable_until is not None and wanted.on <= facts.unavailable_until:
        yield Reason(ReasonCode.UNAVAILABLE, f"Takes no work until {facts.unavailable_until}.")
    if not qualified(facts.qualifications, wanted.role, wanted.on):
        yield Reason(ReasonCode.NOT_QUALIFIED, f"Has no qualification for {wanted.role.value} valid on {wanted.on}.")
    if wanted.role in SCORING and not trained(facts.attendances, wanted.methodology, wanted.on):
        code, version = wanted.methodology
        yield Reason(ReasonCode.NOT_TRAINED, f"Has not passed a training on version {version} of {code}.")
    if wanted.code is not None and wanted.code not in facts.codes:
        yield Reason(ReasonCode.CODE_NOT_ACCEPTED, f"Has not accepted version {wanted.code} of the code of conduct.")
    if wanted.languages and set(wanted.languages).isdisjoint(facts.languages):
        yield Reason(ReasonCode.NO_COMMON_LANGUAGE, f"Speaks none of {', '.join(wanted.languages)}.")


def _of_conflicts(found: Iterable[Conflict]) -> Iterator[Reason]:
    for conflict in open_conflicts(found):
        says = " ".join(step.says for step in conflict.path)
        yield Reason(ReasonCode.CONFLICT, f"{conflict.kind.value}: {says}")


def _of_pairs(facts: PoolFacts, wanted: Wanted) -> Iterator[Reason]:
    for other_id, other in wanted.beside.items():
        waived = wanted.waived.get((min(facts.assessor_id, other_id), max(facts.assessor_id, other_id)), {})
        yield from pair_reasons(facts.pair, other, wanted.country, wanted.on, waived)


def pair_reasons(
    first: PairFact, second: PairFact, cluster_country: str, on: date, waived: Iterable[PairRule] = ()
) -> list[Reason]:
    """Answer why two assessors do not assess together, rules that are waived left out (invariant 18)."""
    return [PAIRED[rule] for rule in pair_breaches(first, second, cluster_country, on) if rule not in set(waived)]


PAIRED: Mapping[PairRule, Reason] = {
    PairRule.EMPLOYERS_DIFFER: Reason(
        ReasonCode.SAME_EMPLOYER, "Both have the same employer, or the employer of one is not declared."
    ),
    PairRule.ONE_FOREIGNER: Reason(ReasonCode.NO_FOREIGNER, "Neither lives in another country than the cluster."),
}


def preferences(facts: PoolFacts, wanted: Wanted) -> list[Reason]:
    """Answer what speaks for an eligible assessor, and how much; recent cases speak against, so that work is spread."""
    rows = _in_force("ranking", wanted.on, ("criterion",))
    points = {key[0]: int(row["points"]) for key, row in rows.items()}
    found = []
    spoken = [one for one in wanted.languages if one in facts.languages]
    if spoken:
        found.append(Reason(ReasonCode.SPEAKS, f"Speaks {', '.join(spoken)}.", points["language"] * len(spoken)))
    if wanted.portfolio is not None and wanted.portfolio in facts.portfolios:
        found.append(
            Reason(ReasonCode.KNOWS_PORTFOLIO, f"Knows the portfolio {wanted.portfolio}.", points["portfolio"])
        )
    if facts.country != wanted.country:
        found.append(Reason(ReasonCode.FROM_ABROAD, f"Lives in {facts.country}.", points["abroad"]))
    if facts.recent_cases:
        says = f"Took part in {facts.recent_cases} case(s) in the last twelve months."
        found.append(Reason(ReasonCode.RECENT_CASES, says, points["recent_case"] * facts.recent_cases))
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """An assessor as a candidate: why proposed with which score, or why not."""

    assessor_id: str
    eligible: bool
    reasons: list[Reason]
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def score(self) -> int:
        """Answer the sum of the points of the reasons."""
        return sum(one.points for one in self.reasons)


def candidate(facts: PoolFacts, wanted: Wanted, found: Sequence[Conflict]) -> Candidate:
    """Answer an assessor as a candidate; conflicts are those that were not cleared."""
    against = eligibility(facts, wanted, found)
    reasons = against or preferences(facts, wanted)
    return Candidate(facts.assessor_id, not against, reasons, open_conflicts(found))


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Answer the eligible by score, then the others, who is nearest first; equal ones by identifier."""
    return sorted(
        candidates,
        key=lambda one: (not one.eligible, -one.score if one.eligible else len(one.reasons), one.assessor_id),
    )


@lru_cache(maxsize=256)
def _in_force(name: str, on: date, columns: tuple[str, ...]) -> Mapping[tuple[str, ...], Row]:
    """Answer the rows of a table that apply on a day, the latest of each key; before the first, the first."""
    rows = sorted(data_rows(PACKAGE, name), key=lambda row: row["applies_from"], reverse=True)
    found = {tuple(row[column] for column in columns): row for row in rows}
    applying = (row for row in reversed(rows) if row["applies_from"] <= on.isoformat())
    return found | {tuple(row[column] for column in columns): row for row in applying}
