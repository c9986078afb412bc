"""Who calls in the bench: one machine client whose key is the same in every database, so that requests can be too."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.models import Client, Credential, Organisation
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.tokens.rules import API_KEY, checksum, digest_of

PUBLIC_ID = "bench0000000"
_BODY = f"{API_KEY}_{PUBLIC_ID}_{'b' * 32}"
KEY = _BODY + checksum(_BODY)
BEGAN, ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def give_key(engine: sa.Engine) -> None:
    """Record the client and its key in a database."""
    about = {"version": 1, "created_at": BEGAN, "updated_at": BEGAN}
    organisation = Organisation(
        id=str(uuid7()), name="Bench", country="BE", roles=[Role.SECRETARIAT.value], is_synthetic=True, **about
    )
    client = Client(
        id=str(uuid7()), organisation_id=organisation.id, name="Bench", standing=Standing.EDITOR, scopes=[], **about
    )
    key = Credential(
        id=str(uuid7()),
        client_id=client.id,
        kind=CredentialKind.API_KEY,
        public_id=PUBLIC_ID,
        digest=digest_of(KEY),
        scopes=[],
        created_at=BEGAN,
        expires_at=ENDS,
        last_used_at=ENDS,
    )
    with Session(engine) as session:
        for row in (organisation, client, key):
            session.add(row)
            session.flush()
        session.commit()
