"""What counts as which exchange, and which figures are told. Pure.

Sources: programme, 1.6 (an exchange counts once, for the partnership of the visitor; physical and virtual apart), 5.5
(cells over fewer than three organisations, and what would reveal them); invariants 20, 21 and 27.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cluster_api.exchanges.schemas import ExchangeCell
from cluster_api.rounds.states import ExchangeMode, ParticipantKind

TECHNOLOGY = "TECH_CENTRE"
CONFIDENTIAL = "c"


@dataclass(frozen=True, slots=True)
class Counted:
    """An exchange that counts."""

    key: str
    mode: ExchangeMode
    visitor_organisation_id: str


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    physical: int
    virtual: int
    is_open: bool


def indicators_of(kind: ParticipantKind, support_type: str | None) -> frozenset[str]:
    """Answer the indicators for which an exchange of such a visitor counts (vocabulary ``kpis``)."""
    part = {
        ParticipantKind.SME: "CXC_EXCHANGES_SME",
        ParticipantKind.CLUSTER_ORGANISATION: "CXC_EXCHANGES_CLUSTER",
        ParticipantKind.BUSINESS_NETWORK: "CXC_EXCHANGES_CLUSTER",
        ParticipantKind.SCALEUP_SUPPORT: "CXC_EXCHANGES_OTHER",
    }.get(kind)
    if kind is ParticipantKind.SCALEUP_SUPPORT and support_type == TECHNOLOGY:
        part = "CXC_EXCHANGES_TECH"
    return frozenset({"CXC_EXCHANGES"} | ({part} if part else set()))


def figures(counted: Iterable[Counted], fewest: int) -> tuple[list[ExchangeCell], ExchangeCell]:
    """Answer the cells by key and the cell of all, without those that tell of fewer than ``fewest`` organisations.

    A cell of few is suppressed as a whole, because its parts add up to it. Where one cell alone would be suppressed,
    it could be computed from the rest: the smallest other one is suppressed as well, and where there is none, so is the
    cell of all.
    """
    groups: dict[str, list[Counted]] = defaultdict(list)
    for one in counted:
        groups[one.key].append(one)
    rows = [_row(key, groups[key], fewest) for key in sorted(groups)]
    hidden = {row.key for row in rows if not row.is_open}
    shown = sorted((row for row in rows if row.is_open), key=lambda row: (row.physical + row.virtual, row.key))
    if len(hidden) == 1 and shown:
        hidden.add(shown[0].key)
    everything = _row("all", [one for group in groups.values() for one in group], fewest)
    is_told = everything.is_open and len(hidden) != 1
    return [_cell(row, is_told=row.key not in hidden) for row in rows], _cell(everything, is_told=is_told)


def _row(key: str, group: Sequence[Counted], fewest: int) -> _Row:
    by_mode: Mapping[ExchangeMode, list[str]] = {
        mode: [one.visitor_organisation_id for one in group if one.mode is mode] for mode in ExchangeMode
    }
    parts = [len(set(found)) for found in by_mode.values()]
    is_open = all(count == 0 or count >= fewest for count in parts)
    return _Row(key, len(by_mode[ExchangeMode.PHYSICAL]), len(by_mode[ExchangeMode.VIRTUAL]), is_open)


def _cell(row: _Row, *, is_told: bool) -> ExchangeCell:
    if not is_told:
        return ExchangeCell(key=row.key, physical=None, virtual=None, total=None, flag=CONFIDENTIAL)
    return ExchangeCell(
        key=row.key, physical=row.physical, virtual=row.virtual, total=row.physical + row.virtual, flag=None
    )
