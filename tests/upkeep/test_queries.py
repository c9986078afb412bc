"""Every decision on record computed again: what was tampered with is named, the first one first, on both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.models import Assessment, AssessmentReport, Evidence
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import replay
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.database import Database
from cluster_api.methodology.models import Methodology
from cluster_api.upkeep import queries
from cluster_api.upkeep.actions import decision_faults
from cluster_api.upkeep.queries import faulty_decisions
from tests.conftest import unguarded
from tests.decisions.given import DAY, as_secretariat, decided, given_board, given_reported, opened


@dataclass
class Record:
    """Decisions on record: granted, refused, still open; gold and silver."""

    database: Database
    ids: list[str]
    numbers: list[str]

    def spoil(self, change: Callable[[Session, Decision], None], at: int = 1) -> None:
        """Change something behind the back of the triggers."""
        with self.database.transaction() as session, unguarded(session):
            change(session, session.get_one(Decision, self.ids[at]))
            session.flush()

    def pointers(self) -> dict[str, list[str]]:
        """Answer by decision the places that differ."""
        found = faulty_decisions(self.database, id)
        return {one.number: [difference.pointer for difference in one.differences] for one in found}


@pytest.fixture
def record(database: Database) -> Record:
    """Give four decisions, one of which is open."""
    with database.transaction() as session:
        board, made = given_board(session, 3), []
        for number, (level, points) in enumerate((("gold", 150), ("gold", 119), ("silver", 130))):
            day = DAY - timedelta(days=100 - number)
            case = given_reported(session, level=level, points=points, visited_on=date(2020, 12, 1))
            made.append(decided(session, case, board, "refuse", day))
        made.append(opened(session, given_reported(session), board[0], DAY))
        return Record(database, [one.id for one in made], [one.number for one in made])


def test_untouched_record_comes_out_as_it_is(record: Record) -> None:
    told: list[int] = []
    assert list(faulty_decisions(record.database, told.append)) == []
    assert told == [4]


def _set(name: str, value: Any) -> Callable[[Session, Decision], None]:
    return lambda _session, one: setattr(one, name, value)


def _in_result(_: Session, one: Decision) -> None:
    trace = [dict(step) for step in one.result["score"]["trace"]]
    trace[3]["source"] = "Somebody else."
    one.result = {**one.result, "score": {**one.result["score"], "trace": trace}}


def _raised_points(_: Session, one: Decision) -> None:
    """Raise a point wherever a careful forger would: in inputs, result and both digests."""
    sheet = {**one.inputs["sheet"], "innovation_system": 5}
    one.inputs = {**one.inputs, "sheet": sheet}
    one.inputs_digest = digest(one.inputs)


def _emptied(_: Session, one: Decision) -> None:
    one.inputs = {**one.inputs, "sheet": {}}
    one.inputs_digest = digest(one.inputs)


def _of_report(session: Session, one: Decision) -> None:
    report = session.get_one(AssessmentReport, one.assessment_id)
    report.document = {**report.document, "number": "AS-2000-000001"}


def _no_report(session: Session, one: Decision) -> None:
    session.execute(sa.delete(AssessmentReport).where(AssessmentReport.assessment_id == one.assessment_id))


def _of_file(session: Session, one: Decision) -> None:
    session.execute(sa.update(Evidence).where(Evidence.assessment_id == one.assessment_id).values(sha256="cd" * 32))


def _other_set(session: Session, one: Decision) -> None:
    case = session.get_one(Assessment, one.assessment_id)
    case.binding = {**case.binding, "indicator_set": {"code": "ECEI-2013", "version": 9, "digest": "0" * 64}}


def _other_price(session: Session, one: Decision) -> None:
    case = session.get_one(Assessment, one.assessment_id)
    case.binding = {**case.binding, "prices": {**case.binding["prices"], "version": 9}}


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        (_set("passes", True), ["/passes"]),
        (_set("result_digest", "0" * 64), ["/result_digest"]),
        (_set("inputs_digest", "0" * 64), ["/inputs_digest"]),
        (_set("report_digest", "0" * 64), ["/report"]),
        (_in_result, ["/result/score/trace/3/source"]),
        (_emptied, ["/inputs"]),
        (_of_report, ["/report"]),
        (_no_report, ["/report"]),
        (_other_set, ["/binding"]),
        (_other_price, ["/binding/prices/version"]),
    ],
)  # fmt: skip
def test_each_change_is_named_with_its_place_and_no_other_decision_is(
    record: Record, change: Callable[[Session, Decision], None], pointers: list[str]
) -> None:
    record.spoil(change)
    assert record.pointers() == {record.numbers[1]: pointers}


def test_changed_file_is_named_by_its_identifier(record: Record) -> None:
    with record.database.session() as session:
        file = session.get_one(Decision, record.ids[1]).inputs["evidence"][0]["id"]
    record.spoil(_of_file)
    assert record.pointers() == {record.numbers[1]: [f"/evidence/{file}"]}


def test_careful_forger_who_mends_the_digest_of_inputs_is_found_by_what_follows_from_them(record: Record) -> None:
    record.spoil(_raised_points)
    found = record.pointers()[record.numbers[1]]
    assert {"/result/score/points", "/result/score/passed", "/result/refusals", "/result_digest"} <= set(found)
    assert "/inputs_digest" not in found


def test_methodology_that_is_not_what_was_sealed_makes_every_decision_bound_to_it_faulty(
    record: Record, client: Any, admin: dict[str, str]
) -> None:
    # What is shipped gets a row when its state is changed; the forger changes its document there.
    headers = {**admin, "If-Match": "*"}
    body = {"reason": "Superseded.", "retired_on": "2026-01-01"}
    assert client.post("/v1/methodologies/ECEI-2013/retire", json=body, headers=headers).status_code == 200
    assert record.pointers() == {}
    with record.database.transaction() as session, unguarded(session):
        row = session.scalars(sa.select(Methodology)).one()
        row.document = {**row.document, "pass_percent": 50}
        session.flush()
    assert record.pointers() == {number: ["/binding"] for number in record.numbers}


def test_faults_are_told_in_the_order_in_which_decisions_were_made_and_at_most_so_many(record: Record) -> None:
    for at in (3, 1, 0):
        record.spoil(_set("result_digest", "0" * 64), at)
    told = decision_faults(record.database, id, most=2)
    assert [one.split(":")[0] for one in told] == [record.numbers[0], record.numbers[1]]
    assert told[0].startswith(f"{record.numbers[0]}: /result_digest: on record {'0' * 64}, computed ")


def test_pages_leave_nothing_out(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    record.spoil(_set("result_digest", "0" * 64), 3)
    for size in (1, 2, 3, 4):
        monkeypatch.setattr(queries, "PAGE", size)
        told: list[int] = []
        assert [one.number for one in faulty_decisions(record.database, told.append)] == [record.numbers[3]]
        assert told[-1] == 4


def test_one_decision_and_all_of_them_are_replayed_alike(record: Record) -> None:
    record.spoil(_raised_points)
    record.spoil(_of_report, 0)
    in_bulk = record.pointers()
    with record.database.session() as session:
        for key, number in zip(record.ids, record.numbers, strict=True):
            found = replay(session, as_secretariat(DAY), session.get_one(Decision, key))
            assert [one.pointer for one in found.differences] == in_bulk.get(number, [])
            assert found.is_identical is (number not in in_bulk)


def test_inputs_of_which_nothing_can_be_computed_do_not_stop_the_replay_of_one(record: Record) -> None:
    record.spoil(_emptied)
    with record.database.session() as session:
        found = replay(session, as_secretariat(DAY), session.get_one(Decision, record.ids[1]))
    assert (found.is_identical, [one.pointer for one in found.differences]) == (False, ["/inputs"])
