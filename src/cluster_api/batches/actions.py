"""What one can do about matchings of a round: ask for one; a job makes it, checks it and keeps it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.batches.errors import NobodyToPair, RoundOver
from cluster_api.batches.models import RoundPair, RoundPairing
from cluster_api.batches.queries import defaults_on, get_pairing, has_side, must_be_done, side_of
from cluster_api.batches.rules import entrants
from cluster_api.batches.schemas import RoundPairingCreate, RoundPairsPropose, RoundProposal
from cluster_api.batches.states import ProposalOutcome
from cluster_api.foundation.bulk import insert_rows
from cluster_api.foundation.errors import Unexpected
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.jobs.actions import Work, request_job
from cluster_api.jobs.errors import JobCancelled
from cluster_api.journal.actions import record
from cluster_api.matches.actions import propose
from cluster_api.matches.errors import MatchNotPossible
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.queries import matches_between
from cluster_api.matches.schemas import MatchPropose
from cluster_api.matching.queries import weights_on
from cluster_api.matching.schemas import MatchWeights
from cluster_api.pairings.queries import violations
from cluster_api.pairings.rules import Terms, canonical_inputs, pair_up
from cluster_api.participants.errors import ParticipantNotFound
from cluster_api.participants.queries import get_participant, is_own
from cluster_api.rounds.queries import get_round
from cluster_api.rounds.rules import is_over
from cluster_api.rounds.states import ExchangeRole

KIND = "round_pairing"
STEPS = 4
"""Read, paired, checked, kept."""


def create(session: Session, actor: Actor, given: RoundPairingCreate) -> RoundPairing:
    """Ask for the matching of all validated participants of a round; answer it with the job that makes it.

    Raises:
        PermissionMissing: the caller is not the support office.
        RoundNotFound, RoundOver: as named.
        NobodyToPair: the round has no validated visitor or no validated host.
    """
    actor.must(Permission.EXCHANGES_SUPPORT)
    ends = get_round(given.round).ends.value
    if is_over(ends, actor.today):
        raise RoundOver(f"The last day was {ends}.")
    for role in ExchangeRole:
        if not has_side(session, given.round, role):
            raise NobodyToPair(f"The round {given.round} has no validated {role.value}.")
    terms = defaults_on(actor.today) | given.model_dump(
        include={"least_points", "visitor_quota", "host_quota"}, exclude_none=True
    )
    key = str(uuid7())
    request = {"pairing": key, "round": given.round, "unit": "steps"}
    job = request_job(session, actor, KIND, request, total=STEPS, permission=Permission.EXCHANGES_SUPPORT)
    pairing = RoundPairing(
        id=key,
        round=given.round,
        seed=given.seed,
        **terms,
        weights=weights_on(actor.today).model_dump(mode="json"),
        reason=given.reason,
        job_id=job.id,
        author=actor.name,
        requested_at=actor.now,
    )
    session.add(pairing)
    session.flush()
    details = {"round": given.round, "seed": given.seed, **terms, "weights_version": pairing.weights["version"]}
    record(session, actor.author, "round_pairing.requested", (KIND, key), reason=given.reason, details=details)
    return pairing


def propose_pairs(session: Session, actor: Actor, given: RoundPairsPropose) -> list[RoundProposal]:
    """Propose every pair of a participant in a matching to its other side, the best first; answer what became of each.

    What was proposed or answered before is not asked again; a proposal that expired is made anew.

    Raises:
        RoundPairingNotFound, ParticipantNotFound, RoundPairingNotDone: as named.
        PermissionMissing: the caller does not act for the participant.
        MatchTaken: somebody proposes one of the pairs at the same moment; nothing is proposed.
    """
    pairing = get_pairing(session, actor, str(given.pairing_id))
    one = get_participant(session, actor, str(given.participant_id))
    if not is_own(actor, one):
        actor.refuse(Permission.EXCHANGES_TAKE_PART)
    must_be_done(pairing)
    sides = sa.or_(RoundPair.visitor_id == one.id, RoundPair.host_id == one.id)
    theirs = sa.select(RoundPair).where(RoundPair.pairing_id == pairing.id, sides)
    pairs = list(session.scalars(theirs.order_by(RoundPair.points.desc(), RoundPair.id)))
    standing = matches_between(session, [(pair.visitor_id, pair.host_id) for pair in pairs], actor.today)
    return [
        _proposed(session, actor, pair, standing.get((pair.visitor_id, pair.host_id)), given.message) for pair in pairs
    ]


def _proposed(
    session: Session, actor: Actor, pair: RoundPair, standing: ExchangeMatch | None, message: str | None
) -> RoundProposal:
    told = {"visitor_id": pair.visitor_id, "host_id": pair.host_id, "points": pair.points}
    if standing is not None:
        return RoundProposal(**told, outcome=ProposalOutcome.STANDING, match_id=standing.id, reason=None)
    asked = MatchPropose.model_validate({"visitor_id": pair.visitor_id, "host_id": pair.host_id, "message": message})
    try:
        match = propose(session, actor, asked)
    except (MatchNotPossible, ParticipantNotFound) as problem:
        # Both are raised before anything is written.
        return RoundProposal(**told, outcome=ProposalOutcome.NOT_POSSIBLE, match_id=None, reason=problem.detail)
    return RoundProposal(**told, outcome=ProposalOutcome.PROPOSED, match_id=match.id, reason=None)


def run_pairing(work: Work) -> None:
    """Make a matching: raise JobStopped, JobCancelled and JobTakenOver.

    Participants are read once, at one moment. Nothing is kept before everything is: whoever takes the job up again
    begins anew. What does not stand the check is never kept.
    """
    job = work.read()
    if job.cancel_requested_at is not None:
        raise JobCancelled
    with work.database.session() as session:
        asked = session.get_one(RoundPairing, job.request["pairing"])
        visitors = entrants(side_of(session, asked.round, ExchangeRole.VISITOR), asked.visitor_quota)
        hosts = entrants(side_of(session, asked.round, ExchangeRole.HOST), asked.host_quota)
        terms = Terms(asked.seed, asked.least_points, MatchWeights.model_validate(asked.weights))
    work.show(done=1, counts={})
    certificate = pair_up(visitors, hosts, terms)
    work.show(done=2, counts={})
    flaws = [flaw for flaw, _ in zip(violations(visitors, hosts, terms, certificate), range(3), strict=False)]
    if flaws:
        raise Unexpected(f"The matching does not stand its check: {flaws}.")
    work.show(done=3, counts={})
    rows = [
        {
            "id": str(uuid7()), "pairing_id": asked.id, "visitor_id": one.visitor_id, "host_id": one.host_id,
            "points": one.points,
        }
        for one in certificate.pairs
    ]  # fmt: skip
    with work.database.transaction() as session:
        kept = session.get_one(RoundPairing, asked.id)
        kept.inputs = canonical_inputs(visitors, hosts, terms).decode()
        kept.inputs_sha256 = certificate.inputs_sha256
        kept.visitors, kept.hosts, kept.pairs = len(visitors), len(hosts), len(rows)
        insert_rows(session, sa.inspect(RoundPair).local_table, rows)  # type: ignore[arg-type] # a table, which a mapping has
        kept.completed_at = work.clock.now()
        session.flush()
        told = {"pairs": len(rows), "inputs_sha256": certificate.inputs_sha256}
        record(session, work.author(job), "round_pairing.completed", (KIND, asked.id), details=told)
        work.end(session, "succeed", done=STEPS, total=STEPS)


HANDLERS = {KIND: run_pairing}
