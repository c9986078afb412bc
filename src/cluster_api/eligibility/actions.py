"""What one can do about the criteria of a case: answer them, and waive one with a reason."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.actions import must_be_in, must_stand, subject, touch
from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import criteria_of, facts_of, must
from cluster_api.assessments.states import APPLYING, CaseState
from cluster_api.eligibility.errors import ChecklistInvalid, CriterionNotWaivable
from cluster_api.eligibility.queries import checked_list
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record


def answer(session: Session, actor: Actor, case: Assessment, checklist: Mapping[str, Any]) -> None:
    """Answer the criteria of eligibility anew; possible until the application is submitted.

    Raises:
        CaseNotOpen: the application is not being written.
        ChecklistInvalid: naming every field that is missing, unknown or out of range.
    """
    must(session, actor, case, Permission.ASSESSMENTS_WRITE)
    must_stand(case)
    must_be_in(case, *APPLYING)
    filled, faults = checked_list(session, case, checklist)
    if faults:
        raise ChecklistInvalid(f"{len(faults)} place(s) of the checklist are wrong.", faults=faults)
    before = facts_of(case)
    case.checklist = filled
    touch(session, actor, case)
    record(session, actor.author, "assessment.eligibility_answered", subject(case), before=before, after=facts_of(case))


def waive(session: Session, actor: Actor, case: Assessment, *, criterion: str, reason: str) -> None:
    """Waive a criterion with a reason while the application, or what an interview found, is looked at.

    Raises:
        CaseNotOpen, ClusterNotActive: not now.
        CriterionNotWaivable: it cannot be waived, or there is none with this code.
    """
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    must_stand(case)
    must_be_in(case, CaseState.SUBMITTED, CaseState.INTERVIEWED)
    if criterion not in {one.code for one in criteria_of(session, case).criteria if one.is_waivable}:
        raise CriterionNotWaivable(f"{criterion} cannot be waived.")
    before = facts_of(case)
    case.waivers = {**case.waivers, criterion: reason}
    touch(session, actor, case)
    told = {"criterion": criterion}
    record(
        session, actor.author, "assessment.criterion_waived", subject(case), reason=reason, details=told,
        before=before, after=facts_of(case),
    )  # fmt: skip
