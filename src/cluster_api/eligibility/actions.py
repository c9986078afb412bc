"""What one can do about the criteria of a case: answer them, and waive one with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.actions import must_be_in, must_stand, subject, touch
from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import edition_of, facts_of, must
from cluster_api.assessments.states import APPLYING, CaseState
from cluster_api.eligibility.errors import ChecklistInvalid, CriterionNotWaivable
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.indicators.schemas import EligibilitySet
from cluster_api.journal.actions import record
from cluster_api.methodology.errors import SheetInvalid
from cluster_api.methodology.queries import checked_form


def answer(session: Session, actor: Actor, case: Assessment, checklist: Mapping[str, Any]) -> None:
    """Answer the criteria of eligibility anew; possible until the application is submitted.

    Raises:
        CaseNotOpen: the application is not being written.
        ChecklistInvalid: naming every field that is missing, unknown or out of range.
    """
    must(session, actor, case, Permission.ASSESSMENTS_WRITE)
    must_stand(case)
    must_be_in(case, *APPLYING)
    try:
        filled = checked_form(edition_of(session, case, "eligibility_set"), checklist)
    except SheetInvalid as error:
        faults = [replace(one, pointer=one.pointer.replace("/body", "/body/checklist", 1)) for one in error.faults]
        raise ChecklistInvalid(error.detail, faults=faults) from error
    before = facts_of(case)
    case.checklist = filled.model_dump(mode="json")
    touch(session, actor, case)
    record(session, actor.author, "assessment.eligibility_answered", subject(case), before=before, after=facts_of(case))


def waive(session: Session, actor: Actor, case: Assessment, *, criterion: str, reason: str) -> None:
    """Waive a criterion with a reason while the application is looked at; raise CriterionNotWaivable."""
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    must_stand(case)
    must_be_in(case, CaseState.SUBMITTED)
    document: EligibilitySet = edition_of(session, case, "eligibility_set").document
    if criterion not in {one.code for one in document.criteria if one.is_waivable}:
        raise CriterionNotWaivable(f"{criterion} cannot be waived.")
    before = facts_of(case)
    case.waivers = {**case.waivers, criterion: reason}
    touch(session, actor, case)
    told = {"criterion": criterion}
    record(
        session, actor.author, "assessment.criterion_waived", subject(case), reason=reason, details=told,
        before=before, after=facts_of(case),
    )  # fmt: skip
