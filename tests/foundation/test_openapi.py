"""An operation on its way out says so in the document and in every answer, from one declaration."""

from datetime import date

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cluster_api.foundation.openapi import retiring
from cluster_api.foundation.telemetry import new_metrics
from cluster_api.foundation.traffic import Traffic


@pytest.fixture
def app() -> FastAPI:
    """Give an application with an old and a new operation."""
    app = FastAPI()

    @app.get("/old", **retiring(since=date(2021, 1, 1), sunset=date(2021, 7, 1), more="https://example.org/new"))
    def old() -> str:
        return "old"

    @app.get("/new")
    def new() -> str:
        return "new"

    app.add_middleware(Traffic, metrics=new_metrics(), constraints={})
    return app


def test_operation_on_its_way_out_says_so(app: FastAPI) -> None:
    headers = TestClient(app).get("/old").headers
    assert (headers["deprecation"], headers["sunset"], headers["link"]) == (
        "@1609459200", "Thu, 01 Jul 2021 00:00:00 GMT", '<https://example.org/new>; rel="deprecation"',
    )  # fmt: skip
    assert app.openapi()["paths"]["/old"]["get"]["deprecated"] is True


def test_other_operations_say_nothing(app: FastAPI) -> None:
    assert {"deprecation", "sunset", "link"}.isdisjoint(TestClient(app).get("/new").headers)
    assert "deprecated" not in app.openapi()["paths"]["/new"]["get"]
