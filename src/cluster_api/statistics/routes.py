"""Figures over HTTP: one question, four forms."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import State

from cluster_api.clusters.states import Level
from cluster_api.comparisons.rules import QUARTILES
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.hotreads import twin
from cluster_api.foundation.openapi import PUBLIC, problems
from cluster_api.foundation.schema import instant_text
from cluster_api.foundation.transactions import DbSession
from cluster_api.statistics.errors import QuestionnaireNotInForce, YearNotOver
from cluster_api.statistics.queries import BenchmarkTable, benchmark_figures, label_figures
from cluster_api.statistics.rules import (
    BENCHMARK_DEFINITION,
    DEFINITIONS,
    DEFINITIONS_VERSION,
    MEASURES,
    Cells,
    Figures,
    benchmark_csv,
    benchmark_json_stat,
    benchmark_sdmx_csv,
    cell_values,
    csv_text,
    json_stat,
    sdmx_csv,
)
from cluster_api.statistics.schemas import (
    BenchmarkFiguresQuery,
    BenchmarkFiguresRead,
    LabelFiguresQuery,
    LabelFiguresRead,
)
from cluster_api.statistics.states import MEDIA_TYPES, Basis, Dimension, Format
from cluster_api.vocabularies.queries import entries

router = APIRouter(tags=["statistics"])

TITLE = "European cluster excellence labels"
BENCHMARKS_TITLE = "Benchmarks of cluster organisations"
GEOGRAPHY = "Eurostat country codes (EL for Greece, UK for the United Kingdom)"
LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"


@router.get(
    "/v1/statistics/labels",
    operation_id="get_label_figures",
    summary="Count labels, organisations and countries",
    response_model=LabelFiguresRead,
    response_model_exclude_unset=True,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.json-stat+json": {"schema": {"type": "object"}},
                "application/vnd.sdmx.data+csv": {"schema": {"type": "string"}},
            }
        }
    },
)
async def get_label_figures(request: Request, query: Annotated[LabelFiguresQuery, Query()]) -> Response:
    """Count labels, organisations and countries by level, country, portfolio and year."""
    return await _label_figures(request.app.state, {}, query, request.headers.get("accept", ""))


async def _label_figures(state: State, _keys: Mapping[str, str], query: LabelFiguresQuery, accept: str) -> Response:
    now = state.clock.now()
    at = query.at or civil_date(now)
    cells, total = await label_figures(state.database.reader, query, at)
    form = query.format or _preferred(accept)
    dimensions = query.dimensions
    body: bytes | str
    match form:
        case Format.CSV:
            body = csv_text(dimensions, cells)
        case Format.SDMX_CSV:
            body = sdmx_csv(dimensions, cells, at)
        case Format.JSON_STAT:
            body = orjson.dumps(json_stat(_title(query), dimensions, cells, _category_labels(), instant_text(now)))
        case Format.JSON:
            metadata = _metadata(query) | {"at": at, "recorded_until": instant_text(now)}
            body = orjson.dumps(_as_json(metadata, dimensions, cells, total))
    return Response(body, headers={"Cache-Control": PUBLIC, "Content-Type": MEDIA_TYPES[form]})


@router.get(
    "/v1/statistics/benchmarks",
    operation_id="get_benchmark_figures",
    summary="Show quartiles of benchmarks",
    response_model=BenchmarkFiguresRead,
    response_model_exclude_unset=True,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.json-stat+json": {"schema": {"type": "object"}},
                "application/vnd.sdmx.data+csv": {"schema": {"type": "string"}},
            }
        },
        **problems(QuestionnaireNotInForce, YearNotOver),
    },
)
def get_benchmark_figures(
    request: Request, session: DbSession, query: Annotated[BenchmarkFiguresQuery, Query()]
) -> Response:
    """Show quartiles of every indicator at the end of a year, in total and by portfolio or country."""
    table = benchmark_figures(session, query, civil_date(request.app.state.clock.now()))
    form = query.format or _preferred(request.headers.get("accept", ""))
    body: bytes | str
    match form:
        case Format.CSV:
            body = benchmark_csv(query.by, table.cells)
        case Format.SDMX_CSV:
            body = benchmark_sdmx_csv(query.by, table.cells, table.span.until)
        case Format.JSON_STAT:
            labels = {**_category_labels()["country"], **_category_labels()["portfolio"]}
            title = _benchmark_title(query)
            body = orjson.dumps(benchmark_json_stat(title, query.by, table.cells, labels, table.span.until))
        case Format.JSON:
            body = orjson.dumps(_benchmarks_as_json(query, table))
    return Response(body, headers={"Cache-Control": PUBLIC, "Content-Type": MEDIA_TYPES[form]})


def _benchmark_title(query: BenchmarkFiguresQuery) -> str:
    return f"{BENCHMARKS_TITLE}{f', by {query.by.value}' if query.by else ''}"


def _benchmarks_as_json(query: BenchmarkFiguresQuery, table: BenchmarkTable) -> dict[str, Any]:
    return {
        "metadata": {
            "title": _benchmark_title(query),
            "definition": BENCHMARK_DEFINITION,
            "at": table.span.until,
            "since": table.span.since,
            "questionnaire": table.span.basis,
            "fewest": table.fewest,
            "quartile_method": QUARTILES,
            "geography": GEOGRAPHY,
            "licence": LICENCE,
            "source": "Benchmarks of this service",
            "version": DEFINITIONS_VERSION,
        },
        "dimensions": [query.by] if query.by else [],
        "items": [
            {
                **({query.by.value: cell.name} if query.by and cell.name else {}),
                "indicator": cell.indicator.code,
                "title": cell.indicator.title,
                "shape": cell.indicator.shape,
                "unit": cell.indicator.unit,
                **cell_values(cell),
                "suppressed": cell.spread.suppressed,
            }
            for cell in table.cells
        ],
    }


def _preferred(accept: str) -> Format:
    """Answer the form that an Accept header names first among those given here; JSON if none is named."""
    named = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    known = {media.split(";")[0]: form for form, media in MEDIA_TYPES.items()}
    return next((known[name] for name in named if name in known), Format.JSON)


def _title(query: LabelFiguresQuery) -> str:
    names = {Basis.VALID: "valid", Basis.EVER_HELD: "ever held", Basis.HIGHEST_HELD: "highest held"}
    return f"{TITLE}: {names.get(query.basis, 'awarded')}, by {', '.join(query.dimensions)}"


def _metadata(query: LabelFiguresQuery) -> dict[str, Any]:
    return {
        "title": _title(query),
        "basis": query.basis,
        "definition": DEFINITIONS[query.basis],
        "measures": MEASURES,
        "since": query.since,
        "geography": GEOGRAPHY,
        "licence": LICENCE,
        "source": "Label register of this service",
        "version": DEFINITIONS_VERSION,
    }


def _as_json(
    metadata: dict[str, Any], dimensions: tuple[Dimension, ...], cells: Cells, total: Figures
) -> dict[str, Any]:
    names = [dimension.value for dimension in dimensions]
    return {
        "metadata": metadata,
        "dimensions": names,
        "items": [{**dict(zip(names, key, strict=True)), **_measures(figures)} for key, figures in cells.items()],
        "total": _measures(total),
    }


def _measures(figures: Figures) -> dict[str, int]:
    return {"labels": figures.labels, "organisations": figures.organisations, "countries": figures.countries}


def _category_labels() -> dict[str, dict[str, str]]:
    countries = {entry.attributes["eurostat_code"]: entry.label for entry in entries("countries")}
    portfolios = {entry.code: entry.label for entry in entries("comparative-portfolios")}
    levels = {level.value: level.value.capitalize() for level in Level}
    return {"country": countries, "portfolio": portfolios, "level": levels, "measure": dict(MEASURES)}


TWINS = (twin("/v1/statistics/labels", LabelFiguresQuery, _label_figures),)
