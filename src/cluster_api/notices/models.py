"""Tables of notices that were made, and of what became of each on its way to a reader."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Code, Key, Reference, one_of
from cluster_api.identity.models import PERSONAL
from cluster_api.notices.states import DeliveryState


class Notice(Base):
    """That the end of a label comes near was noted once for each kind of notice; a corrected end is noted anew."""

    __tablename__ = "notice"
    __table_args__ = (sa.UniqueConstraint("label_id", "kind", "due_on", name="uq_notice_label_kind_due"),)

    id: Mapped[Key]
    label_id: Mapped[Reference] = mapped_column(sa.ForeignKey("label.id"))
    kind: Mapped[Code]
    text: Mapped[Code]
    due_on: Mapped[date]
    ends_on: Mapped[date]  # the last day of the label, as it was told
    made_at: Mapped[datetime]


class NoticeDelivery(Base):
    """A notice on its way to one reader, once; the address is known while it is needed, and goes with the person."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        sa.UniqueConstraint("notice_id", "person_id", name="uq_notice_delivery_reader"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_instant"),
        sa.Index("ix_notice_delivery_state", "state", "next_at"),
        sa.Index("ix_notice_delivery_person_id", "person_id"),
    )

    id: Mapped[Key]
    notice_id: Mapped[Reference] = mapped_column(sa.ForeignKey("notice.id"))
    person_id: Mapped[Reference] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[DeliveryState] = mapped_column(Choice(DeliveryState))
    address: Mapped[str | None] = mapped_column(sa.String(320), info=PERSONAL)  # to which it was sent at last
    attempts: Mapped[int]
    next_at: Mapped[datetime]  # not to be sent before
    taken_at: Mapped[datetime | None]  # by the process that sends it
    outcome: Mapped[str | None] = mapped_column(sa.String(40))  # code of the mail server, or a reason of ours
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
