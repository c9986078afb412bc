"""Whoever takes part in a journey: callers of the generated client, each with credentials of its own.

A party names an operation of the document and says what it sends; the client does the rest. Whatever comes back must
be something that the client understands, and nothing of it may be lost on the way.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from io import BytesIO
from types import ModuleType
from typing import Any, get_args
from uuid import UUID, uuid4

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from tests.issuers import TestIssuer

YEAR_OF_A_SECRET = 366
NEARLY_A_YEAR = timedelta(days=360)
NOT_UNDERSTOOD = "the client does not understand"


class Generated:
    """The client generated from the OpenAPI document: its operations and models by name."""

    def __init__(self, package: str) -> None:
        """Import every operation of the generated package."""
        self.package = package
        found = self.module("api")
        walked = pkgutil.walk_packages(found.__path__, f"{found.__name__}.")
        self.operations: Mapping[str, ModuleType] = {
            one.name.rpartition(".")[2]: importlib.import_module(one.name) for one in walked if not one.ispkg
        }

    def module(self, path: str) -> ModuleType:
        """Answer a module of the client."""
        return importlib.import_module(f"{self.package}.{path}")

    def connected(self, base: str, token: str | None) -> Any:
        """Answer a connection with a token, or without any as a stranger has it."""
        module = self.module("client")
        if token is None:
            return module.Client(base_url=base)
        return module.AuthenticatedClient(base_url=base, token=token)

    def file(self, content: bytes) -> Any:
        """Answer a file as the client sends it."""
        return self.module("types").File(payload=BytesIO(content))


@dataclass
class House:
    """A server that runs with a clock that the test sets, and those who call it."""

    base: str
    clock: FixedClock
    client: Generated
    issuer: TestIssuer
    database: Database
    chores: Callable[[], object]
    connections: list[Any] = field(default_factory=list)
    machines: list["Machine"] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the year of the secrets."""
        self.replaced_at = self.clock.instant

    @property
    def today(self) -> date:
        """Answer the day of the clock."""
        return self.clock.instant.date()

    def on(self, day: str) -> None:
        """Let time pass until the morning of a day: machines replace their secrets, hourly chores are done."""
        wanted = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        while self.replaced_at + NEARLY_A_YEAR < wanted:
            self.replaced_at += NEARLY_A_YEAR
            self._at(self.replaced_at)
            for one in self.machines:
                one.replace_secret()
        self._at(wanted)

    def _at(self, instant: datetime) -> None:
        assert instant >= self.clock.instant, "time does not run back"
        self.clock.instant = instant
        self.chores()

    def connect(self, token: str | None) -> Any:
        """Connect somebody, until the journey is over."""
        made = self.client.connected(self.base, token)
        self.connections.append(made)
        return made

    def close(self) -> None:
        """Close every connection."""
        for one in self.connections:
            one.get_httpx_client().close()


def plain(value: Any) -> Any:
    """Answer a value as JSON has it."""
    match value:
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date() | UUID():
            return str(value)
        case Enum():
            return value.value
    return value


def lost(said: Any, kept: Any, at: str = "") -> list[str]:
    """Answer the places in which the client does not keep what was said."""
    if isinstance(said, dict) and isinstance(kept, dict):
        names = [*said, *(name for name in kept if name not in said)]
        return [place for name in names for place in lost(said.get(name), kept.get(name), f"{at}/{name}")]
    if isinstance(said, list) and isinstance(kept, list) and len(said) == len(kept):
        pairs = enumerate(zip(said, kept, strict=True))
        return [place for number, (one, other) in pairs for place in lost(one, other, f"{at}/{number}")]
    return [] if _instant(said) == _instant(kept) else [f"{at}: {said!r} became {kept!r}"]


def _instant(value: Any) -> Any:
    """Answer the instant that a text tells, be it with a Z as the service says it or with an offset as the client."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _typed(wanted: Any, value: Any) -> Any:
    """Answer a value as the client wants it: where it has an enumeration, a member of it."""
    kinds = [kind for kind in (get_args(wanted) or (wanted,)) if isinstance(kind, type) and issubclass(kind, Enum)]
    return kinds[0](value) if kinds else value


def _model(wanted: Any, said: Mapping[str, Any]) -> Any:
    """Answer a body, of the one model that the operation takes, that says all this and nothing else."""
    [model] = [kind for kind in (get_args(wanted) or (wanted,)) if hasattr(kind, "from_dict")]
    body = model.from_dict(plain(said))
    places = lost(plain(said), body.to_dict())
    assert not places, (model.__name__, places)
    return body


SHOWN_BY = {
    "assessment_id": "get_assessment",
    "assignment_id": "get_assignment",
    "evidence_id": "get_evidence",
    "benchmark_id": "get_benchmark",
    "guest_id": "get_interview_guest",
    "cluster_id": "get_cluster",
    "organisation_id": "get_organisation",
    "client_id": "get_client",
    "assessor_id": "get_assessor",
    "training_id": "get_training",
    "decision_id": "get_decision",
    "report_id": "get_yearly_report",
    "appeal_id": "get_appeal",
    "partnership_id": "get_partnership",
    "participant_id": "get_exchange_participant",
    "match_id": "get_exchange_match",
    "code": "get_call",
    "number": "get_exchange",
}
"""Which operation shows what a change is made to, by the name of its place in the path."""
OF_ITS_OWN = {
    "write_self_assessment": "get_self_assessment",
    "hand_in_self_assessment": "get_self_assessment",
    "write_scores": "get_scores",
    "submit_scores": "get_scores",
    "write_consensus": "get_consensus",
    "set_budget": "get_budget",
    "accept_progress_report": "get_progress_report",
    "return_progress_report": "get_progress_report",
    "evaluate_call_application": "get_call_application",
    "withdraw_call_application": "get_call_application",
    "record_payment": "get_invoice",
    "withdraw_label": "get_label_record",
    "renew_qualification": "get_assessor",
}
"""Changes of what stands beside what the path names."""


class Party:
    """Somebody who calls."""

    def __init__(self, house: House, name: str) -> None:
        """Be known by a name."""
        self.house, self.name = house, name
        self._connection: Any = None
        self._connected_at: datetime | None = None

    def token(self) -> str | None:
        """Answer a token that proves who this is; a stranger has none."""
        return None

    def connection(self) -> Any:
        """Answer a connection whose token is fresh."""
        if self._connected_at != self.house.clock.instant:
            self._connection, self._connected_at = self.house.connect(self.token()), self.house.clock.instant
        return self._connection

    def call(self, operation: str, *place: Any, **said: Any) -> Any:
        """Ask for an operation, and answer all of the answer, in the words of the client."""
        function = self.house.client.operations[operation].sync_detailed
        wanted = inspect.signature(function).parameters
        given = {name: _typed(wanted[name].annotation, said.pop(name)) for name in [*said] if name in wanted}
        if "body" in wanted and "body" not in given:
            given["body"] = _model(wanted["body"].annotation, said)
        else:
            assert not said, f"{operation} takes no {', '.join(said)}"
        answer = function(*place, client=self.connection(), **given)
        assert answer.parsed is not None, (operation, answer.status_code, NOT_UNDERSTOOD, answer.content)
        if hasattr(answer.parsed, "to_dict"):
            places = lost(json.loads(answer.content), answer.parsed.to_dict())
            assert not places, (operation, places)
        return answer

    def ask(self, operation: str, *place: Any, **said: Any) -> Any:
        """Ask for something that must be answered."""
        answer = self.call(operation, *place, **said)
        assert answer.status_code in {200, 201, 202}, (self.name, operation, answer.content.decode())
        return answer.parsed

    def do(self, operation: str, *place: Any, **said: Any) -> Any:
        """Change something as it was just seen, which must succeed."""
        return self.ask(operation, *place, **self._seen(operation, place), **said)

    def refused(self, operation: str, *place: Any, **said: Any) -> Any:
        """Try to change something, which must be refused, and answer the problem."""
        answer = self.call(operation, *place, **self._seen(operation, place), **said)
        assert answer.status_code >= 400, (self.name, operation, answer.content.decode())
        return answer.parsed

    def _seen(self, operation: str, place: tuple[Any, ...]) -> dict[str, str]:
        wanted = inspect.signature(self.house.client.operations[operation].sync_detailed).parameters
        needs_key = "idempotency_key" in wanted and wanted["idempotency_key"].default is inspect.Parameter.empty
        named = {"idempotency_key": uuid4().hex} if needs_key else {}
        if "if_match" not in wanted:
            return named
        shows = OF_ITS_OWN.get(operation) or SHOWN_BY[[*wanted][len(place) - 1]]
        shown = self.house.client.operations[shows].sync_detailed
        count = sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in inspect.signature(shown).parameters.values())
        answer = self.call(shows, *place[:count])
        return {**named, "if_match": answer.headers.get("ETag", "*")}


class Person(Party):
    """Somebody who signs in at the identity provider."""

    id: str = ""

    def token(self) -> str:
        """Answer a token of the identity provider."""
        title = self.name.title()
        return self.house.issuer.token(
            self.house.clock.instant, self.name, name=f"{title} Example", email=f"{self.name}@example.org"
        )

    def joins(self, code: str) -> "Person":
        """Take up an invitation."""
        self.id = str(self.do("accept_invitation", code=code).person_id)
        return self


class Machine(Party):
    """A machine client, which exchanges its secret for tokens."""

    def __init__(self, house: House, name: str, client_id: str, secret: str) -> None:
        """Hold a secret."""
        super().__init__(house, name)
        self.client_id, self._secret = client_id, secret
        house.machines.append(self)

    def token(self) -> str:
        """Exchange the secret for a token, as anybody may ask for one."""
        answer = Party(self.house, self.name).ask(
            "give_token", grant_type="client_credentials", client_id=self.client_id, client_secret=self._secret
        )
        return str(answer.access_token)

    def replace_secret(self) -> None:
        """Have a new secret before the old one ends."""
        made = self.do("issue_client_key", self.client_id, kind="client_secret", days=YEAR_OF_A_SECRET)
        self._secret = made.secret
