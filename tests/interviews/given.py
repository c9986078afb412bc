"""A bronze case walked through HTTP by those whose step it is, from the application to the label."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.states import Role
from cluster_api.labels.models import Label
from tests.assessments.given import CHECKLIST
from tests.assessors.given import given_assessor, given_training
from tests.benchmarks.given import ANSWERS, QUESTIONNAIRE
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.issuers import TestIssuer
from tests.people.given import given_person
from tests.register import given_cluster

Headers = dict[str, str]
CASES, BENCHMARKS = "/v1/assessments", "/v1/benchmarks"
BOARD = ("berta", "bruno", "bella", "anton", "alma", "arno")
FEW = {**CHECKLIST, "committed_members": 9}
"""The criterion E3 is not met by it, and can be waived."""
FOUND: dict[str, Any] = {
    "no_conflict": True,
    "checklist": CHECKLIST,
    "recommends": True,
    "reasons": "Every criterion is met.",
}
WORDS = {"summary": "A lively cluster.", "recommendations": ["Ask members once a year."]}


@dataclass
class Bronze:
    """Who takes part, the case, its benchmark and its decision."""

    client: TestClient
    clock: FixedClock
    issuer: TestIssuer
    database: Database
    keys: dict[str, Headers]
    people: dict[str, str]
    cluster_id: str
    owner_id: str
    case: str = ""
    benchmark: str = ""
    decision: str = ""

    def as_(self, who: str) -> Headers:
        """Answer the headers of somebody, with a fresh token for people."""
        return self.issuer.headers(self.clock.instant, who) if who in self.people else self.keys[who]

    def on(self, day: str) -> "Bronze":
        """Set the clock to the morning of a day."""
        self.clock.instant = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        return self

    @property
    def today(self) -> str:
        """Answer the day."""
        return self.clock.instant.date().isoformat()

    def get(self, who: str, path: str, **params: Any) -> Any:
        """Read something."""
        return self.client.get(path, headers=self.as_(who), params=params)

    def send(self, who: str, path: str, body: Any = None, *, of: str = "", method: str = "POST") -> Any:
        """Change something, by somebody who has read ``of``, or the case."""
        tag = self.get(who, of or self.case).headers.get("ETag", "*")
        named = {"If-Match": tag, "Idempotency-Key": str(uuid7())}
        return self.client.request(method, path, json=body, headers={**self.as_(who), **named})

    def done(self, who: str, path: str, body: Any = None, *, of: str = "", method: str = "POST") -> Any:
        """The same, which must succeed; answer the body."""
        answer = self.send(who, path, body, of=of, method=method)
        assert answer.status_code in {200, 201}, (path, answer.text)
        return answer.json()

    def step(self, who: str, verb: str, body: Any = None, *, method: str = "POST") -> Any:
        """Make a step of the case, which must succeed."""
        return self.done(who, f"{self.case}/{verb}", body, method=method)

    def state(self) -> str:
        """Answer where the case stands."""
        return str(self.get("secretariat", self.case).json()["state"])

    def apply(self, **more: Any) -> Any:
        """Apply for bronze."""
        body = {"cluster_id": self.cluster_id, "level": "bronze", "mode": "video", **more}
        return self.client.post(CASES, json=body, headers=self.as_("cluster"))

    def opened(self, **more: Any) -> "Bronze":
        """Apply, and keep the path of the case."""
        answer = self.apply(**more)
        assert answer.status_code == 201, answer.text
        self.case = answer.headers["Location"]
        return self

    def contracted(self, *, checklist: dict[str, Any] = CHECKLIST, waived: str = "", **more: Any) -> "Bronze":
        """Walk a new case to its contract."""
        self.opened(**more)
        self.step("cluster", "eligibility", {"checklist": checklist}, method="PUT")
        self.step("cluster", "submit")
        if waived:
            self.step("secretariat", "eligibility/waive", {"criterion": waived, "reason": "A social-economy cluster."})
        self.step("secretariat", "admit")
        self.step("secretariat", "contract", {"reference": "C-1", "concluded_on": self.today})
        return self

    def frozen(self, *, expert: str = "eva", mode: str = "video") -> "Bronze":
        """Hold the interview of a benchmark today."""
        answer = self.client.post(BENCHMARKS, json={"cluster_id": self.cluster_id}, headers=self.as_("cluster"))
        assert answer.status_code == 201, answer.text
        path = self.benchmark = answer.headers["Location"]
        self.done("cluster", path, {"answers": ANSWERS}, of=path, method="PATCH")
        self.done("cluster", f"{path}/submit", of=path)
        given = {"expert_id": self.people[expert], "interview_mode": mode}
        self.done("secretariat", f"{path}/assign", given, of=path)
        self.done(expert, f"{path}/start-interview", of=path)
        self.done(expert, f"{path}/freeze", {"interview_on": self.today}, of=path)
        return self

    def release(self, expert: str = "eva") -> "Bronze":
        """Release the report of the benchmark."""
        path = self.benchmark
        self.done(expert, f"{path}/prepare-report", {"remarks": "Meet more often."}, of=path)
        self.done("secretariat", f"{path}/release", {}, of=path)
        return self

    def hold(self) -> Any:
        """Record the interview of the benchmark in the case."""
        body = {"benchmark_id": self.benchmark.rsplit("/", 1)[1]}
        return self.send("secretariat", f"{self.case}/interview", body)

    def held(self) -> "Bronze":
        """The same, which must succeed."""
        answer = self.hold()
        assert answer.status_code == 201, answer.text
        return self

    def found(self, expert: str = "eva", **more: Any) -> "Bronze":
        """Write down what the expert found."""
        self.step(expert, "interview/findings", {**FOUND, **more}, method="PUT")
        return self

    def reported(self, *, interview_on: str = "2021-02-10", **more: Any) -> "Bronze":
        """Walk a new case to its sealed report."""
        self.contracted(**more).on(interview_on).frozen().held().release().found()
        self.step("eva", "report", WORDS)
        return self

    def open_decision(self, chair: str = "berta") -> Any:
        """Open the decision."""
        answer = self.send("secretariat", f"{self.case}/decision", {"chair_id": self.people[chair]})
        self.decision = answer.headers.get("Location", self.decision)
        return answer

    def vote(self, who: str, choice: str) -> Any:
        """Vote."""
        return self.send(who, f"{self.decision}/votes", {"choice": choice}, of=self.decision)

    def decide(self, choice: str, *, who: tuple[str, ...] = BOARD[:3], said: dict[str, Any] | None = None) -> Any:
        """Open, vote the same, conclude, and answer the decision."""
        assert self.open_decision(who[0]).status_code == 201
        for one in who:
            assert self.vote(one, choice).status_code == 201
        body = {"reasons": "Because.", **(said or {})}
        return self.done(who[0], f"{self.decision}/conclude", body, of=self.decision)

    def tell(self) -> Any:
        """Tell the applicant today."""
        return self.done("secretariat", f"{self.decision}/notify", {"notified_on": self.today}, of=self.decision)

    def label(self) -> Label:
        """Answer the label that the decision awarded."""
        label_id = self.get("secretariat", self.decision).json()["label_id"]
        with self.database.session() as session:
            return session.get_one(Label, label_id)

    def labels(self) -> list[Label]:
        """Answer every label of the cluster, the first one first."""
        with self.database.session() as session:
            return list(session.scalars(sa.select(Label).order_by(Label.valid_from)))


def given_bronze(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database) -> Bronze:
    """Record a cluster, those who run, decide and audit, and two experts of benchmarking."""
    with database.transaction() as session:
        owner = given_organisation(session, Role.CLUSTER, name="Tidal Energy Cluster")
        keys = {
            "cluster": given_credential(session, given_client(session, owner)),
            "stranger": given_key(session, Role.CLUSTER),
            "secretariat": given_key(session, Role.SECRETARIAT),
            "board": given_key(session, Role.BOARD),
            "auditor": given_key(session, Role.AUDITOR),
        }
        training, people = given_training(session, methodology=QUESTIONNAIRE), {}
        for name in ("eva", "emil"):
            person = given_person(session, issuer.name, name, roles=(Role.ASSESSOR,))
            given_assessor(session, person=person, employer=f"Employer of {name}", training=training)
            people[name] = person.id
        people |= {name: given_person(session, issuer.name, name, roles=(Role.BOARD,)).id for name in BOARD}
        fields: dict[str, Any] = {"owner_id": owner.id, "committed_members": 42, "participants": 42}
        cluster_id, owner_id = given_cluster(session, "Tidal Energy Cluster", **fields), owner.id
    return Bronze(client, clock, issuer, database, keys, people, cluster_id, owner_id)
