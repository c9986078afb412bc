"""The worlds of these tests."""

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from tests.assessments.given import World, given_world
from tests.issuers import TestIssuer


@pytest.fixture
def gold(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> World:
    """Give a world in which a cluster can apply for gold."""
    return given_world(client, clock, issuer, database, "gold")


@pytest.fixture
def silver(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> World:
    """Give a world in which a cluster can apply for silver."""
    return given_world(client, clock, issuer, database, "silver")
