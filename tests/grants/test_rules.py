"""Where an exchange stands, what its documents say, what is paid for the days done, and when."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.grants import rules
from cluster_api.grants.rules import Times
from cluster_api.grants.states import DocumentKind, GrantPhase, GrantState, Party
from cluster_api.rounds.queries import get_round, reckon
from cluster_api.rounds.rules import stay_days
from cluster_api.rounds.schemas import AmountRead, StayPlan

PILOT = get_round("pilot")
TERMS = {"build_days": 60, "report_days": 30}
FIRST, LAST, BUILT = date(2021, 3, 1), date(2021, 3, 5), date(2021, 1, 15)
FACTS: dict[str, Any] = {
    "number": "EX-1", "visitor_id": "v", "host_id": "h", "visitor_partnership_id": "vp", "host_partnership_id": "hp",
    "mode": "physical", "begins_on": "2021-03-01", "ends_on": "2021-03-05", "goals": "Markets.",
    "agenda": {"2021-03-01": "Visit."}, "offered_cents": None, "account": {"iban": "BE68539007547034"},
}  # fmt: skip


def times(state: GrantState, **more: Any) -> Times:
    return Times(**{"state": state, "begins_on": FIRST, "ends_on": LAST, "created_on": BUILT, "due_on": None, **more})


def plan(**more: Any) -> StayPlan:
    told = {
        "mode": "physical", "visitor": {"country": "FR"}, "host": {"country": "PT"}, "begins_on": "2021-03-01",
        "ends_on": "2021-03-05", "distance_km": 900, **more,
    }  # fmt: skip
    return StayPlan.model_validate(told)


def amount(**more: Any) -> AmountRead:
    return reckon(PILOT, plan(**more))


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (FIRST - timedelta(days=1), GrantPhase.AGREED), (FIRST, GrantPhase.ONGOING), (LAST, GrantPhase.ONGOING),
        (LAST + timedelta(days=1), GrantPhase.REPORTING),
    ],
)  # fmt: skip
def test_agreed_exchange_runs_on_its_days_and_is_reported_after_them(day: date, phase: GrantPhase) -> None:
    assert rules.phase_on(times(GrantState.AGREED), day) is phase
    for state in set(GrantState) - {GrantState.AGREED}:
        assert rules.phase_on(times(state), day).value == state.value
    for missing in ("begins_on", "ends_on"):
        assert rules.phase_on(times(GrantState.AGREED, **{missing: None}), day) is GrantPhase.AGREED


@pytest.mark.parametrize(
    ("state", "last_day_in_time"),
    [
        (GrantState.BUILDING, date(2021, 3, 16)),
        (GrantState.AGREED, date(2021, 4, 4)),
        (GrantState.VALIDATED, date(2021, 3, 20)),
    ],
)
def test_programme_invariant_17_what_is_late_is_told_from_the_day_after_its_last(
    state: GrantState, last_day_in_time: date
) -> None:
    one = times(state, due_on=date(2021, 3, 20))
    assert rules.is_overdue(one, last_day_in_time, TERMS) is False
    assert rules.is_overdue(one, last_day_in_time + timedelta(days=1), TERMS) is True


@pytest.mark.parametrize("state", [GrantState.PAID, GrantState.CLOSED, GrantState.CANCELLED, GrantState.ABORTED])
def test_what_is_over_is_never_late(state: GrantState) -> None:
    assert rules.is_overdue(times(state, due_on=date(2021, 3, 20)), date(2030, 1, 1), TERMS) is False


def test_validated_exchange_without_a_day_is_not_late() -> None:
    assert rules.is_overdue(times(GrantState.VALIDATED), date(2030, 1, 1), TERMS) is False


def test_programme_invariant_9_signature_under_another_text_is_none() -> None:
    C, F = DocumentKind.COMMITMENT, DocumentKind.FINANCIAL  # noqa: N806 - two words for the documents
    digests = {C: "a", F: "b"}
    everybody = [(C, party) for party in Party]
    assert rules.missing_signatures(digests, []) == [*everybody, (F, Party.VO), (F, Party.VOP)]
    signed = [(C, Party.VO, "a"), (C, Party.HO, "b"), (F, Party.VO, "a"), (F, Party.VOP, "b"), (C, Party.HOP, "a")]
    assert rules.missing_signatures(digests, signed) == [(C, Party.HO), (C, Party.VOP), (F, Party.VO)]
    whole = [(C, party, "a") for party in Party] + [(F, Party.VO, "b"), (F, Party.VOP, "b")]
    assert rules.missing_signatures(digests, whole) == []
    assert rules.missing_signatures({C: "a"}, whole[:4]) == []


def test_commitment_says_who_when_and_what_and_nothing_of_money() -> None:
    told = rules.commitment(FACTS)
    assert told == {name: value for name, value in FACTS.items() if name not in {"offered_cents", "account"}}


def test_financial_agreement_says_the_sum_and_how_it_was_reckoned() -> None:
    assert rules.financial({**FACTS, "offered_cents": 50_000}, amount(), 10) == {
        "number": "EX-1", "visitor_id": "v", "visitor_partnership_id": "vp", "cents": 50_000, "currency": "EUR",
        "ceiling": "2020-PT", "ceiling_cents": 78_000, "halved_because": [], "begins_on": "2021-03-01",
        "ends_on": "2021-03-05", "payment_days": 10, "account": {"iban": "BE68539007547034"},
    }  # fmt: skip
    near = rules.financial(FACTS, amount(distance_km=150), 10)
    assert (near["cents"], near["halved_because"]) == (39_000, ["150 km are less than 200 km."])


@pytest.mark.parametrize(
    ("offered", "agreed"), [(None, 78_000), (0, 0), (77_999, 77_999), (78_000, 78_000), (78_001, 78_000)]
)
def test_programme_invariant_12_partnership_pays_less_and_never_more(offered: int | None, agreed: int) -> None:
    assert rules.agreed_cents(amount(), offered) == agreed


def test_nothing_is_agreed_where_nothing_may_be_paid() -> None:
    refused = amount(host={"country": "NO"})
    assert refused.most_cents is None
    assert (rules.agreed_cents(refused, None), rules.agreed_cents(refused, 100)) == (0, 0)


@pytest.mark.parametrize(
    ("done_until", "agreed", "paid"),
    [
        (LAST, 78_000, 78_000), (date(2021, 3, 4), 78_000, 39_000), (date(2021, 3, 3), 78_000, 39_000),
        (date(2021, 3, 2), 78_000, 0), (LAST, 50_000, 50_000), (date(2021, 3, 4), 20_000, 20_000),
    ],
)  # fmt: skip
def test_programme_invariants_16_and_18_days_done_are_paid_and_never_more_than_agreed(
    done_until: date, agreed: int, paid: int
) -> None:
    assert rules.payable_cents(PILOT, amount(), stay_days(plan()), agreed, rules.DoneUntil(done_until)) == paid


def test_programme_invariant_18_near_stay_is_halved_once_whatever_was_done() -> None:
    near = amount(distance_km=150)
    found = [
        rules.payable_cents(PILOT, near, stay_days(plan(distance_km=150)), 39_000, rules.DoneUntil(day))
        for day in (LAST, date(2021, 3, 3), date(2021, 3, 2))
    ]
    assert found == [39_000, 39_000, 0]


def test_nothing_is_paid_without_a_ceiling() -> None:
    assert (
        rules.payable_cents(PILOT, amount(host={"country": "NO"}), stay_days(plan()), 78_000, rules.DoneUntil(LAST))
        == 0
    )


DAYS = st.dates(date(2021, 1, 1), date(2022, 12, 31))


@given(DAYS, DAYS, DAYS, st.integers(0, 60))
def test_programme_invariant_17_payment_is_due_days_after_the_latest_of_three(
    ended: date, validated: date, proved: date, days: int
) -> None:
    due = rules.due_on(ended, validated, proved, days)
    assert [due - timedelta(days=days) >= one for one in (ended, validated, proved)] == [True] * 3
    assert due - timedelta(days=days) in {ended, validated, proved}


def test_programme_invariant_18_near_stay_is_halved_even_if_more_was_agreed() -> None:
    near = amount(distance_km=150)
    assert rules.payable_cents(PILOT, near, stay_days(plan(distance_km=150)), 78_000, rules.DoneUntil(LAST)) == 39_000


@pytest.mark.parametrize(
    ("day", "paid"),
    [(date(2021, 2, 28), 0), (FIRST, 39_000), (date(2021, 3, 2), 39_000), (date(2021, 3, 4), 39_000), (LAST, 78_000)],
)
def test_force_majeure_leaves_what_was_done_from_the_first_working_day_on(day: date, paid: int) -> None:
    done = rules.DoneUntil(day, is_force_majeure=True)
    assert rules.payable_cents(PILOT, amount(), stay_days(plan()), 78_000, done) == paid
    assert rules.payable_cents(PILOT, amount(), stay_days(plan()), 20_000, done) == min(paid, 20_000)
