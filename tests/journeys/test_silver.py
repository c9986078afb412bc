"""Silver: benchmarked twice, three areas improved, refused by one panel, granted on appeal by another."""

from datetime import UTC, date, datetime
from typing import Any

from tests.journeys.parties import House
from tests.journeys.scheme import INDICATORS, Applicant, Expert, Scheme, founded
from tests.journeys.steps import (
    agreed_on,
    applied,
    benchmarked,
    contracted,
    found_eligible,
    labels_of,
    opened,
    reported,
    scored_alone,
    self_assessed,
    told,
    visited,
    voted,
    with_evidence,
)

AREAS = ("strategy_review", "cooperation", "direct_contacts")
DOUBTED = "cooperation"
FIRST, SECOND = ("berta", "bruno", "bella"), ("anton", "alma", "arno")


def test_silver_is_refused_by_one_panel_and_granted_on_appeal_by_another(house: House) -> None:
    scheme = founded(house)
    cluster = scheme.registered("Tidal Energy Cluster", "mary", country="IE")
    bea, ben = scheme.taken_in("bea", "FR", "benchmarking"), scheme.taken_in("ben", "PT", "benchmarking")
    ada = scheme.taken_in("ada", "DE", "silver")

    benchmarked(scheme, cluster, bea, on="2020-02-11", personal_contacts=20, joint_projects=2)
    a_second_one_too_soon_is_found_out(scheme, cluster)
    house.on("2021-10-04")
    ben.declares_everything()
    benchmarked(scheme, cluster, ben, on="2021-10-05", personal_contacts=48, joint_projects=6)

    case = admitted(scheme, cluster)
    improvements_are_audited(scheme, cluster, case, ada)
    refused = refused_for_one_area(scheme, cluster, case)
    appealed_and_granted(scheme, cluster, case, refused)

    anybody_verifies_it(scheme, cluster)
    everything_is_told_in_order(scheme, cluster, case)
    scheme.everything_holds()


def a_second_one_too_soon_is_found_out(scheme: Scheme, cluster: Applicant) -> None:
    """Apply with one benchmark only: the check says what is missing, and the applicant withdraws."""
    case = applied(cluster, "silver")
    found_eligible_but = {one.code: one.detail for one in cluster.manager.ask("get_assessment_checks", case).checks}
    assert found_eligible_but["benchmarks"] == "First benchmark not to be had, second not to be had."
    assert cluster.manager.do("withdraw_assessment", case, reason="We come back in a year.").state == "withdrawn"


def admitted(scheme: Scheme, cluster: Applicant) -> Any:
    """Apply with both benchmarks, be found eligible on them, and conclude the contract at the public price."""
    scheme.house.on("2021-11-08")
    case = applied(cluster, "silver", first_benchmark_on="2020-02-11", second_benchmark_on="2021-10-05")
    found_eligible(scheme, cluster, case)
    contracted(scheme, case, "C-2021-031")
    scheme.office.do("prepare_assessment", case)
    shown = cluster.manager.ask("get_assessment", case)
    assert (shown.price_cents, shown.binding.rule_set.code) == (362000, "2020")
    assert (shown.first_benchmark_on, shown.second_benchmark_on) == (date(2020, 2, 11), date(2021, 10, 5))
    return case


def improvements_are_audited(scheme: Scheme, cluster: Applicant, case: Any, ada: Expert) -> None:
    """Name three areas with proof; one auditor visits, scores, and confirms all three."""
    sheet = scheme.form(INDICATORS)
    [proof] = with_evidence(scheme, cluster, case, "three areas.pdf")
    two = [improvement(name, proof) for name in AREAS[:2]]
    cluster.system.do("write_self_assessment", case, sheet=sheet, improvements=two)
    missing = cluster.manager.refused("hand_in_self_assessment", case)
    assert [one.detail for one in missing.errors] == ["3 improvements are wanted, 2 are named."]
    self_assessed(cluster, case, sheet, improvements=[*two, improvement(AREAS[2], proof)])

    ada.declares_everything()
    agreed_on(scheme, cluster, case, ada, "auditor")
    visited(scheme, case, "2022-01-18")
    scored_alone(case, ada, sheet)
    everywhere = {name: [proof] for name in sheet if name != "methodology"}
    ada.do("write_consensus", case, sheet=sheet, evidence=everywhere, confirmed=dict.fromkeys(AREAS, True))
    scheme.house.on("2022-01-25")
    document = reported(case, ada, "Count joint projects every year.")
    assert (document.improvements.to_dict(), document.refusals) == (dict.fromkeys(AREAS, True), [])
    assert set(document.baseline.to_dict().values()) == {True}


def improvement(indicator: str, proof: str) -> dict[str, Any]:
    """Answer an area as the cluster describes it."""
    return {
        "indicator": indicator, "before": "Now and then.", "after": "Every half year.",
        "effect": "Members find each other.", "evidence": [proof],
    }  # fmt: skip


def refused_for_one_area(scheme: Scheme, cluster: Applicant, case: Any) -> Any:
    """Let the first panel refuse, because it does not believe one of the areas; tell the applicant why."""
    scheme.house.on("2022-02-10")
    berta, bruno, bella = panel = [scheme.board[name] for name in FIRST]
    decision = opened(scheme, case, berta)
    assert cluster.manager.refused("get_decision", decision).type_ == "/problems/decision-not-found"
    voted(decision, {berta: "refuse", bruno: "refuse", bella: "grant"})
    reasons = "Joint projects are counted that had ended before: the second area is not shown."
    concluded = berta.do("conclude_decision", decision, reasons=reasons)
    assert (concluded.state, concluded.tally.to_dict()) == ("refused", {"grant": 1, "refuse": 2})
    assert scheme.stranger.ask("list_register", ever_held=True).items == []

    scheme.house.on("2022-02-14")
    told(scheme, decision)
    shown = cluster.manager.ask("get_decision", decision)
    assert (shown.state, shown.reasons, shown.appealable_until) == ("refused", reasons, date(2022, 3, 16))
    assert not any(one.id in str(shown.to_dict()) for one in panel)
    return decision


def appealed_and_granted(scheme: Scheme, cluster: Applicant, case: Any, refused: Any) -> None:
    """Appeal in time; a panel without anybody of the first decides anew, and grants."""
    scheme.house.on("2022-03-01")
    appeal = cluster.manager.do("file_appeal", refused, grounds="The projects ended after the second benchmark.")
    assert (appeal.state, appeal.due_on, appeal.decide_by) == ("admissible", date(2022, 3, 16), date(2022, 3, 31))

    scheme.house.on("2022-03-22")
    berta, (anton, alma, arno) = scheme.board["berta"], [scheme.board[name] for name in SECOND]
    barred = scheme.office.refused("review_appeal", appeal.id, chair_id=berta.id)
    assert (barred.type_, barred.additional_properties["bars"]) == ("/problems/voter-barred", ["decided_before"])
    review = scheme.office.do("review_appeal", appeal.id, chair_id=anton.id).review_id
    assert berta.refused("cast_decision_vote", review, choice="refuse").type_ == "/problems/voter-barred"
    voted(review, {anton: "grant", alma: "grant", arno: "grant"})
    assert anton.do("conclude_appeal", appeal.id).state == "upheld"
    assert cluster.manager.ask("get_appeal", appeal.id).state == "in_review"
    told(scheme, review)
    assert cluster.manager.ask("get_appeal", appeal.id).state == "upheld"
    assert cluster.manager.ask("get_assessment", case).state == "granted"
    finals = {one.kind.value: one.is_final for one in cluster.manager.ask("list_decisions", assessment=case).items}
    assert finals == {"first": False, "appeal": True}


def anybody_verifies_it(scheme: Scheme, cluster: Applicant) -> None:
    """Let a stranger find the label and follow the verdict, from its first day to the one after its last."""
    [label] = labels_of(scheme, cluster)
    assert (label.level, label.awarded_on) == ("silver", date(2022, 3, 22))
    assert (label.valid_from, label.valid_until) == (date(2022, 1, 18), date(2024, 1, 31))
    days = {"2022-01-17": "not_yet", "2022-03-22": "valid", "2024-01-31": "valid", "2024-02-01": "expired"}
    told_of = {day: scheme.verdict(label.number, at=date.fromisoformat(day))[0] for day in days}
    assert told_of == days
    # Before the award was recorded nobody could know of it.
    early = scheme.verdict(label.number, at=date(2022, 3, 22), known_at=datetime(2022, 3, 21, tzinfo=UTC))
    assert early == ("unknown", False)
    wrong = label.number[:-1] + ("0" if label.number[-1] != "0" else "1")
    assert scheme.verdict(wrong) == ("unknown", False)


def everything_is_told_in_order(scheme: Scheme, cluster: Applicant, case: Any) -> None:
    """Compare the history that the applicant reads with the journal."""
    told_of = scheme.history_is_in_the_journal(case, cluster.manager)
    moves = [event.removeprefix("assessment.") for event in told_of if event in MOVES]
    assert moves == [event.removeprefix("assessment.") for event in MOVES]


MOVES = [
    f"assessment.{event}"
    for event in (
        "opened", "submitted", "admitted", "contracted", "opened_for_answers", "scheduled", "visited", "reported",
        "taken_up", "refused", "reopened", "granted",
    )
]  # fmt: skip
