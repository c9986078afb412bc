"""A world of exchanges for every test that asks for one."""

import pytest
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from tests.grants.given import World


@pytest.fixture
def world(client: TestClient, database: Database, clock: FixedClock) -> World:
    """Give two partnerships, an enterprise and a fab lab."""
    return World(client, database, clock)
