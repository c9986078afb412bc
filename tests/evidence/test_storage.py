"""Evidence in an object storage: the same way in and out as in a folder, and nothing lost when it does not answer."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cluster_api.app import create_service
from cluster_api.foundation.settings import ObjectStorage, Settings
from cluster_api.upkeep.actions import do_what_is_due
from tests.assessments.given import PDF, World, kind
from tests.storages import BUCKET, keys, running_storage, spoil

KEY = f"cases/{hashlib.sha256(PDF).hexdigest()[:2]}/{hashlib.sha256(PDF).hexdigest()[2:4]}/"
KEY += hashlib.sha256(PDF).hexdigest()
NOWHERE = ObjectStorage(
    endpoint="http://127.0.0.1:9", access_key="a", secret_key=SecretStr("not-a-secret"), timeout_seconds=1
)


class Stored(NamedTuple):
    """A case whose evidence is kept in a storage, and the settings of its service."""

    case: World
    access: ObjectStorage
    settings: Settings


@pytest.fixture
def stored(gold: World, settings: Settings) -> Iterator[Stored]:
    """Give a case whose evidence is kept in an object storage."""
    gold.opened()
    with running_storage() as access:
        elsewhere = settings.model_copy(update={"evidence_store": f"s3://{BUCKET}/cases", "object_storage": access})
        yield Stored(replace(gold, client=client_of(gold, elsewhere)), access, elsewhere)


def client_of(case: World, settings: Settings) -> TestClient:
    # Not started, so that it does not close the database that others use when it stops.
    service = create_service(settings, clock=case.clock, database=case.database)
    return TestClient(service, base_url="http://127.0.0.1:8000")


def test_file_waits_in_quarantine_until_it_is_checked(stored: Stored) -> None:
    made = stored.case.send().json()
    assert keys(stored.access) == [KEY]
    path = f"/evidence/{made['id']}"
    assert kind(stored.case.ask("cluster", f"{path}/content")) == (409, "evidence-quarantined")
    assert stored.case.done("secretariat", f"{path[1:]}/check", tag=path)["state"] == "released"
    assert stored.case.ask("cluster", f"{path}/content").content == PDF


def test_file_changed_in_the_storage_is_found_out(stored: Stored) -> None:
    path = f"/evidence/{stored.case.send().json()['id']}"
    stored.case.done("secretariat", f"{path[1:]}/check", tag=path)
    spoil(stored.access, KEY, PDF + b"more")
    assert kind(stored.case.ask("cluster", f"{path}/content")) == (409, "evidence-damaged")


def test_storage_that_does_not_answer_leaves_the_file_in_quarantine(stored: Stored) -> None:
    path = f"/evidence/{stored.case.send().json()['id']}"
    down = stored.settings.model_copy(update={"object_storage": NOWHERE})
    case = replace(stored.case, client=client_of(stored.case, down))
    assert kind(case.do("secretariat", f"{path[1:]}/check", tag=path)) == (503, "storage-unreachable")
    assert kind(case.send(PDF + b"% other")) == (503, "storage-unreachable")
    assert [one["state"] for one in case.ask("cluster", "/evidence").json()["items"]] == ["quarantined"]


def test_tick_checks_what_is_in_the_storage(stored: Stored) -> None:
    stored.case.send()
    done = do_what_is_due(stored.case.database, stored.settings, stored.case.clock)
    assert [one.count for one in done if one.what == "evidence"] == [1]
    assert [one["state"] for one in stored.case.ask("cluster", "/evidence").json()["items"]] == ["released"]
