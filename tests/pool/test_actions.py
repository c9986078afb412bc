"""What two do at once in the pool is done one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.app import CONSTRAINTS
from cluster_api.assessors.actions import grant
from cluster_api.assessors.schemas import QualificationGrant
from cluster_api.foundation.database import Database
from cluster_api.foundation.problems import as_problem
from cluster_api.identity.access import service_actor
from cluster_api.pool.actions import accept_code, create
from cluster_api.pool.models import Assessor, Qualification
from cluster_api.pool.queries import get_assessor
from cluster_api.pool.schemas import AssessorCreate
from cluster_api.pool.states import QualificationRole
from tests.assessors.given import given_pool_member
from tests.conftest import NOW
from tests.people.given import given_person

ADMINISTRATOR = service_actor("administrator", NOW, "1" * 32)


def at_once(database: Database, deed: Callable[[Session], object]) -> list[str]:
    """Do something twice at the same moment and answer what became of each, as a caller would hear it."""
    barrier = Barrier(2)

    def once(_: int) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                deed(session)
        except Exception as error:  # noqa: BLE001 - whatever it is, a caller hears it as a problem
            return as_problem(error, CONSTRAINTS).slug()
        return "done"

    with ThreadPoolExecutor(2) as threads:
        return sorted(threads.map(once, range(2)))


def test_a_person_comes_into_the_pool_once(database: Database) -> None:
    with database.transaction() as session:
        person = UUID(given_person(session, "https://issuer.example", "ana").id)
    given = AssessorCreate(person_id=person, country="IE", languages=["en"])
    assert at_once(database, lambda session: create(session, ADMINISTRATOR, given)) == ["done", "person-in-pool"]
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Assessor)) == 1


def test_a_qualification_is_granted_once(database: Database) -> None:
    with database.transaction() as session:
        own = given_pool_member(session).id
    given = QualificationGrant(role=QualificationRole.GOLD, waiver="Certified before this service began.")

    def deed(session: Session) -> None:
        grant(session, ADMINISTRATOR, get_assessor(session, ADMINISTRATOR, own, for_change=True), given)

    assert at_once(database, deed) == ["done", "qualification-held"]
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Qualification)) == 1


def test_the_code_is_accepted_once(database: Database) -> None:
    with database.transaction() as session:
        own = given_pool_member(session).id

    def deed(session: Session) -> None:
        accept_code(session, ADMINISTRATOR, get_assessor(session, ADMINISTRATOR, own, for_change=True), "2019")

    assert at_once(database, deed) == ["code-accepted", "done"]
