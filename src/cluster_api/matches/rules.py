"""Whether two can be matched, and where a match stands on a day. Pure.

Sources: programme, 1.2 (different countries), 1.5 (both sides validate the match), 8.2 (a proposal without an answer
expires; the days are proposed).
"""

from datetime import date

from cluster_api.matches.states import MatchState
from cluster_api.participants.states import ParticipantState


def faults(
    *,
    visitor: tuple[str, str, str],
    host: tuple[str, str, str],
    visits: bool,
    hosts: bool,
    visitor_state: ParticipantState,
    host_state: ParticipantState,
) -> list[str]:
    """Answer why two cannot be matched; a side is its round, country and organisation."""
    found = []
    if not visits:
        found.append("The visitor has not registered to visit.")
    if not hosts:
        found.append("The host has not registered to host.")
    if ParticipantState.VALIDATED is not visitor_state or ParticipantState.VALIDATED is not host_state:
        found.append("Both are validated first.")
    if visitor[0] != host[0]:
        found.append(f"The visitor is in the round {visitor[0]}, the host in {host[0]}.")
    if visitor[1] == host[1]:
        found.append(f"Both are in {visitor[1]}.")
    if visitor[2] == host[2]:
        found.append("Both are one organisation.")
    return found


def state_on(state: MatchState, answer_by: date, day: date) -> MatchState:
    """Answer where a match stands on a day: a proposal expires after its last day."""
    return MatchState.EXPIRED if state is MatchState.PROPOSED and day > answer_by else state
