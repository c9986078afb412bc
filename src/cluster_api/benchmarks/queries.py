"""What one can ask about benchmarks; who asks decides what there is."""

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessors.queries import Standing, standing_of
from cluster_api.assessors.rules import Reason
from cluster_api.assessors.states import ReasonCode
from cluster_api.benchmarks import rules
from cluster_api.benchmarks.errors import BenchmarkNotFound, BenchmarkVersionNotFound, GuestUndeclared, ReportNotFound
from cluster_api.benchmarks.models import Benchmark, BenchmarkReport, BenchmarkVersion, InterviewGuest
from cluster_api.benchmarks.schemas import (
    BenchmarkQuery,
    BenchmarkRead,
    BenchmarkRemarkRead,
    BenchmarkSummary,
    BenchmarkVersionRead,
    QuestionnaireCheckRead,
    ReportRead,
)
from cluster_api.benchmarks.states import ASSIGNABLE, FROZEN, GUESTS_OUT, LIFE, BenchmarkState, GuestState
from cluster_api.clusters.models import Cluster
from cluster_api.comparisons import queries as comparisons
from cluster_api.comparisons.rules import figures_of, surprises
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.foundation.typesetting import pdf_of
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Membership
from cluster_api.identity.permissions import Permission
from cluster_api.methodology.queries import Edition, editions, form_of
from cluster_api.pool.models import Assessor
from cluster_api.pool.states import QualificationRole
from cluster_api.vocabularies.queries import country, label_of

IN_BENCHMARK = "/benchmark/answers"


def expert_standing(session: Session, person_id: str, benchmark: Benchmark, on: date) -> Standing | None:
    """Answer whether a person can hold the interview of a benchmark on a day, and why not (invariants 17 and 18).

    None if the person is not in the pool of assessors. Wanted are a qualification for benchmarking, a training on this
    version of the questionnaire, and no open conflict with the cluster; and who sits in does not hold it.
    """
    assessor_id = session.scalar(sa.select(Assessor.id).where(Assessor.person_id == person_id))
    if assessor_id is None:
        return None
    standing = standing_of(
        session,
        assessor_id,
        role=QualificationRole.BENCHMARKING,
        methodology=(benchmark.questionnaire, benchmark.questionnaire_version),
        cluster_id=benchmark.cluster_id,
        visit_on=on,
        case_id=benchmark.id,
    )
    sits_in = _guests(person_id).where(InterviewGuest.benchmark_id == benchmark.id)
    if session.scalar(sits_in) is None:
        return standing
    return replace(standing, eligible=False, reasons=[*standing.reasons, SITS_IN])


SITS_IN = Reason(ReasonCode.EXCLUDED, "Sits in at this interview: have the guest withdrawn first.")


def _guests(person_id: str | None) -> sa.Select[str]:
    """Answer at the interviews of which benchmarks a person sits in, or did."""
    return sa.select(InterviewGuest.benchmark_id).where(
        InterviewGuest.person_id == person_id, InterviewGuest.state.not_in(GUESTS_OUT)
    )


def is_impartial(session: Session, person_id: str, cluster_id: str) -> bool:
    """Answer whether a person does not belong to the organisation whose cluster it is (domain invariant 18)."""
    belongs = (
        sa.select(Membership.person_id)
        .join(Cluster, Cluster.owner_id == Membership.organisation_id)
        .where(Cluster.id == cluster_id, Membership.person_id == person_id)
    )
    return session.scalar(belongs) is None


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller may know of a benchmark: its cluster's, expert's, guest's, or all."""
    if actor.can(Permission.BENCHMARKS_READ_ALL):
        return sa.true()
    only = [] if actor.caller.cluster_id is None else [Cluster.id == actor.caller.cluster_id]
    own = sa.select(Cluster.id).where(Cluster.owner_id.in_(actor.where(Permission.BENCHMARKS_READ)), *only)
    conditions: list[sa.ColumnElement[bool]] = [Benchmark.cluster_id.in_(own)]
    if actor.can(Permission.BENCHMARKS_INTERVIEW) and actor.caller.person_id is not None:
        conditions.append(Benchmark.expert_id == actor.caller.person_id)
        conditions.append(Benchmark.id.in_(_guests(actor.caller.person_id)))
    return sa.or_(*conditions)


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there are no benchmarks at all."""
    actor.must_any(Permission.BENCHMARKS_READ, Permission.BENCHMARKS_INTERVIEW, Permission.BENCHMARKS_READ_ALL)


def get_benchmark(session: Session, actor: Actor, benchmark_id: str, *, for_change: bool = False) -> Benchmark:
    """Answer a benchmark of which the caller may know; ``for_change`` locks it until the transaction ends.

    Raises:
        CredentialsRequired, PermissionMissing: the caller sees no benchmarks at all.
        BenchmarkNotFound: there is none of which the caller may know.
        GuestUndeclared: the caller is to sit in, and has not said yet to be free of conflicts.
    """
    found = find_benchmark(session, actor, benchmark_id, for_change=for_change)
    is_invited = InterviewGuest.state == GuestState.PROPOSED
    if session.scalar(_guests(actor.caller.person_id).where(InterviewGuest.benchmark_id == found.id, is_invited)):
        raise GuestUndeclared
    return found


def find_benchmark(session: Session, actor: Actor, benchmark_id: str, *, for_change: bool = False) -> Benchmark:
    """Answer a benchmark to whose parts the caller may come, though what the cluster says be not shown yet.

    Raises:
        CredentialsRequired, PermissionMissing, BenchmarkNotFound: as named.
    """
    must_see_some(actor)
    statement = sa.select(Benchmark).where(Benchmark.id == benchmark_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise BenchmarkNotFound
    return found


def may(session: Session, actor: Actor, benchmark: Benchmark, permission: Permission) -> bool:
    """Answer whether the caller may do something with this benchmark: of its own cluster, as its expert, or anyhow."""
    if permission in {Permission.BENCHMARKS_READ, Permission.BENCHMARKS_WRITE}:
        return may_of_cluster(session, actor, benchmark.cluster_id, permission)
    if permission is Permission.BENCHMARKS_INTERVIEW:
        person_id = actor.caller.person_id
        return person_id is not None and person_id == benchmark.expert_id and actor.can(permission)
    return actor.can(permission)


def may_of_cluster(session: Session, actor: Actor, cluster_id: str, permission: Permission) -> bool:
    """Answer whether the caller may do something for this cluster as its own."""
    cluster = session.get(Cluster, cluster_id)
    is_own = cluster is not None and cluster.owner_id is not None and actor.can(permission, within=cluster.owner_id)
    return is_own and actor.caller.cluster_id in {None, cluster_id}


def allowed_moves(session: Session, actor: Actor, benchmark: Benchmark) -> list[str]:
    """Answer what the caller can do with a benchmark now."""
    held = {one for one in Permission if one.value.startswith("benchmarks:") and may(session, actor, benchmark, one)}
    moves = [move.verb for move in LIFE.moves_from(benchmark.state) if Permission(move.permission) in held]
    possible = {
        "update": writes_with(benchmark) in held,
        "assign": benchmark.state in ASSIGNABLE and Permission.BENCHMARKS_RUN in held,
        "correct": benchmark.state in FROZEN and not held.isdisjoint(CORRECTING),
    }
    return [*moves, *(verb for verb, is_possible in possible.items() if is_possible)]


CORRECTING = (Permission.BENCHMARKS_RUN, Permission.BENCHMARKS_INTERVIEW)


def writes_with(benchmark: Benchmark) -> Permission | None:
    """Answer what lets one change the draft now: the cluster's permission, then the expert's, then nobody's."""
    if benchmark.state is BenchmarkState.OPEN:
        return Permission.BENCHMARKS_WRITE
    return Permission.BENCHMARKS_INTERVIEW if benchmark.state is BenchmarkState.IN_INTERVIEW else None


def read_benchmark(session: Session, actor: Actor, benchmark: Benchmark) -> BenchmarkRead:
    """Answer a benchmark as it is shown to this caller; the cluster reads the expert's remarks with the report."""
    is_told = (
        benchmark.state is BenchmarkState.RELEASED
        or actor.can(Permission.BENCHMARKS_READ_ALL)
        or may(session, actor, benchmark, Permission.BENCHMARKS_INTERVIEW)
    )
    return BenchmarkRead(
        **BenchmarkSummary.model_validate(benchmark).model_dump(),
        answers=answers_of(session, benchmark),
        remarks=benchmark.remarks if is_told else None,
        allowed_moves=allowed_moves(session, actor, benchmark),
    )


def benchmarks_page(session: Session, actor: Actor, query: BenchmarkQuery) -> Page[BenchmarkSummary]:
    """Answer a page of benchmarks, the one opened last first; raise Invalid for a cursor of another question."""
    must_see_some(actor)
    question = question_of({"of": "benchmarks", "view": actor.view, **query.model_dump(mode="json")})
    statement = sa.select(Benchmark).where(visible(actor))
    if query.cluster_id is not None:
        statement = statement.where(Benchmark.cluster_id == str(query.cluster_id))
    if query.state is not None:
        statement = statement.where(Benchmark.state == query.state)
    if query.year is not None:
        day = sa.func.coalesce(Benchmark.interview_on, Benchmark.opened_on)
        statement = statement.where(day.between(date(query.year, 1, 1), date(query.year, 12, 31)))
    if query.cursor is not None:
        (key,) = read_cursor(query.cursor, question, [UUID])
        statement = statement.where(Benchmark.id < sa.literal(key, Benchmark.id.type))
    found = session.scalars(statement.order_by(Benchmark.id.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[BenchmarkSummary.model_validate(benchmark) for benchmark in shown],
        next=write_cursor(question, [shown[-1].id]) if len(found) > query.limit else None,
    )


def edition_of(session: Session, benchmark: Benchmark) -> Edition:
    """Answer the questionnaire to which a benchmark is bound; raise RuntimeError if its seal is another."""
    found = editions(session, code=benchmark.questionnaire)
    for edition in found:
        if edition.version == benchmark.questionnaire_version and edition.digest == benchmark.questionnaire_digest:
            return edition
    raise RuntimeError(f"The questionnaire of {benchmark.number} is not the one it was opened with.")


def get_version(session: Session, benchmark: Benchmark, number: int) -> BenchmarkVersion:
    """Answer a version of the answers; raise BenchmarkVersionNotFound."""
    found = session.get(BenchmarkVersion, (benchmark.id, number))
    if found is None:
        raise BenchmarkVersionNotFound
    return found


def answers_of(session: Session, benchmark: Benchmark) -> dict[str, Any]:
    """Answer the answers as they are now: the draft, or the last version."""
    if benchmark.answers_version <= 1:
        return benchmark.answers
    return get_version(session, benchmark, benchmark.answers_version).answers


def versions_page(session: Session, benchmark: Benchmark, query: PageQuery) -> Page[BenchmarkVersionRead]:
    """Answer a page of the versions of the answers, the last one first."""
    question = question_of({"of": "versions", "benchmark": benchmark.id})
    statement = sa.select(BenchmarkVersion).where(BenchmarkVersion.benchmark_id == benchmark.id)
    if query.cursor is not None:
        position = max(0, min(read_cursor(query.cursor, question, [int])[0], 2**31 - 1))
        statement = statement.where(BenchmarkVersion.number < position)
    found = session.scalars(statement.order_by(BenchmarkVersion.number.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(
        items=[BenchmarkVersionRead.model_validate(version) for version in shown],
        next=write_cursor(question, [shown[-1].number]) if len(found) > query.limit else None,
    )


def faults_of_answers(session: Session, benchmark: Benchmark, answers: dict[str, Any], on: date) -> list[Fault]:
    """Answer everything that is wrong with answers as of a day, all at once (domain invariant 24)."""
    edition = edition_of(session, benchmark)
    further = comparisons.checks_of(edition.code, edition.version)
    return [
        *rules.faults_of_form(form_of(edition), edition.document, edition.code, answers, IN_BENCHMARK),
        *rules.contradictions(edition.document, further, answers, on, IN_BENCHMARK),
    ]


def last_released(session: Session, benchmark: Benchmark) -> Benchmark | None:
    """Answer the last released benchmark of the same cluster besides this one."""
    statement = (
        sa.select(Benchmark)
        .where(
            Benchmark.cluster_id == benchmark.cluster_id,
            Benchmark.id != benchmark.id,
            Benchmark.state == BenchmarkState.RELEASED,
        )
        .order_by(Benchmark.interview_on.desc(), Benchmark.id.desc())
        .limit(1)
    )
    return session.scalar(statement)


def released_days(session: Session, cluster_id: str) -> list[date]:
    """Answer on which days the interviews of the released benchmarks of a cluster were held, the first one first."""
    statement = sa.select(Benchmark.interview_on).where(
        Benchmark.cluster_id == cluster_id,
        Benchmark.state == BenchmarkState.RELEASED,
        Benchmark.interview_on.is_not(None),
    )
    return [day for day in session.scalars(statement.order_by(Benchmark.interview_on)) if day is not None]


def check_of(session: Session, benchmark: Benchmark, today: date) -> QuestionnaireCheckRead:
    """Answer what is wrong with the answers, and what is surprising beside the last benchmark."""
    on = benchmark.interview_on if benchmark.state in FROZEN and benchmark.interview_on else today
    answers = answers_of(session, benchmark)
    faults = faults_of_answers(session, benchmark, answers, on)
    last = last_released(session, benchmark)
    return QuestionnaireCheckRead(
        is_ready=not faults,
        faults=[BenchmarkRemarkRead(pointer=one.pointer, code=one.code, detail=one.detail) for one in faults],
        warnings=_warnings(session, benchmark, last, answers, on),
        compared_with=last.number if last else None,
    )


def _warnings(
    session: Session, benchmark: Benchmark, last: Benchmark | None, answers: dict[str, Any], on: date
) -> list[BenchmarkRemarkRead]:
    if last is None or last.interview_on is None or last.questionnaire != benchmark.questionnaire:
        return []
    edition, old = edition_of(session, benchmark), edition_of(session, last)
    indicators = comparisons.indicators_of(edition)
    before = figures_of(indicators, rules.values_in(old.document, answers_of(session, last)), last.interview_on)
    now = figures_of(indicators, rules.values_in(edition.document, answers), on)
    expected = comparisons.expectations_on(on, indicators)
    places = {indicator.code: indicator.of[0].replace(".", "/") for indicator in indicators}
    return [
        BenchmarkRemarkRead(pointer=f"{IN_BENCHMARK}/{places[one.indicator]}", code=one.indicator, detail=one.text)
        for one in surprises(indicators, expected, (last.interview_on, before), (on, now))
    ]


def subject_of(session: Session, benchmark: Benchmark, edition: Edition, on: date) -> comparisons.Subject:
    """Answer whose figures are compared, as of the day of the interview."""
    values = rules.values_in(edition.document, answers_of(session, benchmark))
    figures = figures_of(comparisons.indicators_of(edition), values, on)
    return comparisons.Subject(benchmark.cluster_id, benchmark.portfolio, figures)


def made_report(session: Session, benchmark: Benchmark, *, on: date, now: datetime) -> ReportRead:
    """Answer the report on the last version of the answers, its peers as of a day; raise ReportNotFound before any."""
    held_on, mode = benchmark.interview_on, benchmark.interview_mode
    if not benchmark.answers_version or held_on is None or mode is None:
        raise ReportNotFound
    edition = edition_of(session, benchmark)
    version = get_version(session, benchmark, benchmark.answers_version)
    cluster = session.get_one(Cluster, benchmark.cluster_id)
    subject = subject_of(session, benchmark, edition, held_on)
    return ReportRead(
        is_released=benchmark.state is BenchmarkState.RELEASED,
        report_number=benchmark.report_number,
        benchmark_id=UUID(benchmark.id),
        benchmark_number=benchmark.number,
        cluster_id=UUID(cluster.id),
        cluster_name=cluster.legal_name,
        country=benchmark.country,
        country_name=country(benchmark.country).name,
        portfolio_name=label_of("comparative-portfolios", benchmark.portfolio),
        questionnaire=edition.code,
        questionnaire_version=edition.version,
        questionnaire_digest=benchmark.questionnaire_digest,
        interview_on=held_on,
        interview_mode=mode,
        answers_version=version.number,
        answers_digest=version.digest,
        correction=version.reason,
        remarks=benchmark.remarks,
        made_at=now,
        comparison=comparisons.compare(session, edition, subject, on=on),
    )


def report_document(session: Session, actor: Actor, benchmark: Benchmark, number: int | None) -> str:
    """Answer the report as JSON: as it was released, or as a preview for the expert and who sees all benchmarks.

    Raises:
        ReportNotFound: there is none for this caller.
        BenchmarkVersionNotFound: none on this version of the answers was released.
    """
    sees_all = actor.can(Permission.BENCHMARKS_READ_ALL)
    if benchmark.released_on is not None and (benchmark.state is BenchmarkState.RELEASED or sees_all):
        found = session.get(BenchmarkReport, (benchmark.id, number or benchmark.answers_version))
        if found is None:
            raise BenchmarkVersionNotFound
        return found.document
    is_expert = may(session, actor, benchmark, Permission.BENCHMARKS_INTERVIEW)
    if benchmark.state not in FROZEN or not (sees_all or is_expert):
        raise ReportNotFound
    if number not in {None, benchmark.answers_version}:
        raise BenchmarkVersionNotFound
    return made_report(session, benchmark, on=actor.today, now=actor.now).model_dump_json()


def report_pdf(session: Session, actor: Actor, benchmark: Benchmark, number: int | None) -> bytes:
    """Answer the same as PDF, byte by byte the same for one report; raise ReportsNotInstalled besides."""
    values = orjson.loads(report_document(session, actor, benchmark, number))
    return pdf_of(_template(), values, made_at=datetime.fromisoformat(values["made_at"]))


@cache
def _template() -> str:
    return files("cluster_api.benchmarks").joinpath("data", "report.typ").read_text(encoding="utf-8")
