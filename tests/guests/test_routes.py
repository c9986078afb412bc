"""Trainees and observers at interviews over HTTP: who comes, who sees what, what counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import sqlalchemy as sa

from cluster_api.conflicts.states import InterestKind
from cluster_api.identity.models import Membership, Person
from cluster_api.identity.states import Role, Standing
from cluster_api.pool.models import Assessor, Qualification
from cluster_api.pool.states import QualificationRole
from tests.assessors.given import given_interest
from tests.conftest import NOW
from tests.guests.given import Interview
from tests.interviews.given import FOUND, WORDS


def reasons(answer: Any) -> list[str]:
    assert answer.status_code == 409, answer.text
    return list(answer.json()["reasons"])


def assessor_of(world: Interview, who: str) -> str:
    with world.bronze.database.session() as session:
        mine = sa.select(Assessor.id).where(Assessor.person_id == world.bronze.people[who])
        return session.scalars(mine).one()


def grant(world: Interview, who: str) -> Any:
    path = f"/v1/assessors/{assessor_of(world, who)}"
    return world.bronze.send("secretariat", f"{path}/qualifications", {"role": "benchmarking"}, of=path)


def test_trainee_is_qualified_by_a_training_and_an_interview_that_an_expert_led(world: Interview) -> None:
    guest = world.opened().agreed()
    assert "observed_interview: 0 of 1" in grant(world, "tina").json()["detail"]
    world.hold()
    assert world.move("eva", guest, "confirm").json()["state"] == "attended"
    assert grant(world, "tina").status_code == 409  # the expert's part is counted with the release
    world.bronze.release()
    assert grant(world, "tina").status_code == 201
    found = world.engagements()
    day, benchmark = date.fromisoformat(world.bronze.today), world.bronze.benchmark.rsplit("/", 1)[1]
    assert {name: (one.role, one.case_id) for name, one in found.items()} == {
        "eva": (QualificationRole.BENCHMARKING, benchmark),
        "tina": (QualificationRole.TRAINEE, benchmark),
    }
    assert (found["tina"].began_on, found["tina"].ended_on, found["tina"].fee_cents) == (day, day, 0)


def test_interview_counts_for_nobody_who_was_not_confirmed(world: Interview) -> None:
    world.opened().agreed()
    world.hold()
    world.bronze.release()
    assert "observed_interview: 0 of 1" in grant(world, "tina").json()["detail"]


def test_trainee_is_trained_on_the_questionnaire_and_an_observer_need_not_be(world: Interview) -> None:
    world.opened()
    assert reasons(world.propose("otto", "trainee")) == ["not_qualified", "not_trained"]
    assert world.propose("otto", "observer").status_code == 201


def test_who_is_qualified_for_more_can_sit_in(world: Interview) -> None:
    world.opened()
    assert world.propose("emil", "trainee").status_code == 201


def test_invariant_18_nobody_near_to_the_cluster_sits_in(world: Interview) -> None:
    guest = world.opened().agreed()
    with world.bronze.database.transaction() as session:
        assessor = session.get_one(Assessor, assessor_of(world, "tina"))
        near = given_interest(session, assessor, InterestKind.EMPLOYMENT, cluster_id=world.bronze.cluster_id)
        near.began_on = date(2020, 1, 1)
    world.hold()
    assert reasons(world.move("eva", guest, "confirm")) == ["conflict"]
    assert world.engagements() == {}


def test_invariant_18_nobody_sits_in_who_belongs_to_the_owner(world: Interview) -> None:
    world.opened()
    with world.bronze.database.transaction() as session:
        mine = {"person_id": world.bronze.people["otto"], "organisation_id": world.bronze.owner_id}
        session.add(Membership(standing=Standing.READER, created_at=NOW, **mine))
    assert "conflict" in reasons(world.propose("otto", "observer"))


def test_invariant_17_qualification_of_a_guest_covers_the_day(world: Interview) -> None:
    guest = world.opened().proposed()
    with world.bronze.database.transaction() as session:
        held = sa.update(Qualification).where(Qualification.role == QualificationRole.TRAINEE)
        session.execute(held.values(valid_until=date(2021, 1, 1)))
    assert reasons(world.move("tina", guest, "accept")) == ["not_qualified"]


def test_expert_and_guest_are_two(world: Interview) -> None:
    world.opened()
    assert "excluded" in reasons(world.propose("eva", "observer"))
    world.proposed("emil")
    path, given = world.bronze.benchmark, {"expert_id": world.bronze.people["emil"], "interview_mode": "video"}
    refused = world.bronze.send("secretariat", f"{path}/assign", given, of=path)
    assert (refused.status_code, "Sits in" in refused.json()["detail"]) == (409, True)


def test_nobody_sits_in_twice(world: Interview) -> None:
    guest = world.opened().proposed()
    assert world.propose().json()["type"].endswith("guest-taken")
    assert world.move("tina", guest, "decline").status_code == 200
    assert world.propose().status_code == 201


def test_of_four_who_propose_somebody_at_once_one_does(world: Interview) -> None:
    world.opened()
    bronze, given = world.bronze, {"person_id": world.bronze.people["tina"], "role": "trainee"}
    headers = {**bronze.as_("secretariat"), "If-Match": "*"}

    def propose(number: int) -> int:
        sent = {**headers, "Idempotency-Key": f"tab-{number}"}
        return int(bronze.client.post(f"{bronze.benchmark}/guests", json=given, headers=sent).status_code)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(propose, range(4))) == [201, 409, 409, 409]
    assert len(bronze.get("secretariat", f"{bronze.benchmark}/guests").json()["items"]) == 1


def test_questionnaire_is_for_guests_who_declared_to_be_free_of_conflicts(world: Interview) -> None:
    guest = world.opened().proposed()
    bronze, path = world.bronze, world.bronze.benchmark
    listed = bronze.get("tina", "/v1/benchmarks").json()["items"]
    assert [one["id"] for one in listed] == [path.rsplit("/", 1)[1]]
    assert bronze.get("tina", path).json()["type"].endswith("guest-undeclared")
    assert bronze.get("otto", path).status_code == 404
    assert world.move("tina", guest, "accept").json()["declared_on"] == bronze.today
    assert bronze.get("tina", path).json()["allowed_moves"] == []
    assert world.move("tina", guest, "decline").status_code == 200
    assert bronze.get("tina", path).status_code == 404


def test_cluster_is_told_of_guests_who_accepted(world: Interview) -> None:
    guest = world.opened().proposed()
    path = f"{world.bronze.benchmark}/guests"
    assert world.bronze.get("cluster", path).json()["items"] == []
    assert world.bronze.get("cluster", guest).status_code == 404
    world.move("tina", guest, "accept")
    (one,) = world.bronze.get("cluster", path).json()["items"]
    assert (one["name"], one["allowed_moves"]) == ("Tina Example", ["agree", "object"])
    assert world.move("cluster", guest, "object").json()["state"] == "rejected_by_cluster"


def test_guests_do_not_see_who_else_was_asked(world: Interview) -> None:
    world.opened().proposed()
    world.proposed("otto", "observer")
    seen = world.bronze.get("tina", f"{world.bronze.benchmark}/guests").json()["items"]
    assert [one["name"] for one in seen] == ["Tina Example"]
    assert len(world.bronze.get("eva", f"{world.bronze.benchmark}/guests").json()["items"]) == 2


def test_invariant_11_who_sits_in_changes_no_answer_and_makes_no_move(world: Interview) -> None:
    guest = world.opened().agreed()
    bronze, path = world.bronze, world.bronze.benchmark
    bronze.done("eva", f"{path}/start-interview", of=path)
    changed = bronze.send("tina", path, {"answers": {"participants": 99}}, of=path, method="PATCH")
    frozen = bronze.send("tina", f"{path}/freeze", {"interview_on": bronze.today}, of=path)
    confirmed = world.move("tina", guest, "confirm")
    assert [one.status_code for one in (changed, frozen, confirmed)] == [403, 403, 403]


def test_guests_come_before_the_interview_only(world: Interview) -> None:
    guest = world.opened().proposed()
    world.move("tina", guest, "accept")
    assert world.move("eva", guest, "confirm").status_code == 409
    world.hold()
    assert world.move("cluster", guest, "agree").json()["type"].endswith("move-not-allowed")
    assert world.propose("otto", "observer").json()["type"].endswith("move-not-allowed")
    assert world.move("secretariat", guest, "withdraw").json()["reason"] == "Ill."


def contracted(world: Interview) -> str:
    world.bronze.contracted().on("2021-02-10")
    guest = world.opened().agreed()
    world.hold()
    return guest


def test_case_waits_until_the_expert_said_who_was_there(world: Interview) -> None:
    guest = contracted(world)
    refused = world.bronze.hold()
    assert [one["code"] for one in refused.json()["errors"]] == ["guests_waiting"]
    world.move("eva", guest, "confirm")
    assert world.bronze.hold().status_code == 201


def test_invariant_19_who_sat_in_has_a_part_in_the_case_and_no_vote(world: Interview) -> None:
    bronze, guest = world.bronze, contracted(world)
    world.move("eva", guest, "confirm")
    bronze.held().release()
    assert bronze.send("tina", f"{bronze.case}/interview/findings", FOUND, method="PUT").status_code == 403
    assert bronze.send("tina", f"{bronze.case}/report", WORDS).status_code == 403
    bronze.found().step("eva", "report", WORDS)
    parts = bronze.get("secretariat", f"{bronze.case}/assignments").json()["items"]
    assert {(one["role"], one["state"]) for one in parts} == {("benchmarking", "done"), ("trainee", "done")}
    with bronze.database.transaction() as session:
        session.get_one(Person, bronze.people["tina"]).roles = [Role.BOARD.value]
    assert bronze.open_decision().status_code == 201
    assert bronze.vote("tina", "grant").status_code == 409
    assert bronze.vote("berta", "grant").status_code == 201


def test_interview_of_a_bronze_case_is_counted_and_paid_once(world: Interview) -> None:
    bronze, guest = world.bronze, contracted(world)
    world.move("eva", guest, "confirm")
    bronze.held().release().found().step("eva", "report", WORDS)
    counted = world.engagements_of("eva") + world.engagements_of("tina")
    assert [(one.case_id, one.fee_cents) for one in counted] == [
        (bronze.benchmark.rsplit("/", 1)[1], 60_000),
        (bronze.benchmark.rsplit("/", 1)[1], 0),
    ]


def test_interview_taken_back_takes_its_guests_along(world: Interview) -> None:
    bronze, guest = world.bronze, contracted(world)
    world.move("eva", guest, "confirm")
    bronze.held().step("secretariat", "interview/take-back", {"reason": "The wrong one."})
    parts = bronze.get("secretariat", f"{bronze.case}/assignments").json()["items"]
    assert {(one["role"], one["state"]) for one in parts} == {("benchmarking", "replaced"), ("trainee", "replaced")}
    bronze.held()
