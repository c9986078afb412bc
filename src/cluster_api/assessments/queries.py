"""What one can ask about cases; who asks decides what there is, inside the statements."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.assessments import rules
from cluster_api.assessments.errors import AssessmentNotFound, MethodologyBroken
from cluster_api.assessments.models import Assessment, Assignment, Evidence
from cluster_api.assessments.schemas import (
    AssessmentQuery,
    AssessmentRead,
    AssessmentSummary,
    ChecksRead,
)
from cluster_api.assessments.states import (
    CASES,
    DECIDED_ABOVE,
    FROM_REPORT_ON,
    OUT,
    REPORTING,
    SCORING,
    AssignmentState,
    CaseState,
)
from cluster_api.benchmarks.queries import released_days
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import Level
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet
from cluster_api.journal.queries import history_page
from cluster_api.journal.schemas import HistoryRead
from cluster_api.labels.models import Label
from cluster_api.methodology.queries import Edition, editions
from cluster_api.methodology.rules import unmet_criteria
from cluster_api.methodology.schemas import RuleSetDocument, Terms

SEEING = (
    Permission.ASSESSMENTS_READ,
    Permission.ASSESSMENTS_SCORE,
    Permission.ASSESSMENTS_READ_REPORTED,
    Permission.ASSESSMENTS_READ_ALL,
)
LEFT_OUT_OF_READ = frozenset({"binding", "currency", "visit_dates", "allowed_moves"})


def data(name: str) -> tuple[dict[str, str], ...]:
    """Answer the rows of a data file of this area."""
    return data_rows("cluster_api.assessments", name)


def mine(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller has a part in a case: a person who may score, and is not out."""
    person = actor.caller.person_id
    if person is None or not actor.can(Permission.ASSESSMENTS_SCORE):
        return sa.false()
    parts = sa.select(Assignment.assessment_id).where(Assignment.person_id == person, Assignment.state.not_in(OUT))
    return Assessment.id.in_(parts)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a case.

    Own clusters always; assigned ones as their assessor; reported ones as the board; all as secretariat or auditor.
    """
    if actor.can(Permission.ASSESSMENTS_READ_ALL):
        return sa.true()
    only = [] if actor.caller.cluster_id is None else [Cluster.id == actor.caller.cluster_id]
    own = sa.select(Cluster.id).where(Cluster.owner_id.in_(actor.where(Permission.ASSESSMENTS_READ)), *only)
    reported = actor.can(Permission.ASSESSMENTS_READ_REPORTED)
    return sa.or_(
        Assessment.cluster_id.in_(own),
        mine(actor),
        Assessment.state.in_(FROM_REPORT_ON) if reported else sa.false(),
    )


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there are no cases at all."""
    actor.must_any(*SEEING)


def get_assessment(session: Session, actor: Actor, assessment_id: str, *, for_change: bool = False) -> Assessment:
    """Answer a case of which the caller may know; ``for_change`` locks it until the transaction ends.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no cases at all.
        AssessmentNotFound: there is none of which the caller may know.
    """
    must_see_some(actor)
    statement = sa.select(Assessment).where(Assessment.id == assessment_id, visible(actor))
    if for_change:
        statement = statement.with_for_update(of=Assessment).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise AssessmentNotFound
    return found


def sees_outcome(actor: Actor) -> bool:
    """Answer whether the caller sees what was decided before the applicant is told: board, secretariat, auditor."""
    return actor.can(Permission.ASSESSMENTS_READ_REPORTED) or actor.can(Permission.ASSESSMENTS_READ_ALL)


def facts_shown(actor: Actor, case: Assessment) -> dict[str, Any]:
    """Answer what says where a case stands, as this caller is to see it: of an outcome nobody is told by the case."""
    if case.shown is None or sees_outcome(actor):
        names = ("state", "state_since", "reason", "version", "updated_at")
        return {name: getattr(case, name) for name in names}
    told = case.shown
    return {
        "state": case.shown_state,
        "state_since": date.fromisoformat(told["state_since"]),
        "reason": told["reason"],
        "version": told["version"],
        "updated_at": datetime.fromisoformat(told["updated_at"]),
    }


def state_shown(actor: Actor, case: Assessment) -> CaseState:
    """Answer in which state this caller sees a case."""
    state: CaseState = facts_shown(actor, case)["state"]
    return state


def version_shown(actor: Actor, case: Assessment) -> int:
    """Answer which version of a case this caller sees."""
    return int(facts_shown(actor, case)["version"])


def history_of(session: Session, actor: Actor, case: Assessment, query: PageQuery) -> Page[HistoryRead]:
    """Answer a page of what happened to a case, the last deed first; raise Invalid for a cursor of another question."""
    is_hidden = case.shown is not None and not sees_outcome(actor)
    most = case.shown["lines"] if case.shown is not None and is_hidden else None
    return history_page(session, "assessment", case.id, query, most=most)


def owns(actor: Actor, case: Assessment, permission: Permission = Permission.ASSESSMENTS_READ) -> bool:
    """Answer whether the caller acts for the cluster that applies, also with a key narrowed to one cluster."""
    owner = case.cluster.owner_id
    is_own = owner is not None and actor.can(permission, within=owner)
    return is_own and actor.caller.cluster_id in {None, case.cluster_id}


def part_of(session: Session, actor: Actor, case: Assessment) -> Assignment | None:
    """Answer the caller's own part in a case, unless the caller is out of it."""
    person = actor.caller.person_id
    if person is None or not actor.can(Permission.ASSESSMENTS_SCORE):
        return None
    statement = sa.select(Assignment).where(
        Assignment.assessment_id == case.id, Assignment.person_id == person, Assignment.state.not_in(OUT)
    )
    return session.scalar(statement)


def is_undeclared(session: Session, actor: Actor, case: Assessment) -> bool:
    """Answer whether the caller is proposed for a case and has not said yet that there is no conflict of interest."""
    part = part_of(session, actor, case)
    return part is not None and part.state is AssignmentState.PROPOSED


def may(session: Session, actor: Actor, case: Assessment, permission: Permission) -> bool:
    """Answer whether the caller may use a permission on this case: as its cluster, as who reports, or on all."""
    if permission in {Permission.ASSESSMENTS_WRITE, Permission.ASSESSMENTS_READ}:
        return owns(actor, case, permission)
    if permission is Permission.ASSESSMENTS_SCORE:
        part = part_of(session, actor, case)
        return part is not None and part.role in REPORTING
    return actor.can(permission)


def must(session: Session, actor: Actor, case: Assessment, permission: Permission) -> None:
    """Raise CredentialsRequired or PermissionMissing unless the caller may use a permission on this case."""
    if not may(session, actor, case, permission):
        actor.refuse(permission)


def edition_of(session: Session, case: Assessment, name: str) -> Edition:
    """Answer the very edition to which a case is bound, by its name in the binding, such as ``rule_set``.

    Raises:
        MethodologyBroken: it is not there any more, or not what it was.
    """
    return bound_edition(session, case.binding[name])


def bound_edition(session: Session, bound: Mapping[str, Any]) -> Edition:
    """Answer the edition that a binding names by code, version and digest; raise MethodologyBroken."""
    for edition in editions(session, code=bound["code"]):
        if edition.version == bound["version"] and edition.digest == bound["digest"]:
            return edition
    raise MethodologyBroken(f"{bound['code']}, version {bound['version']}.")


def terms_of(session: Session, case: Assessment) -> Terms:
    """Answer the values of the rule set to which a case is bound (domain invariant 13)."""
    document: RuleSetDocument = edition_of(session, case, "rule_set").document
    return document.terms


def indicators_of(session: Session, case: Assessment) -> IndicatorSet:
    """Answer the indicators to which a case is bound."""
    document: IndicatorSet = edition_of(session, case, "indicator_set").document
    return document


def process_of(case: Assessment) -> rules.Process:
    """Answer how cases of its level were run when the case was opened."""
    found = rules.process_on(data("processes"), case.level, case.created_at.date())
    if found is None:
        raise MethodologyBroken(f"No process of {case.level.value}.")
    return found


def benchmarks_of(session: Session, case: Assessment) -> rules.Benchmarks:
    """Answer the benchmarks on which a case rests: those its application names, else those that the register shows."""
    named = (case.first_benchmark_on, case.second_benchmark_on)
    return rules.benchmarks_counted(case.level, named, released_days(session, case.cluster_id), terms_of(session, case))


def held_label(session: Session, cluster_id: str, level: Level) -> Label | None:
    """Answer the label of this level that a cluster holds or held last: not withdrawn.

    That is the end of its chain, though a higher label may cover it in the register.
    """
    after = aliased(Label)
    statement = sa.select(Label).where(
        Label.cluster_id == cluster_id,
        Label.level == level,
        Label.withdrawn_on.is_(None),
        ~sa.exists().where(after.previous_label_id == Label.id),
    )
    return session.scalars(statement.order_by(Label.valid_until.desc(), Label.id.desc())).first()


def scorers_of(session: Session, case: Assessment) -> list[Assignment]:
    """Answer who scores a case and is not out of it, the lead first."""
    statement = sa.select(Assignment).where(
        Assignment.assessment_id == case.id,
        Assignment.role.in_(SCORING[case.level]),
        Assignment.state.not_in(OUT),
    )
    return list(session.scalars(statement.order_by(Assignment.role, Assignment.id)))


def allowed_moves(session: Session, actor: Actor, case: Assessment) -> list[str]:
    """Answer the verbs this caller can use on a case now; deciding is done above and not named here."""
    moves = [move for move in CASES[case.level].moves_from(case.state) if move.verb not in DECIDED_ABOVE]
    return [move.verb for move in moves if may(session, actor, case, Permission(move.permission))]


def read_assessment(session: Session, actor: Actor, case: Assessment) -> AssessmentRead:
    """Answer a case as it is shown to this caller."""
    told = {name: getattr(case, name) for name in AssessmentRead.model_fields if name not in LEFT_OUT_OF_READ}
    return AssessmentRead(
        **{**told, **facts_shown(actor, case)},
        binding=case.binding,
        currency="EUR",
        visit_dates=case.dates,
        allowed_moves=allowed_moves(session, actor, case),
    )


def assessments_page(session: Session, actor: Actor, query: AssessmentQuery) -> Page[AssessmentSummary]:
    """Answer a page of cases, the latest first; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "assessments", "view": actor.view, **query.model_dump(mode="json")})
    statement = sa.select(Assessment).where(visible(actor))
    seen = Assessment.state if sees_outcome(actor) else sa.func.coalesce(Assessment.shown_state, Assessment.state)
    for column, value in ((Assessment.level, query.level), (seen, query.state)):
        statement = statement if value is None else statement.where(column == value)
    if query.cluster is not None:
        statement = statement.where(Assessment.cluster_id == str(query.cluster))
    if query.assessor is not None:
        statement = statement.where(mine(actor))
    if query.cursor is not None:
        statement = statement.where(Assessment.id < read_cursor(query.cursor, question, [UUID])[0])
    found = session.scalars(statement.order_by(Assessment.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    items = [_summary(actor, case) for case in shown]
    return Page(items=items, next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None)


def _summary(actor: Actor, case: Assessment) -> AssessmentSummary:
    told = {name: getattr(case, name) for name in AssessmentSummary.model_fields} | facts_shown(actor, case)
    return AssessmentSummary.model_validate(told)


def criteria_of(session: Session, case: Assessment) -> EligibilitySet:
    """Answer the criteria of eligibility to which a case is bound."""
    document: EligibilitySet = edition_of(session, case, "eligibility_set").document
    return document


def unmet_of(session: Session, case: Assessment) -> list[str] | None:
    """Answer the criteria neither met nor waived, by code; None while the checklist is not answered."""
    if not case.checklist:
        return None
    return [one.code for one in unmet_criteria(criteria_of(session, case), case.checklist, case.waivers)]


def read_checks(session: Session, actor: Actor, case: Assessment) -> ChecksRead:
    """Answer the automatic checks of a case as of today."""
    counted = sa.select(Evidence.state, sa.func.count()).where(Evidence.assessment_id == case.id)
    rows = session.execute(counted.group_by(Evidence.state)).all()
    said = case.checklist.get("committed_members")
    facts = rules.Facts(
        today=actor.today,
        level=case.level,
        status=case.cluster.status,
        profile_state=case.cluster.profile_state,
        renewed_until=case.previous_valid_until,
        benchmarks=benchmarks_of(session, case),
        unmet=unmet_of(session, case),
        said_members=said if isinstance(said, int) else None,
        recorded_members=case.cluster.committed_members,
        evidence={state.value: count for state, count in rows},
    )
    return ChecksRead(checks=rules.checks_of(facts, terms_of(session, case), process_of(case)))


def last_refused(session: Session, cluster_id: str, level: Level) -> Assessment | None:
    """Answer the last refused case of a cluster for a level, of those of which the cluster was told."""
    statement = sa.select(Assessment).where(
        Assessment.cluster_id == cluster_id,
        Assessment.level == level,
        sa.func.coalesce(Assessment.shown_state, Assessment.state) == CaseState.REFUSED,
    )
    return session.scalar(statement.order_by(Assessment.state_since.desc()).limit(1))


def refused_on(case: Assessment) -> date:
    """Answer the day of the refusal of which the cluster was told, though an appeal may have been upheld since."""
    return case.state_since if case.shown is None else date.fromisoformat(case.shown["state_since"])


def is_untold(session: Session, cluster_id: str, level: Level) -> bool:
    """Answer whether a case of a cluster for a level is decided and still looks open to the cluster."""
    wanted = (Assessment.cluster_id == cluster_id, Assessment.level == level)
    return (
        session.scalar(sa.select(sa.exists().where(*wanted, Assessment.shown_state == CaseState.IN_DECISION))) is True
    )


def facts_of(case: Assessment) -> dict[str, Any]:
    """Answer what the journal keeps digests of."""
    return {
        "state": case.state.value,
        "checklist": case.checklist,
        "waivers": case.waivers,
        "contracted_on": None if case.contracted_on is None else case.contracted_on.isoformat(),
        "visit_dates": sorted(case.visit_dates),
        "visit_place": case.visit_place,
    }
