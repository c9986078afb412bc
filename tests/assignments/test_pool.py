"""Cases and the pool of assessors: who may assess, why not, and what the pool counts afterwards."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cluster_api.conflicts.models import InterestDeclaration
from cluster_api.conflicts.states import InterestKind
from cluster_api.pool.models import Assessor, Engagement, Qualification
from cluster_api.trainings.models import Attendance
from tests.assessments.given import STEPS, VISITS, World, kind, pointers, self_assessed
from tests.assessors.given import given_interest
from tests.assignments.given import assessor, in_pool, lose_role, propose, qualified_until, reasons


def engagements(world: World) -> dict[str, Engagement]:
    """Answer what the pool counts, by the person."""
    people = {person: name for name, person in world.people.items()}
    with world.database.session() as session:
        pool = {row[0]: row[1] for row in session.execute(sa.select(Assessor.id, Assessor.person_id))}
        return {people[pool[one.assessor_id]]: one for one in session.scalars(sa.select(Engagement))}


def candidates(world: World, role: str, **params: Any) -> dict[str, dict[str, Any]]:
    """Answer the candidates for a role, by the person, as ranked."""
    answer = world.ask("secretariat", "/candidates", role=role, **params)
    assert answer.status_code == 200, answer.text
    people = {person: name for name, person in world.people.items()}
    return {people[one["person_id"]]: one for one in answer.json()["items"]}


def against(found: dict[str, Any]) -> list[str]:
    """Answer the codes of the reasons against a candidate."""
    return [] if found["is_eligible"] else [one["code"] for one in found["reasons"]]


@pytest.mark.parametrize(("last", "expected"), [("2021-03-01", 409), ("2021-03-02", 409), ("2021-03-03", 201)])
def test_invariant_17_qualification_covers_every_day_of_the_visit(gold: World, last: str, expected: int) -> None:
    gold.to("contracted")
    gold.done("secretariat", "visit", {"dates": VISITS["gold"], "place": "Office"}, method="put")
    qualified_until(gold, "lena", date.fromisoformat(last))
    answer = propose(gold, "lena", "lead")
    assert answer.status_code == expected
    if expected == 409:
        assert reasons(answer) == ["not_qualified"]
        assert "Grant or renew the qualification" in answer.json()["errors"][-1]["detail"]


def test_invariant_17_each_role_wants_its_own_qualification(gold: World) -> None:
    gold.to("contracted")
    with gold.database.transaction() as session:
        own = Qualification.assessor_id == assessor(gold, session, "lena").id
        session.execute(sa.delete(Qualification).where(own, Qualification.role == "lead"))
    assert reasons(propose(gold, "lena", "lead")) == ["not_qualified"]
    assert propose(gold, "lena", "second").status_code == 201


def test_invariant_17_only_who_is_trained_on_the_methodology_scores(gold: World) -> None:
    gold.to("contracted")
    with gold.database.transaction() as session:
        session.execute(sa.delete(Attendance).where(Attendance.assessor_id == assessor(gold, session, "lena").id))
    assert reasons(propose(gold, "lena", "lead")) == ["not_trained"]
    assert propose(gold, "lena", "trainee").status_code == 201


def test_invariant_18_conflict_that_comes_up_later_is_found_at_every_step(gold: World) -> None:
    gold.to("in_preparation")
    self_assessed(gold)
    gold.done("secretariat", "visit", {"dates": VISITS["gold"], "place": "Office"}, method="put")
    gold.assign("lead", "lena")
    path = gold.assign("second", "sven", until="propose")
    with gold.database.transaction() as session:
        for who in ("lena", "sven"):
            coaches = {"cluster_id": gold.cluster_id}
            given_interest(session, assessor(gold, session, who), InterestKind.COACHING, **coaches)
    refused = gold.do("sven", f"{path}/accept", {"no_conflict": True}, tag=f"/{path}")
    assert (kind(refused), reasons(refused)) == ((409, "assessor-not-eligible"), ["conflict"])
    assert pointers(refused) == ["/body/no_conflict"]
    assert "lead: conflict" in reasons(gold.do("secretariat", "schedule"))
    assert reasons(propose(gold, "lena", "second")) == ["conflict"]


def test_invariant_18_whoever_has_not_declared_interests_is_not_proposed(gold: World) -> None:
    gold.to("contracted")
    with gold.database.transaction() as session:
        own = InterestDeclaration.assessor_id == assessor(gold, session, "lena").id
        session.execute(sa.delete(InterestDeclaration).where(own))
    assert reasons(propose(gold, "lena", "lead")) == ["conflict"]


def test_invariant_18_one_of_the_two_comes_from_abroad_or_the_rule_is_waived(gold: World) -> None:
    gold.to("contracted")
    in_pool(gold, "lena", country="DE")
    in_pool(gold, "sven", country="DE")
    gold.assign("lead", "lena")
    refused = propose(gold, "sven", "second")
    assert (kind(refused), reasons(refused)) == ((409, "pair-not-possible"), ["no_foreigner"])
    assert pointers(refused) == ["/body/person_id"]
    assert propose(gold, "otto", "second").status_code == 201


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({"state": "suspended"}, "not_active"), ({"unavailable_until": date(2021, 1, 15)}, "unavailable")],
)
def test_who_takes_no_work_is_not_proposed(gold: World, facts: dict[str, Any], expected: str) -> None:
    gold.to("contracted")
    in_pool(gold, "lena", **facts)
    assert reasons(propose(gold, "lena", "lead")) == [expected]
    in_pool(gold, "lena", state="active", unavailable_until=date(2021, 1, 14))
    assert propose(gold, "lena", "lead").status_code == 201


def must_be_counted_once(world: World, roles: dict[str, str], days: int, fees: dict[str, int]) -> None:
    """Walk a case with somebody who sits in to its report, and look at what the pool counts."""
    world.to("contracted")
    world.assign(roles["otto"], "otto")
    for _, step in STEPS[4:7]:
        step(world)
    assert engagements(world) == {}
    world.clock.instant += timedelta(days=3)
    STEPS[7][1](world)
    found = engagements(world)
    assert {name: one.role for name, one in found.items()} == roles
    first, last = (date.fromisoformat(VISITS[world.level][end]) for end in (0, -1))
    for one in found.values():
        assert (one.case_id, one.cluster_id) == (world.case.rsplit("/", 1)[1], world.cluster_id)
        assert (one.began_on, one.ended_on, int(one.days)) == (first, last + timedelta(days=3), days)
    assert {name: one.fee_cents for name, one in found.items()} == fees
    words = {"summary": "Again.", "recommendations": ["Go on."]}
    assert world.do(world.first_expert(), "report", words).status_code == 409
    assert len(engagements(world)) == len(roles)
    assert {one["state"] for one in world.ask("secretariat", "/assignments").json()["items"]} == {"done"}


def test_pool_counts_every_part_in_a_gold_case_once(gold: World) -> None:
    must_be_counted_once(
        gold, {"lena": "lead", "sven": "gold", "otto": "trainee"}, 2, {"lena": 240_000, "sven": 205_000, "otto": 0}
    )


def test_pool_counts_every_part_in_a_silver_case_once(silver: World) -> None:
    must_be_counted_once(silver, {"ada": "silver", "otto": "observer"}, 1, {"ada": 115_000, "otto": 0})


def test_pool_counts_nothing_of_a_case_that_is_withdrawn(gold: World) -> None:
    gold.to("scheduled")
    gold.done("cluster", "withdraw", {"reason": "No time."})
    assert engagements(gold) == {}


def test_guest_is_looked_at_again_when_the_visit_is_fixed(gold: World) -> None:
    gold.to("contracted")
    gold.assign("trainee", "otto")
    gold.assign("lead", "lena")
    gold.assign("second", "sven")
    gold.done("secretariat", "prepare")
    self_assessed(gold)
    gold.done("secretariat", "visit", {"dates": VISITS["gold"], "place": "Office"}, method="put")
    in_pool(gold, "otto", state="suspended")
    assert reasons(gold.do("secretariat", "schedule")) == ["trainee: not_active"]


def test_candidates_are_told_with_the_reasons_for_which_a_proposal_is_refused(gold: World) -> None:
    gold.to("contracted")
    gold.done("secretariat", "visit", {"dates": VISITS["gold"], "place": "Office"}, method="put")
    gold.assign("lead", "lena")
    in_pool(gold, "lena", country="DE")
    in_pool(gold, "sven", country="DE")
    qualified_until(gold, "ada", date(2021, 3, 2))
    found = candidates(gold, "second")
    assert next(iter(found)) == "otto"
    assert {name: against(one) for name, one in found.items()} == {
        "otto": [], "sven": ["no_foreigner"], "ada": ["not_qualified"], "mia": ["conflict"], "lena": ["excluded"],
    }  # fmt: skip
    assert found["lena"]["reasons"][0]["detail"].startswith("Has a part in the case already: lead.")
    assert found["otto"]["name"] == "Otto Example"
    assert [one["kind"] for one in found["mia"]["conflicts"]] == ["membership"]
    for name in ("sven", "ada", "mia"):
        assert reasons(propose(gold, name, "second")) == against(found[name])
    assert propose(gold, "otto", "second").status_code == 201
    assert against(candidates(gold, "second")["otto"]) == ["excluded"]


def test_candidate_who_cannot_accept_is_none(gold: World) -> None:
    gold.to("contracted")
    lose_role(gold, "lena")
    assert against(candidates(gold, "lead")["lena"]) == ["not_qualified"] == reasons(propose(gold, "lena", "lead"))


def test_candidates_are_paged_and_chosen_by_language_and_role(gold: World) -> None:
    gold.to("contracted")
    whole = list(candidates(gold, "lead"))
    first = gold.ask("secretariat", "/candidates", role="lead", limit=3)
    assert 'rel="next"' in first.headers["Link"]
    rest = candidates(gold, "lead", limit=3, cursor=first.json()["next"])
    assert whole == [*candidates(gold, "lead", limit=3), *rest]
    assert kind(gold.ask("secretariat", "/candidates", role="second", cursor=first.json()["next"])) == (422, "invalid")
    assert {code for one in candidates(gold, "lead", language="mt").values() for code in against(one)} >= {
        "no_common_language"
    }
    assert kind(gold.ask("secretariat", "/candidates", role="auditor")) == (409, "role-not-fitting")
    assert gold.ask("secretariat", "/candidates").status_code == 422


def test_candidates_are_told_to_who_proposes_only(gold: World) -> None:
    gold.to("reported")
    asked = {who: gold.ask(who, "/candidates", role="lead").status_code for who in (
        "secretariat", "cluster", "lena", "board", "auditor", "otto", "stranger",
    )}  # fmt: skip
    assert asked == {
        "secretariat": 200, "cluster": 403, "lena": 403, "board": 403, "auditor": 403, "otto": 404, "stranger": 404,
    }  # fmt: skip
    assert gold.client.get(f"{gold.case}/candidates", params={"role": "lead"}).status_code == 401
