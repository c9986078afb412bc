"""What one can ask about simulations; who sees cases sees every count, everybody else what may be told."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.comparisons.rules import concealed
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page, PageQuery
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.jobs.models import Job
from cluster_api.jobs.queries import progress_here
from cluster_api.jobs.states import JobState
from cluster_api.methodology.errors import FormNotFound, MethodologyNotFound
from cluster_api.methodology.queries import Edition, visible_editions
from cluster_api.methodology.states import MethodologyKind
from cluster_api.pool.queries import keyed_page
from cluster_api.simulations import rules
from cluster_api.simulations.errors import SimulationNotDone, SimulationNotFound
from cluster_api.simulations.models import Simulation, SimulationCase
from cluster_api.simulations.schemas import (
    OutcomeCounts,
    ReasonCount,
    SetCoverage,
    SimulatedCase,
    SimulatedCaseQuery,
    SimulationGroup,
    SimulationRead,
    SimulationSummary,
    SimulationTable,
)
from cluster_api.simulations.states import CountedBy, SimulatedOutcome, SimulatedReason

PACKAGE = "cluster_api.simulations"
SEEING_CASES = (Permission.ASSESSMENTS_READ_ALL, Permission.ASSESSMENTS_READ_REPORTED)
NOWHERE = "none"
CASE = SimulationCase


def sees_cases(actor: Actor) -> bool:
    """Answer whether the caller sees every assessment with a sealed report, and so may know each outcome."""
    return any(actor.can(one) for one in SEEING_CASES)


def fewest_shown(today: date) -> int:
    """Answer the least count that is told to who does not see cases."""
    return int(rules.in_force(data_rows(PACKAGE, "disclosure"), today)[0]["fewest"])


def bands_on(today: date) -> Sequence[Any]:
    """Answer the bands of sizes in force on a day."""
    return rules.in_force(data_rows(PACKAGE, "sizes"), today)


def studied(session: Session, actor: Actor, code: str, version: int | None) -> Edition:
    """Answer the version that is studied, the last there is if none is named.

    Raises:
        MethodologyNotFound: there is none of which the caller may know.
        FormNotFound: it is no set of indicators.
    """
    found = [one for one in visible_editions(session, actor, code=code) if version in {None, one.version}]
    if not found:
        raise MethodologyNotFound
    if found[-1].kind is not MethodologyKind.INDICATOR_SET:
        raise FormNotFound(f"{code} is a {found[-1].kind.value}, which is not scored.")
    return found[-1]


def _visible(session: Session, actor: Actor, code: str) -> sa.ColumnElement[bool]:
    versions = [one.version for one in visible_editions(session, actor, code=code)]
    if not versions:
        raise MethodologyNotFound
    seen = (Simulation.code == code) & Simulation.methodology_version.in_(versions)
    return seen if sees_cases(actor) else seen & Simulation.is_chosen.is_(False)


def get_simulation(session: Session, actor: Actor, code: str, simulation_id: str) -> Simulation:
    """Answer a simulation of which the caller may know; raise MethodologyNotFound or SimulationNotFound."""
    wanted = (Simulation.id == simulation_id) & _visible(session, actor, code)
    found = session.scalar(sa.select(Simulation).where(wanted))
    if found is None:
        raise SimulationNotFound
    return found


def simulations_page(session: Session, actor: Actor, code: str, query: PageQuery) -> Page[SimulationSummary]:
    """Answer a page of the simulations of a methodology in the order in which they were asked for."""
    statement = sa.select(Simulation).where(_visible(session, actor, code))
    asked = {"of": "simulations", "code": code, "view": actor.view}
    shown, cursor = keyed_page(session, statement, Simulation.id, query, **asked)
    current = _digests(session, actor, code)
    items = [SimulationSummary(**_summary(session, one, current)) for one in shown]
    return Page(items=items, next=cursor)


def _digests(session: Session, actor: Actor, code: str) -> dict[int, str]:
    return {one.version: digest_of(one) for one in visible_editions(session, actor, code=code)}


def digest_of(edition: Edition) -> str:
    """Answer the digest of what a version says now."""
    return digest(edition.document.model_dump(mode="json"))


def state_of(session: Session, simulation: Simulation) -> JobState:
    """Answer whether a simulation waits, runs, or how it ended."""
    if simulation.completed_at is not None:
        return JobState.SUCCEEDED
    found = session.scalar(sa.select(Job.state).where(Job.id == simulation.job_id))
    return JobState.FAILED if found is None else found


def _summary(session: Session, simulation: Simulation, current: dict[int, str]) -> dict[str, Any]:
    state = state_of(session, simulation)
    done = simulation.cases
    if simulation.completed_at is None:
        job = session.get(Job, simulation.job_id)
        done = 0 if job is None else max(job.done, progress_here.get(job.id, (0, {}))[0])
    return {
        "id": simulation.id,
        "methodology": simulation.code,
        "version": simulation.methodology_version,
        "digest": simulation.digest,
        "is_current": current.get(simulation.methodology_version) == simulation.digest,
        "since": simulation.since,
        "until": simulation.until,
        "state": state,
        "done": done,
        "job_id": simulation.job_id,
        "requested_at": simulation.requested_at,
        "completed_at": simulation.completed_at,
    }


def read_simulation(session: Session, actor: Actor, simulation: Simulation) -> SimulationRead:
    """Answer a simulation with as much of what came out as this caller may be told."""
    open_to = sees_cases(actor)
    fewest = None if open_to else fewest_shown(actor.today)
    summary = _summary(session, simulation, _digests(session, actor, simulation.code))
    about = {**summary, "is_suppressed": not open_to, "fewest_shown": fewest}
    if simulation.completed_at is None:
        return SimulationRead(**about, total=None, tables=[], reasons=None, coverage=[])
    counts, reasons, sources = _counted(session, simulation)
    tables = rules.everything(counts) if fewest is None else rules.suppressed(counts, fewest)
    return SimulationRead(
        **about,
        total=None if tables.total is None else _counts(tables.total),
        tables=[
            SimulationTable(
                by=CountedBy(by), groups=[SimulationGroup(group=name, counts=_counts(told)) for name, told in found]
            )
            for by, found in tables.groups.items()
        ],
        reasons=_reasons(reasons, fewest),
        coverage=_coverage(simulation, sources, fewest),
    )


def _counted(
    session: Session, simulation: Simulation
) -> tuple[dict[str, dict[str, Counter[SimulatedOutcome]]], Counter[SimulatedReason], Counter[str]]:
    columns = (CASE.level, CASE.country, CASE.size, CASE.portfolio, CASE.source_code, CASE.source_version)
    what = (*columns, CASE.outcome, CASE.reason)
    statement = sa.select(*what, sa.func.count().label("times")).where(CASE.simulation_id == simulation.id)
    tables: dict[str, dict[str, Counter[SimulatedOutcome]]] = {by.value: defaultdict(Counter) for by in CountedBy}
    reasons: Counter[SimulatedReason] = Counter()
    sources: Counter[str] = Counter()
    for row in session.execute(statement.group_by(*what)):
        names = {CountedBy.LEVEL: row.level.value, CountedBy.COUNTRY: row.country, CountedBy.SIZE: row.size}
        names[CountedBy.PORTFOLIO] = row.portfolio or NOWHERE
        for by, name in names.items():
            tables[by.value][name][row.outcome] += row.times
        if row.reason is not None:
            reasons[row.reason] += row.times
        sources[f"{row.source_code}.{row.source_version}"] += row.times
    return tables, reasons, sources


def _counts(told: rules.Told) -> OutcomeCounts:
    shown = {outcome.value: told.outcomes.get(outcome) for outcome in SimulatedOutcome}
    return OutcomeCounts(cases=told.cases, untold=told.untold, **shown)


def _reasons(found: Counter[SimulatedReason], fewest: int | None) -> list[ReasonCount] | None:
    # Reasons divide counts that are told: one small one would follow from the others.
    if fewest is not None and any(count < fewest for count in found.values()):
        return None
    return [ReasonCount(reason=reason, cases=found[reason]) for reason in sorted(found)]


def _coverage(simulation: Simulation, sources: Counter[str], fewest: int | None) -> list[SetCoverage]:
    hidden = frozenset[str]() if fewest is None else concealed(sources, fewest)
    return [
        SetCoverage(**{**said, "cases": None if source in hidden else sources[source]})
        for source, said in sorted(simulation.coverage.items())
    ]


def cases_page(
    session: Session, actor: Actor, simulation: Simulation, query: SimulatedCaseQuery
) -> Page[SimulatedCase]:
    """Answer a page of what becomes of each assessment.

    Raises:
        CredentialsRequired, PermissionMissing: the caller does not see cases.
        SimulationNotDone: there are no results.
    """
    actor.must_any(*SEEING_CASES)
    if simulation.completed_at is None:
        raise SimulationNotDone
    statement = sa.select(CASE).where(CASE.simulation_id == simulation.id)
    if query.outcome is not None:
        statement = statement.where(CASE.outcome == query.outcome)
    shown, cursor = keyed_page(session, statement, CASE.assessment_id, query, of=simulation.id)
    return Page(items=[_case(one) for one in shown], next=cursor)


def _case(one: SimulationCase) -> SimulatedCase:
    taken_over = {name: getattr(one, name) for name in SimulatedCase.model_fields if name not in OF_SET}
    return SimulatedCase(**taken_over, methodology=one.source_code, methodology_version=one.source_version)


OF_SET = frozenset({"methodology", "methodology_version"})
