from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.schema import Base
from tests.register import given_cluster, noon

IDENTIFIERS = Base.metadata.tables["cluster_identifier"]


def identifier(cluster_id: str, value: str) -> dict[str, Any]:
    return {"id": str(uuid7()), "cluster_id": cluster_id, "registry_code": "eccp", "value": value}


def test_rows_of_every_type_come_back_as_they_went_in(session: Session) -> None:
    given_cluster(session, "Model")
    model = session.execute(sa.select(Cluster.__table__)).mappings().one()
    row = {
        **model,
        "id": str(uuid7()),
        "legal_name": "Tab\t, newline\n, \\N and 'quotes'",
        "names": {"bg": "ИКТ"},
        "activities": ["25.61", "A"],
        "staff_fte": Decimal("4.5"),
        "founded_year": 2004,
        "published_at": noon(date(2020, 1, 1)),
        "is_social_economy": True,
    }
    insert_rows(session, Base.metadata.tables["cluster"], [row])
    assert session.execute(sa.select(Cluster.__table__).where(Cluster.id == row["id"])).mappings().one() == row


def test_broken_constraint_is_the_engines_error(session: Session) -> None:
    cluster_id = given_cluster(session, "A")
    with pytest.raises(sa.exc.IntegrityError):
        insert_rows(session, IDENTIFIERS, [identifier(cluster_id, "1"), identifier(cluster_id, "1")])


def test_no_rows_are_no_statement(session: Session) -> None:
    insert_rows(session, IDENTIFIERS, [])
    assert session.scalar(sa.select(sa.func.count()).select_from(IDENTIFIERS)) == 0
