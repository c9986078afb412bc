"""What the rules of a round are told about a participant, and which partnership is assigned. Pure.

Sources: programme, 1.2 (who may take part), 1.5 (assignment: best overlap of ecosystems, then a partner in the same
country, then the most money that is not bound; proposed).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cluster_api.rounds.states import Belonging, ParticipantKind


@dataclass(frozen=True, slots=True)
class Office:
    """A partnership that could look after a participant."""

    partnership_id: str
    ecosystems: frozenset[str]
    countries: frozenset[str]
    available_cents: int


def belonging_of(kind: ParticipantKind, *, is_in_published_cluster: bool, is_in_network: bool) -> Belonging:
    """Answer of what a participant is a member, as far as the rules ask: the strongest membership first."""
    if kind in {ParticipantKind.CLUSTER_ORGANISATION, ParticipantKind.BUSINESS_NETWORK}:
        return Belonging.NONE
    if is_in_published_cluster:
        return Belonging.PROFILED_CLUSTER
    return Belonging.BUSINESS_NETWORK if is_in_network else Belonging.NONE


def assigned(ecosystems: Iterable[str], country: str, offices: Iterable[Office]) -> str | None:
    """Answer the partnership that is assigned, or none if there is none; the same whatever the order they come in."""
    wanted = frozenset(ecosystems)
    ranked = sorted(
        offices,
        key=lambda one: (
            -len(one.ecosystems & wanted),
            country not in one.countries,
            -one.available_cents,
            one.partnership_id,
        ),
    )
    return ranked[0].partnership_id if ranked else None
