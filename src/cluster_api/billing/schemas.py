"""What goes in and out about quotes, invoices and payments; amounts in cents of euro."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.billing.states import InvoiceKind, InvoiceState, PaymentKind, VatTreatment
from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import WHOLE, CivilDay, Flag, Line, Prose, ShortLine
from cluster_api.foundation.paging import PageQuery
from cluster_api.methodology.states import CaseKind, VisitMode
from cluster_api.organisations.schemas import CountryOfSeat

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
EXAMPLE_NUMBER = "IN-2021-000001-05"

Cents = Annotated[int, Field(ge=0, le=1_000_000_000, strict=True), WHOLE]
PaidCents = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True), WHOLE]
NumberOfLabel = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z \-]+$")]
VatId = Annotated[str, Field(min_length=4, max_length=20, pattern=r"^[A-Za-z]{2}[0-9A-Za-z .\-/+*]+$")]


class QuoteQuery(BaseModel):
    """What is asked for: which process, when, and who would pay."""

    model_config = ConfigDict(extra="forbid")

    level: Level = Field(description="Level.", examples=["gold"])
    kind: CaseKind = Field(description="First label or renewal.", examples=["first"])
    mode: VisitMode = Field(default=VisitMode.ON_SITE, description="On site or by video.")
    on: CivilDay | None = Field(default=None, description="Day of the application; today if left out.")
    country: CountryOfSeat = Field(default="BE", description="Country of the payer.", examples=["BE"])
    has_vat_id: Flag = Field(default=False, description="Whether the payer has a VAT identifier.")


class Amounts(BaseModel):
    """What something costs, with and without value added tax."""

    currency: str = Field(description="Currency.", max_length=3, examples=["EUR"])
    net_cents: Cents = Field(description="Without VAT.", examples=[825000])
    vat_treatment: VatTreatment = Field(description="How VAT is charged.")
    vat_percent: float = Field(description="Rate in percent.", ge=0, le=100, examples=[21.0])
    vat_cents: Cents = Field(description="VAT.", examples=[173250])
    gross_cents: Cents = Field(description="With VAT.", examples=[998250])


class QuoteRead(Amounts):
    """What a process costs on a day."""

    level: Level = Field(description="Level.")
    kind: CaseKind = Field(description="First label or renewal.")
    mode: VisitMode = Field(description="On site or by video.")
    on: date = Field(description="Day of the application.")
    text: str = Field(description="What is paid for.", max_length=500)
    price_list: str = Field(description="The price list it is from.", max_length=40)
    price_list_version: int = Field(description="Its version.", ge=1, le=2_147_483_647)
    vat_note: str | None = Field(description="Why no VAT is charged.", max_length=500)


class Payer(BaseModel):
    """Who pays: an organisation with its postal address. It may be another than the applicant."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="Legal name of the organisation.", examples=["Ministry of Economy"])
    street: Line = Field(description="Street and number, or box.", examples=["Rue Example 1"])
    postal_code: Annotated[ShortLine, Field(max_length=20)] = Field(description="Postal code.", examples=["1000"])
    city: ShortLine = Field(description="Town.", examples=["Brussels"])
    country: CountryOfSeat = Field(description="Country.", examples=["BE"])
    vat_id: VatId | None = Field(default=None, description="VAT identifier with its country prefix.")


class InvoiceCreate(BaseModel):
    """An invoice to be issued; price and tax follow from it."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: UUID = Field(description="The applicant.", examples=[EXAMPLE_ID])
    organisation_id: UUID | None = Field(default=None, description="The payer, if it takes part; it sees the invoice.")
    case_id: UUID | None = Field(default=None, description="The assessment it is for.")
    payer: Payer = Field(description="Who pays, as it stands on the invoice.")
    level: Level = Field(description="Level.", examples=["gold"])
    kind: CaseKind = Field(description="First label or renewal.", examples=["first"])
    mode: VisitMode = Field(description="On site or by video.", examples=["on_site"])
    applied_on: CivilDay = Field(description="Day of the application: its prices apply.", examples=["2021-01-15"])
    renews: NumberOfLabel | None = Field(default=None, description="For a renewal, the label that is renewed.")
    visit_on: CivilDay | None = Field(default=None, description="For a renewal, the day of the visit.")

    @model_validator(mode="after")
    def _says_what_is_renewed(self) -> Self:
        told = (self.renews is not None, self.visit_on is not None)
        if told != ((True, True) if self.kind is CaseKind.RENEWAL else (False, False)):
            raise ValueError("`renews` and `visit_on` belong to a renewal, and to nothing else.")
        return self


class PaymentCreate(BaseModel):
    """A movement of money as the accounts know it: a payment of an invoice, or a refund."""

    model_config = ConfigDict(extra="forbid")

    reference: ShortLine = Field(description="Reference in the accounts, of one movement only.", examples=["BK-77"])
    amount_cents: PaidCents = Field(description="Amount; it may be a part, or too much.", examples=[998250])
    paid_on: CivilDay = Field(description="Day of the payment.", examples=["2021-01-15"])


class CreditCreate(BaseModel):
    """Why an invoice is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why, without personal details.", examples=["The application was withdrawn."])


class PaymentRead(BaseModel):
    """A payment or refund on record."""

    kind: PaymentKind = Field(description="Which way the money went.")
    reference: str = Field(description="Reference in the accounts.", max_length=120)
    amount_cents: PaidCents = Field(description="Amount.")
    paid_on: date = Field(description="Day of the payment.")
    recorded_at: datetime = Field(description="When it was put on record.")


class InvoiceRead(Amounts):
    """An invoice or credit note."""

    number: str = Field(description="Number.", max_length=40, examples=[EXAMPLE_NUMBER])
    kind: InvoiceKind = Field(description="Invoice or credit note.")
    state: InvoiceState = Field(description="Where it stands today.")
    credits: str | None = Field(description="The invoice that it takes back.", max_length=40)
    credited_by: str | None = Field(description="The credit note that takes it back.", max_length=40)
    reason: str | None = Field(description="Why the invoice was taken back.", max_length=5000)
    cluster_id: UUID = Field(description="The applicant.")
    organisation_id: UUID | None = Field(description="The payer, if it takes part.")
    case_id: UUID | None = Field(description="The assessment it is for.")
    level: Level = Field(description="Level.")
    case_kind: CaseKind = Field(description="First label or renewal.")
    mode: VisitMode = Field(description="On site or by video.")
    price_list: str = Field(description="The price list its price is from.", max_length=40)
    price_list_version: int = Field(description="Its version.", ge=1, le=2_147_483_647)
    text: str = Field(description="What is paid for.", max_length=500)
    issued_on: date = Field(description="Day of issue.")
    due_on: date = Field(description="Last day to pay.")
    vat_note: str | None = Field(description="Why no VAT is charged.", max_length=500)
    seller: dict[str, str] = Field(description="Who issued it, as it stands on it.", max_length=20)
    payer: dict[str, str] = Field(description="Who pays, as it stands on it.", max_length=20)
    paid_cents: int = Field(description="What was paid, less what was refunded.", ge=0, le=2**53 - 1)
    balance_cents: int = Field(
        description="What is still to be paid; below zero what is owed back.", ge=-(2**53), le=2**53 - 1, examples=[0]
    )
    payments: list[PaymentRead] = Field(description="Its payments and refunds, in the order of record.", max_length=500)
    created_at: datetime = Field(description="When it was put on record.")
    allowed_moves: list[str] = Field(
        description="What this caller can do with it now.", max_length=3, examples=[["record_payment", "credit"]]
    )


class InvoiceQuery(PageQuery):
    """Which invoices and credit notes, the latest first."""

    kind: InvoiceKind | None = Field(default=None, description="Invoice or credit note.")
    state: Literal["issued", "partly_paid", "overdue", "paid", "overpaid", "credited", "credit"] | None = Field(
        default=None, description="Where it stands today."
    )
    cluster_id: UUID | None = Field(default=None, description="For this applicant.")
