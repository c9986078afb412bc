"""What the token endpoint asks about machine clients, and what it costs the database."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clients.queries import NO_CLIENT, find_enabled, find_secret
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Client
from cluster_api.identity.states import Role
from tests.callers import given_client, given_organisation
from tests.conftest import NOW
from tests.oauth.asking import given_secret
from tests.plans import asked, plan_of

STRANGE = (
    "",
    "x",
    "*",
    "no client",
    "\N{SNOWMAN}",
    "00000000-0000-0000-0000-00000000000",
    "{%s}",
    "urn:uuid:%s",
    "%s ",
)


@pytest.mark.parametrize("known", [True, False])
def test_client_is_found_through_the_index(session: Session, known: bool) -> None:
    client = given_client(session, given_organisation(session, Role.CLUSTER))
    name = client.id if known else "nobody"
    with asked(session) as told:
        assert (find_enabled(session, name) is client) is known
        find_secret(session, name, "x", NOW)
    assert len(told) == 2
    by_index = {"postgresql": "Index Scan using pk_client on client", "sqlite": "SEARCH client USING INDEX"}
    kind = session.get_bind().dialect.name
    for statement, values in told:
        plan = plan_of(session, statement, values)
        if kind == "postgresql" and "credential" in statement:
            # By the secret the credential is found first, and its client by the key of the table.
            assert "Seq Scan" not in plan
        assert by_index[kind] in plan, plan


def test_what_is_no_identifier_finds_nobody(database: Database) -> None:
    with database.transaction() as session:
        client = given_client(session, given_organisation(session, Role.CLUSTER))
        secret = given_secret(session, client).split("_")[1][:12]
        ids = [client.id, client.id.upper(), NO_CLIENT, *(one.replace("%s", client.id) for one in STRANGE)]
        for one in ids:
            found = find_enabled(session, one), find_secret(session, one, secret, NOW)
            assert (found == (None, None)) is (one != client.id), one
        assert session.scalars(sa.select(Client.id)).all() == [client.id]
