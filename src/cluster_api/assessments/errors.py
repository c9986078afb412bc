"""What can go wrong with cases."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class AssessmentNotFound(NotFound):
    """There is no such assessment.

    Either it does not exist or you may not know of it.
    """


class DeclarationMissing(Conflict):
    """You have not said yet whether you have a conflict of interest in this case.

    Accept the assignment with its declaration, decline it, or declare the conflict; what the applicant shows is for
    whoever has none.
    """


class AssessmentOpen(Conflict):
    """This cluster has an open case for this level.

    One case at a time: `/v1/assessments` lists it. Withdraw it, or wait for its end.
    """


class ProcessNotOffered(Conflict):
    """This process is not offered.

    No case of this level, or no price for this level, kind and place; `/v1/prices` lists what there is.
    """


class ApplicationTooEarly(Conflict):
    """It is too early for a new application.

    After a refusal the rule set of the refused case names how many months to wait.
    """


class RenewalNotPossible(Conflict):
    """There is no label of this level to renew on that day.

    A label is renewed from the lead before its end to the grace after it; outside, apply with `kind` `first`.
    """


class LabelHeld(Conflict):
    """This cluster holds a label of this level.

    Until its end it is renewed, with `kind` `renewal`; after the grace that follows, apply with `kind` `first`.
    """


class EligibilityNotMet(Conflict):
    """A criterion of eligibility is not answered, or neither met nor waived.

    `criteria` names them; `…/eligibility` shows each with its answer.
    """


class ChecksFailed(Conflict):
    """A check that must not fail does.

    `checks` names them; `…/checks` shows each with its reason.
    """


class ClusterNotActive(Conflict):
    """The cluster does not stand by itself any more.

    It was closed, merged or split in mid-case: the case can only be withdrawn, abandoned or left to expire. A successor
    applies for itself, because labels and cases never move silently.
    """


class CaseNotOpen(Conflict):
    """This cannot be changed in the present state of the case.

    `state` of the assessment says where it stands, `allowed_moves` what is possible.
    """


class CaseNotStalled(Conflict):
    """The case does not expire yet.

    `…/deadlines` names the day.
    """


class ReasonNotApplicable(Conflict):
    """The cluster stands by itself: its case is withdrawn by the applicant, not abandoned."""


class MethodologyBroken(Conflict):
    """A document to which the case is bound is not what it was.

    Its digest differs from the one recorded when the case was opened. Ask whoever runs the service.
    """


class ReportSealed(Conflict):
    """The report is sealed: nothing of what was assessed changes any more."""


class CaseBound(Conflict):
    """A case keeps its cluster, level, kind, documents and price for its whole life."""


# SQLite names the columns of a broken constraint, PostgreSQL its name; triggers speak for themselves.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_assessment_open": AssessmentOpen,
    "assessment.cluster_id, assessment.level": AssessmentOpen,
    "report_sealed": ReportSealed,
    "assessment_bound": CaseBound,
}
