"""What goes in and out about payments of exchanges."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.foundation.fields import DISTINCT, WHOLE, CivilDay, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.grants.schemas import EXAMPLE_NUMBER, PayeeAccount
from cluster_api.partnerships.schemas import EXAMPLE_ID
from cluster_api.payments.states import PaymentState

MOST_ORDERS = 1000
MOST_STATEMENT = 400_000
ExchangeNumber = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z \-]+$")]


class PaymentsOrder(BaseModel):
    """Which exchanges of a partnership are paid, from which account."""

    model_config = ConfigDict(extra="forbid")

    partnership_id: UUID = Field(description="The partnership that pays.", examples=[EXAMPLE_ID])
    numbers: Annotated[
        list[ExchangeNumber], Field(max_length=MOST_ORDERS, json_schema_extra={"uniqueItems": True}), DISTINCT
    ] = Field(default=[], description="Exchanges; none: everything that is due.", examples=[[EXAMPLE_NUMBER]])
    account: PayeeAccount = Field(
        description="Account that pays.", examples=[{"name": "Tides", "iban": "BE68539007547034"}]
    )
    execution_on: CivilDay = Field(description="Day on which the bank pays.", examples=["2021-03-15"])


class ExchangePaymentRead(BaseModel):
    """An order to the bank."""

    id: UUID = Field(description="Identifier.")
    number: str = Field(description="Number of the exchange.", max_length=40)
    partnership_id: UUID = Field(description="The partnership that pays.")
    file_id: UUID = Field(description="The file in which it was ordered.")
    end_to_end_id: str = Field(description="What the bank calls it, from end to end.", max_length=35)
    cents: int = Field(description="How much, in cents.", ge=1)
    currency: str = Field(description="ISO 4217.", max_length=3, examples=["EUR"])
    state: PaymentState = Field(description="Where it stands.")
    settled_on: date | None = Field(description="Day on which the bank paid, or gave it back.")
    reason_code: str | None = Field(description="Why the bank did not pay (ISO 20022).", max_length=40)
    created_at: datetime = Field(description="When it was ordered.")


class PaymentFileRead(BaseModel):
    """A file for the bank, and what it orders."""

    id: UUID = Field(description="Identifier.")
    partnership_id: UUID = Field(description="The partnership that pays.")
    message_id: str = Field(description="What the bank calls the file.", max_length=35)
    execution_on: date = Field(description="Day on which the bank pays.")
    sha256: str = Field(description="SHA-256 of the file.", max_length=64)
    sum_cents: int = Field(description="Sum of all orders, in cents.", ge=0)
    payments: list[ExchangePaymentRead] = Field(description="The orders.", max_length=MOST_ORDERS)


class PaymentQuery(PageQuery):
    """Which payments."""

    partnership_id: UUID | None = Field(default=None, description="The partnership that pays.")
    state: PaymentState | None = Field(default=None, description="Where they stand.")
    number: ExchangeNumber | None = Field(default=None, description="Number of the exchange.")


class BankStatementSend(BaseModel):
    """What the bank sent."""

    model_config = ConfigDict(extra="forbid")

    partnership_id: UUID = Field(description="The partnership whose account it is about.", examples=[EXAMPLE_ID])
    content: Annotated[str, Field(min_length=1, max_length=MOST_STATEMENT)] = Field(
        description="A camt.053 or camt.054 file, as text.", examples=["<Document/>"]
    )


class StatementFinding(BaseModel):
    """What came of a line of a statement."""

    line: int = Field(description="Its place among all lines, from 1.", ge=1)
    end_to_end_id: str | None = Field(description="What it names.", max_length=200)
    number: str | None = Field(description="Number of the exchange, if it is known.", max_length=40)
    finding: str = Field(description="What came of it.", max_length=40, examples=["applied_paid"])
    sentence: str = Field(description="Why.", max_length=500)


class StatementRead(BaseModel):
    """What came of a statement, line by line."""

    id: UUID = Field(description="Identifier.")
    partnership_id: UUID = Field(description="The partnership whose account it is about.")
    sha256: str = Field(description="SHA-256 of what was sent.", max_length=64)
    applied: int = Field(description="Lines that changed a payment.", ge=0)
    findings: list[StatementFinding] = Field(description="Line by line.", max_length=100_000)


class PaymentRecover(BaseModel):
    """What was paid back by who had received it."""

    model_config = ConfigDict(extra="forbid")

    partnership_id: UUID = Field(description="The partnership that had paid.", examples=[EXAMPLE_ID])
    number: ExchangeNumber = Field(description="Number of the exchange.", examples=[EXAMPLE_NUMBER])
    cents: Annotated[int, Field(ge=1, le=10_000_000, strict=True), WHOLE] = Field(
        description="How much came back, in cents.", examples=[39_000]
    )
    reason: Prose = Field(description="Why, without personal details.", examples=["Two days were not done."])
