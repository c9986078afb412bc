"""What can go wrong with budgets."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class BudgetNotFound(NotFound):
    """There is no such budget.

    The partnership has set none yet, or you may not see it.
    """


class BudgetExceeded(Conflict):
    """The budget does not suffice.

    What is reserved, due, ordered and paid is never more than the budget, at any moment.
    """


class BudgetNotPossible(Invalid):
    """The budget is more than the grant, or less than what is reserved, due, ordered, paid or recovered."""


CONSTRAINTS: Mapping[str, type[Problem]] = {"account_below_zero": BudgetExceeded}
