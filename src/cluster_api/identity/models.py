"""Tables of who takes part. What is personal is marked: it can be exported and erased, and is never public.

Personal values stand in these columns only; everything else names a person by an identifier that says nothing once
the row behind it is erased.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Identifier, Key, Name, Reference, one_of
from cluster_api.identity.states import CredentialKind, Standing

PERSONAL = {"personal": True}
SECRET = {"secret": True}
"""Marks what proves something to this service, as the digest of a code: never shown, not even to whom it belongs."""


class Organisation(Base):
    """Somebody who takes part: an organisation with its roles in the scheme."""

    __tablename__ = "organisation"
    __table_args__ = (sa.Index("ix_organisation_name", "name", "id"),)

    id: Mapped[Key]
    name: Mapped[Name]
    country: Mapped[str] = mapped_column(sa.String(2))
    roles: Mapped[list[str]]
    closed_at: Mapped[datetime | None]
    is_synthetic: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Person(Base):
    """A human being with an account; the row stays after erasure, without anything personal."""

    __tablename__ = "person"

    id: Mapped[Key]
    name: Mapped[str | None] = mapped_column(sa.String(300), info=PERSONAL)
    email: Mapped[str | None] = mapped_column(sa.String(320), info=PERSONAL)
    roles: Mapped[list[str]]
    erased_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Account(Base):
    """How an identity provider names a person; an account belongs to one person, a person may have several."""

    __tablename__ = "account"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject", name="uq_account_subject"),)

    id: Mapped[Key]
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(500))
    subject: Mapped[str] = mapped_column(sa.String(255), info=PERSONAL)
    created_at: Mapped[datetime]
    seen_on: Mapped[date]


class Membership(Base):
    """What a person is in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (one_of("standing", Standing),)

    organisation_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("organisation.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("person.id"), primary_key=True, index=True)
    standing: Mapped[Standing] = mapped_column(Choice(Standing))
    created_at: Mapped[datetime]


class Invitation(Base):
    """An offer to become a member, taken up once, before it expires, by whoever has the code."""

    __tablename__ = "invitation"
    __table_args__ = (one_of("standing", Standing),)

    id: Mapped[Key]
    organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    standing: Mapped[Standing] = mapped_column(Choice(Standing))
    roles: Mapped[list[str]]  # held by the person, beyond those of the organisation
    email: Mapped[str | None] = mapped_column(sa.String(320), info=PERSONAL)
    public_id: Mapped[str] = mapped_column(sa.String(12), unique=True, info=SECRET)
    digest: Mapped[str] = mapped_column(sa.String(64), info=SECRET)
    author: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    person_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("person.id"))


class Client(Base):
    """A machine client, owned by an organisation and acting for it alone."""

    __tablename__ = "client"
    __table_args__ = (one_of("standing", Standing), sa.Index("ix_client_organisation_id", "organisation_id", "id"))

    id: Mapped[Key]
    organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    standing: Mapped[Standing] = mapped_column(Choice(Standing))
    scopes: Mapped[list[str]]  # permissions it may use at most; none named: all that its organisation has
    jwks_uri: Mapped[str | None] = mapped_column(sa.String(500))  # where its public keys stand, if not registered here
    disabled_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Credential(Base):
    """A key, secret or public key of a client. Of what is secret only a digest is here."""

    __tablename__ = "credential"
    __table_args__ = (one_of("kind", CredentialKind),)

    id: Mapped[Key]
    client_id: Mapped[Reference] = mapped_column(sa.ForeignKey("client.id"), index=True)
    kind: Mapped[CredentialKind] = mapped_column(Choice(CredentialKind))
    public_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    jwk: Mapped[dict[str, Any] | None]
    scopes: Mapped[list[str]]  # narrower than those of the client; none named: the same
    cluster_id: Mapped[Reference | None]  # the one cluster it is narrowed to
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
