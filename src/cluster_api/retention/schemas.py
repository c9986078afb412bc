"""How long something is kept, and what became of what was kept too long."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """How many days something is kept, counted from what, and what happens then."""

    what: str
    days: int
    counted_from: str
    action: str
    reason: str
    version: str

    def ended_before(self, now: datetime) -> datetime:
        """Answer the instant before which a period must have begun to be over now."""
        return now - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one kind of thing: how many were emptied, deleted or erased."""

    what: str
    action: str
    days: int
    count: int
