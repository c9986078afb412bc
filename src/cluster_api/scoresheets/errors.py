"""What can go wrong with the sheets of a case."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class SheetNotFound(NotFound):
    """There is no such sheet, or you may not see it yet.

    A self-assessment is shown to others once it is handed in; points of an assessor once all who score have submitted
    theirs; the consensus to the cluster once the report is sealed.
    """


class SheetHandedIn(Conflict):
    """This sheet is handed in.

    A self-assessment can be returned by the secretariat; submitted scores stay as they are, and differences are settled
    in the consensus.
    """


class SheetIncomplete(Invalid):
    """The sheet is not complete.

    Each entry of `errors` names a field that is missing, unknown, out of range or without what belongs to it.
    """


class ScoresOutstanding(Conflict):
    """Not everybody who scores has submitted a sheet.

    Nobody sees the points of another before.
    """


class ConsensusNotPossible(Invalid):
    """The consensus cannot be so.

    Each entry of `errors` names an indicator whose points differ from an expert's without a reason, that has full marks
    without released evidence, or an improvement without a verdict.
    """


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_score_sheet_assessment_id_slot": SheetHandedIn,
    "score_sheet.assessment_id, score_sheet.slot": SheetHandedIn,
}
