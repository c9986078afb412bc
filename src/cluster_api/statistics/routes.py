"""Figures over HTTP: one question, four forms."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import State

from cluster_api.clusters.states import Level
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.hotreads import twin
from cluster_api.foundation.openapi import PUBLIC
from cluster_api.foundation.schema import instant_text
from cluster_api.statistics.queries import label_figures
from cluster_api.statistics.rules import (
    DEFINITIONS,
    DEFINITIONS_VERSION,
    MEASURES,
    Cells,
    Figures,
    csv_text,
    json_stat,
    sdmx_csv,
)
from cluster_api.statistics.schemas import LabelFiguresQuery, LabelFiguresRead
from cluster_api.statistics.states import MEDIA_TYPES, Basis, Dimension, Format
from cluster_api.vocabularies.queries import entries

router = APIRouter(tags=["statistics"])

TITLE = "European cluster excellence labels"
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
        "geography": "Eurostat country codes (EL for Greece, UK for the United Kingdom)",
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
