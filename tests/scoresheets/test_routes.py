"""Sheets over HTTP: filled in step by step, scored alone, agreed on with reasons."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.assessments.given import IMPROVEMENTS, REASONED, SCOPE, World, kind, pointers, self_assessed, whole
from tests.scoring.given import GOLD as SET

SELF = "/self-assessment"
UNKNOWN = "01767a3e-2f00-7c3a-8d5e-0123456789ab"


def write(world: World, body: dict[str, Any], method: str = "put") -> Any:
    return world.do("cluster", "self-assessment", body, tag=SELF, method=method)


def agree(world: World, body: dict[str, Any], who: str = "lena") -> Any:
    return world.do(who, "consensus", body, tag="/consensus", method="put")


def score(world: World, who: str, body: dict[str, Any]) -> Any:
    return world.do(who, "scores", body, tag="/scores", method="put")


def test_self_assessment_is_filled_in_step_by_step(gold: World) -> None:
    gold.to("in_preparation")
    empty = gold.ask("cluster", SELF)
    assert (empty.json()["version"], empty.json()["sheet"], empty.json()["total"]) == (0, {}, None)
    parts: list[dict[str, Any]] = [
        {"sheet": {"strategic_focus": 4}, "comments": {"strategic_focus": "Joint projects."}},
        {"sheet": {"human_resources": {"fte": 2.5}}},
        {"sheet": {"strategic_focus": None}, "comments": {"strategic_focus": None}},
    ]
    sheets = []
    for part in parts:
        answer = write(gold, part, "patch")
        assert answer.status_code == 200, answer.text
        sheets.append(answer.json()["sheet"])
    assert sheets == [
        {"strategic_focus": 4}, {"strategic_focus": 4, "human_resources": {"fte": 2.5}},
        {"human_resources": {"fte": 2.5}},
    ]  # fmt: skip
    refused = gold.do("cluster", "self-assessment/hand-in", tag=SELF)
    assert kind(refused) == (422, "sheet-incomplete")
    missing = {pointer.split("/")[2] for pointer in pointers(refused)}
    assert missing == {one.name for one in SET.indicators}


def test_invariant_14_whole_self_assessment_is_scored_and_handed_in(gold: World) -> None:
    gold.to("in_preparation")
    written = write(gold, {"sheet": whole(128)}).json()
    assert (written["total"], sum(written["points"].values()), len(written["points"])) == (128, 128, 30)
    assert gold.ask("secretariat", SELF).status_code == 404
    gold.done("cluster", "self-assessment/hand-in", tag=SELF)
    assert gold.ask("secretariat", SELF).json()["total"] == 128
    assert kind(write(gold, {"sheet": whole()})) == (409, "sheet-handed-in")
    assert gold.do("cluster", "self-assessment/return", {"reason": "We."}, tag=SELF).status_code == 403
    gold.done("secretariat", "self-assessment/return", {"reason": "Figures are of last year."}, tag=SELF)
    assert gold.ask("secretariat", SELF).status_code == 404
    assert write(gold, {"sheet": whole(130)}).json()["total"] == 130


def test_wrong_sheet_names_out_of_range_unknown_and_missing_all_at_once(gold: World) -> None:
    gold.to("in_preparation")
    sheet = {**whole(), "web_presence": 6, "colour": 1}
    sheet.pop("strategy_review")
    body = {"sheet": sheet, "comments": {"colour": "Blue."}, "evidence": {"web_presence": [UNKNOWN]}}
    answer = write(gold, {**body, "improvements": IMPROVEMENTS[:1]})
    assert kind(answer) == (422, "sheet-incomplete")
    assert sorted(pointers(answer)) == [
        "/body/comments/colour", "/body/evidence/web_presence/0", "/body/improvements", "/body/sheet/colour",
        "/body/sheet/strategy_review", "/body/sheet/web_presence",
    ]  # fmt: skip
    part = write(gold, {"sheet": {"web_presence": -1, "colour": 1}, "comments": {"tone": "Loud."}}, "patch")
    assert sorted(pointers(part)) == ["/body/comments/tone", "/body/sheet/colour", "/body/sheet/web_presence"]


def test_invariant_8_silver_names_three_improvements_on_different_indicators_of_its_scope(silver: World) -> None:
    silver.to("in_preparation")
    outside = {**IMPROVEMENTS[0], "indicator": "geographical_concentration"}
    wrong = write(silver, {"sheet": whole(), "improvements": [outside, IMPROVEMENTS[0], IMPROVEMENTS[0]]})
    assert [(one["pointer"], one["code"]) for one in wrong.json()["errors"]] == [
        ("/body/improvements/0/indicator", "not_in_scope"), ("/body/improvements/2/indicator", "twice"),
    ]  # fmt: skip
    assert write(silver, {"sheet": whole(), "improvements": IMPROVEMENTS[:2]}).status_code == 200
    refused = silver.do("cluster", "self-assessment/hand-in", tag=SELF)
    assert (kind(refused), pointers(refused)) == ((422, "sheet-incomplete"), ["/improvements"])
    assert write(silver, {"improvements": IMPROVEMENTS}, "patch").status_code == 200
    assert write(silver, {"sheet": whole()}, "patch").status_code == 200
    assert silver.done("cluster", "self-assessment/hand-in", tag=SELF)["handed_in_at"] is not None


def test_self_assessment_is_open_in_preparation_only(gold: World) -> None:
    gold.to("contracted")
    assert kind(write(gold, {"sheet": whole()})) == (409, "case-not-open")
    gold.done("secretariat", "prepare")
    self_assessed(gold)
    assert gold.do("secretariat", "self-assessment", {"sheet": whole()}, tag=SELF, method="put").status_code == 403


def test_invariant_15_points_of_the_other_are_seen_once_both_are_in(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena", 130)
    for who in ("sven", "secretariat", "auditor"):
        seen = gold.ask(who, "/scores").json()
        assert (seen["others"], seen["all_in"]) == ([], False)
        assert "130" not in gold.ask(who, "/scores").text
    gold.score("sven", 140, submit=False)
    assert gold.ask("lena", "/scores").json()["others"] == []
    gold.done("sven", "scores/submit", tag="/scores")
    assert [one["total"] for one in gold.ask("lena", "/scores").json()["others"]] == [140]
    assert [one["total"] for one in gold.ask("sven", "/scores").json()["others"]] == [130]
    assert [one["total"] for one in gold.ask("secretariat", "/scores").json()["others"]] == [130, 140]


@pytest.mark.parametrize("who", ["cluster", "stranger", "board", "otto"])
def test_cluster_never_sees_scores_and_consensus_not_before_the_report(gold: World, who: str) -> None:
    gold.to("assessed")
    gold.score("lena")
    gold.score("sven")
    gold.agree(128)
    assert [gold.ask(who, path).status_code for path in ("/scores", "/consensus", "/report")] == [404] * 3
    words = {"summary": "Well.", "recommendations": ["Go on."]}
    gold.done("lena", "report", words)
    seen = [gold.ask(who, path).status_code for path in ("/scores", "/consensus", "/report")]
    assert seen == {"cluster": [404, 200, 200], "board": [200, 200, 200]}.get(who, [404] * 3)


def test_submitted_scores_stay(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena")
    assert kind(score(gold, "lena", {"sheet": whole(120)})) == (409, "sheet-handed-in")
    assert kind(gold.do("lena", "scores/submit", tag="/scores")) == (409, "sheet-handed-in")
    assert kind(gold.do("sven", "scores/submit", tag="/scores")) == (404, "sheet-not-found")


def test_invariant_11_trainees_and_others_never_score(gold: World) -> None:
    gold.to("contracted")
    gold.assign("trainee", "otto", until="accept")
    gold.to_assessed_from_contracted()
    body = {"sheet": whole()}
    told = {who: score(gold, who, body).status_code for who in ("otto", "secretariat", "cluster", "board", "stranger")}
    assert told == {"otto": 404, "secretariat": 403, "cluster": 404, "board": 404, "stranger": 404}


def test_nobody_scores_before_the_visit(gold: World) -> None:
    gold.to("scheduled")
    assert kind(score(gold, "lena", {"sheet": whole()})) == (409, "case-not-open")


def test_wrong_scores_name_everything_at_once(gold: World) -> None:
    gold.to("assessed")
    sheet = {**whole(), "web_presence": 6, "colour": 1}
    sheet.pop("strategy_review")
    answer = score(gold, "lena", {"sheet": sheet, "comments": {"tone": "Loud."}})
    assert sorted(pointers(answer)) == [
        "/body/comments/tone", "/body/sheet/colour", "/body/sheet/strategy_review", "/body/sheet/web_presence",
    ]  # fmt: skip


def test_invariant_15_of_two_who_submit_at_the_same_moment_both_are_in(gold: World) -> None:
    gold.to("assessed")
    headers = {}
    for who in ("lena", "sven"):
        gold.score(who, 140, submit=False)
        headers[who] = {**gold.as_(who), "If-Match": gold.ask(who, "/scores").headers["ETag"]}
    barrier = threading.Barrier(2)

    def submit(who: str) -> tuple[int, bool, int]:
        barrier.wait()
        answer = gold.client.post(f"{gold.case}/scores/submit", headers=headers[who])
        return answer.status_code, answer.json()["all_in"], len(answer.json()["others"])

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(submit, ["lena", "sven"]))
    assert found == [(200, False, 0), (200, True, 1)]
    assert all(gold.ask(who, "/scores").json()["all_in"] for who in ("lena", "sven"))


def test_of_two_tabs_of_one_assessor_one_writes(gold: World) -> None:
    gold.to("assessed")
    headers = {**gold.as_("lena"), "If-Match": gold.ask("lena", "/scores").headers["ETag"]}

    def put(points: int) -> int:
        body = {"sheet": whole(points)}
        return int(gold.client.put(f"{gold.case}/scores", json=body, headers=headers).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(put, [130, 140])) == [200, 412]


def test_consensus_waits_for_both(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena")
    assert kind(agree(gold, gold.agreed())) == (409, "scores-outstanding")


def test_invariant_15_difference_needs_a_reason_and_full_marks_evidence(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena", 150)
    gold.score("sven", 149)
    body = gold.agreed(148)
    lacking = {name: text for name, text in REASONED.items() if name != "innovation_system"}
    proofs = {name: ids for name, ids in body["evidence"].items() if name not in {"web_presence", "communication"}}
    answer = agree(gold, {**body, "comments": lacking, "evidence": proofs})
    assert kind(answer) == (422, "consensus-not-possible")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/body/comments/innovation_system", "reason_missing"),
        ("/body/evidence/communication", "evidence_missing"),
        ("/body/evidence/web_presence", "evidence_missing"),
    ]
    only = {**body, "comments": {"innovation_system": "Three links fewer."}}
    assert agree(gold, only, "sven").json()["total"] == 148


def test_consensus_names_released_evidence_only(gold: World) -> None:
    gold.to("assessed")
    gold.score("lena")
    gold.score("sven")
    waiting = gold.send(b"%PDF-1.7 waiting", "waiting.pdf").json()["id"]
    body = gold.agreed()
    body["evidence"]["web_presence"] = [waiting]
    assert pointers(agree(gold, body)) == ["/body/evidence/web_presence/0"]


def test_invariant_8_every_improvement_has_its_verdict(silver: World) -> None:
    silver.to("assessed")
    silver.score("ada")
    answer = agree(silver, silver.agreed(confirmed={SCOPE[0]: True, "press_recognition": True}), "ada")
    assert sorted((one["pointer"], one["code"]) for one in answer.json()["errors"]) == sorted(
        [
            ("/body/confirmed/press_recognition", "no_improvement"),
            *((f"/body/confirmed/{name}", "verdict_missing") for name in SCOPE[1:]),
        ]
    )
    assert agree(silver, silver.agreed(), "ada").status_code == 200
