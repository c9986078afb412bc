"""Tables of the pool. Names of people stand with the person only; what is personal here is marked and erasable."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Identifier, Key, Reference, one_of
from cluster_api.identity.models import PERSONAL
from cluster_api.pool.states import AssessorState, EmploymentKind, QualificationRole

Author = sa.String(200)


class Assessor(Base):
    """A person who assesses for the scheme; everything recorded about one raises its version."""

    __tablename__ = "assessor"
    __table_args__ = (one_of("state", AssessorState), sa.UniqueConstraint("person_id", name="uq_assessor_person_id"))

    id: Mapped[Key]
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    country: Mapped[str] = mapped_column(sa.String(2))
    languages: Mapped[list[str]]  # BCP 47
    portfolios: Mapped[list[str]]  # comparative portfolios
    state: Mapped[AssessorState] = mapped_column(Choice(AssessorState))
    unavailable_until: Mapped[date | None]  # last day on which no work is taken
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Employment(Base):
    """For whom an assessor worked from a day to a day: an organisation known here, another by name, or nobody."""

    __tablename__ = "assessor_employment"
    __table_args__ = (
        one_of("kind", EmploymentKind),
        sa.CheckConstraint("began_on <= ended_on", name="begins_before_it_ends"),
    )

    id: Mapped[Key]
    assessor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"), index=True)
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[EmploymentKind] = mapped_column(Choice(EmploymentKind))
    organisation_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str | None] = mapped_column(sa.String(300), info=PERSONAL)
    key: Mapped[str | None] = mapped_column(sa.String(300), info=PERSONAL, index=True)  # the name made comparable
    began_on: Mapped[date | None]  # unknown: since ever
    ended_on: Mapped[date | None]  # unknown: goes on
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(Author)


class CodeAcceptance(Base):
    """An assessor accepted a version of the code of conduct."""

    __tablename__ = "code_acceptance"

    assessor_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("assessor.id"), primary_key=True)
    code_version: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    accepted_on: Mapped[date]
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(Author)


class Qualification(Base):
    """An assessor is qualified for a role from a day to a day; a renewal in time moves the last day."""

    __tablename__ = "assessor_qualification"
    __table_args__ = (
        one_of("role", QualificationRole),
        sa.CheckConstraint("granted_on <= valid_until", name="granted_before_it_ends"),
    )

    id: Mapped[Key]
    assessor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"), index=True)
    role: Mapped[QualificationRole] = mapped_column(Choice(QualificationRole))
    granted_on: Mapped[date]
    renewed_on: Mapped[date | None]
    valid_until: Mapped[date]
    withdrawn_on: Mapped[date | None]  # the first day on which it is not valid any more
    waiver: Mapped[str | None] = mapped_column(sa.Text)  # why it was granted or renewed without what is wanted
    recorded_at: Mapped[datetime]


class Engagement(Base):
    """What an assessor did in one case, with its days and its fee: written by the areas above that run cases."""

    __tablename__ = "assessor_engagement"
    __table_args__ = (
        one_of("role", QualificationRole),
        sa.CheckConstraint("began_on <= ended_on", name="begins_before_it_ends"),
        sa.CheckConstraint("days >= 0 AND fee_cents >= 0", name="not_negative"),
        sa.UniqueConstraint("case_id", "assessor_id", name="uq_assessor_engagement_case"),
        sa.Index("ix_assessor_engagement_assessor_id", "assessor_id", "began_on"),
    )

    id: Mapped[Key]
    assessor_id: Mapped[Reference] = mapped_column(sa.ForeignKey("assessor.id"))
    case_id: Mapped[Reference]  # of a table above
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    role: Mapped[QualificationRole] = mapped_column(Choice(QualificationRole))
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    days: Mapped[Decimal] = mapped_column(sa.Numeric(5, 1))
    fee_cents: Mapped[int]
    recorded_at: Mapped[datetime]
