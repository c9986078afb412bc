"""Exchanges over HTTP: built, planned, signed by four, agreed, refused where rules say no."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.identity.states import Role
from tests.callers import given_key
from tests.grants.given import ACCOUNT, GRANTS, PARTICIPANTS, PLAN, World
from tests.partnerships.given import kind


def test_exchange_is_agreed_by_four_with_the_money_reserved(world: World) -> None:
    number = world.planned()
    before = world.shown(number)
    assert (before["state"], before["waits_for"]) == ("building", "The agreement, of the VOP.")
    assert {one["document"]: one["signed"] for one in before["documents"]} == {
        "commitment_to_quality": ["vo", "ho", "vop", "hop"], "financial_agreement": ["vo", "vop"],
    }  # fmt: skip
    agreed = world.move(GRANTS, number, "agree", world.vop).json()
    assert (agreed["state"], agreed["agreed_cents"], agreed["amount"]["most_cents"]) == ("agreed", 78_000, 78_000)
    assert agreed["documents"] == before["documents"]
    assert world.held() == {"available": 922_000, "reserved": 78_000}


def test_host_is_not_told_the_account_of_the_visitor(world: World) -> None:
    number = world.agreed()
    told = {name: [one["document"] for one in world.shown(number, headers)["documents"]]
            for name, headers in (("ho", world.ho), ("hop", world.hop), ("vo", world.vo))}  # fmt: skip
    both = ["commitment_to_quality", "financial_agreement"]
    assert told == {"ho": both[:1], "hop": both[:1], "vo": both}


def test_programme_invariant_9_change_of_the_plan_voids_signatures(world: World) -> None:
    number = world.planned()
    world.plan(number, world.ho, {"goals": "Other goals."})
    told = world.shown(number)
    assert {one["document"]: one["missing"] for one in told["documents"]} == {
        "commitment_to_quality": ["vo", "ho", "vop", "hop"], "financial_agreement": [],
    }  # fmt: skip
    refused = world.move(GRANTS, number, "agree", world.vop)
    assert kind(refused) == (409, "signatures-missing")
    assert [one["code"] for one in refused.json()["errors"]] == [
        f"commitment_to_quality_{party}" for party in ("vo", "ho", "vop", "hop")
    ]
    assert world.held() == {"available": 1_000_000}


def test_signature_is_of_one_text_and_by_its_own_party(world: World) -> None:
    number = world.planned()
    assert kind(world.sign(number, "commitment_to_quality", "vo")) == (409, "document-signed")
    body = {"document": "commitment_to_quality", "party": "ho", "digest": "0" * 64}
    assert kind(world.move(GRANTS, number, "sign", world.vo, body)) == (403, "no-party")
    assert kind(world.move(GRANTS, number, "sign", world.ho, body)) == (409, "document-changed")
    financial = {**body, "document": "financial_agreement"}
    assert kind(world.move(GRANTS, number, "sign", world.ho, financial)) == (403, "no-party")


def test_programme_invariant_11_changed_dates_are_reckoned_anew_and_signed_anew(world: World) -> None:
    number = world.agreed()
    told = world.plan(number, world.vo, {"ends_on": "2021-03-03"}).json()
    assert (told["state"], told["agreed_cents"], told["amount"]["most_cents"]) == ("building", None, 39_000)
    assert world.held() == {"available": 1_000_000}
    assert kind(world.move(GRANTS, number, "agree", world.vop)) == (409, "signatures-missing")
    world.sign_all(number)
    assert world.move(GRANTS, number, "agree", world.vop).json()["agreed_cents"] == 39_000
    assert world.held() == {"available": 961_000, "reserved": 39_000}


def test_programme_invariant_10_agreed_exchange_keeps_its_calculation(world: World) -> None:
    number = world.agreed()
    amount = world.shown(number)["amount"]
    world.on("2021-03-20")
    assert world.shown(number)["amount"] == amount
    assert amount["ceiling"] == "2020-PT"


def test_partnership_may_pay_less_and_never_more(world: World) -> None:
    number = world.planned()
    assert kind(world.plan(number, world.vo, {"offered_cents": 1})) == (403, "plan-not-allowed")
    assert kind(world.plan(number, world.vop, {"account": ACCOUNT})) == (403, "plan-not-allowed")
    world.plan(number, world.vop, {"offered_cents": 50_000})
    world.sign_all(number)
    assert world.move(GRANTS, number, "agree", world.vop).json()["agreed_cents"] == 50_000
    world.plan(number, world.vop, {"offered_cents": 99_000})
    world.sign_all(number)
    assert world.move(GRANTS, number, "agree", world.vop).json()["agreed_cents"] == 78_000


def test_account_is_checked_when_it_is_named(world: World) -> None:
    number = world.planned()
    refused = world.plan(number, world.vo, {"account": {"name": "Tide", "iban": "BE68539007547035"}})
    assert kind(refused) == (422, "account-not-valid")
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/body/account/iban"]
    financial = world.shown(number, world.vo)["documents"][1]
    assert financial["content"]["account"]["iban"] == "BE68539007547034"


@pytest.mark.parametrize(
    ("plan", "codes"),
    [
        ({"goals": None}, ["missing"]),
        ({"account": None}, ["missing"]),
        ({"ends_on": "2021-03-02"}, ["fewest_working_days"]),
        ({"ends_on": "2021-04-02"}, ["most_months"]),
        ({"begins_on": "2021-01-11", "ends_on": "2021-01-15"}, ["too_early"]),
        ({"begins_on": "2022-08-29", "ends_on": "2022-09-02"}, ["outside_partnership"]),
    ],
)
def test_programme_invariant_6_plan_that_breaks_a_rule_is_not_agreed(
    world: World, plan: dict[str, Any], codes: list[str]
) -> None:
    number = world.planned()
    assert world.plan(number, world.vo, plan).status_code == 200
    refused = world.move(GRANTS, number, "agree", world.vop)
    assert kind(refused) == (422, "plan-not-possible")
    told = [one["code"] for one in refused.json()["errors"]]
    assert [one for one in told if one != "inside_round" and "inside_round" not in one] == codes
    assert world.held() == {"available": 1_000_000}


def test_programme_invariant_14_budget_that_does_not_suffice_reserves_nothing(world: World) -> None:
    world.budget(77_999)
    number = world.planned()
    assert kind(world.move(GRANTS, number, "agree", world.vop)) == (409, "budget-exceeded")
    assert (world.shown(number)["state"], world.held()) == ("building", {"available": 77_999})


def test_programme_invariant_13_virtual_exchange_takes_no_money_and_no_visit(world: World) -> None:
    number = world.agreed("virtual")
    told = world.shown(number)
    assert (told["agreed_cents"], [one["document"] for one in told["documents"]]) == (0, ["commitment_to_quality"])
    assert world.held() == {"available": 1_000_000}
    host = world.host(world.organisation("DE", "Second host"), region="DE30")
    again = world.match(told["visitor_id"], host, to=world.client_of("Second host"))
    assert world.build(again).status_code == 201


def test_programme_invariant_7_organisation_visits_once_and_again_after_a_cancellation(world: World) -> None:
    number = world.agreed()
    visitor = world.shown(number)["visitor_id"]
    second = world.host(world.organisation("DE", "Second host"), region="DE30")
    match = world.match(visitor, second, to=world.client_of("Second host"))
    assert kind(world.build(match)) == (409, "visit-taken")
    cancelled = world.move(GRANTS, number, "cancel", world.ho, {"reason": "Fire."}).json()
    assert (cancelled["state"], cancelled["reason"]) == ("cancelled", "Fire.")
    assert world.held() == {"available": 1_000_000}
    assert world.build(match).status_code == 201


def test_programme_invariants_7_and_8_two_visits_asked_for_at_once_are_one(world: World) -> None:
    """And a host has as many guests at once as come."""
    visitor, matches = world.visitor(), []
    for country, region in (("PT", "PT11"), ("DE", "DE30")):
        name = f"Host {country}"
        host = world.host(world.organisation(country, name), region=region)
        matches.append(world.match(visitor, host, to=world.client_of(name)))
    with ThreadPoolExecutor(2) as pool:
        answers = [one.status_code for one in pool.map(world.build, matches)]
    assert sorted(answers) == [201, 409]


def test_programme_invariant_8_host_has_several_guests_at_once(world: World) -> None:
    world.agreed()
    host = world.client.get("/v1/exchange-participants", params={"is_host": "true"}, headers=world.ho).json()
    key = host["items"][0]["id"]
    guest = world.visitor(world.organisation("IT", "Second guest"), region="ITC4")
    match = world.match(guest, key, by=world.client_of("Second guest"))
    assert world.build(match, by=world.client_of("Second guest")).status_code == 201


@pytest.mark.parametrize("verb", ["withdraw", "suspend"])
def test_exchange_is_not_built_with_who_has_left(world: World, verb: str) -> None:
    visitor = world.visitor()
    match = world.match(visitor, world.host())
    by, body = (world.vo, None) if verb == "withdraw" else (world.vop, {"reason": "Unclear."})
    assert world.move(PARTICIPANTS, visitor, verb, by, body).status_code == 200
    assert kind(world.build(match, by=world.ho)) == (409, "match-not-possible")


def test_of_leaving_and_building_at_once_one_is_done(world: World) -> None:
    visitor = world.visitor()
    match = world.match(visitor, world.host())
    with ThreadPoolExecutor(2) as pool:
        leaving = pool.submit(world.move, PARTICIPANTS, visitor, "withdraw", world.vo)
        building = pool.submit(world.build, match, "virtual", world.ho)
    answers = [leaving.result(), building.result()]
    assert [one.status_code for one in answers] in ([200, 409], [409, 201], [412, 201]), [one.text for one in answers]


def test_match_makes_one_exchange(world: World) -> None:
    match = world.match(world.visitor(), world.host())
    assert kind(world.build(match, by=world.vop)) == (403, "permission-missing")
    assert world.build(match, "virtual").status_code == 201
    assert kind(world.build(match, "virtual")) == (409, "match-not-confirmed")


def test_exchange_is_seen_by_its_parties(world: World, client: TestClient) -> None:
    number = world.planned()
    stranger = world.organisation("DE", "Stranger")
    assert kind(client.get(f"{GRANTS}/{number}", headers=stranger)) == (404, "exchange-not-found")
    assert client.get(GRANTS, headers=stranger).json()["items"] == []
    for headers in (world.vo, world.ho, world.vop, world.hop, world.support):
        assert [one["number"] for one in client.get(GRANTS, headers=headers).json()["items"]] == [number]
    with world.database.transaction() as session:
        commission = given_key(session, Role.COMMISSION)
    assert kind(client.get(GRANTS, headers=commission)) == (403, "permission-missing")


@pytest.mark.parametrize(
    ("day", "state", "is_overdue"),
    [("2021-01-15", "agreed", False), ("2021-03-01", "ongoing", False), ("2021-03-06", "reporting", False),
     ("2021-04-04", "reporting", False), ("2021-04-05", "reporting", True)],
)  # fmt: skip
def test_where_an_exchange_stands_follows_from_its_dates(
    world: World, client: TestClient, day: str, state: str, is_overdue: bool
) -> None:
    number = world.agreed()
    world.on(day)
    told = world.shown(number)
    assert (told["state"], told["is_overdue"]) == (state, is_overdue)
    found = client.get(GRANTS, params={"state": state}, headers=world.vop).json()["items"]
    assert [one["number"] for one in found] == [number]
    stuck = client.get(GRANTS, params={"overdue": "true"}, headers=world.support).json()["items"]
    assert [one["waits_for"] for one in stuck] == (["The closing report, of the VO."] if is_overdue else [])
    others = client.get(GRANTS, params={"state": "validated"}, headers=world.vop).json()["items"]
    assert others == []


def test_exchange_that_has_begun_is_neither_planned_nor_cancelled(world: World) -> None:
    number = world.agreed()
    world.on("2021-03-01")
    assert kind(world.plan(number, world.vo, {"goals": "Other."})) == (409, "plan-fixed")
    assert kind(world.move(GRANTS, number, "cancel", world.vo, {"reason": "Ill."})) == (409, "not-yet")


def test_only_the_partnership_of_the_visitor_agrees(world: World) -> None:
    number = world.planned()
    for headers in (world.vo, world.ho, world.hop):
        assert kind(world.move(GRANTS, number, "agree", headers)) == (403, "no-party")


def test_suspended_participant_agrees_nothing(world: World) -> None:
    number = world.planned()
    visitor = world.shown(number)["visitor_id"]
    world.move("/v1/exchange-participants", visitor, "suspend", world.support, {"reason": "Asked."})
    refused = world.move(GRANTS, number, "agree", world.vop)
    assert [one["code"] for one in refused.json()["errors"]] == ["visitor_state"]
    assert PLAN["goals"] == world.shown(number)["goals"]


def test_list_of_exchanges_asks_as_many_statements_as_one(world: World, client: TestClient) -> None:
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    def listed() -> tuple[int, int]:
        told.clear()
        sa.event.listen(world.database.engine, "before_cursor_execute", note)
        items = client.get(GRANTS, headers=world.vop).json()["items"]
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
        return len(items), len(told)

    host = world.host()
    visitors = {name: world.organisation("FR", name) for name in ("Tide One", "Tide Two", "Tide Three")}
    counted = []
    for headers in visitors.values():
        match = world.match(world.visitor(headers), host, by=headers)
        number = world.build(match, "virtual", by=headers).json()["number"]
        assert world.plan(number, headers, PLAN).status_code == 200
        counted.append(listed())
    assert [found for found, _ in counted] == [1, 2, 3]
    assert len({statements for _, statements in counted}) == 1
