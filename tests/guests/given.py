"""An interview at which somebody sits in, walked through HTTP by those whose step it is."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role
from cluster_api.pool.models import Assessor, Engagement
from cluster_api.pool.states import QualificationRole
from tests.assessors.given import given_assessor, given_training
from tests.benchmarks.given import ANSWERS, QUESTIONNAIRE
from tests.interviews.given import BENCHMARKS, Bronze, given_bronze
from tests.issuers import TestIssuer
from tests.people.given import given_person

GUESTS = {"tina": QualificationRole.TRAINEE, "otto": QualificationRole.OBSERVER}
"""Who sits in; only the trainee was trained on the questionnaire."""


@dataclass
class Interview:
    """A benchmark whose expert is assigned, and who may sit in."""

    bronze: Bronze

    def opened(self) -> "Interview":
        """Open a benchmark, fill it in and assign its expert."""
        bronze = self.bronze
        body = {"cluster_id": bronze.cluster_id}
        answer = bronze.client.post(BENCHMARKS, json=body, headers=bronze.as_("cluster"))
        path = bronze.benchmark = answer.headers["Location"]
        bronze.done("cluster", path, {"answers": ANSWERS}, of=path, method="PATCH")
        bronze.done("cluster", f"{path}/submit", of=path)
        given = {"expert_id": bronze.people["eva"], "interview_mode": "video"}
        bronze.done("secretariat", f"{path}/assign", given, of=path)
        return self

    def propose(self, who: str = "tina", role: str = "trainee") -> Any:
        """Propose somebody."""
        path, given = self.bronze.benchmark, {"person_id": self.bronze.people[who], "role": role}
        return self.bronze.send("secretariat", f"{path}/guests", given, of=path)

    def proposed(self, who: str = "tina", role: str = "trainee") -> str:
        """The same, which must succeed; answer the path of the guest."""
        answer = self.propose(who, role)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def move(self, who: str, guest: str, verb: str) -> Any:
        """Make a move of a guest."""
        said = {"reason": "Ill."} if verb in {"decline", "object", "withdraw"} else None
        return self.bronze.send(who, f"{guest}/{verb}", {"no_conflict": True} if verb == "accept" else said, of=guest)

    def agreed(self, who: str = "tina", role: str = "trainee") -> str:
        """Have somebody proposed, accept, and agreed."""
        guest = self.proposed(who, role)
        assert self.move(who, guest, "accept").status_code == 200
        assert self.move("cluster", guest, "agree").status_code == 200
        return guest

    def hold(self) -> None:
        """Hold the interview today."""
        path = self.bronze.benchmark
        self.bronze.done("eva", f"{path}/start-interview", of=path)
        self.bronze.done("eva", f"{path}/freeze", {"interview_on": self.bronze.today}, of=path)

    def engagements_of(self, who: str) -> list[Engagement]:
        """Answer what the pool counts of somebody."""
        of = sa.select(Engagement).join(Assessor, Assessor.id == Engagement.assessor_id)
        with self.bronze.database.session() as session:
            return list(session.scalars(of.where(Assessor.person_id == self.bronze.people[who])))

    def engagements(self) -> dict[str, Engagement]:
        """Answer the one thing that the pool counts of each, by name."""
        counted = {who: self.engagements_of(who) for who in ("eva", "tina", "otto")}
        return {who: one for who, (one,) in ((who, found) for who, found in counted.items() if found)}


def given_interview(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> Interview:
    """Record what a bronze case needs, a trainee who was trained on the questionnaire, and an observer who was not."""
    bronze = given_bronze(client, clock, issuer, database)
    with database.transaction() as session:
        for name, role in GUESTS.items():
            person = given_person(session, issuer.name, name, roles=(Role.ASSESSOR,))
            methodology = QUESTIONNAIRE if name == "tina" else ("ECEI-2013", 1)
            training = given_training(session, methodology=methodology)
            given_assessor(session, role, person=person, employer=f"Employer of {name}", training=training)
            bronze.people[name] = person.id
    return Interview(bronze)
