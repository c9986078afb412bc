"""Who stands behind a deed, how the journal is asked, and how its lines and checkpoints are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from pydantic import BaseModel, Field

from cluster_api.foundation.fields import CivilDay, Instant
from cluster_api.foundation.paging import PageQuery

LAST_POSITION = 2**53 - 1
"""The largest number that every reader of JSON keeps exactly (RFC 8259, 6)."""
EXAMPLE_ID = "01767a3e-2f00-7c3a-8d5e-0123456789ab"
EXAMPLE_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

Position = Annotated[int, Field(ge=1, le=LAST_POSITION, description="Position in the journal.", examples=[1])]
Digest = Annotated[str, Field(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$", examples=[EXAMPLE_DIGEST])]


@dataclass(frozen=True, slots=True)
class Author:
    """Under which name a deed is recorded, its instant, the request (trace) it came with, and who stands behind it.

    ``name`` is a handle such as ``client:<uuid>`` or ``person:<uuid>``, never the name of a person: the journal cannot
    forget. ``organisation_id`` is the one on whose behalf it was done.
    """

    name: str
    at: datetime
    request_id: str
    client_id: str | None = None
    person_id: str | None = None
    organisation_id: str | None = None


class Particulars(TypedDict, total=False):
    """What may be said of a deed besides who did what.

    ``reason`` and ``details`` are kept in words and can be erased. ``before`` and ``after`` are the facts of the thing
    as plain JSON values, of which the journal keeps the digests only. Those cannot be erased: personal values are left
    out of the facts.
    """

    reason: str | None
    details: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class JournalQuery(PageQuery):
    """Which lines of the journal, the latest first."""

    author: str | None = Field(
        default=None, min_length=1, max_length=200, description="Name of the author.", examples=["administrator"]
    )
    client_id: UUID | None = Field(default=None, description="Machine client that did it.")
    person_id: UUID | None = Field(default=None, description="Person who did it.")
    organisation_id: UUID | None = Field(default=None, description="Organisation on whose behalf it was done.")
    event: str | None = Field(
        default=None,
        max_length=40,
        pattern=r"^[a-z_]+\.[a-z_]+$",
        description="What happened.",
        examples=["cluster.created"],
    )
    subject_kind: str | None = Field(
        default=None, max_length=40, pattern="^[a-z_]+$", description="Kind of thing it happened to.", examples=["job"]
    )
    subject_id: UUID | None = Field(default=None, description="Identifier of the thing it happened to.")
    occurred_from: Instant | None = Field(
        default=None, description="At this instant or later.", examples=["2021-01-01T00:00:00Z"]
    )
    occurred_before: Instant | None = Field(
        default=None, description="Before this instant.", examples=["2031-01-01T00:00:00Z"]
    )
    request: str | None = Field(
        default=None, pattern="^[0-9a-f]{32}$", max_length=32, description="Trace of the request it came with."
    )


class SubjectRead(BaseModel):
    """The thing that something happened to."""

    kind: str = Field(description="Kind of thing.", max_length=40, examples=["cluster"])
    id: UUID = Field(description="Its identifier.", examples=[EXAMPLE_ID])


class HistoryRead(BaseModel):
    """A line of the journal as told to those whose thing it is about.

    Where it stands in the chain is left out: positions and digests would count and fingerprint the deeds of others.
    """

    id: UUID = Field(description="Identifier.", examples=[EXAMPLE_ID])
    occurred_at: datetime = Field(description="When it was done.")
    day: date = Field(description="UTC day to which the line belongs, and whose checkpoint seals it.")
    author: str = Field(description="Handle of who did it.", max_length=200, examples=["administrator"])
    client_id: UUID | None = Field(description="Machine client that did it.")
    person_id: UUID | None = Field(description="Person who did it.")
    organisation_id: UUID | None = Field(description="Organisation on whose behalf it was done.")
    event: str = Field(description="What happened.", max_length=40, examples=["cluster.created"])
    subject: SubjectRead = Field(description="What it happened to.")
    before_digest: Digest | None = Field(description="SHA-256 of the facts before, as canonical JSON (RFC 8785).")
    after_digest: Digest | None = Field(description="SHA-256 of the facts after, as canonical JSON (RFC 8785).")
    request_id: str = Field(description="Trace of the request it came with.", max_length=32, examples=["0" * 32])
    reason: str | None = Field(description="Why it was done, unless erased.")
    details: dict[str, Any] = Field(description="Particulars, unless erased; members depend on the event.")
    note_erased: bool = Field(description="Whether reason and details were there and have been erased.")


class EntryRead(HistoryRead):
    """A line of the journal."""

    position: Position
    note_digest: Digest | None = Field(description="Digest of reason and details with a salt; null if there are none.")
    previous: Digest = Field(description="Digest of the line before.")
    digest: Digest = Field(description="SHA-256 of the canonical JSON of the line without its note.")


class CheckpointPayload(BaseModel):
    """What a checkpoint states of a day, and what its signature is about."""

    day: CivilDay = Field(description="UTC day that had ended.", examples=["2021-01-15"])
    last_position: Position
    lines: int = Field(description="Lines of the day.", ge=0, le=LAST_POSITION)
    digest: Digest = Field(description="Digest of the line at `last_position`.")


class CheckpointRead(BaseModel):
    """A signed checkpoint; kept outside, it proves later that nothing before it was changed."""

    payload: CheckpointPayload = Field(description="What is stated; signed as canonical JSON (RFC 8785).")
    signature: str = Field(description="JWS in compact form (RFC 7515).", max_length=10_000)
    key_id: str = Field(description="Which key signed it.", max_length=200)
    created_at: datetime | None = Field(default=None, description="When it was made.")
