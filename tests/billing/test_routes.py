"""Quotes, invoices and payments over HTTP: amounts, who sees them, and that nothing issued ever changes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from defusedxml.ElementTree import fromstring
from starlette.testclient import TestClient

from cluster_api.billing.models import Invoice
from cluster_api.billing.queries import certificate_waits, terms_on
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import is_well_formed
from cluster_api.identity.states import Role
from tests.billing.given import GROSS, PATH, PAYER, Headers, act, asked, issued, keyed, kind
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.einvoices.judges import rule_faults, schema_faults
from tests.register import given_cluster, given_label

PAYMENT = {"reference": "BK-1", "amount_cents": GROSS, "paid_on": "2021-01-15"}
CASE = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
SEEING, ISSUING = {Role.SECRETARIAT, Role.AUDITOR}, {Role.SECRETARIAT}


@pytest.fixture
def cluster(database: Database) -> str:
    """Give the identifier of an applicant."""
    with database.transaction() as session:
        return given_cluster(session, "alpha")


@pytest.fixture
def secretariat(database: Database) -> Headers:
    """Give the headers of a machine client of the secretariat."""
    with database.transaction() as session:
        return given_key(session, Role.SECRETARIAT)


@pytest.mark.parametrize(
    ("query", "net", "vat", "treatment"),
    [
        ("level=bronze&kind=first&mode=video", 165_000, 34_650, "domestic"),
        ("level=bronze&kind=first", 225_000, 47_250, "domestic"),
        ("level=silver&kind=renewal&country=FR&has_vat_id=true", 362_000, 0, "reverse_charge"),
        ("level=gold&kind=first&country=UK", 825_000, 0, "outside_eu"),
        ("level=gold&kind=renewal&country=EL", 676_500, 142_065, "domestic"),
    ],
)
def test_invariant_22_quotes_are_the_published_prices(
    client: TestClient, query: str, net: int, vat: int, treatment: str
) -> None:
    body = client.get(f"/v1/quotes?{query}").json()
    assert (body["net_cents"], body["vat_cents"], body["gross_cents"]) == (net, vat, net + vat)
    assert (body["vat_treatment"], body["price_list"], body["on"]) == (treatment, "ESCA-PRICES", "2021-01-15")


def test_quote_of_what_is_not_offered(client: TestClient) -> None:
    silent = client.get("/v1/quotes?level=gold&kind=first&mode=video")
    early = client.get("/v1/quotes?level=gold&kind=first&on=2019-11-14")
    assert (kind(silent), kind(early)) == ((404, "process-not-offered"), (404, "price-not-found"))


def test_numbers_follow_each_other_without_a_gap(
    client: TestClient, cluster: str, secretariat: Headers, clock: FixedClock
) -> None:
    first = issued(client, secretariat, cluster)
    wrong = asked(cluster, mode="video")
    assert kind(client.post(PATH, json=wrong, headers=keyed(secretariat)))[0] == 404
    rehearsed = client.post(f"{PATH}?dry_run=true", json=asked(cluster), headers=keyed(secretariat))
    second = issued(client, secretariat, cluster)
    note = act(client, first["number"], "credit", secretariat, {"reason": "Withdrawn."}).json()
    clock.instant = datetime(2022, 1, 3, 9, tzinfo=UTC)
    third = issued(client, secretariat, cluster)
    numbers = [one["number"] for one in (first, second, note, third)]
    assert [number[:14] for number in numbers] == [
        "IN-2021-000001", "IN-2021-000002", "CN-2021-000001", "IN-2022-000001",
    ]  # fmt: skip
    assert (all(is_well_formed(number) for number in numbers), rehearsed.json()["number"]) == (True, numbers[1])


@pytest.mark.parametrize(
    ("payer", "expected"),
    [
        ({"country": "DE", "vat_id": "de 136 695 976"}, ("reverse_charge", "DE136695976", 0)),
        ({"country": "EL", "vat_id": "EL094259216"}, ("reverse_charge", "EL094259216", 0)),
        ({"country": "BE", "vat_id": "BE0428759497"}, ("domestic", "BE0428759497", 173_250)),
        ({"country": "DE"}, ("domestic", None, 173_250)),
        ({"country": "NO"}, ("outside_eu", None, 0)),
    ],
)
def test_vat_of_an_invoice_follows_from_its_payer(
    client: TestClient, cluster: str, secretariat: Headers, payer: dict[str, str], expected: tuple[Any, ...]
) -> None:
    body = issued(client, secretariat, cluster, payer={**PAYER, **payer})
    assert (body["vat_treatment"], body["payer"].get("vat_id"), body["vat_cents"]) == expected


@pytest.mark.parametrize(
    "payer", [{"country": "DE", "vat_id": "DE136695977"}, {"country": "FR", "vat_id": "DE136695976"}]
)
def test_wrong_vat_identifier_is_refused(
    client: TestClient, cluster: str, secretariat: Headers, payer: dict[str, str]
) -> None:
    answer = client.post(PATH, json=asked(cluster, payer={**PAYER, **payer}), headers=keyed(secretariat))
    assert kind(answer) == (422, "payer-not-possible")
    assert answer.json()["errors"][0]["pointer"] == "/body/payer/vat_id"


@pytest.mark.parametrize(
    ("visit_on", "status"),
    [("2020-07-30", 409), ("2020-07-31", 201), ("2021-01-31", 201), ("2022-01-31", 201), ("2022-02-01", 409)],
)
def test_invariant_22_renewal_price_holds_inside_the_window_only(
    client: TestClient, database: Database, cluster: str, secretariat: Headers, visit_on: str, status: int
) -> None:
    with database.transaction() as session:
        label = given_label(session, cluster, "gold", (date(2019, 1, 10), date(2021, 1, 31)))
    body = asked(cluster, kind="renewal", renews=label, visit_on=visit_on)
    answer = client.post(PATH, json=body, headers=keyed(secretariat))
    assert answer.status_code == status, answer.text
    assert status == 409 or answer.json()["net_cents"] == 676_500
    missing = client.post(PATH, json=asked(cluster, kind="renewal"), headers=keyed(secretariat))
    assert missing.status_code == 422


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_issues_invoices(
    client: TestClient, database: Database, cluster: str, secretariat: Headers, role: Role
) -> None:
    number = issued(client, secretariat, cluster)["number"]
    with database.transaction() as session:
        headers = given_key(session, role)
    seen = role in SEEING
    assert client.get(f"{PATH}/{number}", headers=headers).status_code == (200 if seen else 404)
    assert client.get(f"{PATH}/{number}/ubl", headers=headers).status_code == (200 if seen else 404)
    listed = [one["number"] for one in client.get(PATH, headers=headers).json()["items"]]
    assert listed == ([number] if seen else [])
    answer = client.post(PATH, json=asked(cluster), headers=keyed(headers))
    assert answer.status_code == (201 if role in ISSUING else 403)
    paid = act(client, number, "payment", headers, PAYMENT)
    assert paid.status_code == (200 if role in ISSUING else 403 if seen else 404)


def test_public_sees_no_invoices(client: TestClient, cluster: str, secretariat: Headers) -> None:
    number = issued(client, secretariat, cluster)["number"]
    assert [client.get(path).status_code for path in (PATH, f"{PATH}/{number}")] == [401, 401]


def test_payer_sees_what_it_pays_and_cluster_what_is_for_it(
    client: TestClient, database: Database, secretariat: Headers
) -> None:
    with database.transaction() as session:
        payer, owner = given_organisation(session, Role.COMMISSION), given_organisation(session, Role.CLUSTER)
        one, other = given_cluster(session, "one"), given_cluster(session, "other")
        session.execute(sa.update(Cluster).where(Cluster.id == one).values(owner_id=owner.id))
        by_payer, by_owner = (given_credential(session, given_client(session, who)) for who in (payer, owner))
        payer_id = payer.id
    paid_by_other = issued(client, secretariat, one, organisation_id=payer_id)["number"]
    paid_itself = issued(client, secretariat, one)["number"]
    for_other = issued(client, secretariat, other, organisation_id=payer_id)["number"]
    seen = {
        name: [item["number"] for item in client.get(PATH, headers=headers).json()["items"]]
        for name, headers in (("payer", by_payer), ("owner", by_owner))
    }
    assert seen == {"payer": [for_other, paid_by_other], "owner": [paid_itself, paid_by_other]}
    assert client.get(f"{PATH}/{paid_by_other}", headers=by_owner).json()["allowed_moves"] == []


def test_payment_is_recorded_once_whoever_tells_it_again(
    client: TestClient, cluster: str, secretariat: Headers
) -> None:
    number, other = (issued(client, secretariat, cluster)["number"] for _ in range(2))
    for day in ("2021-01-14", "2021-01-16"):
        answer = act(client, number, "payment", secretariat, {**PAYMENT, "paid_on": day})
        assert kind(answer) == (409, "payment-not-fitting")
    paid = act(client, number, "payment", secretariat, PAYMENT).json()
    assert (paid["state"], [one["reference"] for one in paid["payments"]]) == ("paid", ["BK-1"])
    assert act(client, number, "payment", secretariat, PAYMENT).json() == paid
    assert kind(act(client, other, "payment", secretariat, PAYMENT)) == (409, "payment-reference-used")
    for more in ({"amount_cents": 1}, {"paid_on": "2021-01-14"}):
        answer = act(client, number, "payment", secretariat, {**PAYMENT, **more})
        assert kind(answer) == (409, "payment-reference-used")
    assert kind(act(client, number, "refund", secretariat, PAYMENT)) == (409, "payment-reference-used")


def moved(client: TestClient, number: str, headers: Headers, verb: str, reference: str, cents: int) -> tuple[Any, ...]:
    """Move money and answer state, what was paid, the balance and the moves."""
    answer = act(client, number, verb, headers, {**PAYMENT, "reference": reference, "amount_cents": cents})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["state"], body["paid_cents"], body["balance_cents"], body["allowed_moves"]


def test_invoice_is_paid_in_parts_and_too_much_goes_back(
    client: TestClient, cluster: str, secretariat: Headers
) -> None:
    number, asked_for = issued(client, secretariat, cluster)["number"], ["record_payment", "credit"]
    steps = [
        ("payment", "BK-1", 1, ("partly_paid", 1, GROSS - 1, asked_for)),
        ("payment", "BK-2", GROSS - 2, ("partly_paid", GROSS - 1, 1, asked_for)),
        ("payment", "BK-3", 1, ("paid", GROSS, 0, asked_for)),
        ("payment", "BK-4", 500, ("overpaid", GROSS + 500, -500, [*asked_for, "refund"])),
        ("refund", "RF-1", 200, ("overpaid", GROSS + 300, -300, [*asked_for, "refund"])),
        ("refund", "RF-2", 300, ("paid", GROSS, 0, asked_for)),
    ]
    for verb, reference, cents, expected in steps:
        assert moved(client, number, secretariat, verb, reference, cents) == expected
    nothing = act(client, number, "refund", secretariat, {**PAYMENT, "reference": "RF-3", "amount_cents": 1})
    assert kind(nothing) == (409, "refund-not-possible")
    shown = client.get(f"{PATH}/{number}", headers=secretariat).json()["payments"]
    assert [(one["kind"], one["reference"], one["amount_cents"]) for one in shown] == [
        (verb, reference, cents) for verb, reference, cents, _ in steps
    ]


def test_what_was_paid_on_an_invoice_taken_back_is_owed_back(
    client: TestClient, cluster: str, secretariat: Headers
) -> None:
    number = issued(client, secretariat, cluster)["number"]
    moved(client, number, secretariat, "payment", "BK-1", 700)
    note = act(client, number, "credit", secretariat, {"reason": "Withdrawn."}).json()["number"]
    shown = client.get(f"{PATH}/{number}", headers=secretariat).json()
    assert (shown["state"], shown["balance_cents"], shown["allowed_moves"]) == ("credited", -700, ["refund"])
    assert moved(client, number, secretariat, "refund", "RF-1", 700) == ("credited", 0, 0, [])
    for verb, expected in (("payment", "payment-not-fitting"), ("refund", "refund-not-possible")):
        answer = act(client, note, verb, secretariat, {**PAYMENT, "reference": "BK-9"})
        assert kind(answer) == (409, expected)


@pytest.mark.parametrize("cents", [0, -1, 1.5, "7", 1_000_000_001])
def test_amount_that_is_none_is_refused(client: TestClient, cluster: str, secretariat: Headers, cents: object) -> None:
    number = issued(client, secretariat, cluster)["number"]
    for verb in ("payment", "refund"):
        answer = act(client, number, verb, secretariat, {**PAYMENT, "amount_cents": cents})
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/body/amount_cents"]


def test_money_moves_only_with_a_key_and_a_tag(client: TestClient, cluster: str, secretariat: Headers) -> None:
    answer = client.post(PATH, json=asked(cluster), headers=secretariat)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/header/Idempotency-Key"]
    headers = keyed(secretariat)
    first, second = (client.post(PATH, json=asked(cluster), headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert len(client.get(PATH, headers=secretariat).json()["items"]) == 1
    untagged = client.post(f"{PATH}/{first.json()['number']}/payment", json=PAYMENT, headers=keyed(secretariat))
    assert untagged.status_code == 428


def test_credit_note_takes_an_invoice_back_once(client: TestClient, cluster: str, secretariat: Headers) -> None:
    number, why = issued(client, secretariat, cluster)["number"], {"reason": "Withdrawn."}
    note = act(client, number, "credit", secretariat, why).json()
    assert (note["kind"], note["credits"], note["gross_cents"], note["state"]) == (
        "credit_note", number, GROSS, "credit",
    )  # fmt: skip
    shown = client.get(f"{PATH}/{number}", headers=secretariat).json()
    assert (shown["state"], shown["credited_by"], shown["allowed_moves"]) == ("credited", note["number"], [])
    assert kind(act(client, number, "credit", secretariat, why)) == (409, "not-creditable")
    assert kind(act(client, note["number"], "credit", secretariat, why)) == (409, "not-creditable")
    assert kind(act(client, number, "payment", secretariat, PAYMENT)) == (409, "invoice-credited")


def test_list_is_filtered_by_the_state_of_today(
    client: TestClient, cluster: str, secretariat: Headers, clock: FixedClock
) -> None:
    paid, credited, open_one, partly, too_much = (issued(client, secretariat, cluster)["number"] for _ in range(5))
    act(client, paid, "payment", secretariat, PAYMENT)
    moved(client, partly, secretariat, "payment", "BK-2", 1)
    moved(client, too_much, secretariat, "payment", "BK-3", GROSS + 2)
    moved(client, too_much, secretariat, "refund", "RF-1", 1)
    note = act(client, credited, "credit", secretariat, {"reason": "Wrong."}).json()["number"]
    for day, expected in (
        (14, {"issued": [open_one], "partly_paid": [partly]}),
        (15, {"overdue": [partly, open_one]}),
    ):
        clock.instant = datetime(2021, 2, day, 9, tzinfo=UTC)
        found = {
            state: [one["number"] for one in client.get(f"{PATH}?state={state}", headers=secretariat).json()["items"]]
            for state in ("issued", "partly_paid", "overdue", "paid", "overpaid", "credited", "credit")
        }
        wanted = {"issued": [], "partly_paid": [], "overdue": [], "paid": [paid], "overpaid": [too_much]}
        wanted |= {"credited": [credited], "credit": [note]}
        assert found == {**wanted, **expected}


def test_file_for_the_accounts_says_what_the_invoice_says(
    client: TestClient, cluster: str, secretariat: Headers
) -> None:
    number = issued(client, secretariat, cluster)["number"]
    answer = client.get(f"{PATH}/{number}/ubl", headers=secretariat)
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/xml", "private, no-cache")
    assert (schema_faults(answer.content), rule_faults(answer.content)) == ([], [])
    texts = [element.text for element in fromstring(answer.content).iter()]
    assert {number, "Ministry", "Example Association", "9982.50", "BE68539007547034"} <= set(texts)
    note = act(client, number, "credit", secretariat, {"reason": "Wrong."}).json()["number"]
    credit = client.get(f"{PATH}/{note}/ubl", headers=secretariat)
    assert fromstring(credit.content).tag.endswith("}CreditNote")
    assert (schema_faults(credit.content), rule_faults(credit.content)) == ([], [])
    assert number in credit.text


def test_invariant_23_certificate_waits_for_the_payment_of_the_case(
    client: TestClient, database: Database, cluster: str, secretariat: Headers
) -> None:
    today = date(2021, 1, 15)

    def waits() -> bool:
        with database.session() as session:
            terms = terms_on(session, today)
            assert terms is not None
            return certificate_waits(session, CASE, terms, today)

    assert waits()
    number = issued(client, secretariat, cluster, case_id=CASE)["number"]
    assert waits()
    moved(client, number, secretariat, "payment", "BK-1", GROSS - 1)
    assert waits()
    moved(client, number, secretariat, "payment", "BK-2", 1)
    assert not waits()
    with database.session() as session:
        assert session.scalar(sa.select(Invoice.case_id)) == CASE
