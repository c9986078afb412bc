"""Tables of invoices and payments: written once; triggers on both databases refuse every change and deletion.

Payers are organisations. Who they are is kept for as long as the law on accounts demands, whatever is erased elsewhere.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.billing.states import InvoiceKind, PaymentKind, VatTreatment
from cluster_api.clusters.states import Level
from cluster_api.foundation.schema import Base, Choice, Code, Key, Reference, one_of
from cluster_api.methodology.states import CaseKind, VisitMode


class Invoice(Base):
    """An invoice or credit note as it was issued: seller, payer, price and tax as they were."""

    __tablename__ = "invoice"
    __table_args__ = (
        one_of("kind", InvoiceKind),
        one_of("level", Level),
        one_of("case_kind", CaseKind),
        one_of("mode", VisitMode),
        one_of("vat_treatment", VatTreatment),
        sa.CheckConstraint("(kind = 'credit_note') = (credits_id IS NOT NULL)", name="credit_notes_credit"),
        sa.CheckConstraint("net_cents >= 0 AND vat_cents >= 0", name="amounts_not_negative"),
        sa.Index("ix_invoice_organisation_id", "organisation_id", "id"),
        sa.Index("ix_invoice_cluster_id", "cluster_id", "id"),
        sa.Index("ix_invoice_case_id", "case_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    kind: Mapped[InvoiceKind] = mapped_column(Choice(InvoiceKind))
    credits_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("invoice.id"), unique=True)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"))
    organisation_id: Mapped[Reference | None] = mapped_column(sa.ForeignKey("organisation.id"))  # payer, if known here
    case_id: Mapped[Reference | None]  # the assessment it is for
    level: Mapped[Level] = mapped_column(Choice(Level))
    case_kind: Mapped[CaseKind] = mapped_column(Choice(CaseKind))
    mode: Mapped[VisitMode] = mapped_column(Choice(VisitMode))
    price_list: Mapped[Code]
    price_list_version: Mapped[int]
    text: Mapped[str] = mapped_column(sa.String(500))
    issued_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(sa.String(3))
    net_cents: Mapped[int]
    vat_treatment: Mapped[VatTreatment] = mapped_column(Choice(VatTreatment))
    vat_category: Mapped[str] = mapped_column(sa.String(2))
    vat_basis_points: Mapped[int]
    vat_exemption_code: Mapped[str | None] = mapped_column(sa.String(40))
    vat_exemption_reason: Mapped[str | None] = mapped_column(sa.String(500))
    vat_cents: Mapped[int]
    seller: Mapped[dict[str, str]]
    payer: Mapped[dict[str, str]]
    author: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]


class InvoicePayment(Base):
    """That money came for an invoice or went back, with the reference of this one movement in the accounts."""

    __tablename__ = "invoice_payment"
    __table_args__ = (
        one_of("kind", PaymentKind),
        sa.CheckConstraint("amount_cents > 0", name="amount_positive"),
        sa.Index("ix_invoice_payment_invoice_id", "invoice_id", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[PaymentKind] = mapped_column(Choice(PaymentKind))
    invoice_id: Mapped[Reference] = mapped_column(sa.ForeignKey("invoice.id"))
    reference: Mapped[str] = mapped_column(sa.String(120), unique=True)
    amount_cents: Mapped[int]
    paid_on: Mapped[date]
    author: Mapped[str] = mapped_column(sa.String(200))
    recorded_at: Mapped[datetime]
