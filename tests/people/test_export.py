"""The export of a person holds what every area recorded, and nothing of other people; a new table joins by itself."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.assessments.states import CaseState
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.calls.models import CallApplication, CallEvaluation, ProgrammeCall
from cluster_api.calls.states import CallState
from cluster_api.complaints.models import Complaint
from cluster_api.conflicts.models import ConflictPin, InterestDeclaration
from cluster_api.decisions.models import DecisionVote
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from cluster_api.identity.models import Person
from cluster_api.labels.models import Label
from cluster_api.notices.models import Notice, NoticeDelivery
from cluster_api.notices.states import DeliveryState
from cluster_api.people.queries import TOLD_APART, personal_columns, traces
from cluster_api.people.schemas import LINES_EXPORTED
from cluster_api.pool.models import Assessor, CodeAcceptance
from cluster_api.pool.states import QualificationRole
from cluster_api.trainings.models import Attendance
from cluster_api.trainings.states import AttendanceResult
from tests.assessors.given import given_engagement, given_training
from tests.callers import given_organisation
from tests.calls.given import given_application, given_call
from tests.conftest import NOW
from tests.decisions.given import given_board, given_reported, opened, voted
from tests.house.given import given_assessor, given_benchmark, given_case, given_complaint
from tests.register import given_cluster, given_label

NAMES_NOBODY = {
    "journal_entry.person_id": "told as the lines that the person wrote",
    "complaint.assessor_id": "who is complained about does not see the complaint, for the sake of who filed it",
}
"""Columns that name people without a reference, and why the export does not follow them."""
HINTS = ("person_id", "assessor_id", "expert_id", "handler_id", "chair_id", "auditor_id", "trainee_id", "author_id")


def test_every_table_that_leads_to_a_person_is_exported() -> None:
    traced = {trace.table.name: {*trace.subject, *trace.part} for trace in traces()}
    owners = {"person", "assessor", "assignment", "account", "assessor_employment", "assessor_interest"}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            leads = any(key.column.table.name in owners for key in column.foreign_keys)
            direct = any(key.column.table.name == "person" for key in column.foreign_keys)
            is_traced = column in traced.get(table.name, ())
            # A row that names its person needs no other way to the person.
            assert is_traced or not (direct or (leads and table.name not in traced)), column
    assert {table.name for table, _ in personal_columns()} - {"person"} <= traced.keys()


def test_every_column_that_looks_like_a_person_is_a_reference() -> None:
    free = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(HINTS) and not column.foreign_keys
    }
    assert free == NAMES_NOBODY.keys()


def test_a_new_table_is_traced_by_its_references() -> None:
    metadata = sa.MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    key, person = sa.ForeignKey("assessor.id"), sa.ForeignKey("person.id")
    sa.Table("medal", metadata, sa.Column("id", sa.String, primary_key=True), sa.Column("assessor_id", key))
    sa.Table("speech", metadata, sa.Column("id", sa.String, primary_key=True), sa.Column("speaker_id", person))
    found = {trace.table.name: trace for trace in traces(metadata)}
    assert [column.name for column in found["medal"].subject] == ["assessor_id"]
    assert [column.name for column in found["speech"].part] == ["speaker_id"]


def given_everything(session: Session) -> tuple[str, str]:
    """Record a row about one person in every table that has such rows, and answer the person and another one."""
    person, other, *board = given_board(session)
    cluster_id = given_cluster(session, "Wave Cluster")
    given_assessor(session, person, cluster_id)
    assessor = session.scalars(sa.select(Assessor).where(Assessor.person_id == person)).one()
    dated = {"recorded_at": NOW, "author": f"person:{other}"}
    given_engagement(session, assessor, cluster_id, QualificationRole.GOLD)
    training = given_training(session)
    session.add_all(
        [
            CodeAcceptance(assessor_id=assessor.id, code_version="1", accepted_on=NOW.date(), **dated),
            InterestDeclaration(id=str(uuid7()), assessor_id=assessor.id, declared_on=NOW.date(), **dated),
            Attendance(
                training_id=training.id, assessor_id=assessor.id, result=AttendanceResult.PASSED, recorded_at=NOW
            ),
        ]
    )
    session.execute(sa.update(ConflictPin).values(author=f"person:{other}"))
    given_case(session, cluster_id, person, 900_001, CaseState.ASSESSED)
    given_case(session, given_cluster(session, "Tide"), other, 900_002, CaseState.ASSESSED)
    given_benchmark(session, cluster_id, person, 900_001, BenchmarkState.OPEN)
    for serial, roles in enumerate(({"person_id": person, "handler_id": other}, {"handler_id": person}), 900_001):
        number = given_complaint(session, serial)["complaints/number"]
        session.execute(sa.update(Complaint).where(Complaint.number == number).values(**roles))
    decision = opened(session, given_reported(session), person)
    voted(session, decision, {person: "grant", other: "refuse"} | dict.fromkeys(board, "abstain"))
    session.execute(sa.update(DecisionVote).values(reason="My own view."))
    given_delivery(session, cluster_id, person)
    for author in (person, other):
        given_evaluation(session, cluster_id, author)
    session.flush()
    return person, other


def given_evaluation(session: Session, cluster_id: str, person_id: str) -> None:
    """Record what a person thinks of an application to the closed call."""
    owner = given_organisation(session).id
    call = session.scalar(sa.select(ProgrammeCall)) or given_call(session, CallState.CLOSED)
    serial = 900_000 + len(session.scalars(sa.select(CallApplication.id)).all())
    number = given_application(session, call, owner, (cluster_id,), serial)
    key = session.scalars(sa.select(CallApplication.id).where(CallApplication.number == number)).one()
    session.add(CallEvaluation(application_id=key, person_id=person_id, points=80, reasons="Clear.", evaluated_at=NOW))


def given_delivery(session: Session, cluster_id: str, person_id: str) -> None:
    """Record a notice about a label of a cluster that waits to be sent to a person."""
    given_label(session, cluster_id, "bronze", (date(2019, 1, 1), date(2020, 12, 31)))
    label_id = session.scalars(sa.select(Label.id).where(Label.cluster_id == cluster_id)).one()
    dated = {"due_on": NOW.date(), "ends_on": NOW.date(), "made_at": NOW}
    notice = Notice(id=str(uuid7()), label_id=label_id, kind="ends", text="ends", **dated)
    session.add(notice)
    session.flush()
    waits = {"state": DeliveryState.QUEUED, "attempts": 0, "next_at": NOW, "created_at": NOW}
    session.add(NoticeDelivery(id=str(uuid7()), notice_id=notice.id, person_id=person_id, **waits))


def test_export_tells_of_every_table(client: TestClient, database: Database, admin: dict[str, str]) -> None:
    with database.transaction() as session:
        person, other = given_everything(session)
    answer = client.get(f"/v1/people/{person}/export", headers=admin)
    assert answer.status_code == 200
    found = {one["table"]: one for one in answer.json()["records"]}
    assert found.keys() == {trace.table.name for trace in traces()} - TOLD_APART
    assert {name: one["count"] for name, one in found.items() if one["count"] != 1} == {"complaint": 2}
    assert all(len(one["rows"]) == one["count"] for one in found.values())
    # Nothing says who else had a part.
    assert other not in answer.text
    assert "digest" not in found["complaint"]["rows"][0]
    filed, handled = sorted(found["complaint"]["rows"], key=lambda row: "text" not in row)
    assert (filed["text"], filed["contact"], filed["person_id"]) == ("Slow.", "somebody@example.org", person)
    assert (handled["handler_id"], handled["state"], "contact" in handled) == (person, "received", False)
    told = {name: one["rows"][0] for name, one in found.items()}
    assert told["decision_vote"]["reason"] == "My own view."
    assert told["assessor_qualification"]["role"] == QualificationRole.GOLD.value
    assert told["score_sheet"]["kind"] == "scores"
    assert (told["decision"]["chair_id"], "inputs" in told["decision"]) == (person, False)
    assert (told["benchmark"]["expert_id"], "answers" in told["benchmark"]) == (person, False)


def test_export_tells_of_nobody_else(client: TestClient, database: Database, admin: dict[str, str]) -> None:
    with database.transaction() as session:
        given_everything(session)
        nobody = Person(id=str(uuid7()), roles=[], version=1, created_at=NOW, updated_at=NOW)
        session.add(nobody)
    assert client.get(f"/v1/people/{nobody.id}/export", headers=admin).json()["records"] == []


def test_long_tables_are_counted(client: TestClient, database: Database, admin: dict[str, str]) -> None:
    with database.transaction() as session:
        person, _ = given_everything(session)
        (assessor_id,) = session.scalars(sa.select(Assessor.id).where(Assessor.person_id == person))
        about = {"assessor_id": assessor_id, "accepted_on": NOW.date(), "recorded_at": NOW, "author": "x"}
        rows = [{"code_version": f"z{number:04d}", **about} for number in range(LINES_EXPORTED)]
        session.execute(sa.insert(CodeAcceptance), rows)
    found: dict[str, Any] = client.get(f"/v1/people/{person}/export", headers=admin).json()
    (accepted,) = (one for one in found["records"] if one["table"] == "code_acceptance")
    assert (accepted["count"], len(accepted["rows"])) == (LINES_EXPORTED + 1, LINES_EXPORTED)
    # The last of them, by their key: the one that was there first is left out.
    assert {row["code_version"] for row in accepted["rows"]} == {row["code_version"] for row in rows}
