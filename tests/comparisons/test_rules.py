"""Figures, quartiles, percentiles, suppression and findings, each against a naive computation of its own."""

import statistics
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_api.comparisons import rules
from cluster_api.comparisons.queries import advice_on, checks_of, expectations_on, indicators_of
from cluster_api.comparisons.states import Better, Change, Group, Making, Shape, Suppressed
from tests.benchmarks.given import ANSWERS, CODE, EDITION

FIGURE = st.integers(-(10**13), 10**13)
MANY = st.lists(FIGURE, min_size=1, max_size=60)
DAY = date(2021, 1, 15)


def indicator(code: str = "x", shape: Shape = Shape.COUNT, better: Better = Better.MORE) -> rules.Indicator:
    return rules.Indicator(code, code, "1", Making.SUM, (code,), (), shape, "", better)


def naive_quantile(values: list[int], share: Fraction) -> Fraction:
    ordered = sorted(Fraction(value, 10_000) for value in values)
    place = (len(ordered) - 1) * share
    low = place.numerator // place.denominator
    above = ordered[low + 1] if low + 1 < len(ordered) else ordered[low]
    return ordered[low] + (place - low) * (above - ordered[low])


@given(MANY)
def test_quartiles_are_exact(values: list[int]) -> None:
    found = rules.quartiles(sorted(values))
    assert [Fraction(one) for one in found] == [naive_quantile(values, Fraction(quarter, 4)) for quarter in (1, 2, 3)]


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40))
def test_quartiles_are_those_of_the_standard_library(values: list[int]) -> None:
    expected = statistics.quantiles([Fraction(value, 10_000) for value in values], n=4, method="inclusive")
    assert [Fraction(one) for one in rules.quartiles(sorted(values))] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2, 3, 4, 5], ("2", "3", "4")), ([10, 20, 30, 40, 50, 100], ("22.5", "35", "47.5")), ([7] * 9, ("7",) * 3)],
)
def test_quartiles_as_in_a_textbook(values: list[int], expected: tuple[str, ...]) -> None:
    assert rules.quartiles([value * 10_000 for value in values]) == tuple(map(Decimal, expected))


@given(MANY, FIGURE)
def test_percentile_counts_half_of_the_ties(values: list[int], own: int) -> None:
    below = sum(value < own for value in values)
    ties = sum(value == own for value in values)
    exact = (below + Fraction(ties, 2)) / len(values) * 100
    found = rules.percentile(own, sorted(values))
    assert abs(Fraction(found) - exact) <= Fraction(1, 20)
    assert found == round(found, 1)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8))
def test_invariant_26_no_small_group_is_shown_or_derivable(near: int, far: int, fewest: int) -> None:
    """What is shown, and what remains of one after taking away the other, is large or nobody."""
    unsaid = rules.hidden(near, near + far, fewest)
    shown = [size for size, why in zip((near, near + far), unsaid, strict=True) if why is None]
    assert all(size >= fewest for size in shown)
    if len(shown) == 2:
        assert far == 0 or far >= fewest
    # Nothing is held back without need.
    assert (unsaid[1] is None) == (near + far >= fewest)
    assert (unsaid[0] is None) == (near >= fewest and (far == 0 or far >= fewest))


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 9)), st.integers(1, 6))
def test_invariant_26_hidden_cells_cannot_be_derived_from_the_total(sizes: dict[str, int], fewest: int) -> None:
    found = rules.concealed(sizes, fewest)
    assert found >= {cell for cell, size in sizes.items() if size < fewest}
    rest = sum(sizes[cell] for cell in found)
    # Either nothing is hidden, or nothing is shown, or what remains of the total is a group as large as a shown one.
    assert not found or found == set(sizes) or (rest >= fewest and len(found) >= 2)
    # At most one cell is hidden only to protect the others.
    assert sum(sizes[cell] >= fewest for cell in found) <= 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.tuples(st.none() | st.integers(0, 9))), max_size=30))
def test_table_is_that_of_a_naive_one(rows: list[tuple[str, tuple[int | None]]]) -> None:
    given_rows = [(name, figures[0]) for name, figures in rows if figures[0] is not None]
    total, *cells = rules.tabulated([indicator()], rows, 5, by_cell=True)
    assert (total.spread.n or 0) == (len(given_rows) if len(given_rows) >= 5 else 0)
    assert [cell.name for cell in cells] == sorted({name for name, _ in given_rows})
    shown = {cell.name: cell.spread for cell in cells if cell.spread.suppressed is None}
    for name, seen in shown.items():
        group = [figure for one, figure in given_rows if one == name]
        assert (seen.n, Fraction(seen.median or 0)) == (len(group), naive_quantile(group, Fraction(1, 2)))
    rest = len(given_rows) - sum(seen.n or 0 for seen in shown.values())
    assert not shown or rest == 0 or rest >= 5
    assert rules.tabulated([indicator()], rows, 5, by_cell=False) == [total]


PEERS = st.lists(
    st.builds(
        rules.Peer,
        st.sampled_from(["A", "B"]),
        st.tuples(st.none() | st.integers(0, 9), st.sampled_from([0, 10_000, None])),
    ),
    max_size=24,
)


@given(PEERS, st.none() | st.integers(0, 9))
def test_comparison_is_that_of_a_naive_one(peers: list[rules.Peer], own: int | None) -> None:
    indicators = [indicator("count"), indicator("flag", Shape.FLAG)]
    compared = rules.compare(indicators, [own, 10_000], "A", peers, 5)
    for place, row in enumerate(compared):
        everyone = [one for peer in peers if (one := peer.figures[place]) is not None]
        near = [one for peer in peers if peer.portfolio == "A" and (one := peer.figures[place]) is not None]
        outside = len(everyone) - len(near)
        for seen, group, is_shown in (
            (row.everyone, everyone, len(everyone) >= 5),
            (row.portfolio, near, len(near) >= 5 and (outside == 0 or outside >= 5)),
        ):
            assert (seen.suppressed is None) == is_shown
            assert seen.n == (len(group) if is_shown else None)
            if is_shown and row.indicator.shape is Shape.FLAG:
                assert abs(float(seen.share or 0) - sum(group) / 10_000 / len(group)) <= 0.00005
                assert seen.median is None
            elif is_shown:
                assert Fraction(seen.median or 0) == naive_quantile(group, Fraction(1, 2))
                assert (seen.percentile is None) == (own is None)
            else:
                assert seen == rules.Spread(suppressed=seen.suppressed)


def test_figures_of_the_example() -> None:
    values: dict[str, int | Fraction] = {
        (f"{name}.{part}" if part else name): Fraction(str(float(value))) * 10_000
        for name, given_ in ANSWERS.items()
        for part, value in (given_.items() if isinstance(given_, dict) else [("", given_)])
        if isinstance(value, int | float)
    }
    indicators = indicators_of(EDITION)
    found = dict(zip([one.code for one in indicators], rules.figures_of(indicators, values, DAY), strict=True))
    assert {name: (found[name] or 0) / 10_000 for name in (
        "participants", "committed_members", "sme_share", "age", "yearly_budget", "budget_per_participant",
        "public_share", "service_groups", "participants_per_fte", "strategy_written", "foreign_enquiries_share",
    )} == {
        "participants": 80, "committed_members": 62, "sme_share": 0.6452, "age": 12, "yearly_budget": 450_000,
        "budget_per_participant": 7258.0645, "public_share": 0.45, "service_groups": 7, "participants_per_fte": 15.5,
        "strategy_written": 1, "foreign_enquiries_share": 0.16,
    }  # fmt: skip


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 10**9), max_size=4))
def test_figure_is_made_of_all_values_or_none(values: dict[str, int]) -> None:
    quotient = rules.Indicator("q", "q", "1", Making.QUOTIENT, ("a", "b"), ("c", "d"), Shape.RATIO, "", Better.MORE)
    found = rules.figure_of(quotient, values, DAY)
    if set(values) < set("abcd") or values["c"] + values["d"] == 0:
        assert found is None
    else:
        exact = Fraction(values["a"] + values["b"], values["c"] + values["d"]) * 10_000
        assert found is not None
        assert abs(found - exact) <= Fraction(1, 2)


def standing(better: Better, own: int, *, near: int = 20) -> list[rules.Finding]:
    row = indicator(better=better)
    peers = [rules.Peer("A" if number < near else "B", [number * 10_000]) for number in range(20)]
    compared = rules.compare([row], [own * 10_000], "A", peers, 5)
    return rules.findings(compared, {"x": rules.Advice(75, 25, "strong", "weak")})


def test_findings_follow_the_better_way() -> None:
    for better, high, low in ((Better.MORE, "strong", "weak"), (Better.LESS, "weak", "strong")):
        assert [one.text for one in standing(better, 19)] == [high]
        assert [one.text for one in standing(better, 0)] == [low]
        assert standing(better, 10) == []
    assert standing(Better.NEUTRAL, 19) == []


def test_findings_fall_back_to_all_where_the_portfolio_is_too_small() -> None:
    """Labels 2.2: publish a figure only if n >= 5, otherwise fall back to all."""
    assert [one.group for one in standing(Better.MORE, 19)] == [Group.PORTFOLIO]
    assert [one.group for one in standing(Better.MORE, 19, near=4)] == [Group.ALL]
    assert [one.group for one in standing(Better.MORE, 19, near=17)] == [Group.ALL]


def test_a_missing_yes_is_recommended_and_a_rare_one_is_a_strength() -> None:
    row = indicator(shape=Shape.FLAG)
    said = {"x": rules.Advice(75, 25, "strong", "weak")}
    for peers_with, own, expected in ((18, 0, ["weak"]), (18, 1, []), (8, 1, ["strong"]), (8, 0, [])):
        peers = [rules.Peer("A", [10_000 if number < peers_with else 0]) for number in range(20)]
        compared = rules.compare([row], [own * 10_000], "A", peers, 5)
        assert [one.text for one in rules.findings(compared, said)] == expected


@pytest.mark.parametrize(
    ("change", "old", "new", "years", "surprising"),
    [
        (Change.RATIO, 100, 150, 2, False), (Change.RATIO, 100, 151, 2, True), (Change.RATIO, 0, 1, 2, True),
        (Change.DIFFERENCE, 1, 1, 2, False), (Change.DIFFERENCE, 1, 2, 2, True),
        (Change.YEARS, 10, 12, 2, False), (Change.YEARS, 10, 13, 2, True), (Change.YEARS, 10, 9, 2, True),
        (Change.YEARS_AT_MOST, 10, 3, 2, False), (Change.YEARS_AT_MOST, 10, 13, 2, True),
    ],
)  # fmt: skip
def test_surprises(change: Change, old: int, new: int, years: int, surprising: bool) -> None:
    expected = rules.Expectation("x", change, Fraction(1, 2), "Look again.")
    before, now = (date(2019, 5, 1), [old * 10_000]), (date(2019 + years, 1, 1), [new * 10_000])
    assert rules.surprises([indicator()], [expected], before, now) == ([expected] if surprising else [])
    assert rules.surprises([indicator()], [expected], (before[0], [None]), now) == []


def test_data_name_only_what_there_is() -> None:
    indicators = {one.code: one for one in indicators_of(EDITION)}
    paths = {path for item in EDITION.document.items for path, _ in item.paths()}
    assert {path for one in indicators.values() for path in (*one.of, *one.per)} <= paths
    assert {one.dimension for one in indicators.values()} == {group.code for group in EDITION.document.dimensions}
    better = {code for code, one in indicators.items() if one.better is not Better.NEUTRAL}
    assert set(advice_on(DAY)) == better
    assert {one.indicator for one in expectations_on(DAY, list(indicators.values()))} <= set(indicators)
    assert {path for check in checks_of(CODE, 1) for path in check.condition.of} <= paths
    assert advice_on(date(2018, 1, 1)) == {}
    assert Suppressed("too_few") is Suppressed.TOO_FEW
