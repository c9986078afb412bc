"""The client generated from the OpenAPI document works against a live server: what an integrator does first."""

import importlib
from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from tests.journeys.conftest import Live
from tests.journeys.parties import Generated


def module(path: str) -> ModuleType:
    return importlib.import_module(f"cluster_client.{path}")


@pytest.fixture
def connection(live: Live, client: Generated) -> Iterator[Any]:
    """Give the generated client, connected to the live server."""
    made = client.connected(live.base, None)
    yield made
    made.get_httpx_client().close()


def test_client_lists_filters_and_pages_through_everything(connection: Any) -> None:
    listing, unset = module("api.register.list_register"), module("types").UNSET
    names, totals, cursor = [], set(), unset
    while cursor is not None:
        page = listing.sync(client=connection, country="NO", ever_held=True, limit=20, cursor=cursor, count=True)
        names += [item.name for item in page.items]
        totals.add(page.total)
        cursor = page.next_
        assert {item.country for item in page.items} == {"NO"}
    assert totals == {len(names)} == {len(set(names))}
    assert len(names) > 20


def test_client_verifies_a_label(connection: Any) -> None:
    page = module("api.register.list_register").sync(client=connection, valid_on=date(2020, 12, 31), limit=1)
    number = page.items[0].label_number
    verdict = module("api.register.verify_label").sync(number, client=connection, at=date(2020, 12, 31))
    assert (verdict.standing.value, verdict.is_valid, verdict.holder) == ("valid", True, page.items[0].name)
    assert [step.passed for step in verdict.steps] == [True] * 6


def test_client_aggregates_to_the_published_figures(connection: Any) -> None:
    basis = module("models.basis").Basis.HIGHEST_HELD
    found = module("api.statistics.get_label_figures").sync(client=connection, basis=basis, at=date(2020, 12, 31))
    assert [(item.level.value, item.organisations, item.countries) for item in found.items] == [
        ("bronze", 1141, 46),
        ("silver", 132, 20),
        ("gold", 110, 18),
    ]
    assert found.total.organisations == 1383


def test_client_fills_in_a_sheet_by_the_names_of_its_indicators(connection: Any) -> None:
    example = connection.get_httpx_client().get("/v1/methodologies/ECEI-2013/schema").json()["examples"][0]
    sheet = module("models.ecei_2013_sheet").Ecei2013Sheet.from_dict(example)
    sheet.committed_participants = 24
    sheet.human_resources.fte = 3.5
    found = module("api.methodologies.score_methodology_sheet").sync("ECEI-2013", client=connection, body=sheet)
    assert (found.points, found.max_points, found.passed, found.methodology) == (138, 150, True, "ECEI-2013")
    assert [step.points for step in found.trace if step.indicator == "committed_participants"] == [3, None]


def test_client_meets_an_error(connection: Any) -> None:
    answer = module("api.register.get_label").sync_detailed("LB-2019-000123-10", client=connection)
    assert (answer.status_code, answer.parsed.type_) == (404, "/problems/label-number-mistyped")
    assert [fault.pointer for fault in answer.parsed.errors] == ["/path/number"]
