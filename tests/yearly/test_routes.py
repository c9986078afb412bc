"""Yearly reports over HTTP: drafted, released for everybody, never changed, counted again with the same result."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Person
from cluster_api.identity.states import Role
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.labels.actions import add_event
from cluster_api.labels.models import Label, LabelEvent
from cluster_api.labels.states import LabelEventKind
from cluster_api.yearly.models import YearlyReport
from tests.callers import given_key, given_organisation
from tests.conftest import NOW
from tests.house.given import given_cases
from tests.partnerships.given import Headers, kind, post
from tests.register import given_cluster, given_label

PATH = "/v1/yearly-reports"
LATER = datetime(2022, 2, 1, 10, tzinfo=UTC)


class World:
    """A register of three labels; the secretariat, who drafts and releases; a stranger."""

    def __init__(self, client: TestClient, database: Database, clock: FixedClock) -> None:
        self.client, self.database, self.clock = client, database, clock
        clock.instant = LATER
        with database.transaction() as session:
            self.secretariat = given_key(session, Role.SECRETARIAT)
            self.board = given_key(session, Role.BOARD)
            self.clusters = [given_cluster(session, f"Cluster {country}", country=country) for country in ("DE", "FR")]
            self.gold = given_label(session, self.clusters[0], "gold", (date(2020, 3, 1), date(2022, 2, 28)))
            given_label(session, self.clusters[1], "bronze", (date(2021, 5, 1), date(2023, 4, 30)))
            given_label(session, self.clusters[1], "bronze", (date(2019, 2, 1), date(2021, 1, 31)))

    def draft(self, year: int = 2021, headers: Headers | None = None, **more: Any) -> Any:
        """Draft a report."""
        body = {"year": year, **more}
        return self.client.post(PATH, json=body, headers=headers or self.secretariat)

    def move(self, key: str, verb: str, headers: Headers | None = None) -> Any:
        """Release or discard a draft as it is now."""
        return post(self.client, f"{PATH}/{key}/{verb}", headers or self.secretariat, None, of=f"{PATH}/{key}")

    def released(self, year: int = 2021, **more: Any) -> dict[str, Any]:
        """Answer a report that was released."""
        drafted = self.draft(year, **more)
        assert drafted.status_code == 201, drafted.text
        answer = self.move(drafted.json()["id"], "release")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def recount(self, key: str) -> dict[str, Any]:
        """Answer whether the figures of a report come out again."""
        answer = self.client.get(f"{PATH}/{key}/recount", headers=self.secretariat)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def withdraw(self, on: date, recorded_at: datetime) -> None:
        """Withdraw the gold label with effect in the past."""
        with self.database.transaction() as session:
            label = session.scalars(sa.select(Label).where(Label.number == self.gold)).one()
            told = {"valid_from": None, "valid_until": None, "reason": "x", "author": "x", "recorded_at": recorded_at}
            event = LabelEvent(
                id=str(uuid7()), label_id=label.id, kind=LabelEventKind.WITHDRAWN, effective_on=on, **told
            )
            add_event(session, label, event)


@pytest.fixture
def world(client: TestClient, database: Database, clock: FixedClock) -> World:
    return World(client, database, clock)


def values(report: dict[str, Any], code: str) -> dict[tuple[str | None, ...], int | None]:
    """Answer the figures of a report that are not nought, by level, country and part."""
    return {
        (one["level"], one["country"], one["part"]): one["value"]
        for one in report["figures"]
        if one["code"] == code and one["value"] != 0
    }


def test_year_is_counted_and_told_to_everybody_once_it_is_released(world: World) -> None:
    answer = world.draft()
    drafted = answer.json()
    assert (answer.status_code, drafted["state"], drafted["number"]) == (201, "draft", 1)
    assert answer.headers["Location"] == f"{PATH}/{drafted['id']}"
    assert kind(world.client.get(f"{PATH}/{drafted['id']}")) == (404, "yearly-report-not-found")
    assert kind(world.client.get(f"{PATH}/{drafted['id']}/figures.csv")) == (404, "yearly-report-not-found")
    assert world.client.get(PATH).json()["items"] == []
    assert [one["state"] for one in world.client.get(PATH, headers=world.board).json()["items"]] == ["draft"]
    assert world.move(drafted["id"], "release").json()["released_at"] == "2022-02-01T10:00:00Z"
    answer = world.client.get(f"{PATH}/{drafted['id']}")
    told = answer.json()
    assert answer.headers["Cache-Control"].startswith("public")
    assert values(told, "labels_valid") == {
        ("gold", None, None): 1, ("gold", "DE", None): 1, ("bronze", None, None): 1, ("bronze", "FR", None): 1,
    }  # fmt: skip
    assert values(told, "labels_awarded") == {("bronze", None, "first"): 1}
    assert values(told, "labels_expired") == {("bronze", None, None): 1}
    assert values(told, "labels_withdrawn") == values(told, "trainings") == values(told, "partnerships") == {}
    assert values(told, "appeals") == {(None, None, None): None}
    assert {one["kind"] for one in told["methods"]} == {
        "indicator_set", "questionnaire", "eligibility_set", "rule_set", "price_list",
    }  # fmt: skip
    sealed = {name: told[name] for name in ("year", "fewest", "figures", "methods")}
    assert told["digest"] == digest({**sealed, "known_at": "2022-02-01T10:00:00+00:00"})
    lines = world.client.get(f"{PATH}/{drafted['id']}/figures.csv").text.split("\r\n")
    assert lines[0] == "code,label,unit,level,country,part,value,flag"
    assert "labels_valid,Labels valid on 31 December and not superseded by a higher one,labels,gold,DE,,1," in lines
    assert len(lines) == len(told["figures"]) + 2


def test_decisions_count_where_the_applicant_was_told_and_few_are_not_told(world: World) -> None:
    keys = []
    with world.database.transaction() as session:
        for serial in range(5):
            organisation = given_organisation(session, Role.CLUSTER, name=f"Applicant {serial}")
            cluster = given_cluster(session, f"Case {serial}", owner_id=organisation.id)
            lead = str(uuid7())
            dates = {"created_at": NOW, "updated_at": NOW}
            session.add(Person(id=lead, name="Lead", email=None, roles=[], version=1, **dates))
            session.flush()
            keys.append(given_cases(session, cluster, organisation.id, lead, is_done=True)["decision_id"])
    told = world.draft().json()
    assert values(told, "decisions") == {
        (level, None, outcome): None for level in ("bronze", "silver", "gold")
        for outcome in ("granted", "refused", "deferred")
    }  # fmt: skip
    assert values(told, "applications")[("gold", None, "first")] == 5
    assert values(told, "applications")[("gold", None, "renewal")] is None
    assert values(told, "appeals") == {(None, None, None): 5}
    world.move(told["id"], "discard")
    with world.database.transaction() as session:
        for key in keys:
            record(session, Author("x", LATER, "1" * 32), "decision.notified", ("decision", key))
    told = world.draft().json()
    assert values(told, "decisions")[("gold", None, "refused")] == 5
    assert values(told, "days_to_decision") == {}  # decided on the day of the application: nought days
    assert [one["value"] for one in told["figures"] if one["code"] == "days_to_decision"] == [0]


def test_invariant_31_report_comes_out_again_whatever_is_recorded_later(world: World) -> None:
    first = world.released()
    assert world.recount(first["id"]) == {
        "digest": first["digest"], "recounted": first["digest"], "is_same": True, "differing": [],
    }  # fmt: skip
    world.clock.instant = datetime(2022, 3, 1, 10, tzinfo=UTC)
    world.withdraw(date(2021, 6, 1), world.clock.instant)
    with world.database.transaction() as session:
        late = datetime(2022, 2, 20, tzinfo=UTC)
        given_label(session, world.clusters[1], "silver", (date(2021, 7, 1), date(2023, 6, 30)), recorded_at=late)
    assert world.recount(first["id"])["is_same"] is True
    second = world.released(correction="A withdrawal with effect in the year was recorded since.")
    assert (second["number"], values(second, "labels_withdrawn")) == (2, {("gold", None, None): 1})
    assert values(second, "labels_valid") == {("silver", None, None): 1, ("silver", "FR", None): 1}
    shown = world.client.get(f"{PATH}/{first['id']}").json()
    assert (shown["corrected_by"], second["corrected_by"]) == (second["id"], None)
    assert {**shown, "corrected_by": None, "allowed_moves": []} == first | {"allowed_moves": []}


def test_what_a_report_says_and_what_is_released_never_changes(world: World) -> None:
    drafted = world.draft().json()
    same = sa.update(YearlyReport).where(YearlyReport.id == drafted["id"])
    changes = [same.values(digest="0" * 64), same.values(content={}), sa.delete(YearlyReport)]
    world.move(drafted["id"], "release")
    changes += [same.values(state="draft"), same.values(released_at=None), same.values(version=9)]
    for change in changes:
        with pytest.raises(sa.exc.DBAPIError, match="_kept"), world.database.transaction() as session:
            session.execute(change)
    for verb in ("release", "discard"):
        assert kind(world.move(drafted["id"], verb)) == (409, "move-not-allowed")


def test_draft_whose_figures_have_moved_is_not_released(world: World) -> None:
    drafted = world.draft().json()
    world.withdraw(date(2021, 6, 1), datetime(2022, 1, 31, tzinfo=UTC))
    answer = world.move(drafted["id"], "release")
    assert kind(answer) == (409, "figures-have-moved")
    assert answer.json()["detail"] == "Otherwise now: labels_valid, labels_withdrawn."
    assert world.recount(drafted["id"])["differing"] == ["labels_valid", "labels_withdrawn"]
    assert world.move(drafted["id"], "discard").json()["state"] == "discarded"
    assert world.released()["number"] == 2


def test_who_drafts_and_when(world: World) -> None:
    assert kind(world.draft(2022)) == (409, "report-year-not-over")
    assert kind(world.draft(headers=world.board)) == (403, "permission-missing")
    assert kind(world.draft(correction="Nothing yet.")) == (409, "correction-unclear")
    drafted = world.draft()
    assert drafted.status_code == 201
    assert kind(world.draft()) == (409, "yearly-draft-exists")
    assert kind(world.move(drafted.json()["id"], "release", world.board)) == (403, "permission-missing")
    world.move(drafted.json()["id"], "release")
    assert kind(world.draft()) == (409, "correction-unclear")
    assert world.draft(2020).status_code == 201
    listed = world.client.get(PATH, headers=world.board, params={"year": 2021}).json()["items"]
    assert [(one["year"], one["state"]) for one in listed] == [(2021, "released")]
    listed = world.client.get(PATH, headers=world.board, params={"state": "draft"}).json()["items"]
    assert [one["year"] for one in listed] == [2020]
    assert kind(world.client.get(f"{PATH}/{listed[0]['id']}/recount")) == (401, "credentials-required")


def test_four_drafts_at_once_are_one(world: World) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = [one.result() for one in [threads.submit(world.draft) for _ in range(4)]]
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert {kind(one) for one in answers if one.status_code == 409} == {(409, "yearly-draft-exists")}


def test_release_and_discard_at_once_are_one_of_the_two(world: World) -> None:
    key = world.draft().json()["id"]
    tag = world.client.get(f"{PATH}/{key}", headers=world.secretariat).headers["ETag"]
    headers = {**world.secretariat, "If-Match": tag}

    def move(verb: str) -> int:
        return world.client.post(f"{PATH}/{key}/{verb}", headers=headers).status_code

    with ThreadPoolExecutor(4) as threads:
        answers = [one.result() for one in [threads.submit(move, verb) for verb in ("release", "discard") * 2]]
    assert answers.count(200) == 1
    assert set(answers) <= {200, 409, 412}
