"""What can go wrong with yearly reports."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class YearlyReportNotFound(NotFound):
    """There is no such yearly report, or it is not released."""


class ReportYearNotOver(Conflict):
    """The year is not over.

    A report counts whole years: ask for it from 1 January of the year after.
    """


class YearlyDraftExists(Conflict):
    """There is a draft about this year already: release or discard it first."""


class CorrectionUnclear(Conflict):
    """A report about this year is released already, or none is.

    Whoever drafts another one says in `correction` what it corrects; the first one corrects nothing.
    """


class FiguresHaveMoved(Conflict):
    """What the draft counts is counted otherwise now: discard it and draft another one.

    Something was being recorded at the very moment of the draft.
    """


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_yearly_report_draft": YearlyDraftExists,
    "yearly_report.year": YearlyDraftExists,
    "uq_yearly_report_number": YearlyDraftExists,
    "yearly_report.year, yearly_report.number": YearlyDraftExists,
}
