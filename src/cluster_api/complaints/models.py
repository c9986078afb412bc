"""The table of complaints. Contact and text are personal: exported and erased with the person, emptied by retention."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.complaints.states import ComplaintState, Matter, Outcome
from cluster_api.foundation.schema import Base, Choice, Key, Reference, one_of
from cluster_api.identity.models import PERSONAL, SECRET


class Complaint(Base):
    """A complaint, by somebody who need not be known; found again by its number and a one-time code."""

    __tablename__ = "complaint"
    __table_args__ = (
        one_of("matter", Matter),
        one_of("state", ComplaintState),
        one_of("outcome", Outcome),
        sa.CheckConstraint("handler_id IS NULL OR person_id IS NULL OR handler_id <> person_id", name="handler_other"),
        sa.Index("ix_complaint_received_on", "received_on", "id"),
        sa.Index("ix_complaint_person_id", "person_id"),
        sa.Index("ix_complaint_handler_id", "handler_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    matter: Mapped[Matter] = mapped_column(Choice(Matter))
    label_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("label.id"))
    cluster_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("cluster.id"))
    assessor_id: Mapped[Reference | None]  # a person, if there is one: whoever files is not told
    happened_on: Mapped[date | None]  # of an assessor: the day from which the time to complain counts
    text: Mapped[str | None] = mapped_column(sa.Text, info=PERSONAL)
    contact: Mapped[str | None] = mapped_column(sa.String(320), info=PERSONAL)
    person_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("person.id"))  # who filed it, if signed in
    public_id: Mapped[str] = mapped_column(sa.String(12), unique=True, info=SECRET)
    digest: Mapped[str] = mapped_column(sa.String(64), info=SECRET)
    state: Mapped[ComplaintState] = mapped_column(Choice(ComplaintState))
    received_on: Mapped[date]
    acknowledge_by: Mapped[date]
    answer_by: Mapped[date]
    acknowledged_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    handler_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("person.id"))
    outcome: Mapped[Outcome | None] = mapped_column(Choice(Outcome))
    answer: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
