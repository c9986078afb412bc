"""Whether an appeal is in time, until when it is decided, and which counts are shown. Pure.

Sources: domain invariant 21 for the days after the notice; section 4.3 for the days to decide (proposed).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta


def is_in_time(received_on: date, due_on: date) -> bool:
    """Answer whether an appeal is received in time; the last day is (domain invariant 21)."""
    return received_on <= due_on


def in_force(rows: Sequence[Mapping[str, str]], day: date) -> Mapping[str, str]:
    """Answer the row of dated data that is in force on a day."""
    return max((row for row in rows if date.fromisoformat(row["since"]) <= day), key=lambda row: row["since"])


def decide_by(rows: Sequence[Mapping[str, str]], received_on: date) -> date:
    """Answer until when an appeal is decided."""
    return received_on + timedelta(days=int(in_force(rows, received_on)["days"]))


def shown(count: int, fewest: int) -> int | None:
    """Answer a count, or None if it is so small that it could point at somebody; a few and none look the same."""
    return count if count >= fewest else None
