"""Bronze: too few members, for a reason; benchmarked by video, recommended, granted, verified by a stranger."""

from datetime import date
from typing import Any

from tests.journeys.parties import House
from tests.journeys.scheme import QUESTIONNAIRE, Applicant, Expert, Scheme, founded
from tests.journeys.steps import (
    CRITERIA,
    applied,
    contracted,
    criteria_answered,
    interviewed,
    labels_of,
    opened,
    released,
    reported,
    told,
    voted,
)

SOCIAL = "A social-economy cluster: it admits workers' co-operatives of one valley only."
FEW = {"sme": 7, "rd_institution": 3, "university": 2}
SAID = {"committed_members": 12, "kinds_of_member": {"industry": 7, "research_education": 5, "sme": 7}}


def test_bronze_is_awarded_after_a_benchmark_by_video_and_a_waiver(house: House) -> None:
    scheme = founded(house)
    cluster = scheme.registered(
        "Mountain Herbs Cluster", "mary", country="PT", waiver=SOCIAL, is_social_economy=True, members=FEW
    )
    bea = scheme.taken_in("bea", "FR", "benchmarking")

    case = admitted_with_a_waiver(scheme, cluster)
    interviewed_by_video(scheme, cluster, case, bea)
    recommended_and_reported(scheme, cluster, case, bea)
    granted(scheme, cluster, case)

    anybody_verifies_it(scheme, cluster)
    everything_is_told_in_order(scheme, cluster, case)
    scheme.everything_holds()


def admitted_with_a_waiver(scheme: Scheme, cluster: Applicant) -> Any:
    """Apply at the price for video; three members too few are waived by the office, with a reason."""
    scheme.house.on("2021-01-18")
    quoted = scheme.stranger.ask("get_quote", level="bronze", kind="first", mode="video")
    case = applied(cluster, "bronze", mode="video")
    assert cluster.manager.ask("get_assessment", case).price_cents == quoted.net_cents == 165000
    criteria_answered(scheme, cluster, case, **SAID)
    refused = scheme.office.refused("admit_assessment", case)
    assert (refused.type_, refused.additional_properties["criteria"]) == ("/problems/eligibility-not-met", ["E3"])
    never = scheme.office.refused("waive_assessment_criterion", case, criterion="E9", reason="No English there.")
    assert never.type_ == "/problems/criterion-not-waivable"
    assert scheme.office.do("waive_assessment_criterion", case, criterion="E3", reason=SOCIAL).unmet == []
    assert scheme.office.do("admit_assessment", case).state == "eligible"
    scheme.house.on("2021-02-01")
    contracted(scheme, case, "C-2021-004")
    return case


def interviewed_by_video(scheme: Scheme, cluster: Applicant, case: Any, bea: Expert) -> None:
    """Talk the questionnaire through by video; the case rests on it, and its comparison is released."""
    scheme.house.on("2021-03-09")
    bea.declares_everything()
    nobody_else = dict.fromkeys(scheme.form(QUESTIONNAIRE)["committed_members"], 0)
    held = interviewed(
        scheme, cluster, bea, participants=20, committed_members=nobody_else | FEW, within_150_km=12,
        personal_contacts=12,
    )  # fmt: skip
    shown = scheme.office.do("record_assessment_interview", case, benchmark_id=str(held))
    assert (shown.held_on, shown.mode, shown.recommends) == (date(2021, 3, 9), "video", None)
    released(scheme, bea, held)
    report = cluster.manager.ask("get_benchmark_report", held)
    assert (report.is_released, report.interview_mode) == (True, "video")
    assert cluster.manager.call("get_benchmark_report_pdf", held).content.startswith(b"%PDF-")


def recommended_and_reported(scheme: Scheme, cluster: Applicant, case: Any, bea: Expert) -> None:
    """Let the expert fill in the criteria as found, recommend, and seal; the applicant reads it then."""
    scheme.house.on("2021-03-16")
    found = scheme.form(CRITERIA) | SAID
    bea.do(
        "write_assessment_findings", case, no_conflict=True, checklist=found, recommends=True,
        reasons="Twelve members who know each other.",
    )  # fmt: skip
    assert cluster.manager.ask("get_assessment_interview", case).recommends is None
    document = reported(case, bea, "Look for members in the next valley.")
    assert (document.recommends, document.refusals, document.waivers.to_dict()) == (True, [], {"E3": SOCIAL})
    assert cluster.manager.ask("get_assessment_interview", case).recommends is True
    explained = cluster.manager.ask("explain_assessment", case)
    assert (explained.basis, explained.score) == ("interview", None)
    assert [one.rule for one in explained.rules if one.waived] == ["E3"]
    assert all(one.holds for one in explained.rules)


def granted(scheme: Scheme, cluster: Applicant, case: Any) -> None:
    """Let the body for bronze decide: one person of it is enough, but nobody is none; tell the applicant."""
    scheme.house.on("2021-04-06")
    berta, bella = scheme.board["berta"], scheme.board["bella"]
    decision = opened(scheme, case, berta)
    voted(decision, {bella: "abstain"})
    nobody = berta.refused("conclude_decision", decision)
    assert nobody.detail == "Votes that count: 0 of 1 wanted; 6 may vote."
    voted(decision, {berta: "grant"})
    concluded = berta.do("conclude_decision", decision)
    assert (concluded.state, concluded.body, concluded.refusals) == ("granted", "ESCA", [])
    told(scheme, decision)
    assert cluster.manager.ask("get_decision", decision).state == "granted"


def anybody_verifies_it(scheme: Scheme, cluster: Applicant) -> None:
    """Let a stranger find the label: two years from the month of the interview, not of the decision."""
    [label] = labels_of(scheme, cluster)
    assert (label.level, label.kind, label.awarded_on) == ("bronze", "first", date(2021, 4, 6))
    assert (label.valid_from, label.valid_until) == (date(2021, 3, 9), date(2023, 3, 31))
    days = {"2021-03-08": "not_yet", "2021-04-06": "valid", "2023-03-31": "valid", "2023-04-01": "expired"}
    assert {day: scheme.verdict(label.number, at=date.fromisoformat(day))[0] for day in days} == days
    told_of = scheme.stranger.ask("verify_label", label.number)
    assert (told_of.holder, [step.passed for step in told_of.steps]) == (cluster.name, [True] * 6)
    counted = scheme.stranger.ask("get_label_figures", by="level,country", basis="valid").items
    assert [(one.level, one.country, one.organisations) for one in counted] == [("bronze", "PT", 1)]


def everything_is_told_in_order(scheme: Scheme, cluster: Applicant, case: Any) -> None:
    """Compare the history that the applicant reads with the journal."""
    assert scheme.history_is_in_the_journal(case, cluster.manager) == [
        f"assessment.{event}"
        for event in (
            "opened", "eligibility_answered", "submitted", "criterion_waived", "admitted", "contracted",
            "interviewed", "findings_written", "reported", "taken_up", "granted",
        )
    ]  # fmt: skip
