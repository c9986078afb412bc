"""How benchmarks are compared, as pure functions of values: figures, peers, quartiles, percentiles, what is shown.

Figures are whole numbers of ten-thousandths (domain 11.1: ratios with four places), so that everything after them is
exact: quartiles lie between two figures at a quarter, a half or three quarters of the way.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import cast

from cluster_api.comparisons.states import Better, Change, Group, Making, Shape, Suppressed
from cluster_api.indicators.schemas import UNITS, Condition, Exact

QUARTILES = "linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996)"
PERCENTILES = "mid-rank: share of peers below, and half of the peers with the same figure; one decimal place"

Figures = Sequence[int | None]
"""One figure for each indicator, in ten-thousandths; None where there is none."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that is compared, and how it is made of the answers of a questionnaire."""

    code: str
    title: str
    dimension: str
    making: Making
    of: tuple[str, ...]
    per: tuple[str, ...]
    shape: Shape
    unit: str
    better: Better


@dataclass(frozen=True, slots=True)
class Peer:
    """The figures of somebody else, and the portfolio stored with them."""

    portfolio: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Spread:
    """How the figure of one indicator is spread over a group of peers, or why that is not told.

    A share is told of flags and quartiles of everything else; the percentile says where the own figure stands.
    """

    n: int | None = None
    lower_quartile: Decimal | None = None
    median: Decimal | None = None
    upper_quartile: Decimal | None = None
    share: Decimal | None = None
    percentile: Decimal | None = None
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One indicator: the own figure beside both groups."""

    indicator: Indicator
    own: int | None
    portfolio: Spread
    everyone: Spread


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said of an indicator where a cluster stands out: texts and the percentiles from which they are said."""

    strength_from: int
    advice_until: int
    strength: str
    advice: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A strength or a recommendation, and the percentile and group from which it follows."""

    indicator: str
    title: str
    text: str
    percentile: Decimal
    group: Group
    is_strength: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """By how much a figure may change between two benchmarks before somebody should look again."""

    indicator: str
    change: Change
    most: Fraction
    text: str


def figure_of(indicator: Indicator, values: Mapping[str, Exact], on: date) -> int | None:
    """Answer the figure that follows from the values of a form (in ten-thousandths), rounded half to even; or None.

    Nothing is made of a value that was left out, nor by dividing by zero.
    """
    if any(path not in values for path in (*indicator.of, *indicator.per)):
        return None
    parts = [values[path] for path in indicator.of]
    if indicator.making is Making.POSITIVE:
        return sum(part > 0 for part in parts) * UNITS
    if indicator.making is Making.AGE:
        return on.year * UNITS - round(parts[0])
    total = Fraction(sum(parts))
    if indicator.making is Making.QUOTIENT:
        whole = sum(values[path] for path in indicator.per)
        if whole <= 0:
            return None
        total = total * UNITS / whole
    # Answers about money are in cents, figures in euro.
    return round(total / 100 if indicator.shape is Shape.MONEY else total)


def figures_of(indicators: Sequence[Indicator], values: Mapping[str, Exact], on: date) -> list[int | None]:
    """Answer one figure for each indicator."""
    return [figure_of(indicator, values, on) for indicator in indicators]


def decimal_of(figure: int) -> Decimal:
    """Answer a figure as a number."""
    return Decimal(figure) / UNITS


def quartiles(ordered: Sequence[int]) -> tuple[Decimal, Decimal, Decimal]:
    """Answer lower quartile, median and upper quartile of figures in rising order; exact, see ``QUARTILES``.

    Raises:
        IndexError: there are no figures.
    """
    found = []
    for quarter in (1, 2, 3):
        place, rest = divmod((len(ordered) - 1) * quarter, 4)
        above = ordered[min(place + 1, len(ordered) - 1)]
        found.append(Decimal(ordered[place] * (4 - rest) + above * rest) / (4 * UNITS))
    return found[0], found[1], found[2]


def percentile(figure: int, ordered: Sequence[int]) -> Decimal:
    """Answer where a figure stands among figures in rising order, from 0 to 100; see ``PERCENTILES``."""
    below, until = bisect_left(ordered, figure), bisect_right(ordered, figure)
    return Decimal(round(Fraction((below + until) * 1000, 2 * len(ordered)))) / 10


def share_of(flags: Sequence[int]) -> Decimal:
    """Answer the share of yes, to four places."""
    return Decimal(round(Fraction(sum(flags), len(flags)))) / UNITS


def spread(shape: Shape, own: int | None, ordered: Sequence[int]) -> Spread:
    """Answer how figures in rising order are spread, and where the own one stands; of none there is nothing to say."""
    if shape is Shape.FLAG:
        return Spread(n=len(ordered), share=share_of(ordered))
    lower, median, upper = quartiles(ordered)
    return Spread(
        n=len(ordered),
        lower_quartile=lower,
        median=median,
        upper_quartile=upper,
        percentile=None if own is None else percentile(own, ordered),
    )


def hidden(in_portfolio: int, everyone: int, fewest: int) -> tuple[Suppressed | None, Suppressed | None]:
    """Answer why the figures of the portfolio and of everyone are not shown, if they are not.

    Each needs so many peers. Both together tell of the peers outside the portfolio: these must be as many, or none.
    Source: domain invariant 26.
    """
    outside = everyone - in_portfolio
    if everyone < fewest:
        return Suppressed.TOO_FEW, Suppressed.TOO_FEW
    if in_portfolio < fewest:
        return Suppressed.TOO_FEW, None
    return Suppressed.DERIVABLE if 0 < outside < fewest else None, None


def concealed(sizes: Mapping[str, int], fewest: int) -> frozenset[str]:
    """Answer the cells of a table that must not be shown beside its total.

    Hidden is every cell of fewer than so many; and, since total less shown cells is a cell too, the smallest others
    until that rest is made of at least two cells and as many as a shown cell needs. Source: domain invariant 26.
    """
    hidden_cells = {cell for cell, size in sizes.items() if size < fewest}
    for cell, size in sorted(sizes.items(), key=lambda item: (item[1], item[0])):
        rest = sum(sizes[one] for one in hidden_cells)
        if not hidden_cells or (len(hidden_cells) > 1 and rest >= fewest):
            break
        if size >= fewest:
            hidden_cells.add(cell)
    return frozenset(hidden_cells)


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator over the organisations of one cell; the total has the name ``None``."""

    name: str | None
    indicator: Indicator
    spread: Spread


def tabulated(
    indicators: Sequence[Indicator], rows: Sequence[tuple[str, Figures]], fewest: int, *, by_cell: bool
) -> list[Cell]:
    """Answer each indicator in total and, if asked, cell by cell; small cells and what would tell of them are hidden.

    Each indicator is judged by the organisations that have it: an optional answer may be rarer than the others.
    """
    found = []
    for place, indicator in enumerate(indicators):
        cells: dict[str, list[int]] = {}
        for name, figures in rows:
            if (figure := figures[place]) is not None:
                cells.setdefault(name, []).append(figure)
        everyone = sorted(figure for cell in cells.values() for figure in cell)
        found.append(Cell(None, indicator, _shown(indicator, everyone, is_hidden=len(everyone) < fewest)))
        if by_cell:
            unsaid = concealed({name: len(cell) for name, cell in cells.items()}, fewest)
            found += [
                Cell(name, indicator, _shown(indicator, sorted(cells[name]), is_hidden=name in unsaid))
                for name in sorted(cells)
            ]
    return found


def _shown(indicator: Indicator, ordered: Sequence[int], *, is_hidden: bool) -> Spread:
    return Spread(suppressed=Suppressed.TOO_FEW) if is_hidden else spread(indicator.shape, None, ordered)


def compare(
    indicators: Sequence[Indicator], own: Figures, portfolio: str, peers: Sequence[Peer], fewest: int
) -> list[Compared]:
    """Answer the own figures beside those of the same portfolio and of all, as far as they may be shown."""
    columns = _columns(len(indicators), peers)
    near = _columns(len(indicators), [peer for peer in peers if peer.portfolio == portfolio])
    found = []
    for place, indicator in enumerate(indicators):
        spreads = [
            Spread(suppressed=why) if why else spread(indicator.shape, own[place], group[place])
            for why, group in zip(hidden(len(near[place]), len(columns[place]), fewest), (near, columns), strict=True)
        ]
        found.append(Compared(indicator, own[place], spreads[0], spreads[1]))
    return found


def _columns(count: int, peers: Sequence[Peer]) -> list[list[int]]:
    if not peers:
        return [[] for _ in range(count)]
    return [sorted(_given(column)) for column in zip(*(peer.figures for peer in peers), strict=True)]


def _given(column: tuple[int | None, ...]) -> Iterable[int]:
    # Most columns have no gap, and looking for one is much faster than picking out what is not one.
    return [figure for figure in column if figure is not None] if None in column else cast("tuple[int, ...]", column)


def findings(compared: Sequence[Compared], advice: Mapping[str, Advice]) -> list[Finding]:
    """Answer strengths and recommendations, the farthest from the middle first.

    Judged by the portfolio where its figures are shown, else by all; of flags a missing one is recommended and a given
    one is a strength where at most half of the peers have it.
    """
    found = [one for row in compared if row.indicator.code in advice for one in _finding(row, advice)]
    return sorted(found, key=lambda one: (-abs(one.percentile - 50), one.indicator))


def _finding(row: Compared, advice: Mapping[str, Advice]) -> Iterator[Finding]:
    group = Group.ALL if row.portfolio.suppressed else Group.PORTFOLIO
    seen, said = row.everyone if group is Group.ALL else row.portfolio, advice[row.indicator.code]
    standing = _standing(row, seen)
    if standing is None:
        return
    is_strength = standing >= said.strength_from
    if is_strength or standing <= said.advice_until:
        text = said.strength if is_strength else said.advice
        yield Finding(row.indicator.code, row.indicator.title, text, standing, group, is_strength)


def _standing(row: Compared, seen: Spread) -> Decimal | None:
    """Answer how good the own figure is among its peers, from 0 to 100."""
    if row.own is None or seen.suppressed or row.indicator.better is Better.NEUTRAL:
        return None
    if seen.share is not None:
        # The mid-rank of yes or no follows from the share of yes.
        without = 1 - seen.share
        standing = 100 * (without + seen.share / 2 if row.own else without / 2)
        return standing.quantize(Decimal("0.1"))
    if seen.percentile is None:
        return None
    return seen.percentile if row.indicator.better is Better.MORE else 100 - seen.percentile


def surprises(
    indicators: Sequence[Indicator],
    expected: Sequence[Expectation],
    before: tuple[date, Figures],
    now: tuple[date, Figures],
) -> list[Expectation]:
    """Answer what changed so much since the last benchmark that somebody should look again."""
    places = {indicator.code: place for place, indicator in enumerate(indicators)}
    found = []
    for one in expected:
        old, new = (figures[places[one.indicator]] for _, figures in (before, now))
        if (
            old is not None
            and new is not None
            and _change(one.change, old, new, now[0].year - before[0].year) > one.most
        ):
            found.append(one)
    return found


def _change(kind: Change, old: int, new: int, years: int) -> Fraction:
    match kind:
        case Change.RATIO:
            # From nothing to something has no ratio: it counts in whole units.
            return Fraction(abs(new - old), old or UNITS)
        case Change.DIFFERENCE:
            return Fraction(abs(new - old), UNITS)
        case Change.YEARS:
            return abs(Fraction(new - old, UNITS) - years)
        case _:
            return Fraction(new - old, UNITS) - years


@dataclass(frozen=True, slots=True)
class Check:
    """A rule between answers beyond those of the sealed questionnaire, and the words for who breaks it."""

    code: str
    text: str
    condition: Condition
