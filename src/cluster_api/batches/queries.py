"""What one can ask about matchings of a round: by whoever takes part in exchanges; pairs by those they are about."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.batches.errors import RoundPairingNotDone, RoundPairingNotFound
from cluster_api.batches.models import RoundPair, RoundPairing
from cluster_api.batches.schemas import (
    RoundCertificate,
    RoundPairingQuery,
    RoundPairingRead,
    RoundPairQuery,
    RoundPairRead,
)
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.jobs.models import Job
from cluster_api.jobs.states import JobState
from cluster_api.matches.queries import compared_columns, profile_of
from cluster_api.matching.rules import Profile
from cluster_api.pairings.schemas import PairRead
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import looked_after, must_see_some
from cluster_api.participants.states import ParticipantState
from cluster_api.pool.queries import keyed_page
from cluster_api.rounds.states import ExchangeRole

PACKAGE = "cluster_api.batches"
B, T = RoundPairing, RoundPair


def defaults_on(today: date) -> dict[str, int]:
    """Answer the quotas and the least points that hold where none are named."""
    known = sorted(data_rows(PACKAGE, "terms"), key=lambda row: row["since"])
    return {row["code"]: int(row["value"]) for row in known if date.fromisoformat(row["since"]) <= today}


def _takes_part(round_code: str, role: ExchangeRole) -> sa.ColumnElement[bool]:
    X = ExchangeParticipant  # noqa: N806 - one word for the table
    in_role = X.is_visitor if role is ExchangeRole.VISITOR else X.is_host
    return sa.and_(X.round == round_code, X.state == ParticipantState.VALIDATED, in_role)


def has_side(session: Session, round_code: str, role: ExchangeRole) -> bool:
    """Answer whether a round has a validated participant in a role."""
    return bool(session.scalar(sa.select(sa.exists().where(_takes_part(round_code, role)))))


def side_of(session: Session, round_code: str, role: ExchangeRole) -> list[Profile]:
    """Answer every validated participant of a round in a role, as it is compared."""
    statement = sa.select(*compared_columns()).where(_takes_part(round_code, role))
    return [profile_of(*row) for row in session.execute(statement.order_by(ExchangeParticipant.id))]


def get_pairing(session: Session, actor: Actor, key: str) -> RoundPairing:
    """Answer a matching; raise RoundPairingNotFound, and PermissionMissing to who has nothing to do with exchanges."""
    must_see_some(actor)
    found = session.get(RoundPairing, key)
    if found is None:
        raise RoundPairingNotFound
    return found


def read_pairings(session: Session, shown: Sequence[RoundPairing]) -> list[RoundPairingRead]:
    """Answer matchings as they are shown."""
    jobs = sa.select(Job.id, Job.state).where(Job.id.in_([one.job_id for one in shown]))
    states: dict[str, JobState] = {row[0]: row[1] for row in session.execute(jobs)}
    same = ("round", "seed", "least_points", "visitor_quota", "host_quota", "reason", "visitors", "hosts", "pairs",
            "inputs_sha256", "requested_at", "completed_at")  # fmt: skip
    return [
        RoundPairingRead(
            id=UUID(one.id),
            weights_version=one.weights["version"],
            # A job is kept for a while; what is done is done without it.
            state=JobState.SUCCEEDED if one.completed_at else states.get(one.job_id, JobState.FAILED),
            job_id=UUID(one.job_id),
            **{name: getattr(one, name) for name in same},
        )
        for one in shown
    ]


def pairings_page(session: Session, actor: Actor, query: RoundPairingQuery) -> Page[RoundPairingRead]:
    """Answer a page of matchings in the order in which they were asked for."""
    must_see_some(actor)
    statement = sa.select(B).options(sa.orm.defer(B.inputs))
    if query.round is not None:
        statement = statement.where(B.round == query.round)
    shown, cursor = keyed_page(session, statement, B.id, query, of="round-pairings")
    return Page(items=read_pairings(session, shown), next=cursor)


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.can(Permission.EXCHANGES_READ_ALL):
        return sa.true()
    X = ExchangeParticipant  # noqa: N806 - one word for the table
    own = X.organisation_id.in_(actor.where(Permission.EXCHANGES_TAKE_PART))
    mine = sa.select(X.id).where(sa.or_(own, X.partnership_id.in_(looked_after(actor))))
    return sa.or_(T.visitor_id.in_(mine), T.host_id.in_(mine))


def pairs_page(session: Session, actor: Actor, pairing: RoundPairing, query: RoundPairQuery) -> Page[RoundPairRead]:
    """Answer a page of the pairs that are about the caller, or of all to who sees all; raise RoundPairingNotDone."""
    must_be_done(pairing)
    statement = sa.select(T).where(T.pairing_id == pairing.id, _mine(actor))
    if query.participant_id is not None:
        key = str(query.participant_id)
        statement = statement.where(sa.or_(T.visitor_id == key, T.host_id == key))
    shown, cursor = keyed_page(session, statement, T.id, query, of=pairing.id, view=actor.view)
    items = [
        RoundPairRead(id=UUID(one.id), visitor_id=UUID(one.visitor_id), host_id=UUID(one.host_id), points=one.points)
        for one in shown
    ]
    return Page(items=items, next=cursor)


def must_be_done(pairing: RoundPairing) -> None:
    """Raise RoundPairingNotDone before the end."""
    if pairing.completed_at is None:
        raise RoundPairingNotDone


def certificate_of(session: Session, pairing: RoundPairing) -> RoundCertificate:
    """Answer what anybody needs to check a matching; raise RoundPairingNotDone."""
    must_be_done(pairing)
    statement = sa.select(T.visitor_id, T.host_id, T.points).where(T.pairing_id == pairing.id)
    rows = session.execute(statement.order_by(T.visitor_id, T.host_id))
    return RoundCertificate(
        id=UUID(pairing.id),
        round=pairing.round,
        inputs=(pairing.inputs or "").split("\n"),
        inputs_sha256=pairing.inputs_sha256 or "",
        pairs=[PairRead(visitor_id=visitor, host_id=host, points=points) for visitor, host, points in rows],
    )
