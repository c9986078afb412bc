"""What the certificate of an exchange states. Pure. Source: programme, 1.5 and 8.1 (documents of an exchange)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from cluster_api.rounds.states import ExchangeMode


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an exchange: the organisation and the partnership that looked after it. No person is named."""

    name: str
    country: str
    partnership: str

    def values(self) -> dict[str, str]:
        """Answer the side as plain values."""
        return {"name": self.name, "country": self.country, "partnership": self.partnership}


@dataclass(frozen=True, slots=True)
class Done:
    """An exchange as it was done."""

    number: str
    round: str
    mode: ExchangeMode
    begins_on: date
    done_until: date
    validated_on: date


def statement_of(done: Done, visitor: Side, host: Side, working_days: int) -> dict[str, Any]:
    """Answer what is certified, as plain values, days in ISO 8601; its digest is that of the certificate."""
    return {
        "number": done.number,
        "scheme": "ClusterXchange",
        "round": done.round,
        "mode": done.mode.value,
        "visitor": visitor.values(),
        "host": host.values(),
        "begins_on": done.begins_on.isoformat(),
        "done_until": done.done_until.isoformat(),
        "working_days": working_days,
        "validated_on": done.validated_on.isoformat(),
    }
