"""The only place that asks what time it is; handed on as an argument so that tests choose the time."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

# Civil dates of the scheme are dates in Brussels, where its association has its seat.
SCHEME_ZONE = ZoneInfo("Europe/Brussels")


class Clock(Protocol):
    """Tells the instant."""

    def now(self) -> datetime:
        """Answer the present instant, in UTC."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Answer the present instant, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is set; for tests and for replays."""

    def __init__(self, instant: datetime) -> None:
        """Stand at this instant."""
        self.instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """Answer the instant at which the clock stands."""
        return self.instant


def civil_date(instant: datetime) -> date:
    """Answer the day of an instant in the zone of the scheme."""
    return instant.astimezone(SCHEME_ZONE).date()
