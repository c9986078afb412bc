"""Who may give which role and standing: nobody gives more than what they have. Pure.

Source: the permissions page; ``admin`` and ``auditor`` reach over everybody, so only an administrator gives them or
touches an organisation that has them.
"""

from collections.abc import Iterable, Mapping

from cluster_api.identity.permissions import RANKS, Permission, allowed
from cluster_api.identity.schemas import Caller, known_roles
from cluster_api.identity.states import Role, Standing

GUARDED = frozenset({Role.ADMIN.value, Role.AUDITOR.value})
"""Roles that only an administrator gives."""

Mandates = Mapping[str, frozenset[Permission]]


def is_guarded(roles: Iterable[str]) -> bool:
    """Answer whether a role among these is given by administrators only."""
    return not GUARDED.isdisjoint(roles)


def is_administrator(caller: Caller, mandates: Mandates) -> bool:
    """Answer whether the right to write about every organisation comes from the role ``admin`` itself.

    It is not enough to have the role somewhere as a reader and the right elsewhere as the secretariat. This service
    itself, which holds nothing from anybody, counts as an administrator.
    """
    if not caller.held:
        return any(Permission.ORGANISATIONS_WRITE_ALL in held for held in mandates.values())
    return any(
        Role.ADMIN in one.roles and Permission.ORGANISATIONS_WRITE_ALL in mandates.get(one.holder_id, ())
        for one in caller.held
    )


def gives_no_more(roles: Iterable[str], standing: Standing, held: frozenset[Permission]) -> bool:
    """Answer whether somebody of this standing could do nothing that a giver with these permissions cannot do."""
    return allowed(known_roles(roles), standing, ()) <= held


def is_more(one: Standing, other: Standing) -> bool:
    """Answer whether one standing is above another."""
    return RANKS[one] > RANKS[other]
