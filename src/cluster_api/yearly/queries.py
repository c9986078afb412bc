"""What one can ask about yearly reports, and how a year is counted as known at an instant."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.appeals.models import Appeal
from cluster_api.assessments.models import Assessment
from cluster_api.clusters.states import Level
from cluster_api.complaints.models import Complaint
from cluster_api.decisions.models import Decision
from cluster_api.decisions.states import DecisionState
from cluster_api.exchanges.queries import figures as exchange_figures
from cluster_api.exchanges.schemas import ExchangeFiguresQuery, ExchangesBy
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.models import JournalEntry
from cluster_api.labels.models import Label
from cluster_api.labels.queries import facts_of_holders
from cluster_api.methodology.queries import in_force, seal_of
from cluster_api.methodology.states import CaseKind, MethodologyKind
from cluster_api.partnerships.models import Partnership
from cluster_api.pool.queries import keyed_page
from cluster_api.rounds.states import ExchangeMode
from cluster_api.trainings.models import Training
from cluster_api.yearly import rules
from cluster_api.yearly.errors import YearlyReportNotFound
from cluster_api.yearly.models import YearlyReport
from cluster_api.yearly.rules import Place
from cluster_api.yearly.schemas import YearlyFigure, YearlyMethod, YearlyQuery, YearlyRead, YearlyRecount, YearlySummary
from cluster_api.yearly.states import LIFE, YearlyState

PACKAGE = "cluster_api.yearly"
R = YearlyReport
NOTIFIED = "decision.notified"


def fewest_on(day: date) -> int:
    """Answer below how many a confidential figure is not told."""
    known = [row for row in data_rows(PACKAGE, "disclosure") if date.fromisoformat(row["since"]) <= day]
    return int(max(known, key=lambda row: row["since"])["fewest"])


def content_of(session: Session, year: int, known_at: datetime) -> dict[str, Any]:
    """Answer what a report about a year says, as known at an instant: plain values, in one order."""
    fewest = fewest_on(civil_date(known_at))
    counted = _counted(session, year, known_at, fewest)
    exchanges = _exchanges(session, year, known_at)
    figures = []
    for measure in data_rows(PACKAGE, "measures"):
        code, about = measure["code"], {name: measure[name] for name in ("code", "label", "unit")}
        if measure["tells_of"] == "exchanges":
            shown = exchanges
        else:
            shown = {
                place: rules.told(value, measure["tells_of"], fewest)
                for place, value in counted.items()
                if place.code == code
            }
        for place in sorted(shown, key=Place.order):
            value, flag = shown[place]
            figure = YearlyFigure(
                **about, level=place.level, country=place.country, part=place.part, value=value, flag=flag
            )
            figures.append(figure.model_dump(mode="json"))
    return {
        "year": year,
        "known_at": known_at.isoformat(),
        "fewest": fewest,
        "figures": figures,
        "methods": [one.model_dump(mode="json") for one in _methods(session, date(year, 12, 31))],
    }


def _counted(session: Session, year: int, known_at: datetime, fewest: int) -> dict[Place, int]:
    levels, kinds = [level.value for level in Level], [kind.value for kind in CaseKind]
    outcomes = [DecisionState.GRANTED.value, DecisionState.REFUSED.value, DecisionState.DEFERRED.value]
    found = {
        Place(code, level): 0 for code in ("labels_valid", "labels_expired", "labels_withdrawn") for level in levels
    }
    found |= {Place(code, level, part=kind): 0 for code in ("labels_awarded", "applications") for level in levels
              for kind in kinds}  # fmt: skip
    found |= {Place("labels_upgraded", level): 0 for level in levels[1:]}
    found |= {Place("decisions", level, part=outcome): 0 for level in levels for outcome in outcomes}
    found |= rules.of_labels(_holders(session, known_at), year, known_at)
    found |= {
        Place("applications", level.value, part=kind.value): count
        for level, kind, count in session.execute(
            sa.select(Assessment.level, Assessment.kind, sa.func.count())
            .where(Assessment.created_at.between(*_instants(year)), Assessment.created_at <= known_at)
            .group_by(Assessment.level, Assessment.kind)
        )
    }
    found |= rules.of_decisions(list(_decided(session, year, known_at)), fewest)
    first, last = date(year, 1, 1), date(year, 12, 31)
    for code, day, recorded_at in (
        ("appeals", Appeal.received_on, Appeal.created_at),
        ("complaints", Complaint.received_on, Complaint.created_at),
        ("trainings", Training.ended_on, Training.created_at),
        ("partnerships", Partnership.begins_on, Partnership.created_at),
    ):
        known = sa.select(sa.func.count()).where(day.between(first, last), recorded_at <= known_at)
        found[Place(code)] = session.scalar(known) or 0
    return found


def _instants(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def _holders(session: Session, known_at: datetime) -> Iterator[list[rules.Held]]:
    known = sa.select(Label.cluster_id).where(Label.recorded_at <= known_at).distinct().order_by(Label.cluster_id)
    followed = set(
        session.scalars(
            sa.select(Label.previous_label_id).where(
                Label.previous_label_id.is_not(None), Label.recorded_at <= known_at
            )
        )
    )
    held: dict[str, list[rules.Held]] = defaultdict(list)
    for label, facts in facts_of_holders(session, list(session.scalars(known))):
        held[label.cluster_id].append(
            rules.Held(facts, label.kind.value, label.country, label.awarded_on, label.id in followed)
        )
    yield from held.values()


def _decided(session: Session, year: int, known_at: datetime) -> Iterator[rules.Decided]:
    # The day of a notice can lie in the past: the journal tells when it was recorded.
    J = JournalEntry  # noqa: N806 - one word for the table
    told = sa.select(J.subject_id).where(J.event == NOTIFIED, J.occurred_at <= known_at)
    statement = (
        sa.select(Assessment.level, Decision.state, Assessment.created_at, Decision.concluded_at)
        .join(Assessment, Assessment.id == Decision.assessment_id)
        .where(Decision.concluded_at.between(*_instants(year)), Decision.concluded_at <= known_at)
        .where(Decision.id.in_(told))
        .order_by(Decision.id)
    )
    for level, state, applied_at, concluded_at in session.execute(statement):
        days = [civil_date(instant) for instant in (applied_at, concluded_at) if instant is not None]
        yield rules.Decided(level.value, state.value, *days)


def _exchanges(session: Session, year: int, known_at: datetime) -> dict[Place, tuple[int | None, str | None]]:
    """Answer the exchanges of a year as the figures of exchanges tell them on its last day."""
    query = ExchangeFiguresQuery(by=ExchangesBy.YEAR, at=date(year, 12, 31))
    told = exchange_figures(session, query, civil_date(known_at))
    cell = next((one for one in told.cells if one.key == str(year)), None)
    flag = None if cell is None else cell.flag
    physical, virtual = (0, 0) if cell is None else (cell.physical, cell.virtual)
    return {
        Place("exchanges", part=mode.value): (value, flag)
        for mode, value in ((ExchangeMode.PHYSICAL, physical), (ExchangeMode.VIRTUAL, virtual))
    }


def _methods(session: Session, day: date) -> Iterator[YearlyMethod]:
    for kind in MethodologyKind:
        edition = in_force(session, kind, day)
        if edition is not None:
            yield YearlyMethod(kind=kind.value, code=edition.code, version=edition.version, sha256=seal_of(edition))


def get_report(session: Session, actor: Actor, key: str, *, for_change: bool = False) -> YearlyReport:
    """Answer a report of which the caller may know, locked if it is to be changed; raise YearlyReportNotFound."""
    statement = sa.select(R).where(R.id == key, _visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise YearlyReportNotFound
    return found


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.true() if actor.can(Permission.LABELS_READ_ALL) else R.state == YearlyState.RELEASED


def read_summaries(session: Session, actor: Actor, shown: Sequence[YearlyReport]) -> list[YearlySummary]:
    """Answer reports as they are shown in a list."""
    years = {one.year for one in shown}
    released: dict[int, list[tuple[int, str]]] = defaultdict(list)
    later = sa.select(R.year, R.number, R.id).where(R.year.in_(years), R.state == YearlyState.RELEASED)
    for year, number, key in session.execute(later.order_by(R.number)):
        released[year].append((number, key))
    return [_summary(actor, one, released[one.year]) for one in shown]


def _summary(actor: Actor, one: YearlyReport, released: Sequence[tuple[int, str]]) -> YearlySummary:
    is_released = one.state is YearlyState.RELEASED
    after = next((UUID(key) for number, key in released if is_released and number > one.number), None)
    can_move = actor.can(Permission.LABELS_ADMINISTER)
    return YearlySummary(
        id=UUID(one.id),
        year=one.year,
        number=one.number,
        state=one.state,
        known_at=one.known_at,
        digest=one.digest,
        correction=one.correction,
        released_at=one.released_at,
        corrected_by=after,
        version=one.version,
        allowed_moves=sorted(move.verb for move in LIFE.moves_from(one.state)) if can_move else [],
    )


def read_report(session: Session, actor: Actor, report: YearlyReport) -> YearlyRead:
    """Answer a report with its figures."""
    (summary,) = read_summaries(session, actor, [report])
    kept = {name: report.content[name] for name in ("fewest", "figures", "methods")}
    return YearlyRead(**summary.model_dump(), **kept)


def reports_page(session: Session, actor: Actor, query: YearlyQuery) -> Page[YearlySummary]:
    """Answer a page of the reports of which the caller may know, in the order in which they were drafted."""
    statement = sa.select(R).options(sa.orm.defer(R.content)).where(_visible(actor))
    if query.year is not None:
        statement = statement.where(R.year == query.year)
    if query.state is not None:
        statement = statement.where(R.state == query.state)
    shown, cursor = keyed_page(session, statement, R.id, query, of="yearly-reports", view=actor.view)
    return Page(items=read_summaries(session, actor, shown), next=cursor)


def recount(session: Session, report: YearlyReport) -> YearlyRecount:
    """Answer whether what a report says comes out again from what is on record now, as known at its cut-off."""
    again = content_of(session, report.year, report.known_at)
    found = rules.differing(_by_place(report.content), _by_place(again))
    if again["methods"] != report.content["methods"]:
        found.append("methods")
    recounted = digest(again)
    return YearlyRecount(digest=report.digest, recounted=recounted, is_same=recounted == report.digest, differing=found)


def _by_place(content: dict[str, Any]) -> dict[Place, int | None]:
    return {Place(one["code"], one["level"], one["country"], one["part"]): one["value"] for one in content["figures"]}
