"""What happens to a case: rules bound, clusters that close, cases that stall, two at once, and any order of moves."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cluster_api.assessments import actions
from cluster_api.assessments.errors import CaseBound
from cluster_api.assessments.models import Assessment, Assignment
from cluster_api.assessments.queries import terms_of
from cluster_api.assessments.states import CASES, ENDED, FROM_REPORT_ON, CaseState
from cluster_api.clusters.states import Level
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.problems import as_problem
from cluster_api.foundation.workflow import MoveNotAllowed
from cluster_api.identity.access import Actor, service_actor
from cluster_api.identity.models import Person
from cluster_api.identity.permissions import Permission
from cluster_api.identity.schemas import Caller
from cluster_api.identity.states import Role
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.rules import seal
from tests.assessments.given import BASE, World, kind
from tests.callers import given_organisation
from tests.conftest import NOW
from tests.register import given_cluster


def given_rule_set(database: Database, **changed: Any) -> None:
    """Publish another rule set that applies from the first of February on."""
    document = shipped(code="2020")[0].document.model_dump(mode="json")
    for name, value in changed.items():
        document["terms"][name]["value"] = value
    day = date(2021, 2, 1)
    with database.transaction() as session:
        session.add(
            Methodology(
                id="01a20585-e211-7354-a476-81f1d8913a97", code="2021", version=1, kind="rule_set",
                state="published", applies_from=day, document=document, digest=seal("2021", 1, day, document),
                revision=1, created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip


def test_invariant_13_case_keeps_its_rule_set_though_a_newer_one_comes_into_force(gold: World) -> None:
    gold.to("contracted")
    given_rule_set(gold.database, gold_days_first=3, assessment_months=6)
    gold.on("2021-02-10")
    gold.done("secretariat", "prepare")
    two = {"dates": ["2021-12-01", "2021-12-02"], "place": "Office"}
    assert gold.done("secretariat", "visit", two, method="put")["binding"]["rule_set"]["code"] == "2020"
    gold.done("cluster", "withdraw", {"reason": "Try the new rules."})
    assert gold.apply().json()["binding"]["rule_set"]["code"] == "2021"


@pytest.mark.parametrize("values", [{"price_cents": 1}, {"level": "silver"}, {"kind": "renewal"}, {"binding": {}}])
def test_invariant_13_database_keeps_what_a_case_is_bound_to(gold: World, values: dict[str, Any]) -> None:
    gold.opened()
    with pytest.raises(sa.exc.DBAPIError) as caught, gold.database.transaction() as session:
        session.execute(sa.update(Assessment).values(**values))
    assert isinstance(as_problem(caught.value, {"assessment_bound": CaseBound}), CaseBound)


def test_document_that_is_not_what_was_bound_is_not_used(gold: World) -> None:
    gold.to("submitted")
    with gold.database.transaction() as session:
        document = shipped(code="2020")[1].document.model_dump(mode="json")
        session.add(
            Methodology(
                id="01a20585-e211-7354-a476-81f1d8913a98", code="2020", version=2, kind="rule_set", state="published",
                applies_from=date(2019, 11, 15), document=document, digest="0" * 64, revision=2, created_at=NOW,
                updated_at=NOW,
            )
        )  # fmt: skip
    assert kind(gold.ask("secretariat", "/checks")) == (409, "methodology-broken")


@pytest.mark.parametrize("state", ["draft", "submitted", "in_preparation", "scheduled", "assessed"])
def test_cluster_that_closes_in_mid_case_leaves_only_its_end(gold: World, state: str) -> None:
    gold.to(state)
    verb = {
        "draft": "submit", "submitted": "admit", "in_preparation": "schedule", "scheduled": "assess",
        "assessed": "report",
    }[state]  # fmt: skip
    who = {"draft": "cluster", "assessed": "lena"}.get(state, "secretariat")
    body = {"summary": "Well.", "recommendations": ["Go on."]} if verb == "report" else None
    premature = gold.do("secretariat", "abandon", {"reason": "Closed."})
    assert kind(premature) == (409, "reason-not-applicable")
    gold.close_cluster()
    assert kind(gold.do(who, verb, body)) == (409, "cluster-not-active")
    assert gold.done("secretariat", "abandon", {"reason": "The cluster was closed."})["state"] == "withdrawn"


def test_cluster_that_is_closed_does_not_apply(gold: World) -> None:
    gold.close_cluster()
    assert kind(gold.apply()) == (409, "cluster-not-active")


def test_stalled_case_expires_after_the_months_of_its_rule_set(gold: World) -> None:
    gold.to("contracted")
    gold.on("2022-01-15")
    assert kind(gold.do("secretariat", "expire")) == (409, "case-not-stalled")
    gold.on("2022-01-16")
    assert gold.ask("secretariat", "/deadlines").json()["deadlines"][0]["is_overdue"] is True
    assert gold.done("secretariat", "expire")["state"] == "expired"
    assert gold.apply(first_benchmark_on="2021-06-01").status_code == 201


def test_stalled_cases_expire_by_themselves_once(gold: World) -> None:
    gold.to("in_preparation")
    for day, ended in (("2022-01-15", 0), ("2022-01-16", 1), ("2022-01-17", 0)):
        with gold.database.transaction() as session:
            actor = service_actor("tick", datetime.fromisoformat(f"{day}T10:00:00+00:00"))
            assert actions.expire_stalled(session, actor) == ended
    assert gold.ask("cluster").json()["reason"] == "No visit by 2022-01-15."


@pytest.mark.parametrize("state", ["draft", "submitted", "eligible", "contracted", "in_preparation", "scheduled"])
def test_applicant_withdraws_until_the_visit(gold: World, state: str) -> None:
    gold.to(state)
    assert "withdraw" not in gold.ask("secretariat").json()["allowed_moves"]
    assert gold.done("cluster", "withdraw", {"reason": "No time."})["state"] == "withdrawn"


def test_nobody_withdraws_after_the_visit(gold: World) -> None:
    gold.to("assessed")
    assert kind(gold.do("cluster", "withdraw", {"reason": "No."})) == (409, "move-not-allowed")


def test_of_two_who_apply_at_once_one_has_a_case(gold: World) -> None:
    barrier = threading.Barrier(4)

    def apply(_: int) -> int:
        barrier.wait()
        return int(gold.apply().status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(apply, range(4)))
    assert statuses == [201, 409, 409, 409]
    assert len(gold.client.get(BASE, headers=gold.as_("cluster")).json()["items"]) == 1


def test_of_two_who_move_at_once_one_moves(gold: World) -> None:
    gold.to("submitted")
    tag = gold.ask("secretariat").headers["ETag"]
    headers = {**gold.as_("secretariat"), "If-Match": tag}

    def move(verb: str) -> int:
        body = {"reason": "Incomplete."} if verb == "return" else None
        return int(gold.client.post(f"{gold.case}/{verb}", json=body, headers=headers).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, ["return", "admit"])) == [200, 412]


VERBS = sorted({move.verb for table in CASES.values() for move in table.moves})
WHO = "01a20585-e211-7354-a476-81f1d8913a99"


def given_case(session: Session, level: Level) -> tuple[Actor, Assessment]:
    """Record a case, and answer it with somebody who may do everything in it: owner, assessor, secretariat, board."""
    owner = given_organisation(session, Role.CLUSTER)
    person = Person(id=WHO, roles=["assessor"], version=1, created_at=NOW, updated_at=NOW)
    case = Assessment(
        id="01a20585-e211-7354-a476-81f1d8913a97", number="AS-2021-000001-00", level=level, kind="first",
        cluster_id=given_cluster(session, "Alpha", owner_id=owner.id), mode="on_site", state=CaseState.DRAFT,
        state_since=NOW.date(), price_cents=825000, checklist={}, waivers={}, visit_dates=[], version=1,
        binding={"rule_set": {"code": "2020", "version": 1, "digest": shipped(code="2020")[0].digest}},
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add_all([person, case])
    session.flush()
    role = {Level.GOLD: "lead", Level.SILVER: "auditor", Level.BRONZE: "benchmarking"}[level]
    session.add(
        Assignment(
            id=str(uuid7()), assessment_id=case.id, person_id=WHO, role=role, state="active", version=1,
            created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    session.refresh(case)
    caller = Caller(name=f"person:{WHO}", person_id=WHO)
    return Actor(caller.name, NOW, "1" * 32, {owner.id: frozenset(Permission)}, caller), case


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(level=st.sampled_from(list(CASES)), steps=st.lists(st.tuples(st.booleans(), st.integers(0, 99)), max_size=25))
def test_any_order_of_moves_keeps_the_invariants(
    database: Database, level: Level, steps: list[tuple[bool, int]]
) -> None:
    """Invariants 13 and 20: what is bound stays, ends are ends, decisions come after reports, versions rise."""
    with database.session(writing=True) as session:
        actor, case = given_case(session, level)
        walked, table = [case.state], CASES[level]
        for is_possible, number in steps:
            possible = [move.verb for move in table.moves_from(case.state)]
            verbs = possible if is_possible and possible else VERBS
            verb, before = verbs[number % len(verbs)], (case.version, case.state)
            if verb in possible:
                actions.move(session, actor, case, verb, reason="Because.")
                walked.append(case.state)
                assert case.version == before[0] + 1
            else:
                with pytest.raises(MoveNotAllowed):
                    actions.move(session, actor, case, verb, reason="Because.")
                assert (case.version, case.state) == before
        assert not any(state in ENDED for state in walked[:-1])
        decided = [at for at, state in enumerate(walked) if state in {CaseState.GRANTED, CaseState.REFUSED}]
        assert all({CaseState.REPORTED, CaseState.IN_DECISION} <= set(walked[:at]) for at in decided)
        if CaseState.REPORTED in walked:
            later = walked[walked.index(CaseState.REPORTED) :]
            assert set(later) <= set(FROM_REPORT_ON)
        assert (case.price_cents, terms_of(session, case).gold_experts.value) == (825000, 2)
        session.rollback()


def test_deadlines_follow_the_state(gold: World) -> None:
    gold.to("assessed")
    found = gold.ask("lena", "/deadlines").json()["deadlines"]
    assert [(one["code"], one["due_on"], one["who"]) for one in found] == [
        ("scores", "2021-03-17", "assessor"), ("report", "2021-04-07", "assessor"),
    ]  # fmt: skip
