"""How labels that expire soon are asked for and shown, with the notices made about them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from cluster_api.clusters.states import Level
from cluster_api.foundation.fields import DIGITS, Flag
from cluster_api.foundation.paging import PageQuery
from cluster_api.labels.schemas import CountryFilter

MOST_DAYS = 1100


class ExpiringQuery(PageQuery):
    """Which labels, by their last day."""

    within_days: Annotated[int, Field(ge=0, le=MOST_DAYS, description="Ends within so many days."), DIGITS] = 180
    level: Level | None = Field(default=None, description="Level.")
    country: CountryFilter | None = Field(
        default=None, description="Country of the holder: ISO 3166-1 code, `EL`, `UK`, or a name.", examples=["DE"]
    )
    renewed: Flag | None = Field(default=None, description="Whether another label renews it already.")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to one reader of a notice; the address is kept out of what is printed."""

    delivery_id: str
    address: str = field(repr=False)
    subject: str
    body: str = field(repr=False)


class DeliveriesRead(BaseModel):
    """How many readers a notice has, and how it fared on its way to them; who they are is not told here."""

    readers: int = Field(description="People it is meant for; none means that nobody is told.", ge=0)
    sent: int = Field(description="The mail server took it over.", ge=0)
    waiting: int = Field(description="Not sent yet.", ge=0)
    lost: int = Field(description="Given up, or sent without knowing whether it arrived.", ge=0)


class NoticeRead(BaseModel):
    """A notice that was made."""

    kind: str = Field(description="Which of the notices.", max_length=40, examples=["first"])
    text: str = Field(description="Key of its text.", max_length=40, examples=["label_ends_in_six_months"])
    due_on: date = Field(description="Day on which it fell due.")
    made_at: datetime = Field(description="When it was made.")
    deliveries: DeliveriesRead = Field(description="How it fared on its way.")


class ExpiringLabel(BaseModel):
    """A label shown in the register whose end comes near."""

    number: str = Field(description="Number of the label.", max_length=40, examples=["LB-2019-000123-09"])
    cluster_id: UUID = Field(description="Its holder.")
    holder: str = Field(description="Legal name of its holder.", max_length=300)
    country: str = Field(description="ISO 3166-1 alpha-2.", max_length=2)
    level: Level = Field(description="Level.")
    valid_until: date = Field(description="Last day of validity.")
    days_left: int = Field(description="Days until the last day.", ge=0, le=MOST_DAYS)
    is_renewed: bool = Field(description="Whether another label renews it already.")
    notices: list[NoticeRead] = Field(description="Notices made about this end.", max_length=100)
