"""Tables of partnerships. Versions of the agreement, signatures, activities and declared values are never changed."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Name, Reference, one_of
from cluster_api.partnerships.states import ActivityKind, AttendeeKind, PartnerRole, PartnershipState


class Partnership(Base):
    """A partnership of clusters, as a call has funded it."""

    __tablename__ = "partnership"
    __table_args__ = (
        one_of("state", PartnershipState),
        sa.CheckConstraint("begins_on <= ends_on", name="begins_before_ends"),
        sa.CheckConstraint("grant_cents >= 0", name="grant_not_negative"),
        sa.Index("ix_partnership_call_code", "call_code", "id"),
        sa.Index("ix_partnership_organisation_id", "organisation_id", "id"),
    )

    id: Mapped[Key]
    acronym: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[Name]
    call_code: Mapped[Code]
    application_number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    organisation_id: Mapped[Reference] = mapped_column(sa.ForeignKey("organisation.id"))  # the office that runs it
    grant_cents: Mapped[int] = mapped_column(sa.BigInteger)
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    ecosystems: Mapped[list[str]]
    targets: Mapped[dict[str, int]]  # indicator to what it shall reach
    state: Mapped[PartnershipState] = mapped_column(Choice(PartnershipState))
    ended_because: Mapped[str | None] = mapped_column(sa.Text)
    terminated_on: Mapped[date | None]
    is_synthetic: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Partner(Base):
    """A cluster organisation in a partnership, for a time."""

    __tablename__ = "partner"
    __table_args__ = (
        one_of("role", PartnerRole),
        sa.Index(
            "uq_partner_coordinator",
            "partnership_id",
            unique=True,
            sqlite_where=sa.text("role = 'coordinator' AND left_on IS NULL"),
            postgresql_where=sa.text("role = 'coordinator' AND left_on IS NULL"),
        ),
        sa.Index("ix_partner_cluster_id", "cluster_id"),
    )

    partnership_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("partnership.id"), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)
    role: Mapped[PartnerRole] = mapped_column(Choice(PartnerRole))
    country: Mapped[str] = mapped_column(sa.String(2))  # as it was when it joined
    joined_on: Mapped[date]
    left_on: Mapped[date | None]


class PartnershipAgreement(Base):
    """A version of the agreement of all partners: one text, one digest."""

    __tablename__ = "partnership_agreement"

    partnership_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("partnership.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    in_force_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PartnershipSignature(Base):
    """That a partner has signed the text with this digest."""

    __tablename__ = "partnership_signature"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["partnership_id", "number"],
            ["partnership_agreement.partnership_id", "partnership_agreement.number"],
            name="fk_partnership_signature_agreement",
        ),
    )

    partnership_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    author: Mapped[str] = mapped_column(sa.String(200))
    signed_at: Mapped[datetime]


class PartnershipActivity(Base):
    """Something that a partnership did."""

    __tablename__ = "partnership_activity"
    __table_args__ = (
        one_of("kind", ActivityKind),
        sa.CheckConstraint("begins_on <= ends_on", name="begins_before_ends"),
        sa.Index("ix_partnership_activity_partnership_id", "partnership_id", "id"),
    )

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    kind: Mapped[ActivityKind] = mapped_column(Choice(ActivityKind))
    title: Mapped[Name]
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    place: Mapped[str | None] = mapped_column(sa.String(300))  # none: online
    results: Mapped[str | None] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]


class ActivityAttendee(Base):
    """Who or what took part, by a key that is the same wherever it takes part again."""

    __tablename__ = "activity_attendee"
    __table_args__ = (one_of("kind", AttendeeKind),)

    activity_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("partnership_activity.id"), primary_key=True)
    kind: Mapped[AttendeeKind] = mapped_column(Choice(AttendeeKind), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)


class KpiDeclaration(Base):
    """What a partnership says that an indicator had reached by a day, with its evidence."""

    __tablename__ = "kpi_declaration"
    __table_args__ = (
        sa.CheckConstraint("value >= 0", name="value_not_negative"),
        sa.Index("ix_kpi_declaration_partnership_id", "partnership_id", "kpi", "reached_on"),
    )

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    kpi: Mapped[Code]
    value: Mapped[int]
    reached_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
