"""What an activity adds to which indicator, what is counted once, and when an agreement is in force. Pure.

Sources: the catalogue of indicators with its counting rules (vocabulary ``kpis``), programme, 8.1; invariant 24.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cluster_api.partnerships.states import ActivityKind, AttendeeKind, PartnerRole

K = ActivityKind

COUNTED: Mapping[str, frozenset[ActivityKind]] = {
    "CONSULTATIONS": frozenset({K.CONSULTATION}),
    "TRAINING_SESSIONS": frozenset({K.TRAINING}),
    "LEARNING_EVENTS": frozenset({K.LEARNING_EVENT, K.STUDY_VISIT}),
    "MATCHMAKING_EVENTS": frozenset({K.MATCHMAKING}),
    "STRATEGIES_JOINT": frozenset({K.JOINT_STRATEGY}),
}
"""Indicators that count activities of these kinds."""
ATTENDED: Mapping[str, tuple[AttendeeKind, frozenset[ActivityKind]]] = {
    "CONSULTATIONS": (AttendeeKind.ORGANISATION, frozenset({K.CONSULTATION})),
    "MANAGERS_TRAINED": (AttendeeKind.MANAGER, frozenset({K.TRAINING, K.COACHING, K.MENTORING})),
    "ORGS_BENCHMARKED": (AttendeeKind.ORGANISATION, frozenset({K.BENCHMARKING})),
    "STRATEGIES_CLUSTER": (AttendeeKind.ORGANISATION, frozenset({K.CLUSTER_STRATEGY})),
    "SMES_REACHED": (AttendeeKind.SME, frozenset(ActivityKind)),
}
"""Indicators that count who took part in activities of these kinds, each once."""
FROM_LABELS: Mapping[str, str] = {"LABELS_BRONZE": "bronze", "LABELS_SILVER": "silver", "LABELS_GOLD": "gold"}
FROM_EXCHANGES = frozenset(
    {"CXC_EXCHANGES", "CXC_EXCHANGES_SME", "CXC_EXCHANGES_CLUSTER", "CXC_EXCHANGES_TECH", "CXC_EXCHANGES_OTHER"}
)
COMPUTED = frozenset(COUNTED) | frozenset(ATTENDED) | frozenset(FROM_LABELS) | FROM_EXCHANGES
"""Indicators that are computed from records and never declared."""


@dataclass(frozen=True, slots=True)
class Attended:
    """That somebody took part in an activity."""

    activity_id: str
    activity: ActivityKind
    kind: AttendeeKind
    key: str


def text_digest(text: str) -> str:
    """Answer the SHA-256 of a text in UTF-8: what partners sign."""
    return hashlib.sha256(text.encode()).hexdigest()


def attendee_key(key: str) -> str:
    """Answer a key in the one form in which it is compared: capitals do not matter, nor dots and dashes.

    The numbers of firms are written with and without them; one firm is one firm.
    """
    return "".join(sign for sign in key.upper() if sign.isalnum() or sign in {":", "_"})


def is_in_force(partners: Collection[str], signed: Collection[str]) -> bool:
    """Answer whether every partner of now has signed."""
    return bool(partners) and set(partners) <= set(signed)


def consortium_faults(partners: Iterable[tuple[str, PartnerRole]]) -> list[str]:
    """Answer what is wrong with a list of partners: exactly one coordinator, each organisation once (invariant 24)."""
    listed = list(partners)
    coordinators = sum(role is PartnerRole.COORDINATOR for _, role in listed)
    faults = [] if coordinators == 1 else [f"There is exactly one coordinator; {coordinators} are named."]
    if len({cluster for cluster, _ in listed}) < len(listed):
        faults.append("An organisation is named twice.")
    return faults


def observed(activities: Mapping[str, ActivityKind], attended: Iterable[Attended]) -> dict[str, int]:
    """Answer every indicator that activities and attendance give: things counted once each (programme, 8.1).

    Consultations count once for each organisation consulted; where nobody was named, the activity itself counts.
    """
    there = list(attended)
    named = {one.activity_id for one in there if one.kind is AttendeeKind.ORGANISATION}
    found = {kpi: sum(kind in kinds for kind in activities.values()) for kpi, kinds in COUNTED.items()}
    for kpi, (who, kinds) in ATTENDED.items():
        found[kpi] = len({one.key for one in there if one.kind is who and one.activity in kinds})
    found["CONSULTATIONS"] += sum(
        kind is K.CONSULTATION and activity not in named for activity, kind in activities.items()
    )
    return found
