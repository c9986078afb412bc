"""What can go wrong with assessors and what they declare about themselves."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class AssessorNotFound(NotFound):
    """There is no such assessor.

    Either the pool has none with this identifier, or it is not you.
    """


class PersonInPool(Conflict):
    """The person is an assessor already.

    A person stands in the pool once; who has left it can be reinstated.
    """


class ReferenceUnknown(Conflict):
    """Something that the request names is not known.

    Each entry of `errors` names a person, organisation, cluster, assessor or version that this service does not know.
    """


class DatesNotPossible(Conflict):
    """The dates cannot be so.

    Each entry of `errors` names a day that lies before another, or in the future where only the past can be told.
    """


class CodeAccepted(Conflict):
    """This version of the code of conduct is accepted already."""


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_assessor_person_id": PersonInPool,
    "assessor.person_id": PersonInPool,
    "pk_code_acceptance": CodeAccepted,
    "code_acceptance.assessor_id, code_acceptance.code_version": CodeAccepted,
}
