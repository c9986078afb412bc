"""What can go wrong with people."""

from cluster_api.foundation.errors import Conflict, NotFound


class PersonNotFound(NotFound):
    """There is no such person.

    Either nobody has this identifier or you may not know of them; everybody may know of oneself.
    """


class PersonErased(Conflict):
    """What was personal about this person has been erased.

    Nothing can be changed or erased any more; what the person did stays recorded under the identifier.
    """
