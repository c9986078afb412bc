"""Impact studies over HTTP: who may, what comes out, what is kept back, and the job for many."""

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cluster_api.assessments.models import AssessmentReport
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from cluster_api.jobs.actions import call_workers
from cluster_api.simulations.actions import AT_ONCE, run_simulation
from cluster_api.simulations.models import SimulationCase
from tests.assessments.given import kind
from tests.callers import given_key
from tests.conftest import unguarded
from tests.simulations.given import GOLD, given_draft, given_sealed, taken_over

PATH = "/v1/methodologies/DRAFT-2026/simulations"
HARDER: dict[str, Any] = {"pass_percent": 84}  # 126 of 150
ROLES = ("secretariat", "board", "admin", "auditor", "assessor", "cluster", "commission")
Headers = dict[str, str]


@pytest.fixture
def keys(database: Database) -> dict[str, Headers]:
    """Give a key of each role, and none of the public."""
    with database.transaction() as session:
        return {role: given_key(session, Role(role)) for role in ROLES} | {"public": {}}


def study(client: TestClient, headers: Headers, body: Any = None, **params: Any) -> Any:
    """Ask for a simulation of the draft."""
    return client.post(PATH, json=body or {}, headers={"If-Match": "*", **headers}, params=params)


def counts(told: Any) -> dict[str, int]:
    """Answer what is not nought."""
    return {name: count for name, count in told.items() if count}


def groups(answer: Any, by: str) -> dict[Any, dict[str, int]]:
    """Answer the groups of one table."""
    found = next(one["groups"] for one in answer.json()["tables"] if one["by"] == by)
    return {one["group"]: counts(one["counts"]) for one in found}


def given_everything(session: Session) -> None:
    """Put a harder draft and 30 cases of three countries on record: 119, 120 and 150 points, and one silver case."""
    given_draft(session, **HARDER)
    for country, sizes in {"DE": (6, 7, 5), "FR": (0, 6, 5)}.items():
        for points, copies in zip((119, 120, 150), sizes, strict=True):
            if copies:
                given_sealed(session, points, country=country, copies=copies)
    given_sealed(session, 150, country="IE", level="silver")


def test_study_tells_who_keeps_loses_and_stays_out_by_everything(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_everything(session)
    answer = study(client, keys["secretariat"])
    assert (answer.status_code, answer.json()["state"], answer.json()["job_id"]) == (201, "succeeded", None)
    assert answer.json()["until"] == "2020-12-31"
    assert counts(answer.json()["total"]) == {"cases": 30, "keeps": 11, "loses": 13, "stays_out": 6}
    assert groups(answer, "country") == {
        "DE": {"cases": 18, "keeps": 5, "loses": 7, "stays_out": 6},
        "FR": {"cases": 11, "keeps": 5, "loses": 6},
        "IE": {"cases": 1, "keeps": 1},
    }
    assert groups(answer, "level") == {
        "gold": {"cases": 29, "keeps": 10, "loses": 13, "stays_out": 6}, "silver": {"cases": 1, "keeps": 1},
    }  # fmt: skip
    assert set(groups(answer, "size")) == {"40_to_99"}
    assert set(groups(answer, "portfolio")) == {"ICT"}
    (coverage,) = answer.json()["coverage"]
    assert (coverage["cases"], coverage["carried_over"], coverage["scored_points"]) == (30, 1.0, 150)
    assert (answer.json()["is_suppressed"], answer.json()["reasons"]) == (False, [])
    read = client.get(answer.headers["Location"], headers=keys["board"])
    assert read.json() == answer.json()


def test_who_does_not_see_cases_is_told_no_small_counts(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_everything(session)
    answer = study(client, keys["admin"])
    assert (answer.json()["is_suppressed"], answer.json()["fewest_shown"]) == (True, 5)
    assert counts(answer.json()["total"]) == {"cases": 30, "keeps": 11, "loses": 13, "stays_out": 6}
    # Ireland would follow from the others: it is told together with France.
    assert groups(answer, "country") == {
        "DE": {"cases": 18, "keeps": 5, "loses": 7, "stays_out": 6}, None: {"cases": 12, "keeps": 6, "loses": 6},
    }  # fmt: skip
    assert groups(answer, "level") == {}
    assert groups(answer, "size") == {"40_to_99": counts(answer.json()["total"])}


def test_coverage_counts_what_is_asked_anew_and_what_is_dropped(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    kept = [one for one in GOLD["indicators"] if one["code"] != "5.3"]
    new = {**next(one for one in kept if one["code"] == "4.2"), "code": "6.1", "name": "impact", "related": {}}
    with database.transaction() as session:
        given_draft(session, indicators=[*kept, new])
        for points in (119, 120, 124, 150):
            given_sealed(session, points)
    answer = study(client, keys["secretariat"])
    (coverage,) = answer.json()["coverage"]
    assert (coverage["not_carried"], coverage["dropped"], coverage["scored_points"]) == (["6.1"], ["5.3"], 145)
    assert coverage["carried_over"] == round(30 / 31, 4)
    # 5.3 gave five points to each: 114, 115, 119 and 145 are known, and 6.1 gives at most five.
    assert counts(answer.json()["total"]) == {"cases": 4, "keeps": 1, "stays_out": 1, "open": 2}
    assert answer.json()["reasons"] == [{"reason": "asked_anew", "cases": 2}]
    cases = client.get(f"{answer.headers['Location']}/cases?outcome=open", headers=keys["auditor"]).json()["items"]
    found = sorted((one["points"], one["fewest_points"], one["most_points"]) for one in cases)
    assert found == [(120, 115, 120), (124, 119, 124)]


def test_what_cannot_be_scored_again_is_counted_apart_with_its_reason(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_draft(session)
        spoilt, other, _ = (given_sealed(session, points)[0] for points in (150, 150, 150))
        with unguarded(session):
            session.execute(
                sa.update(AssessmentReport)
                .where(AssessmentReport.assessment_id == spoilt)
                .values(document={"sheet": {}})
            )
            session.execute(sa.text("DELETE FROM methodology WHERE code = 'ECEI-2013'"))
            bound = {"indicator_set": {"code": "ECEI-2013", "version": 1, "digest": "0" * 64}}
            table = sa.table("assessment", sa.column("id"), sa.column("binding", sa.JSON))
            if session.get_bind().dialect.name == "postgresql":
                table = sa.table("assessment", sa.column("id", sa.Uuid(as_uuid=False)), sa.column("binding", sa.JSON))
            session.execute(sa.update(table).where(table.c.id == other).values(binding=bound))
    answer = study(client, keys["secretariat"])
    assert counts(answer.json()["total"]) == {"cases": 3, "keeps": 1, "not_rescored": 2}
    reasons = {one["reason"]: one["cases"] for one in answer.json()["reasons"]}
    assert reasons == {"report_broken": 1, "set_broken": 1}
    restricted = client.get(answer.headers["Location"], headers=keys["admin"]).json()
    assert (restricted["total"], restricted["reasons"], restricted["tables"][0]["groups"]) == (None, None, [])


def test_only_who_sees_cases_chooses_days(client: TestClient, database: Database, keys: dict[str, Headers]) -> None:
    with database.transaction() as session:
        given_draft(session, state="in_consultation")
        given_sealed(session, 150, visited_on=date(2020, 3, 3))
        given_sealed(session, 150, visited_on=date(2020, 12, 31))
        given_sealed(session, 150, visited_on=date(2021, 1, 5))
    whole = study(client, keys["secretariat"], {"until": "2021-01-15"})
    assert whole.json()["total"]["cases"] == 3
    assert study(client, keys["secretariat"], {"since": "2020-12-31"}).json()["total"]["cases"] == 2
    one = study(client, keys["secretariat"], {"since": "2020-03-03", "until": "2020-03-03"})
    assert one.json()["total"]["cases"] == 1
    last = study(client, keys["admin"])
    assert (last.status_code, last.json()["until"]) == (201, "2020-12-31")
    for body in ({"until": "2020-12-31"}, {"since": "2020-01-01"}):
        assert kind(study(client, keys["admin"], body)) == (422, "days-not-possible")
    for body in ({"until": "2021-01-16"}, {"since": "2020-02-02", "until": "2020-02-01"}):
        assert kind(study(client, keys["secretariat"], body)) == (422, "days-not-possible")
    # Of days that were chosen only those know who see cases.
    for who, seen in {"admin": [last], "public": [last], "board": [whole, one, last]}.items():
        for made in (whole, one, last):
            status = client.get(made.headers["Location"], headers=keys[who]).status_code
            assert status == (200 if made in seen else 404), who
    listed = {who: len(client.get(PATH, headers=keys[who]).json()["items"]) for who in ("public", "admin", "board")}
    assert listed == {"public": 1, "admin": 1, "board": 4}


def test_draft_is_known_to_nobody_who_may_not_see_drafts(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_draft(session)
    made = study(client, keys["admin"]).headers["Location"]
    assert [client.get(path, headers=keys["public"]).status_code for path in (made, PATH)] == [404, 404]
    asked = {who: study(client, keys[who], dry_run="true").status_code for who in (*ROLES, "public")}
    assert asked == {
        "secretariat": 200, "board": 200, "admin": 200, "auditor": 403, "assessor": 403, "cluster": 403,
        "commission": 403, "public": 401,
    }  # fmt: skip
    cases = {who: client.get(f"{made}/cases", headers=keys[who]).status_code for who in (*ROLES, "public")}
    assert cases == {
        "secretariat": 200, "board": 200, "auditor": 200, "admin": 403, "assessor": 403, "cluster": 403,
        "commission": 403, "public": 401,
    }  # fmt: skip
    assert kind(
        client.post("/v1/methodologies/2020/simulations", json={}, headers={**keys["admin"], "If-Match": "*"})
    ) == (
        404,
        "form-not-found",
    )


def test_study_tells_when_the_draft_has_changed_since(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_draft(session)
        given_sealed(session, 120)
    made = study(client, keys["secretariat"])
    assert made.json()["is_current"] is True
    patch = {"document": HARDER}
    headers = {**keys["admin"], "If-Match": "*", "Content-Type": "application/merge-patch+json"}
    assert client.patch("/v1/methodologies/DRAFT-2026", json=patch, headers=headers).status_code == 200
    again = client.get(made.headers["Location"], headers=keys["secretariat"]).json()
    assert (again["is_current"], counts(again["total"])) == (False, {"cases": 1, "keeps": 1})
    assert counts(study(client, keys["secretariat"]).json()["total"]) == {"cases": 1, "loses": 1}


def test_study_is_of_the_version_that_was_read(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_draft(session)
    read = client.get("/v1/methodologies/DRAFT-2026", headers=keys["admin"]).headers["ETag"]
    statuses = [
        study(client, {**keys["admin"], "If-Match": tag}, dry_run="true").status_code for tag in (read, '"0.0-x"')
    ]
    assert statuses == [200, 412]
    assert client.post(PATH, json={}, headers=keys["admin"]).status_code == 428


def test_many_are_scored_in_a_job_with_the_same_outcome(
    client: TestClient, database: Database, keys: dict[str, Headers], clock: FixedClock
) -> None:
    with database.transaction() as session:
        given_draft(session, **HARDER)
        given_sealed(session, 120, copies=AT_ONCE)
        given_sealed(session, 150, country="FR", copies=6)
    clock.instant = datetime(2021, 1, 15, 11, tzinfo=UTC)
    answer = study(client, keys["secretariat"])
    assert (answer.status_code, answer.json()["total"]) == (202, None)
    where, deadline = answer.headers["Location"], time.monotonic() + 120
    while (told := client.get(where, headers=keys["admin"]).json())["state"] in {"queued", "running"}:
        assert time.monotonic() < deadline
        call_workers()
        time.sleep(0.05)
    assert (told["state"], told["done"]) == ("succeeded", AT_ONCE + 6)
    seen = client.get(where, headers=keys["secretariat"])
    assert counts(seen.json()["total"]) == {"cases": AT_ONCE + 6, "keeps": 6, "loses": AT_ONCE}
    job = client.get(f"/v1/jobs/{told['job_id']}", headers=keys["secretariat"]).json()
    assert (job["kind"], job["state"], job["progress"]) == (
        "simulation", "succeeded", {"done": AT_ONCE + 6, "total": AT_ONCE + 6, "unit": "assessments"},
    )  # fmt: skip
    pages, path = [], f"{where}/cases?limit=200"
    while path:
        page = client.get(path, headers=keys["auditor"]).json()
        pages += [one["assessment_id"] for one in page["items"]]
        path = f"{where}/cases?limit=200&cursor={page['next']}" if page["next"] else ""
    assert len(set(pages)) == len(pages) == AT_ONCE + 6


def test_job_taken_up_again_counts_nothing_twice(
    client: TestClient, database: Database, keys: dict[str, Headers]
) -> None:
    with database.transaction() as session:
        given_draft(session)
        given_sealed(session, 150, copies=3)
    made = study(client, keys["secretariat"]).json()["id"]
    run_simulation(taken_over(database, made))
    with database.session() as session:
        rows = session.scalars(sa.select(sa.func.count()).where(SimulationCase.simulation_id == made)).one()
    assert rows == 3
