"""How migrations run: on the connection that the caller holds, or on the database of the settings."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from cluster_api.appeals import models as appeals
from cluster_api.assessments import models as assessments
from cluster_api.batches import models as batches
from cluster_api.benchmarks import models as benchmarks
from cluster_api.billing import models as billing
from cluster_api.calls import models as calls
from cluster_api.clusters import models as clusters
from cluster_api.comparisons import models as comparisons
from cluster_api.complaints import models as complaints
from cluster_api.conflicts import models as conflicts
from cluster_api.decisions import models as decisions
from cluster_api.foundation import idempotency, numbers, schema, sharedlimits
from cluster_api.foundation.database import Database
from cluster_api.foundation.schema import Base
from cluster_api.foundation.settings import Settings
from cluster_api.grants import models as grants
from cluster_api.identity import models as identity
from cluster_api.imports import models as imports
from cluster_api.jobs import models as jobs
from cluster_api.journal import models as journal
from cluster_api.labels import models as labels
from cluster_api.ledger import models as ledger
from cluster_api.matches import models as matches
from cluster_api.methodology import models as methodology
from cluster_api.notices import models as notices
from cluster_api.participants import models as participants
from cluster_api.partnerships import models as partnerships
from cluster_api.payments import models as payments
from cluster_api.pool import models as pool
from cluster_api.programme import models as programme
from cluster_api.simulations import models as simulations
from cluster_api.tallies import models as tallies
from cluster_api.tokens import models as tokens
from cluster_api.trainings import models as trainings
from cluster_api.yearly import models as yearly

TABLES = (
    appeals,
    assessments,
    batches,
    benchmarks,
    billing,
    calls,
    clusters,
    comparisons,
    complaints,
    conflicts,
    decisions,
    idempotency,
    identity,
    imports,
    jobs,
    journal,
    labels,
    ledger,
    matches,
    grants,
    payments,
    methodology,
    notices,
    numbers,
    participants,
    partnerships,
    pool,
    programme,
    yearly,
    sharedlimits,
    simulations,
    tallies,
    tokens,
    trainings,
)


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Answer how a generated migration writes our own types: as what they are in the database."""
    written = {schema.Instant: "schema.Instant()", schema.Codes: "sa.Text()", schema.Choice: "sa.String(length=40)"}
    if kind != "type":
        return False
    if isinstance(item, sa.JSON):
        return "schema.JSON"
    if isinstance(item, sa.String) and item.length == 36:
        return "schema.Identifier"
    return written.get(type(item), False)


def run(connection: sa.Connection) -> None:
    """Run on this connection; a table that is locked is not waited for, so that nobody queues behind a migration."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Choose the connection."""
    held = context.config.attributes.get("connection")
    if isinstance(held, sa.Connection):
        run(held)
    elif context.is_offline_mode():
        context.configure(url=Settings().database_address(), target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
    else:
        engine = held if isinstance(held, sa.Engine) else Database(Settings().database_address()).engine
        with engine.begin() as connection:
            run(connection)


main()
