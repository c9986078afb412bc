"""What one can ask of the registry; who asks decides what there is.

Lists take the prepared read path: a statement is built once for each combination of filters, and rows become bytes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters import rules
from cluster_api.clusters.errors import ClusterNotFound, OwnerUnclear
from cluster_api.clusters.models import (
    Cluster,
    ClusterIdentifier,
    ClusterLikeness,
    ClusterVersion,
    LevelPeriod,
    Succession,
)
from cluster_api.clusters.schemas import (
    ClusterQuery,
    ClusterRead,
    ClusterSummary,
    MembersRead,
    SuccessionRead,
    SuccessionsRead,
    VersionRead,
)
from cluster_api.clusters.states import PROFILE, VISIBLE
from cluster_api.foundation.database import Reader
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.listing import Listing, Order
from cluster_api.foundation.paging import Page, PageQuery, question_of, read_cursor, write_cursor
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.vocabularies.queries import entries, search_entries

MOST_COMPARED = 25
MOST_CANDIDATES = 10
WITH_NUMBERS = (
    sa.select(ClusterIdentifier.cluster_id)
    .join(Cluster, Cluster.id == ClusterIdentifier.cluster_id)
    .where(
        sa.tuple_(ClusterIdentifier.registry_code, ClusterIdentifier.value).in_(sa.bindparam("pairs", expanding=True))
    )
)
WITH_KEYS = (
    sa.select(ClusterLikeness.cluster_id)
    .join(Cluster, Cluster.id == ClusterLikeness.cluster_id)
    .where(ClusterLikeness.key.in_(sa.bindparam("keys", expanding=True)))
    .group_by(ClusterLikeness.cluster_id)
    .order_by(sa.func.count().desc(), ClusterLikeness.cluster_id)
    .limit(sa.bindparam("most"))
)
COMPARED = sa.select(Cluster.id, Cluster.legal_name, Cluster.country, Cluster.website, Cluster.search_text).where(
    Cluster.id.in_(sa.bindparam("ids", expanding=True)),
)


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which this caller may know of a cluster: it is public, or the caller's own."""
    if actor.can(Permission.CLUSTERS_READ_ALL):
        return sa.true()
    only = [] if actor.caller.cluster_id is None else [Cluster.id == actor.caller.cluster_id]
    own = sa.and_(Cluster.owner_id.in_(actor.where(Permission.CLUSTERS_READ)), *only)
    return sa.or_(Cluster.profile_state.in_(VISIBLE), own)


def sees_all(actor: Actor, cluster: Cluster) -> bool:
    """Answer whether this caller sees what is not public about a cluster: drafts, authors, reasons."""
    return actor.can(Permission.CLUSTERS_READ_ALL) or _owns(actor, cluster, Permission.CLUSTERS_READ)


def _owns(actor: Actor, cluster: Cluster, permission: Permission) -> bool:
    is_own = cluster.owner_id is not None and actor.can(permission, within=cluster.owner_id)
    return is_own and actor.caller.cluster_id in {None, cluster.id}


def may(actor: Actor, cluster: Cluster, permission: Permission) -> bool:
    """Answer whether this caller may do something with this cluster."""
    if permission is Permission.CLUSTERS_WRITE:
        return actor.can(Permission.CLUSTERS_WRITE_ALL) or _owns(actor, cluster, permission)
    return actor.can(permission)


def must(actor: Actor, cluster: Cluster, permission: Permission) -> None:
    """Raise CredentialsRequired or PermissionMissing unless this caller may do something with this cluster."""
    if not may(actor, cluster, permission):
        actor.refuse(permission)


def checked_owner(session: Session, organisation_id: str | None) -> str | None:
    """Answer the organisation if it is known and open; raise OwnerUnclear otherwise."""
    if organisation_id is not None:
        found = session.get(Organisation, organisation_id)
        if found is None or found.closed_at is not None:
            raise OwnerUnclear("There is no such organisation, or it is closed.")
    return organisation_id


def get_cluster(session: Session, actor: Actor, cluster_id: str, *, for_change: bool = False) -> Cluster:
    """Answer a cluster; raise ClusterNotFound if there is none of which this caller may know.

    ``for_change`` locks the row until the transaction ends, so that of two changes made at once the second sees the
    first; on SQLite the writer's lock does the same.
    """
    statement = sa.select(Cluster).where(Cluster.id == cluster_id, visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise ClusterNotFound
    return found


def identifiers_of(session: Session, cluster_id: str) -> list[dict[str, str]]:
    """Answer the identifiers of a cluster, by registry and value."""
    statement = (
        sa.select(ClusterIdentifier.registry_code, ClusterIdentifier.value)
        .where(ClusterIdentifier.cluster_id == cluster_id)
        .order_by(ClusterIdentifier.registry_code, ClusterIdentifier.value)
    )
    return [{"registry": registry, "value": value} for registry, value in session.execute(statement)]


def facts_of(session: Session, cluster: Cluster) -> dict[str, Any]:
    """Answer the recorded facts of a cluster as they are now, as plain values."""
    facts = {name: rules.recorded_value(getattr(cluster, name)) for name in rules.EMPTY if name != "identifiers"}
    return facts | {"identifiers": identifiers_of(session, cluster.id)}


def allowed_moves(actor: Actor, cluster: Cluster) -> list[str]:
    """Answer the verbs this caller can use on the profile of a cluster now."""
    moves = PROFILE.moves_from(cluster.profile_state)
    return [move.verb for move in moves if may(actor, cluster, Permission(move.permission))]


def read_cluster(session: Session, actor: Actor, cluster: Cluster) -> ClusterRead:
    """Answer a cluster as it is shown to this caller now."""
    return _read(
        facts_of(session, cluster),
        id=cluster.id,
        version=cluster.version,
        created_at=cluster.created_at,
        updated_at=cluster.updated_at,
        allowed_moves=allowed_moves(actor, cluster),
    )


def _read(facts: rules.Facts, **about: Any) -> ClusterRead:
    fields, _ = rules.profile_fields()
    return ClusterRead(
        **{**facts, "participants": rules.all_participants(facts)},
        committed_members=rules.committed_total(facts["members"]),
        completeness=rules.completeness(facts, fields),
        **about,
    )


def versions_of(
    session: Session, cluster_id: str, *, at: date | None = None, known_at: datetime | None = None
) -> list[ClusterVersion]:
    """Answer the changes effective by a day and recorded by an instant, in the order in which they became true."""
    statement = sa.select(ClusterVersion).where(ClusterVersion.cluster_id == cluster_id)
    if at is not None:
        statement = statement.where(ClusterVersion.effective_on <= at)
    if known_at is not None:
        statement = statement.where(ClusterVersion.recorded_at <= known_at)
    return list(session.scalars(statement.order_by(ClusterVersion.effective_on, ClusterVersion.version)))


def cluster_as_of(
    session: Session, actor: Actor, cluster: Cluster, *, at: date | None, known_at: datetime | None
) -> ClusterRead:
    """Answer what was true of a cluster on a day, as recorded at an instant; raise ClusterNotFound if nothing was.

    The public is not shown a state in which the profile was not public. Nothing can be done with the past, so no
    moves are named.
    """
    versions = versions_of(session, cluster.id, at=at, known_at=known_at)
    facts = rules.folded_changes(version.changes for version in versions)
    if not versions or not (sees_all(actor, cluster) or facts["profile_state"] in VISIBLE):
        raise ClusterNotFound("Nothing public was recorded of this cluster on that day or at that instant.")
    latest = max(versions, key=lambda version: version.version)
    return _read(
        facts,
        id=cluster.id,
        version=latest.version,
        created_at=cluster.created_at,
        updated_at=latest.recorded_at,
        allowed_moves=[],
    )


def history_page(session: Session, actor: Actor, cluster: Cluster, query: PageQuery) -> Page[VersionRead]:
    """Answer a page of the changes of a cluster, the last one first.

    The public sees changes made while the profile was public, without author and reason.
    """
    question = question_of({"of": "history", "cluster": cluster.id, "view": actor.view})
    statement = sa.select(ClusterVersion).where(ClusterVersion.cluster_id == cluster.id)
    if not (seen := sees_all(actor, cluster)):
        statement = statement.where(ClusterVersion.profile_state.in_(VISIBLE))
    if query.cursor is not None:
        # A number beyond every version is an honest position: nothing or everything lies before it.
        position = max(0, min(read_cursor(query.cursor, question, [int])[0], 2**31 - 1))
        statement = statement.where(ClusterVersion.version < position)
    found = session.scalars(statement.order_by(ClusterVersion.version.desc()).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    items = [VersionRead.model_validate(version, from_attributes=True) for version in shown]
    return Page(
        items=items if seen else [_untold(version) for version in items],
        next=write_cursor(question, [shown[-1].version]) if len(found) > query.limit else None,
    )


def _untold(version: VersionRead) -> VersionRead:
    # Reasons stand among the changes, too.
    changes = {name: value for name, value in version.changes.items() if name not in rules.REASONS}
    return version.model_copy(update={"author": None, "reason": None, "changes": changes})


def composition_of(cluster: Cluster) -> MembersRead:
    """Answer how many committed members of each kind a cluster has, and their shares of all."""
    definition = next(row for row in _data("definitions") if row["code"] == "committed_member")
    kinds = ((entry.code, entry.label, spheres()[entry.code]) for entry in entries("member-kinds"))
    return MembersRead(
        cluster_id=cluster.id,
        participants=cluster.committed_members if cluster.participants is None else cluster.participants,
        committed_members=cluster.committed_members,
        by_kind=rules.composition(cluster.members, kinds),
        definition=definition["text"],
        source=definition["source"],
    )


def successions_of(session: Session, actor: Actor, cluster: Cluster) -> SuccessionsRead:
    """Answer what became of a cluster and what it goes on from, as far as this caller may know of the others."""
    concerned = sa.type_coerce(Succession.successors, sa.Text).contains(cluster.id)
    statement = sa.select(Succession).join(Cluster, Cluster.id == Succession.cluster_id).where(visible(actor))
    statement = statement.where(sa.or_(Succession.cluster_id == cluster.id, concerned))
    found = session.scalars(statement.order_by(Succession.effective_on, Succession.id)).all()
    named = {name for row in found for name in row.successors}
    known = set(session.scalars(sa.select(Cluster.id).where(Cluster.id.in_(named), visible(actor))))
    shown = [SuccessionRead.model_validate(row, from_attributes=True) for row in found]
    for row in shown:
        row.successors = [successor for successor in row.successors if str(successor) in known]
    return SuccessionsRead(
        cluster_id=cluster.id,
        status=cluster.status,
        became=[row for row in shown if str(row.cluster_id) == cluster.id],
        came_from=[row for row in shown if str(row.cluster_id) != cluster.id],
    )


CLUSTER, PERIOD = Cluster.__table__.c, LevelPeriod.__table__.c
SUMMARY = tuple(name for name in ClusterSummary.model_fields if name != "level")


def _is(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return sa.type_coerce(column, sa.String) == sa.bindparam(name, type_=sa.String)


def _names(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return column == sa.bindparam(name, type_=column.type)


def _like(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return sa.type_coerce(column, sa.Text).like(sa.bindparam(name, type_=sa.Text), escape="\\")


RANGES = {"founded": CLUSTER.founded_year, "members": CLUSTER.committed_members}
FILTERS: Mapping[str, sa.ColumnElement[bool]] = {
    **{name: _is(CLUSTER[name], name) for name in ("country", "region", "portfolio", "status", "profile_state")},
    "ecosystem": _like(CLUSTER.ecosystems, "ecosystem"),
    "emerging_industry": _like(CLUSTER.emerging_industries, "emerging_industry"),
    **{f"{name}_from": number >= sa.bindparam(f"{name}_from", type_=sa.Integer) for name, number in RANGES.items()},
    **{f"{name}_to": number <= sa.bindparam(f"{name}_to", type_=sa.Integer) for name, number in RANGES.items()},
    "level": _is(PERIOD.level, "level"),
}
SHOWN = sa.or_(*(CLUSTER.profile_state == sa.literal_column(f"'{state.value}'") for state in VISIBLE))
MANY = {"word": CLUSTER.search_text, "activity": CLUSTER.activities}


def _held_by(cluster_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    day = sa.bindparam("level_on", type_=sa.Date)
    return (PERIOD.cluster_id == cluster_id) & (PERIOD.starts_on <= day) & (PERIOD.ends_on >= day)


def _with_level(page: sa.Subquery) -> sa.Select[Any]:
    tables = page.outerjoin(LevelPeriod.__table__, _held_by(page.c.id))
    return sa.select(*(page.c[name] for name in SUMMARY), PERIOD.level).select_from(tables)


def _listed(shape: frozenset[str]) -> sa.Select[Any]:
    statement = sa.select(*(CLUSTER[name] for name in SUMMARY))
    if "level" in shape:
        statement = statement.join(LevelPeriod.__table__, _held_by(CLUSTER.id))
    conditions = [FILTERS[name] for name in sorted(shape & FILTERS.keys())]
    for name, column in MANY.items():
        several = [_like(column, asked) for asked in sorted(shape) if asked.startswith(name)]
        # Of words every one must occur; of activities one is enough. A search for nothing finds nothing.
        conditions += several if name == "word" else [sa.or_(*several)] if several else []
    if "all" not in shape:
        own = [_names(CLUSTER.owner_id, name) for name in sorted(shape) if name.startswith("own")]
        only = [_names(CLUSTER.id, "only")] if "only" in shape else []
        conditions.append(sa.or_(SHOWN, sa.and_(sa.or_(*own), *only)) if own else SHOWN)
    return statement.where(*conditions, *([sa.false()] if "nothing" in shape else []))


CLUSTERS = Listing(
    _listed,
    complete=_with_level,
    orders={
        "name": Order(CLUSTER.sort_name, str),
        "founded_year": Order(sa.func.coalesce(CLUSTER.founded_year, 0), int),
        "committed_members": Order(CLUSTER.committed_members, int),
        "updated_at": Order(CLUSTER.updated_at, datetime),
    },
    key=CLUSTER.id,
)


def _asked(actor: Actor, query: ClusterQuery) -> tuple[frozenset[str], dict[str, Any]]:
    values = query.model_dump(mode="json", include={*FILTERS}, exclude_none=True)
    values |= {name: f"%|{values[name]}|%" for name in ("ecosystem", "emerging_industry") if name in values}
    if query.activity is not None:
        below = (entry.code for entry in search_entries("economic-activities", parent=query.activity))
        values |= {f"activity{at}": like for at, like in enumerate(rules.activity_patterns(query.activity, below))}
    words = rules.search_words(query.q or "")
    values |= {f"word{at}": rules.like_pattern(word) for at, word in enumerate(words)}
    values |= {f"own{at}": owner for at, owner in enumerate(actor.where(Permission.CLUSTERS_READ))}
    values |= {"only": actor.caller.cluster_id} if actor.caller.cluster_id is not None else {}
    shape = {*values, *(["all"] if actor.can(Permission.CLUSTERS_READ_ALL) else [])}
    shape |= {"nothing"} if query.q is not None and not words else set()
    return frozenset(shape), {**values, "level_on": query.level_on or actor.today}


async def list_clusters(reader: Reader, actor: Actor, query: ClusterQuery) -> tuple[bytes, str | None]:
    """Answer a page of clusters as JSON (``CountedPage[ClusterSummary]``) and its cursor to the next.

    Raise Invalid for a cursor of another question.
    """
    page = await CLUSTERS.page(reader, query, *_asked(actor, query))
    items = [dict(zip((*SUMMARY, "level"), row, strict=False)) for row in page.rows]
    for item in items:
        item["ecosystems"] = item["ecosystems"].strip("|").split("|") if item["ecosystems"] else []
        item["is_synthetic"] = bool(item["is_synthetic"])
    body = {"items": items, "next": page.next, "total": page.total}
    return orjson.dumps(body, option=orjson.OPT_UTC_Z), page.next


def find_alike(session: Session, actor: Actor, party: rules.Party) -> list[dict[str, Any]]:
    """Answer the recorded organisations that look like this one, the likeliest first, as members of a problem.

    Compared are those that share an identifier, and of those that share keys of likeness the ones with most.
    """
    limits = rules.likeness_limits()
    seen = visible(actor)
    pairs = {"pairs": list(party.identifiers)}
    numbers = session.scalars(WITH_NUMBERS.where(seen), pairs) if party.identifiers else ()
    same_number = set(numbers)
    keys = list(rules.likeness_keys(party, limits.noise))
    ids = same_number | set(session.scalars(WITH_KEYS.where(seen), {"keys": keys, "most": MOST_COMPARED}))
    asked = {"ids": list(ids)}
    candidates = []
    for row in session.execute(COMPARED, asked) if ids else ():
        shared = party.identifiers if row.id in same_number else frozenset()
        recorded = rules.Party(rules.names_in(row.search_text), row.country, row.website, shared)
        alike = rules.likeness(party, recorded, limits)
        if alike.score >= limits.candidate_from:
            about = {"id": row.id, "legal_name": row.legal_name, "country": row.country}
            candidates.append({**about, "score": alike.score, "matched_on": list(alike.matched_on)})
    candidates.sort(key=lambda candidate: (-candidate["score"], candidate["id"]))
    return candidates[:MOST_CANDIDATES]


def _data(name: str) -> tuple[dict[str, str], ...]:
    return data_rows("cluster_api.clusters", name)


@cache
def spheres() -> Mapping[str, str]:
    """Answer the sphere of each kind of member: industry, research and education, public, or other."""
    return {entry.code: entry.attributes["sphere"] for entry in entries("member-kinds")}
