"""Assignments for tests: proposals, and what changes in the pool behind a case."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.identity.models import Person
from cluster_api.pool.models import Assessor, Qualification
from tests.assessments.given import World
from tests.assessors.given import given_employment


def propose(world: World, who: str, role: str, **more: Any) -> Any:
    return world.do("secretariat", "assignments", {"person_id": world.people[who], "role": role, **more})


def reasons(answer: Any) -> list[str]:
    assert answer.status_code == 409, answer.text
    body = answer.json()
    return list(body.get("reasons") or body.get("missing"))


def lose_role(world: World, who: str) -> None:
    with world.database.transaction() as session:
        session.execute(sa.update(Person).where(Person.id == world.people[who]).values(roles=[]))


def share_employer(world: World, one: str, other: str) -> None:
    """Let one work for the employer of the other from now on, too."""
    with world.database.transaction() as session:
        given_employment(session, assessor(world, session, other), f"Employer of {one}")


def assessor(world: World, session: Session, who: str) -> Assessor:
    """Answer as whom the pool knows somebody."""
    return session.scalars(sa.select(Assessor).where(Assessor.person_id == world.people[who])).one()


def in_pool(world: World, who: str, **facts: Any) -> None:
    """Change what the pool knows of somebody."""
    with world.database.transaction() as session:
        for name, value in facts.items():
            setattr(assessor(world, session, who), name, value)


def qualified_until(world: World, who: str, day: date) -> None:
    """Let every qualification of somebody end on a day."""
    with world.database.transaction() as session:
        own = Qualification.assessor_id == assessor(world, session, who).id
        session.execute(sa.update(Qualification).where(own).values(valid_until=day))
