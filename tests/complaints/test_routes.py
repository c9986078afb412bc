"""Complaints over HTTP, from the stranger who files one to the answer by somebody outside the case."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.clusters.models import Cluster
from cluster_api.complaints.models import Complaint
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Person
from cluster_api.identity.states import Role, Standing
from cluster_api.journal.models import JournalNote
from cluster_api.journal.schemas import Author
from cluster_api.retention.actions import apply_retention
from tests.callers import given_key, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.people.given import given_person, tagged
from tests.register import given_cluster, given_label

Headers = dict[str, str]
PATH = "/v1/complaints"
SEEING, HANDLING = {Role.SECRETARIAT, Role.AUDITOR}, {Role.SECRETARIAT}
CONTACT, TEXT = "zora@example.org", "Nobody answered zora."
ABOUT_PROCESS = {"matter": "process", "text": TEXT, "contact": CONTACT}
WHY = {"reason": "Because."}


def key_of(database: Database, role: Role, standing: Standing = Standing.OWNER) -> Headers:
    with database.transaction() as session:
        return given_key(session, role, standing=standing)


@pytest.fixture
def secretariat(database: Database) -> Headers:
    """Give the headers of a machine client of the secretariat."""
    return key_of(database, Role.SECRETARIAT)


def person(database: Database, issuer: TestIssuer, name: str, *roles: Role) -> Person:
    with database.transaction() as session:
        return given_person(session, issuer.name, name, roles=roles)


def filed(client: TestClient, **about: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={**ABOUT_PROCESS, **about})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def move(client: TestClient, number: str, verb: str, headers: Headers, body: Any = None) -> Any:
    path = f"{PATH}/{number}"
    return client.post(f"{path}/{verb}", json=body, headers=tagged(client, path, headers))


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def test_stranger_files_and_looks_up_again(client: TestClient, database: Database) -> None:
    made = filed(client)
    assert (made["state"], made["acknowledge_by"], made["answer_by"]) == ("received", "2021-01-22", "2021-02-14")
    assert (made["contact"], made["handler_id"], made["allowed_moves"]) == (None, None, [])
    asked = {"number": made["number"].lower().replace("-", " "), "code": made.pop("code")}
    assert client.post(f"{PATH}/look-up", json=asked).json() == made
    assert client.get(f"{PATH}/{made['number']}").status_code == 401
    with database.session() as session:
        assert asked["code"] not in repr(session.execute(sa.select(Complaint.__table__)).all())
        told = repr(session.execute(sa.select(JournalNote.__table__)).all())
    assert (CONTACT in told, TEXT in told) == (False, False)


def test_number_and_code_must_belong_together(client: TestClient) -> None:
    one, other = filed(client), filed(client)
    for number, code in (
        (one["number"], other["code"]), (other["number"], one["code"]), (one["number"], one["code"][:-1] + "!"),
        (one["number"], "ccp_000000000000_00000000000000000000000000000000000000"),
    ):  # fmt: skip
        answer = client.post(f"{PATH}/look-up", json={"number": number, "code": code})
        assert kind(answer) == (404, "complaint-not-found")


def test_complaint_names_what_it_is_about(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        cluster = given_cluster(session, "alpha")
        draft = given_cluster(session, "draft", profile_state="draft")
        number = given_label(session, cluster, "gold", (date(2020, 1, 1), date(2021, 12, 31)))
    assert filed(client, matter="label", label_number=number)["label_number"] == number
    assert filed(client, matter="cluster", cluster_id=cluster)["cluster_id"] == cluster
    for about in (
        {"matter": "label"}, {"matter": "process", "cluster_id": cluster}, {"matter": "label", "cluster_id": cluster},
    ):  # fmt: skip
        assert kind(client.post(PATH, json={**ABOUT_PROCESS, **about})) == (422, "invalid")
    for about in (
        {"matter": "label", "label_number": "LB-2020-999999-00"}, {"matter": "cluster", "cluster_id": draft},
    ):  # fmt: skip
        assert kind(client.post(PATH, json={**ABOUT_PROCESS, **about})) == (422, "complaint-subject-unknown")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_handles_complaints(client: TestClient, database: Database, role: Role) -> None:
    number, headers = filed(client)["number"], key_of(database, role)
    seen = client.get(f"{PATH}/{number}", headers=headers)
    assert (seen.status_code, client.get(PATH, headers=headers).status_code) == (
        (200, 200) if role in SEEING else (403, 403)
    )
    if role in SEEING:
        assert seen.json()["contact"] == (CONTACT if role in HANDLING else None)
    answer = client.post(f"{PATH}/{number}/acknowledge", headers={**headers, "If-Match": "*"})
    assert answer.status_code == (200 if role in HANDLING else 403)


def test_complaint_goes_its_way_to_the_answer(
    client: TestClient, database: Database, issuer: TestIssuer, secretariat: Headers, clock: FixedClock
) -> None:
    number = filed(client)["number"]
    handler = person(database, issuer, "hanna")
    assert kind(move(client, number, "assign", secretariat, {"person_id": handler.id, **WHY}))[0] == 409
    assert move(client, number, "acknowledge", secretariat).json()["acknowledged_on"] == "2021-01-15"
    assigned = move(client, number, "assign", secretariat, {"person_id": handler.id, **WHY}).json()
    assert (assigned["state"], assigned["handler_id"]) == ("in_review", handler.id)
    clock.instant = datetime(2021, 2, 15, 9, tzinfo=UTC)
    own = issuer.headers(clock.instant, "hanna")
    shown = client.get(f"{PATH}/{number}", headers=own).json()
    assert (shown["late"], shown["allowed_moves"], shown["contact"]) == (["answer"], ["answer"], None)
    given = {"outcome": "partly", "answer": "You are right in part."}
    answered = move(client, number, "answer", own, given).json()
    assert (answered["state"], answered["outcome"], answered["late"]) == ("answered", "partly", ["answer"])
    assert kind(move(client, number, "close", own, WHY)) == (403, "permission-missing")
    closed = move(client, number, "close", secretariat, WHY).json()
    assert (closed["state"], closed["allowed_moves"]) == ("closed", ["erase"])
    late = client.get(f"{PATH}?late=true", headers=secretariat).json()["items"]
    assert [one["number"] for one in late] == [number]
    assert client.get(f"{PATH}?late=false", headers=secretariat).json()["items"] == []


def test_nobody_in_the_case_answers(
    client: TestClient, database: Database, issuer: TestIssuer, secretariat: Headers
) -> None:
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER)
        cluster = given_cluster(session, "alpha")
        session.execute(sa.update(Cluster).values(owner_id=own.id))
        number = given_label(session, cluster, "gold", (date(2020, 1, 1), date(2021, 12, 31)))
        member = given_person(session, issuer.name, "mia", (own, Standing.READER))
        given_person(session, issuer.name, "fila")
        secretary = given_person(session, issuer.name, "sam", roles=(Role.SECRETARIAT,))
    hand = {"ground": "false_data", "reason": "Not true.", "effective_on": "2020-10-01", "noticed_on": "2020-11-30"}
    by_sam = issuer.headers(NOW, "sam")
    path = f"/v1/labels/{number}"
    done = client.post(f"{path}/suspend", json=hand, headers={**by_sam, "If-Match": "*"})
    assert done.status_code == 200, done.text
    by_fila = issuer.headers(NOW, "fila")
    filer = client.get("/v1/me", headers=by_fila).json()["person_id"]
    about = {"matter": "label", "label_number": number, "text": TEXT}
    complaint = client.post(PATH, json=about, headers=by_fila).json()["number"]
    move(client, complaint, "acknowledge", secretariat)
    for one in (member.id, secretary.id, filer):
        answer = move(client, complaint, "assign", secretariat, {"person_id": one, **WHY})
        assert kind(answer) == (409, "handler-in-case")
    unknown = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
    answer = move(client, complaint, "assign", secretariat, {"person_id": unknown, **WHY})
    assert kind(answer) == (409, "handler-unknown")
    shown = client.get(f"{PATH}/{complaint}", headers=by_fila).json()
    assert (shown["number"], shown["handler_id"], shown["allowed_moves"]) == (complaint, None, [])


def test_only_the_handler_answers_and_the_accused_does_not_see(
    client: TestClient, database: Database, issuer: TestIssuer, secretariat: Headers
) -> None:
    accused = person(database, issuer, "ada", Role.SECRETARIAT)
    other = person(database, issuer, "otto", Role.SECRETARIAT)
    handler = person(database, issuer, "hanna")
    number = filed(client, matter="assessor", assessor_id=accused.id, happened_on="2021-01-10")["number"]
    move(client, number, "acknowledge", secretariat)
    assert kind(move(client, number, "assign", secretariat, {"person_id": accused.id, **WHY}))[1] == "handler-in-case"
    move(client, number, "assign", secretariat, {"person_id": handler.id, **WHY})
    given = {"outcome": "founded", "answer": "Yes."}
    assert kind(move(client, number, "answer", issuer.headers(NOW, "otto"), given)) == (409, "not-the-handler")
    by_ada = issuer.headers(NOW, "ada")
    assert kind(client.get(f"{PATH}/{number}", headers=by_ada)) == (404, "complaint-not-found")
    assert client.get(PATH, headers=by_ada).json()["items"] == []
    assert client.get(PATH, headers=issuer.headers(NOW, "otto")).json()["items"][0]["number"] == number
    assert other.id != handler.id


def test_counts_are_public_and_leave_out_a_few(client: TestClient) -> None:
    for _ in range(5):
        filed(client)
    assert client.get(f"{PATH}/counts").json() == {
        "fewest": 5,
        "counts": [
            {"year": 2021, "matter": matter, "count": 5 if matter == "process" else None}
            for matter in ("label", "cluster", "assessor", "process")
        ],
    }
    about = {"matter": "assessor", "assessor_id": "01767a3e-2f00-7c3a-8d5e-0123456789ab"}
    filed(client, **about, happened_on="2021-01-10")
    shown = client.get(f"{PATH}/counts").json()["counts"]
    assert [one["count"] for one in shown] == [None, None, None, 5]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2021-01-15", (201, "")),
        ("2020-11-16", (201, "")),
        ("2020-11-15", (409, "complaint-too-late")),
        ("2021-01-16", (409, "not-happened-yet")),
        (None, (422, "invalid")),
    ],
    ids=["today", "sixty days ago", "earlier", "tomorrow", "not named"],
)
def test_about_an_assessor_one_complains_within_sixty_days(
    client: TestClient, day: str | None, expected: tuple[int, str]
) -> None:
    about = {"matter": "assessor", "assessor_id": "01767a3e-2f00-7c3a-8d5e-0123456789ab", "happened_on": day}
    answer = client.post(PATH, json={**ABOUT_PROCESS, **about})
    assert kind(answer) == expected
    if answer.status_code == 201:
        assert answer.json()["happened_on"] == day


def test_about_the_process_one_complains_at_any_time(client: TestClient) -> None:
    assert filed(client, happened_on="2015-01-15")["happened_on"] == "2015-01-15"


def closed(client: TestClient, database: Database, secretariat: Headers, handler: str) -> str:
    number = str(filed(client)["number"])
    move(client, number, "acknowledge", secretariat)
    move(client, number, "assign", secretariat, {"person_id": handler, **WHY})
    move(client, number, "answer", secretariat, {"outcome": "unfounded", "answer": "No."})
    assert move(client, number, "close", secretariat, WHY).status_code == 200
    return number


def test_contact_and_text_are_erased_by_verb_and_by_retention(
    client: TestClient, database: Database, issuer: TestIssuer, secretariat: Headers
) -> None:
    handler = person(database, issuer, "hanna").id
    open_one = str(filed(client)["number"])
    assert kind(move(client, open_one, "erase", secretariat, WHY)) == (409, "move-not-allowed")
    number = closed(client, database, secretariat, handler)
    erased = move(client, number, "erase", secretariat, WHY).json()
    assert (erased["contact"], erased["text"], erased["answer"]) == (None, None, "No.")
    assert kind(move(client, number, "erase", secretariat, WHY)) == (409, "nothing-to-erase")
    kept = closed(client, database, secretariat, handler)
    for days, left in ((179, (CONTACT, TEXT)), (181, (None, TEXT)), (1096, (None, None))):
        with database.transaction() as session:
            apply_retention(session, Author("tick", NOW + timedelta(days=days), "1" * 32))
        with database.session() as session:
            row = session.scalars(sa.select(Complaint).where(Complaint.number == kept)).one()
            assert (row.contact, row.text) == left
    with database.session() as session:
        assert session.scalar(sa.select(Complaint.contact).where(Complaint.number == open_one)) == CONTACT
