"""What can go wrong with those who sit in at an interview."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class GuestNotFound(NotFound):
    """There is no such guest of this interview.

    Either there is none or you may not know of the guest: whoever has not accepted is not named to the cluster.
    """


class GuestNotEligible(Conflict):
    """This person may not sit in at this interview.

    `reasons` names why: not in the pool, not qualified on the day, a trainee who is not trained on this version of the
    questionnaire, a conflict with the cluster, or the expert who holds the interview; `errors` say it in words.
    """


class GuestTaken(Conflict):
    """This person sits in already."""


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_interview_guest_person": GuestTaken,
    "interview_guest.benchmark_id, interview_guest.person_id": GuestTaken,
}
