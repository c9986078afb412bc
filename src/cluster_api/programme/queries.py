"""What partnerships have reached, one by one for who takes part, and all together for everybody."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.exchanges.queries import counts_of, fewest_shown
from cluster_api.exchanges.queries import figures as exchange_figures
from cluster_api.exchanges.schemas import ExchangeFiguresQuery
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.labels.models import Label
from cluster_api.partnerships.models import Partner, Partnership
from cluster_api.partnerships.queries import CURRENCY, Attendance, declared_of
from cluster_api.partnerships.rules import COMPUTED
from cluster_api.pool.queries import keyed_page
from cluster_api.programme import rules
from cluster_api.programme.errors import ProgressReportNotFound
from cluster_api.programme.models import ProgressReport
from cluster_api.programme.schemas import (
    CallFigures,
    CallOutcome,
    KpiList,
    KpiRead,
    ProgrammeFigure,
    ProgrammeFigures,
    ProgressQuery,
    ProgressReportRead,
    PublishedBeside,
)
from cluster_api.programme.states import PROGRESS, KpiSource, ProgressState
from cluster_api.vocabularies.queries import entries

PACKAGE = "cluster_api.programme"
R = ProgressReport


class _Joined(NamedTuple):
    """A partner in a partnership of a call."""

    call: str
    cluster_id: str
    country: str
    joined_on: date


class _Begun:
    """Partnerships that began by a day, who is partner in them, and what they did, by call."""

    def __init__(self, session: Session, at: date, fewest: int) -> None:
        self.at, self._fewest = at, fewest
        begun = sa.select(Partnership).where(Partnership.begins_on <= at).order_by(Partnership.id)
        self.partnerships = list(session.scalars(begun))
        self._joined = _joined(session, at)
        self.attendance = Attendance(session, self.ids(), at)
        self._outcomes: dict[date, dict[str, rules.ByCall]] = {}

    def ids(self) -> list[str]:
        return [one.id for one in self.partnerships]

    def calls(self) -> list[str]:
        return sorted({one.call_code for one in self.partnerships})

    def public(self, calls: Collection[str], on: date) -> dict[str, Any]:
        """Answer what is public of these calls one by one."""
        begun = [one for one in self.partnerships if one.call_code in calls and one.begins_on <= on]
        joined = [one for one in self._joined if one.call in calls and one.joined_on <= on]
        return {
            "partnerships": len(begun),
            "partner_organisations": len({one.cluster_id for one in joined}),
            "countries": len({one.country for one in joined}),
            "grants_cents": sum(one.grant_cents for one in begun),
            "currency": CURRENCY,
        }

    def observed(self, calls: Collection[str], on: date) -> dict[str, int]:
        """Answer what partnerships of these calls reached by a day; each thing counts once."""
        theirs = {one.id for one in self.partnerships if one.call_code in calls and one.begins_on <= on}
        return self.attendance.observed(theirs, on)

    def outcomes(self, on: date) -> dict[str, rules.ByCall]:
        """Answer what may be told of each indicator from activities by a day; a day is counted once."""
        if on not in self._outcomes:
            parts = {call: self.observed([call], on) for call in self.calls()}
            self._outcomes[on] = {
                kpi: rules.by_call(kpi, {call: part[kpi] for call, part in parts.items()}, whole, self._fewest)
                for kpi, whole in self.observed(self.calls(), on).items()
            }
        return self._outcomes[on]


def labels_obtained(session: Session, partnership_ids: Collection[str], at: date) -> dict[str, int]:
    """Answer how many labels of each level partners were awarded while they were partners; one an organisation."""
    last = sa.func.coalesce(Partner.left_on, Partnership.terminated_on, Partnership.ends_on)
    statement = (
        sa.select(Label.level, sa.func.count(sa.distinct(Label.cluster_id)))
        .join(Partner, Partner.cluster_id == Label.cluster_id)
        .join(Partnership, Partnership.id == Partner.partnership_id)
        .where(Partnership.id.in_(partnership_ids), Label.awarded_on.between(Partner.joined_on, last))
        .where(Label.awarded_on <= at)
        .group_by(Label.level)
    )
    return {level.value: count for level, count in session.execute(statement)}


def computed_of(
    session: Session, partnership_ids: Sequence[str], at: date, attendance: Attendance | None = None
) -> dict[str, int]:
    """Answer every indicator that records of these partnerships give by a day."""
    attendance = attendance or Attendance(session, partnership_ids, at)
    return rules.computed(
        attendance.observed(frozenset(partnership_ids), at),
        labels_obtained(session, partnership_ids, at),
        counts_of(session, partnership_ids, at),
    )


def kpis_of(session: Session, partnership: Partnership, at: date) -> KpiList:
    """Answer every indicator of a partnership by a day, computed where records tell it, declared where not."""
    values, declared = computed_of(session, [partnership.id], at), declared_of(session, [partnership.id], at)
    indicators = []
    for entry in entries("kpis"):
        is_computed = entry.code in COMPUTED
        said = None if is_computed else declared.get((partnership.id, entry.code))
        indicators.append(
            KpiRead(
                kpi=entry.code,
                label=entry.label,
                unit=entry.attributes["unit"],
                counting_rule=entry.attributes.get("counting_rule"),
                target=partnership.targets.get(entry.code),
                value=values[entry.code] if is_computed else (said.value if said else None),
                source=KpiSource.COMPUTED if is_computed else KpiSource.DECLARED,
                reached_on=said.reached_on if said else None,
                evidence=said.evidence if said else None,
            )
        )
    return KpiList(partnership_id=UUID(partnership.id), acronym=partnership.acronym, at=at, indicators=indicators)


# --- reports of progress


def get_report(session: Session, partnership: Partnership, number: int, *, for_change: bool = False) -> ProgressReport:
    """Answer a report by its number, locked if it is to be changed; raise ProgressReportNotFound."""
    statement = sa.select(R).where(R.partnership_id == partnership.id, R.number == number)
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise ProgressReportNotFound
    return found


def newest_reports(session: Session, partnership: Partnership) -> list[ProgressReport]:
    """Answer the reports of a partnership, the newest first."""
    return list(session.scalars(sa.select(R).where(R.partnership_id == partnership.id).order_by(R.number.desc())))


def read_report(actor: Actor, report: ProgressReport) -> ProgressReportRead:
    """Answer a report as it is shown."""
    moves = [move.verb for move in PROGRESS.moves_from(report.state)] if actor.can(Permission.CALLS_RUN) else []
    return ProgressReportRead(
        number=report.number,
        partnership_id=UUID(report.partnership_id),
        since=report.since,
        until=report.until,
        summary=report.summary,
        deviations=report.deviations,
        indicators=[KpiRead.model_validate(one) for one in report.indicators["items"]],
        digest=report.digest,
        state=report.state,
        submitted_at=report.submitted_at,
        answer=report.answer,
        answered_at=report.answered_at,
        version=report.version,
        allowed_moves=sorted(moves),
    )


def reports_page(
    session: Session, actor: Actor, partnership: Partnership, query: ProgressQuery
) -> Page[ProgressReportRead]:
    """Answer a page of the reports of a partnership, in the order in which they were sent."""
    statement = sa.select(R).where(R.partnership_id == partnership.id)
    if query.state is not None:
        statement = statement.where(R.state == query.state)
    shown, cursor = keyed_page(session, statement, R.id, query, of="progress", partnership=partnership.id)
    return Page(items=[read_report(actor, one) for one in shown], next=cursor)


def last_accepted(reports: Iterable[ProgressReport]) -> date | None:
    """Answer the last day that accepted reports cover."""
    return max((one.until for one in reports if one.state is ProgressState.ACCEPTED), default=None)


# --- the programme


def programme_figures(session: Session, at: date, today: date) -> ProgrammeFigures:
    """Answer what the programme has reached by a day, from records up to that day, beside what was published."""
    fewest = fewest_shown(today)
    begun = _Begun(session, at, fewest)
    outcomes = begun.outcomes(at)
    return ProgrammeFigures(
        at=at,
        fewest=fewest,
        **begun.public(begun.calls(), at),
        calls=[
            CallFigures(call=call, **begun.public([call], at), outcomes=_outcomes(outcomes, call))
            for call in begun.calls()
        ],
        indicators=_indicators(session, begun, outcomes, today),
        published=[_beside(row, begun) for row in data_rows(PACKAGE, "published")],
    )


def _joined(session: Session, at: date) -> list[_Joined]:
    statement = (
        sa.select(Partnership.call_code, Partner.cluster_id, Partner.country, Partner.joined_on)
        .join(Partner, Partner.partnership_id == Partnership.id)
        .where(Partnership.begins_on <= at, Partner.joined_on <= at)
    )
    return [_Joined(*row) for row in session.execute(statement)]


def _outcomes(outcomes: Mapping[str, rules.ByCall], call: str) -> list[CallOutcome]:
    found = []
    for entry in entries("kpis"):
        if entry.code in outcomes:
            shown, unit = outcomes[entry.code].part(call), entry.attributes["unit"]
            found.append(CallOutcome(kpi=entry.code, label=entry.label, unit=unit, value=shown.value, flag=shown.flag))
    return found


def _indicators(
    session: Session, begun: _Begun, outcomes: Mapping[str, rules.ByCall], today: date
) -> list[ProgrammeFigure]:
    ids, at = begun.ids(), begun.at
    values, declared = computed_of(session, ids, at, begun.attendance), declared_of(session, ids, at)
    exchanges = exchange_figures(session, ExchangeFiguresQuery(at=at), today).all
    found = []
    for entry in entries("kpis"):
        if entry.code in rules.IN_PARTS:
            continue
        said = [one.value for (_, kpi), one in declared.items() if kpi == entry.code]
        if entry.code == rules.EXCHANGES:
            shown = rules.Shown(exchanges.total, exchanges.flag)
        elif entry.code in outcomes:
            shown = outcomes[entry.code].whole
        elif entry.code in COMPUTED:
            shown = rules.Shown(values[entry.code], None)
        else:
            shown = rules.Shown(sum(said) if said else None, None)
        found.append(
            ProgrammeFigure(
                kpi=entry.code,
                label=entry.label,
                unit=entry.attributes["unit"],
                target=sum(one.targets.get(entry.code, 0) for one in begun.partnerships),
                value=shown.value,
                source=KpiSource.COMPUTED if entry.code in COMPUTED else KpiSource.DECLARED,
                flag=shown.flag,
            )
        )
    return found


def _beside(row: dict[str, str], begun: _Begun) -> PublishedBeside:
    entry = next(one for one in entries("published-figures") if one.code == row["figure"])
    calls, told, measure = row["calls"].split("|"), entry.attributes, row["measure"]
    on = min(begun.at, rules.last_day(told["as_of"]))
    public = begun.public(calls, on)
    if measure == "grants_eur":
        shown = rules.Shown(public["grants_cents"] // 100, None)
    elif measure in public:
        shown = rules.Shown(public[measure], None)
    else:
        shown = begun.outcomes(on)[measure].group(calls, begun.observed(calls, on)[measure])
    return PublishedBeside(
        code=entry.code,
        figure=entry.label,
        value=int(told["value"]) if "value" in told else None,
        value_as_published=told["value_as_published"],
        qualifier=told.get("qualifier"),
        unit=told["unit"],
        as_of=told["as_of"],
        source=told["source"],
        calls=calls,
        recorded=shown.value,
        flag=shown.flag,
    )
