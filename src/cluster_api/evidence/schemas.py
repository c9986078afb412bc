"""What goes in and out about files of evidence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from cluster_api.assessments.states import EvidenceSide, EvidenceState
from cluster_api.foundation.fields import STRIPPED

EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
NAME_PATTERN = r'^[^\x00-\x1f\x7f-\x9f/\\:*?"<>|]+$'
MediaType = Annotated[str, Field(min_length=3, max_length=120, pattern=r"^[a-z]+/[a-z0-9.+-]+$")]
FileName = Annotated[str, Field(min_length=1, max_length=200, pattern=NAME_PATTERN), STRIPPED]


@dataclass(frozen=True, slots=True)
class EvidenceGiven:
    """How a file that is sent is called, and which media type it is said to have."""

    name: str
    media_type: str | None


class EvidenceRead(BaseModel):
    """A file of evidence."""

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    name: str = Field(description="Name of the file.", max_length=200)
    media_type: str = Field(description="Media type, by its content.", max_length=120)
    size: int = Field(description="Length in bytes.", ge=1, le=2**53)
    sha256: str = Field(description="SHA-256 of the content.", min_length=64, max_length=64)
    side: EvidenceSide = Field(description="Which side sent it: it alone can remove it.")
    state: EvidenceState = Field(description="Where it stands: only what is released is given out.")
    findings: list[str] = Field(description="What its check found.", max_length=20)
    checked_at: datetime | None = Field(description="When it was checked.")
    version: int = Field(description="Version.", ge=1)
    created_at: datetime = Field(description="When it was sent.")
    allowed_moves: list[str] = Field(description="What you can do with it now.", max_length=10)
