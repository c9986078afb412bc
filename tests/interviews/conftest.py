"""The world of these tests."""

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from tests.interviews.given import Bronze, given_bronze
from tests.issuers import TestIssuer


@pytest.fixture
def bronze(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> Bronze:
    """Give a world in which a cluster can apply for bronze."""
    return given_bronze(client, clock, issuer, database)
