"""Who may not assess which cluster on a day, and why. Pure.

Sources: labels, 6 (conflict rules: employment, board, membership, family, paid advice or coaching within 36 months; not
twice in a row alone) and invariant 18 (own organisation, the employer's client, coached cases; different employers, one
from another country). The periods are proposals and stand with their days in ``data/conflict_rules.csv``. Every
conflict is explained by a path of dated facts, all of them among the facts given; more facts never make
fewer conflicts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from cluster_api.conflicts.states import (
    PAID,
    SPEAKS_FOR,
    ConflictCertainty,
    ConflictKind,
    FactKind,
    InterestKind,
    PairRule,
    PinEffect,
    Source,
    TieKind,
)
from cluster_api.foundation.datafiles import data_rows
from cluster_api.methodology.rules import add_months
from cluster_api.pool.rules import EmploymentFact, Span, employments_on
from cluster_api.pool.states import EmploymentKind


@dataclass(frozen=True, slots=True)
class InterestFact(Span):
    """A declared interest in a cluster, in an organisation, or in something known by name."""

    kind: InterestKind
    source: Source = Source.ASSESSOR
    cluster_id: str | None = None
    organisation_id: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class MembershipFact(Span):
    """The person belongs to an organisation of this service; ``id`` is the organisation."""


@dataclass(frozen=True, slots=True)
class ColleagueFact:
    """The interest of another assessor, and an employment of that assessor."""

    employment: EmploymentFact
    interest: InterestFact


@dataclass(frozen=True, slots=True)
class PinFact(Span):
    """What the secretariat said about an assessor and a cluster."""

    effect: PinEffect
    reason: str
    conflict_key: str | None = None


@dataclass(frozen=True, slots=True)
class AssessorFacts:
    """Everything known about an assessor that can bear on one cluster; ``declared_on`` is the last declaration."""

    assessor_id: str
    employments: tuple[EmploymentFact, ...] = ()
    memberships: tuple[MembershipFact, ...] = ()
    interests: tuple[InterestFact, ...] = ()
    colleagues: tuple[ColleagueFact, ...] = ()
    pins: tuple[PinFact, ...] = ()
    declared_on: date | None = None


@dataclass(frozen=True, slots=True)
class TieFact(Span):
    """What the cluster does together with another cluster, run by an organisation and known by names."""

    kind: TieKind
    cluster_id: str
    owner_id: str | None = None
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseFact(Span):
    """An earlier case of the cluster: who scored in it, with the record of each."""

    scoring: Mapping[str, str]  # assessor to engagement


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Everything known about a cluster that can bear on its assessors.

    ``is_alone`` says whether the assessor asked for would be the only one who scores.
    """

    cluster_id: str
    owner_id: str | None = None
    keys: frozenset[str] = frozenset()
    ties: tuple[TieFact, ...] = ()
    cases: tuple[CaseFact, ...] = ()
    country: str = ""
    is_alone: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One fact on the way from an assessor to a cluster; ``is_of_other`` if it is recorded about somebody else."""

    fact: FactKind
    fact_id: str
    says: str
    began_on: date | None = None
    ended_on: date | None = None
    is_of_other: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why an assessor does not assess a cluster, as a path; ``cleared`` is the reason why it does not count."""

    kind: ConflictKind
    path: tuple[Step, ...]
    source: Source
    certainty: ConflictCertainty = ConflictCertainty.CERTAIN
    cleared: str | None = None
    cleared_by: str | None = None  # the pin

    @property
    def key(self) -> str:
        """Answer what names this conflict as long as the same facts stand behind it."""
        told = ";".join([self.kind, *(f"{step.fact}:{step.fact_id}" for step in self.path)])
        return blake2b(told.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Side:
    """The cluster itself, or one with which it does something together."""

    cluster_id: str
    owner_id: str | None
    keys: frozenset[str]
    tie: TieFact | None = None

    def reached(self, organisation_id: str | None, keys: Iterable[str]) -> tuple[Step, ConflictCertainty] | None:
        """Answer how an organisation or a name leads here, if it does."""
        if self.owner_id is not None and organisation_id == self.owner_id:
            return Step(FactKind.OWNER, self.owner_id, "This organisation runs the cluster."), ConflictCertainty.CERTAIN
        if not self.keys.isdisjoint(keys):
            return Step(FactKind.NAME, self.cluster_id, "The cluster bears this name."), ConflictCertainty.POSSIBLE
        return None


@dataclass(frozen=True, slots=True)
class _Question:
    assessor: AssessorFacts
    cluster: ClusterFacts
    on: date
    since: Mapping[str, date]  # of each kind of fact, the day from which it still counts

    def counts(self, fact: Span, about: str) -> bool:
        """Answer whether a fact held on the day or within its period before."""
        return fact.reaches(self.since[about], self.on)

    def sides(self) -> Iterator[_Side]:
        """Answer the cluster and those tied to it."""
        yield _Side(self.cluster.cluster_id, self.cluster.owner_id, self.cluster.keys)
        for tie in self.cluster.ties:
            if self.counts(tie, tie.kind):
                yield _Side(tie.cluster_id, tie.owner_id, tie.keys, tie)


def conflicts(assessor: AssessorFacts, cluster: ClusterFacts, on: date) -> list[Conflict]:
    """Answer every conflict of an assessor with a cluster on a day, cleared ones with the reason, in a fixed order."""
    asked = _Question(assessor, cluster, on, counting_since(on))
    found = [
        *_undeclared(asked),
        *_employed(asked),
        *_belonging(asked),
        *_interested(asked),
        *_clients_of_employer(asked),
        *_twice_in_a_row(asked),
        *_pinned(asked),
    ]
    clearing = {pin.conflict_key: pin for pin in assessor.pins if pin.effect is PinEffect.CLEAR and pin.covers(on)}
    if not clearing:
        return found
    cleared = ((one, clearing.get(one.key)) for one in found)
    return [one if pin is None else replace(one, cleared=pin.reason, cleared_by=pin.id) for one, pin in cleared]


def open_conflicts(found: Iterable[Conflict]) -> list[Conflict]:
    """Answer the conflicts that were not cleared."""
    return [one for one in found if one.cleared is None]


def _undeclared(asked: _Question) -> Iterator[Conflict]:
    present = employments_on(asked.assessor.employments, asked.on)
    if not any(is_known(one) for one in present):
        yield _unknown(asked, "employer", "For whom the assessor works on this day is not declared.")
    declared_on = asked.assessor.declared_on
    if declared_on is None or not asked.since["declaration"] <= declared_on <= asked.on:
        yield _unknown(asked, "interests", "The assessor has not declared lately that all interests are on record.")


def _unknown(asked: _Question, what: str, says: str) -> Conflict:
    step = Step(FactKind.NOTHING, f"{asked.assessor.assessor_id}/{what}", says)
    return Conflict(ConflictKind.UNDECLARED, (step,), Source.RECORDS, ConflictCertainty.UNKNOWN)


def is_known(employment: EmploymentFact) -> bool:
    """Answer whether an employment tells of an employer, or that there is none; erased names tell nothing."""
    is_named = employment.organisation_id is not None or bool(employment.keys)
    return is_named or employment.kind is not EmploymentKind.EMPLOYED


def _employed(asked: _Question) -> Iterator[Conflict]:
    for employment in asked.assessor.employments:
        if asked.counts(employment, InterestKind.EMPLOYMENT):
            step = _step(FactKind.EMPLOYMENT, employment, "The assessor is or was employed there.")
            for side in asked.sides():
                way = side.reached(employment.organisation_id, employment.keys)
                if way is not None:
                    yield _through(side, ConflictKind.EMPLOYMENT, (step, way[0]), Source.ASSESSOR, way[1])


def _belonging(asked: _Question) -> Iterator[Conflict]:
    for membership in asked.assessor.memberships:
        if asked.counts(membership, InterestKind.MEMBERSHIP):
            step = _step(FactKind.MEMBERSHIP, membership, "The assessor has access to this service for it.")
            for side in asked.sides():
                way = side.reached(membership.id, ())
                if way is not None:
                    yield _through(side, ConflictKind.MEMBERSHIP, (step, way[0]), Source.RECORDS, way[1])


def _interested(asked: _Question) -> Iterator[Conflict]:
    for interest in asked.assessor.interests:
        if asked.counts(interest, interest.kind):
            step = _step(FactKind.INTEREST, interest, SAYINGS[interest.kind])
            for side in asked.sides():
                if side.tie is None or interest.kind in SPEAKS_FOR:
                    path, certainty = _path_of(interest, step, side)
                    if path:
                        yield _through(side, ConflictKind(interest.kind), path, interest.source, certainty)


def _clients_of_employer(asked: _Question) -> Iterator[Conflict]:
    present, own = employments_on(asked.assessor.employments, asked.on), next(asked.sides())
    for colleague in asked.assessor.colleagues:
        interest = colleague.interest
        if interest.kind not in PAID or not asked.counts(interest, interest.kind):
            continue
        says = "Another assessor with the same employer did this."
        path, certainty = _path_of(interest, _step(FactKind.INTEREST, interest, says, is_of_other=True), own)
        if not path or not colleague.employment.overlaps(interest):
            continue
        for employment in present:
            if employment.same_employer(colleague.employment):
                first = _step(FactKind.EMPLOYMENT, employment, "The assessor is employed there.")
                says = "Another assessor was employed there too."
                second = _step(FactKind.COLLEAGUE, colleague.employment, says, is_of_other=True)
                whole = (first, second, *path)
                yield Conflict(ConflictKind.EMPLOYERS_CLIENT, whole, interest.source, certainty)


def _twice_in_a_row(asked: _Question) -> Iterator[Conflict]:
    before = [case for case in asked.cluster.cases if case.began_on is not None and case.began_on < asked.on]
    if not before or not asked.cluster.is_alone:
        return
    last = max(before, key=lambda case: (case.began_on, case.id))
    if set(last.scoring) == {asked.assessor.assessor_id}:
        says = "The assessor alone scored in the last assessment of this cluster."
        step = Step(FactKind.ENGAGEMENT, last.scoring[asked.assessor.assessor_id], says, last.began_on, last.ended_on)
        yield Conflict(ConflictKind.EARLIER_ASSESSMENT, (step,), Source.RECORDS)


def _pinned(asked: _Question) -> Iterator[Conflict]:
    for pin in asked.assessor.pins:
        if pin.effect is PinEffect.CONFLICT and pin.covers(asked.on):
            yield Conflict(ConflictKind.PINNED, (_step(FactKind.PIN, pin, pin.reason),), Source.SECRETARIAT)


SAYINGS: Mapping[InterestKind, str] = {
    InterestKind.EMPLOYMENT: "The assessor is or was employed there.",
    InterestKind.BOARD: "The assessor sits or sat on a board of it.",
    InterestKind.MEMBERSHIP: "The assessor, or for whom the assessor speaks, is or was a member of it.",
    InterestKind.FAMILY: "The assessor has a family tie to it.",
    InterestKind.PAID_ADVICE: "The assessor advises or advised it for pay.",
    InterestKind.COACHING: "The assessor coaches or coached it.",
    InterestKind.EMPLOYERS_CLIENT: "It is or was a client of the assessor's employer.",
    InterestKind.OTHER: "The assessor declared another interest in it.",
}


def _path_of(interest: InterestFact, step: Step, side: _Side) -> tuple[tuple[Step, ...], ConflictCertainty]:
    if interest.cluster_id is not None and interest.cluster_id == side.cluster_id:
        return (step,), ConflictCertainty.CERTAIN
    way = side.reached(interest.organisation_id, () if interest.key is None else (interest.key,))
    return ((), ConflictCertainty.UNKNOWN) if way is None else ((step, way[0]), way[1])


def _through(
    side: _Side, kind: ConflictKind, path: tuple[Step, ...], source: Source, certainty: ConflictCertainty
) -> Conflict:
    if side.tie is None:
        return Conflict(kind, path, source, certainty)
    tie = _step(FactKind.TIE, side.tie, f"That cluster and this one share this {side.tie.kind.value}.")
    return Conflict(ConflictKind(side.tie.kind), (*path, tie), source, certainty)


def _step(fact: FactKind, span: Span, says: str, *, is_of_other: bool = False) -> Step:
    return Step(fact, span.id, says, span.began_on, span.ended_on, is_of_other)


@lru_cache(maxsize=64)
def counting_since(day: date) -> Mapping[str, date]:
    """Answer from which day on each kind of fact still counts on a day, by the rules of that day.

    Before the first rules the first ones count.
    """
    rows = sorted(
        data_rows("cluster_api.conflicts", "conflict_rules"), key=lambda row: row["applies_from"], reverse=True
    )
    found: dict[str, int] = {row["about"]: int(row["months"]) for row in rows}
    found |= {row["about"]: int(row["months"]) for row in reversed(rows) if row["applies_from"] <= day.isoformat()}
    return {about: add_months(day, -months) for about, months in found.items()}


@dataclass(frozen=True, slots=True)
class PairFact:
    """One of two assessors: country of residence and employments."""

    country: str
    employments: tuple[EmploymentFact, ...]


def pair_breaches(first: PairFact, second: PairFact, cluster_country: str, on: date) -> list[PairRule]:
    """Answer the rules that speak against two assessors working together on a cluster of this country.

    Both have different employers, of which each is known, and one at least comes from another country (invariant 18):
    as far as these rules are in force on the day.
    """
    breaches = []
    present = [[one for one in employments_on(who.employments, on) if is_known(one)] for who in (first, second)]
    is_same = any(one.same_employer(other) for one in present[0] for other in present[1])
    if is_same or not all(present):
        breaches.append(PairRule.EMPLOYERS_DIFFER)
    if first.country == second.country == cluster_country:
        breaches.append(PairRule.ONE_FOREIGNER)
    asked = pair_rules_on(data_rows("cluster_api.conflicts", "pair_rules"), on)
    return [rule for rule in breaches if rule in asked]


def pair_rules_on(rows: Sequence[Mapping[str, str]], day: date) -> frozenset[PairRule]:
    """Answer which rules about pairs are in force on a day: the latest row of each rule says."""
    begun = [row for row in rows if row["applies_from"] <= day.isoformat()]
    latest = {row["rule"]: row["in_force"] for row in sorted(begun, key=lambda row: row["applies_from"])}
    return frozenset(PairRule(rule) for rule, said in latest.items() if said == "yes")
