"""What the demonstration register is made from (the material in ``data/``) and what it consists of (records)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from cluster_api.clusters.states import Level
from cluster_api.labels.states import LabelEventKind, LabelKind
from cluster_api.methodology.schemas import RuleSet


class Verb(StrEnum):
    """What a step of a history does."""

    AWARD = "award"
    RENEW = "renew"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"
    WITHDRAW_EARLIER = "withdraw_earlier"
    """Withdrawn with effect from a day before the decision."""
    WITHDRAW_FROM_START = "withdraw_from_start"
    """Withdrawn with effect from its first day: never held."""
    CORRECT = "correct"
    """Awarded with a wrong end, put right later."""


class CountedFrom(StrEnum):
    """The day from which the months of a step are counted."""

    ASSESSMENT = "assessment"
    """The assessment of the last label."""
    START = "start"
    """The first day of the last label, or its award if that is later."""
    END = "end"
    """The last day of the last label."""
    EVENT = "event"
    """The day of the last decision."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many organisations of a country have each level as the highest they ever held."""

    country: str
    highest: Mapping[Level, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A city, its NUTS 2021 level 2 region where there is one, the language of names there, its part of an address."""

    country: str
    region: str | None
    city: str
    english: str
    language: str
    address: str


@dataclass(frozen=True, slots=True)
class Field:
    """A comparative portfolio: how often it occurs and what organisations in it work on."""

    portfolio: str
    weight: int
    stem: str
    ecosystems: tuple[str, ...]
    activities: tuple[str, ...]
    emerging_industries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a cluster is about, in the language of its name and in English, and its part of an address."""

    text: str
    english: str
    address: str


@dataclass(frozen=True, slots=True)
class NamePattern:
    """How names are built in a language, and the legal form that such a name tells."""

    text: str
    legal_form: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a holder, and the months after which it does."""

    name: str
    verb: Verb
    counted_from: CountedFrom
    months_from: int
    months_until: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class History:
    """A course of labels, how often it occurs, and the highest level it leads to."""

    highest: Level
    weight: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FirstYear:
    """How many organisations got their first label in a year, and its first month that counts."""

    year: int
    first_month: int
    organisations: int


@dataclass(frozen=True, slots=True)
class PublishedLabel:
    """A label of a real organisation; where the day is not published, ``confidence`` says how it was chosen."""

    level: Level
    assessed_on: date
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class PublishedOrganisation:
    """A real organisation: a published holder or a named partner; what is not known of it is left out."""

    key: str
    legal_name: str
    short_name: str | None
    country: str
    region: str | None
    city: str | None
    website: str | None
    portfolio: str | None
    partner_codes: tuple[str, ...]
    source: str
    labels: tuple[PublishedLabel, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything the register is made from."""

    rule_sets: tuple[RuleSet, ...]
    quotas: tuple[Quota, ...]
    places: Mapping[str, tuple[Place, ...]]
    fields: tuple[Field, ...]
    topics: Mapping[tuple[str, str], tuple[Topic, ...]]
    patterns: Mapping[str, tuple[NamePattern, ...]]
    histories: Mapping[Level, tuple[History, ...]]
    first_years: tuple[FirstYear, ...]
    distributions: Mapping[str, tuple[tuple[float, int], ...]]
    published: tuple[PublishedOrganisation, ...]


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """A cluster organisation; the names are those of the columns of the registry, what has a default may be unknown."""

    id: str
    legal_name: str
    short_name: str | None
    country: str
    region: str | None
    city: str | None
    website: str | None
    portfolio: str | None
    descriptions: dict[str, str]
    is_synthetic: bool
    created_at: datetime
    names: dict[str, str] = field(default_factory=dict)
    legal_form: str | None = None
    host_organisation: str | None = None
    founded_year: int | None = None
    english_page: str | None = None
    contact_role: str | None = None
    ecosystems: tuple[str, ...] = ()
    emerging_industries: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    participants: int = 0
    members: dict[str, int] = field(default_factory=dict)
    staff_fte: Decimal | None = None
    waiver: str | None = None


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """A label; the names are those of the columns of the register."""

    id: str
    number: str
    cluster_id: str
    level: Level
    kind: LabelKind
    rule_set: str
    previous_label_id: str | None
    assessed_on: date
    awarded_on: date
    valid_from: date
    valid_until: date
    country: str
    portfolio: str
    source: str | None
    is_synthetic: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class EventRecord:
    """What happened to a label; the names are those of the columns of the register."""

    id: str
    label_id: str
    kind: LabelEventKind
    effective_on: date
    valid_from: date | None
    valid_until: date | None
    reason: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Register:
    """Organisations with their labels, ordered by award, and the events of these."""

    clusters: tuple[ClusterRecord, ...]
    labels: tuple[LabelRecord, ...]
    events: tuple[EventRecord, ...]
