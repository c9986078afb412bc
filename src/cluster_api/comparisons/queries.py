"""What one can ask of comparisons: what is compared, who the peers are, and how somebody stands among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.comparisons import rules
from cluster_api.comparisons.models import BenchmarkFigures
from cluster_api.comparisons.schemas import AreaRead, ComparedRead, ComparisonFindingRead, ComparisonRead
from cluster_api.comparisons.states import Better, Change, Making, Shape
from cluster_api.foundation.datafiles import data_rows
from cluster_api.indicators.schemas import Condition, Form
from cluster_api.indicators.states import SPOKEN_KINDS, MeasureKind, Quantity
from cluster_api.methodology.queries import Edition, in_force
from cluster_api.methodology.rules import add_months
from cluster_api.methodology.schemas import RuleSetDocument, Terms
from cluster_api.methodology.states import MethodologyKind

PACKAGE = "cluster_api.comparisons"
SHAPES = {
    MeasureKind.COUNT: Shape.COUNT,
    MeasureKind.RATIO: Shape.RATIO,
    MeasureKind.MONTHS: Shape.MONTHS,
    MeasureKind.YEARS: Shape.YEARS,
    MeasureKind.DECIMAL: Shape.DECIMAL,
    MeasureKind.CENTS: Shape.MONEY,
    MeasureKind.LEVEL: Shape.LEVEL,
    MeasureKind.FLAG: Shape.FLAG,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose figures are compared: the cluster, the portfolio stored with the benchmark, and the own figures."""

    cluster_id: str
    portfolio: str
    figures: rules.Figures


def basis_of(edition: Edition) -> str:
    """Answer what a questionnaire is called where figures are kept; only what was asked alike is compared."""
    return f"{edition.code}.{edition.version}"


def indicators_of(edition: Edition) -> tuple[rules.Indicator, ...]:
    """Answer what is compared of a questionnaire: what the data file says, else each of its numbers as it stands."""
    return _listed(edition.code, edition.version) or tuple(_plain(edition.document))


@cache
def _listed(code: str, version: int) -> tuple[rules.Indicator, ...]:
    return tuple(
        rules.Indicator(
            code=row["code"],
            title=row["title"],
            dimension=row["dimension"],
            making=Making(row["quantity"]),
            of=tuple(row["of"].split("|")),
            per=tuple(row["per"].split("|")) if row["per"] else (),
            shape=Shape(row["shape"]),
            unit=row["unit"],
            better=Better(row["better"]),
        )
        for row in _rows_of("indicators", code, version)
    )


def _plain(form: Form) -> list[rules.Indicator]:
    return [
        rules.Indicator(
            code=path.replace(".", "_"),
            title=item.title if measure.name is None else f"{item.title}: {measure.label.rstrip('.')}",
            dimension=item.dimension,
            making=Making.SUM,
            of=(path,),
            per=(),
            shape=SHAPES[measure.kind],
            unit=measure.unit or "",
            better=Better.NEUTRAL,
        )
        for item in form.items
        for path, measure in item.paths()
        if measure.kind not in SPOKEN_KINDS
    ]


@cache
def checks_of(code: str, version: int) -> tuple[rules.Check, ...]:
    """Answer the rules between answers that hold beyond those of the sealed questionnaire (domain invariant 24)."""
    return tuple(
        rules.Check(
            row["code"],
            row["text"],
            Condition(
                quantity=Quantity(row["quantity"]),
                of=tuple(row["of"].split("|")),
                at_least=float(row["at_least"]) if row["at_least"] else None,
                at_most=float(row["at_most"]) if row["at_most"] else None,
            ),
        )
        for row in _rows_of("checks", code, version)
    )


def _rows_of(name: str, code: str, version: int) -> list[dict[str, str]]:
    return [row for row in data_rows(PACKAGE, name) if (row["questionnaire"], row["version"]) == (code, str(version))]


def _rows_on(name: str, on: date) -> list[dict[str, str]]:
    """Answer the rows of a dated data file that apply on a day: those of the last day that has come."""
    days = {row["applies_from"] for row in data_rows(PACKAGE, name) if date.fromisoformat(row["applies_from"]) <= on}
    return [row for row in data_rows(PACKAGE, name) if days and row["applies_from"] == max(days)]


def advice_on(on: date) -> Mapping[str, rules.Advice]:
    """Answer the texts of strengths and recommendations that apply on a day, by indicator."""
    return {
        row["indicator"]: rules.Advice(
            int(row["strength_from"]), int(row["advice_until"]), row["strength"], row["advice"]
        )
        for row in _rows_on("advice", on)
    }


def expectations_on(on: date, indicators: Sequence[rules.Indicator]) -> list[rules.Expectation]:
    """Answer by how much figures may change between two benchmarks, as it applies on a day."""
    known = {indicator.code for indicator in indicators}
    return [
        rules.Expectation(row["indicator"], Change(row["change"]), Fraction(row["most"]), row["text"])
        for row in _rows_on("plausibility", on)
        if row["indicator"] in known
    ]


@dataclass(frozen=True, slots=True)
class Span:
    """Which benchmarks count: those by one questionnaire, interviewed between two days and released by the last."""

    basis: str
    since: date
    until: date


def latest_figures(session: Session, span: Span) -> dict[str, tuple[str, str, rules.Figures]]:
    """Answer country, portfolio and figures of the latest released benchmark of each cluster; one statement.

    What is void is not among the kept figures. Source: domain invariant 26.
    """
    # As text: thousands of identifiers are not made into objects and back.
    cluster_id = sa.cast(BenchmarkFigures.cluster_id, sa.String(36)).label("cluster_id")
    statement = (
        sa.select(cluster_id, BenchmarkFigures.country, BenchmarkFigures.portfolio, BenchmarkFigures.figures)
        .where(
            BenchmarkFigures.basis == span.basis,
            BenchmarkFigures.interview_on.between(span.since, span.until),
            BenchmarkFigures.released_on <= span.until,
        )
        .order_by(BenchmarkFigures.interview_on, BenchmarkFigures.benchmark_id)
    )
    # Later ones take the place of earlier ones of the same cluster: faster than a window over all of them.
    rows = {row.cluster_id: row for row in session.execute(statement)}
    # One call for all: five thousand lists are read faster as one.
    read: list[list[int | None]] = orjson.loads("[" + ",".join([row.figures for row in rows.values()]) + "]")
    return {key: (row.country, row.portfolio, one) for (key, row), one in zip(rows.items(), read, strict=True)}


def peers_of(session: Session, span: Span, *, but: str) -> list[rules.Peer]:
    """Answer the latest released benchmark of each organisation but one."""
    found = latest_figures(session, span)
    return [rules.Peer(portfolio, figures) for key, (_, portfolio, figures) in found.items() if key != but]


def terms_on(session: Session, on: date) -> tuple[str, Terms]:
    """Answer code and terms of the rule set of a day; raise RuntimeError if none is in force."""
    rule_set = in_force(session, MethodologyKind.RULE_SET, on)
    if rule_set is None:
        raise RuntimeError(f"No rule set is in force on {on}.")
    document: RuleSetDocument = rule_set.document
    return rule_set.code, document.terms


def find_figures(session: Session, benchmark_id: str) -> list[int | None] | None:
    """Answer the kept figures of a benchmark, if it is released."""
    found = session.get(BenchmarkFigures, benchmark_id)
    return None if found is None else orjson.loads(found.figures)


def compare(session: Session, edition: Edition, subject: Subject, *, on: date) -> ComparisonRead:
    """Answer how somebody stands among the peers of a day; how long and how many, the rule set of that day says.

    Raises:
        RuntimeError: no rule set is in force on that day.
    """
    rule_set, terms = terms_on(session, on)
    since, fewest = add_months(on, -terms.peer_group_months.value), terms.peer_group_fewest.value
    indicators = indicators_of(edition)
    peers = peers_of(session, Span(basis_of(edition), since, on), but=subject.cluster_id)
    compared = rules.compare(indicators, subject.figures, subject.portfolio, peers, fewest)
    near = sum(peer.portfolio == subject.portfolio for peer in peers)
    unsaid = rules.hidden(near, len(peers), fewest)
    found = [(one.is_strength, _finding(one)) for one in rules.findings(compared, advice_on(on))]
    return ComparisonRead(
        reference_on=on,
        since=since,
        basis=basis_of(edition),
        portfolio=subject.portfolio,
        peers=None if unsaid[1] else len(peers),
        peers_in_portfolio=None if unsaid[0] else near,
        fewest=fewest,
        rule_set=rule_set,
        quartile_method=rules.QUARTILES,
        percentile_method=rules.PERCENTILES,
        areas=[AreaRead(code=group.code, title=group.title) for group in edition.document.dimensions],
        indicators=[_compared(one) for one in compared],
        strengths=[one for is_strength, one in found if is_strength],
        recommendations=[one for is_strength, one in found if not is_strength],
    )


def _compared(row: rules.Compared) -> ComparedRead:
    about: dict[str, Any] = {
        name: getattr(row.indicator, name) for name in ("code", "title", "dimension", "shape", "unit", "better")
    }
    own = None if row.own is None else rules.decimal_of(row.own)
    spreads = {"portfolio": row.portfolio, "everyone": row.everyone}
    return ComparedRead.model_validate({**about, "own": own, **spreads})


def _finding(one: rules.Finding) -> ComparisonFindingRead:
    return ComparisonFindingRead.model_validate(one)
