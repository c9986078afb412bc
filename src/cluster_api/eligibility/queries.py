"""What one can ask about the criteria of a case."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment
from cluster_api.assessments.queries import criteria_of, edition_of
from cluster_api.eligibility.schemas import CaseCriterion, EligibilityRead
from cluster_api.foundation.errors import Fault
from cluster_api.indicators.rules import said_all
from cluster_api.methodology.errors import SheetInvalid
from cluster_api.methodology.queries import checked_form
from cluster_api.methodology.rules import unmet_criteria


def checked_list(
    session: Session, case: Assessment, checklist: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """Answer a checklist as the bound criteria keep it, and every place that is wrong, at once."""
    try:
        return checked_form(edition_of(session, case, "eligibility_set"), checklist).model_dump(mode="json"), []
    except SheetInvalid as error:
        return {}, [replace(one, pointer=one.pointer.replace("/body", "/body/checklist", 1)) for one in error.faults]


def read_eligibility(session: Session, case: Assessment) -> EligibilityRead:
    """Answer the checklist of a case and how each criterion stands."""
    document = criteria_of(session, case)
    everything = [one.code for one in document.criteria]
    missed = [one.code for one in unmet_criteria(document, case.checklist, {})] if case.checklist else everything
    rows = [
        CaseCriterion(
            code=one.code,
            title=one.title,
            wanted=said_all(one.requires),
            is_met=one.code not in missed,
            is_waivable=one.is_waivable,
            waived=case.waivers.get(one.code),
        )
        for one in document.criteria
    ]
    return EligibilityRead(
        eligibility_set=case.binding["eligibility_set"],
        checklist=case.checklist,
        criteria=rows,
        unmet=[one.code for one in rows if not one.is_met and one.waived is None],
    )
