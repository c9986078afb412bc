"""What a certificate of an exchange states."""

from datetime import date

from pydantic import BaseModel, Field

from cluster_api.rounds.states import ExchangeMode


class ExchangeSide(BaseModel):
    """One side of an exchange. No person is named."""

    name: str = Field(description="The organisation.", max_length=300)
    country: str = Field(description="Its country, ISO 3166-1 alpha-2.", max_length=2)
    partnership: str = Field(description="Acronym of the partnership that looked after it.", max_length=60)


class ExchangeStatement(BaseModel):
    """What is certified. The SHA-256 of its canonical form (RFC 8785) is the digest of the certificate."""

    number: str = Field(description="Number of the exchange.", max_length=40, examples=["EX-2021-000001-57"])
    scheme: str = Field(description="The scheme.", max_length=40, examples=["ClusterXchange"])
    round: str = Field(description="Code of the round.", max_length=40)
    mode: ExchangeMode = Field(description="In person or over a distance.")
    visitor: ExchangeSide = Field(description="Who visited.")
    host: ExchangeSide = Field(description="Who was visited.")
    begins_on: date = Field(description="First day.")
    done_until: date = Field(description="Last day that was done.")
    working_days: int = Field(description="Working days of the host that were done.", ge=0, le=400)
    validated_on: date = Field(description="When the partnership of the visitor validated it.")
