"""What is recorded of a pairing so that anybody can check it."""

from typing import Annotated

from pydantic import Field

from cluster_api.rounds.schemas import Frozen

MOST_PAIRS = 1_000_000
Key = Annotated[str, Field(min_length=1, max_length=100)]


class PairRead(Frozen):
    """A visitor and a host who are matched."""

    visitor_id: Key = Field(description="The visitor.")
    host_id: Key = Field(description="The host.")
    points: int = Field(description="How well they fit, of ten thousand.", ge=0, le=10_000)


class Certificate(Frozen):
    """A pairing, and all that somebody needs besides the participants to find that it holds."""

    seed: Key = Field(description="What the lots were drawn from.", examples=["2027-spring"])
    weights_version: int = Field(description="Version of the weights.", ge=1)
    least_points: int = Field(description="Points below which nobody is paired.", ge=0, le=10_000)
    inputs_sha256: str = Field(
        description="SHA-256 of the participants and the terms, as canonical lines.", pattern="^[0-9a-f]{64}$"
    )
    pairs: tuple[PairRead, ...] = Field(description="The pairs, by visitor and host.", max_length=MOST_PAIRS)
