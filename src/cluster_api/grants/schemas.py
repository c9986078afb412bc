"""What goes in and out about exchange grants."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cluster_api.foundation.fields import WHOLE, CivilDay, Flag, Line, Prose, without_defaults
from cluster_api.foundation.paging import PageQuery
from cluster_api.grants.states import DocumentKind, GrantPhase, Party, ProofKind
from cluster_api.partnerships.schemas import EXAMPLE_ID, Digest
from cluster_api.rounds.schemas import AmountRead, DayOverride
from cluster_api.rounds.states import ExchangeMode, ExchangeRole

EXAMPLE_NUMBER = "EX-2021-000001-95"
Cents = Annotated[int, Field(ge=0, le=10_000_000, strict=True), WHOLE]
Iban = Annotated[str, Field(min_length=15, max_length=42, pattern=r"^[A-Za-z]{2}[0-9]{2}[0-9A-Za-z ]+$")]
Bic = Annotated[str, Field(min_length=8, max_length=11, pattern=r"^[A-Za-z]{6}[0-9A-Za-z]{2}([0-9A-Za-z]{3})?$")]


class PayeeAccount(BaseModel):
    """The account of the visiting organisation."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(max_length=70)] = Field(description="Name of its holder.", examples=["Tide SME"])
    iban: Iban = Field(description="IBAN.", examples=["BE68539007547034"])
    bic: Bic | None = Field(default=None, description="BIC; may be left out within SEPA.", examples=["KREDBEBB"])


class AgendaDay(BaseModel):
    """What is done on a day."""

    model_config = ConfigDict(extra="forbid")

    day: CivilDay = Field(description="The day.", examples=["2021-06-14"])
    text: Line = Field(description="What is done.", examples=["Visit of the test bed."])


class ExchangeBuild(BaseModel):
    """The match of which an exchange is built."""

    model_config = ConfigDict(extra="forbid")

    match_id: UUID = Field(description="A confirmed match.", examples=[EXAMPLE_ID])
    mode: ExchangeMode = Field(description="Whether one travels.", examples=["physical"])


class ExchangePlan(BaseModel):
    """The plan of an exchange, as a merge patch."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    begins_on: CivilDay | None = Field(default=None, description="First day at the host.", examples=["2021-06-14"])
    ends_on: CivilDay | None = Field(default=None, description="Last day at the host.", examples=["2021-06-18"])
    goals: Prose | None = Field(default=None, description="Goals, without personal details.", examples=["Markets."])
    agenda: list[AgendaDay] | None = Field(default=None, max_length=40, description="Day by day.")
    overrides: list[DayOverride] | None = Field(default=None, max_length=31, description="Days that count otherwise.")
    distance_km: Annotated[float, Field(ge=0, le=20_100)] | None = Field(
        default=None, description="Kilometres, where they cannot be found."
    )
    account: PayeeAccount | None = Field(default=None, description="Account of the visiting organisation.")
    offered_cents: Cents | None = Field(default=None, description="What is paid, if less than the most.")


class ExchangeSign(BaseModel):
    """A signature under one document."""

    model_config = ConfigDict(extra="forbid")

    document: DocumentKind = Field(description="What is signed.", examples=["commitment_to_quality"])
    party: Party = Field(description="For whom.", examples=["vo"])
    digest: Digest = Field(description="Digest of the document that was read.", examples=["0" * 64])


class ExchangeReportCreate(BaseModel):
    """A closing report."""

    model_config = ConfigDict(extra="forbid")

    side: ExchangeRole = Field(description="Who reports.", examples=["visitor"])
    text: Prose = Field(description="What was done, without personal details.", examples=["Two tests were made."])
    done_until: CivilDay | None = Field(
        default=None, description="Last day that was done, if the visitor went home early.", examples=["2021-06-17"]
    )
    is_force_majeure: bool = Field(
        default=False,
        description="Whether force majeure made the visitor go home: then days are paid from "
        "`fewest_working_days_force_majeure` of the round on. The partnership validates it or gives the report back.",
    )

    @model_validator(mode="after")
    def _force_majeure_has_a_day(self) -> Self:
        if self.is_force_majeure and (self.done_until is None or self.side is not ExchangeRole.VISITOR):
            raise ValueError("is_force_majeure is said by the visitor, with the last day that was done in done_until.")
        return self


class ProofCreate(BaseModel):
    """A piece of evidence that was sent to the partnership."""

    model_config = ConfigDict(extra="forbid")

    kind: ProofKind = Field(description="What it is.", examples=["boarding_pass"])
    sha256: Digest = Field(description="SHA-256 of the file.", examples=["0" * 64])
    text: Line = Field(description="What it shows, without personal details.", examples=["Flight BRU to OPO."])


class ExchangeReason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Prose = Field(description="Why, without personal details.", examples=["The host cannot receive anybody."])


class ExchangeDocument(BaseModel):
    """A document, its digest, and who has signed it."""

    document: DocumentKind = Field(description="What it is.")
    digest: str = Field(description="SHA-256 of its content (RFC 8785): what is signed.", max_length=64)
    content: dict[str, Any] = Field(description="What it says.", max_length=40)
    signed: list[Party] = Field(description="Who has signed it as it is now.", max_length=4)
    missing: list[Party] = Field(description="Who has not.", max_length=4)


class ExchangeReportRead(BaseModel):
    """A closing report."""

    side: ExchangeRole = Field(description="Who reports.")
    text: str = Field(description="What was done.", max_length=5000)
    done_until: date = Field(description="Last day that was done.")
    is_force_majeure: bool = Field(description="Whether force majeure made it the last.")
    returned_because: str | None = Field(description="Why it was given back.", max_length=5000)
    submitted_at: datetime = Field(description="When it was submitted.")


class ProofRead(BaseModel):
    """A piece of evidence."""

    kind: ProofKind = Field(description="What it is.")
    sha256: str = Field(description="SHA-256 of the file.", max_length=64)
    text: str = Field(description="What it shows.", max_length=300)
    received_on: date = Field(description="Day on which it came.")


class ExchangeRead(BaseModel):
    """An exchange as its parties see it."""

    id: UUID = Field(description="Identifier.")
    number: str = Field(description="Number.", max_length=40, examples=[EXAMPLE_NUMBER])
    match_id: UUID = Field(description="The match it is built of.")
    round: str = Field(description="Code of the round.", max_length=40)
    visitor_id: UUID = Field(description="Participant who visits.")
    host_id: UUID = Field(description="Participant who hosts.")
    visitor_partnership_id: UUID = Field(
        description="Partnership of the visitor: it pays, and the exchange counts for it."
    )
    host_partnership_id: UUID = Field(description="Partnership of the host.")
    mode: ExchangeMode = Field(description="Whether one travels.")
    begins_on: date | None = Field(description="First day at the host.")
    ends_on: date | None = Field(description="Last day at the host.")
    goals: str | None = Field(description="Goals.", max_length=5000)
    agenda: list[AgendaDay] = Field(description="Day by day.", max_length=40)
    amount: AmountRead | None = Field(description="The calculation: frozen when agreed, before that as of now.")
    agreed_cents: int | None = Field(description="What was agreed, in cents.", ge=0)
    payable_cents: int | None = Field(description="What is paid for the days done, in cents.", ge=0)
    currency: str = Field(description="ISO 4217.", max_length=3, examples=["EUR"])
    documents: list[ExchangeDocument] = Field(
        description="What is signed; empty while the plan is not whole.", max_length=2
    )
    reports: list[ExchangeReportRead] = Field(description="Closing reports.", max_length=40)
    proofs: list[ProofRead] = Field(description="Evidence.", max_length=100)
    done_until: date | None = Field(description="Last day that was done, once validated.")
    validated_on: date | None = Field(description="Day of the validation.")
    certificate_sha256: str | None = Field(
        description="Digest of its certificate, once validated: `/v1/exchange-certificates/{sha256}` tells of it.",
        max_length=64,
    )
    due_on: date | None = Field(description="Last day on which it is paid in time.")
    paid_on: date | None = Field(description="Day on which the bank paid.")
    is_overdue: bool = Field(description="Whether something is late today.")
    waits_for: str | None = Field(description="What it waits for today, and of whom.", max_length=200)
    reason: str | None = Field(description="Why it was cancelled or broken off.", max_length=5000)
    state: GrantPhase = Field(description="Where it stands today.")
    version: int = Field(description="Number of the last change.", ge=1)
    allowed_moves: list[str] = Field(description="What this caller can do with it now.", max_length=12)


class ExchangeQuery(PageQuery):
    """Which exchanges."""

    state: GrantPhase | None = Field(default=None, description="Where they stand today.")
    partnership_id: UUID | None = Field(default=None, description="Partnership of the visitor or of the host.")
    participant_id: UUID | None = Field(default=None, description="A participant on either side.")
    overdue: Flag | None = Field(default=None, description="Whether something is late: what is stuck, and where.")
