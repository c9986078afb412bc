"""Random callers at random operations: nobody ever hears of an object that is somebody else's and not public.

The machine remembers whose each object is and whether everybody may know of it. Every answer is searched for the
identifiers and names of all objects that its caller must not know of.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from starlette.testclient import TestClient

from cluster_api.foundation.database import Database
from cluster_api.identity.models import Client
from cluster_api.identity.states import Role, Standing
from tests.callers import given_client, given_credential, given_organisation
from tests.clusters.given import COMPLETE
from tests.conftest import NOW, empty
from tests.issuers import TestIssuer
from tests.people.given import given_person

Headers = dict[str, str]
EXAMPLES = int(os.environ.get("WORLDS_EXAMPLES", "30"))
"""How many random lives are lived on SQLite; a third of them on PostgreSQL."""
STEPS = int(os.environ.get("WORLDS_STEPS", "40"))
AUTHORSHIP = ("author", "client_id", "person_id", "organisation_id")
"""Who did something to what is one's own, by handle, is told to its owner."""
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "islet", "jetty")


@dataclass(slots=True)
class Thing:
    """An object: whose it is, what gives it away, and whether everybody may know of it."""

    path: str
    owner: str | None
    marks: tuple[str, ...]
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Somebody:
    """A caller: for which organisation, what it sees beyond its own, and the one cluster its key is narrowed to."""

    name: str
    headers: Headers
    organisation: str | None
    sees: frozenset[str] = frozenset()
    writes: bool = True
    only: str | None = None


@dataclass(slots=True)
class Stage:
    """Where the machine plays: a service with its database, emptied before each life."""

    client: TestClient
    database: Database
    issuer: TestIssuer
    things: list[Thing] = field(default_factory=list)


class Life(RuleBasedStateMachine):
    """One life of the service."""

    stage: Stage
    callers = Bundle("callers")
    clusters = Bundle("clusters")
    places = Bundle("places")

    @initialize(target=callers)
    def begin(self) -> Any:
        """Empty the database and let in callers of many kinds."""
        stage = self.stage
        empty(stage.database)
        self.things: list[Thing] = []
        self.count = 0
        found = [Somebody("public", {}, None), Somebody("account", stage.issuer.headers(NOW, "nobody"), None)]
        with stage.database.transaction() as session:
            for name in ("amber", "birch"):
                own = given_organisation(session, Role.CLUSTER, name=f"{name} house")
                self._note("organisations", own.id, own.id, f"{name} house")
                for standing in Standing:
                    machine = given_client(session, own, standing=standing)
                    self._note("clients", machine.id, own.id)
                    found.append(Somebody(f"{name} {standing}", given_credential(session, machine), own.id))
                member = given_person(session, stage.issuer.name, f"member-{name}", (own, Standing.OWNER))
                self._note("people", member.id, own.id, member.name or "", member.email or "")
                found.append(Somebody(f"{name} person", stage.issuer.headers(NOW, f"member-{name}"), own.id))
            for role in (Role.PLATFORM, Role.COMMISSION, Role.ASSESSOR, Role.BOARD):
                own = given_organisation(session, role, name=f"{role} house")
                self._note("organisations", own.id, own.id, f"{role} house")
                machine = given_client(session, own)
                self._note("clients", machine.id, own.id)
                found.append(Somebody(str(role), given_credential(session, machine), own.id))
            for role in (Role.SECRETARIAT, Role.ADMIN):
                own = given_organisation(session, role, name=f"{role} house")
                self._note("organisations", own.id, own.id, f"{role} house")
                everything = {"organisations", "clients", "people", "invitations", "keys"}
                sees = frozenset(everything | ({"clusters"} if role is Role.SECRETARIAT else set()))
                machine = given_client(session, own)
                self._note("clients", machine.id, own.id)
                found.append(Somebody(str(role), given_credential(session, machine), own.id, sees))
        return multiple(*found)

    def _note(self, kind: str, key: str, owner: str | None, *names: str) -> Thing:
        thing = Thing(f"/v1/{kind}/{key}", owner, (key, *(name for name in names if name)))
        self.things.append(thing)
        return thing

    def _name(self, word: str) -> str:
        self.count += 1
        return f"{word.title()} Zq{self.count:04d}x Cluster"

    # --- asking, and what must not be heard

    def ask(self, caller: Somebody, method: str, path: str, **sent: Any) -> Any:
        """Ask as a caller, and search the answer for what this caller must not know of."""
        headers = {**caller.headers, **sent.pop("headers", {})}
        if method != "GET":
            headers.setdefault("If-Match", "*")
        answer = self.stage.client.request(method, path, headers=headers, **sent)
        assert answer.status_code < 500, answer.text
        asked = f"{path} {sent}"
        told = f"{dict(answer.headers)} {_heard(path, answer)}"
        for thing in self.things:
            if self._knows(caller, thing):
                continue
            # A key says of which cluster it is, as was said when it was made: who holds it knows that id.
            heard = [mark for mark in thing.marks if mark in told and mark not in asked and mark != caller.only]
            assert not heard, f"{caller.name} heard of {thing}: {method} {path} {sent}: {answer.text[:2000]}"
        return answer

    def _knows(self, caller: Somebody, thing: Thing) -> bool:
        kind = thing.path.split("/")[2]
        if thing.is_public or kind in caller.sees:
            return True
        if thing.owner is None or thing.owner != caller.organisation:
            return False
        if caller.only is None or kind in {"organisations", "clients"}:
            return True
        return thing.path == f"/v1/clusters/{caller.only}"

    # --- deeds

    @rule(target=clusters, caller=callers, word=st.sampled_from(WORDS), numbered=st.integers(0, 5))
    def create_cluster(self, caller: Somebody, word: str, numbered: int) -> Any:
        """Record a cluster; of those numbered alike several share an identifier."""
        name = self._name(word)
        numbers = [{"registry": "eccp", "value": f"n{numbered}"}] if numbered else []
        body = {**COMPLETE, "legal_name": name, "identifiers": numbers, "website": None, "names": {}}
        answer = self.ask(caller, "POST", "/v1/clusters", json=body, params={"allow_duplicate": numbered % 2 == 0})
        if answer.status_code != 201:
            return multiple()
        owner = None if caller.name == "secretariat" else caller.organisation
        return self._note("clusters", answer.json()["id"], owner, name)

    @rule(caller=callers, thing=clusters, word=st.sampled_from(WORDS))
    def rename_cluster(self, caller: Somebody, thing: Thing, word: str) -> None:
        """Change the name of a cluster; the name before is as secret as the one after."""
        name = self._name(word)
        if self.ask(caller, "PATCH", thing.path, json={"legal_name": name}).status_code == 200:
            thing.marks = (*thing.marks, name)

    @rule(caller=callers, thing=clusters, verb=st.sampled_from(["submit", "publish", "reject", "archive", "revise"]))
    def move_profile(self, caller: Somebody, thing: Thing, verb: str) -> None:
        """Move a profile; what has been public is not shown while it is revised."""
        self.count += 1
        reason = f"Reason Zq{self.count:04d}y"
        body = {"reason": reason} if verb in {"reject", "archive"} else {} if verb == "publish" else None
        answer = self.ask(caller, "POST", f"{thing.path}/profile/{verb}", json=body)
        if answer.status_code != 200:
            return
        thing.is_public = answer.json()["state"] in {"published", "archived"}
        if body and "reason" in body:
            # Why is never public, so it is a thing of its own.
            self.things.append(Thing(thing.path, thing.owner, (reason,)))

    @rule(caller=callers, thing=clusters, place=places)
    def assign_cluster(self, caller: Somebody, thing: Thing, place: Thing) -> None:
        """Give a cluster into other hands, and with it the reasons of what was done to it."""
        body = {"organisation_id": place.marks[0], "reason": "Theirs."}
        if self.ask(caller, "POST", f"{thing.path}/assign", json=body).status_code == 200:
            for one in self.things:
                if one.path == thing.path:
                    one.owner = place.owner

    @rule(target=places, data=st.data())
    def name_place(self, data: st.DataObject) -> Thing:
        """Speak of one of the organisations there are."""
        return data.draw(st.sampled_from([one for one in self.things if one.path.startswith("/v1/organisations/")]))

    @rule(caller=callers, place=places)
    def invite(self, caller: Somebody, place: Thing) -> None:
        """Invite somebody into an organisation."""
        self.count += 1
        body = {"standing": "reader", "email": f"zq{self.count}i@example.org"}
        answer = self.ask(caller, "POST", f"{place.path}/invitations", json=body)
        if answer.status_code == 201:
            self._note("invitations", answer.json()["id"], place.owner, str(body["email"]))

    @rule(target=callers, caller=callers, data=st.data())
    def issue_key(self, caller: Somebody, data: st.DataObject) -> Any:
        """Issue a key for a machine client, at times narrowed to one cluster, and let it in."""
        machines = [one for one in self.things if one.path.startswith("/v1/clients/")]
        machine = data.draw(st.sampled_from(machines))
        known = [one.marks[0] for one in self.things if one.path.startswith("/v1/clusters/")]
        only = data.draw(st.sampled_from([None, *known]))
        answer = self.ask(caller, "POST", f"{machine.path}/keys", json={"kind": "api_key", "cluster_id": only})
        if answer.status_code != 201:
            return multiple()
        self._note("keys", answer.json()["id"], machine.owner)
        if only is None:
            return multiple()
        headers = {"Authorization": f"Bearer {answer.json()['secret']}"}
        return Somebody(f"narrowed key of {machine.marks[0]}", headers, machine.owner, only=only)

    @rule(target=callers, thing=clusters, at=st.integers(0, 2))
    def let_in_narrowed(self, thing: Thing, at: int) -> Any:
        """Let in a key of the owner that is narrowed to this cluster."""
        own = [one for one in self.things if one.path.startswith("/v1/clients/") and one.owner == thing.owner]
        if not own:
            return multiple()
        with self.stage.database.transaction() as session:
            machine = session.get_one(Client, own[at % len(own)].marks[0])
            headers = given_credential(session, machine, cluster_id=thing.marks[0])
        return Somebody(f"narrowed to {thing.path}", headers, thing.owner, only=thing.marks[0])

    # --- reading

    @rule(caller=callers, word=st.sampled_from(WORDS), limit=st.integers(1, 3))
    def list_everything(self, caller: Somebody, word: str, limit: int) -> None:
        """List what there is, page by page, and search it."""
        for path in ("/v1/clusters", "/v1/organisations", "/v1/clients", "/v1/people", "/v1/register", "/v1/jobs"):
            self._walk(caller, f"{path}?limit={limit}")
        for query in (f"q={word}", "count=true&sort=-updated_at", "profile_state=draft&count=true"):
            self._walk(caller, f"/v1/clusters?{query}&limit={limit}")
        for path in ("/v1/organisations", "/v1/people"):
            self._walk(caller, f"{path}?q={word}")
        for name in ("clusters", "labels", "register"):
            self.ask(caller, "GET", f"/v1/exports/{name}")
        self.ask(caller, "GET", "/v1/me")
        self.ask(caller, "GET", "/v1/journal")

    def _walk(self, caller: Somebody, path: str) -> None:
        while path:
            answer = self.ask(caller, "GET", path)
            path = answer.headers.get("Link", "").split(">")[0].removeprefix("<")

    @precondition(lambda self: self.things)
    @rule(caller=callers, data=st.data())
    def read_one(self, caller: Somebody, data: st.DataObject) -> None:
        """Read one thing and what stands below it: what is not known to the caller is not there."""
        thing = data.draw(st.sampled_from(self.things))
        kind = thing.path.split("/")[2]
        below = {
            "clusters": ("", "/members", "/history", "/succession", "/profile"),
            "organisations": ("", "/members", "/history", "/invitations"),
            "clients": ("", "/keys"),
            "people": ("", "/history", "/export"),
        }
        for part in below.get(kind, ()):
            answer = self.ask(caller, "GET", f"{thing.path}{part}")
            whole = next(one for one in self.things if one.path == thing.path)
            assert answer.status_code in {401, 403, 404} or self._knows(caller, whole)


def _heard(path: str, answer: Any) -> str:
    """Answer a body without what is told on purpose.

    By which handle something was done to what is one's own; to which cluster a key was said to be narrowed; and in the
    export of a person, what that person did.
    """
    if not answer.headers.get("Content-Type", "").startswith("application/json"):
        return str(answer.text)
    place = path.partition("?")[0].rsplit("/", 1)[-1]
    untold = {"history": {*AUTHORSHIP}, "keys": {"cluster_id"}, "export": {"journal"}}.get(place, set())
    return str(_without(answer.json(), {*untold, "author"}))


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    return [_without(part, names) for part in value] if isinstance(value, list) else value


@contextmanager
def on(stage: Stage) -> Iterator[type[Life]]:
    """Give lives on a stage."""

    class Here(Life):
        pass

    Here.stage = stage
    yield Here


def test_random_callers_never_hear_of_what_is_not_theirs(
    client: TestClient, database: Database, issuer: TestIssuer
) -> None:
    lives = settings(
        max_examples=EXAMPLES if database.is_sqlite else max(1, EXAMPLES // 3),
        stateful_step_count=STEPS,
        # To make a failure smaller takes many minutes: only who asks for more lives waits for that.
        phases=(Phase.generate, Phase.shrink) if "WORLDS_EXAMPLES" in os.environ else (Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    with on(Stage(client, database, issuer)) as here:
        run_state_machine_as_test(here, settings=lives)
