"""What one can ask about the interview of a bronze case."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, Assignment, Interview
from cluster_api.assessments.queries import criteria_of, owns, part_of
from cluster_api.assessments.states import FROM_REPORT_ON, OUT, AssignmentRole
from cluster_api.benchmarks.models import Benchmark
from cluster_api.benchmarks.queries import get_version
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.interviews.errors import BenchmarkNotReleased, InterviewNotFound
from cluster_api.interviews.schemas import InterviewRead, SealedBenchmark
from cluster_api.methodology.rules import unmet_criteria

AS_KEPT = (
    "id", "number", "report_number", "questionnaire", "questionnaire_version", "questionnaire_digest", "interview_on",
    "interview_mode", "answers_version", "released_on",
)  # fmt: skip
"""What a report keeps of a benchmark as it stands in its row."""


def find_interview(session: Session, case: Assessment) -> Interview | None:
    """Answer the interview of a case as it is now, if there is one."""
    return session.get(Interview, case.id, populate_existing=True)


def get_interview(session: Session, case: Assessment) -> Interview:
    """Answer the interview of a case; raise InterviewNotFound."""
    found = find_interview(session, case)
    if found is None:
        raise InterviewNotFound
    return found


def benchmark_of(session: Session, interview: Interview, *, for_change: bool = False) -> Benchmark:
    """Answer the benchmark on which a case rests, locked so that it is not taken back meanwhile if asked so."""
    return session.get_one(Benchmark, interview.benchmark_id, with_for_update=for_change, populate_existing=True)


def expert_of(session: Session, case: Assessment) -> Assignment:
    """Answer the part of who held the interview."""
    statement = sa.select(Assignment).where(
        Assignment.assessment_id == case.id,
        Assignment.role == AssignmentRole.BENCHMARKING,
        Assignment.state.not_in(OUT),
    )
    return session.scalars(statement).one()


def unmet_in(session: Session, case: Assessment, interview: Interview) -> list[str]:
    """Answer the criteria that the expert found neither met nor waived, by code; all while nothing is said."""
    criteria = criteria_of(session, case)
    if not interview.checklist:
        return [one.code for one in criteria.criteria]
    return [one.code for one in unmet_criteria(criteria, interview.checklist, case.waivers)]


def must_be_released(session: Session, case: Assessment) -> Benchmark:
    """Answer the benchmark of a case, locked, so that it stays released; raise BenchmarkNotReleased."""
    benchmark = benchmark_of(session, get_interview(session, case), for_change=True)
    if benchmark.state is not BenchmarkState.RELEASED:
        raise BenchmarkNotReleased(f"{benchmark.number} is {benchmark.state.value}.")
    return benchmark


def sealed_benchmark(session: Session, case: Assessment) -> SealedBenchmark:
    """Answer the benchmark of a case as its report keeps it; raise BenchmarkNotReleased."""
    benchmark = must_be_released(session, case)
    told = {name: getattr(benchmark, name) for name in AS_KEPT}
    digest = get_version(session, benchmark, benchmark.answers_version).digest
    return SealedBenchmark(**told, answers_digest=digest, expert_assignment_id=expert_of(session, case).id)


def read_interview(session: Session, actor: Actor, case: Assessment) -> InterviewRead:
    """Answer the interview of a case as it is shown to this caller; raise InterviewNotFound.

    The cluster sees what its expert found once the report is sealed, as it sees scores.
    """
    interview = get_interview(session, case)
    benchmark = benchmark_of(session, interview)
    is_inside = actor.can(Permission.ASSESSMENTS_READ_ALL) or part_of(session, actor, case) is not None
    is_told = case.state in FROM_REPORT_ON or is_inside or not owns(actor, case)
    is_shown = is_told and interview.found_on is not None
    return InterviewRead(
        assessment_id=case.id,
        benchmark_id=benchmark.id,
        benchmark_number=benchmark.number,
        benchmark_state=benchmark.state,
        held_on=case.dates[0],
        mode=benchmark.interview_mode,
        checklist=interview.checklist if is_shown else None,
        unmet=unmet_in(session, case, interview) if is_shown else None,
        recommends=interview.recommends if is_shown else None,
        reasons=interview.reasons if is_shown else None,
        found_on=interview.found_on if is_shown else None,
    )
