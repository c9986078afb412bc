"""Who assesses, who agrees, and whether they may still when the day comes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from cluster_api.assessments.models import Assignment
from tests.assessments.given import VISITS, World, kind, pointers, self_assessed
from tests.assignments.given import lose_role, propose, reasons, share_employer


def test_proposal_is_accepted_and_agreed(gold: World) -> None:
    gold.to("contracted")
    made = propose(gold, "lena", "lead")
    path = f"assignments/{made.json()['id']}"
    assert (made.status_code, made.headers["Location"]) == (201, f"{gold.case}/{path}")
    assert (made.json()["state"], made.json()["allowed_moves"]) == ("proposed", ["replace"])
    assert gold.ask("cluster", f"/{path}").status_code == 404
    seen = gold.ask("lena", f"/{path}").json()
    assert (seen["name"], seen["allowed_moves"]) == ("Lena Example", ["accept", "decline", "declare"])
    accepted = gold.done("lena", f"{path}/accept", {"no_conflict": True}, tag=f"/{path}")
    assert (accepted["state"], accepted["declared_on"]) == ("accepted_by_expert", "2021-01-15")
    shown = gold.ask("cluster", f"/{path}").json()
    assert (shown["name"], shown["allowed_moves"]) == ("Lena Example", ["agree", "object"])
    assert gold.done("cluster", f"{path}/agree", tag=f"/{path}")["state"] == "agreed_by_cluster"


def test_declaration_is_no_mere_form(gold: World) -> None:
    gold.to("contracted")
    path = f"assignments/{propose(gold, 'lena', 'lead').json()['id']}"
    for body in ({}, {"no_conflict": False}, {"no_conflict": "yes"}):
        assert gold.do("lena", f"{path}/accept", body, tag=f"/{path}").status_code == 422
    gold.done("lena", f"{path}/declare", {"reason": "I coached them."}, tag=f"/{path}")
    assert gold.ask("lena").status_code == 404
    assert gold.ask("cluster", f"/{path}").status_code == 404
    assert gold.ask("secretariat", f"/{path}").json()["reason"] == "I coached them."


def test_invariant_22_nobody_is_proposed_before_the_contract(gold: World) -> None:
    gold.to("eligible")
    assert kind(propose(gold, "lena", "lead")) == (409, "case-not-open")


def test_invariants_17_and_18_only_qualified_strangers_of_the_cluster_assess(gold: World) -> None:
    gold.to("contracted")
    assert reasons(propose(gold, "nobody", "lead")) == ["not_qualified"]
    refused = propose(gold, "mia", "lead")
    assert (reasons(refused), pointers(refused)) == (["conflict"], ["/body/person_id"])
    assert refused.json()["errors"][0]["detail"].startswith("membership: ")
    unknown = {"person_id": "01767a3e-2f00-7c3a-8d5e-0123456789ab", "role": "lead"}
    assert reasons(gold.do("secretariat", "assignments", unknown)) == ["unknown_person"]


def test_invariant_18_two_of_one_employer_need_a_waiver_with_reason(gold: World) -> None:
    gold.to("contracted")
    share_employer(gold, "lena", "sven")
    gold.assign("lead", "lena")
    refused = propose(gold, "sven", "second")
    assert (kind(refused), reasons(refused)) == ((409, "pair-not-possible"), ["same_employer"])
    waived = propose(gold, "sven", "second", waiver="Nobody else speaks the language.")
    assert (waived.status_code, waived.json()["waiver"]) == (201, "Nobody else speaks the language.")


def test_role_and_person_are_taken_once(gold: World) -> None:
    gold.to("contracted")
    gold.assign("lead", "lena")
    assert kind(propose(gold, "lena", "second")) == (409, "assignment-taken")
    assert kind(propose(gold, "sven", "lead")) == (409, "assignment-taken")
    assert kind(propose(gold, "sven", "auditor")) == (409, "role-not-fitting")
    assert propose(gold, "sven", "trainee").status_code == 201
    assert propose(gold, "otto", "trainee").status_code == 201


def test_of_two_proposed_at_once_for_a_role_one_has_it(gold: World) -> None:
    gold.to("contracted")
    headers = {**gold.as_("secretariat"), "If-Match": "*"}
    barrier = threading.Barrier(2)

    def ask(who: str) -> int:
        barrier.wait()
        body = {"person_id": gold.people[who], "role": "lead"}
        return int(gold.client.post(f"{gold.case}/assignments", json=body, headers=headers).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, ["lena", "sven"])) == [201, 409]


def test_cluster_objects_once_with_a_reason(gold: World) -> None:
    gold.to("contracted")
    told = []
    for who in ("lena", "sven"):
        path = gold.assign("lead", who, until="accept")
        told.append(kind(gold.do("cluster", f"{path}/object", {"reason": "A competitor."}, tag=f"/{path}")))
    assert told == [(200, ""), (409, "objection-used")]
    assert gold.ask("lena").status_code == 404
    assert [one["state"] for one in gold.ask("cluster", "/assignments").json()["items"]] == [
        "rejected_by_cluster", "accepted_by_expert",
    ]  # fmt: skip


def test_who_moves_an_assignment(gold: World) -> None:
    gold.to("contracted")
    path = gold.assign("lead", "lena", until="propose")
    accept = {"no_conflict": True}
    for who in ("secretariat", "auditor"):
        assert gold.do(who, f"{path}/accept", accept, tag=f"/{path}").status_code == 403
    assert gold.do("cluster", f"{path}/accept", accept).status_code == 404
    for who in ("board", "stranger", "sven"):
        assert gold.do(who, f"{path}/accept", accept).status_code == 404
    gold.done("lena", f"{path}/accept", accept, tag=f"/{path}")
    for who in ("secretariat", "auditor", "lena"):
        assert gold.do(who, f"{path}/agree", tag=f"/{path}").status_code == 403
    assert gold.do("lena", f"{path}/replace", {"reason": "Me."}, tag=f"/{path}").status_code == 403
    assert gold.done("secretariat", f"{path}/replace", {"reason": "Ill."}, tag=f"/{path}")["state"] == "replaced"


def test_names_are_for_those_concerned(gold: World) -> None:
    gold.to("reported")
    told = {who: {one["name"] for one in gold.ask(who, "/assignments").json()["items"]} for who in (
        "cluster", "secretariat", "auditor", "board", "lena",
    )}  # fmt: skip
    both = {"Lena Example", "Sven Example"}
    assert told == {"cluster": both, "secretariat": both, "auditor": both, "board": {None}, "lena": both}


def test_assessor_sees_the_assigned_case_only(gold: World) -> None:
    gold.to("contracted")
    gold.assign("lead", "lena", until="propose")
    first = gold.case
    gold.case = gold.apply(level="silver").headers["Location"]
    assert gold.ask("lena").status_code == 404
    listed = gold.client.get("/v1/assessments", params={"assessor": "me"}, headers=gold.as_("lena")).json()["items"]
    assert [one["id"] for one in listed] == [first.rsplit("/", 1)[1]]
    assert gold.client.get("/v1/assessments", headers=gold.as_("sven")).json()["items"] == []


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2021-03-02"], ["not_possible"]),
        (["2021-03-02", "2021-03-03"], []),
        (["2021-01-14", "2021-01-15"], ["not_possible"]),
        (["2022-01-14", "2022-01-15"], []),
        (["2022-01-15", "2022-01-16"], ["not_possible"]),
        (["2023-01-01"], ["not_possible", "not_possible"]),
    ],
)
def test_invariant_11_visit_has_its_days_inside_the_life_of_the_case(
    gold: World, dates: list[str], expected: list[str]
) -> None:
    gold.to("contracted")
    answer = gold.do("secretariat", "visit", {"dates": dates, "place": "Office"}, method="put")
    assert answer.status_code == (409 if expected else 200)
    assert [one["code"] for one in answer.json().get("errors", [])] == expected
    assert gold.do("cluster", "visit", {"dates": dates, "place": "Office"}, method="put").status_code == 403


def test_days_of_a_visit_differ(gold: World) -> None:
    gold.to("contracted")
    answer = gold.do("secretariat", "visit", {"dates": ["2021-03-02"] * 2, "place": "Office"}, method="put")
    assert pointers(answer) == ["/body/dates"]


def test_visit_is_fixed_when_everything_is_there(gold: World) -> None:
    gold.to("in_preparation")
    assert kind(gold.do("secretariat", "schedule")) == (409, "self-assessment-missing")
    self_assessed(gold)
    assert kind(gold.do("secretariat", "schedule")) == (409, "visit-not-possible")
    gold.done("secretariat", "visit", {"dates": VISITS["gold"], "place": "Office"}, method="put")
    gold.assign("lead", "lena")
    assert reasons(gold.do("secretariat", "schedule")) == ["2 assessors are wanted, 1 are assigned"]
    path = gold.assign("second", "sven", until="accept")
    assert reasons(gold.do("secretariat", "schedule")) == ["second: accepted_by_expert, not agreed_by_cluster"]
    gold.done("cluster", f"{path}/agree", tag=f"/{path}")
    assert gold.done("secretariat", "schedule")["state"] == "scheduled"
    assert {one["state"] for one in gold.ask("lena", "/assignments").json()["items"]} == {"active"}


def test_invariant_18_pair_is_looked_at_again_when_the_visit_is_fixed(gold: World) -> None:
    gold.to("in_preparation")
    self_assessed(gold)
    gold.done("secretariat", "visit", {"dates": VISITS["gold"], "place": "Office"}, method="put")
    gold.assign("lead", "lena")
    gold.assign("second", "sven")
    share_employer(gold, "lena", "sven")
    assert reasons(gold.do("secretariat", "schedule")) == ["pair: same_employer"]


def test_invariant_17_assessor_whose_qualification_ends_before_the_visit_is_replaced(gold: World) -> None:
    gold.to("scheduled")
    lose_role(gold, "sven")
    gold.on("2021-03-03")
    refused = gold.do("secretariat", "assess")
    assert (kind(refused), reasons(refused)) == ((409, "assessors-not-ready"), ["second: not_qualified"])
    gold.done("secretariat", "reschedule", {"reason": "An expert cannot come."})
    path = next(one["id"] for one in gold.ask("secretariat", "/assignments").json()["items"] if one["role"] == "second")
    gone = f"assignments/{path}"
    gold.done("secretariat", f"{gone}/replace", {"reason": "Not qualified any more."}, tag=f"/{gone}")
    gold.assign("second", "otto")
    assert gold.done("secretariat", "schedule")["state"] == "scheduled"
    assert gold.done("secretariat", "assess")["state"] == "assessed"
    assert gold.ask("sven").status_code == 403


def test_visit_is_repeated_for_who_fell_ill_before_scoring(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena", 140)
    gold.score("sven", 120, submit=False)
    gold.done("secretariat", "reschedule", {"reason": "Sven is ill."})
    second = next(one for one in gold.ask("secretariat", "/assignments").json()["items"] if one["role"] == "second")
    gone = f"assignments/{second['id']}"
    gold.done("secretariat", f"{gone}/replace", {"reason": "Ill."}, tag=f"/{gone}")
    gold.assign("second", "otto")
    gold.done("secretariat", "schedule")
    gold.done("secretariat", "assess")
    gold.score("otto", 130)
    assert [one["total"] for one in gold.ask("otto", "/scores").json()["others"]] == [140]
    assert kind(gold.do("secretariat", "reschedule", {"reason": "Again."})) == (409, "everybody-scored")


def test_visit_is_over_after_its_last_day_only(gold: World) -> None:
    gold.to("scheduled")
    gold.on("2021-03-02")
    assert kind(gold.do("secretariat", "assess")) == (409, "visit-not-over")


def test_nobody_leaves_a_fixed_visit_by_the_way(gold: World) -> None:
    gold.to("scheduled")
    path = f"assignments/{gold.ask('lena', '/assignments').json()['items'][0]['id']}"
    assert gold.ask("secretariat", f"/{path}").json()["allowed_moves"] == []
    answer = gold.do("secretariat", f"{path}/replace", {"reason": "Ill."}, tag=f"/{path}")
    assert kind(answer) == (409, "move-not-allowed")


def test_list_of_assignments_is_paged(gold: World) -> None:
    gold.to("scheduled")
    first = gold.ask("secretariat", "/assignments", limit=1)
    second = gold.ask("secretariat", "/assignments", limit=1, cursor=first.json()["next"])
    assert [one.json()["items"][0]["role"] for one in (first, second)] == ["lead", "second"]
    assert second.json()["next"] is None


def test_unknown_assignment_is_not_found(gold: World) -> None:
    gold.to("scheduled")
    with gold.database.session() as session:
        assignment_id = session.scalar(sa.select(Assignment.id).limit(1))
    other = gold.apply(level="silver").headers["Location"]
    answer = gold.client.get(f"{other}/assignments/{assignment_id}", headers=gold.as_("secretariat"))
    assert kind(answer) == (404, "assignment-not-found")
