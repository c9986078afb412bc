"""Value added tax, the state of an invoice, and certificates that wait for a payment."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.billing.queries import vat_rule, vat_rules
from cluster_api.billing.rules import Account, VatRule, certificate_waits, rule_on, state_of, treatment_of, vat_on
from cluster_api.billing.states import InvoiceState, VatTreatment

DAY = date(2021, 1, 15)
S = InvoiceState


@pytest.mark.parametrize(
    ("country", "has_vat_id", "expected"),
    [
        ("BE", True, ("domestic", "S", 2100)),
        ("BE", False, ("domestic", "S", 2100)),
        ("DE", True, ("reverse_charge", "AE", 0)),
        ("GR", True, ("reverse_charge", "AE", 0)),
        ("DE", False, ("domestic", "S", 2100)),
        ("NO", True, ("outside_eu", "O", 0)),
        ("GB", True, ("outside_eu", "O", 0)),
        ("MX", False, ("outside_eu", "O", 0)),
    ],
)
def test_vat_follows_from_the_payer(country: str, has_vat_id: bool, expected: tuple[str, str, int]) -> None:
    rule = vat_rule(country, has_vat_id=has_vat_id, day=DAY)
    assert (rule.treatment.value, rule.category, rule.basis_points) == expected
    assert (rule.exemption_reason is None) is (rule.basis_points > 0)


def test_every_treatment_has_a_rule_and_the_latest_applies() -> None:
    assert {one.treatment for one in vat_rules()} == set(VatTreatment)
    old = VatRule(VatTreatment.DOMESTIC, "S", 2100, None, None, date(2010, 1, 1))
    new = VatRule(VatTreatment.DOMESTIC, "S", 2200, None, None, date(2022, 1, 1))
    assert [rule_on([old, new], VatTreatment.DOMESTIC, day) for day in (date(2021, 12, 31), date(2022, 1, 1))] == [
        old, new,
    ]  # fmt: skip
    assert treatment_of("BE", is_in_eu=True, has_vat_id=True) is VatTreatment.DOMESTIC


@given(st.integers(0, 10**9), st.integers(0, 3000))
def test_vat_is_rounded_to_the_nearest_cent(net: int, basis_points: int) -> None:
    exact = Fraction(net * basis_points, 10_000)
    assert abs(vat_on(net, basis_points) - exact) <= Fraction(1, 2)


def test_vat_of_the_published_prices() -> None:
    assert [vat_on(net, 2100) for net in (165_000, 225_000, 362_000, 825_000, 676_500)] == [
        34_650, 47_250, 76_020, 173_250, 142_065,
    ]  # fmt: skip


GROSS = 1000
DUE, LATE = date(2021, 2, 14), date(2021, 2, 15)


@pytest.mark.parametrize(
    ("today", "account", "balance", "owed_back", "expected"),
    [
        (DUE, Account(GROSS, 0), 1000, 0, S.ISSUED),
        (DUE, Account(GROSS, 999), 1, 0, S.PARTLY_PAID),
        (LATE, Account(GROSS, 999), 1, 0, S.OVERDUE),
        (LATE, Account(GROSS, 0), 1000, 0, S.OVERDUE),
        (LATE, Account(GROSS, 1000), 0, 0, S.PAID),
        (LATE, Account(GROSS, 1001), -1, 1, S.OVERPAID),
        (LATE, Account(GROSS, 400, is_credited=True), -400, 400, S.CREDITED),
        (LATE, Account(GROSS, 0, is_credited=True), 0, 0, S.CREDITED),
        (LATE, Account(GROSS, 0, is_credit=True), 0, 0, S.CREDIT),
    ],
)
def test_state_and_balance_are_computed(
    today: date, account: Account, balance: int, owed_back: int, expected: InvoiceState
) -> None:
    assert (account.balance_cents, account.owed_back_cents) == (balance, owed_back)
    assert state_of(DUE, today, account) is expected


@pytest.mark.parametrize(
    ("states", "waits"),
    [
        ([], True), ([S.ISSUED], True), ([S.OVERDUE], True), ([S.PAID], False), ([S.CREDITED, S.CREDIT], True),
        ([S.CREDITED, S.CREDIT, S.PAID], False), ([S.PAID, S.ISSUED], True), ([S.PARTLY_PAID], True),
        ([S.OVERPAID], False),
    ],
)  # fmt: skip
def test_invariant_23_certificate_waits_for_payment_if_the_rules_say_so(
    states: list[InvoiceState], waits: bool
) -> None:
    assert certificate_waits(states, needs_payment=True) is waits
    assert certificate_waits(states, needs_payment=False) is False
