"""What one can do with sheets: fill in and hand in the self-assessment, score alone, agree on a consensus."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.actions import must_be_in, must_stand
from cluster_api.assessments.models import Assessment, Assignment, Sheet
from cluster_api.assessments.queries import indicators_of, must, terms_of
from cluster_api.assessments.states import CaseState, SheetKind
from cluster_api.assignments.queries import all_in, submitted
from cluster_api.clusters.states import Level
from cluster_api.evidence.queries import kept, released
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.scoresheets import rules
from cluster_api.scoresheets.errors import (
    ConsensusNotPossible,
    ScoresOutstanding,
    SheetHandedIn,
    SheetIncomplete,
    SheetNotFound,
)
from cluster_api.scoresheets.queries import (
    checked,
    consensus_of,
    find_sheet,
    scoring_part,
    self_assessment_of,
    wrong_so_far,
)
from cluster_api.scoresheets.schemas import (
    ConsensusWrite,
    ImprovementWrite,
    SelfAssessmentUpdate,
    SelfAssessmentWrite,
    SheetWrite,
)

MOST_NAMED = 5


def _refuse(faults: Sequence[Fault], kind: type[SheetIncomplete | ConsensusNotPossible] = SheetIncomplete) -> None:
    if faults:
        places = ", ".join(fault.pointer for fault in faults[:MOST_NAMED])
        raise kind(f"{len(faults)} place(s) are wrong: {places}.", faults=faults)


def _named(given: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    return {name: [str(one) for one in ids] for name, ids in given.items()}


def _improvements(given: Sequence[ImprovementWrite]) -> dict[str, Any]:
    return {one.indicator: one.model_dump(mode="json", exclude={"indicator"}) for one in given}


def _new(case: Assessment, kind: SheetKind, now: datetime, assignment: Assignment | None = None) -> Sheet:
    return Sheet(
        id=str(uuid7()), assessment_id=case.id, slot=kind.value if assignment is None else assignment.id, kind=kind,
        assignment_id=None if assignment is None else assignment.id, answers={}, comments={}, evidence={},
        improvements={}, points={}, total=None, version=0, created_at=now, updated_at=now,
    )  # fmt: skip


def _keep(session: Session, actor: Actor, sheet: Sheet, event: str, *, reason: str | None = None) -> None:
    sheet.version += 1
    sheet.updated_at = actor.now
    session.add(sheet)
    session.flush()
    # No points in the details: whoever may read the journal of a case may not see them yet.
    told = {"assessment": sheet.assessment_id, "kind": sheet.kind.value, "version": sheet.version}
    facts = {"answers": sheet.answers, "comments": sheet.comments, "evidence": sheet.evidence, "total": sheet.total}
    record(session, actor.author, event, ("score_sheet", sheet.id), reason=reason, details=told, after=facts)


def _scored(session: Session, case: Assessment, sheet: Sheet) -> None:
    sheet.points = rules.points_by_code(indicators_of(session, case), sheet.answers)
    sheet.total = sum(sheet.points.values())


def _self_to_write(session: Session, actor: Actor, case: Assessment) -> Sheet:
    must(session, actor, case, Permission.ASSESSMENTS_WRITE)
    must_stand(case)
    must_be_in(case, CaseState.IN_PREPARATION)
    sheet = self_assessment_of(session, case) or _new(case, SheetKind.SELF_ASSESSMENT, actor.now)
    if sheet.handed_in_at is not None:
        raise SheetHandedIn
    return sheet


def _improvement_faults(
    session: Session, case: Assessment, given: Sequence[str], at: str, *, whole: bool = False
) -> list[Fault]:
    if case.level is not Level.SILVER:
        detail = "Improvements are named for silver only."
        return [Fault(f"{at}/improvements", "not_silver", detail)] if given else []
    methodology, terms = indicators_of(session, case), terms_of(session, case)
    return list(rules.improvement_faults(methodology, terms, given, at, whole=whole))


def write_self_assessment(session: Session, actor: Actor, case: Assessment, given: SelfAssessmentWrite) -> None:
    """Fill in the whole self-assessment anew.

    Raises:
        CaseNotOpen, SheetHandedIn: it is not open.
        SheetIncomplete: naming every place that is missing, unknown or out of range.
    """
    sheet = _self_to_write(session, actor, case)
    answers, faults = checked(session, case, given.sheet, "/body/sheet")
    evidence = _named(given.evidence)
    faults += rules.attachment_faults(
        indicators_of(session, case), given.comments, evidence, kept(session, case), "/body"
    )
    faults += _unknown_files(given.improvements, kept(session, case))
    faults += _improvement_faults(session, case, [one.indicator for one in given.improvements], "/body")
    _refuse(faults)
    sheet.answers, sheet.comments, sheet.evidence = answers, dict(given.comments), evidence
    sheet.improvements = _improvements(given.improvements)
    _scored(session, case, sheet)
    _keep(session, actor, sheet, "score_sheet.written")


def _unknown_files(given: Sequence[ImprovementWrite], known: frozenset[str]) -> list[Fault]:
    return [
        Fault(f"/body/improvements/{place}/evidence/{at}", "unknown_evidence", "The case has no such file.")
        for place, one in enumerate(given)
        for at, ref in enumerate(one.evidence)
        if str(ref) not in known
    ]


def update_self_assessment(session: Session, actor: Actor, case: Assessment, patch: SelfAssessmentUpdate) -> None:
    """Fill in parts of the self-assessment; what is named is checked, what is missing may still be.

    Raises:
        CaseNotOpen, SheetHandedIn: it is not open.
        SheetIncomplete: naming every place that is unknown or out of range.
    """
    sheet = _self_to_write(session, actor, case)
    answers = rules.patched(sheet.answers, patch.sheet)
    comments = rules.patched(sheet.comments, patch.comments)
    wanted = patch.model_dump(mode="json")["evidence"]
    evidence = rules.patched(sheet.evidence, wanted)
    named = {name: ids for name, ids in wanted.items() if ids is not None}
    faults = wrong_so_far(session, case, answers, "/body/sheet")
    methodology = indicators_of(session, case)
    faults += rules.attachment_faults(methodology, patch.comments, named, kept(session, case), "/body")
    if patch.improvements is not None:
        faults += _unknown_files(patch.improvements, kept(session, case))
        faults += _improvement_faults(session, case, [one.indicator for one in patch.improvements], "/body")
    _refuse(faults)
    sheet.answers, sheet.comments, sheet.evidence = answers, comments, evidence
    if patch.improvements is not None:
        sheet.improvements = _improvements(patch.improvements)
    # Points come with the whole sheet; until then they would be those of another one.
    sheet.points, sheet.total = {}, None
    _keep(session, actor, sheet, "score_sheet.written")


def hand_in(session: Session, actor: Actor, case: Assessment) -> None:
    """Hand in the self-assessment, which signals readiness for the visit (domain rules 4.1).

    Raises:
        SheetIncomplete: naming everything that is missing, for silver also the improvements (domain invariant 8).
    """
    sheet = _self_to_write(session, actor, case)
    code = case.binding["indicator_set"]["code"]
    answers, faults = checked(session, case, {"methodology": code, **sheet.answers}, "/sheet")
    faults += _improvement_faults(session, case, list(sheet.improvements), "", whole=True)
    _refuse(faults)
    sheet.answers = answers
    _scored(session, case, sheet)
    sheet.handed_in_at = actor.now
    _keep(session, actor, sheet, "score_sheet.handed_in")


def send_back(session: Session, actor: Actor, case: Assessment, *, reason: str) -> None:
    """Return a self-assessment that is handed in, so that the cluster changes it; raise SheetNotFound without one."""
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    must_stand(case)
    must_be_in(case, CaseState.IN_PREPARATION)
    sheet = self_assessment_of(session, case)
    if sheet is None or sheet.handed_in_at is None:
        raise SheetNotFound("No self-assessment is handed in.")
    sheet.handed_in_at = None
    _keep(session, actor, sheet, "score_sheet.returned", reason=reason)


def own_part(session: Session, actor: Actor, case: Assessment) -> Assignment:
    """Answer the caller's own part in a case that is being scored; raise PermissionMissing if it does not score."""
    part = scoring_part(session, actor, case)
    if part is None:
        actor.refuse(Permission.ASSESSMENTS_SCORE)
    must_stand(case)
    must_be_in(case, CaseState.ASSESSED)
    return part


def write_scores(session: Session, actor: Actor, case: Assessment, given: SheetWrite) -> None:
    """Keep the caller's own scores, which nobody else sees before all are in.

    Raises:
        CaseNotOpen, SheetHandedIn: not now, or submitted already.
        SheetIncomplete: naming every place that is missing, unknown or out of range.
    """
    part = own_part(session, actor, case)
    sheet = find_sheet(session, case, part.id) or _new(case, SheetKind.SCORES, actor.now, part)
    if sheet.handed_in_at is not None:
        raise SheetHandedIn
    answers, faults = checked(session, case, given.sheet, "/body/sheet")
    evidence = _named(given.evidence)
    methodology = indicators_of(session, case)
    faults += rules.attachment_faults(methodology, given.comments, evidence, kept(session, case), "/body")
    _refuse(faults)
    sheet.answers, sheet.comments, sheet.evidence = answers, dict(given.comments), evidence
    _scored(session, case, sheet)
    _keep(session, actor, sheet, "score_sheet.written")


def submit_scores(session: Session, actor: Actor, case: Assessment) -> None:
    """Submit the caller's own scores for good; raise SheetNotFound without any.

    Two who submit at the same moment do it one after the other, because the case is locked; then each sees the other's.
    """
    part = own_part(session, actor, case)
    sheet = find_sheet(session, case, part.id)
    if sheet is None:
        raise SheetNotFound("There are no scores to submit.")
    if sheet.handed_in_at is not None:
        raise SheetHandedIn
    sheet.handed_in_at = actor.now
    _keep(session, actor, sheet, "score_sheet.handed_in")


def write_consensus(session: Session, actor: Actor, case: Assessment, given: ConsensusWrite) -> None:
    """Keep the sheet on which those who score agree; possible until the report is sealed.

    Raises:
        ScoresOutstanding: not all have submitted their scores.
        ConsensusNotPossible: naming every indicator that lacks a value, a reason, evidence or a verdict.
    """
    own_part(session, actor, case)
    if not all_in(session, case):
        raise ScoresOutstanding
    methodology, sheet = indicators_of(session, case), consensus_of(session, case)
    answers, faults = checked(session, case, given.sheet, "/body/sheet")
    evidence = _named(given.evidence)
    faults += rules.attachment_faults(methodology, given.comments, evidence, released(session, case), "/body")
    if not faults:
        scores = [one.answers for one, _ in submitted(session, case)]
        faults += rules.consensus_faults(methodology, answers, scores, given.comments, evidence)
    own = self_assessment_of(session, case)
    faults += rules.verdict_faults(own.improvements if own is not None else (), given.confirmed)
    _refuse(faults, ConsensusNotPossible)
    sheet = sheet or _new(case, SheetKind.CONSENSUS, actor.now)
    sheet.answers, sheet.comments, sheet.evidence = answers, dict(given.comments), evidence
    sheet.improvements = {name: {"confirmed": verdict} for name, verdict in given.confirmed.items()}
    _scored(session, case, sheet)
    _keep(session, actor, sheet, "score_sheet.agreed")
