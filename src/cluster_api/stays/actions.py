"""What one can do with an agreed exchange: report, show evidence, give back, validate, break off."""

from datetime import date

from sqlalchemy.orm import Session

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.grants import rules
from cluster_api.grants.actions import end, must_be, noted, release
from cluster_api.grants.errors import NotYet
from cluster_api.grants.models import ExchangeCertificate, ExchangeGrant, ExchangeProof, ExchangeReport
from cluster_api.grants.queries import amount_of, proofs_of, standing_report, stay_of, times_of
from cluster_api.grants.schemas import ExchangeReportCreate, ProofCreate
from cluster_api.grants.states import LIFE, GrantPhase, Party
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.ledger.actions import move
from cluster_api.ledger.states import EntryKind
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.partnerships.models import Partnership
from cluster_api.rounds.queries import get_round
from cluster_api.rounds.rules import stay_days
from cluster_api.rounds.states import ExchangeRole
from cluster_api.stays.errors import ReportMissing, ReportNotPossible, ReportStands
from cluster_api.stays.rules import Done, Side, statement_of

PARTIES = {ExchangeRole.VISITOR: Party.VO, ExchangeRole.HOST: Party.HO}
BEGUN = frozenset({GrantPhase.ONGOING, GrantPhase.REPORTING})


def report(session: Session, actor: Actor, grant: ExchangeGrant, given: ExchangeReportCreate) -> None:
    """Report about a stay that is over, or that was ended early, for one side.

    Raises:
        NoParty, MoveNotAllowed: as named.
        NotYet: it is not over.
        ReportNotPossible: the last day done is none of the stay, or in the future.
        ReportStands: this side has reported.
    """
    must_be(session, actor, grant, PARTIES[given.side])
    LIFE.apply(grant, "report")
    begins_on, ends_on = _must_have_begun(grant, actor.today)
    done_until = given.done_until or ends_on
    if not begins_on <= done_until <= ends_on or (given.done_until is not None and done_until > actor.today):
        detail = f"A day from {begins_on} to {min(ends_on, actor.today)}."
        raise ReportNotPossible(detail, faults=[Fault("/body/done_until", "out_of_range", detail)])
    if actor.today < done_until:
        raise NotYet(f"The stay ends on {ends_on}.")
    if standing_report(session, grant, given.side) is not None:
        raise ReportStands
    session.add(
        ExchangeReport(
            id=str(uuid7()),
            grant_id=grant.id,
            side=given.side,
            text=given.text,
            done_until=done_until,
            is_force_majeure=given.is_force_majeure,
            submitted_at=actor.now,
        )
    )
    noted(session, actor, grant, "exchange.reported", side=given.side.value)


def show_proof(session: Session, actor: Actor, grant: ExchangeGrant, given: ProofCreate) -> None:
    """Record a piece of evidence of the visitor by the digest of its file; one file proves one exchange only.

    Raises:
        NoParty, NotYet: another caller, or the stay has not begun or is validated.
        ProofUsed: the file is evidence already.
    """
    must_be(session, actor, grant, Party.VO)
    _must_have_begun(grant, actor.today)
    session.add(
        ExchangeProof(
            id=str(uuid7()),
            grant_id=grant.id,
            kind=given.kind,
            sha256=given.sha256,
            text=given.text,
            received_on=actor.today,
            created_at=actor.now,
        )
    )
    noted(session, actor, grant, "exchange.proved", kind=given.kind.value, sha256=given.sha256)


def give_back(session: Session, actor: Actor, grant: ExchangeGrant, *, reason: str) -> None:
    """Give the report of the visitor back, with the reason; raise ReportMissing if there is none."""
    must_be(session, actor, grant, Party.VOP)
    LIFE.apply(grant, "return")
    standing = standing_report(session, grant, ExchangeRole.VISITOR)
    if standing is None:
        raise ReportMissing
    standing.returned_because = reason
    noted(session, actor, grant, "exchange.returned", reason=reason)


def validate(session: Session, actor: Actor, grant: ExchangeGrant) -> None:
    """Validate report and evidence as the partnership of the visitor: what is paid for the days done is due.

    The rest of what was reserved is released. Where nothing is paid the exchange is closed. From now on it counts,
    once, for this partnership (invariant 20), and is certified.

    Raises:
        NoParty, MoveNotAllowed: as named.
        ReportMissing: no report of the visitor, or no evidence where something is paid (invariant 16).
    """
    must_be(session, actor, grant, Party.VOP)
    LIFE.find(grant.state, "validate")
    standing, proofs = standing_report(session, grant, ExchangeRole.VISITOR), proofs_of(session, grant)
    if standing is None or grant.begins_on is None:
        raise ReportMissing("The visitor has not reported.")
    agreed = grant.agreed_cents or 0
    done = rules.DoneUntil(standing.done_until, standing.is_force_majeure)
    payable = _payable(session, grant, done, agreed)
    if payable and not proofs:
        raise ReportMissing("There is no evidence.")
    subject, book = grant.id, grant.visitor_partnership_id
    if agreed > payable:
        move(session, actor, book, EntryKind.RELEASE, agreed - payable, subject_id=subject)
    if payable:
        move(session, actor, book, EntryKind.BECOME_DUE, payable, subject_id=subject)
        days = get_round(grant.round).terms.payment_days.value
        received = max(one.received_on for one in proofs)
        grant.due_on = rules.due_on(standing.done_until, actor.today, received, days)
    LIFE.apply(grant, "validate" if payable else "close")
    grant.done_until, grant.payable_cents, grant.validated_on = standing.done_until, payable, actor.today
    end(session, grant)
    certified = _certify(session, actor, grant, grant.begins_on, standing.done_until)
    noted(session, actor, grant, "exchange.validated", cents=payable, certificate=certified.sha256)


def _certify(
    session: Session, actor: Actor, grant: ExchangeGrant, begins_on: date, done_until: date
) -> ExchangeCertificate:
    visitor = _side(session, grant.visitor_organisation_id, grant.visitor_id, grant.visitor_partnership_id)
    host = _side(session, grant.host_organisation_id, grant.host_id, grant.host_partnership_id)
    plan = stay_of(session, grant)
    days = [] if plan is None else stay_days(plan)
    done = Done(grant.number, grant.round, grant.mode, begins_on, done_until, actor.today)
    statement = statement_of(done, visitor, host, rules.working_days_done(days, done_until))
    certificate = ExchangeCertificate(
        grant_id=grant.id, sha256=digest(statement), statement=statement, issued_on=actor.today
    )
    session.add(certificate)
    return certificate


def _side(session: Session, organisation_id: str, participant_id: str, partnership_id: str) -> Side:
    return Side(
        session.get_one(Organisation, organisation_id).name,
        session.get_one(ExchangeParticipant, participant_id).country,
        session.get_one(Partnership, partnership_id).acronym,
    )


def _payable(session: Session, grant: ExchangeGrant, done: rules.DoneUntil, agreed: int) -> int:
    amount, plan = amount_of(session, grant), stay_of(session, grant)
    if amount is None or plan is None or not agreed:
        return 0
    return rules.payable_cents(get_round(grant.round), amount, stay_days(plan), agreed, done)


def abort(session: Session, actor: Actor, grant: ExchangeGrant, *, reason: str) -> None:
    """Break a stay off as the partnership of the visitor: nothing is paid, and the visit is free again.

    Raises:
        NoParty, MoveNotAllowed: as named.
        NotYet: it has not begun; it is cancelled instead.
    """
    must_be(session, actor, grant, Party.VOP)
    LIFE.find(grant.state, "abort")
    _must_have_begun(grant, actor.today)
    release(session, actor, grant)
    LIFE.apply(grant, "abort")
    grant.reason = reason
    end(session, grant)
    noted(session, actor, grant, "exchange.aborted", reason=reason)


def _must_have_begun(grant: ExchangeGrant, today: date) -> tuple[date, date]:
    if rules.phase_on(times_of(grant), today) not in BEGUN or grant.begins_on is None or grant.ends_on is None:
        raise NotYet("This is done from the first day of an agreed stay until it is validated.")
    return grant.begins_on, grant.ends_on
