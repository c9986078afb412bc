"""What one can do with machine clients: make, change, disable and enable them, make and revoke their keys.

Each verb writes one journal line; what is secret of a key is answered once and stands nowhere afterwards.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clients import rules
from cluster_api.clients.errors import ClientDisabled, KeyNotUsable, KeysEnough, MoreThanOwn
from cluster_api.clients.queries import live_keys, permissions_of
from cluster_api.clients.schemas import ClientCreate, ClientUpdate, KeyCreate
from cluster_api.foundation.clock import Clock
from cluster_api.foundation.database import Database
from cluster_api.foundation.errors import Conflict, Fault, Invalid
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor, service_actor
from cluster_api.identity.actions import take_back_invitations
from cluster_api.identity.models import Client, Credential, Invitation, Organisation
from cluster_api.identity.permissions import Permission, allowed
from cluster_api.identity.schemas import client_handle, known_roles
from cluster_api.identity.states import CredentialKind, Role, Standing
from cluster_api.journal.actions import record
from cluster_api.tokens.rules import API_KEY, CLIENT_SECRET, new_secret


def create_client(session: Session, actor: Actor, given: ClientCreate) -> Client:
    """Make a machine client of an organisation and answer it.

    Raises:
        PermissionMissing: the caller does not manage the clients of that organisation.
        Invalid: it is not clear which organisation is meant, or there is no such one.
        MoreThanOwn: it would be allowed more than the caller is.
    """
    organisation = _organisation(session, actor, given)
    _refuse_more(actor, organisation, given.standing, given.scopes)
    client = Client(
        id=str(uuid7()),
        organisation_id=organisation.id,
        name=given.name,
        standing=given.standing,
        scopes=[scope.value for scope in given.scopes],
        jwks_uri=given.jwks_uri,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(client)
    session.flush()
    facts = _facts(client)
    record(session, actor.author, "client.created", ("client", client.id), details=facts, after=facts)
    return client


def _organisation(session: Session, actor: Actor, given: ClientCreate) -> Organisation:
    own = actor.where(Permission.CLIENTS_MANAGE)
    wanted = str(given.organisation_id) if given.organisation_id else own[0] if len(own) == 1 else None
    if not (actor.can(Permission.CLIENTS_MANAGE_ALL) or own):
        actor.refuse(Permission.CLIENTS_MANAGE)
    if wanted is None:
        detail = "Name the organisation that shall own the client."
        raise Invalid(detail, faults=[Fault("/body/organisation_id", "missing", detail)])
    if not actor.can(Permission.CLIENTS_MANAGE_ALL) and wanted not in own:
        actor.refuse(Permission.CLIENTS_MANAGE)
    found = session.get(Organisation, wanted)
    if found is None or found.closed_at is not None:
        detail = "There is no such organisation, or it is closed."
        raise Invalid(detail, faults=[Fault("/body/organisation_id", "not_known", detail)])
    return found


def _refuse_more(
    actor: Actor, organisation: Organisation, standing: Standing, scopes: Iterable[Permission | str]
) -> None:
    if actor.can(Permission.CLIENTS_MANAGE_ALL):
        return
    wanted = allowed(known_roles(organisation.roles), standing, [str(scope) for scope in scopes])
    more = rules.beyond(wanted, actor.mandates.get(organisation.id, ()))
    if more:
        raise MoreThanOwn(f"You do not have {', '.join(more)} here yourself.")


def _must_manage(actor: Actor, client: Client) -> None:
    if not actor.can(Permission.CLIENTS_MANAGE_ALL):
        actor.must(Permission.CLIENTS_MANAGE, within=client.organisation_id)


def _facts(client: Client) -> dict[str, Any]:
    return {
        "organisation_id": client.organisation_id,
        "name": client.name,
        "standing": client.standing.value,
        "scopes": list(client.scopes),
        "jwks_uri": client.jwks_uri,
        "disabled": client.disabled_at is not None,
    }


def _changed(
    session: Session, actor: Actor, client: Client, event: str, before: dict[str, Any], *, reason: str | None = None
) -> None:
    client.version += 1
    client.updated_at = actor.now
    session.flush()
    after = _facts(client)
    record(
        session, actor.author, event, ("client", client.id), reason=reason, details=after, before=before, after=after
    )


def update_client(session: Session, actor: Actor, client: Client, patch: ClientUpdate) -> None:
    """Change a client by a merge patch; raise PermissionMissing, MoreThanOwn."""
    _must_manage(actor, client)
    changes = patch.model_dump(exclude_unset=True)
    if not changes:
        return
    organisation, before = session.get_one(Organisation, client.organisation_id), _facts(client)
    scopes = [str(scope) for scope in changes.get("scopes", client.scopes)]
    _refuse_more(actor, organisation, changes.get("standing", client.standing), scopes)
    client.scopes = scopes
    for name in ("name", "standing", "jwks_uri"):
        if name in changes:
            setattr(client, name, changes[name])
    _changed(session, actor, client, "client.updated", before)


def disable_client(session: Session, actor: Actor, client: Client, *, reason: str) -> None:
    """Let a client in no more, at once for new requests, within seconds for its tokens; raise PermissionMissing.

    Open invitations that it made are taken back: whoever had its key could come in by them.
    """
    _must_manage(actor, client)
    if client.disabled_at is None:
        before = _facts(client)
        client.disabled_at = actor.now
        _changed(session, actor, client, "client.disabled", before, reason=reason)
        take_back_invitations(session, actor.author, Invitation.author == client_handle(client.id))


def enable_client(session: Session, actor: Actor, client: Client, *, reason: str) -> None:
    """Let a client in again; raise PermissionMissing, MoreThanOwn."""
    _must_manage(actor, client)
    organisation = session.get_one(Organisation, client.organisation_id)
    _refuse_more(actor, organisation, client.standing, client.scopes)
    if client.disabled_at is not None:
        before = _facts(client)
        client.disabled_at = None
        _changed(session, actor, client, "client.enabled", before, reason=reason)


def issue_key(session: Session, actor: Actor, client: Client, given: KeyCreate) -> tuple[Credential, str | None]:
    """Make a key for a client and answer it with its secret, which stands nowhere afterwards.

    Raises:
        PermissionMissing: the caller does not manage the clients of the organisation.
        ClientDisabled: a key would be of no use.
        MoreThanOwn: the client may do more than the caller, or the key more than the client.
        KeysEnough: two keys of this kind are accepted already.
        KeyNotUsable: the public key is none that can be used.
    """
    _must_manage(actor, client)
    if client.disabled_at is not None:
        raise ClientDisabled
    organisation = session.get_one(Organisation, client.organisation_id)
    _refuse_more(actor, organisation, client.standing, client.scopes)
    _refuse_wider(session, client, given)
    if len(live_keys(session, client.id, given.kind, actor.now)) >= rules.lifetimes()[given.kind].at_once:
        raise KeysEnough
    key, secret = _new_key(actor, client, given)
    session.add(key)
    client.version += 1
    client.updated_at = actor.now
    session.flush()
    details = {"key": key.id, "kind": key.kind.value, "expires_at": str(key.expires_at), "scopes": list(key.scopes)}
    record(session, actor.author, "key.issued", ("client", client.id), details=details)
    return key, secret


def _refuse_wider(session: Session, client: Client, given: KeyCreate) -> None:
    is_narrowed = given.scopes or given.cluster_id is not None
    if is_narrowed and given.kind is not CredentialKind.API_KEY:
        detail = "Only API keys are narrowed; a token is narrowed by its `scope`."
        raise Invalid(detail, faults=[Fault("/body/scopes", "not_of_this_kind", detail)])
    more = rules.beyond((scope.value for scope in given.scopes), permissions_of(session, client))
    if more:
        raise MoreThanOwn(f"The client does not have {', '.join(more)} itself.")


def _new_key(actor: Actor, client: Client, given: KeyCreate) -> tuple[Credential, str | None]:
    digest, jwk, text = None, None, None
    if given.kind is CredentialKind.PUBLIC_KEY:
        if given.jwk is None:
            detail = "Send the public key as `jwk`."
            raise KeyNotUsable(detail, faults=[Fault("/body/jwk", "missing", detail)])
        jwk, public_id = rules.usable_jwk(given.jwk)
        public_id = f"{client.id}:{public_id}"
    else:
        secret = new_secret(API_KEY if given.kind is CredentialKind.API_KEY else CLIENT_SECRET)
        public_id, digest, text = secret.public_id, secret.digest, secret.text
    key = Credential(
        id=str(uuid7()),
        client_id=client.id,
        kind=given.kind,
        public_id=public_id,
        digest=digest,
        jwk=jwk,
        scopes=[scope.value for scope in given.scopes],
        cluster_id=str(given.cluster_id) if given.cluster_id else None,
        created_at=actor.now,
        expires_at=rules.expiry(given.kind, actor.now, given.days),
    )
    return key, text


def revoke_key(session: Session, actor: Actor, client: Client, key: Credential, *, reason: str) -> None:
    """Revoke a key: it is refused at once, and within seconds where it was just accepted; raise PermissionMissing."""
    _must_manage(actor, client)
    if key.revoked_at is None:
        key.revoked_at = actor.now
        client.version += 1
        client.updated_at = actor.now
        session.flush()
        record(session, actor.author, "key.revoked", ("client", client.id), reason=reason, details={"key": key.id})


def make_client(
    database: Database, clock: Clock, *, name: str, organisation: str, roles: Sequence[Role], **about: Any
) -> dict[str, Any]:
    """Make a client with a key and a secret from the command line, and its organisation if there is none yet.

    ``about`` names ``country`` and ``standing``. Raise Conflict if the organisation exists with other roles.
    """
    actor = service_actor("command line", clock.now())
    with database.transaction() as session:
        owner = session.scalar(sa.select(Organisation).where(Organisation.name == organisation).limit(1))
        if owner is None:
            owner = _new_organisation(session, actor, organisation, roles, about["country"])
        elif roles and {role.value for role in roles} != set(owner.roles):
            raise Conflict(
                f"{organisation} exists with the roles {', '.join(owner.roles) or 'none'}: leave --role out."
            )
        given = ClientCreate(organisation_id=UUID(owner.id), name=name, standing=about["standing"])
        client = create_client(session, actor, given)
        told: dict[str, Any] = {"client_id": client.id, "organisation_id": owner.id, "roles": owner.roles}
        for kind in (CredentialKind.API_KEY, CredentialKind.SECRET):
            key, told[kind.value] = issue_key(session, actor, client, KeyCreate(kind=kind))
            told[f"{kind.value}_expires_at"] = key.expires_at.isoformat()
    return told


def _new_organisation(session: Session, actor: Actor, name: str, roles: Sequence[Role], country: str) -> Organisation:
    organisation = Organisation(
        id=str(uuid7()),
        name=name,
        country=country,
        roles=[role.value for role in roles],
        is_synthetic=False,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(organisation)
    session.flush()
    details = {"roles": organisation.roles}
    record(session, actor.author, "organisation.created", ("organisation", organisation.id), details=details)
    return organisation
