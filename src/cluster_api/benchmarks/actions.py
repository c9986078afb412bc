"""What one can do with benchmarks: open, fill in, submit, interview, freeze, correct, release, declare void.

Every verb asks whether the caller may, makes one change, and writes one line into the journal in the same transaction.
"""

import hashlib
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessors.actions import record_engagement
from cluster_api.assessors.rules import fee_of
from cluster_api.benchmarks import rules
from cluster_api.benchmarks.errors import (
    AnswersClosed,
    BenchmarkNotPossible,
    BenchmarkOpen,
    ExpertMissing,
    ExpertNotImpartial,
    ExpertNotQualified,
    InterviewDayNotPossible,
    QuestionnaireNotReady,
)
from cluster_api.benchmarks.models import Benchmark, BenchmarkReport, BenchmarkVersion
from cluster_api.benchmarks.queries import (
    CORRECTING,
    answers_of,
    edition_of,
    expert_standing,
    faults_of_answers,
    is_impartial,
    last_released,
    made_report,
    may,
    may_of_cluster,
    subject_of,
    writes_with,
)
from cluster_api.benchmarks.schemas import BenchmarkAssign, BenchmarkCorrection, BenchmarkCreate
from cluster_api.benchmarks.states import ASSIGNABLE, FROZEN, LIFE, OPEN, BenchmarkState
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.queries import get_cluster
from cluster_api.clusters.states import ClusterStatus
from cluster_api.comparisons.actions import drop_figures, keep_figures
from cluster_api.comparisons.queries import basis_of
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.numbers import draw_number, take_serials
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.methodology.errors import SheetInvalid
from cluster_api.methodology.queries import form_of, in_force
from cluster_api.methodology.rules import merged
from cluster_api.methodology.states import MethodologyKind, VisitMode
from cluster_api.pool.models import Assessor
from cluster_api.pool.states import QualificationRole
from cluster_api.vocabularies.queries import country

PREFIX = "BM"
ALL_REPORTS = "REP"
"""The series of all reports; that of a country is ``R`` and its three letters. Neither begins anew each year."""


def open_benchmark(session: Session, actor: Actor, given: BenchmarkCreate) -> Benchmark:
    """Open a benchmark of a cluster, bound to a questionnaire in force today, and answer it.

    Raises:
        ClusterNotFound, PermissionMissing: it is not the caller's own, nor does the caller run benchmarks.
        BenchmarkOpen: another one is not finished.
        BenchmarkNotPossible: the cluster is not active, has no portfolio, or there is no such questionnaire.
    """
    cluster = get_cluster(session, actor, str(given.cluster_id))
    if not (
        actor.can(Permission.BENCHMARKS_RUN) or may_of_cluster(session, actor, cluster.id, Permission.BENCHMARKS_WRITE)
    ):
        actor.refuse(Permission.BENCHMARKS_WRITE, Permission.BENCHMARKS_RUN)
    edition = in_force(session, MethodologyKind.QUESTIONNAIRE, actor.today, code=given.questionnaire)
    if cluster.portfolio is None or edition is None or edition.digest is None:
        at, code = ("cluster_id", "no_portfolio") if cluster.portfolio is None else ("questionnaire", "not_in_force")
        raise BenchmarkNotPossible(faults=[Fault(f"/body/{at}", code, "The cluster cannot be benchmarked so.")])
    if cluster.status is not ClusterStatus.ACTIVE:
        raise BenchmarkNotPossible(faults=[Fault("/body/cluster_id", "not_active", "The cluster is not active.")])
    _must_be_first(session, cluster.id)
    benchmark = Benchmark(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, actor.today.year),
        cluster_id=cluster.id,
        questionnaire=edition.code,
        questionnaire_version=edition.version,
        questionnaire_digest=edition.digest,
        country=cluster.country,
        portfolio=cluster.portfolio,
        answers={},
        state=BenchmarkState.OPEN,
        answers_version=0,
        opened_on=actor.today,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(benchmark)
    session.flush()
    _tell(session, actor, benchmark, "benchmark.opened")
    return benchmark


def _must_be_first(session: Session, cluster_id: str) -> None:
    open_one = sa.select(Benchmark.id).where(Benchmark.cluster_id == cluster_id, Benchmark.state.in_(OPEN))
    if session.scalar(open_one) is not None:
        raise BenchmarkOpen


def update_answers(session: Session, actor: Actor, benchmark: Benchmark, patch: dict[str, Any]) -> None:
    """Change the draft by a merge patch: as its cluster while it is open, as its expert during the interview.

    What is missing may wait; no difference makes no version.

    Raises:
        PermissionMissing, AnswersClosed: not this caller, or not now.
        SheetInvalid: a field is unknown or out of range.
    """
    permission = writes_with(benchmark)
    if permission is None:
        _must_any(session, actor, benchmark, Permission.BENCHMARKS_WRITE, Permission.BENCHMARKS_INTERVIEW)
        raise AnswersClosed
    _must_any(session, actor, benchmark, permission)
    after = _patched(session, benchmark, benchmark.answers, patch)
    if after == benchmark.answers:
        return
    before = _facts(benchmark)
    benchmark.answers = after
    _touch(session, actor, benchmark)
    _tell(session, actor, benchmark, "benchmark.answered", before=before, details={"changed": sorted(patch)})


def _patched(session: Session, benchmark: Benchmark, answers: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    edition = edition_of(session, benchmark)
    after = merged(answers, patch)
    faults = rules.faults_of_draft(form_of(edition), edition.document, edition.code, after, "/body/answers")
    if faults:
        places = ", ".join(fault.pointer for fault in faults[:5])
        raise SheetInvalid(f"{len(faults)} place(s) of the answers are wrong: {places}.", faults=faults)
    after.pop("methodology", None)
    return after


def assign(session: Session, actor: Actor, benchmark: Benchmark, given: BenchmarkAssign) -> None:
    """Say who holds the interview, how, and when it is planned.

    Raises:
        PermissionMissing, MoveNotAllowed: not this caller, or the answers are frozen.
        ExpertNotQualified, ExpertNotImpartial: not this person.
    """
    _must_any(session, actor, benchmark, Permission.BENCHMARKS_RUN)
    if benchmark.state not in ASSIGNABLE:
        raise MoveNotAllowed(f"The benchmark is {benchmark.state.value}: assign is not possible.")
    expert_id = str(given.expert_id)
    _must_be_expert(session, expert_id, benchmark, given.interview_on or actor.today)
    before = _facts(benchmark)
    benchmark.expert_id = expert_id
    benchmark.interview_mode, benchmark.interview_on = given.interview_mode, given.interview_on
    _touch(session, actor, benchmark)
    details = {"expert_id": expert_id, "mode": given.interview_mode.value}
    _tell(session, actor, benchmark, "benchmark.assigned", before=before, details=details)


def _must_be_expert(session: Session, expert_id: str | None, benchmark: Benchmark, on: date) -> None:
    if expert_id is None:
        raise ExpertMissing
    standing = expert_standing(session, expert_id, benchmark, on)
    if standing is None:
        raise ExpertNotQualified("This person is not in the pool of assessors.")
    said = " ".join(reason.detail for reason in standing.reasons)
    if standing.conflicts or not is_impartial(session, expert_id, benchmark.cluster_id):
        raise ExpertNotImpartial(said)
    if not standing.eligible:
        raise ExpertNotQualified(said)


def submit(session: Session, actor: Actor, benchmark: Benchmark) -> None:
    """Submit the questionnaire; raise QuestionnaireNotReady with everything that is wrong, MoveNotAllowed."""
    _may_move(session, actor, benchmark, "submit")
    _must_be_ready(session, benchmark, benchmark.answers, actor.today)
    _move(session, actor, benchmark, "submit", "benchmark.submitted", reason=None)


def send_back(session: Session, actor: Actor, benchmark: Benchmark, *, reason: str) -> None:
    """Send the questionnaire back to the cluster for changes, with reasons; raise MoveNotAllowed."""
    _move(session, actor, benchmark, "send_back", "benchmark.sent_back", reason=reason)


def start_interview(session: Session, actor: Actor, benchmark: Benchmark) -> None:
    """Begin to talk the answers through, as the expert assigned; raise ExpertNotQualified, MoveNotAllowed."""
    _may_move(session, actor, benchmark, "start_interview")
    _must_be_expert(session, benchmark.expert_id, benchmark, actor.today)
    _move(session, actor, benchmark, "start_interview", "benchmark.interview_started")


def freeze(
    session: Session, actor: Actor, benchmark: Benchmark, *, interview_on: date, mode: VisitMode | None = None
) -> None:
    """Freeze the answers as talked through: they are version 1, with country and portfolio of the cluster now.

    Source: domain invariants 7, 25 and 27.

    Raises:
        MoveNotAllowed, QuestionnaireNotReady, InterviewDayNotPossible: as named.
        ExpertNotQualified, ExpertNotImpartial: the expert was not, on the day of the interview.
    """
    _may_move(session, actor, benchmark, "freeze")
    last = last_released(session, benchmark)
    fault = rules.fault_of_interview(
        interview_on,
        today=actor.today,
        opened_on=benchmark.opened_on,
        last=last.interview_on if last else None,
    )
    if fault is not None:
        raise InterviewDayNotPossible(fault.detail, faults=[fault])
    _must_be_expert(session, benchmark.expert_id, benchmark, interview_on)
    _must_be_ready(session, benchmark, benchmark.answers, interview_on)
    cluster = session.get_one(Cluster, benchmark.cluster_id)
    # All at once: from the first version on, the database refuses to change any of it.
    _move(
        session,
        actor,
        benchmark,
        "freeze",
        "benchmark.frozen",
        answers_version=1,
        interview_on=interview_on,
        interview_mode=mode or benchmark.interview_mode or VisitMode.ON_SITE,
        country=cluster.country,
        portfolio=cluster.portfolio or benchmark.portfolio,
    )
    _add_version(session, actor, benchmark, benchmark.answers, reason=None)


def correct(session: Session, actor: Actor, benchmark: Benchmark, given: BenchmarkCorrection) -> None:
    """Correct frozen answers: a new version with its reason, and after the release a new report on it.

    The new report compares with the peers of the day of the release, as they are on record now. No difference makes
    no version. Source: domain invariant 25.

    Raises:
        PermissionMissing, AnswersClosed: not this caller, or the answers are not frozen.
        SheetInvalid, QuestionnaireNotReady: what would come out is wrong.
    """
    _must_any(session, actor, benchmark, *CORRECTING)
    if benchmark.state not in FROZEN or benchmark.interview_on is None:
        raise AnswersClosed(f"The benchmark is {benchmark.state.value}: there is nothing frozen to correct.")
    before, facts = answers_of(session, benchmark), _facts(benchmark)
    after = _patched(session, benchmark, before, given.answers)
    if after == before:
        return
    _must_be_ready(session, benchmark, after, benchmark.interview_on)
    benchmark.answers_version += 1
    _touch(session, actor, benchmark)
    _add_version(session, actor, benchmark, after, reason=given.reason)
    if benchmark.state is BenchmarkState.RELEASED:
        _publish(session, actor, benchmark)
    details = {"answers_version": benchmark.answers_version, "changed": sorted(given.answers)}
    _tell(session, actor, benchmark, "benchmark.corrected", before=facts, details=details, reason=given.reason)


def prepare_report(session: Session, actor: Actor, benchmark: Benchmark, *, remarks: str | None) -> None:
    """Say what the expert recommends beyond the figures: the report is ready; raise MoveNotAllowed."""
    _move(session, actor, benchmark, "prepare_report", "benchmark.report_prepared", remarks=remarks)


def release(session: Session, actor: Actor, benchmark: Benchmark, *, contract: str | None = None) -> None:
    """Release the report to the cluster, under a number, and count its figures among the peers of others.

    Raise MoveNotAllowed.
    """
    _may_move(session, actor, benchmark, "release")
    iso3 = country(benchmark.country).iso3
    in_country = take_serials(session, f"R{iso3}", 0)[0]
    number = rules.report_number(
        iso3,
        in_country,
        actor.today,
        contract or rules.contract_of(actor.today),
        take_serials(session, ALL_REPORTS, 0)[0],
    )
    about = {"report_number": number, "released_on": actor.today}
    _move(session, actor, benchmark, "release", "benchmark.released", **about)
    _publish(session, actor, benchmark)
    _count(session, actor, benchmark)


def _count(session: Session, actor: Actor, benchmark: Benchmark) -> None:
    """Have the pool count the interview, with its day and its fee, if it knows who held it."""
    expert = session.scalar(sa.select(Assessor.id).where(Assessor.person_id == benchmark.expert_id))
    if expert is None or benchmark.interview_on is None:
        return
    role, held_on = QualificationRole.BENCHMARKING, benchmark.interview_on
    about: dict[str, Any] = {"assessor_id": expert, "case_id": benchmark.id, "cluster_id": benchmark.cluster_id}
    done: dict[str, Any] = {"ended_on": held_on, "days": 1, "fee_cents": fee_of(role, 1, held_on)}
    record_engagement(session, actor, role=role, began_on=held_on, **about, **done)


def void(session: Session, actor: Actor, benchmark: Benchmark, *, reason: str) -> None:
    """Declare a benchmark void: it stays on record and drops out of all figures; raise MoveNotAllowed."""
    _move(session, actor, benchmark, "void", "benchmark.voided", reason=reason)
    drop_figures(session, benchmark.id)


def _publish(session: Session, actor: Actor, benchmark: Benchmark) -> None:
    held_on, released_on = benchmark.interview_on or actor.today, benchmark.released_on or actor.today
    report = made_report(session, benchmark, on=released_on, now=actor.now)
    document = report.model_dump_json()
    session.add(
        BenchmarkReport(
            benchmark_id=benchmark.id,
            number=benchmark.answers_version,
            document=document,
            digest=hashlib.sha256(document.encode()).hexdigest(),
            created_at=actor.now,
        )
    )
    edition = edition_of(session, benchmark)
    subject = subject_of(session, benchmark, edition, held_on)
    about = (basis_of(edition), benchmark.country)
    keep_figures(session, benchmark.id, subject, about=about, days=(held_on, released_on))


def _add_version(
    session: Session, actor: Actor, benchmark: Benchmark, answers: dict[str, Any], *, reason: str | None
) -> None:
    session.add(
        BenchmarkVersion(
            benchmark_id=benchmark.id,
            number=benchmark.answers_version,
            answers=answers,
            digest=rules.digest_of_answers(answers),
            reason=reason,
            author=actor.author.name,
            recorded_at=actor.now,
        )
    )
    session.flush()


def _must_be_ready(session: Session, benchmark: Benchmark, answers: dict[str, Any], on: date) -> None:
    faults = faults_of_answers(session, benchmark, answers, on)
    if faults:
        raise QuestionnaireNotReady(f"{len(faults)} place(s) are missing or wrong.", faults=faults)


def _must_any(session: Session, actor: Actor, benchmark: Benchmark, *permissions: Permission) -> None:
    if not any(may(session, actor, benchmark, permission) for permission in permissions):
        actor.refuse(*permissions)


def _may_move(session: Session, actor: Actor, benchmark: Benchmark, verb: str) -> None:
    # Whether the verb is the caller's at all is said before whether it is possible now.
    possible = dict.fromkeys(Permission(move.permission) for move in LIFE.moves if move.verb == verb)
    _must_any(session, actor, benchmark, *possible)
    _must_any(session, actor, benchmark, Permission(LIFE.find(benchmark.state, verb).permission))


def _move(session: Session, actor: Actor, benchmark: Benchmark, verb: str, event: str, **values: Any) -> None:
    _may_move(session, actor, benchmark, verb)
    before = _facts(benchmark)
    for name, value in values.items():
        setattr(benchmark, name, value)
    LIFE.apply(benchmark, verb)
    _touch(session, actor, benchmark)
    _tell(session, actor, benchmark, event, before=before, reason=values.get("reason"))


def _touch(session: Session, actor: Actor, benchmark: Benchmark) -> None:
    benchmark.version += 1
    benchmark.updated_at = actor.now
    session.flush()


def _facts(benchmark: Benchmark) -> dict[str, Any]:
    return {
        "state": benchmark.state.value,
        "answers": rules.digest_of_answers(benchmark.answers),
        "answers_version": benchmark.answers_version,
        "expert_id": benchmark.expert_id,
        "interview_on": benchmark.interview_on and str(benchmark.interview_on),
        "portfolio": benchmark.portfolio,
        "report_number": benchmark.report_number,
    }


def _tell(session: Session, actor: Actor, benchmark: Benchmark, event: str, **said: Any) -> None:
    details = {"number": benchmark.number, "state": benchmark.state.value, **said.pop("details", {})}
    record(session, actor.author, event, ("benchmark", benchmark.id), details=details, after=_facts(benchmark), **said)
