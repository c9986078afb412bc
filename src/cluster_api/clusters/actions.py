"""What one can do with cluster organisations: record, change, give into hands, succeed.

Every verb asks whether the caller may, asks the rules, changes the row, and writes one version and one journal line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters import rules
from cluster_api.clusters.errors import (
    FactsNotPossible,
    IdentifierTaken,
    PossibleDuplicate,
    SuccessionNotPossible,
)
from cluster_api.clusters.models import Cluster, ClusterIdentifier, ClusterLikeness, ClusterVersion, Succession
from cluster_api.clusters.queries import (
    checked_owner,
    facts_of,
    find_alike,
    identifiers_of,
    must,
    versions_of,
    visible,
)
from cluster_api.clusters.schemas import ClusterAssign, ClusterCreate, ClusterUpdate, SuccessionCreate
from cluster_api.clusters.states import (
    IMPORTED,
    PROFILE,
    STATUS_AFTER,
    VISIBLE,
    ClusterStatus,
    ProfileState,
    SuccessionKind,
)
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.registrynumbers import checked_number
from cluster_api.foundation.schema import Base
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author, Particulars
from cluster_api.vocabularies.queries import find_region

ROWS_A_BATCH = 500
TABLES: tuple[type[Base], ...] = (Cluster, ClusterIdentifier, ClusterLikeness, ClusterVersion)
FOUND_BY = frozenset({"legal_name", "short_name", "names", "country", "website", "identifiers"})
"""The facts by which searches and the look for duplicates find a cluster."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done: its event, the day from which it is true (today if none), its reason, and where a day was named."""

    event: str
    effective_on: date | None = None
    reason: str | None = None
    day_pointer: str = "/query/effective_on"

    def day(self, actor: Actor) -> date:
        """Answer the day from which it is true; raise FactsNotPossible if that is still to come."""
        day = self.effective_on or actor.today
        if day > actor.today:
            raise FactsNotPossible(
                "A change cannot be true from a day to come.",
                faults=[Fault(self.day_pointer, "in_future", "Name today or a day before.")],
            )
        return day


def create(
    session: Session,
    actor: Actor,
    given: ClusterCreate,
    *,
    owner_id: str | None = None,
    allow_duplicate: bool = False,
    effective_on: date | None = None,
) -> Cluster:
    """Record a cluster as a draft of its owner and answer it.

    Raises:
        FactsNotPossible: the facts contradict each other, the day, or the check digits of a registry.
        PossibleDuplicate: it looks like a recorded one, and ``allow_duplicate`` was not said.
        IdentifierTaken: another cluster of which the caller may know has one of its identifiers.
    """
    actor.must_any(Permission.CLUSTERS_WRITE, Permission.CLUSTERS_WRITE_ALL)
    day = Deed("cluster.created", effective_on).day(actor)
    facts = rules.merged(rules.EMPTY, given.model_dump(mode="json"))
    _refuse_contradictions(facts, actor)
    facts["identifiers"] = numbers = _normalised(facts["identifiers"], facts["country"])
    if not allow_duplicate and (candidates := find_alike(session, actor, rules.party_of(facts))):
        raise PossibleDuplicate(
            f"{len(candidates)} recorded organisation(s) look like this one; the likeliest is "
            f"{candidates[0]['legal_name']!r} ({candidates[0]['score']}).",
            members={"candidates": candidates},
        )
    cluster_id = str(uuid7())
    _refuse_taken(session, cluster_id, numbers, visible(actor))
    pairs = [(number["registry"], number["value"]) for number in numbers]
    about = {"id": cluster_id, "owner_id": owner_id, "created_at": actor.now, "effective_on": day}
    _insert(session, [_rows_of(facts | about | {"identifiers": pairs}, actor.name)])
    record(session, actor.author, "cluster.created", ("cluster", cluster_id), details={"version": 1}, after=facts)
    return session.get_one(Cluster, cluster_id)


def update(
    session: Session, actor: Actor, cluster: Cluster, patch: ClusterUpdate, *, effective_on: date | None = None
) -> Cluster:
    """Change facts by a merge patch and answer the cluster; a patch that changes nothing makes no version.

    A change of the past (``effective_on``) does not undo what was changed with effect from a later day.

    Raises:
        FactsNotPossible: the facts contradict each other, or the record does not reach back to that day.
        IdentifierTaken: another cluster has one of the identifiers.
    """
    must(actor, cluster, Permission.CLUSTERS_WRITE)
    changes = patch.model_dump(mode="json", exclude_unset=True)
    _change(session, actor, cluster, changes, Deed("cluster.updated", effective_on))
    return cluster


def update_by_import(session: Session, actor: Actor, cluster: Cluster, patch: ClusterUpdate) -> Cluster:
    """Change facts as a row of a file says, which the history calls by another word than an edit; raise as update."""
    must(actor, cluster, Permission.CLUSTERS_WRITE)
    _change(session, actor, cluster, patch.model_dump(mode="json", exclude_unset=True), Deed(IMPORTED, None))
    return cluster


def succeed(session: Session, actor: Actor, cluster: Cluster, given: SuccessionCreate) -> Succession:
    """Record what became of a cluster and answer it: renamed, merged, split or closed.

    Its labels stay with it: a successor must be assessed itself (labels, invariant 33). Raise SuccessionNotPossible,
    or FactsNotPossible for a day to come.
    """
    must(actor, cluster, Permission.CLUSTERS_WRITE)
    deed = Deed(f"cluster.{given.kind.value}", given.effective_on, given.reason, "/body/effective_on")
    named = tuple(str(successor) for successor in given.successors)
    new_name = None if given.new_name == cluster.legal_name else given.new_name
    successors = rules.Successors(cluster.id, named, _active_among(session, actor, named))
    faults = rules.succession_faults(given.kind, cluster.status, new_name, successors)
    if faults:
        raise SuccessionNotPossible(faults[0].detail, faults=faults)
    succession = Succession(
        id=str(uuid7()),
        cluster_id=cluster.id,
        kind=given.kind,
        successors=list(named),
        former_name=cluster.legal_name if given.kind is SuccessionKind.RENAMED else None,
        effective_on=deed.day(actor),
        reason=given.reason,
        recorded_at=actor.now,
        author=actor.name,
    )
    session.add(succession)
    session.flush()
    renamed = given.kind is SuccessionKind.RENAMED
    changes = {"legal_name": new_name} if renamed else {"status": STATUS_AFTER[given.kind].value}
    _change(session, actor, cluster, changes, deed)
    return succession


def assign(session: Session, actor: Actor, cluster: Cluster, given: ClusterAssign) -> None:
    """Say whose the record of a cluster is; raise PermissionMissing, or OwnerUnclear for an unknown organisation."""
    actor.must(Permission.CLUSTERS_WRITE_ALL)
    before = {"owner_id": cluster.owner_id}
    cluster.owner_id = checked_owner(session, str(given.organisation_id) if given.organisation_id else None)
    cluster.version += 1
    cluster.updated_at = actor.now
    session.flush()
    after = {"owner_id": cluster.owner_id}
    told: Particulars = {"reason": given.reason, "details": after, "before": before, "after": after}
    record(session, actor.author, "cluster.assigned", ("cluster", cluster.id), **told)


def insert_clusters(session: Session, records: Sequence[Mapping[str, Any]], *, author: Author | None = None) -> None:
    """Record clusters in bulk, without looking for duplicates: columns of ``Cluster``, and ``identifiers`` as pairs.

    A record may also name ``effective_on``; it is the day of ``created_at`` otherwise. With an author, one journal
    line tells of each batch; without, the caller writes its own.
    """
    for start in range(0, len(records), ROWS_A_BATCH):
        name = author.name if author else "register"
        batch = [_rows_of(given, name) for given in records[start : start + ROWS_A_BATCH]]
        _insert(session, batch)
        if author is not None:
            first = str(batch[0][Cluster][0]["id"])
            record(session, author, "clusters.inserted", ("cluster", first), details={"count": len(batch)})


def _rows_of(given: rules.Facts, author: str) -> dict[type[Base], Rows]:
    known = {name: rules.recorded_value(given[name]) for name in rules.EMPTY if given.get(name) is not None}
    numbers = [{"registry": registry, "value": value} for registry, value in sorted(given.get("identifiers") or ())]
    facts = rules.merged(rules.EMPTY, {**known, "identifiers": numbers})
    cluster_id, created_at = str(given.get("id") or uuid7()), given["created_at"]
    version = {
        "cluster_id": cluster_id,
        "version": 1,
        "effective_on": given.get("effective_on") or civil_date(created_at),
        "recorded_at": created_at,
        "event": "cluster.created",
        "author": author,
        "reason": None,
        "profile_state": facts["profile_state"],
        "changes": facts,
    }
    about = {"id": cluster_id, "owner_id": given.get("owner_id"), "version": 1}
    about |= {"created_at": created_at, "updated_at": created_at}
    return {Cluster: [about | _columns(facts)], **_found_by(cluster_id, facts), ClusterVersion: [version]}


def _found_by(cluster_id: str, facts: rules.Facts, *, former: Iterable[str] = ()) -> dict[type[Base], Rows]:
    party = rules.party_of(facts)
    keys = rules.likeness_keys(replace(party, names=(*party.names, *former)), rules.likeness_limits().noise)
    owned = {"cluster_id": cluster_id, "is_shown": facts["profile_state"] in VISIBLE}
    return {
        ClusterIdentifier: [
            {"id": str(uuid7()), "registry_code": one["registry"], "value": one["value"], **owned}
            for one in facts["identifiers"]
        ],
        ClusterLikeness: [{"key": key, "cluster_id": cluster_id} for key in sorted(keys)],
    }


def _insert(session: Session, batch: Sequence[Mapping[type[Base], Rows]]) -> None:
    for model in TABLES:
        rows = [row for parts in batch for row in parts.get(model, ())]
        insert_rows(session, Base.metadata.tables[model.__tablename__], rows)


def _columns(facts: rules.Facts, *, former: Iterable[str] = ()) -> dict[str, Any]:
    names = (facts["legal_name"], facts["short_name"], *facts["names"].values(), *former)
    published_at, staff = facts["published_at"], facts["staff_fte"]
    return {name: value for name, value in facts.items() if name != "identifiers"} | {
        "sort_name": rules.sort_name(facts["legal_name"]),
        "search_text": rules.search_text(names),
        "committed_members": rules.committed_total(facts["members"]),
        "staff_fte": None if staff is None else Decimal(str(staff)),
        "status": ClusterStatus(facts["status"]),
        "profile_state": ProfileState(facts["profile_state"]),
        "published_at": None if published_at is None else datetime.fromisoformat(published_at),
    }


def _change(session: Session, actor: Actor, cluster: Cluster, patch: rules.Facts, deed: Deed) -> None:
    deed.day(actor)
    now = facts_of(session, cluster)
    before, later = (now, frozenset[str]()) if deed.effective_on is None else _around(session, cluster.id, deed)
    after = rules.merged(before, patch)
    if patch.get("identifiers"):
        after["identifiers"] = _normalised(after["identifiers"], after["country"])
        _refuse_taken(session, cluster.id, after["identifiers"], visible(actor))
    changes = rules.changed(before, after)
    if not changes:
        return
    present = now | {name: value for name, value in changes.items() if name not in later}
    for facts in (after, present):
        _refuse_contradictions(facts, actor)
    _apply(session, cluster, present, changes)
    _write_version(session, actor, cluster, changes, deed, now)


def _around(session: Session, cluster_id: str, deed: Deed) -> tuple[dict[str, Any], frozenset[str]]:
    versions = versions_of(session, cluster_id)
    until = versions_of(session, cluster_id, at=deed.effective_on)
    if not until:
        detail = "The record does not reach back to that day."
        raise FactsNotPossible(detail, faults=[Fault(deed.day_pointer, "before_record", detail)])
    later = frozenset(name for version in versions[len(until) :] for name in version.changes)
    return rules.folded_changes(version.changes for version in until), later


def _apply(session: Session, cluster: Cluster, facts: rules.Facts, changed: Iterable[str]) -> None:
    found_anew = not FOUND_BY.isdisjoint(changed)
    former: list[str] = []
    if found_anew:
        names = sa.select(Succession.former_name).where(Succession.cluster_id == cluster.id).order_by(Succession.id)
        former = [name for name in session.scalars(names) if name is not None]
    columns = _columns(facts, former=former)
    for name in columns if found_anew else columns.keys() - {"search_text"}:
        if getattr(cluster, name) != columns[name]:
            setattr(cluster, name, columns[name])
    if found_anew:
        for table in (ClusterIdentifier, ClusterLikeness):
            session.execute(sa.delete(table).where(table.cluster_id == cluster.id))
        _insert(session, [_found_by(cluster.id, facts, former=former)])


def move(session: Session, actor: Actor, cluster: Cluster, verb: str, deed: Deed, **also: Any) -> None:
    """Make a move of the profile's table and write it down; ``also`` names what changes with it.

    Raises:
        MoveNotAllowed: there is no such move from the present state.
        PermissionMissing: the caller may not make it.
        IdentifierTaken: the profile becomes visible, and another visible cluster has one of its identifiers.
    """
    must(actor, cluster, Permission(PROFILE.permission_of(verb)))
    before = facts_of(session, cluster)
    PROFILE.apply(cluster, verb)
    for name, value in also.items():
        setattr(cluster, name, value)
    _show_identifiers(session, cluster)
    changes = {name: rules.recorded_value(getattr(cluster, name)) for name in ("profile_state", *also)}
    _write_version(session, actor, cluster, changes, deed, before)


def _show_identifiers(session: Session, cluster: Cluster) -> None:
    shown = cluster.profile_state in VISIBLE
    if shown:
        numbers = identifiers_of(session, cluster.id)
        _refuse_taken(session, cluster.id, numbers, Cluster.profile_state.in_(VISIBLE))
    session.execute(
        sa.update(ClusterIdentifier).where(ClusterIdentifier.cluster_id == cluster.id).values(is_shown=shown)
    )


def _write_version(
    session: Session, actor: Actor, cluster: Cluster, changes: rules.Facts, deed: Deed, before: rules.Facts
) -> None:
    cluster.version += 1
    cluster.updated_at = actor.now
    version = ClusterVersion(
        cluster_id=cluster.id,
        version=cluster.version,
        effective_on=deed.day(actor),
        recorded_at=actor.now,
        event=deed.event,
        author=actor.name,
        reason=deed.reason,
        profile_state=cluster.profile_state,
        changes=dict(changes),
    )
    session.add(version)
    session.flush()
    told = {"details": {"version": cluster.version, "changed": sorted(changes)}, "after": facts_of(session, cluster)}
    record(session, actor.author, deed.event, ("cluster", cluster.id), reason=deed.reason, before=before, **told)


def _refuse_contradictions(facts: rules.Facts, actor: Actor) -> None:
    region = find_region(facts["region"]) if facts["region"] else None
    found = rules.contradictions(facts, today=actor.today, region_country=region.country if region else None)
    if found:
        raise FactsNotPossible(" ".join(fault.detail for fault in found), faults=found)


def _normalised(numbers: Sequence[Mapping[str, str]], country: str) -> list[dict[str, str]]:
    pairs, faults = set(), []
    for position, number in enumerate(numbers):
        registry = number["registry"]
        try:
            pairs.add((registry, checked_number(rules.registry_checks()[registry], number["value"], country)))
        except ValueError as error:
            faults.append(Fault(f"/body/identifiers/{position}/value", "number_not_valid", str(error)))
    if faults:
        raise FactsNotPossible(faults[0].detail, faults=faults)
    return [{"registry": registry, "value": value} for registry, value in sorted(pairs)]


def _refuse_taken(
    session: Session, cluster_id: str, numbers: Sequence[Mapping[str, str]], among: sa.ColumnElement[bool]
) -> None:
    pair = sa.tuple_(ClusterIdentifier.registry_code, ClusterIdentifier.value)
    asked = [(number["registry"], number["value"]) for number in numbers]
    others = sa.select(ClusterIdentifier).join(Cluster, Cluster.id == ClusterIdentifier.cluster_id).where(among)
    statement = others.where(pair.in_(asked), ClusterIdentifier.cluster_id != cluster_id)
    taken = [f"{row.registry_code} {row.value}" for row in session.scalars(statement)] if asked else []
    if taken:
        detail = f"Another cluster has {', '.join(sorted(taken))}."
        raise IdentifierTaken(detail, faults=[Fault("/body/identifiers", "identifier_taken", detail)])


def _active_among(session: Session, actor: Actor, ids: Sequence[str]) -> frozenset[str]:
    statement = sa.select(Cluster.id).where(
        Cluster.id.in_(ids),
        Cluster.status == ClusterStatus.ACTIVE,
        visible(actor),
    )
    # Held until the end: a successor must not itself end at the same moment.
    return frozenset(session.scalars(statement.with_for_update(read=True)))
