"""The periods of retention, and the people who are due."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.datafiles import data_rows
from cluster_api.identity.models import Account, Membership, Person
from cluster_api.pool.models import Assessor
from cluster_api.pool.states import AssessorState
from cluster_api.retention.schemas import Period

AT_ONCE = 500


def periods() -> Sequence[Period]:
    """Answer how long each kind of thing is kept, in the order in which it is looked after."""
    return [
        Period(
            what=row["what"],
            days=int(row["days"]),
            counted_from=row["counted_from"],
            action=row["action"],
            reason=row["reason"],
            version=row["version"],
        )
        for row in data_rows("cluster_api.retention", "retention")
    ]


def unused_people(session: Session, before: datetime) -> Sequence[Person]:
    """Answer people without membership whose accounts were last seen, and who were last changed, before an instant.

    Assessors of the pool are none of them before they have retired: one may be asked for long after the last sign-in.
    They are locked; whom another process looks after at this moment is left to it.
    """
    belongs = sa.select(Membership.person_id).where(Membership.person_id == Person.id)
    was_seen = sa.select(Account.id).where(Account.person_id == Person.id, Account.seen_on >= civil_date(before))
    assesses = sa.select(Assessor.id).where(
        Assessor.person_id == Person.id,
        sa.or_(Assessor.state != AssessorState.RETIRED, Assessor.updated_at >= before),
    )
    takes_part = sa.or_(belongs.exists(), was_seen.exists(), assesses.exists())
    statement = (
        sa.select(Person)
        .where(Person.erased_at.is_(None), Person.updated_at < before, ~takes_part)
        .order_by(Person.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()
