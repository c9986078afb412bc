"""What one can do about simulations: ask for one. Few assessments are scored at once, many in a job."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.errors import MethodologyBroken
from cluster_api.assessments.models import Assessment, AssessmentReport
from cluster_api.assessments.queries import bound_edition
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import Level
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.clock import SCHEME_ZONE, civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.indicators.schemas import IndicatorSet
from cluster_api.jobs.actions import Work, request_job
from cluster_api.jobs.errors import JobCancelled
from cluster_api.journal.actions import record
from cluster_api.methodology.queries import Edition, parsed_document, seal_of
from cluster_api.methodology.rules import CarryOver, carry_over, crosswalk, dropped, share_of
from cluster_api.methodology.schemas import Relation
from cluster_api.simulations import rules
from cluster_api.simulations.errors import DaysNotPossible
from cluster_api.simulations.models import Simulation, SimulationCase
from cluster_api.simulations.queries import bands_on, digest_of, sees_cases, studied
from cluster_api.simulations.rules import Foreseen
from cluster_api.simulations.schemas import SimulationCreate
from cluster_api.simulations.states import SimulatedReason

KIND = "simulation"
AT_ONCE = 500
"""So many assessments are scored within the request: a quarter of a second. More are a job."""
PAGE = 500
SCORED = (Level.SILVER, Level.GOLD)
"""Levels that rest on a sheet of indicators; bronze has none."""
MEMBERS = "committed_participants"
"""The field by which sets of this scheme ask for committed participants; without it the register tells."""


def create(session: Session, actor: Actor, code: str, given: SimulationCreate) -> Simulation:
    """Ask for a simulation; answer it done, or with the job that does it.

    Raises:
        PermissionMissing: the caller may not simulate.
        MethodologyNotFound, FormNotFound: as named.
        DaysNotPossible: the days are wrong, or chosen by somebody who does not see cases.
    """
    actor.must(Permission.METHODOLOGIES_SIMULATE)
    edition = studied(session, actor, code, given.version)
    until = _until(actor, given)
    simulation = Simulation(
        id=str(uuid7()),
        code=edition.code,
        methodology_version=edition.version,
        document=edition.document.model_dump(mode="json"),
        digest=digest_of(edition),
        since=given.since,
        until=until,
        is_chosen=given.since is not None or given.until is not None,
        cases=0,
        coverage={},
        job_id=None,
        requested_at=actor.now,
        completed_at=None,
    )
    session.add(simulation)
    session.flush()
    waiting = session.scalars(sa.select(sa.func.count()).select_from(_reports(simulation).subquery())).one()
    details = {
        "code": edition.code,
        "version": edition.version,
        "digest": simulation.digest,
        "until": until.isoformat(),
    }
    record(session, actor.author, "simulation.requested", subject(simulation), details=details)
    if waiting > AT_ONCE:
        request = {"simulation": simulation.id, "methodology": edition.code, "unit": "assessments"}
        permission = Permission.METHODOLOGIES_SIMULATE
        simulation.job_id = request_job(session, actor, KIND, request, total=waiting, permission=permission).id
        session.flush()
        return simulation
    study = Study(simulation, civil_date(actor.now))
    while study.page(session):
        pass
    study.complete(session, actor.now)
    return simulation


def _until(actor: Actor, given: SimulationCreate) -> date:
    last = actor.today.replace(month=1, day=1) - timedelta(days=1)
    if given.since is None and given.until is None:
        return last
    until = given.until or actor.today
    if not sees_cases(actor):
        raise _refused("since" if given.until is None else "until", "not_yours", "Only who sees cases chooses days.")
    if until > actor.today:
        raise _refused("until", "in_future", f"Today is {actor.today}.")
    if given.since is not None and given.since > until:
        raise _refused("since", "after_until", f"Before {until} or on that day.")
    return until


def _refused(member: str, code: str, detail: str) -> DaysNotPossible:
    return DaysNotPossible(detail, faults=[Fault(f"/body/{member}", code, detail)])


def subject(simulation: Simulation) -> tuple[str, str]:
    """Answer how the journal names a simulation."""
    return KIND, simulation.id


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), SCHEME_ZONE)


def _reports(simulation: Simulation) -> sa.Select[Any]:
    """Answer the sealed reports of its days; the sheet in a report is the sealed consensus."""
    case, report, cluster = Assessment.__table__.c, AssessmentReport.__table__.c, Cluster.__table__.c
    statement = (
        sa.select(
            case.id, case.level, case.binding, report.document, report.digest, cluster.country, cluster.portfolio,
            cluster.committed_members,
        )
        .select_from(AssessmentReport.__table__)
        .join(Assessment.__table__, case.id == report.assessment_id)
        .join(Cluster.__table__, cluster.id == case.cluster_id)
        .where(report.sealed_at < _begin_of(simulation.until + timedelta(days=1)), case.level.in_(SCORED))
    )  # fmt: skip
    if simulation.since is not None:
        statement = statement.where(report.sealed_at >= _begin_of(simulation.since))
    return statement


@dataclass(frozen=True, slots=True)
class Source:
    """A set by which past assessments were made: its name, and what of it the draft can score; None if it is broken."""

    code: str
    version: int
    own: IndicatorSet | None = None
    carried: CarryOver | None = None


@dataclass(slots=True)
class Study:
    """A simulation on its way: pages of reports, and the sets that were met."""

    simulation: Simulation
    today: date
    after: str | None = None
    done: int = 0
    sources: dict[tuple[str, int, str], Source] = field(default_factory=dict)
    draft: IndicatorSet = field(init=False)

    def __post_init__(self) -> None:
        """Read the draft once."""
        self.draft = parsed_document(self.simulation.document)

    def page(self, session: Session) -> bool:
        """Score the next page of reports again and keep what becomes of them; answer whether there may be more."""
        case = Assessment.__table__.c
        statement = _reports(self.simulation)
        if self.after is not None:
            statement = statement.where(case.id > self.after)
        rows = session.execute(statement.order_by(case.id).limit(PAGE)).all()
        bands = bands_on(self.today)
        made = [self._row(session, row, bands) for row in rows]
        insert_rows(session, SimulationCase.__table__, made)  # type: ignore[arg-type] # a table, which a mapping has
        self.done += len(rows)
        self.after = rows[-1].id if rows else self.after
        return len(rows) == PAGE

    def _row(self, session: Session, row: Any, bands: Any) -> dict[str, Any]:
        source = self._source(session, row.binding["indicator_set"])
        sheet = row.document.get("sheet")
        members = sheet.get(MEMBERS) if isinstance(sheet, Mapping) else None
        return {
            "simulation_id": self.simulation.id,
            "assessment_id": row.id,
            "level": row.level,
            "country": row.country,
            "size": rules.size_of(bands, members if isinstance(members, int) else row.committed_members),
            "portfolio": row.portfolio,
            "source_code": source.code,
            "source_version": source.version,
            **asdict(self._foreseen(row, sheet, source)),
        }

    def _foreseen(self, row: Any, sheet: Any, source: Source) -> Foreseen:
        if digest(row.document) != row.digest:
            return rules.not_rescored(SimulatedReason.REPORT_BROKEN)
        if source.own is None or source.carried is None:
            return rules.not_rescored(SimulatedReason.SET_BROKEN)
        if not isinstance(sheet, Mapping):
            return rules.not_rescored(SimulatedReason.SHEET_INCOMPLETE)
        return rules.foreseen(row.level, sheet, source.own, self.draft, source.carried)

    def _source(self, session: Session, bound: Mapping[str, Any]) -> Source:
        key = (bound["code"], bound["version"], bound["digest"])
        if key not in self.sources:
            own = _sealed(session, bound)
            carried = None if own is None else carry_over(own, self.draft)
            self.sources[key] = Source(bound["code"], bound["version"], own, carried)
        return self.sources[key]

    def complete(self, session: Session, now: datetime) -> None:
        """Keep what of each set was covered, and that it is done."""
        self.simulation.cases, self.simulation.completed_at = self.done, now
        self.simulation.coverage = {
            f"{one.code}.{one.version}": self._covered(one, one.own, one.carried)
            for one in self.sources.values()
            if one.own is not None and one.carried is not None
        }
        session.flush()

    def _covered(self, source: Source, own: IndicatorSet, carried: CarryOver) -> dict[str, Any]:
        walk = crosswalk(source.code, own, self.simulation.code, self.draft)
        return {
            "methodology": source.code,
            "version": source.version,
            "carried_over": round(len(carried.names) / len(walk), 4),
            "covered": share_of(walk, Relation.SAME, Relation.RELATED),
            "scored_points": self.draft.max_points - carried.room,
            "max_points": self.draft.max_points,
            "not_carried": [one.code for one in carried.unknown],
            "dropped": dropped(own, walk),
        }


def _sealed(session: Session, bound: Mapping[str, Any]) -> IndicatorSet | None:
    try:
        edition: Edition = bound_edition(session, bound)
    except MethodologyBroken:
        return None
    document: IndicatorSet = edition.document
    return document if seal_of(edition) == edition.digest else None


def run_simulation(work: Work) -> None:
    """Do a simulation to its end, page by page; raise JobStopped, JobCancelled and JobTakenOver.

    Whoever takes it up again begins anew: what the one before has kept of it goes first.
    """
    job = work.read()
    if job.cancel_requested_at is not None:
        raise JobCancelled
    with work.database.transaction() as session:
        simulation = session.get_one(Simulation, job.request["simulation"])
        session.execute(sa.delete(SimulationCase).where(SimulationCase.simulation_id == simulation.id))
        session.expunge(simulation)
    study, more = Study(simulation, civil_date(simulation.requested_at)), True
    while more:
        with work.database.transaction() as session:
            more = study.page(session)
            work.beat(session, done=study.done, counts={})
        work.show(done=study.done, counts={})
    with work.database.transaction() as session:
        study.simulation = session.get_one(Simulation, simulation.id)
        study.complete(session, work.clock.now())
        work.end(session, "succeed", done=study.done, total=study.done)


HANDLERS = {KIND: run_simulation}
