"""The table of notices that were made. What became of a notice on its way to a reader is not kept here."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Code, Key, Reference


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
