"""What can go wrong with reports of progress."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class ProgressReportNotFound(NotFound):
    """The partnership has no report of this number."""


class ReportAwaitsAnswer(Conflict):
    """The report before has no answer yet.

    One report is looked at at a time, so that periods follow each other without gap or overlap.
    """


class PeriodNotPossible(Conflict):
    """The period is not over, or ends before it begins, or after the partnership.

    A report begins on the day after the last accepted one, the first on the first day of the partnership.
    """


CONSTRAINTS: Mapping[str, type[Problem]] = {"uq_progress_report_period": ReportAwaitsAnswer}
