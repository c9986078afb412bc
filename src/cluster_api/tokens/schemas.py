"""What a secret is made of, what a token must say, and what a checked one says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret we hand out once: its text, the public part by which it is found, and the digest that is stored."""

    text: str
    public_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token must say to be accepted."""

    issuer: str
    audiences: frozenset[str]
    algorithms: tuple[str, ...]
    types: frozenset[str] | None = None  # of the header's `typ`, lower case; none where the issuer may choose
    claims: tuple[str, ...] = ()  # that must be there besides


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself before anything is checked."""

    issuer: str
    key_id: str | None
    header: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """A token whose signature, times, issuer and audience fit."""

    claims: Mapping[str, Any]
    expires_at: datetime
