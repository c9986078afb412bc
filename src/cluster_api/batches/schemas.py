"""What goes in and out about matchings of a round."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.batches.states import ProposalOutcome
from cluster_api.foundation.fields import WHOLE, Prose
from cluster_api.foundation.paging import PageQuery
from cluster_api.jobs.schemas import EXAMPLE_ID
from cluster_api.jobs.states import JobState
from cluster_api.matching.rules import MOST_POINTS
from cluster_api.pairings.schemas import MOST_PAIRS, PairRead
from cluster_api.participants.schemas import RoundCode

Quota = Annotated[int, Field(ge=1, le=100, strict=True), WHOLE]
Points = Annotated[int, Field(ge=0, le=MOST_POINTS, strict=True), WHOLE]
Seed = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z][0-9A-Za-z ._:\-]*$")]
Digest = Annotated[str, Field(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")]
InputLine = Annotated[str, Field(max_length=10_000)]
MOST_LINES = 200_001
MOST_OWN_PAIRS = 200
"""A participant is in a hundred pairs at most on either side."""


class RoundPairingCreate(BaseModel):
    """What the matching of a round is made under."""

    model_config = ConfigDict(extra="forbid")

    round: RoundCode = Field(description="Code of the round.", examples=["pilot"])
    seed: Seed = Field(
        description="What the lots are drawn from: best a text that nobody could choose, such as the numbers "
        "drawn by a public lottery on a day that was named before.",
        examples=["Lotto 2021-01-16: 4 8 15 16 23 42"],
    )
    least_points: Points | None = Field(
        default=None, description="Points of ten thousand below which nobody is paired; the default is dated data."
    )
    visitor_quota: Quota | None = Field(
        default=None, description="Pairs that a visitor is in at most; the default is dated data."
    )
    host_quota: Quota | None = Field(
        default=None, description="Pairs that a host is in at most; the default is dated data."
    )
    reason: Prose | None = Field(default=None, description="Why it is made.", examples=["Start of the round."])


class RoundPairingRead(BaseModel):
    """A matching of a round, and how far it is."""

    id: UUID = Field(description="Identifier.")
    round: str = Field(description="Code of the round.", max_length=40)
    seed: str = Field(description="What the lots are drawn from.", max_length=100)
    least_points: int = Field(description="Points of ten thousand below which nobody is paired.", ge=0, le=MOST_POINTS)
    visitor_quota: int = Field(description="Pairs that a visitor is in at most.", ge=1)
    host_quota: int = Field(description="Pairs that a host is in at most.", ge=1)
    weights_version: int = Field(description="Version of the weights.", ge=1)
    reason: str | None = Field(description="Why it is made.", max_length=5000)
    state: JobState = Field(description="Whether it waits, runs, or how it ended.")
    job_id: UUID = Field(description="The job that makes it, with its progress.")
    visitors: int | None = Field(description="Validated visitors of the round; null before the end.", ge=0)
    hosts: int | None = Field(description="Validated hosts of the round; null before the end.", ge=0)
    pairs: int | None = Field(description="Pairs; null before the end.", ge=0)
    inputs_sha256: str | None = Field(
        description="SHA-256 of participants and terms, as in the certificate; null before the end.", max_length=64
    )
    requested_at: datetime = Field(description="When it was asked for.")
    completed_at: datetime | None = Field(
        description="When it was done; the certificate had been checked before by rules that share nothing with the "
        "search."
    )


class RoundPairingQuery(PageQuery):
    """Which matchings."""

    round: RoundCode | None = Field(default=None, description="Code of the round.")


class RoundPairRead(BaseModel):
    """A visitor and a host that are put together."""

    id: UUID = Field(description="Identifier.")
    visitor_id: UUID = Field(description="The visitor.")
    host_id: UUID = Field(description="The host.")
    points: int = Field(description="How well they fit, of ten thousand.", ge=0, le=MOST_POINTS)


class RoundPairQuery(PageQuery):
    """Which pairs."""

    participant_id: UUID | None = Field(default=None, description="A participant on either side.")


class RoundPairsPropose(BaseModel):
    """Whose pairs of which matching are proposed."""

    model_config = ConfigDict(extra="forbid")

    pairing_id: UUID = Field(description="The matching.", examples=[EXAMPLE_ID])
    participant_id: UUID = Field(
        description="The participant for which you act.", examples=["01767a3e-2f00-7c3a-8d5e-0123456789ac"]
    )
    message: Prose | None = Field(
        default=None, description="What to tell the other sides, without personal details.", examples=["Shall we?"]
    )


class RoundProposal(BaseModel):
    """What became of one pair."""

    visitor_id: UUID = Field(description="The visitor.")
    host_id: UUID = Field(description="The host.")
    points: int = Field(description="How well they fit, of ten thousand.", ge=0, le=MOST_POINTS)
    outcome: ProposalOutcome = Field(description="Proposed now, standing already, or not possible any more.")
    match_id: UUID | None = Field(description="The match; null if it is not possible.")
    reason: str | None = Field(description="Why it is not possible.", max_length=5000)


class RoundProposals(BaseModel):
    """What became of every pair of a participant in a matching, the best first."""

    pairing_id: UUID = Field(description="The matching.")
    participant_id: UUID = Field(description="The participant.")
    pairs: list[RoundProposal] = Field(description="Its pairs, as visitor and as host.", max_length=MOST_OWN_PAIRS)


class RoundCertificate(BaseModel):
    """All that anybody needs to check that a matching is stable: who took part, under which terms, and the pairs.

    Stable means that no two who are not paired would both rather be. Participants are named by their identifiers.
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID = Field(description="Identifier of the matching.")
    round: str = Field(description="Code of the round.", max_length=40)
    inputs: list[InputLine] = Field(
        description="Lines of canonical JSON (RFC 8785): first the terms, then for each visitor and each host role, "
        "quota, identifier, organisation, country, ecosystems, aims and activities as bits in the order of their "
        "vocabularies, wanted countries, first and last free day.",
        max_length=MOST_LINES,
    )
    inputs_sha256: Digest = Field(description="SHA-256 of these lines, joined by line feeds.")
    pairs: list[PairRead] = Field(description="The pairs, by visitor and host.", max_length=MOST_PAIRS)
