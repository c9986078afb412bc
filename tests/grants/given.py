"""A world of exchanges: two partnerships with budgets, an enterprise, a fab lab; and the steps they take."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Organisation
from cluster_api.identity.states import Role
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.partnerships.given import Headers, given_office, given_partnership, post
from tests.register import given_cluster

PARTICIPANTS, MATCHES, GRANTS = "/v1/exchange-participants", "/v1/exchange-matches", "/v1/exchange-grants"
COMMON: dict[str, Any] = {
    "round": "pilot", "motivation": "New markets.", "ecosystems": ["TEXTILES"], "aims": ["new_markets"],
    "activities": ["networking"], "cv_sha256": "a" * 64,
}  # fmt: skip
SME: dict[str, Any] = {
    **COMMON, "kind": "sme", "is_visitor": True, "is_host": False, "region": "FRK2", "headcount": 12,
    "turnover_cents": 100_000_000, "is_national": True,
}  # fmt: skip
FAB_LAB: dict[str, Any] = {
    **COMMON, "kind": "scaleup_support", "support_type": "FAB_LAB", "is_visitor": False, "is_host": True,
    "region": "PT11",
}  # fmt: skip
PLAN: dict[str, Any] = {
    "begins_on": "2021-03-01", "ends_on": "2021-03-05", "goals": "Find customers.",
    "agenda": [{"day": "2021-03-01", "text": "Visit of the laboratory."}],
}  # fmt: skip
ACCOUNT = {"name": "Tide SME", "iban": "BE68 5390 0754 7034"}


class World:
    """Everybody who takes part in exchanges, and what they do one after the other."""

    def __init__(self, client: TestClient, database: Database, clock: FixedClock) -> None:
        self.client, self.clock, self.database = client, clock, database
        self.named: dict[str, Headers] = {}
        with database.transaction() as session:
            self.support = given_key(session, Role.SECRETARIAT)
            clusters = [given_cluster(session, f"Cluster {country}", country=country) for country in ("FR", "PT")]
            offices = [given_office(session, f"Office {name}") for name in ("VOP", "HOP")]
            made = [
                given_partnership(session, office, (cluster,), ecosystems=["TEXTILES"])
                for (office, _), cluster in zip(offices, clusters, strict=True)
            ]
            self.vop, self.hop = (headers for _, headers in offices)
            self.partnership, self.host_partnership = (one.id for one in made)
            self.cluster, self.host_cluster = clusters
        self.budget(1_000_000)
        self.vo, self.ho = self.organisation("FR", "Tide SME"), self.organisation("PT", "Fab lab")

    def organisation(self, country: str, name: str) -> Headers:
        """Record an organisation that takes part, and answer the headers of its machine."""
        with self.database.transaction() as session:
            made = given_organisation(session, Role.PARTICIPANT, name=name)
            session.execute(sa.update(Organisation).where(Organisation.id == made.id).values(country=country))
            self.named[name] = given_credential(session, given_client(session, made))
        return self.named[name]

    def client_of(self, name: str) -> Headers:
        """Answer the headers of the machine of an organisation by its name."""
        return self.named[name]

    def budget(self, cents: int) -> None:
        """Set the budget of the visitor's partnership."""
        path = f"/v1/budgets/{self.partnership}/set"
        answer = post(self.client, path, self.vop, {"budget_cents": cents, "reason": "Exchanges."})
        assert answer.status_code == 200, answer.text

    def held(self) -> dict[str, int]:
        """Answer what the accounts of the visitor's partnership hold, without those that are empty."""
        told = self.client.get(f"/v1/budgets/{self.partnership}", headers=self.vop).json()
        assert told["balance_cents"] == 0
        names = ("available", "reserved", "due", "ordered", "paid", "recovered")
        return {name: told[f"{name}_cents"] for name in names if told[f"{name}_cents"]}

    def on(self, day: str) -> None:
        """Let it be a day."""
        self.clock.instant = datetime.fromisoformat(f"{day}T10:00:00+00:00").astimezone(UTC)

    def register(self, headers: Headers, body: dict[str, Any], office: str, cluster: str | None) -> Any:
        """Register somebody and submit it to a partnership."""
        sent = {**body, "partnership_id": office, "cluster_id": cluster}
        made = post(self.client, PARTICIPANTS, headers, sent, of=PARTICIPANTS)
        assert made.status_code == 201, made.text
        return self.move(PARTICIPANTS, made.json()["id"], "submit", headers)

    def move(self, base: str, key: str, verb: str, headers: Headers, body: Any = None) -> Any:
        """Do something with a thing as it is now."""
        return post(self.client, f"{base}/{key}/{verb}", headers, body)

    def visitor(self, headers: Headers | None = None, **more: Any) -> str:
        """Answer a validated visitor."""
        made = self.register(headers or self.vo, {**SME, **more}, self.partnership, self.cluster)
        return self.validated(made, self.vop)

    def host(self, headers: Headers | None = None, **more: Any) -> str:
        """Answer a validated host."""
        made = self.register(headers or self.ho, {**FAB_LAB, **more}, self.host_partnership, self.host_cluster)
        return self.validated(made, self.hop)

    def validated(self, made: Any, office: Headers) -> str:
        """Validate what was submitted, and answer its identifier."""
        key = str(made.json()["id"])
        answer = self.move(PARTICIPANTS, key, "validate", office)
        assert answer.status_code == 200, answer.text
        return key

    def match(self, visitor: str, host: str, by: Headers | None = None, to: Headers | None = None) -> str:
        """Answer a confirmed match."""
        body = {"visitor_id": visitor, "host_id": host}
        made = post(self.client, MATCHES, by or self.vo, body, of=MATCHES)
        assert made.status_code == 201, made.text
        key = str(made.json()["id"])
        assert self.move(MATCHES, key, "accept", to or self.ho).json()["state"] == "confirmed"
        return key

    def build(self, match: str, mode: str = "physical", by: Headers | None = None) -> Any:
        """Build an exchange of a match."""
        return post(self.client, GRANTS, by or self.vo, {"match_id": match, "mode": mode}, of=GRANTS)

    def plan(self, number: str, headers: Headers, body: dict[str, Any]) -> Any:
        """Change the plan of an exchange."""
        path = f"{GRANTS}/{number}"
        tag = self.client.get(path, headers=headers).headers.get("ETag", "*")
        return self.client.patch(path, headers={**headers, "If-Match": tag}, json=body)

    def sign(self, number: str, document: str, party: str) -> Any:
        """Sign a document as it is now, for a party."""
        headers = getattr(self, party)
        shown = self.client.get(f"{GRANTS}/{number}", headers=headers).json()
        digests = {one["document"]: one["digest"] for one in shown["documents"]}
        body = {"document": document, "party": party, "digest": digests.get(document, "0" * 64)}
        return self.move(GRANTS, number, "sign", headers, body)

    def sign_all(self, number: str) -> None:
        """Let everybody sign everything that is there."""
        shown = self.client.get(f"{GRANTS}/{number}", headers=self.vo).json()
        for document in shown["documents"]:
            for party in document["missing"]:
                answer = self.sign(number, document["document"], party)
                assert answer.status_code == 200, answer.text

    def planned(self, mode: str = "physical", **more: Any) -> str:
        """Answer an exchange that is planned and signed by all."""
        match = self.match(self.visitor(), self.host())
        number = str(self.build(match, mode).json()["number"])
        body = {**PLAN, **({"account": ACCOUNT} if mode == "physical" else {}), **more}
        answer = self.plan(number, self.vo, body)
        assert answer.status_code == 200, answer.text
        self.sign_all(number)
        return number

    def agreed(self, mode: str = "physical", **more: Any) -> str:
        """Answer an exchange that is agreed."""
        number = self.planned(mode, **more)
        answer = self.move(GRANTS, number, "agree", self.vop)
        assert answer.status_code == 200, answer.text
        return number

    def reported(self, number: str, done_until: str | None = None) -> None:
        """Let the visitor report about a stay, with evidence."""
        body = {"side": "visitor", "text": "Done.", "done_until": done_until}
        answer = self.move(GRANTS, number, "report", self.vo, body)
        assert answer.status_code == 200, answer.text
        proof = {"kind": "boarding_pass", "sha256": "b" * 64, "text": "Flight."}
        assert self.move(GRANTS, number, "evidence", self.vo, proof).status_code == 200

    def shown(self, number: str, headers: Headers | None = None) -> dict[str, Any]:
        """Answer an exchange as somebody sees it."""
        told: dict[str, Any] = self.client.get(f"{GRANTS}/{number}", headers=headers or self.vop).json()
        return told
