"""What can go wrong with appeals."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class AppealNotFound(NotFound):
    """There is no such appeal.

    Either it does not exist or you may not know of it.
    """


class AppealNotPossible(Conflict):
    """There is nothing to appeal against.

    A refusal that holds and was told can be appealed against, once; not one that was made on an appeal.
    """


class AlreadyAppealed(Conflict):
    """There is an appeal against this decision."""


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_appeal_decision_id": AlreadyAppealed,
    "appeal.decision_id": AlreadyAppealed,
}
