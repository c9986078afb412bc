"""Tables of exchanges. One physical visit of an organisation is kept by a unique index, not by a question."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Reference, one_of
from cluster_api.grants.states import DocumentKind, GrantState, Party, ProofKind
from cluster_api.rounds.states import ExchangeMode, ExchangeRole

VISITS = "mode = 'physical' AND state NOT IN ('cancelled', 'aborted')"


class ExchangeGrant(Base):
    """An exchange between a visitor and a host, and what is paid for it."""

    __tablename__ = "exchange_grant"
    __table_args__ = (
        one_of("state", GrantState),
        one_of("mode", ExchangeMode),
        sa.CheckConstraint("payable_cents IS NULL OR payable_cents <= agreed_cents", name="paid_within_agreed"),
        sa.CheckConstraint("mode = 'physical' OR COALESCE(agreed_cents, 0) = 0", name="virtual_is_not_paid"),
        sa.Index(
            "uq_exchange_grant_visit",
            "visitor_organisation_id",
            unique=True,
            sqlite_where=sa.text(VISITS),
            postgresql_where=sa.text(VISITS),
        ),
        sa.Index("ix_exchange_grant_state", "state", "id"),
        sa.Index("ix_exchange_grant_visitor_id", "visitor_id"),
        sa.Index("ix_exchange_grant_host_id", "host_id"),
        sa.Index("ix_exchange_grant_visitor_partnership_id", "visitor_partnership_id", "id"),
        sa.Index("ix_exchange_grant_host_partnership_id", "host_partnership_id", "id"),
        sa.Index("ix_exchange_grant_host_organisation_id", "host_organisation_id", "id"),
        sa.Index("ix_exchange_grant_visitor_organisation_id", "visitor_organisation_id", "id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    match_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_match.id"), unique=True)
    round: Mapped[Code]
    visitor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_participant.id"))
    host_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_participant.id"))
    visitor_organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"))
    host_organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"))
    visitor_partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    host_partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    mode: Mapped[ExchangeMode] = mapped_column(Choice(ExchangeMode))
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    goals: Mapped[str | None] = mapped_column(sa.Text)
    agenda: Mapped[dict[str, str]]  # day to what is done on it
    overrides: Mapped[dict[str, Any]]  # day to whether it counts, and why
    declared_km: Mapped[float | None]
    offered_cents: Mapped[int | None]  # less than the most, if the partnership pays less
    account: Mapped[dict[str, str] | None]
    calculation: Mapped[dict[str, Any] | None]  # as it was agreed: table, ceiling, halving
    agreed_cents: Mapped[int | None]
    agreed_on: Mapped[date | None]
    done_until: Mapped[date | None]
    payable_cents: Mapped[int | None]
    validated_on: Mapped[date | None]
    due_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[GrantState] = mapped_column(Choice(GrantState))
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ExchangeSignature(Base):
    """That a party has signed the document with this digest; of a changed document it tells nothing."""

    __tablename__ = "exchange_signature"
    __table_args__ = (one_of("document", DocumentKind), one_of("party", Party))

    grant_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("exchange_grant.id"), primary_key=True)
    document: Mapped[DocumentKind] = mapped_column(Choice(DocumentKind), primary_key=True)
    party: Mapped[Party] = mapped_column(Choice(Party), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    author: Mapped[str] = mapped_column(sa.String(200))
    signed_at: Mapped[datetime]


class ExchangeReport(Base):
    """What one side reports; one that was given back is kept, with the reason."""

    __tablename__ = "exchange_report"
    __table_args__ = (
        one_of("side", ExchangeRole),
        sa.Index("ix_exchange_report_grant_id", "grant_id", "id"),
    )

    id: Mapped[Key]
    grant_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_grant.id"))
    side: Mapped[ExchangeRole] = mapped_column(Choice(ExchangeRole))
    text: Mapped[str] = mapped_column(sa.Text)
    done_until: Mapped[date]
    is_force_majeure: Mapped[bool]
    returned_because: Mapped[str | None] = mapped_column(sa.Text)
    submitted_at: Mapped[datetime]


class ExchangeCertificate(Base):
    """What is certified of an exchange, as it was when it was validated; never changed."""

    __tablename__ = "exchange_certificate"

    grant_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("exchange_grant.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    statement: Mapped[dict[str, Any]]
    issued_on: Mapped[date]


class ExchangeProof(Base):
    """A piece of evidence, by the digest of the file that the partnership was sent."""

    __tablename__ = "exchange_proof"
    __table_args__ = (
        one_of("kind", ProofKind),
        sa.UniqueConstraint("sha256", name="uq_exchange_proof_sha256"),
        sa.Index("ix_exchange_proof_grant_id", "grant_id", "id"),
    )

    id: Mapped[Key]
    grant_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_grant.id"))
    kind: Mapped[ProofKind] = mapped_column(Choice(ProofKind))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    text: Mapped[str] = mapped_column(sa.String(300))
    received_on: Mapped[date]
    created_at: Mapped[datetime]
