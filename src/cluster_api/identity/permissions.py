"""Who may do what, on one page.

Until callers have credentials of their own there are two: the public, which may do what is not listed for a
permission here, and the administrator, who holds the key of the settings.
"""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """What can be allowed; ``noun:verb``."""

    CLUSTERS_READ_ALL = "clusters:read_all"
    """See records whose profile is not published."""
    CLUSTERS_WRITE = "clusters:write"
    """Create and change cluster organisations, submit their profiles, record succession."""
    CLUSTERS_REVIEW = "clusters:review"
    """Publish or reject a submitted profile."""
    METHODOLOGIES_READ_ALL = "methodologies:read_all"
    """See methodologies that are still drafts."""
    METHODOLOGIES_WRITE = "methodologies:write"
    """Draft, change, publish and retire methodologies."""
    IMPORTS_RUN = "imports:run"
    """Rehearse and apply imports and see their jobs."""


class Role(StrEnum):
    """Who can call."""

    PUBLIC = "public"
    ADMIN = "admin"


GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.PUBLIC: frozenset(),
    Role.ADMIN: frozenset(Permission),
}
