"""Payments over HTTP: ordered once, settled by the bank, failed and ordered anew, returned, recovered."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.identifiers import uuid7
from tests.bankfiles.given import RETURNED, entry, statement
from tests.grants.given import GRANTS, World
from tests.partnerships.given import kind, post

BASE = "/v1/exchange-payments"
ACCOUNT = {"name": "Tides", "iban": "DE89370400440532013000"}


def due(world: World) -> str:
    """Answer an exchange whose payment is due."""
    number = world.agreed()
    world.on("2021-03-08")
    world.reported(number)
    assert world.move(GRANTS, number, "validate", world.vop).status_code == 200
    return number


def order(world: World, *numbers: str, key: str | None = None, **more: Any) -> Any:
    body = {
        "partnership_id": world.partnership, "numbers": list(numbers), "account": ACCOUNT,
        "execution_on": "2021-03-15", **more,
    }  # fmt: skip
    return world.client.post(BASE, json=body, headers={**world.vop, "Idempotency-Key": key or str(uuid7())})


def read(world: World, *entries: str) -> Any:
    body = {"partnership_id": world.partnership, "content": statement(*entries)}
    return post(world.client, f"{BASE}/statements", world.vop, body, of=BASE)


def findings(answer: Any) -> list[tuple[str, str | None]]:
    return [(one["finding"], one["number"]) for one in answer.json()["findings"]]


def test_payment_is_ordered_in_a_file_and_paid_by_a_statement(world: World, client: TestClient) -> None:
    number = due(world)
    made = order(world)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["sum_cents"], [one["number"] for one in told["payments"]]) == (78_000, [number])
    assert world.held() == {"available": 922_000, "ordered": 78_000}
    file = client.get(made.headers["Location"], headers=world.vop)
    assert (file.status_code, file.headers["Content-Type"]) == (200, "application/xml")
    assert b'<InstdAmt Ccy="EUR">780.00</InstdAmt>' in file.content
    reference = told["payments"][0]["end_to_end_id"]
    assert findings(read(world, entry(reference, "780.00"))) == [("applied_paid", number)]
    assert world.held() == {"available": 922_000, "paid": 78_000}
    shown = world.shown(number)
    assert (shown["state"], shown["paid_on"], shown["waits_for"]) == ("paid", "2021-03-15", None)
    assert kind(order(world)) == (409, "nothing-due")


def test_programme_invariant_15_order_is_given_once_whoever_repeats_it(world: World) -> None:
    number = due(world)
    first = order(world, number, key="pay-1")
    again = order(world, number, key="pay-1")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    refused = order(world, number)
    assert kind(refused) == (409, "nothing-due")
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/body/numbers/0"]
    assert world.held() == {"available": 922_000, "ordered": 78_000}


def test_programme_invariant_15_two_orders_at_once_are_one(world: World) -> None:
    number = due(world)
    with ThreadPoolExecutor(4) as pool:
        answers = [one.status_code for one in pool.map(lambda _: order(world, number), range(4))]
    assert sorted(answers) == [201, 409, 409, 409]
    assert world.held() == {"available": 922_000, "ordered": 78_000}


def test_failed_payment_is_due_again_and_ordered_anew(world: World) -> None:
    number = due(world)
    reference = order(world).json()["payments"][0]["end_to_end_id"]
    told = read(world, entry(reference, "780.00", more="<Sts>RJCT</Sts>"))
    assert findings(told) == [("applied_failed", number)]
    assert (world.held(), world.shown(number)["state"]) == ({"available": 922_000, "due": 78_000}, "validated")
    again = order(world, number).json()["payments"][0]
    assert again["end_to_end_id"] != reference
    assert world.held() == {"available": 922_000, "ordered": 78_000}


def test_returned_payment_is_due_again(world: World) -> None:
    number = due(world)
    reference = order(world).json()["payments"][0]["end_to_end_id"]
    read(world, entry(reference, "780.00"))
    told = read(world, entry(reference, "780.00", side="CRDT", more=RETURNED))
    assert findings(told) == [("applied_returned", number)]
    assert (world.held(), world.shown(number)["state"]) == ({"available": 922_000, "due": 78_000}, "validated")


def test_what_is_not_certain_is_told_and_changes_nothing(world: World, client: TestClient) -> None:
    number = due(world)
    reference = order(world).json()["payments"][0]["end_to_end_id"]
    lines = [entry(reference, "779.00"), entry("EX-UNKNOWN", "780.00"), entry(None, "780.00")]
    told = read(world, *lines)
    assert findings(told) == [("other_amount", number), ("unknown_reference", None), ("no_reference", None)]
    assert (told.json()["applied"], world.held()) == (0, {"available": 922_000, "ordered": 78_000})
    assert kind(read(world, *lines)) == (409, "statement-known")
    unreadable = {"partnership_id": world.partnership, "content": "<Document/>"}
    refused = post(client, f"{BASE}/statements", world.vop, unreadable, of=BASE)
    assert kind(refused) == (422, "statement-unreadable")


def test_recovered_money_is_not_available_again(world: World) -> None:
    number = due(world)
    reference = order(world).json()["payments"][0]["end_to_end_id"]
    body = {"partnership_id": world.partnership, "number": number, "cents": 78_001, "reason": "Late proof."}
    path = f"{BASE}/recover"
    assert kind(post(world.client, path, world.vop, {**body, "cents": 1}, of=BASE)) == (422, "recovery-not-possible")
    read(world, entry(reference, "780.00"))
    assert kind(post(world.client, path, world.vop, body, of=BASE)) == (422, "recovery-not-possible")
    done = post(world.client, path, world.vop, {**body, "cents": 39_000}, of=BASE)
    assert [one["state"] for one in done.json()["items"]] == ["paid"]
    assert world.held() == {"available": 922_000, "paid": 39_000, "recovered": 39_000}


def test_wrong_account_orders_nothing(world: World) -> None:
    due(world)
    wrong = order(world, account={"name": "Tides", "iban": "DE89370400440532013001"})
    assert kind(wrong) == (422, "account-not-valid")
    assert world.held() == {"available": 922_000, "due": 78_000}


def test_programme_invariant_16_payments_are_of_the_partnership_of_the_visitor(
    world: World, client: TestClient
) -> None:
    due(world)
    body = {"partnership_id": world.partnership, "account": ACCOUNT, "execution_on": "2021-03-15"}
    for headers, problem in ((world.hop, (404, "partnership-not-found")), (world.vo, (403, "permission-missing"))):
        assert kind(post(client, BASE, headers, body, of=BASE)) == problem
    file = order(world).headers["Location"]
    assert kind(client.get(file, headers=world.hop)) == (404, "payment-file-not-found")
    assert client.get(BASE, headers=world.hop).json()["items"] == []
    assert kind(client.get(BASE, headers=world.vo)) == (403, "permission-missing")


@pytest.mark.parametrize(("query", "found"), [({"state": "ordered"}, 1), ({"state": "paid"}, 0), ({}, 1)])
def test_payments_are_filtered(world: World, client: TestClient, query: dict[str, str], found: int) -> None:
    number = due(world)
    order(world)
    by = {**query, "number": number, "partnership_id": world.partnership}
    assert len(client.get(BASE, params=by, headers=world.support).json()["items"]) == found


def test_payment_given_back_by_the_bank_after_a_recovery_is_told_and_not_booked_twice(world: World) -> None:
    number = due(world)
    reference = order(world).json()["payments"][0]["end_to_end_id"]
    read(world, entry(reference, "780.00"))
    body = {"partnership_id": world.partnership, "number": number, "cents": 1, "reason": "Rounding."}
    assert post(world.client, f"{BASE}/recover", world.vop, body, of=BASE).status_code == 200
    told = read(world, entry(reference, "780.00", side="CRDT", more=RETURNED))
    assert findings(told) == [("recovered_before", number)]
    assert world.held() == {"available": 922_000, "paid": 77_999, "recovered": 1}
    assert world.shown(number)["state"] == "paid"
