"""Figures, hidden cells, findings and surprises at their edges, one by one."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cluster_api.comparisons import rules
from cluster_api.comparisons.states import Better, Change, Group, Making, Shape, Suppressed
from tests.comparisons.test_rules import DAY, indicator

HIDDEN = rules.Spread(suppressed=Suppressed.TOO_FEW)


def made(making: Making, shape: Shape = Shape.DECIMAL) -> rules.Indicator:
    per = ("c",) if making is Making.QUOTIENT else ()
    return rules.Indicator("x", "x", "1", making, ("a", "b"), per, shape, "", Better.MORE)


@pytest.mark.parametrize(
    ("one", "values", "expected"),
    [
        (made(Making.POSITIVE), {"a": 0, "b": 0}, 0),
        (made(Making.POSITIVE), {"a": 1, "b": -1}, 10_000),
        (made(Making.POSITIVE), {"a": 1, "b": 20_000}, 20_000),
        (made(Making.QUOTIENT), {"a": 3, "b": 4, "c": 1}, 70_000),
        (made(Making.QUOTIENT), {"a": 3, "b": 4, "c": 0}, None),
        (made(Making.QUOTIENT), {"a": 3, "b": 4, "c": -2}, None),
        (made(Making.SUM), {"a": 250, "b": 100}, 350),
        (made(Making.SUM, Shape.MONEY), {"a": 250, "b": 100}, 4),
        (made(Making.AGE), {"a": 20_000_000, "b": 5}, 210_000),
        (made(Making.SUM), {"a": 250}, None),
    ],
)
def test_figure_is_made_as_the_indicator_says(
    one: rules.Indicator, values: dict[str, int], expected: int | None
) -> None:
    assert rules.figure_of(one, values, DAY) == expected


def test_figure_is_a_number_of_four_places() -> None:
    assert rules.decimal_of(12_345) == Decimal("1.2345")


def test_spread_tells_quartiles_in_order_and_where_the_own_figure_stands() -> None:
    ordered = [10_000, 20_000, 30_000, 40_000, 50_000]
    assert rules.spread(Shape.COUNT, 40_000, ordered) == rules.Spread(
        n=5, lower_quartile=Decimal(2), median=Decimal(3), upper_quartile=Decimal(4), percentile=Decimal(70)
    )
    assert rules.spread(Shape.FLAG, 10_000, [0, 0, 10_000]) == rules.Spread(n=3, share=Decimal("0.3333"))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"a": 5, "b": 6}, set()),
        ({"a": 4, "b": 6, "c": 7}, {"a", "b"}),
        ({"a": 4, "b": 7, "c": 6}, {"a", "c"}),
        ({"c": 4, "b": 6, "a": 6}, {"c", "a"}),
        ({"a": 2, "b": 3, "c": 9}, {"a", "b"}),
        ({"a": 2, "b": 2, "c": 5, "d": 9}, {"a", "b", "c"}),
        ({"a": 1, "b": 9}, {"a", "b"}),
        ({"a": 4}, {"a"}),
    ],
)
def test_invariant_26_no_cell_is_hidden_without_need(sizes: dict[str, int], expected: set[str]) -> None:
    assert rules.concealed(sizes, 5) == expected


def test_table_names_its_indicators_and_is_in_order() -> None:
    rows: list[tuple[str, rules.Figures]] = [
        (name, (figure * 10_000, 10_000)) for name in ("DE", "NO", "FR") for figure in (3, 1, 2, 5, 4)
    ]
    rows += [("FR", (None, None)), ("AT", (90_000, None))]
    count, flag = indicator("count"), indicator("flag", Shape.FLAG)
    whole = rules.Spread(n=5, lower_quartile=Decimal(2), median=Decimal(3), upper_quartile=Decimal(4))
    found = rules.tabulated([count, flag], rows, 5, by_cell=True)
    assert [(cell.name, cell.indicator) for cell in found] == [
        *((name, count) for name in (None, "AT", "DE", "FR", "NO")),
        *((name, flag) for name in (None, "DE", "FR", "NO")),
    ]
    assert [cell.spread for cell in found[1:5]] == [HIDDEN, HIDDEN, whole, whole]
    assert [cell.spread for cell in found[6:]] == [rules.Spread(n=5, share=Decimal(1))] * 3
    assert (found[0].spread.n, found[5].spread) == (16, rules.Spread(n=15, share=Decimal(1)))


def seen(percentile: str) -> rules.Spread:
    return rules.Spread(n=9, median=Decimal(1), percentile=Decimal(percentile))


def compared(code: str, percentile: str, *, better: Better = Better.MORE, near: str | None = None) -> rules.Compared:
    portfolio = HIDDEN if near is None else seen(near)
    return rules.Compared(indicator(code, better=better), 10_000, portfolio, seen(percentile))


ADVICE = {name: rules.Advice(75, 25, f"{name} is strong.", f"{name} is weak.") for name in "abcdef"}


def test_findings_are_told_whole_the_farthest_from_the_middle_first() -> None:
    rows = [compared("a", "76"), compared("c", "24"), compared("b", "76"), compared("d", "10"), compared("x", "99")]
    rows += [compared("e", "5", near="90.5"), compared("f", "99", near="50")]
    assert rules.findings(rows, ADVICE) == [
        rules.Finding("e", "e", "e is strong.", Decimal("90.5"), Group.PORTFOLIO, is_strength=True),
        rules.Finding("d", "d", "d is weak.", Decimal(10), Group.ALL, is_strength=False),
        rules.Finding("a", "a", "a is strong.", Decimal(76), Group.ALL, is_strength=True),
        rules.Finding("b", "b", "b is strong.", Decimal(76), Group.ALL, is_strength=True),
        rules.Finding("c", "c", "c is weak.", Decimal(24), Group.ALL, is_strength=False),
    ]


@pytest.mark.parametrize(
    ("better", "percentile", "expected"),
    [
        (Better.MORE, "75", "a is strong."),
        (Better.MORE, "74.9", None),
        (Better.MORE, "25", "a is weak."),
        (Better.MORE, "25.1", None),
        (Better.LESS, "25", "a is strong."),
        (Better.LESS, "25.1", None),
        (Better.LESS, "75", "a is weak."),
        (Better.LESS, "74.9", None),
        (Better.NEUTRAL, "99", None),
    ],
)
def test_percentiles_of_the_advice_are_included(better: Better, percentile: str, expected: str | None) -> None:
    found = rules.findings([compared("a", percentile, better=better)], ADVICE)
    assert [one.text for one in found] == ([expected] if expected else [])


def test_title_of_an_indicator_is_told() -> None:
    titled = rules.Indicator("a", "Title", "1", Making.SUM, ("a",), (), Shape.COUNT, "", Better.MORE)
    (found,) = rules.findings([rules.Compared(titled, 1, HIDDEN, seen("99"))], ADVICE)
    assert (found.indicator, found.title) == ("a", "Title")


@pytest.mark.parametrize(
    ("own", "share", "expected"),
    [(10_000, "0.5", "75.0"), (10_000, "0.25", "87.5"), (0, "0.75", "12.5"), (0, "0.5", "25.0"), (0, "1", "0.0")],
)
def test_yes_and_no_stand_at_their_mid_rank(own: int, share: str, expected: str) -> None:
    row = rules.Compared(indicator("a", Shape.FLAG), own, HIDDEN, rules.Spread(n=9, share=Decimal(share)))
    assert [one.percentile for one in rules.findings([row], ADVICE)] == [Decimal(expected)]


def test_without_an_own_figure_nothing_is_found() -> None:
    for spread in (seen("99"), rules.Spread(n=9, share=Decimal("0.1")), rules.Spread(n=9), HIDDEN):
        assert rules.findings([rules.Compared(indicator("a"), None, HIDDEN, spread)], ADVICE) == []
    assert rules.findings([rules.Compared(indicator("a"), 10_000, HIDDEN, HIDDEN)], ADVICE) == []


@pytest.mark.parametrize(
    ("change", "old", "new", "expected"),
    [
        (Change.RATIO, 20_000, 30_000, False),
        (Change.RATIO, 20_000, 30_001, True),
        (Change.RATIO, 20_000, 9_999, True),
        (Change.RATIO, 0, 5_000, False),
        (Change.RATIO, 0, 5_001, True),
        (Change.DIFFERENCE, 20_000, 25_000, False),
        (Change.DIFFERENCE, 20_000, 14_999, True),
        (Change.YEARS, 20_000, 45_000, False),
        (Change.YEARS, 20_000, 45_001, True),
        (Change.YEARS, 20_000, 34_999, True),
        (Change.YEARS_AT_MOST, 20_000, 45_000, False),
        (Change.YEARS_AT_MOST, 20_000, 45_001, True),
        (Change.YEARS_AT_MOST, 20_000, 0, False),
    ],
)
def test_change_surprises_beyond_half_a_unit(change: Change, old: int, new: int, expected: bool) -> None:
    one = rules.Expectation("x", change, Fraction(1, 2), "Look again.")
    before, now = (date(2019, 5, 1), [None, old]), (date(2021, 1, 1), [None, new])
    found = rules.surprises([indicator("y"), indicator("x")], [one], before, now)
    assert found == ([one] if expected else [])
