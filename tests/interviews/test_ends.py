"""What stops a bronze case, what takes it up again, and what renews its label; all over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from cluster_api.assessments.models import Assessment, Interview
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.problems import as_problem
from cluster_api.interviews.errors import CONSTRAINTS, BenchmarkNotReleased
from tests.assessments.given import kind
from tests.assessments.test_actions import given_rule_set
from tests.interviews.given import BOARD, FOUND, WORDS, Bronze
from tests.register import given_label

REASON = {"reason": "Because."}


def moved_to(bronze: Bronze, state: str) -> Bronze:
    """Walk a case to a state before its report."""
    if state == "draft":
        return bronze.opened()
    bronze.contracted().on("2021-02-10")
    return bronze if state == "contracted" else bronze.frozen().held().release().found()


def close_cluster(bronze: Bronze) -> None:
    with bronze.database.transaction() as session:
        session.execute(sa.update(Cluster).where(Cluster.id == bronze.cluster_id).values(status="closed"))


def given_held(bronze: Bronze, *days: str, level: str = "bronze", **more: Any) -> str:
    """Put a label of the cluster on record, valid on these days."""
    first, last = map(date.fromisoformat, days)
    with bronze.database.transaction() as session:
        return given_label(session, bronze.cluster_id, level, (first, last), rule_set="2020", **more)


def test_application_is_returned_and_submitted_again(bronze: Bronze) -> None:
    bronze.opened()
    bronze.step("cluster", "eligibility", {"checklist": FOUND["checklist"]}, method="PUT")
    bronze.step("cluster", "submit")
    assert bronze.step("secretariat", "return", REASON)["state"] == "incomplete"
    assert bronze.step("cluster", "submit")["state"] == "submitted"


def test_applicant_withdraws_until_the_interview(bronze: Bronze) -> None:
    bronze.contracted()
    assert bronze.step("cluster", "withdraw", REASON)["state"] == "withdrawn"
    bronze.contracted().on("2021-02-10").frozen().held()
    assert kind(bronze.send("cluster", f"{bronze.case}/withdraw", REASON)) == (409, "move-not-allowed")


@pytest.mark.parametrize(
    ("state", "verb"), [("draft", "submit"), ("contracted", "interview"), ("interviewed", "report")]
)
def test_cluster_that_closes_in_mid_case_leaves_only_its_end(bronze: Bronze, state: str, verb: str) -> None:
    moved_to(bronze, state)
    benchmark = {"benchmark_id": bronze.case.rsplit("/", 1)[1]}
    body, who = {"submit": (None, "cluster"), "interview": (benchmark, "secretariat"), "report": (WORDS, "eva")}[verb]
    assert kind(bronze.send("secretariat", f"{bronze.case}/abandon", REASON)) == (409, "reason-not-applicable")
    close_cluster(bronze)
    assert kind(bronze.send(who, f"{bronze.case}/{verb}", body)) == (409, "cluster-not-active")
    assert bronze.step("secretariat", "abandon", REASON)["state"] == "withdrawn"


def test_cluster_that_closes_before_the_decision_is_refused_and_gets_no_label(bronze: Bronze) -> None:
    bronze.reported()
    bronze.open_decision()
    for who in BOARD[:3]:
        assert bronze.vote(who, "grant").status_code == 201
    close_cluster(bronze)
    answer = bronze.send("berta", f"{bronze.decision}/conclude", {}, of=bronze.decision)
    assert kind(answer) == (409, "award-not-possible")
    assert (bronze.state(), bronze.labels()) == ("in_decision", [])


def test_stalled_case_expires_after_the_months_of_its_rule_set(bronze: Bronze) -> None:
    bronze.contracted().on("2022-01-15")
    assert kind(bronze.send("secretariat", f"{bronze.case}/expire")) == (409, "case-not-stalled")
    bronze.on("2022-01-16")
    assert bronze.step("secretariat", "expire")["state"] == "expired"


def test_interview_counts_within_the_months_of_the_contract(bronze: Bronze) -> None:
    bronze.on("2021-01-01").contracted().on("2022-01-02").frozen()
    answer = bronze.hold()
    assert (kind(answer), answer.json()["errors"][0]["code"]) == ((409, "benchmark-not-fitting"), "out_of_range")


def test_invariant_13_case_keeps_its_rule_set_though_a_newer_one_comes_into_force(bronze: Bronze) -> None:
    bronze.contracted()
    given_rule_set(bronze.database, first_validity_months=6)
    bronze.on("2021-02-10").frozen().held().release().found()
    bronze.step("eva", "report", WORDS)
    assert bronze.decide("grant")["body"] == "ESCA"
    bronze.tell()
    label = bronze.label()
    assert (label.rule_set, label.valid_until) == ("2020", date(2023, 2, 28))


@pytest.mark.parametrize("verb", ["prepare", "schedule", "reschedule", "assess"])
def test_moves_of_other_levels_do_not_exist(bronze: Bronze, verb: str) -> None:
    bronze.contracted()
    body = REASON if verb == "reschedule" else None
    assert kind(bronze.send("secretariat", f"{bronze.case}/{verb}", body)) == (409, "move-not-allowed")
    proposal = {"person_id": bronze.people["emil"], "role": "auditor"}
    assert kind(bronze.send("secretariat", f"{bronze.case}/assignments", proposal)) == (409, "role-not-fitting")


def test_void_benchmark_is_taken_back_and_another_interview_held(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen().held().release().found()
    bronze.done("secretariat", f"{bronze.benchmark}/void", {"reason": "Wrong figures."}, of=bronze.benchmark)
    assert kind(bronze.send("eva", f"{bronze.case}/report", WORDS)) == (409, "benchmark-not-released")
    assert bronze.step("secretariat", "interview/take-back", REASON)["state"] == "contracted"
    assert kind(bronze.get("eva", bronze.case)) == (404, "assessment-not-found")
    assert kind(bronze.get("cluster", f"{bronze.case}/interview")) == (404, "interview-not-found")
    bronze.on("2021-03-10").frozen(expert="emil").held().release("emil").found("emil")
    bronze.step("emil", "report", WORDS)
    bronze.decide("grant")
    bronze.tell()
    assert (bronze.label().assessed_on, bronze.label().valid_until) == (date(2021, 3, 10), date(2023, 3, 31))


def test_each_award_has_an_interview_of_its_own(bronze: Bronze) -> None:
    bronze.reported()
    bronze.decide("refuse")
    bronze.tell()
    bronze.on("2021-09-20").contracted()
    with bronze.database.transaction() as session:
        # As if the contract had been older: the day alone does not let a benchmark carry two cases.
        number = bronze.case.rsplit("/", 1)[1]
        session.execute(sa.update(Assessment).where(Assessment.id == number).values(contracted_on=date(2021, 2, 1)))
    assert kind(bronze.hold()) == (409, "benchmark-taken")


def test_of_two_who_record_the_interview_at_once_one_does(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen()
    tag = bronze.get("secretariat", bronze.case).headers["ETag"]
    headers = {**bronze.as_("secretariat"), "If-Match": tag}
    body, barrier = {"benchmark_id": bronze.benchmark.rsplit("/", 1)[1]}, Barrier(2)

    def hold(_: int) -> int:
        barrier.wait()
        return int(bronze.client.post(f"{bronze.case}/interview", json=body, headers=headers).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(hold, range(2))) == [201, 412]


def test_rehearsed_interview_keeps_nothing(bronze: Bronze) -> None:
    bronze.contracted().on("2021-02-10").frozen()
    body = {"benchmark_id": bronze.benchmark.rsplit("/", 1)[1]}
    headers = {**bronze.as_("secretariat"), "If-Match": bronze.get("secretariat", bronze.case).headers["ETag"]}
    path = f"{bronze.case}/interview"
    answer = bronze.client.post(path, json=body, headers=headers, params={"dry_run": "true"})
    assert (answer.status_code, answer.json()["held_on"]) == (200, "2021-02-10")
    assert (bronze.state(), kind(bronze.get("secretariat", path))) == ("contracted", (404, "interview-not-found"))


def test_refused_case_is_appealed_and_granted_by_another_panel(bronze: Bronze) -> None:
    bronze.reported()
    bronze.on("2021-03-01").decide("refuse")
    bronze.tell()
    appeal = bronze.send("cluster", f"{bronze.decision}/appeals", {"grounds": "Unfair."}, of=bronze.decision)
    assert appeal.status_code == 201, appeal.text
    path = appeal.headers["Location"]
    chair = {"chair_id": bronze.people["anton"]}
    bronze.decision = f"/v1/decisions/{bronze.done('secretariat', f'{path}/review', chair, of=path)['review_id']}"
    for who in BOARD[3:]:
        assert bronze.vote(who, "grant").status_code == 201
    assert bronze.done("anton", f"{path}/conclude", {}, of=path)["state"] == "upheld"
    assert (bronze.state(), bronze.labels()) == ("granted", [])
    bronze.tell()
    assert bronze.label().level == "bronze"


def test_deferred_case_waits_for_its_conditions_and_is_granted(bronze: Bronze) -> None:
    bronze.reported()
    said = {"conditions": "New statutes.", "deferred_until": "2021-06-30"}
    deferred = bronze.on("2021-03-01").decide("defer", said=said)
    assert (deferred["state"], deferred["conditions_met_on"], bronze.state()) == ("deferred", None, "deferred")
    assert kind(bronze.open_decision()) == (409, "conditions-open")
    met, path = {"met_on": "2021-04-01", "how": "They were registered."}, f"{bronze.decision}/meet-conditions"
    early = bronze.send("secretariat", path, met, of=bronze.decision)
    assert kind(early) == (409, "conditions-day-wrong")
    bronze.on("2021-04-02")
    assert bronze.send("berta", path, met, of=bronze.decision).status_code == 403
    assert bronze.done("secretariat", path, met, of=bronze.decision)["conditions_met_how"] == met["how"]
    assert bronze.decide("grant")["kind"] == "resumed"
    bronze.tell()
    assert bronze.label().awarded_on == date(2021, 4, 2)


@pytest.mark.parametrize(
    ("until", "status", "problem"),
    [
        ("2021-07-15", 201, ""),
        ("2021-07-16", 409, "renewal-not-possible"),
        ("2020-01-15", 201, ""),
        ("2020-01-14", 409, "renewal-not-possible"),
    ],
    ids=["six months before the end", "earlier", "a year after the end", "later"],
)
def test_invariant_3_renewal_is_asked_for_within_its_window(
    bronze: Bronze, until: str, status: int, problem: str
) -> None:
    given_held(bronze, "2018-07-01", until)
    answer = bronze.apply(kind="renewal")
    assert (answer.status_code, answer.json().get("type", "").removeprefix("/problems/")) == (status, problem)


def test_held_label_is_renewed_and_not_applied_for_anew(bronze: Bronze) -> None:
    given_held(bronze, "2019-01-10", "2021-01-15")
    assert kind(bronze.apply()) == (409, "label-held")
    assert bronze.on("2021-01-16").apply().status_code == 201


def test_withdrawn_label_is_not_renewed(bronze: Bronze) -> None:
    days = ("2019-01-10", "2021-02-28")
    given_held(bronze, *days, withdrawn_on=date(2020, 5, 1), events=[("withdrawn", date(2020, 5, 1))])
    assert kind(bronze.apply(kind="renewal")) == (409, "renewal-not-possible")
    assert bronze.apply().status_code == 201


def test_label_that_a_higher_one_covers_is_still_renewed(bronze: Bronze) -> None:
    given_held(bronze, "2019-01-10", "2021-02-28")
    given_held(bronze, "2019-06-10", "2021-06-30", level="silver")
    opened = bronze.apply(kind="renewal").json()
    assert (opened["kind"], opened["previous_valid_until"]) == ("renewal", "2021-02-28")


def test_invariants_3_and_4_renewal_continues_the_chain_and_can_be_replayed(bronze: Bronze) -> None:
    first = given_held(bronze, "2018-11-10", "2020-11-30")
    bronze.reported(kind="renewal").on("2021-03-01").decide("grant")
    (before,) = bronze.labels()
    bronze.tell()
    before, after = bronze.labels()
    assert (before.number, after.kind, after.previous_label_id) == (first, "renewal", before.id)
    assert (after.valid_from, after.valid_until) == (date(2020, 12, 1), date(2023, 11, 30))
    assert bronze.done("auditor", f"{bronze.decision}/replay", of=bronze.decision)["is_identical"] is True
    record = bronze.get("secretariat", f"/v1/labels/{first}/record").json()
    assert (record["next"], [one["kind"] for one in record["notices"]]) == (after.number, ["renewed"])
    # The chain goes on from its new end only.
    assert kind(bronze.apply(kind="renewal")) == (409, "renewal-not-possible")


def test_invariant_3_interview_after_the_window_renews_nothing(bronze: Bronze) -> None:
    given_held(bronze, "2018-03-01", "2020-02-29")
    bronze.contracted(kind="renewal").on("2021-03-01").frozen()
    answer = bronze.hold()
    assert kind(answer) == (409, "benchmark-not-fitting")
    assert "2021-02-28" in answer.json()["errors"][0]["detail"]


def test_invariant_16_findings_do_not_change_once_the_report_is_sealed(bronze: Bronze) -> None:
    bronze.reported()
    answer = bronze.send("eva", f"{bronze.case}/interview/findings", FOUND, method="PUT")
    assert kind(answer) == (409, "case-not-open")
    for change in (sa.update(Interview).values(recommends=False), sa.delete(Interview)):
        with pytest.raises(sa.exc.DBAPIError, match="report_sealed"), bronze.database.transaction() as session:
            session.execute(change)


def test_invariant_7_database_grants_nothing_without_a_released_benchmark(bronze: Bronze) -> None:
    bronze.reported()
    bronze.open_decision()
    for who in BOARD[:3]:
        assert bronze.vote(who, "grant").status_code == 201
    with bronze.database.transaction() as session:
        session.execute(sa.text("UPDATE benchmark SET state = 'void'"))
    answer = bronze.send("berta", f"{bronze.decision}/conclude", {}, of=bronze.decision)
    assert kind(answer) == (409, "benchmark-not-released")
    case = bronze.case.rsplit("/", 1)[1]
    grant = sa.update(Assessment).where(Assessment.id == case).values(state="granted")
    with pytest.raises(sa.exc.DBAPIError) as caught, bronze.database.transaction() as session:
        session.execute(grant)
    assert isinstance(as_problem(caught.value, CONSTRAINTS), BenchmarkNotReleased)
