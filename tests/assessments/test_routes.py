"""Cases over HTTP: application, eligibility, contract, and who sees and does what."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from cluster_api.assessments.models import Assessment
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import is_well_formed
from cluster_api.identity.states import Role, Standing
from tests.assessments.given import BASE, CHECKLIST, World, kind, pointers
from tests.benchmarks.given import given_released
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.conftest import unguarded
from tests.register import given_cluster, given_label

READS = ("", "/eligibility", "/checks", "/deadlines", "/history", "/assignments", "/evidence")
SEEING_ALL = {Role.SECRETARIAT, Role.AUDITOR}


def test_application_opens_a_case_with_number_binding_and_price(gold: World) -> None:
    answer = gold.apply()
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{BASE}/{made['id']}")
    assert is_well_formed(made["number"])
    assert (made["state"], made["price_cents"], made["currency"]) == ("draft", 825000, "EUR")
    codes = {name: (one["code"], one["version"], len(one["digest"])) for name, one in made["binding"].items()}
    assert codes == {
        "rule_set": ("2020", 2, 64), "indicator_set": ("ECEI-2013", 1, 64),
        "eligibility_set": ("ELIGIBILITY-2019", 1, 64), "prices": ("ESCA-PRICES", 1, 64),
    }  # fmt: skip
    assert made["allowed_moves"] == ["submit", "withdraw"]
    read = gold.client.get(answer.headers["Location"], headers=gold.as_("cluster"))
    assert (read.json(), read.headers["ETag"]) == (made, answer.headers["ETag"])
    assert read.headers["Cache-Control"].startswith("private")


def test_invariant_22_prices_of_levels_are_bound(silver: World) -> None:
    assert silver.apply().json()["price_cents"] == 362000
    assert kind(silver.apply(mode="video")) == (409, "process-not-offered")
    assert kind(silver.apply(level="bronze")) == (422, "invalid"), "it names benchmarks, as silver does"
    bronze = {"level": "bronze", "first_benchmark_on": None, "second_benchmark_on": None}
    assert silver.apply(**bronze).json()["price_cents"] == 225000


def test_rehearsed_application_keeps_nothing(gold: World) -> None:
    body = {"cluster_id": gold.cluster_id, "level": "gold"}
    answer = gold.client.post(BASE, params={"dry_run": "true"}, json=body, headers=gold.as_("cluster"))
    assert (answer.status_code, answer.json()["state"]) == (200, "draft")
    assert gold.client.get(BASE, headers=gold.as_("cluster")).json()["items"] == []


def test_one_open_case_for_each_cluster_and_level(gold: World) -> None:
    gold.opened()
    assert kind(gold.apply()) == (409, "assessment-open")
    assert gold.apply(level="silver").status_code == 201
    gold.done("cluster", "withdraw", {"reason": "Later."})
    assert gold.apply().status_code == 201


def test_only_the_own_cluster_applies(gold: World) -> None:
    body = {"cluster_id": gold.cluster_id, "level": "gold"}
    assert kind(gold.client.post(BASE, json=body, headers=gold.as_("stranger"))) == (404, "cluster-not-found")
    assert kind(gold.client.post(BASE, json=body, headers=gold.as_("secretariat"))) == (403, "permission-missing")
    assert gold.client.post(BASE, json=body).status_code == 401


def test_key_narrowed_to_one_cluster_sees_and_applies_for_that_one(gold: World) -> None:
    with gold.database.transaction() as session:
        owner = session.get_one(Cluster, gold.cluster_id).owner_id
        other = given_cluster(session, "Another", owner_id=owner)
        organisation = given_organisation(session, Role.CLUSTER)
        session.execute(sa.update(Cluster).where(Cluster.id.in_([other, gold.cluster_id])).values(
            owner_id=organisation.id
        ))  # fmt: skip
        machine = given_client(session, organisation)
        narrow = given_credential(session, machine, cluster_id=other)
        gold.keys["cluster"] = given_credential(session, machine)
    gold.opened()
    assert gold.client.get(gold.case, headers=narrow).status_code == 404
    body = {"cluster_id": gold.cluster_id, "level": "silver"}
    assert kind(gold.client.post(BASE, json=body, headers=narrow)) == (404, "cluster-not-found")
    own = gold.client.post(BASE, json={**body, "cluster_id": other}, headers=narrow)
    assert own.status_code == 201
    assert [one["cluster_id"] for one in gold.client.get(BASE, headers=narrow).json()["items"]] == [other]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_a_case_of_others(gold: World, database: Database, role: Role) -> None:
    gold.opened()
    with database.transaction() as session:
        headers = given_key(session, role)
    some = role in {*SEEING_ALL, Role.CLUSTER, Role.ASSESSOR, Role.BOARD}
    expected = 200 if role in SEEING_ALL else 404 if some else 403
    assert [gold.client.get(f"{gold.case}{path}", headers=headers).status_code for path in READS] == [
        expected for _ in READS
    ]
    listed = gold.client.get(BASE, headers=headers)
    assert listed.status_code == (200 if some else 403)
    if some:
        assert len(listed.json()["items"]) == (1 if role in SEEING_ALL else 0)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_runs_the_process(gold: World, database: Database, role: Role) -> None:
    gold.to("submitted")
    with database.transaction() as session:
        headers = {**given_key(session, role), "If-Match": "*"}
    expected = {Role.SECRETARIAT: 200, Role.AUDITOR: 403, Role.CLUSTER: 404, Role.ASSESSOR: 404, Role.BOARD: 404}
    answer = gold.client.post(f"{gold.case}/return", json={"reason": "Incomplete."}, headers=headers)
    assert answer.status_code == expected.get(role, 403)


@pytest.mark.parametrize("standing", Standing)
def test_reader_of_the_cluster_reads_and_does_not_withdraw(gold: World, standing: Standing) -> None:
    gold.opened()
    with gold.database.transaction() as session:
        organisation = given_organisation(session, Role.CLUSTER)
        session.execute(sa.update(Cluster).values(owner_id=organisation.id))
        gold.keys["cluster"] = given_credential(session, given_client(session, organisation, standing=standing))
    assert gold.ask("cluster").status_code == 200
    writes = standing is not Standing.READER
    assert gold.ask("cluster").json()["allowed_moves"] == (["submit", "withdraw"] if writes else [])
    assert gold.do("cluster", "withdraw", {"reason": "No."}).status_code == (200 if writes else 403)


def test_public_is_asked_for_credentials(gold: World) -> None:
    gold.opened()
    assert gold.client.get(gold.case).status_code == 401


def test_wrong_checklist_names_everything_at_once(gold: World) -> None:
    gold.opened()
    wrong = {**CHECKLIST, "committed_members": -1, "colour": "blue"}
    wrong.pop("legal_entity")
    answer = gold.do("cluster", "eligibility", {"checklist": wrong}, method="put")
    assert kind(answer) == (422, "checklist-invalid")
    found = pointers(answer)
    assert sorted(found) == [
        "/body/checklist/colour", "/body/checklist/committed_members", "/body/checklist/legal_entity",
    ]  # fmt: skip


def test_criterion_is_waived_with_a_reason_or_not_at_all(gold: World) -> None:
    gold.opened()
    assert kind(gold.do("cluster", "submit")) == (409, "eligibility-not-met")
    few = {**CHECKLIST, "committed_members": 12, "english_page": False}
    gold.done("cluster", "eligibility", {"checklist": few}, method="put")
    gold.done("cluster", "submit")
    refused = gold.do("secretariat", "admit")
    assert (kind(refused), refused.json()["criteria"]) == ((409, "eligibility-not-met"), ["E3", "E9"])
    waived = gold.done("secretariat", "eligibility/waive", {"criterion": "E3", "reason": "Social economy."})
    assert waived["unmet"] == ["E9"]
    for code in ("E9", "E77"):
        answer = gold.do("secretariat", "eligibility/waive", {"criterion": code, "reason": "Because."})
        assert kind(answer) == (409, "criterion-not-waivable")
    assert gold.do("cluster", "eligibility/waive", {"criterion": "E3", "reason": "We say so."}).status_code == 403
    gold.done("secretariat", "return", {"reason": "The page in English is missing."})
    assert gold.ask("cluster").json()["reason"] == "The page in English is missing."
    gold.done("cluster", "eligibility", {"checklist": {**few, "english_page": True}}, method="put")
    gold.done("cluster", "submit")
    assert gold.done("secretariat", "admit")["state"] == "eligible"


def test_answers_stay_once_submitted(gold: World) -> None:
    gold.to("submitted")
    assert kind(gold.do("cluster", "eligibility", {"checklist": CHECKLIST}, method="put")) == (409, "case-not-open")


def test_nobody_is_rejected_who_meets_everything(gold: World) -> None:
    gold.to("submitted")
    assert kind(gold.do("secretariat", "reject", {"reason": "No."})) == (409, "reason-not-applicable")


def test_ineligible_applicant_is_rejected_with_reasons_for_good(gold: World) -> None:
    gold.opened()
    gold.done("cluster", "eligibility", {"checklist": {**CHECKLIST, "legal_entity": False}}, method="put")
    gold.done("cluster", "submit")
    ended = gold.done("secretariat", "reject", {"reason": "No legal entity."})
    assert (ended["state"], ended["allowed_moves"]) == ("ineligible", [])
    assert kind(gold.do("secretariat", "admit")) == (409, "move-not-allowed")


def test_check_that_blocks_keeps_from_admission(gold: World) -> None:
    gold.opened(first_benchmark_on="2018-01-10")
    gold.done("cluster", "eligibility", {"checklist": CHECKLIST}, method="put")
    gold.done("cluster", "submit")
    refused = gold.do("secretariat", "admit")
    assert (kind(refused), refused.json()["checks"]) == ((409, "checks-failed"), ["benchmarks"])
    assert gold.done("secretariat", "reject", {"reason": "Benchmark too old."})["state"] == "ineligible"


def benchmark_check(world: World) -> dict[str, Any]:
    checks = world.ask("secretariat", "/checks").json()["checks"]
    return next(one for one in checks if one["code"] == "benchmarks")


def test_benchmark_named_is_looked_up_in_the_register(gold: World) -> None:
    gold.opened(first_benchmark_on="2020-06-01")
    gold.done("cluster", "eligibility", {"checklist": CHECKLIST}, method="put")
    gold.done("cluster", "submit")
    found = benchmark_check(gold)
    assert (found["outcome"], found["blocks"]) == ("failed", True)
    assert "The register shows no released benchmark of 2020-06-01: have it released first." in found["detail"]
    assert gold.do("secretariat", "admit").json()["checks"] == ["benchmarks"]
    with gold.database.transaction() as session:
        given_released(session, gold.cluster_id, date(2020, 6, 1))
    assert benchmark_check(gold)["outcome"] == "passed"
    assert gold.done("secretariat", "admit")["first_benchmark_on"] == "2020-06-01"


@pytest.mark.parametrize("state", [BenchmarkState.VOID, BenchmarkState.REPORT_READY])
def test_benchmark_that_is_void_or_not_released_yet_proves_nothing(gold: World, state: BenchmarkState) -> None:
    with gold.database.transaction() as session:
        given_released(session, gold.cluster_id, date(2020, 6, 1), state=state)
        given_released(session, given_cluster(session, "Another"), date(2020, 6, 1))
    gold.opened(first_benchmark_on="2020-06-01")
    assert benchmark_check(gold)["outcome"] == "failed"


def test_case_that_names_no_benchmark_keeps_those_on_which_it_was_admitted(silver: World) -> None:
    silver.opened(first_benchmark_on=None, second_benchmark_on=None)
    silver.done("cluster", "eligibility", {"checklist": CHECKLIST}, method="put")
    silver.done("cluster", "submit")
    kept = {"first_benchmark_on": "2019-01-10", "second_benchmark_on": "2020-10-01"}
    assert silver.done("secretariat", "admit").items() >= kept.items()
    with silver.database.transaction() as session:
        given_released(session, silver.cluster_id, date(2020, 12, 1))
    assert silver.ask("cluster").json().items() >= kept.items()
    assert "second 2020-10-01" in benchmark_check(silver)["detail"]


def test_contract_is_dated_inside_the_case(gold: World) -> None:
    gold.to("eligible")
    for day in ("2021-01-14", "2021-01-16"):
        answer = gold.do("secretariat", "contract", {"reference": "C-1", "concluded_on": day})
        assert (kind(answer), pointers(answer)) == ((409, "case-not-open"), ["/body/concluded_on"])


def test_change_needs_the_present_tag(gold: World) -> None:
    gold.opened()
    headers = gold.as_("cluster")
    assert gold.client.post(f"{gold.case}/withdraw", json={"reason": "No."}, headers=headers).status_code == 428
    stale = {**headers, "If-Match": '"99-x"'}
    assert gold.client.post(f"{gold.case}/withdraw", json={"reason": "No."}, headers=stale).status_code == 412


def test_list_is_filtered_and_paged(gold: World) -> None:
    gold.opened()
    gold.apply(level="silver")

    def levels(**params: Any) -> list[str]:
        answer = gold.client.get(BASE, params=params, headers=gold.as_("secretariat"))
        return [one["level"] for one in answer.json()["items"]]

    assert levels() == ["silver", "gold"]
    assert levels(level="gold") == ["gold"]
    assert levels(state="submitted") == []
    assert levels(cluster=gold.cluster_id) == ["silver", "gold"]
    assert levels(assessor="me") == []
    first = gold.client.get(BASE, params={"limit": 1}, headers=gold.as_("secretariat"))
    assert "Link" in first.headers
    assert levels(limit=1, cursor=first.json()["next"]) == ["gold"]
    assert gold.client.get(BASE, params={"assessor": "you"}, headers=gold.as_("secretariat")).status_code == 422


def test_invariant_22_renewal_price_holds_inside_the_window_only(gold: World) -> None:
    assert kind(gold.apply(kind="renewal")) == (409, "renewal-not-possible")
    with gold.database.transaction() as session:
        given_label(session, gold.cluster_id, "gold", (date(2018, 1, 1), date(2020, 1, 31)))
    made = gold.apply(kind="renewal").json()
    assert (made["price_cents"], made["previous_valid_until"]) == (676500, "2020-01-31")
    gold.case = f"{BASE}/{made['id']}"
    gold.done("cluster", "withdraw", {"reason": "Later."})
    gold.on("2021-02-01")
    assert kind(gold.apply(kind="renewal")) == (409, "renewal-not-possible")
    assert gold.apply().json()["price_cents"] == 825000


def test_refused_applicant_waits_as_long_as_its_rule_set_says(gold: World) -> None:
    gold.opened()
    with gold.database.transaction() as session, unguarded(session):
        session.execute(sa.update(Assessment).values(state="refused", state_since=date(2021, 1, 10)))
    refused = gold.apply()
    assert kind(refused) == (409, "application-too-early")
    assert "2021-07-10" in refused.json()["detail"]
    gold.on("2021-07-10")
    assert gold.apply().status_code == 201


def test_history_tells_moves_without_points(gold: World) -> None:
    gold.to("reported")
    events = [one["event"] for one in gold.ask("cluster", "/history", limit=200).json()["items"]]
    assert events[0] == "assessment.reported"
    assert {"assessment.opened", "evidence.sent", "evidence.released", "assessment.scheduled"} <= set(events)
    assert not any(event.startswith(("score_sheet", "assignment")) for event in events)
