"""What can go wrong with calls and applications to them."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class CallNotFound(NotFound):
    """There is no such call."""


class CallApplicationNotFound(NotFound):
    """There is no such application.

    Either it does not exist, or you may not know that it does.
    """


class CallCodeTaken(Conflict):
    """A call with this code exists."""


class CallNotOpen(Conflict):
    """One cannot apply to this call today.

    One applies and withdraws from the first day to the deadline, both included.
    """


class DeadlineNotPassed(Conflict):
    """The deadline of the call has not passed."""


class ConsortiumNotPossible(Invalid):
    """The consortium is not well formed.

    There is exactly one coordinator, every organisation is once in it, and all are known to the register.
    """


class EvaluationsMissing(Conflict):
    """Eligible applications lack evaluations.

    `errors` names each of them and how many it has.
    """


class EvaluatorInConflict(Conflict):
    """Who evaluates has nothing to do with any partner of the application.

    Evaluators are members of the pool of assessors, so that their employers and interests are known.
    """


class EvaluatedAlready(Conflict):
    """You have evaluated this application."""


class NotToEvaluate(Conflict):
    """This application is not evaluated: the call is not closed, or it is withdrawn or not eligible."""


class AwardNotWithinCall(Conflict):
    """The award does not fit the call.

    Every grant is for an eligible application that was not withdrawn, is at most what was requested and the maximum of
    the call, and all together are at most its budget. `errors` names each that is not.
    """


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_programme_call_code": CallCodeTaken,
    "UNIQUE constraint failed: programme_call.code": CallCodeTaken,
    "pk_call_evaluation": EvaluatedAlready,
    "call_evaluation.application_id": EvaluatedAlready,
}
