"""The register that the tests of this area look at: made once, at the size of 2020."""

import pytest

from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import demonstration
from cluster_api.demonstration.schemas import Register


@pytest.fixture(scope="session")
def register() -> Register:
    """Give the register at scale 1."""
    (only,) = demonstration(material())
    return only


@pytest.fixture(scope="session")
def threefold() -> list[Register]:
    """Give the parts of the register at scale 3."""
    return list(demonstration(material(), 3))
