"""What one can do with benchmarks, from the opening to the report."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.benchmarks import actions, queries
from cluster_api.benchmarks.errors import (
    AnswersClosed,
    BenchmarkNotFound,
    BenchmarkNotPossible,
    BenchmarkOpen,
    ExpertNotImpartial,
    ExpertNotQualified,
    InterviewDayNotPossible,
    QuestionnaireNotReady,
    ReportNotFound,
)
from cluster_api.benchmarks.models import Benchmark, BenchmarkVersion
from cluster_api.benchmarks.schemas import (
    BenchmarkAssign,
    BenchmarkCorrection,
    BenchmarkCreate,
    BenchmarkQuery,
    ReportRead,
)
from cluster_api.benchmarks.states import LIFE, BenchmarkState
from cluster_api.clusters.models import Cluster
from cluster_api.comparisons.queries import find_figures
from cluster_api.foundation.identifiers import is_well_formed
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor
from cluster_api.identity.errors import PermissionMissing
from cluster_api.identity.models import Membership
from cluster_api.identity.states import Standing
from cluster_api.methodology.errors import SheetInvalid
from cluster_api.methodology.states import VisitMode
from cluster_api.pool.models import Engagement, Qualification
from cluster_api.pool.states import QualificationRole
from tests.benchmarks.given import ANSWERS, EDITION, TODAY, Cast, given_cast, given_expert, person_actor
from tests.callers import LONG_AGO
from tests.journal.given import lines
from tests.register import given_cluster


@pytest.fixture
def cast(session: Session) -> Cast:
    return given_cast(session)


def report(session: Session, actor: Actor, benchmark: Benchmark, number: int | None = None) -> ReportRead:
    return ReportRead.model_validate_json(queries.report_document(session, actor, benchmark, number))


def test_benchmark_is_bound_to_its_questionnaire(session: Session, cast: Cast) -> None:
    benchmark = cast.opened(session)
    bound = benchmark.questionnaire, benchmark.questionnaire_version, benchmark.questionnaire_digest
    assert bound == (EDITION.code, EDITION.version, EDITION.digest)
    assert is_well_formed(benchmark.number)
    assert (benchmark.portfolio, benchmark.country, benchmark.state) == ("ICT", "DE", BenchmarkState.OPEN)


def test_one_benchmark_at_a_time(session: Session, cast: Cast) -> None:
    cast.opened(session)
    with pytest.raises(BenchmarkOpen):
        cast.opened(session)


def test_cluster_without_portfolio_is_not_benchmarked(session: Session) -> None:
    cast = given_cast(session, portfolio=None)
    with pytest.raises(BenchmarkNotPossible) as refused:
        cast.opened(session)
    assert [fault.code for fault in refused.value.faults] == ["no_portfolio"]


def test_questionnaire_must_be_in_force(session: Session, cast: Cast) -> None:
    given = BenchmarkCreate(cluster_id=UUID(cast.cluster_id), questionnaire="NO-SUCH")
    with pytest.raises(BenchmarkNotPossible):
        actions.open_benchmark(session, cast.owner, given)


def test_nobody_opens_for_a_cluster_of_others(session: Session, cast: Cast) -> None:
    other = given_cluster(session, "beta")
    with pytest.raises(PermissionMissing):
        actions.open_benchmark(session, cast.owner, BenchmarkCreate(cluster_id=UUID(other)))


def test_draft_may_be_partial_but_not_wrong(session: Session, cast: Cast) -> None:
    benchmark = actions.open_benchmark(session, cast.owner, BenchmarkCreate(cluster_id=UUID(cast.cluster_id)))
    actions.update_answers(session, cast.owner, benchmark, {"participants": 5, "management_staff": {"fte": 1.5}})
    actions.update_answers(session, cast.owner, benchmark, {"management_staff": {"persons": 2}, "participants": None})
    assert benchmark.answers == {"management_staff": {"fte": 1.5, "persons": 2}}
    with pytest.raises(SheetInvalid) as refused:
        actions.update_answers(session, cast.owner, benchmark, {"participants": -1, "colour": "blue"})
    assert [fault.pointer for fault in refused.value.faults] == ["/body/answers/participants", "/body/answers/colour"]
    assert benchmark.version == 3


def test_invariant_24_draft_that_contradicts_itself_is_kept_until_it_is_submitted(session: Session, cast: Cast) -> None:
    """All that is wrong is told at once."""
    benchmark = cast.opened(
        session,
        participants=50,
        within_150_km=70,
        start_year=2022,
        management_staff={"fte": 6, "persons": 5},
        income={**ANSWERS["income"], "in_kind": 0.06},
        success_stories=None,
    )
    wanted = {
        "missing": "/benchmark/answers/success_stories",
        "committed_within_participants": "/benchmark/answers/participants",
        "income_sums_to_one": "/benchmark/answers/income/public_regional",
        "near_within_participants": "/benchmark/answers/participants",
        "fte_within_persons": "/benchmark/answers/management_staff/persons",
        "near_within_committed": "/benchmark/answers/within_150_km",
        "in_future": "/benchmark/answers/start_year",
    }
    with pytest.raises(QuestionnaireNotReady) as refused:
        actions.submit(session, cast.owner, benchmark)
    assert {fault.code: fault.pointer for fault in refused.value.faults} == wanted
    told = queries.check_of(session, benchmark, TODAY)
    assert ({one.code: one.pointer for one in told.faults}, told.is_ready) == (wanted, False)


def test_the_whole_way(session: Session, cast: Cast) -> None:
    benchmark = cast.released(session)
    assert benchmark.report_number == "DEU001202101C210001"
    assert re.fullmatch(r"[A-Z]{3}\d{3}\d{4}\d{2}[A-Z0-9]{3}\d{4}", benchmark.report_number)
    told = report(session, cast.owner, benchmark)
    assert (told.report_number, told.answers_version, told.is_released) == (benchmark.report_number, 1, True)
    assert told.remarks == "Found a working group on hydrogen."
    assert told.comparison.peers is None
    assert {one.portfolio.suppressed for one in told.comparison.indicators} == {"too_few"}
    events = [line.event for line in lines(session) if line.event.startswith("benchmark.")]
    assert events == [
        "benchmark.opened", "benchmark.answered", "benchmark.submitted", "benchmark.assigned",
        "benchmark.interview_started", "benchmark.frozen", "benchmark.report_prepared", "benchmark.released",
    ]  # fmt: skip


def test_invariants_17_and_18_expert_must_be_qualified_and_impartial(session: Session, cast: Cast) -> None:
    benchmark = cast.opened(session)
    stranger = given_expert(session, qualified=False)
    own = given_expert(session)
    owner_id = session.get_one(Cluster, cast.cluster_id).owner_id
    session.add(Membership(organisation_id=owner_id, person_id=own.id, standing=Standing.READER, created_at=LONG_AGO))
    session.flush()
    for person, refusal in ((stranger, ExpertNotQualified), (own, ExpertNotImpartial)):
        given = BenchmarkAssign(expert_id=UUID(person.id), interview_mode=VisitMode.VIDEO)
        with pytest.raises(refusal):
            actions.assign(session, cast.office, benchmark, given)


def test_conflict_that_keeps_an_expert_out_is_told(session: Session, cast: Cast) -> None:
    benchmark = cast.opened(session)
    a_year_on = BenchmarkAssign(
        expert_id=UUID(cast.expert_id), interview_mode=VisitMode.VIDEO, interview_on=date(2022, 3, 1)
    )
    with pytest.raises(ExpertNotImpartial) as refused:
        actions.assign(session, cast.office, benchmark, a_year_on)
    said = "undeclared: The assessor has not declared lately that all interests are on record."
    assert refused.value.detail == said


def test_expert_sees_only_what_is_assigned(session: Session, cast: Cast) -> None:
    benchmark, other = cast.submitted(session), given_cast(session, "beta")
    unassigned = other.opened(session)
    assert queries.get_benchmark(session, cast.expert, benchmark.id) is benchmark
    with pytest.raises(BenchmarkNotFound):
        queries.get_benchmark(session, cast.expert, unassigned.id)
    page = queries.benchmarks_page(session, cast.expert, BenchmarkQuery())
    assert [str(one.id) for one in page.items] == [benchmark.id]


def test_who_is_no_longer_the_expert_sees_nothing(session: Session, cast: Cast) -> None:
    benchmark = cast.submitted(session)
    given = BenchmarkAssign(expert_id=UUID(given_expert(session).id), interview_mode=VisitMode.ON_SITE)
    actions.assign(session, cast.office, benchmark, given)
    with pytest.raises(BenchmarkNotFound):
        queries.get_benchmark(session, cast.expert, benchmark.id)


def test_invariant_25_answers_are_the_clusters_then_the_experts_then_frozen(session: Session, cast: Cast) -> None:
    benchmark = cast.submitted(session)
    for actor in (cast.owner, cast.expert):
        with pytest.raises(AnswersClosed):
            actions.update_answers(session, actor, benchmark, {"participants": 90})
    actions.start_interview(session, cast.expert, benchmark)
    actions.update_answers(session, cast.expert, benchmark, {"participants": 90})
    with pytest.raises(PermissionMissing):
        actions.update_answers(session, cast.owner, benchmark, {"participants": 91})
    actions.freeze(session, cast.expert, benchmark, interview_on=TODAY)
    with pytest.raises(AnswersClosed):
        actions.update_answers(session, cast.expert, benchmark, {"participants": 92})
    assert queries.get_version(session, benchmark, 1).answers == {**ANSWERS, "participants": 90}


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Benchmark).values(answers={}),
        sa.update(Benchmark).values(portfolio="SPORTS"),
        sa.update(Benchmark).values(questionnaire_version=2),
        sa.update(BenchmarkVersion).values(reason="rewritten"),
        sa.delete(BenchmarkVersion),
        sa.delete(Benchmark),
    ],
)
def test_invariants_25_and_27_database_refuses_to_change_what_is_frozen(
    session: Session, cast: Cast, statement: sa.Update
) -> None:
    cast.frozen(session)
    with pytest.raises(sa.exc.IntegrityError, match="benchmark_frozen"):
        session.execute(statement, execution_options={"synchronize_session": False})


def test_invariant_25_correction_is_a_new_version_with_its_reason_and_a_new_report(
    session: Session, cast: Cast
) -> None:
    """Reports name the version."""
    benchmark = cast.released(session)
    given = BenchmarkCorrection(answers={"participants": 100}, reason="Misread.")
    actions.correct(session, cast.office, benchmark, given)
    old, new = report(session, cast.owner, benchmark, 1), report(session, cast.owner, benchmark)
    assert [(one.answers_version, one.correction) for one in (old, new)] == [(1, None), (2, "Misread.")]
    assert [one.comparison.indicators[0].own for one in (old, new)] == [80, 100]
    assert old.report_number == new.report_number
    assert (find_figures(session, benchmark.id) or [0])[0] == 1_000_000
    actions.correct(session, cast.office, benchmark, given)
    assert benchmark.answers_version == 2
    wrong = BenchmarkCorrection(answers={"participants": 1}, reason="Wrong.")
    with pytest.raises(QuestionnaireNotReady):
        actions.correct(session, cast.office, benchmark, wrong)


def test_invariant_27_portfolio_is_stored_with_the_benchmark(session: Session, cast: Cast) -> None:
    benchmark = cast.opened(session)
    session.execute(sa.update(Cluster).values(portfolio="CONSTRUCTION"))
    session.expire_all()
    actions.submit(session, cast.owner, benchmark)
    given = BenchmarkAssign(expert_id=UUID(cast.expert_id), interview_mode=VisitMode.VIDEO)
    actions.assign(session, cast.office, benchmark, given)
    actions.start_interview(session, cast.expert, benchmark)
    actions.freeze(session, cast.expert, benchmark, interview_on=TODAY)
    session.execute(sa.update(Cluster).values(portfolio="ICT"))
    session.expire_all()
    actions.prepare_report(session, cast.expert, benchmark, remarks=None)
    actions.release(session, cast.office, benchmark, contract="CIP")
    assert report(session, cast.owner, benchmark).comparison.portfolio == "CONSTRUCTION"
    assert benchmark.report_number == "DEU001202101CIP0001"


def test_invariant_26_void_benchmark_drops_out_of_the_figures_and_frees_the_cluster(
    session: Session, cast: Cast
) -> None:
    """A benchmark is not deleted, but void with a reason (11.3)."""
    benchmark = cast.released(session)
    actions.void(session, cast.office, benchmark, reason="False data.")
    assert find_figures(session, benchmark.id) is None
    with pytest.raises(ReportNotFound):
        report(session, cast.owner, benchmark)
    assert report(session, cast.office, benchmark).answers_version == 1
    with pytest.raises(MoveNotAllowed):
        actions.void(session, cast.office, benchmark, reason="Again.")
    cast.opened(session)


@pytest.mark.parametrize(
    ("day", "code"),
    [(TODAY + timedelta(days=1), "in_future"), (date(2021, 1, 14), "before_opening")],
)
def test_day_of_the_interview_must_be_possible(session: Session, cast: Cast, day: date, code: str) -> None:
    benchmark = cast.submitted(session)
    actions.start_interview(session, cast.expert, benchmark)
    with pytest.raises(InterviewDayNotPossible) as refused:
        actions.freeze(session, cast.expert, benchmark, interview_on=day)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_invariant_17_expert_whose_qualification_was_withdrawn_does_not_freeze(session: Session, cast: Cast) -> None:
    """The qualification covers the day."""
    benchmark = cast.submitted(session)
    actions.start_interview(session, cast.expert, benchmark)
    session.execute(sa.update(Qualification).values(withdrawn_on=TODAY))
    with pytest.raises(ExpertNotQualified):
        actions.freeze(session, cast.expert, benchmark, interview_on=TODAY)


def test_send_back_lets_the_cluster_change_again(session: Session, cast: Cast) -> None:
    benchmark = cast.submitted(session)
    with pytest.raises(PermissionMissing):
        actions.send_back(session, cast.expert, benchmark, reason="Not mine yet.")
    actions.send_back(session, cast.office, benchmark, reason="The budget.")
    actions.submit(session, cast.owner, benchmark)
    assert benchmark.reason is None
    actions.start_interview(session, cast.expert, benchmark)
    actions.send_back(session, cast.expert, benchmark, reason="Papers are missing.")
    actions.update_answers(session, cast.owner, benchmark, {"participants": 90})
    shown = queries.read_benchmark(session, cast.owner, benchmark)
    assert (shown.state, shown.reason) == (BenchmarkState.OPEN, "Papers are missing.")


def test_cluster_has_no_preview_and_the_expert_has(session: Session, cast: Cast) -> None:
    benchmark = cast.frozen(session)
    assert not report(session, cast.expert, benchmark).is_released
    assert report(session, cast.office, benchmark).report_number is None
    with pytest.raises(ReportNotFound):
        report(session, cast.owner, benchmark)
    actions.prepare_report(session, cast.expert, benchmark, remarks="Between us.")
    assert queries.read_benchmark(session, cast.owner, benchmark).remarks is None
    assert queries.read_benchmark(session, cast.expert, benchmark).remarks == "Between us."


def test_surprises_beside_the_last_benchmark_are_told_and_refuse_nothing(session: Session, cast: Cast) -> None:
    first = cast.released(session)
    second = cast.opened(session, participants=200, start_year=2008, yearly_budget=46_000_000)
    told = queries.check_of(session, second, TODAY)
    assert (told.is_ready, told.compared_with) == (True, first.number)
    assert {one.code: one.pointer for one in told.warnings} == {
        "participants": "/benchmark/answers/participants",
        "age": "/benchmark/answers/start_year",
    }


def test_allowed_moves_are_what_the_verbs_allow(session: Session, cast: Cast) -> None:
    benchmark = cast.submitted(session)
    said = {
        name: queries.allowed_moves(session, actor, benchmark)
        for name, actor in (("owner", cast.owner), ("office", cast.office), ("expert", cast.expert))
    }
    assert said == {"owner": [], "office": ["send_back", "void", "assign"], "expert": ["start_interview"]}


def test_every_state_but_void_can_be_left() -> None:
    assert [state for state in BenchmarkState if not LIFE.moves_from(state)] == [BenchmarkState.VOID]


def test_person_of_the_office_is_not_the_expert(session: Session, cast: Cast) -> None:
    benchmark = cast.submitted(session)
    with pytest.raises(PermissionMissing):
        actions.start_interview(session, cast.office, benchmark)
    other = person_actor(given_expert(session))
    with pytest.raises(PermissionMissing):
        actions.start_interview(session, other, benchmark)


def test_invariant_26_report_shows_the_peers_and_not_the_own_figure(session: Session, cast: Cast) -> None:
    """Own excluded; five peers are enough; pages can be made of it."""
    for number in range(5):
        other = given_cast(session, f"peer {number}")
        other.released(session, participants=100 + number)
    first = cast.released(session)
    actions.void(session, cast.office, first, reason="Again.")
    benchmark = cast.released(session)
    told = report(session, cast.owner, benchmark).comparison
    row = told.indicators[0]
    assert (told.peers, told.peers_in_portfolio, row.own) == (5, 5, 80)
    assert (row.portfolio.lower_quartile, row.portfolio.median, row.portfolio.upper_quartile) == (101, 102, 103)
    assert (row.portfolio.percentile, row.everyone) == (0, row.portfolio)
    assert "left_share" in [one.indicator for one in (*told.strengths, *told.recommendations)]
    assert queries.report_pdf(session, cast.owner, benchmark, None).startswith(b"%PDF-")


def test_pool_counts_the_interview_with_its_fee_once_it_is_released(session: Session) -> None:
    cast = given_cast(session)
    benchmark = cast.frozen(session)
    actions.prepare_report(session, cast.expert, benchmark, remarks=None)
    assert session.scalars(sa.select(Engagement)).all() == []
    actions.release(session, cast.office, benchmark)
    (one,) = session.scalars(sa.select(Engagement)).all()
    assert (one.case_id, one.cluster_id, one.role) == (benchmark.id, cast.cluster_id, QualificationRole.BENCHMARKING)
    assert (one.began_on, one.ended_on, int(one.days), one.fee_cents) == (TODAY, TODAY, 1, 60_000)
    actions.void(session, cast.office, benchmark, reason="The figures were wrong.")
    assert session.scalars(sa.select(Engagement.fee_cents)).all() == [60_000]
