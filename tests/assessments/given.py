"""A case walked through HTTP, step by step, by those whose step it is."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.clusters.models import Cluster
from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.states import Role, Standing
from cluster_api.indicators.rules import example_form
from cluster_api.methodology.queries import shipped
from tests.assessors.given import given_assessor, given_training
from tests.benchmarks.given import given_released
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.issuers import TestIssuer
from tests.people.given import given_person
from tests.register import given_cluster
from tests.scoring.given import EXAMPLE, FULL, GOLD, sheet_of

Headers = dict[str, str]
BASE = "/v1/assessments"
CHECKLIST = example_form("ELIGIBILITY-2019", shipped(code="ELIGIBILITY-2019")[0].document)
EXPERTS = {"gold": {"lead": "lena", "second": "sven"}, "silver": {"auditor": "ada"}}
VISITS = {"gold": ["2021-03-02", "2021-03-03"], "silver": ["2021-03-02"]}
BENCHMARKS = {
    "gold": {"first_benchmark_on": "2020-01-10"},
    "silver": {"first_benchmark_on": "2019-01-10", "second_benchmark_on": "2020-10-01"},
}
RELEASED = sorted({day for named in BENCHMARKS.values() for day in named.values()})
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
SCOPE = [one.name for one in GOLD.indicators if one.silver_scope][:3]
IMPROVEMENTS = [
    {"indicator": name, "before": "Less.", "after": "More.", "effect": "Better.", "evidence": []} for name in SCOPE
]
REASONED = {one.name: "Agreed after discussion." for one in GOLD.indicators}


def whole(points: int = 150) -> dict[str, Any]:
    """Answer a typed sheet of so many points."""
    return {"methodology": "ECEI-2013", **{name: FULL[name] for name in EXAMPLE}, **sheet_of(points)}


def archive(**members: str) -> bytes:
    """Answer a ZIP file with these members; two underscores stand for a slash, one x for nothing."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/").replace("_DOT_", "."), text)
    return written.getvalue()


@dataclass
class World:
    """Who takes part, and one case of one level."""

    client: TestClient
    clock: FixedClock
    issuer: TestIssuer
    database: Database
    level: str
    keys: dict[str, Headers]
    people: dict[str, str]
    cluster_id: str
    case: str = ""
    evidence: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def as_(self, who: str) -> Headers:
        """Answer the headers of somebody, with a fresh token for people."""
        return self.keys[who] if who in self.keys else self.issuer.headers(self.clock.instant, who)

    def ask(self, who: str, path: str = "", **params: Any) -> Any:
        """Read something of the case."""
        return self.client.get(f"{self.case}{path}", headers=self.as_(who), params=params)

    def do(self, who: str, verb: str, body: Any = None, *, tag: str = "", method: str = "post") -> Any:
        """Change something of the case, with the tag of ``tag`` as the caller reads it."""
        read = self.ask(who, tag)
        headers = {**self.as_(who), "If-Match": read.headers.get("ETag", "*")}
        return self.client.request(method.upper(), f"{self.case}/{verb}", json=body, headers=headers)

    def done(self, who: str, verb: str, body: Any = None, *, tag: str = "", method: str = "post") -> Any:
        """The same, which must succeed; answer the body."""
        answer = self.do(who, verb, body, tag=tag, method=method)
        assert answer.status_code in {200, 201}, (verb, answer.text)
        return answer.json()

    def apply(self, **more: Any) -> Any:
        """Apply for the level."""
        body = {"cluster_id": self.cluster_id, "level": self.level, **BENCHMARKS[self.level], **more}
        return self.client.post(BASE, json=body, headers=self.as_("cluster"))

    def opened(self, **more: Any) -> "World":
        """Apply, and keep the path of the case."""
        answer = self.apply(**more)
        assert answer.status_code == 201, answer.text
        self.case = answer.headers["Location"]
        return self

    def to(self, state: str) -> "World":
        """Walk the case to a state."""
        for name, step in STEPS:
            step(self)
            if name == state:
                break
        assert self.ask("secretariat").json()["state"] == state
        return self

    def to_assessed_from_contracted(self) -> None:
        """Walk a case on whose contract is concluded."""
        for _, step in STEPS[4:7]:
            step(self)

    def on(self, day: str | date) -> "World":
        """Set the clock to the morning of a day."""
        self.clock.instant = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        return self

    def send(self, content: bytes = PDF, name: str = "proof.pdf", who: str = "cluster", **params: Any) -> Any:
        """Send a file of evidence."""
        headers = {**self.as_(who), "If-Match": "*", "Content-Type": "application/octet-stream"}
        return self.client.post(
            f"{self.case}/evidence", params={"name": name, **params}, content=content, headers=headers
        )

    def released(self, content: bytes = PDF, name: str = "proof.pdf") -> str:
        """Send a file and have it released; answer its identifier."""
        sent = self.send(content, name)
        assert sent.status_code == 201, sent.text
        path = f"/evidence/{sent.json()['id']}"
        assert self.done("secretariat", f"{path[1:]}/check", tag=path)["state"] == "released"
        return str(sent.json()["id"])

    def assign(self, role: str, who: str, *, until: str = "agree", **more: Any) -> str:
        """Propose somebody, and go on to the cluster's agreement; answer the path below the case."""
        made = self.done("secretariat", "assignments", {"person_id": self.people[who], "role": role, **more})
        path = f"assignments/{made['id']}"
        if until in {"accept", "agree"}:
            self.done(who, f"{path}/accept", {"no_conflict": True}, tag=f"/{path}")
        if until == "agree":
            self.done("cluster", f"{path}/agree", tag=f"/{path}")
        return path

    def score(self, who: str, points: int = 150, *, submit: bool = True) -> Any:
        """Score alone, and submit."""
        self.done(who, "scores", {"sheet": whole(points)}, tag="/scores", method="put")
        return self.done(who, "scores/submit", tag="/scores") if submit else None

    def agreed(self, points: int = 150, **more: Any) -> dict[str, Any]:
        """Answer the body of a consensus with reasons and evidence everywhere."""
        named = {one.name: [self.evidence] for one in GOLD.indicators}
        confirmed = {} if self.level == "gold" else dict.fromkeys(SCOPE, True)
        return {"sheet": whole(points), "comments": REASONED, "evidence": named, "confirmed": confirmed, **more}

    def first_expert(self) -> str:
        """Answer who reports."""
        return next(iter(EXPERTS[self.level].values()))

    def agree(self, points: int = 150, **more: Any) -> Any:
        """Agree on a consensus."""
        body = self.agreed(points, **more)
        return self.done(self.first_expert(), "consensus", body, tag="/consensus", method="put")

    def close_cluster(self) -> None:
        """Close the cluster in mid-case."""
        with self.database.transaction() as session:
            session.execute(sa.update(Cluster).where(Cluster.id == self.cluster_id).values(status="closed"))


def _submit(world: World) -> None:
    world.done("cluster", "eligibility", {"checklist": CHECKLIST}, method="put")
    world.done("cluster", "submit")


def _contract(world: World) -> None:
    day = world.clock.instant.date().isoformat()
    world.done("secretariat", "contract", {"reference": "C-1", "concluded_on": day})


def _plan(world: World) -> None:
    world.done("secretariat", "visit", {"dates": VISITS[world.level], "place": "Office"}, method="put")


def self_assessed(world: World, points: int = 150) -> None:
    """Fill in and hand in the self-assessment."""
    improvements = IMPROVEMENTS if world.level == "silver" else []
    body = {"sheet": whole(points), "improvements": improvements}
    world.done("cluster", "self-assessment", body, tag="/self-assessment", method="put")
    world.done("cluster", "self-assessment/hand-in", tag="/self-assessment")


def _schedule(world: World) -> None:
    for role, who in EXPERTS[world.level].items():
        world.assign(role, who)
    self_assessed(world)
    _plan(world)
    world.done("secretariat", "schedule")


def _assess(world: World) -> None:
    world.evidence = world.released()
    world.on(VISITS[world.level][-1])
    world.done("secretariat", "assess")


def _report(world: World) -> None:
    for who in EXPERTS[world.level].values():
        world.score(who)
    world.agree()
    words = {"summary": "A well-run cluster.", "recommendations": ["Go on."]}
    world.done(world.first_expert(), "report", words)


STEPS: list[tuple[str, Callable[[World], Any]]] = [
    ("draft", World.opened),
    ("submitted", _submit),
    ("eligible", lambda world: world.done("secretariat", "admit")),
    ("contracted", _contract),
    ("in_preparation", lambda world: world.done("secretariat", "prepare")),
    ("scheduled", _schedule),
    ("assessed", _assess),
    ("reported", _report),
]


def given_world(client: TestClient, clock: FixedClock, issuer: TestIssuer, database: Database, level: str) -> World:
    """Record who takes part: a cluster with its key, those who run, decide and audit, and experts of own employers."""
    with database.transaction() as session:
        owner = given_organisation(session, Role.CLUSTER, name="Tidal Energy Cluster")
        keys = {"cluster": given_credential(session, given_client(session, owner))}
        keys |= {
            "stranger": given_key(session, Role.CLUSTER),
            "secretariat": given_key(session, Role.SECRETARIAT),
            "board": given_key(session, Role.BOARD),
            "auditor": given_key(session, Role.AUDITOR),
        }
        people, training = {}, given_training(session)
        for name in ("lena", "sven", "ada", "otto", "mia"):
            employer = owner if name == "mia" else given_organisation(session, name=f"Employer of {name}")
            belonging = (employer, Standing.READER)
            person = given_person(session, issuer.name, name, belonging, roles=(Role.ASSESSOR,))
            works_for = None if name == "mia" else employer.name
            given_assessor(session, person=person, employer=works_for, training=training)
            people[name] = person.id
        people["nobody"] = given_person(session, issuer.name, "nobody").id
        fields: dict[str, Any] = {"owner_id": owner.id, "committed_members": 42, "participants": 42}
        cluster_id = given_cluster(session, "Tidal Energy Cluster", **fields)
        given_released(session, cluster_id, *map(date.fromisoformat, RELEASED))
    return World(client, clock, issuer, database, level, keys, people, cluster_id)


def kind(answer: Any) -> tuple[int, str]:
    """Answer status and type of a problem."""
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def pointers(answer: Any) -> list[str]:
    """Answer the places of a problem."""
    return [one["pointer"] for one in answer.json()["errors"]]


def days(number: int) -> timedelta:
    """Answer so many days."""
    return timedelta(days=number)
