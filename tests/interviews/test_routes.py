"""Bronze over HTTP: from the application through a benchmark to the label, and everything that stops it."""

from datetime import date
from typing import Any

import pytest

from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.identity.models import Person
from cluster_api.identity.states import Role
from tests.assessments.given import CHECKLIST, kind
from tests.benchmarks.given import given_released
from tests.callers import given_key
from tests.interviews.given import BOARD, FEW, FOUND, WORDS, Bronze
from tests.register import given_cluster


def test_bronze_goes_from_application_to_label(bronze: Bronze) -> None:
    bronze.reported(checklist=FEW, waived="E3")
    read = bronze.get("cluster", bronze.case).json()
    assert (read["price_cents"], read["binding"]["indicator_set"]) == (165_000, None)
    assert (read["first_benchmark_on"], read["visit_dates"]) == ("2021-02-10", ["2021-02-10"])
    bronze.on("2021-03-20")
    decided = bronze.decide("grant")
    assert (decided["state"], decided["is_final"], decided["passes"]) == ("granted", True, True)
    bronze.tell()
    label = bronze.label()
    # From the month of the interview, not of the decision (domain invariant 1).
    assert (label.level, label.kind, label.assessed_on) == ("bronze", "first", date(2021, 2, 10))
    assert (label.awarded_on, label.valid_from, label.valid_until) == (
        date(2021, 3, 20), date(2021, 2, 10), date(2023, 2, 28),
    )  # fmt: skip
    assert bronze.state() == "granted"
    replayed = bronze.done("auditor", f"{bronze.decision}/replay", of=bronze.decision)
    assert (replayed["is_identical"], replayed["differences"]) == (True, [])
    verified = bronze.client.get(f"/v1/labels/{label.number}").json()
    assert (verified["level"], verified["valid_until"]) == ("bronze", "2023-02-28")


def test_invariant_7_findings_that_miss_a_criterion_cannot_be_granted_until_it_is_waived(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen().held().release().found(checklist=FEW)
    assert bronze.get("secretariat", f"{bronze.case}/interview").json()["unmet"] == ["E3"]
    assert explained(bronze)["refusals"] == ["criterion E3 is not met"]
    bronze.step("secretariat", "eligibility/waive", {"criterion": "E3", "reason": "A social-economy cluster."})
    assert explained(bronze)["refusals"] == []
    sealed = bronze.step("eva", "report", WORDS)
    assert (sealed["document"]["waivers"], sealed["document"]["refusals"]) == ({"E3": "A social-economy cluster."}, [])


def test_invariant_7_unmet_criterion_bars_the_grant(bronze: Bronze) -> None:
    unled = {**CHECKLIST, "team": {**CHECKLIST["team"], "has_manager": False}}
    bronze.contracted().on("2021-02-10").frozen().held().release().found(checklist=unled, recommends=False)
    bronze.step("eva", "report", WORDS)
    opened = bronze.open_decision().json()
    assert (opened["passes"], opened["refusals"]) == (False, ["criterion E5 is not met"])
    assert kind(bronze.vote("berta", "grant")) == (409, "requirements-not-met")
    for one in BOARD[:3]:
        assert bronze.vote(one, "refuse").status_code == 201
    bronze.done("berta", f"{bronze.decision}/conclude", {"reasons": "No manager."}, of=bronze.decision)
    assert (bronze.state(), bronze.labels()) == ("refused", [])


def explained(bronze: Bronze) -> Any:
    return bronze.get("eva", f"{bronze.case}/explanation").json()


def test_explanation_names_each_rule_with_its_source(bronze: Bronze) -> None:
    bronze.reported(checklist=FEW, waived="E3")
    told = bronze.get("cluster", f"{bronze.case}/explanation").json()
    assert (told["basis"], told["score"], told["refusals"]) == ("interview", None, [])
    rules = {one["rule"]: one for one in told["rules"]}
    assert [*rules] == ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "benchmark", "recommendation"]
    assert {one["holds"] for one in rules.values()} == {True}
    assert (rules["E3"]["found"], rules["E3"]["waived"]) == (42, "A social-economy cluster.")
    assert (rules["benchmark"]["found"], rules["recommendation"]["found"]) == ("2021-02-10", True)
    assert min(len(one["source"]) for one in rules.values()) > 5


def test_recommendation_against_does_not_bind_the_board(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen().held().release().found(recommends=False)
    bronze.step("eva", "report", WORDS)
    assert bronze.decide("grant")["state"] == "granted"


def test_report_waits_for_findings_and_release(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen().held()
    assert kind(bronze.send("eva", f"{bronze.case}/report", WORDS)) == (409, "findings-missing")
    bronze.found()
    assert kind(bronze.send("eva", f"{bronze.case}/report", WORDS)) == (409, "benchmark-not-released")
    bronze.release()
    assert bronze.send("eva", f"{bronze.case}/report", WORDS).status_code == 201


def test_cluster_reads_findings_with_the_report_only(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen().held().release().found()
    path = f"{bronze.case}/interview"
    hidden = dict.fromkeys(("checklist", "unmet", "recommends", "reasons", "found_on"))
    seen = bronze.get("cluster", path).json()
    assert {name: seen[name] for name in hidden} == hidden
    assert (seen["held_on"], seen["mode"], seen["benchmark_state"]) == ("2021-02-10", "video", "released")
    assert bronze.get("eva", path).json()["recommends"] is True
    assert kind(bronze.get("cluster", f"{bronze.case}/explanation")) == (404, "nothing-to-explain")
    bronze.step("eva", "report", WORDS)
    assert bronze.get("cluster", path).json()["recommends"] is True


def test_who_sees_the_interview_and_who_records_it(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen()
    applicant = bronze.keys["cluster"]
    with bronze.database.transaction() as session:
        bronze.keys |= {role.value: given_key(session, role) for role in Role if role is not Role.PUBLIC}
    bronze.keys["applicant"] = applicant
    everybody = [*bronze.keys, *bronze.people]
    body = {"benchmark_id": bronze.benchmark.rsplit("/", 1)[1]}
    recorded = {who: bronze.send(who, f"{bronze.case}/interview", body).status_code for who in everybody}
    assert {who for who, status in recorded.items() if status == 201} == {"secretariat"}
    seen = {who for who in everybody if bronze.get(who, f"{bronze.case}/interview").status_code == 200}
    assert seen == {"applicant", "secretariat", "auditor", "eva"}


@pytest.mark.parametrize(
    ("who", "status"), [("cluster", 403), ("emil", 404), ("stranger", 404), ("secretariat", 403), ("auditor", 403)]
)
def test_only_who_held_the_interview_says_what_was_found(bronze: Bronze, who: str, status: int) -> None:
    bronze.contracted().on("2021-02-10").frozen().held()
    assert bronze.send(who, f"{bronze.case}/interview/findings", FOUND, method="PUT").status_code == status


def test_findings_name_every_place_that_is_wrong(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen().held()
    wrong = {**FOUND, "checklist": {**CHECKLIST, "committed_members": -1, "colour": "blue"}}
    answer = bronze.send("eva", f"{bronze.case}/interview/findings", wrong, method="PUT")
    assert kind(answer) == (422, "findings-invalid")
    assert {one["pointer"] for one in answer.json()["errors"]} == {
        "/body/checklist/committed_members", "/body/checklist/colour",
    }  # fmt: skip


def test_invariant_19_who_held_the_interview_does_not_decide(bronze: Bronze) -> None:
    bronze.reported()
    with bronze.database.transaction() as session:
        session.get_one(Person, bronze.people["eva"]).roles = [Role.ASSESSOR.value, Role.BOARD.value]
    answer = bronze.open_decision("eva")
    assert (kind(answer), answer.json()["bars"]) == ((409, "voter-barred"), ["assigned"])


@pytest.mark.parametrize(
    ("why", "code"),
    [("unfrozen", "not_frozen"), ("foreign", "unknown"), ("early", "out_of_range"), ("place", "other_place")],
)
def test_benchmark_that_does_not_fit_carries_no_case(bronze: Bronze, why: str, code: str) -> None:
    if why == "early":
        bronze.on("2021-01-20").frozen().on("2021-01-25").contracted()
    else:
        bronze.contracted(mode="on_site" if why == "place" else "video").on("2021-02-10").frozen()
    benchmark = bronze.benchmark.rsplit("/", 1)[1]
    with bronze.database.transaction() as session:
        if why == "unfrozen":
            benchmark = given_released(session, bronze.cluster_id, day(1), state=BenchmarkState.VOID)[0].id
        if why == "foreign":
            benchmark = given_released(session, given_cluster(session, "Another"), day(10))[0].id
    answer = bronze.send("secretariat", f"{bronze.case}/interview", {"benchmark_id": benchmark})
    assert (kind(answer), [one["code"] for one in answer.json()["errors"]]) == ((409, "benchmark-not-fitting"), [code])
    assert bronze.state() == "contracted"


def day(number: int) -> date:
    return date(2021, 2, number)
