"""Accounts add up to zero, and nothing is spent that is not there."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cluster_api.ledger.rules import (
    Line,
    Movement,
    Turnover,
    balances,
    budget_of,
    can_move,
    journal_csv,
    movement,
    trial_balance,
)
from cluster_api.ledger.states import MOVES, Account, EntryKind

STEPS = st.lists(st.tuples(st.sampled_from(EntryKind), st.integers(min_value=-5, max_value=1000)), max_size=60)


def test_every_kind_of_entry_has_its_two_legs() -> None:
    assert set(MOVES) == set(EntryKind)
    assert all(left is not entered for left, entered in MOVES.values())


def test_programme_invariant_19_balance_is_the_sum_of_its_entries() -> None:
    steps = [(EntryKind.SET, 1000), (EntryKind.RESERVE, 450), (EntryKind.BECOME_DUE, 400), (EntryKind.RELEASE, 50)]
    held = balances(movement(*step) for step in steps)
    assert held == {
        Account.FUNDING: -1000, Account.AVAILABLE: 600, Account.RESERVED: 0, Account.DUE: 400, Account.ORDERED: 0,
        Account.PAID: 0, Account.RECOVERED: 0,
    }  # fmt: skip
    assert budget_of(held) == 1000


@given(STEPS)
def test_programme_invariants_14_and_19_hold_whatever_is_tried(steps: list[tuple[EntryKind, int]]) -> None:
    done: list[Movement] = []
    for kind, cents in steps:
        if can_move(balances(done), kind, cents):
            done.append(movement(kind, cents))
        held = balances(done)
        assert sum(held.values()) == 0
        assert min(value for account, value in held.items() if account is not Account.FUNDING) >= 0
        bound = sum(held[one] for one in (Account.RESERVED, Account.DUE, Account.ORDERED, Account.PAID))
        assert bound <= budget_of(held)


def test_exactly_what_is_there_can_be_moved() -> None:
    held = balances([movement(EntryKind.SET, 100)])
    assert can_move(held, EntryKind.RESERVE, 100)
    assert can_move(held, EntryKind.RESERVE, 1)
    assert not can_move(held, EntryKind.RESERVE, 101)
    assert not can_move(held, EntryKind.RESERVE, 0)
    assert can_move(held, EntryKind.SET, 10_000)


def test_programme_invariant_19_turnovers_are_the_sums_of_both_sides() -> None:
    steps = [(EntryKind.SET, 1000), (EntryKind.RESERVE, 450), (EntryKind.RESERVE, 100), (EntryKind.RELEASE, 50)]
    told = trial_balance(movement(*step) for step in steps)
    assert told == {
        **dict.fromkeys(Account, Turnover()), Account.FUNDING: Turnover(0, 1000),
        Account.AVAILABLE: Turnover(1050, 550), Account.RESERVED: Turnover(550, 50),
    }  # fmt: skip


@given(STEPS)
def test_programme_invariant_19_debits_less_credits_are_what_is_held(steps: list[tuple[EntryKind, int]]) -> None:
    done = [movement(*step) for step in steps]
    told = trial_balance(done)
    assert {account: one.debit - one.credit for account, one in told.items()} == balances(done)
    assert sum(one.debit for one in told.values()) == sum(one.credit for one in told.values())


def test_book_is_a_file_that_no_spreadsheet_reckons_with() -> None:
    lines = [
        Line(1, date(2021, 3, 1), EntryKind.SET, movement(EntryKind.SET, 1_000_005), None, "=1+1"),
        Line(2, date(2021, 3, 2), EntryKind.RESERVE, movement(EntryKind.RESERVE, 78_050), "EX-1", None),
        Line(3, date(2021, 3, 3), EntryKind.RELEASE, movement(EntryKind.RELEASE, 199), "EX-1", 'said "no", twice'),
    ]
    assert journal_csv(lines, "EUR") == (
        "number,booked_on,kind,debit,credit,amount,currency,exchange,text\r\n"
        "1,2021-03-01,set,available,funding,10000.05,EUR,,'=1+1\r\n"
        "2,2021-03-02,reserve,reserved,available,780.50,EUR,EX-1,\r\n"
        '3,2021-03-03,release,available,reserved,1.99,EUR,EX-1,"said ""no"", twice"\r\n'
    )
