"""What was decided is told by the notice: until then the applicant's answers are, byte by byte, those of before."""

from typing import Any

import pytest
import sqlalchemy as sa

from cluster_api.assessments.models import Assignment
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Account
from tests.conftest import NOW
from tests.decisions.test_routes import PEOPLE, Scene, scene

__all__ = ["scene"]

OTHERS = PEOPLE[3:]
OUTCOMES: dict[str, dict[str, Any]] = {
    "grant": {},
    "refuse": {},
    "defer": {"conditions": "Improve.", "deferred_until": "2021-10-01"},
}
STATES = {"grant": "granted", "refuse": "refused", "defer": "deferred"}


def assessor(scene: Scene, database: Database) -> str:
    """Let one of the assessors of the case sign in, and answer who that is."""
    with database.transaction() as session:
        one = session.scalars(sa.select(Assignment).where(Assignment.assessment_id == scene.case[-36:]).limit(1)).one()
        about = {"issuer": scene.issuer.name, "subject": "lena", "created_at": NOW, "seen_on": NOW.date()}
        session.add(Account(id=one.id, person_id=one.person_id, **about))
        scene.people["lena"] = one.person_id
    return "lena"


def told(scene: Scene, who: str) -> list[tuple[str, int, str | None, bytes]]:
    """Answer all that somebody hears about the case, asked or refused."""
    cluster = scene.get("secretariat", scene.case).json()["cluster_id"]
    paths = [scene.case, *(f"{scene.case}/{part}" for part in ("history", "deadlines", "checks", "explanation"))]
    paths += [f"{scene.case}/history?limit=1", f"/v1/decisions?assessment={scene.case[-36:]}"]
    paths += [
        f"/v1/assessments{asked}" for asked in ("", *(f"?state={one}" for one in ("in_decision", *STATES.values())))
    ]
    answers = [(path, scene.get(who, path)) for path in paths]
    posts: list[tuple[str, Any]] = [(f"{scene.case}/withdraw", {"reason": "Why?"}), (f"{scene.case}/submit", None)]
    posts += [(f"{scene.case}/consensus/submit", None)]
    for level in ("gold", "silver"):
        posts.append(("/v1/assessments", {"cluster_id": cluster, "level": level, "first_benchmark_on": "2020-10-01"}))
    for path, body in posts:
        headers = {**scene.as_(who), "If-Match": scene.get(who, scene.case).headers.get("ETag", "*")}
        answers.append((path, scene.client.post(path, params={"dry_run": True}, json=body, headers=headers)))
    headers = {**scene.as_(who), "If-Match": "*", "Content-Type": "application/octet-stream"}
    sent = scene.client.post(f"{scene.case}/evidence?name=x.pdf", content=b"%PDF-1.4\n", headers=headers)
    answers.append(("evidence", sent))
    return [(path, answer.status_code, answer.headers.get("ETag"), without_names(answer)) for path, answer in answers]


def but_decisions(heard: list[tuple[str, int, str | None, bytes]]) -> list[tuple[str, int, str | None, bytes]]:
    """Leave the list of decisions out: the first gives way when the panel has concluded, whatever that is."""
    return [one for one in heard if "/v1/decisions" not in one[0]]


def without_names(answer: Any) -> bytes:
    """Answer a body without what names the request and what is made anew each time."""
    body = answer.json()
    if isinstance(body, dict):
        made_anew = ("id", "number") if answer.request.method == "POST" else ()
        for name in ("trace_id", *made_anew):
            body.pop(name, None)
    return repr(body).encode()


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_applicant_and_assessors_learn_nothing_before_the_notice(
    scene: Scene, database: Database, outcome: str
) -> None:
    parties = ("applicant", assessor(scene, database))
    scene.open()
    before = {who: told(scene, who) for who in parties}
    assert scene.decide(outcome, **OUTCOMES[outcome]).status_code == 200
    for who in parties:
        assert told(scene, who) == before[who]
        assert scene.get(who, scene.case).json()["state"] == "in_decision"
    for who in ("secretariat", "board", "auditor", "berta"):
        assert scene.get(who, scene.case).json()["state"] == STATES[outcome]
        (listed,) = scene.get(who, f"/v1/assessments?state={STATES[outcome]}").json()["items"]
        assert listed["state"] == STATES[outcome]
    assert scene.tell().status_code == 200
    for who in parties:
        shown = scene.get(who, scene.case)
        assert (shown.json()["state"], shown.headers["ETag"]) != ("in_decision", before[who][0][2])
        assert shown.json() == {**scene.get("secretariat", scene.case).json(), "allowed_moves": []}
        events = [line["event"] for line in scene.get(who, f"{scene.case}/history").json()["items"]]
        assert events == [f"assessment.{STATES[outcome]}", "assessment.taken_up"]


def test_notice_of_a_deferral_tells_nothing_of_the_decision_after_it(scene: Scene) -> None:
    scene.open()
    scene.decide("defer", **OUTCOMES["defer"])
    first = scene.decision
    met = {"met_on": str(scene.clock.instant.date()), "how": "They did it."}
    assert scene.post("secretariat", f"{first}/meet-conditions", met).status_code == 200
    scene.open()
    scene.decide("grant")
    scene.decision, second = first, scene.decision
    assert scene.tell().status_code == 200
    assert scene.get("applicant", scene.case).json()["state"] == "in_decision"
    scene.decision = second
    assert scene.tell().status_code == 200
    assert scene.get("applicant", scene.case).json()["state"] == "granted"


@pytest.mark.parametrize("outcome", ["grant", "refuse"])
def test_refused_case_stays_refused_until_the_notice_of_its_appeal(
    scene: Scene, database: Database, outcome: str
) -> None:
    scene.open()
    scene.decide("refuse")
    scene.tell()
    appeal = scene.client.post(
        f"{scene.decision}/appeals", json={"grounds": "Wrong."}, headers={**scene.as_("applicant"), "If-Match": "*"}
    )
    assert appeal.status_code == 201, appeal.text
    path = appeal.headers["Location"]
    opened = scene.post("secretariat", f"{path}/review", {"chair_id": scene.people["anton"]}, of=path)
    assert opened.status_code in {200, 201}, opened.text
    scene.decision = f"/v1/decisions/{scene.get('secretariat', path).json()['review_id']}"
    before = but_decisions(told(scene, "applicant"))
    assert before[0][3].count(b"'state': 'refused'") == 1
    for one in OTHERS:
        assert scene.vote(one, outcome).status_code == 201
    closed = scene.post("anton", f"{path}/conclude", {"reasons": "Looked at again."}, of=path)
    assert closed.status_code == 200, closed.text
    assert but_decisions(told(scene, "applicant")) == before
    assert scene.tell().status_code == 200
    expected = {"grant": "granted", "refuse": "refused"}[outcome]
    assert scene.get("applicant", scene.case).json()["state"] == expected
