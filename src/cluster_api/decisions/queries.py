"""What one can ask about decisions; who asks decides what there is, inside the statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.errors import MethodologyBroken
from cluster_api.assessments.models import Assessment, AssessmentReport, Assignment, Evidence
from cluster_api.assessments.queries import bound_edition, terms_of
from cluster_api.benchmarks.models import BenchmarkVersion
from cluster_api.benchmarks.rules import digest_of_answers
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import Level
from cluster_api.conflicts.models import Interest
from cluster_api.decisions import rules
from cluster_api.decisions.errors import DecisionNotFound
from cluster_api.decisions.models import Decision, DecisionVote
from cluster_api.decisions.schemas import (
    DecisionQuery,
    DecisionRead,
    DifferenceRead,
    RecordRead,
    ReplayRead,
    VoteRead,
    VotingRuleRead,
)
from cluster_api.decisions.states import FINAL, Bar, Choice, DecisionState, Recusal
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Membership, Organisation, Person
from cluster_api.identity.permissions import LEAST, RANKS, Permission
from cluster_api.identity.states import Role
from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet
from cluster_api.methodology.queries import seal_of
from cluster_api.methodology.schemas import Terms
from cluster_api.pool.models import Assessor, Employment
from cluster_api.scoring.rules import ENGINE

SEEING = (Permission.ASSESSMENTS_READ, Permission.ASSESSMENTS_READ_REPORTED, Permission.ASSESSMENTS_READ_ALL)
INSIDE = (Permission.ASSESSMENTS_READ_REPORTED, Permission.ASSESSMENTS_READ_ALL)
SHOWN_AS_KEPT = (
    "id", "number", "assessment_id", "serial", "kind", "previous_id", "state", "is_final", "body", "meeting_on",
    "report_digest", "inputs_digest", "result_digest", "engine", "rounding", "passes", "reasons", "conditions",
    "deferred_until", "conditions_met_on", "conditions_met_how", "label_id", "concluded_at", "notified_on", "version",
    "created_at", "updated_at",
)  # fmt: skip
RUNNING = frozenset({Role.BOARD, Role.SECRETARIAT, Role.COMMISSION, Role.AUDITOR, Role.ADMIN})
"""Who runs the scheme has a seat, which says nothing of where its people come from."""
KEPT_ITSELF = ("inputs", "result", "inputs_digest", "result_digest", "report_digest", "passes")
_Beside = tuple[Mapping[str, dict[Choice, int]], set[str]]
MOST_DIFFERENCES, MOST_LETTERS = 100, 1000


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there are no decisions at all."""
    actor.must_any(*SEEING)


def is_inside(actor: Actor) -> bool:
    """Answer whether the caller sees decisions before their notice, with votes: board, secretariat, auditor."""
    return any(actor.can(one) for one in INSIDE)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a decision; an applicant once it was told."""
    if is_inside(actor):
        return sa.true()
    only = [] if actor.caller.cluster_id is None else [Cluster.id == actor.caller.cluster_id]
    own = sa.select(Assessment.id).join(Cluster, Cluster.id == Assessment.cluster_id)
    own = own.where(Cluster.owner_id.in_(actor.where(Permission.ASSESSMENTS_READ)), *only)
    return Decision.notified_on.is_not(None) & Decision.assessment_id.in_(own)


def get_decision(session: Session, actor: Actor, decision_id: str, *, for_change: bool = False) -> Decision:
    """Answer a decision of which the caller may know; ``for_change`` locks it until the transaction ends.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no decisions at all.
        DecisionNotFound: there is none of which the caller may know.
    """
    must_see_some(actor)
    statement = sa.select(Decision).where(Decision.id == decision_id, visible(actor))
    if for_change:
        statement = statement.with_for_update(of=Decision).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise DecisionNotFound
    return found


def case_of(session: Session, decision: Decision, *, for_change: bool = False) -> Assessment:
    """Answer the case decided about, locked if it is to be changed."""
    statement = sa.select(Assessment).where(Assessment.id == decision.assessment_id)
    if for_change:
        statement = statement.with_for_update(of=Assessment).execution_options(populate_existing=True)
    return session.scalars(statement).one()


def decisions_of(session: Session, assessment_id: str) -> list[Decision]:
    """Answer the decisions about a case, the first one first."""
    statement = sa.select(Decision).where(Decision.assessment_id == assessment_id).order_by(Decision.serial)
    return list(session.scalars(statement))


def open_conditions(session: Session, case: Assessment) -> Decision | None:
    """Answer the last deferral of a case while its conditions are not met."""
    deferred = [one for one in decisions_of(session, case.id) if one.state is DecisionState.DEFERRED]
    return deferred[-1] if deferred and deferred[-1].conditions_met_on is None else None


def votes_of(session: Session, decision: Decision) -> list[DecisionVote]:
    """Answer the votes on a decision as they are now."""
    statement = sa.select(DecisionVote).where(DecisionVote.decision_id == decision.id).order_by(DecisionVote.person_id)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


@dataclass(frozen=True, slots=True)
class Panel:
    """Which people a decision keeps out besides those with a hand in the case; ``on`` is the day it was opened."""

    is_appealed: bool
    recusal: str
    on: date


def panel_of(decision: Decision) -> Panel:
    """Answer whom a decision keeps out, by what it was opened with."""
    recusal = voting_rule_of(decision).recusal
    return Panel(decision.previous_id is not None, recusal, civil_date(decision.created_at))


def barred_from(session: Session, case: Assessment, panel: Panel) -> dict[str, set[Bar]]:
    """Answer by person who takes no part in a decision about a case, and why (domain invariants 18 to 20).

    Roles are not looked at here: whoever votes was asked for them.
    """
    owner = case.cluster.owner_id
    asked: list[tuple[Bar, Any, sa.ColumnElement[bool]]] = [
        (Bar.ASSIGNED, Assignment.person_id, Assignment.assessment_id == case.id),
        (
            Bar.INTEREST,
            Interest.person_id,
            Interest.withdrawn_at.is_(None)
            & sa.or_(Interest.cluster_id == case.cluster_id, Interest.organisation_id == owner),
        ),
        (Bar.MEMBER, Membership.person_id, Membership.organisation_id == owner),
        (Bar.EMPLOYED, Employment.person_id, Employment.organisation_id == owner),
    ]
    if panel.is_appealed:
        is_first = (Decision.assessment_id == case.id) & Decision.previous_id.is_(None)
        first = sa.select(Decision.id).where(is_first)
        took_part = DecisionVote.decision_id.in_(first) & (DecisionVote.choice != Choice.RECUSED)
        asked.append((Bar.DECIDED_BEFORE, DecisionVote.person_id, took_part))
        asked.append((Bar.DECIDED_BEFORE, Decision.chair_id, is_first))
    parts = [sa.select(sa.literal(bar.value), person).where(condition) for bar, person, condition in asked]
    found: dict[str, set[Bar]] = {}
    for bar, person in session.execute(sa.union_all(*parts)):
        found.setdefault(str(person), set()).add(Bar(bar))
    if panel.recusal == Recusal.COUNTRY_GROUP:
        for person in _from_group(session, case.cluster.country, panel.on):
            found.setdefault(person, set()).add(Bar.COUNTRY_GROUP)
    return found


def _from_group(session: Session, country: str, day: date) -> set[str]:
    """Answer the members of the board who come from a country or its group, as far as the service knows.

    That is the country of an organisation to which one belongs and which has no part in running the scheme, and the one
    that the pool of assessors names.
    """
    group, board = rules.group_of(data("country_groups"), country, day), board_members(session)
    belonging = (
        sa.select(Membership.person_id, Organisation.country, Organisation.roles)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(board), Organisation.country.in_(group))
    )
    found = {str(person) for person, _, roles in session.execute(belonging) if RUNNING.isdisjoint(roles)}
    in_pool = sa.select(Assessor.person_id).where(Assessor.person_id.in_(board), Assessor.country.in_(group))
    return found | {str(person) for person in session.scalars(in_pool)}


def board_members(session: Session) -> set[str]:
    """Answer everybody who may decide: people with the role, and members of the board's organisations who may write."""
    has_role = f"%|{Role.BOARD.value}|%"
    least = RANKS[LEAST[Permission.ASSESSMENTS_DECIDE]]
    standings = [one for one, rank in RANKS.items() if rank >= least]
    roles = sa.type_coerce(Organisation.roles, sa.Text)
    own = sa.select(Person.id).where(sa.type_coerce(Person.roles, sa.Text).like(has_role), Person.erased_at.is_(None))
    belonging = (
        sa.select(Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(roles.like(has_role), Organisation.closed_at.is_(None), Membership.standing.in_(standings))
    )
    return {str(person) for person in session.scalars(sa.union_all(own, belonging))}


def voting_rule_of(decision: Decision) -> rules.VotingRule:
    """Answer the rule of quorum and majority to which a decision is bound."""
    return rules.VotingRule(**decision.voting)


def bound_documents(
    session: Session, binding: Mapping[str, Any], level: Level
) -> tuple[Terms, IndicatorSet | EligibilitySet]:
    """Answer terms and indicators, or of bronze the criteria, to which a case is bound.

    Raises:
        MethodologyBroken: they are not what they were.
    """
    documents = []
    for name in ("rule_set", "eligibility_set" if level is Level.BRONZE else "indicator_set"):
        edition = bound_edition(session, binding[name])
        if seal_of(edition) != edition.digest:
            raise MethodologyBroken(f"{edition.code}, version {edition.version}, is not what was sealed.")
        documents.append(edition.document)
    return documents[0].terms, documents[1]


def allowed_moves(actor: Actor, decision: Decision) -> list[str]:
    """Answer what the caller can do with a decision now, as far as its state and the caller's role say."""
    runs, person = actor.can(Permission.ASSESSMENTS_RUN), actor.caller.person_id
    decides = actor.can(Permission.ASSESSMENTS_DECIDE) and person is not None
    if decision.state is DecisionState.OPEN:
        may = {"vote": decides and not runs, "conclude": decides and person == decision.chair_id, "change_chair": runs}
        return [verb for verb, allowed in may.items() if allowed]
    may = {
        "notify": decision.notified_on is None,
        "meet_conditions": decision.state is DecisionState.DEFERRED and decision.conditions_met_on is None,
    }
    return [verb for verb, possible in may.items() if runs and possible]


def read_decision(session: Session, actor: Actor, decision: Decision) -> DecisionRead:
    """Answer a decision as it is shown to this caller."""
    return _read(session, actor, decision, case_of(session, decision), _beside(session, actor, [decision]))


def _beside(session: Session, actor: Actor, decisions: list[Decision]) -> _Beside:
    if is_inside(actor):
        return _tallies(session, decisions), set()
    # An applicant learns that a decision gave way when the one to which it did is told.
    told = Decision.previous_id.in_([one.id for one in decisions]) & Decision.notified_on.is_not(None)
    return {}, {str(key) for key in session.scalars(sa.select(Decision.previous_id).where(told))}


def _tallies(session: Session, decisions: list[Decision]) -> Mapping[str, dict[Choice, int]]:
    statement = (
        sa.select(DecisionVote.decision_id, DecisionVote.choice, sa.func.count())
        .where(DecisionVote.decision_id.in_([one.id for one in decisions]))
        .group_by(DecisionVote.decision_id, DecisionVote.choice)
    )
    found: dict[str, dict[Choice, int]] = {one.id: {} for one in decisions}
    for decision_id, choice, count in session.execute(statement):
        found[decision_id][choice] = count
    return found


def _read(session: Session, actor: Actor, decision: Decision, case: Assessment, beside: _Beside) -> DecisionRead:
    told = {name: getattr(decision, name) for name in SHOWN_AS_KEPT}
    inside, until = is_inside(actor), None
    if decision.notified_on is not None:
        until = rules.appealable_until(decision.notified_on, terms_of(session, case).appeal_days.value)
    if not inside:
        holds = decision.state in FINAL and decision.id not in beside[1]
        told |= {"version": None, "updated_at": None, "is_final": holds}
    return DecisionRead(
        **told,
        chair_id=UUID(decision.chair_id) if inside else None,
        refusals=decision.result["refusals"],
        voting=VotingRuleRead.model_validate(decision.voting),
        tally=beside[0][decision.id] if inside else None,
        appealable_until=until,
        conditions_standing=rules.conditions_on(decision.deferred_until, decision.conditions_met_on, actor.today),
        allowed_moves=allowed_moves(actor, decision),
    )


def decisions_page(session: Session, actor: Actor, query: DecisionQuery) -> Page[DecisionRead]:
    """Answer a page of decisions, the latest first; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "decisions", "view": actor.view, **query.model_dump(mode="json")})
    statement = sa.select(Decision, Assessment).join(Assessment, Assessment.id == Decision.assessment_id)
    statement = statement.where(visible(actor))
    if query.assessment is not None:
        statement = statement.where(Decision.assessment_id == str(query.assessment))
    if query.state is not None:
        statement = statement.where(Decision.state == query.state)
    if query.cursor is not None:
        statement = statement.where(Decision.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.execute(statement.order_by(Decision.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    beside = _beside(session, actor, [decision for decision, _ in shown])
    items = [_read(session, actor, decision, case, beside) for decision, case in shown]
    more = len(found) > query.limit
    return Page(items=items, next=write_cursor(question, [shown[-1][0].id]) if more else None)


def votes_page(session: Session, actor: Actor, decision: Decision, query: PageQuery) -> Page[VoteRead]:
    """Answer a page of votes to those inside; raise PermissionMissing to others, Invalid for another cursor."""
    actor.must_any(*INSIDE)
    question = question_of({"of": "votes", "decision": decision.id, "view": actor.view})
    statement = sa.select(DecisionVote).where(DecisionVote.decision_id == decision.id)
    if query.cursor is not None:
        statement = statement.where(DecisionVote.person_id > read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(DecisionVote.person_id).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    items = [VoteRead.model_validate(one, from_attributes=True) for one in shown]
    return Page(items=items, next=write_cursor(question, [shown[-1].person_id]) if len(found) > query.limit else None)


def read_record(decision: Decision) -> RecordRead:
    """Answer everything a decision was computed from, and what came out."""
    return RecordRead(inputs=decision.inputs, result=decision.result)


def replay(session: Session, actor: Actor, decision: Decision) -> ReplayRead:
    """Compute a decision again from what it keeps, compare everything, and store nothing.

    Raises:
        PermissionMissing: the caller neither runs nor audits the process.
        MethodologyBroken: a bound document is not what it was.
    """
    actor.must(Permission.ASSESSMENTS_READ_ALL)
    case = case_of(session, decision)
    kept = rules.Kept(
        **{name: getattr(decision, name) for name in KEPT_ITSELF}, binding=case.binding, **_witnessed(session, decision)
    )
    found = rules.replayed(kept, *bound_documents(session, case.binding, case.level))
    return ReplayRead(
        decision_id=UUID(decision.id),
        is_identical=not found.differences,
        engine_then=decision.engine,
        engine_now=ENGINE,
        result_digest=found.result_digest,
        differences=[
            DifferenceRead(
                pointer=one.pointer[:500], kept=str(one.kept)[:MOST_LETTERS], computed=str(one.computed)[:MOST_LETTERS]
            )
            for one in found.differences[:MOST_DIFFERENCES]
        ],
    )


def _witnessed(session: Session, decision: Decision) -> dict[str, Any]:
    """Answer the report, the digests of evidence and, of bronze, of the answers of its benchmark as they are today."""
    report = session.scalar(
        sa.select(AssessmentReport.document).where(AssessmentReport.assessment_id == decision.assessment_id)
    )
    files = session.execute(
        sa.select(Evidence.id, Evidence.sha256).where(Evidence.assessment_id == decision.assessment_id)
    )
    return {
        "report": report,
        "benchmark": _digest_of_answers(session, decision),
        "evidence": {str(key): digest for key, digest in files},
    }


def _digest_of_answers(session: Session, decision: Decision) -> str | None:
    kept = decision.inputs.get("benchmark")
    if kept is None:
        return None
    found = session.get(BenchmarkVersion, (kept["id"], kept["answers_version"]), populate_existing=True)
    return None if found is None else digest_of_answers(found.answers)


def data(name: str) -> tuple[dict[str, str], ...]:
    """Answer the dated rows of ``voting`` (quorum, majority, recusal by body) or of ``country_groups``."""
    return data_rows("cluster_api.decisions", name)


def facts_of(decision: Decision) -> dict[str, Any]:
    """Answer what the journal keeps digests of."""
    return {
        "state": decision.state.value,
        "is_final": decision.is_final,
        "chair_id": decision.chair_id,
        "report_digest": decision.report_digest,
        "inputs_digest": decision.inputs_digest,
        "result_digest": decision.result_digest,
        "engine": decision.engine,
        "reasons": decision.reasons,
        "conditions": decision.conditions,
        "conditions_met_on": None if decision.conditions_met_on is None else decision.conditions_met_on.isoformat(),
        "deferred_until": None if decision.deferred_until is None else decision.deferred_until.isoformat(),
        "notified_on": None if decision.notified_on is None else decision.notified_on.isoformat(),
    }
