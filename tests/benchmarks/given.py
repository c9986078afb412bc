"""Benchmarks for tests: answers that can be submitted, the people concerned, and benchmarks brought to a state."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.benchmarks import actions
from cluster_api.benchmarks.models import Benchmark
from cluster_api.benchmarks.schemas import BenchmarkAssign, BenchmarkCreate
from cluster_api.benchmarks.states import BenchmarkState
from cluster_api.clusters.models import Cluster
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor, actor_of
from cluster_api.identity.models import Organisation, Person
from cluster_api.identity.schemas import Caller, Held
from cluster_api.identity.states import Role, Standing
from cluster_api.indicators.rules import example_form
from cluster_api.methodology.queries import shipped
from cluster_api.methodology.states import VisitMode
from cluster_api.pool.states import QualificationRole
from tests.assessors.given import given_assessor, given_training
from tests.callers import given_organisation
from tests.conftest import NOW
from tests.register import given_cluster

CODE = "ESCA-BRONZE-2019"
EDITION = shipped(code=CODE)[0]
ANSWERS: dict[str, Any] = {
    name: value for name, value in example_form(CODE, EDITION.document).items() if name != "methodology"
}
TODAY = date(2021, 1, 15)


def actor_with(organisation: Organisation, *roles: Role, standing: Standing = Standing.OWNER) -> Actor:
    """Answer a member of an organisation with these roles."""
    held = Held(organisation.id, frozenset(roles), standing)
    return actor_of(Caller(name=f"client:{organisation.id}", held=(held,)), NOW)


QUESTIONNAIRE = ("ESCA-BRONZE-2019", 1)


def given_expert(session: Session, *, qualified: bool = True, **facts: Any) -> Person:
    """Record somebody of the pool who can hold interviews, or who is qualified for something else only."""
    role = QualificationRole.BENCHMARKING if qualified else QualificationRole.OBSERVER
    training = given_training(session, methodology=QUESTIONNAIRE)
    assessor = given_assessor(session, role, training=training, **facts)
    return session.get_one(Person, assessor.person_id)


def person_actor(person: Person) -> Actor:
    """Answer the actor that a person is with its own roles."""
    roles = frozenset(Role(name) for name in person.roles)
    held = Held(person.id, roles, Standing.OWNER, is_person=True)
    return actor_of(Caller(name=f"person:{person.id}", held=(held,), person_id=person.id), NOW)


@dataclass
class Cast:
    """Who plays a part: the cluster, who runs the scheme, the expert."""

    cluster_id: str
    owner: Actor
    office: Actor
    expert: Actor
    expert_id: str

    def opened(self, session: Session, **changed: Any) -> Benchmark:
        """Open a benchmark and fill it in."""
        benchmark = actions.open_benchmark(session, self.owner, BenchmarkCreate(cluster_id=UUID(self.cluster_id)))
        actions.update_answers(session, self.owner, benchmark, {**ANSWERS, **changed})
        return benchmark

    def submitted(self, session: Session, **changed: Any) -> Benchmark:
        """Submit one, with its expert assigned."""
        benchmark = self.opened(session, **changed)
        actions.submit(session, self.owner, benchmark)
        given = BenchmarkAssign(expert_id=UUID(self.expert_id), interview_mode=VisitMode.VIDEO)
        actions.assign(session, self.office, benchmark, given)
        return benchmark

    def frozen(self, session: Session, **changed: Any) -> Benchmark:
        """Hold the interview."""
        benchmark = self.submitted(session, **changed)
        actions.start_interview(session, self.expert, benchmark)
        actions.freeze(session, self.expert, benchmark, interview_on=TODAY)
        return benchmark

    def released(self, session: Session, **changed: Any) -> Benchmark:
        """Release the report."""
        benchmark = self.frozen(session, **changed)
        actions.prepare_report(session, self.expert, benchmark, remarks="Found a working group on hydrogen.")
        actions.release(session, self.office, benchmark)
        return benchmark


def given_cast(session: Session, name: str = "alpha", *, expert: Person | None = None, **facts: Any) -> Cast:
    """Record a cluster with its owner, an office, and an expert (one more, if there is one already)."""
    owner, office = given_organisation(session, Role.CLUSTER), given_organisation(session, Role.SECRETARIAT)
    cluster_id = given_cluster(session, name, **facts)
    session.execute(sa.update(Cluster).where(Cluster.id == cluster_id).values(owner_id=owner.id))
    expert = expert or given_expert(session)
    return Cast(
        cluster_id,
        actor_with(owner, Role.CLUSTER),
        actor_with(office, Role.SECRETARIAT),
        person_actor(expert),
        expert.id,
    )


def given_released(
    session: Session, cluster_id: str, *days: date, state: BenchmarkState = BenchmarkState.RELEASED, **facts: Any
) -> list[Benchmark]:
    """Record benchmarks of a cluster with interviews on these days, released unless another state is given."""
    made = [
        Benchmark(
            id=str(uuid7()),
            number=f"B-{uuid7()}",
            cluster_id=cluster_id,
            questionnaire=CODE,
            questionnaire_version=EDITION.version,
            questionnaire_digest=EDITION.digest,
            country="DE",
            portfolio="ICT",
            answers=ANSWERS,
            state=state,
            interview_on=day,
            interview_mode=VisitMode.VIDEO,
            answers_version=1,
            released_on=day,
            opened_on=day,
            version=1,
            created_at=NOW,
            updated_at=NOW,
            **facts,
        )
        for day in days
    ]
    session.add_all(made)
    session.flush()
    return made
