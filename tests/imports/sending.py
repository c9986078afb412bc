"""How the tests of imports send files and wait for what comes out."""

import time
from typing import Any

import sqlalchemy as sa
from httpx2 import Response
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.foundation.schema import Base

CSV = "text/csv"
ENDED = {"succeeded", "failed", "cancelled"}
UNTOUCHED = {"credential", "job", "job_finding", "import_file", "journal_entry", "journal_note", "number_series"}


def post(client: TestClient, admin: dict[str, str], body: bytes, media: str = CSV, **query: Any) -> Response:
    """Send a file."""
    asked = {name: str(value).lower() for name, value in {"kind": "clusters", **query}.items()}
    return client.post("/v1/imports", content=body, params=asked, headers={**admin, "Content-Type": media})


def imported(client: TestClient, admin: dict[str, str], body: bytes, media: str = CSV, **query: Any) -> dict[str, Any]:
    """Send a file and answer its job as it ended."""
    answer = post(client, admin, body, media, **query)
    assert answer.status_code == 202, answer.text
    return ended(client, admin, answer.json()["id"])


def ended(client: TestClient, admin: dict[str, str], job: str) -> dict[str, Any]:
    """Answer a job when it has ended."""
    found: dict[str, Any] = {}
    for _ in range(600):
        found = client.get(f"/v1/imports/{job}", headers=admin).json()
        if found["state"] in ENDED:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def counts(job: dict[str, Any]) -> tuple[int, int, int, int]:
    """Answer how many rows were created, changed, left and refused."""
    found = job["counts"]
    return found["created"], found["changed"], found["left"], found["refused"]


def codes(client: TestClient, admin: dict[str, str], job: dict[str, Any], outcome: str) -> list[tuple[int, str]]:
    """Answer row and code of every finding with this outcome."""
    found = client.get(f"/v1/jobs/{job['id']}/findings", params={"outcome": outcome, "limit": 200}, headers=admin)
    return [(finding["row"], finding["code"]) for finding in found.json()["items"]]


def contents(database: Database) -> dict[str, list[Any]]:
    """Answer every row of every table of the record; jobs and the journal tell of attempts, too, and are left out."""
    with database.session() as session:
        return {
            table.name: sorted(map(repr, session.execute(sa.select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in UNTOUCHED
        }
