"""The world of these tests."""

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from tests.guests.given import Interview, given_interview
from tests.issuers import TestIssuer


@pytest.fixture
def world(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> Interview:
    """Give a world in which a trainee can sit in at the interview of a benchmark."""
    return given_interview(client, clock, issuer, database)
