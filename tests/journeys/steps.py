"""The steps on the way to a label that the levels share, each by those whose step it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys.parties import Person
from tests.journeys.scheme import QUESTIONNAIRE, Applicant, Expert, Scheme

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
CRITERIA = "ELIGIBILITY-2019"


def benchmarked(scheme: Scheme, cluster: Applicant, expert: Expert, on: str, **answers: Any) -> Any:
    """Benchmark a cluster by video, on one day from the empty form to the released report."""
    scheme.house.on(on)
    held = interviewed(scheme, cluster, expert, **answers)
    return released(scheme, expert, held)


def interviewed(scheme: Scheme, cluster: Applicant, expert: Expert, **answers: Any) -> Any:
    """Let a cluster fill in the form, and an expert talk it through by video today and freeze the answers."""
    answers = {name: one for name, one in scheme.form(QUESTIONNAIRE).items() if name != "methodology"} | answers
    today = scheme.house.today
    held = cluster.manager.do("open_benchmark", cluster_id=cluster.id).id
    cluster.system.do("update_benchmark", held, answers=answers)
    checked = cluster.manager.ask("check_benchmark", held)
    assert checked.is_ready, [(one.pointer, one.detail) for one in checked.faults]
    cluster.manager.do("submit_benchmark", held)
    scheme.office.do("assign_benchmark_expert", held, expert_id=expert.id, interview_mode="video", interview_on=today)
    expert.do("start_benchmark_interview", held)
    expert.do("freeze_benchmark", held, interview_on=today)
    return held


def released(scheme: Scheme, expert: Expert, held: Any) -> Any:
    """Let the expert recommend, and the office release the comparison report to the cluster."""
    expert.do("prepare_benchmark_report", held, remarks="Make the working group on hydrogen a project.")
    return scheme.office.do("release_benchmark", held)


def applied(cluster: Applicant, level: str, **more: Any) -> Any:
    """Apply for a level."""
    return cluster.manager.do("apply_for_assessment", cluster_id=cluster.id, level=level, **more).id


def criteria_answered(scheme: Scheme, cluster: Applicant, case: Any, **answers: Any) -> None:
    """Answer every criterion of eligibility, and submit."""
    cluster.system.do("answer_assessment_eligibility", case, checklist=scheme.form(CRITERIA) | answers)
    cluster.manager.do("submit_assessment", case)


def found_eligible(scheme: Scheme, cluster: Applicant, case: Any) -> None:
    """Answer every criterion so that it is met, submit, and be admitted."""
    criteria_answered(scheme, cluster, case)
    assert scheme.office.ask("get_assessment_eligibility", case).unmet == []
    assert scheme.office.do("admit_assessment", case).state == "eligible"


def contracted(scheme: Scheme, case: Any, reference: str) -> None:
    """Conclude the contract at the price that was fixed at the application."""
    scheme.office.do("contract_assessment", case, reference=reference, concluded_on=scheme.house.today)


def with_evidence(scheme: Scheme, cluster: Applicant, case: Any, *names: str) -> list[str]:
    """Send files as proof, which the office has checked; answer their identifiers."""
    sent = []
    for name in names:
        content = PDF + name.encode()
        file = cluster.system.do("send_evidence", case, body=scheme.house.client.file(content), name=name)
        assert scheme.office.do("check_evidence", case, file.id).state == "released"
        sent.append(str(file.id))
    return sent


def self_assessed(cluster: Applicant, case: Any, sheet: Mapping[str, Any], **more: Any) -> None:
    """Fill in the self-assessment and hand it in."""
    cluster.system.do("write_self_assessment", case, sheet=sheet, **more)
    assert cluster.manager.do("hand_in_self_assessment", case).handed_in_at is not None


def agreed_on(scheme: Scheme, cluster: Applicant, case: Any, expert: Expert, role: str) -> str:
    """Have an assessor proposed, who accepts free of conflicts, and agreed by the cluster."""
    one = scheme.office.do("propose_assessor", case, person_id=expert.id, role=role).id
    expert.do("accept_assignment", case, one, no_conflict=True)
    assert cluster.manager.do("agree_assignment", case, one).state == "agreed_by_cluster"
    return str(one)


def visited(scheme: Scheme, case: Any, *days: str) -> None:
    """Plan the visit, fix it, and let it take place."""
    scheme.office.do("plan_assessment_visit", case, dates=days, place="Office of the cluster")
    scheme.office.do("schedule_assessment", case)
    scheme.house.on(days[-1])
    assert scheme.office.do("record_assessment_visit", case).state == "assessed"


def scored_alone(case: Any, expert: Expert, sheet: Mapping[str, Any], **more: Any) -> Any:
    """Score alone and submit; answer what the expert sees then."""
    expert.do("write_scores", case, sheet=sheet, **more)
    return expert.do("submit_scores", case)


def reported(case: Any, expert: Expert, recommendation: str) -> Any:
    """Seal the report; answer what it says."""
    sealed = expert.do("seal_assessment_report", case, summary="A well-run cluster.", recommendations=[recommendation])
    assert sealed.is_intact
    return sealed.document


def opened(scheme: Scheme, case: Any, chair: Person) -> Any:
    """Open the decision of the board."""
    return scheme.office.do("open_decision", case, chair_id=chair.id).id


def voted(decision: Any, votes: Mapping[Person, str]) -> None:
    """Vote, each member for itself."""
    for member, choice in votes.items():
        member.do("cast_decision_vote", decision, choice=choice)


def told(scheme: Scheme, decision: Any) -> None:
    """Tell the applicant today."""
    scheme.office.do("notify_decision", decision, notified_on=scheme.house.today)


def labels_of(scheme: Scheme, cluster: Applicant) -> Sequence[Any]:
    """Answer the labels that the public register shows of a cluster, the latest first."""
    found: Sequence[Any] = scheme.stranger.ask("get_holder", cluster.id).labels
    return found
