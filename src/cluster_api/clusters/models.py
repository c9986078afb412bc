"""Tables of the registry. A cluster's row is its present; ``cluster_version`` keeps every change that led to it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.clusters.states import ClusterStatus, Level, ProfileState, SuccessionKind
from cluster_api.foundation.schema import Base, Choice, Code, Identifier, Key, Name, Reference, one_of

# Lists are ordered by folded names, and must be in the same order on every server: byte by byte, as SQLite does.
Folded = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")


class Cluster(Base):
    """A cluster organisation: the manager of a regional network of firms, research and public bodies."""

    __tablename__ = "cluster"
    __table_args__ = (
        one_of("status", ClusterStatus),
        one_of("profile_state", ProfileState),
        sa.CheckConstraint("committed_members <= participants", name="committed_within_participants"),
        sa.Index("ix_cluster_sort_name", "sort_name", "id"),
        sa.Index("ix_cluster_country_sort_name", "country", "sort_name", "id"),
        sa.Index("ix_cluster_portfolio_sort_name", "portfolio", "sort_name", "id"),
        sa.Index("ix_cluster_committed_members", "committed_members", "id"),
        sa.Index("ix_cluster_updated_at", "updated_at", "id"),
    )

    id: Mapped[Key]
    owner_id: Mapped[Reference | None] = mapped_column(index=True)  # organisations are never deleted
    legal_name: Mapped[Name]
    short_name: Mapped[str | None] = mapped_column(sa.String(120))
    names: Mapped[dict[str, str]]  # language (BCP 47) to name
    sort_name: Mapped[str] = mapped_column(Folded)  # folded legal name: the order of lists
    search_text: Mapped[str] = mapped_column(sa.Text)  # every name, folded
    country: Mapped[str] = mapped_column(sa.String(2))
    region: Mapped[str | None] = mapped_column(sa.String(5))  # NUTS 2021, level 2
    city: Mapped[str | None] = mapped_column(sa.String(120))
    legal_form: Mapped[Code | None]
    host_organisation: Mapped[str | None] = mapped_column(sa.String(300))
    founded_year: Mapped[int | None]
    website: Mapped[str | None] = mapped_column(sa.String(500))
    english_page: Mapped[str | None] = mapped_column(sa.String(500))
    contact_role: Mapped[str | None] = mapped_column(sa.String(120))
    portfolio: Mapped[Code | None]
    ecosystems: Mapped[list[str]]
    emerging_industries: Mapped[list[str]]
    activities: Mapped[list[str]]  # NACE Rev. 2
    participants: Mapped[int | None]  # null: as many as are committed
    committed_members: Mapped[int]  # sum of `members`, kept for filters and order
    members: Mapped[dict[str, int]]  # kind of member to committed members of that kind
    staff_fte: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 1))
    support_programme: Mapped[str | None] = mapped_column(sa.String(300))
    is_social_economy: Mapped[bool]
    descriptions: Mapped[dict[str, str]]  # language to free text
    status: Mapped[ClusterStatus] = mapped_column(Choice(ClusterStatus))
    profile_state: Mapped[ProfileState] = mapped_column(Choice(ProfileState))
    profile_reason: Mapped[str | None] = mapped_column(sa.Text)
    waiver: Mapped[str | None] = mapped_column(sa.Text)
    published_at: Mapped[datetime | None]
    is_synthetic: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ClusterIdentifier(Base):
    """A number or address of a cluster in somebody else's registry.

    No two clusters that the public sees share one. Among drafts they may: to be told that a number is taken would be to
    be told of somebody else's draft.
    """

    __tablename__ = "cluster_identifier"
    __table_args__ = (
        sa.Index("ix_cluster_identifier_value", "registry_code", "value"),
        sa.Index(
            "uq_cluster_identifier_shown",
            "registry_code",
            "value",
            unique=True,
            sqlite_where=sa.text("is_shown"),
            postgresql_where=sa.text("is_shown"),
        ),
    )

    id: Mapped[Key]
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    registry_code: Mapped[Code]
    value: Mapped[str] = mapped_column(sa.String(200))
    is_shown: Mapped[bool]  # whether the profile of its cluster is public


class ClusterLikeness(Base):
    """A key that two spellings of one organisation would share; finds possible duplicates without reading every name.

    The keys and their reasons are those of ``rules.likeness_keys``.
    """

    __tablename__ = "cluster_likeness"
    __table_args__ = (sa.Index("ix_cluster_likeness_cluster_id", "cluster_id"), {"sqlite_with_rowid": False})

    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)


class ClusterVersion(Base):
    """One change of the record of a cluster: true from a day, recorded at an instant.

    ``changes`` holds the facts that changed with their new values, in the first version all of them. What was true on
    a day, as known at an instant, is the changes recorded by then and effective by that day, one upon the other.
    ``profile_state`` is the state after the change: it says whether the public may know of it.
    """

    __tablename__ = "cluster_version"
    __table_args__ = (one_of("profile_state", ProfileState),)

    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    event: Mapped[Code]
    author: Mapped[str] = mapped_column(sa.String(200))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    profile_state: Mapped[ProfileState] = mapped_column(Choice(ProfileState))
    changes: Mapped[dict[str, Any]]


class Succession(Base):
    """A cluster was renamed, merged into others, split into others, or closed. Labels never move by it."""

    __tablename__ = "succession"
    __table_args__ = (one_of("kind", SuccessionKind),)

    id: Mapped[Key]
    cluster_id: Mapped[Reference] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    kind: Mapped[SuccessionKind] = mapped_column(Choice(SuccessionKind))
    successors: Mapped[list[str]]
    former_name: Mapped[str | None] = mapped_column(sa.String(300))
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))


class LevelPeriod(Base):
    """The level a cluster shows over time, as labels report it: disjoint days, the highest valid level of each.

    The registry is below labels and cannot ask them; labels write here whatever they decide, so that lists can filter
    by the level held on a day.
    """

    __tablename__ = "level_period"
    __table_args__ = (
        one_of("level", Level),
        sa.CheckConstraint("starts_on <= ends_on", name="starts_before_ends"),
        sa.Index("ix_level_period_ends_on", "ends_on", "starts_on", "level"),
    )

    cluster_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey("cluster.id"), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date]
    level: Mapped[Level] = mapped_column(Choice(Level))
    label_number: Mapped[str] = mapped_column(sa.String(40))
