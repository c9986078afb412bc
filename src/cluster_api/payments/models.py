"""Tables of orders to the bank, of the files that carry them, and of what the bank said."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Choice, Key, Reference, one_of
from cluster_api.payments.states import PaymentState

LIVE_ONES = "state IN ('ordered', 'paid')"


class PaymentFile(Base):
    """A file of orders as it was made for the bank; it never changes."""

    __tablename__ = "payment_file"
    __table_args__ = (sa.Index("ix_payment_file_partnership_id", "partnership_id", "id"),)

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    message_id: Mapped[str] = mapped_column(sa.String(35), unique=True)
    execution_on: Mapped[date]
    content: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    author: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]


class ExchangePayment(Base):
    """An order to pay an exchange."""

    __tablename__ = "exchange_payment"
    __table_args__ = (
        one_of("state", PaymentState),
        sa.CheckConstraint("cents > 0", name="cents_positive"),
        sa.Index(
            "uq_exchange_payment_live",
            "grant_id",
            unique=True,
            sqlite_where=sa.text(LIVE_ONES),
            postgresql_where=sa.text(LIVE_ONES),
        ),
        sa.Index("ix_exchange_payment_grant_id", "grant_id", "id"),
        sa.Index("ix_exchange_payment_partnership_id", "partnership_id", "id"),
    )

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    grant_id: Mapped[Reference] = mapped_column(sa.ForeignKey("exchange_grant.id"))
    file_id: Mapped[Reference] = mapped_column(sa.ForeignKey("payment_file.id"), index=True)
    end_to_end_id: Mapped[str] = mapped_column(sa.String(35), unique=True)
    cents: Mapped[int]
    state: Mapped[PaymentState] = mapped_column(Choice(PaymentState))
    settled_on: Mapped[date | None]
    reason_code: Mapped[str | None] = mapped_column(sa.String(40))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BankStatement(Base):
    """What the bank said, line by line, and what came of each; read once."""

    __tablename__ = "bank_statement"
    __table_args__ = (sa.UniqueConstraint("partnership_id", "sha256", name="uq_bank_statement_sha256"),)

    id: Mapped[Key]
    partnership_id: Mapped[Reference] = mapped_column(sa.ForeignKey("partnership.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    findings: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(sa.String(200))
    read_at: Mapped[datetime]
