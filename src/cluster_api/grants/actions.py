"""What one can do with exchanges until they are agreed: build, plan, sign, agree, cancel."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.bankfiles.rules import checked_bic, checked_iban
from cluster_api.foundation.canonical import digest
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.foundation.numbers import draw_number
from cluster_api.grants import rules
from cluster_api.grants.errors import (
    DocumentChanged,
    DocumentSigned,
    MatchNotConfirmed,
    NoParty,
    NotYet,
    PlanFixed,
    PlanNotAllowed,
    PlanNotPossible,
    SignaturesMissing,
)
from cluster_api.grants.models import ExchangeGrant, ExchangeSignature
from cluster_api.grants.queries import amount_of, documents_of, parties_of, signed_of, times_of
from cluster_api.grants.schemas import ExchangePlan, ExchangeSign
from cluster_api.grants.states import LIFE, SIGNERS, GrantPhase, GrantState, Party
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.ledger.actions import move
from cluster_api.ledger.states import EntryKind
from cluster_api.matches.actions import changed, must_be_possible, participants_of
from cluster_api.matches.models import ExchangeMatch
from cluster_api.matches.queries import sides_of
from cluster_api.matches.states import LIFE as MATCH
from cluster_api.matches.states import MatchState
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import facts_of, not_met
from cluster_api.participants.states import ParticipantState
from cluster_api.partnerships.models import Partnership
from cluster_api.partnerships.states import PartnershipState
from cluster_api.rounds.queries import check, get_round
from cluster_api.rounds.states import ExchangeMode, ExchangeRole

PREFIX = "EX"
OWNED = {"account": frozenset({Party.VO}), "offered_cents": frozenset({Party.VOP})}
"""Parts of a plan that one party alone names."""


def build(session: Session, actor: Actor, match: ExchangeMatch, mode: ExchangeMode) -> ExchangeGrant:
    """Build an exchange of a confirmed match, as one of its sides.

    A physical one takes the one visit of the visiting organisation from now on (invariant 7): of two requests at the
    same moment the database lets one through.

    Raises:
        PermissionMissing: the caller is on neither side.
        MatchNotConfirmed, VisitTaken: as named.
        MatchNotPossible: a side is no longer validated.
    """
    visitor, host = participants_of(session, match)
    if not sides_of(actor, visitor, host):
        actor.refuse(Permission.EXCHANGES_TAKE_PART)
    if match.state is not MatchState.CONFIRMED or visitor.partnership_id is None or host.partnership_id is None:
        raise MatchNotConfirmed(f"The match is {match.state.value}.")
    # Held, so that nobody withdraws while an exchange is built.
    for key in sorted((visitor.id, host.id)):
        session.get_one(ExchangeParticipant, key, populate_existing=True, with_for_update=True)
    must_be_possible(visitor, host, actor.today)
    grant = ExchangeGrant(
        id=str(uuid7()),
        number=draw_number(session, PREFIX, actor.today.year),
        match_id=match.id,
        round=visitor.round,
        visitor_id=visitor.id,
        host_id=host.id,
        visitor_organisation_id=visitor.organisation_id,
        host_organisation_id=host.organisation_id,
        visitor_partnership_id=visitor.partnership_id,
        host_partnership_id=host.partnership_id,
        mode=mode,
        agenda={},
        overrides={},
        state=GrantState.BUILDING,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(grant)
    MATCH.apply(match, "build")
    changed(session, actor, match, "exchange_match.converted", number=grant.number)
    _count_open(visitor, host, 1)
    session.flush()
    record(session, actor.author, "exchange.built", ("exchange", grant.id), details={"number": grant.number})
    return grant


def _count_open(visitor: ExchangeParticipant, host: ExchangeParticipant, change: int) -> None:
    for one in (visitor, host):
        one.open_exchanges = ExchangeParticipant.open_exchanges + change


def end(session: Session, grant: ExchangeGrant) -> None:
    """Count an exchange that is over no longer as open."""
    visitor, host = (session.get_one(ExchangeParticipant, key) for key in (grant.visitor_id, grant.host_id))
    _count_open(visitor, host, -1)


def plan(session: Session, actor: Actor, grant: ExchangeGrant, patch: ExchangePlan) -> ExchangeGrant:
    """Change the plan; an agreed one is opened again and its reservation released (invariants 9 and 11).

    Raises:
        NoParty: the caller acts for no party.
        PlanNotAllowed: a part that another party names.
        PlanFixed: the exchange has begun, or is over.
        AccountNotValid: IBAN or BIC is none.
    """
    parties = must_be_party(session, actor, grant)
    wanted = patch.model_dump(exclude_unset=True)
    for name in sorted(wanted):
        if not parties & OWNED.get(name, frozenset(Party)):
            detail = f"{name} is named by {', '.join(party.value.upper() for party in OWNED[name])}."
            raise PlanNotAllowed(detail, faults=[Fault(f"/body/{name}", "not_yours", detail)])
    if grant.state is GrantState.AGREED and rules.phase_on(times_of(grant), actor.today) is GrantPhase.AGREED:
        release(session, actor, grant)
        LIFE.apply(grant, "revise")
    elif grant.state is not GrantState.BUILDING:
        raise PlanFixed
    for name, value in _stored(wanted).items():
        setattr(grant, name, value)
    if grant.begins_on is not None and grant.ends_on is not None and grant.ends_on < grant.begins_on:
        detail = "ends_on does not come before begins_on."
        raise PlanNotPossible(detail, faults=[Fault("/body/ends_on", "too_early", detail)])
    noted(session, actor, grant, "exchange.planned", parts=sorted(wanted))
    return grant


def _stored(wanted: dict[str, Any]) -> dict[str, Any]:
    found = dict(wanted)
    if "agenda" in found:
        found["agenda"] = {one["day"].isoformat(): one["text"] for one in found["agenda"] or []}
    if "overrides" in found:
        told = found["overrides"] or []
        found["overrides"] = {
            one["day"].isoformat(): {"is_working": one["is_working"], "reason": one["reason"]} for one in told
        }
    if found.get("account"):
        told = found["account"]
        found["account"] = {**told, "iban": checked_iban(told["iban"], "/body/account/iban")}
        if told.get("bic") is not None:
            found["account"]["bic"] = checked_bic(told["bic"], "/body/account/bic")
    if "distance_km" in found:
        found["declared_km"] = found.pop("distance_km")
    return found


def release(session: Session, actor: Actor, grant: ExchangeGrant) -> None:
    """Give back what was reserved for an agreed exchange, and forget what was agreed."""
    if grant.agreed_cents:
        cents, subject = grant.agreed_cents, grant.id
        move(session, actor, grant.visitor_partnership_id, EntryKind.RELEASE, cents, subject_id=subject)
    grant.calculation = grant.agreed_cents = grant.agreed_on = None


def sign(session: Session, actor: Actor, grant: ExchangeGrant, given: ExchangeSign) -> None:
    """Sign a document for a party; a change of the plan is another document, so that this signature is void.

    Raises:
        NoParty: the caller does not act for that party, or it does not sign this document.
        MoveNotAllowed: the exchange is not being built.
        DocumentChanged, DocumentSigned: as named.
    """
    if given.party not in parties_of(session, actor, grant) or given.party not in SIGNERS[given.document]:
        raise NoParty(f"{given.party.value.upper()} signs this through its own organisation only.")
    LIFE.apply(grant, "sign")
    documents = documents_of(session, grant)
    now = None if given.document not in documents else digest(documents[given.document])
    if now != given.digest:
        detail = "The plan is not whole." if now is None else f"The document has the digest {now}."
        raise DocumentChanged(detail, faults=[Fault("/body/digest", "other_document", detail)])
    if (given.document, given.party, given.digest) in signed_of(session, grant):
        raise DocumentSigned
    by = {"digest": given.digest, "author": actor.name, "signed_at": actor.now}
    session.add(ExchangeSignature(grant_id=grant.id, document=given.document, party=given.party, **by))
    noted(session, actor, grant, "exchange.signed", document=given.document.value, party=given.party.value)


def agree(session: Session, actor: Actor, grant: ExchangeGrant) -> None:
    """Agree an exchange as the partnership of the visitor: amount fixed, money reserved, in one transaction.

    Raises:
        NoParty, MoveNotAllowed: another caller, or it is not being built.
        PlanNotPossible: rules of the round, of the participants or of the partnership are not met; each is named.
        SignaturesMissing: each is named.
        BudgetNotFound, BudgetExceeded: the budget does not suffice (invariant 14).
    """
    must_be(session, actor, grant, Party.VOP)
    LIFE.find(grant.state, "agree")
    faults = _plan_faults(session, grant, actor.today)
    if faults:
        raise PlanNotPossible(" ".join(one.detail for one in faults), faults=faults)
    digests = {kind: digest(content) for kind, content in documents_of(session, grant).items()}
    missing = rules.missing_signatures(digests, signed_of(session, grant))
    if missing:
        told = [
            Fault("/", f"{kind.value}_{party.value}", f"{party.value.upper()}: {kind.value}.")
            for kind, party in missing
        ]
        raise SignaturesMissing(" ".join(one.detail for one in told), faults=told)
    amount = amount_of(session, grant)
    if amount is None:
        raise PlanNotPossible("The amount cannot be reckoned: the distance is not known.")
    cents = rules.agreed_cents(amount, grant.offered_cents)
    if cents:
        move(session, actor, grant.visitor_partnership_id, EntryKind.RESERVE, cents, subject_id=grant.id)
    grant.calculation, grant.agreed_cents = amount.model_dump(mode="json"), cents
    grant.agreed_on = actor.today
    LIFE.apply(grant, "agree")
    noted(session, actor, grant, "exchange.agreed", cents=cents)


def _plan_faults(session: Session, grant: ExchangeGrant, today: date) -> list[Fault]:
    wanted = {name: getattr(grant, name) for name in ("begins_on", "ends_on", "goals", "agenda")}
    if grant.mode is ExchangeMode.PHYSICAL:
        wanted["account"] = grant.account
    faults = [Fault(f"/{name}", "missing", f"{name} is missing.") for name, value in wanted.items() if not value]
    amount = amount_of(session, grant)
    if grant.begins_on is None or grant.ends_on is None:
        return faults
    if amount is None:
        return [*faults, Fault("/distance_km", "missing", "The distance cannot be found: declare it.")]
    broken = set(amount.refused_by)
    faults += [Fault("/", one.code, one.sentence) for one in amount.rules if one.code in broken]
    if grant.begins_on < today:
        faults.append(Fault("/begins_on", "too_early", f"It begins on {grant.begins_on}, and today is {today}."))
    return [*faults, *_party_faults(session, grant, grant.begins_on, grant.ends_on)]


def _party_faults(session: Session, grant: ExchangeGrant, begins_on: date, ends_on: date) -> list[Fault]:
    round_, faults = get_round(grant.round), []
    for role, key in ((ExchangeRole.VISITOR, grant.visitor_id), (ExchangeRole.HOST, grant.host_id)):
        one = session.get_one(ExchangeParticipant, key)
        if one.state is not ParticipantState.VALIDATED:
            faults.append(Fault("/", f"{role.value}_state", f"The {role.value} is {one.state.value}."))
        found = check(round_, facts_of(session, one, role, begins_on))
        faults += [Fault("/", code, sentence) for code, sentence in not_met([found])]
    office = session.get_one(Partnership, grant.visitor_partnership_id)
    is_inside = office.begins_on <= begins_on and ends_on <= office.ends_on
    if office.state is not PartnershipState.ACTIVE or not is_inside:
        detail = (
            f"The partnership {office.acronym} is {office.state.value}, from {office.begins_on} to {office.ends_on}."
        )
        faults.append(Fault("/begins_on", "outside_partnership", detail))
    return faults


def cancel(session: Session, actor: Actor, grant: ExchangeGrant, *, reason: str) -> None:
    """Cancel an exchange as any party before it begins: what was reserved is released, and the visit is free again.

    Raises:
        NoParty, MoveNotAllowed: as named.
        NotYet: it has begun; the partnership of the visitor breaks it off.
    """
    must_be_party(session, actor, grant)
    LIFE.find(grant.state, "cancel")
    if rules.phase_on(times_of(grant), actor.today) not in {GrantPhase.BUILDING, GrantPhase.AGREED}:
        raise NotYet("It has begun: the partnership of the visitor breaks it off.")
    if grant.state is GrantState.AGREED:
        release(session, actor, grant)
    LIFE.apply(grant, "cancel")
    grant.reason = reason
    end(session, grant)
    noted(session, actor, grant, "exchange.cancelled", reason=reason)


def must_be_party(session: Session, actor: Actor, grant: ExchangeGrant) -> frozenset[Party]:
    """Answer for which parties the caller acts; raise NoParty if for none."""
    parties = parties_of(session, actor, grant)
    if not parties:
        raise NoParty
    return parties


def must_be(session: Session, actor: Actor, grant: ExchangeGrant, party: Party) -> None:
    """Raise NoParty unless the caller acts for this party."""
    if party not in parties_of(session, actor, grant):
        raise NoParty(f"This is done by the {party.value.upper()}.")


def noted(
    session: Session, actor: Actor, grant: ExchangeGrant, event: str, *, reason: str | None = None, **details: Any
) -> None:
    """Note a change of an exchange in its version and in the journal."""
    grant.version += 1
    grant.updated_at = actor.now
    session.flush()
    told = {"number": grant.number, **details}
    record(session, actor.author, event, ("exchange", grant.id), reason=reason, details=told)
