"""What FastAPI would let pass: unknown query parameters, other media types, an ``Allow`` that forgets methods."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from cluster_api.foundation.errors import Fault, Invalid, UnsupportedMedia


async def refuse_unknown_query(request: Request) -> None:
    """Refuse query parameters that the operation does not know: a misspelt filter must not answer everything."""
    route = request.scope.get("route")
    known = _query_names(route) if isinstance(route, APIRoute) else frozenset[str]()
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        possible = ", ".join(sorted(known)) or "none"
        raise Invalid(
            f"Unknown query parameter: {', '.join(unknown)[:500]}. Known here: {possible}.",
            faults=[Fault(f"/query/{name[:200]}", "unknown_parameter", f"Known here: {possible}.") for name in unknown],
        )


_names_of_routes: dict[int, frozenset[str]] = {}


def _query_names(route: APIRoute) -> frozenset[str]:
    found = _names_of_routes.get(id(route))
    if found is None:
        found = _names_of_routes[id(route)] = frozenset(_dependant_names(route.dependant))
    return found


def _dependant_names(dependant: Any) -> list[str]:
    names = []
    for parameter in dependant.query_params:
        fields = getattr(parameter.field_info.annotation, "model_fields", None)
        names += [field.alias or name for name, field in fields.items()] if fields else [parameter.alias]
    for below in dependant.dependencies:
        names += _dependant_names(below)
    return names


async def refuse_other_media(request: Request) -> None:
    """Refuse a body that says it is not JSON where JSON is wanted; what it says must be true before it is read."""
    route = request.scope.get("route")
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    wants_json = isinstance(route, APIRoute) and route.body_field is not None
    if wants_json and media and not (media == "application/json" or media.endswith("+json")):
        detail = f"{media[:100]} is not understood here; send application/json."
        raise UnsupportedMedia(detail, faults=[Fault("/header/Content-Type", "unsupported_media", detail)])


class Methods:
    """Knows every method of every path: what ``Allow`` of a 405 must name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the paths of the OpenAPI document."""
        self._paths = [
            (compile_path(path)[0], sorted({*(method.upper() for method in item if method != "parameters")}))
            for path, item in document["paths"].items()
        ]

    def of(self, path: str) -> list[str]:
        """Answer the methods of this path; where there is GET there is HEAD."""
        for pattern, methods in self._paths:
            if pattern.match(path):
                return sorted({*methods, *(["HEAD"] if "GET" in methods else [])})
        return ["GET", "HEAD"]
