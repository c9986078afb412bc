"""Invitations over HTTP: an account becomes a person and a member by a code that works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from cluster_api.foundation.clock import FixedClock
from cluster_api.foundation.database import Database
from cluster_api.identity.models import Account, Client, Invitation, Membership, Organisation, Person
from cluster_api.identity.states import Role, Standing
from tests.callers import given_client, given_credential, given_key, given_organisation
from tests.conftest import NOW
from tests.issuers import TestIssuer
from tests.journal.given import lines
from tests.people.given import given_person, tagged

Headers = dict[str, str]
ANY = {"If-Match": "*"}
UNUSABLE = (409, "invitation-not-usable")


@pytest.fixture
def own(database: Database, issuer: TestIssuer) -> Organisation:
    """Give an organisation with an owner and an editor."""
    with database.transaction() as session:
        own = given_organisation(session, Role.CLUSTER, name="Wave Cluster")
        for standing in Standing:
            given_person(session, issuer.name, standing.value, (own, standing))
    return own


@pytest.fixture
def owner(issuer: TestIssuer) -> Headers:
    """Give the headers of its owner."""
    return issuer.headers(NOW, "owner")


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").removeprefix("/problems/")


def path_of(own: Organisation) -> str:
    return f"/v1/organisations/{own.id}/invitations"


def invited(client: TestClient, own: Organisation, headers: Headers, **body: Any) -> dict[str, Any]:
    answer = client.post(path_of(own), json={"standing": "editor", **body}, headers={**headers, **ANY})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def accepted(client: TestClient, code: str, headers: Headers) -> Any:
    return client.post("/v1/invitations/accept", json={"code": code}, headers=headers)


def test_code_is_shown_once_and_not_kept(
    client: TestClient, database: Database, own: Organisation, owner: Headers
) -> None:
    answer = client.post(
        path_of(own), json={"standing": "editor", "email": "ana@example.org"}, headers={**owner, **ANY}
    )
    made = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert made["code"].startswith("cin_")
    assert made["expires_at"] == (NOW + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    shown = client.get(answer.headers["Location"], headers=owner).json()
    assert shown == {name: value for name, value in made.items() if name != "code"}
    with database.session() as session:
        kept = session.scalars(sa.select(Invitation)).one()
        told = lines(session)
    assert made["code"] not in str(vars(kept))
    assert [(line.event, "ana@example.org" in str(line.details)) for line in told] == [("member.invited", False)]


def test_account_becomes_person_and_member(
    client: TestClient, database: Database, own: Organisation, owner: Headers, issuer: TestIssuer
) -> None:
    code = invited(client, own, owner)["code"]
    ana = issuer.headers(NOW, "ana", name="Ana Ferreira", email="ana@example.org")
    assert client.get("/v1/me", headers=ana).json()["kind"] == "account"
    assert kind(client.get("/v1/organisations", headers=ana)) == (403, "permission-missing")
    joined = accepted(client, code, ana)
    assert (joined.status_code, joined.json()["standing"], joined.headers["Cache-Control"]) == (
        200,
        "editor",
        "no-store",
    )
    me = client.get("/v1/me", headers=ana).json()
    assert (me["kind"], me["person_id"]) == ("person", joined.json()["person_id"])
    assert [(one["name"], one["standing"]) for one in me["organisations"]] == [("Wave Cluster", "editor")]
    person = client.get(f"/v1/people/{me['person_id']}", headers=ana).json()
    assert (person["name"], person["email"]) == ("Ana Ferreira", "ana@example.org")
    with database.session() as session:
        told = lines(session)
    assert [line.event for line in told] == ["member.invited", "person.created", "member.joined"]
    assert {line.author for line in told[1:]} == {me["name"]}
    assert not [name for name in ("Ana", "ana@", issuer.name) if name in str(told)]


def test_code_works_once_and_every_wrong_code_answers_alike(
    client: TestClient, own: Organisation, owner: Headers, admin: Headers, issuer: TestIssuer, clock: FixedClock
) -> None:
    used, revoked, expired, shut = (invited(client, own, owner) for _ in range(4))
    assert accepted(client, used["code"], issuer.headers(NOW, "ana")).status_code == 200
    one = f"{path_of(own)}/{revoked['id']}"
    assert client.post(f"{one}/revoke", json={"reason": "No."}, headers=tagged(client, one, owner)).status_code == 200
    again = client.post(f"{one}/revoke", json={"reason": "No."}, headers={**owner, **ANY})
    assert kind(again) == (409, "invitation-settled")
    clock.instant = NOW + timedelta(days=7)
    later = issuer.headers(clock.instant, "bea")
    wrong = [used["code"], revoked["code"], expired["code"], expired["code"][:-1], "cin_nothing", used["code"].lower()]
    answers = [accepted(client, code, later) for code in wrong]
    assert [kind(answer) for answer in answers] == [UNUSABLE] * len(wrong)
    assert len({answer.json()["detail"] for answer in answers}) == 1
    clock.instant = NOW
    organisation = f"/v1/organisations/{own.id}"
    client.post(f"{organisation}/close", json={"reason": "Shut."}, headers=tagged(client, organisation, admin))
    assert kind(accepted(client, shut["code"], issuer.headers(NOW, "bea"))) == UNUSABLE
    listed = client.get(f"{path_of(own)}?state=open", headers=admin).json()["items"]
    assert [one["id"] for one in listed] == [shut["id"], expired["id"]]


def test_machines_and_nobody_take_up_nothing(
    client: TestClient, own: Organisation, owner: Headers, admin: Headers
) -> None:
    code = invited(client, own, owner)["code"]
    assert kind(accepted(client, code, admin)) == (409, "person-required")
    assert kind(accepted(client, code, {})) == (401, "credentials-required")


def test_known_person_joins_another_organisation_and_is_never_demoted(
    client: TestClient, database: Database, own: Organisation, owner: Headers, admin: Headers, issuer: TestIssuer
) -> None:
    with database.transaction() as session:
        other = given_organisation(session, Role.ASSESSOR, name="Other")
    code = invited(client, other, admin, standing="reader", roles=["assessor"])["code"]
    joined = accepted(client, code, owner).json()
    assert (joined["standing"], joined["roles"]) == ("reader", ["assessor"])
    me = client.get("/v1/me", headers=owner).json()
    assert {one["name"]: one["standing"] for one in me["organisations"]} == {"Wave Cluster": "owner", "Other": "reader"}
    assert me["roles"] == ["assessor"]
    lower = invited(client, own, owner, standing="reader")["code"]
    assert accepted(client, lower, owner).json()["standing"] == "owner"
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 3


@pytest.mark.parametrize("who", ["editor", "reader"])
def test_only_owners_invite_and_see_invitations(
    client: TestClient, own: Organisation, issuer: TestIssuer, who: str
) -> None:
    headers = issuer.headers(NOW, who)
    answer = client.post(path_of(own), json={"standing": "reader"}, headers={**headers, **ANY})
    assert kind(answer) == (403, "permission-missing")
    assert kind(client.get(path_of(own), headers=headers)) == (403, "permission-missing")


def test_key_narrower_than_its_organisation_invites_nobody_to_more(
    client: TestClient, database: Database, own: Organisation
) -> None:
    with database.transaction() as session:
        narrow = given_client(session, own, scopes=("organisations:manage", "organisations:read"))
        headers = given_credential(session, narrow)
    for standing in ("reader", "owner"):
        answer = client.post(path_of(own), json={"standing": standing}, headers={**headers, **ANY})
        assert kind(answer) == (403, "permission-missing")


def test_roles_of_a_person_are_given_by_the_operator_only(
    client: TestClient, database: Database, own: Organisation, owner: Headers
) -> None:
    with database.transaction() as session:
        secretariat = given_key(session, Role.SECRETARIAT)

    def status(headers: Headers, role: str) -> int:
        body = {"standing": "reader", "roles": [role]}
        return int(client.post(path_of(own), json=body, headers={**headers, **ANY}).status_code)

    assert [status(owner, "assessor"), status(secretariat, "assessor")] == [403, 201]
    assert [status(secretariat, role) for role in ("admin", "auditor", "public")] == [403, 403, 422]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_who_sees_and_makes_invitations_of_others(
    client: TestClient, database: Database, own: Organisation, role: Role
) -> None:
    with database.transaction() as session:
        headers = given_key(session, role)
    sees = {Role.SECRETARIAT: 200, Role.ADMIN: 200, Role.AUDITOR: 200}.get(role, 404)
    makes = {Role.SECRETARIAT: 201, Role.ADMIN: 201, Role.AUDITOR: 403}.get(role, 404)
    assert client.get(path_of(own), headers=headers).status_code == sees
    answer = client.post(path_of(own), json={"standing": "owner"}, headers={**headers, **ANY})
    assert answer.status_code == makes


def test_of_several_who_take_up_one_code_at_once_one_wins(
    client: TestClient, database: Database, own: Organisation, owner: Headers, issuer: TestIssuer
) -> None:
    code = invited(client, own, owner)["code"]
    everybody = [issuer.headers(NOW, f"person{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(kind(answer) for answer in pool.map(lambda one: accepted(client, code, one), everybody))
    assert answers == [(200, ""), *[UNUSABLE] * 3]
    with database.session() as session:
        counts = [
            session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Person, Account, Membership)
        ]
    assert counts == [4, 4, 4]


def test_one_account_with_two_codes_at_once_becomes_one_person(
    client: TestClient, database: Database, own: Organisation, owner: Headers, issuer: TestIssuer
) -> None:
    codes, ana = [invited(client, own, owner)["code"] for _ in range(2)], issuer.headers(NOW, "ana")
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(kind(answer) for answer in pool.map(lambda code: accepted(client, code, ana), codes))
    assert answers[0] == (200, "")
    assert answers[1] in {(200, ""), (409, "account-paired-meanwhile")}
    with database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Account.subject == "ana")) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 4


def test_bounds_of_an_invitation(client: TestClient, own: Organisation, owner: Headers) -> None:
    for body in ({"expires_in_days": 31}, {"expires_in_days": 0}, {"email": "nobody"}, {"standing": "king"}):
        answer = client.post(path_of(own), json={"standing": "reader", **body}, headers={**owner, **ANY})
        assert answer.status_code == 422


@pytest.mark.parametrize("how", ["change", "remove"])
def test_former_owner_leaves_no_way_back(
    client: TestClient, own: Organisation, owner: Headers, admin: Headers, issuer: TestIssuer, how: str
) -> None:
    code, kept = invited(client, own, owner)["code"], invited(client, own, admin, standing="owner")["code"]
    assert accepted(client, kept, issuer.headers(NOW, "bea")).status_code == 200
    person = client.get("/v1/me", headers=owner).json()["person_id"]
    body = {"standing": "reader"} if how == "change" else {"reason": "Out."}
    path = f"/v1/organisations/{own.id}/members/{person}/{how}"
    assert client.post(path, json=body, headers={**issuer.headers(NOW, "bea"), **ANY}).status_code == 200
    assert kind(accepted(client, code, issuer.headers(NOW, "ana"))) == UNUSABLE


def test_invitation_into_less_is_none_into_the_administration(
    client: TestClient, own: Organisation, owner: Headers, admin: Headers, issuer: TestIssuer
) -> None:
    code = invited(client, own, owner)["code"]
    path = f"/v1/organisations/{own.id}"
    client.patch(path, json={"roles": ["cluster", "admin"]}, headers=tagged(client, path, admin))
    assert kind(accepted(client, code, issuer.headers(NOW, "ana"))) == UNUSABLE


def test_invitations_of_a_disabled_client_are_taken_back(
    client: TestClient, database: Database, own: Organisation, owner: Headers, issuer: TestIssuer
) -> None:
    with database.transaction() as session:
        leaving, staying = (given_client(session, own) for _ in range(2))
        keys = [given_credential(session, one) for one in (leaving, staying)]
    codes = [invited(client, own, headers)["code"] for headers in (*keys, owner)]
    for verb in ("disable", "enable"):
        path, given = f"/v1/clients/{leaving.id}/{verb}", {"reason": "The machine was stolen."}
        assert client.post(path, json=given, headers={**owner, **ANY}).status_code == 200
    answers = [accepted(client, code, issuer.headers(NOW, f"new{at}")) for at, code in enumerate(codes)]
    assert [answer.status_code for answer in answers] == [409, 200, 200]
    assert kind(answers[0]) == UNUSABLE
    with database.session() as session:
        events = [line.event for line in lines(session)]
    assert events[3:6] == ["client.disabled", "invitation.revoked", "client.enabled"]


def test_invitation_made_while_its_client_was_disabled_is_not_usable(
    client: TestClient, database: Database, own: Organisation, issuer: TestIssuer
) -> None:
    with database.transaction() as session:
        leaving = given_client(session, own)
        key = given_credential(session, leaving)
    code = invited(client, own, key)["code"]
    with database.transaction() as session:
        # As if the invitation had been committed a moment after the client was disabled.
        session.get_one(Client, leaving.id).disabled_at = NOW
    assert kind(accepted(client, code, issuer.headers(NOW, "ana"))) == UNUSABLE
