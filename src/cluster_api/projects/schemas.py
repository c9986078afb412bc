"""What the demonstration programme is made of: plans by call, and the partnerships that come of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cluster_api.partnerships.states import ActivityKind, AttendeeKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation of the register that can be a partner."""

    id: str
    country: str
    is_synthetic: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What the partnerships of one call add up to: partners, countries, managers trained, enterprises reached."""

    call: str
    acronym: str
    begins_on: date
    months: int
    projects: int
    partners: int
    countries: int
    managers: int
    smes: int
    grant_cents: int


@dataclass(frozen=True, slots=True)
class Done:
    """Something that a partnership did on one day, with who took part by keys of attendance."""

    id: str
    kind: ActivityKind
    title: str
    day: date
    attendees: Mapping[AttendeeKind, Sequence[str]]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Project:
    """An invented partnership of a call; the first partner coordinates."""

    id: str
    acronym: str
    call: str
    serial: int
    begins_on: date
    ends_on: date
    grant_cents: int
    partners: tuple[Candidate, ...]
    done: tuple[Done, ...]
    created_at: datetime
