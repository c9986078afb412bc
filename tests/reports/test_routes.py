"""Sealed reports and explanations: what they say, to whom, and that nothing changes any more."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from cluster_api.assessments.actions import move
from cluster_api.assessments.errors import ReportSealed
from cluster_api.assessments.models import Assessment, AssessmentReport, Evidence, Sheet
from cluster_api.assessments.states import CaseState
from cluster_api.foundation.problems import as_problem
from cluster_api.foundation.settings import Settings
from cluster_api.identity.access import service_actor
from cluster_api.reports.queries import digest_of
from tests.assessments.given import PDF, SCOPE, World, kind, whole
from tests.conftest import unguarded

WORDS = {"summary": "Well run.", "strengths": ["Strategy."], "recommendations": ["Ask members once a year."]}


def scored(world: World, points: int, **more: Any) -> Any:
    """Score, agree, and seal the report of an assessed case."""
    world.to("assessed")
    for who in ("lena", "sven") if world.level == "gold" else ("ada",):
        world.score(who, points)
    world.agree(points, **more)
    return world.done(world.first_expert(), "report", WORDS)


@pytest.mark.parametrize(("points", "passed"), [(150, True), (120, True), (119, False)])
def test_invariants_9_and_10_gold_is_compared_on_whole_points(gold: World, points: int, passed: bool) -> None:
    told = scored(gold, points)["document"]
    assert (told["score"]["points"], told["score"]["passed"]) == (points, passed)
    assert len(told["sheet"]) == 32
    assert sum(told["points"].values()) == points
    assert told["refusals"] == ([] if passed else ["threshold is missed"])


def test_invariant_10_missed_gate_refuses_whatever_the_points(gold: World) -> None:
    gold.to("assessed")
    sheet = {**whole(150), "commitment_of_participants": 0.4}
    for who in ("lena", "sven"):
        gold.done(who, "scores", {"sheet": sheet}, tag="/scores", method="put")
        gold.done(who, "scores/submit", tag="/scores")
    gold.agree(sheet=sheet)
    told = gold.done("lena", "report", WORDS)["document"]
    assert (told["score"]["points"], told["refusals"]) == (150, ["1.1.0 is missed"])
    assert told["baseline"]["1.1.0"] is False


def test_invariant_8_silver_needs_every_improvement_confirmed(silver: World) -> None:
    told = scored(silver, 119, confirmed={**dict.fromkeys(SCOPE, True), SCOPE[0]: False})["document"]
    assert told["refusals"] == ["3 improvements must be confirmed, 2 are"]
    assert told["improvements"][SCOPE[0]] is False
    assert set(told["baseline"].values()) == {True}


def test_silver_meets_its_requirements_without_the_points_of_gold(silver: World) -> None:
    assert scored(silver, 119)["document"]["refusals"] == []


def test_report_is_sealed_with_the_digest_of_what_it_says(gold: World) -> None:
    sealed = scored(gold, 128)
    assert (sealed["digest"], sealed["is_intact"]) == (digest_of(sealed["document"]), True)
    document = sealed["document"]
    assert (document["price_cents"], document["visit_dates"]) == (825000, ["2021-03-02", "2021-03-03"])
    assert [one["role"] for one in document["scores"]] == ["lead", "second"]
    assert [one["id"] for one in document["evidence"]] == [gold.evidence]
    assert gold.ask("lena").json()["state"] == "reported"
    assert {one["state"] for one in gold.ask("secretariat", "/assignments").json()["items"]} == {"done"}
    assert gold.ask("cluster", "/report").json()["document"] == document


def test_rehearsed_report_shows_what_it_would_say(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena")
    gold.score("sven")
    gold.agree(128)
    headers = {**gold.as_("lena"), "If-Match": "*"}
    answer = gold.client.post(f"{gold.case}/report", params={"dry_run": "true"}, json=WORDS, headers=headers)
    assert (answer.status_code, answer.json()["document"]["score"]["points"]) == (200, 128)
    assert (gold.ask("lena").json()["state"], gold.ask("lena", "/report").status_code) == ("assessed", 404)


def test_report_waits_for_scores_and_consensus(gold: World) -> None:
    gold.to("assessed")
    assert kind(gold.do("lena", "report", WORDS)) == (409, "scores-outstanding")
    gold.score("lena")
    gold.score("sven")
    assert kind(gold.do("lena", "report", WORDS)) == (409, "consensus-missing")


@pytest.mark.parametrize("who", ["sven", "cluster", "secretariat", "auditor", "board", "stranger"])
def test_only_the_lead_reports(gold: World, who: str) -> None:
    gold.to("assessed")
    gold.score("lena")
    gold.score("sven")
    gold.agree()
    expected = 404 if who in {"board", "stranger"} else 403
    assert gold.do(who, "report", WORDS).status_code == expected


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(AssessmentReport).values(digest="0" * 64),
        sa.delete(AssessmentReport),
        sa.update(Sheet).values(total=150),
        sa.delete(Sheet),
        sa.update(Evidence).values(state="refused"),
        sa.delete(Evidence),
    ],
    ids=["change report", "delete report", "change sheet", "delete sheet", "change evidence", "delete evidence"],
)
def test_invariant_16_database_keeps_what_is_sealed(gold: World, statement: Any) -> None:
    gold.to("reported")
    with pytest.raises(sa.exc.DBAPIError) as caught, gold.database.transaction() as session:
        session.execute(statement)
    assert isinstance(as_problem(caught.value, {"report_sealed": ReportSealed}), ReportSealed)


def test_invariant_16_nothing_is_added_after_the_seal(gold: World) -> None:
    gold.to("reported")
    assert kind(gold.send(PDF + b"%")) == (409, "case-not-open")
    body = {"sheet": whole(120)}
    assert kind(gold.do("lena", "scores", body, tag="/scores", method="put")) == (409, "case-not-open")
    assert kind(gold.do("lena", "consensus", gold.agreed(), tag="/consensus", method="put")) == (409, "case-not-open")
    path = f"/evidence/{gold.evidence}"
    assert kind(gold.do("cluster", f"{path[1:]}/remove", tag=path)) == (409, "case-not-open")
    assert kind(gold.do("lena", "report", WORDS)) == (409, "move-not-allowed")


def test_report_changed_past_the_triggers_is_found_out(gold: World) -> None:
    gold.to("reported")
    tag = gold.ask("cluster", "/report").headers["ETag"]
    with gold.database.transaction() as session, unguarded(session):
        document = dict(session.scalar(sa.select(AssessmentReport.document)) or {})
        session.execute(sa.update(AssessmentReport).values(document={**document, "summary": "Better."}))
    found = gold.ask("cluster", "/report")
    assert (found.json()["is_intact"], found.headers["ETag"] == tag) == (False, False)


def test_evidence_that_changes_after_sealing_is_found_out(gold: World, settings: Settings) -> None:
    gold.to("reported")
    sealed = gold.ask("cluster", "/report").json()["document"]["evidence"][0]
    digest = sealed["sha256"]
    place = settings.evidence_folder() / digest[:2] / digest[2:4] / digest
    before = place.read_bytes()
    place.write_bytes(before + b" ")
    try:
        assert kind(gold.ask("board", f"/evidence/{sealed['id']}/content")) == (409, "evidence-damaged")
    finally:
        place.write_bytes(before)


@pytest.mark.parametrize("points", [128, 119])
def test_trace_of_the_explanation_sums_to_the_score(gold: World, points: int) -> None:
    scored(gold, points)
    told = gold.ask("cluster", "/explanation").json()
    steps = told["score"]["trace"]
    assert (told["basis"], told["score"]["points"]) == ("consensus", points)
    assert sum(step["points"] for step in steps if step["rule"] == "points") == points
    assert all(step["source"] and step["threshold"] and step["result"] for step in steps)


def test_explanation_names_the_smallest_sets_that_reach_the_next_level(gold: World) -> None:
    gold.to("in_preparation")
    gold.done("cluster", "self-assessment", {"sheet": whole(119)}, tag="/self-assessment", method="put")
    told = gold.ask("cluster", "/explanation").json()
    gap = told["score"]["missing"][0]
    assert (told["basis"], gap["level"], gap["points_missing"]) == ("self_assessment", "gold", 1)
    assert {len(one["improvements"]) for one in gap["sets"]} == {1}
    assert kind(gold.ask("secretariat", "/explanation")) == (404, "nothing-to-explain")


def test_cluster_is_not_told_the_consensus_before_the_report(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena", 128)
    gold.score("sven", 128)
    gold.agree(128)
    told = {who: gold.ask(who, "/explanation").json() for who in ("cluster", "lena", "secretariat")}
    assert {who: (one["basis"], one["score"]["points"]) for who, one in told.items()} == {
        "cluster": ("self_assessment", 150), "lena": ("consensus", 128), "secretariat": ("consensus", 128),
    }  # fmt: skip


def test_who_sees_a_reported_case(gold: World) -> None:
    gold.to("reported")
    told = {who: gold.ask(who, "/report").status_code for who in (
        "cluster", "secretariat", "board", "auditor", "lena", "sven", "otto", "stranger",
    )}  # fmt: skip
    assert told == {
        "cluster": 200, "secretariat": 200, "board": 200, "auditor": 200, "lena": 200, "sven": 200, "otto": 404,
        "stranger": 404,
    }  # fmt: skip


def test_case_is_granted_by_a_decision_and_by_nothing_else(gold: World) -> None:
    gold.to("reported")
    assert gold.ask("board").json()["allowed_moves"] == []
    actor = service_actor("board", datetime(2021, 4, 1, tzinfo=UTC))
    with gold.database.transaction() as session:
        case = session.scalars(sa.select(Assessment)).one()
        for verb in ("take_up", "defer", "take_up"):
            move(session, actor, case, verb, reason="Decided.")
        session.flush()
        granted = sa.update(Assessment).values(state=CaseState.GRANTED)
        with pytest.raises(sa.exc.IntegrityError, match="decision_missing"), session.begin_nested():
            session.execute(granted)
    assert gold.ask("board").json()["state"] == "in_decision"
    assert gold.ask("board", "/report").json()["is_intact"] is True
