"""Which indicators are told, when a period is reported, and how published figures stand beside records. Pure.

Sources: programme, 1.6 and 8.1 (what counts and how), 5.5 (cells over fewer than three); invariants 21, 27 and 28.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cluster_api.methodology.rules import add_months
from cluster_api.partnerships.rules import ATTENDED, COMPUTED, FROM_EXCHANGES, FROM_LABELS

CONFIDENTIAL = "c"
EXCHANGES = "CXC_EXCHANGES"
IN_PARTS = FROM_EXCHANGES - {EXCHANGES}
"""Parts of the exchanges: told by the figures of exchanges, where what would reveal a part is suppressed with it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is told of a cell."""

    value: int | None
    flag: str | None


def computed(observed: Mapping[str, int], labels: Mapping[str, int], exchanges: Mapping[str, int]) -> dict[str, int]:
    """Answer every indicator that is computed; what has no record is zero.

    ``observed`` are indicators from activities, ``labels`` labels by level, ``exchanges`` indicators from exchanges.
    """
    from_labels = {kpi: labels.get(level, 0) for kpi, level in FROM_LABELS.items()}
    return dict.fromkeys(COMPUTED, 0) | dict(observed) | from_labels | dict(exchanges)


def is_about_few(kpi: str, value: int, fewest: int) -> bool:
    """Answer whether a value counts organisations or persons, and fewer than ``fewest``: such a cell is not told."""
    return kpi in ATTENDED and 0 < value < fewest


@dataclass(frozen=True, slots=True)
class ByCall:
    """An indicator by call and over the whole programme, and which calls are not told."""

    kpi: str
    values: Mapping[str, int]
    everywhere: int
    fewest: int
    hidden: frozenset[str]
    is_whole_told: bool

    @property
    def whole(self) -> Shown:
        """Answer what the public is told of the whole programme."""
        return Shown(self.everywhere, None) if self.is_whole_told else Shown(None, CONFIDENTIAL)

    def part(self, call: str) -> Shown:
        """Answer what the public is told of one call."""
        return Shown(None, CONFIDENTIAL) if call in self.hidden else Shown(self.values[call], None)

    def group(self, calls: Collection[str], value: int) -> Shown:
        """Answer what the public is told of several calls together, in which each thing counts once.

        Neither they nor all the others are about few, and they tell nothing of a call that is not told alone: either
        none of these calls is hidden, or all that are hidden are among them and the whole would tell as much.
        """
        among = self.hidden & set(calls)
        is_safe = not among or (among == self.hidden and self.is_whole_told)
        few = any(is_about_few(self.kpi, one, self.fewest) for one in (value, self.everywhere - value))
        return Shown(value, None) if is_safe and not few else Shown(None, CONFIDENTIAL)


def by_call(kpi: str, values: Mapping[str, int], everywhere: int, fewest: int) -> ByCall:
    """Answer what the public is told of an indicator by call; ``everywhere`` counts each thing once.

    A cell that counts fewer than ``fewest`` organisations or persons is hidden. It could be computed from the whole and
    the rest: the smallest cell that is not about few is hidden with it, with those that are as small, so that the
    choice between them tells nothing; and where there is none, the whole. Where calls share people, the whole is
    hidden, too, if it exceeds a cell that is told by few.
    """
    few = {call for call, value in values.items() if is_about_few(kpi, value, fewest)}
    smallest = min((value for value in values.values() if value >= fewest), default=None)
    companions = {call for call, value in values.items() if few and value == smallest}
    hidden = frozenset(few | companions)
    exceeds_by_few = any(
        is_about_few(kpi, everywhere - value, fewest) for call, value in values.items() if call not in hidden
    )
    is_whole_told = bool(companions or not few) and not exceeds_by_few and not is_about_few(kpi, everywhere, fewest)
    return ByCall(kpi, values, everywhere, fewest, hidden, is_whole_told)


def last_day(as_of: str) -> date:
    """Answer the last day of a day, month, year or span as figures are dated: 2020, 2022-02, 2020-2022, 2021-06-09.

    Raises:
        ValueError: it is none of these.
    """
    match [len(part) for part in as_of.split("-")]:
        case [4, 2, 2]:
            return date.fromisoformat(as_of)
        case [4, 2]:
            return add_months(date.fromisoformat(f"{as_of}-01"), 1) - timedelta(days=1)
        case [4] | [4, 4]:
            return date(int(as_of[-4:]), 12, 31)
        case _:
            raise ValueError(f"{as_of} is no day, month, year or span of years.")


def first_unreported(begins_on: date, last_reported: date | None) -> date:
    """Answer the first day of the next report: reports leave no gap and do not overlap."""
    return begins_on if last_reported is None else last_reported + timedelta(days=1)


def period_fault(since: date, until: date, ends_on: date, today: date) -> str | None:
    """Answer what is wrong with the last day of a report, or None."""
    last = min(ends_on, today)
    if since > last:
        return f"Everything up to {last} is reported already."
    return None if since <= until <= last else f"The last day lies between {since} and {last}."
