"""What one can ask about exchanges: seen by their four parties and by who sees all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from cluster_api.foundation.canonical import digest
from cluster_api.foundation.clock import SCHEME_ZONE, civil_date
from cluster_api.foundation.datafiles import data_rows
from cluster_api.foundation.identifiers import normalised_number
from cluster_api.foundation.paging import Page
from cluster_api.grants import rules
from cluster_api.grants.errors import ExchangeNotFound
from cluster_api.grants.models import (
    ExchangeCertificate,
    ExchangeGrant,
    ExchangeProof,
    ExchangeReport,
    ExchangeSignature,
)
from cluster_api.grants.schemas import (
    AgendaDay,
    ExchangeDocument,
    ExchangeQuery,
    ExchangeRead,
    ExchangeReportRead,
    ProofRead,
)
from cluster_api.grants.states import LIFE, DocumentKind, GrantPhase, GrantState, Party
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import looked_after, must_see_some
from cluster_api.partnerships.models import Partnership
from cluster_api.pool.queries import keyed_page
from cluster_api.rounds.errors import StayIncomplete
from cluster_api.rounds.queries import get_round, reckon
from cluster_api.rounds.schemas import AmountRead, StayPlan
from cluster_api.rounds.states import ExchangeMode, ExchangeRole

PACKAGE = "cluster_api.grants"
G = ExchangeGrant
M = TypeVar("M", ExchangeSignature, ExchangeReport, ExchangeProof, ExchangeCertificate)
Signed = tuple[DocumentKind, Party, str]
"""Who has signed what, under which digest."""
BY_BANK = frozenset({"settle", "bounce", "close"})
"""Moves that come with the bank, or with the validation."""
OF_OFFICE = frozenset({"agree", "return", "validate", "abort"})
"""Moves of the partnership of the visitor."""


def terms(today: date) -> dict[str, int]:
    """Answer after how many days what is told to be stuck."""
    known = sorted((row for row in data_rows(PACKAGE, "terms")), key=lambda row: row["since"])
    return {row["code"]: int(row["value"]) for row in known if date.fromisoformat(row["since"]) <= today}


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.can(Permission.EXCHANGES_READ_ALL):
        return sa.true()
    mine, kept, one = actor.where(Permission.EXCHANGES_TAKE_PART), looked_after(actor), aliased(G)
    # Each way to an exchange has its index; PostgreSQL uses none of them where one condition names several ways.
    ways = (
        one.visitor_organisation_id.in_(mine),
        one.host_organisation_id.in_(mine),
        one.visitor_partnership_id.in_(kept),
        one.host_partnership_id.in_(kept),
    )
    return G.id.in_(sa.union(*(sa.select(one.id).where(way) for way in ways)))


def get_exchange(session: Session, actor: Actor, number: str, *, for_change: bool = False) -> ExchangeGrant:
    """Answer an exchange of which the caller may know, locked if it is to be changed; raise ExchangeNotFound."""
    must_see_some(actor)
    statement = sa.select(G).where(G.number == normalised_number(number), _visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise ExchangeNotFound
    return found


def parties_of(session: Session, actor: Actor, grant: ExchangeGrant) -> frozenset[Party]:
    """Answer for which parties of an exchange the caller acts."""
    offices = {
        key: session.get_one(Partnership, key).organisation_id
        for key in (grant.visitor_partnership_id, grant.host_partnership_id)
    }
    part, look = Permission.EXCHANGES_TAKE_PART, Permission.EXCHANGES_LOOK_AFTER
    holds = {
        Party.VO: actor.can(part, within=grant.visitor_organisation_id),
        Party.HO: actor.can(part, within=grant.host_organisation_id),
        Party.VOP: actor.can(look, within=offices[grant.visitor_partnership_id]),
        Party.HOP: actor.can(look, within=offices[grant.host_partnership_id]),
    }
    return frozenset(party for party, is_so in holds.items() if is_so)


def stay_of(session: Session, grant: ExchangeGrant) -> StayPlan | None:
    """Answer the stay as the rules of the round read it; none while it has no days."""
    if grant.begins_on is None or grant.ends_on is None:
        return None
    sides = {}
    for side, key in (("visitor", grant.visitor_id), ("host", grant.host_id)):
        one = session.get_one(ExchangeParticipant, key)
        sides[side] = {name: getattr(one, name) for name in ("country", "region", "latitude", "longitude")}
    return StayPlan.model_validate(
        {
            **sides, "mode": grant.mode, "begins_on": grant.begins_on, "ends_on": grant.ends_on,
            "distance_km": grant.declared_km,
            "overrides": [{"day": day, **told} for day, told in sorted(grant.overrides.items())],
        }
    )  # fmt: skip


def amount_of(session: Session, grant: ExchangeGrant) -> AmountRead | None:
    """Answer the calculation: the one that was agreed, else as of now; none while the plan is not whole."""
    if grant.calculation is not None:
        return AmountRead.model_validate(grant.calculation)
    plan = stay_of(session, grant)
    if plan is None:
        return None
    try:
        return reckon(get_round(grant.round), plan)
    except StayIncomplete:
        return None


def facts_of(grant: ExchangeGrant) -> dict[str, Any]:
    """Answer what documents say about an exchange, as JSON has it."""
    said = ("number", "visitor_id", "host_id", "visitor_partnership_id", "host_partnership_id", "goals", "agenda",
            "offered_cents", "account")  # fmt: skip
    days = {
        name: value and value.isoformat()
        for name, value in (("begins_on", grant.begins_on), ("ends_on", grant.ends_on))
    }
    return {**{name: getattr(grant, name) for name in said}, **days, "mode": grant.mode.value}


def documents_of(session: Session, grant: ExchangeGrant) -> dict[DocumentKind, dict[str, Any]]:
    """Answer what is signed, as it is now: the commitment of four, and the agreement of two where something is paid."""
    amount = amount_of(session, grant)
    if grant.begins_on is None or grant.ends_on is None or grant.goals is None:
        return {}
    facts = facts_of(grant)
    found = {DocumentKind.COMMITMENT: rules.commitment(facts)}
    if amount is not None and grant.mode is ExchangeMode.PHYSICAL:
        days = get_round(grant.round).terms.payment_days.value
        found[DocumentKind.FINANCIAL] = rules.financial(facts, amount, days)
    return found


def _beside(session: Session, model: type[M], grants: Sequence[ExchangeGrant]) -> list[M]:
    """Answer what of a kind stands beside these exchanges, in the order in which it came."""
    statement = sa.select(model).where(model.grant_id.in_([one.id for one in grants]))
    return list(session.scalars(statement.order_by(*sa.inspect(model).primary_key)))


def signed_of(session: Session, grant: ExchangeGrant) -> list[Signed]:
    """Answer every signature that was given, whatever it was under."""
    return [(one.document, one.party, one.digest) for one in _beside(session, ExchangeSignature, [grant])]


@dataclass(slots=True)
class Papers:
    """What was signed, reported, shown and certified of an exchange, in the order in which it came."""

    signed: list[Signed] = field(default_factory=list)
    reports: list[ExchangeReport] = field(default_factory=list)
    proofs: list[ExchangeProof] = field(default_factory=list)
    certificate_sha256: str | None = None


def papers_of(session: Session, grants: Sequence[ExchangeGrant]) -> dict[str, Papers]:
    """Answer the papers of exchanges, in as many statements as for one."""
    found = {one.id: Papers() for one in grants}
    for signature in _beside(session, ExchangeSignature, grants):
        found[signature.grant_id].signed.append((signature.document, signature.party, signature.digest))
    for report in _beside(session, ExchangeReport, grants):
        found[report.grant_id].reports.append(report)
    for proof in _beside(session, ExchangeProof, grants):
        found[proof.grant_id].proofs.append(proof)
    for certificate in _beside(session, ExchangeCertificate, grants):
        found[certificate.grant_id].certificate_sha256 = certificate.sha256
    return found


def _taking_part(session: Session, grants: Sequence[ExchangeGrant]) -> list[ExchangeParticipant | Partnership]:
    """Answer everybody in these exchanges: as long as they are held, asking for one of them costs no statement."""
    participants = {key for one in grants for key in (one.visitor_id, one.host_id)}
    offices = {key for one in grants for key in (one.visitor_partnership_id, one.host_partnership_id)}
    return [
        *session.scalars(sa.select(ExchangeParticipant).where(ExchangeParticipant.id.in_(participants))),
        *session.scalars(sa.select(Partnership).where(Partnership.id.in_(offices))),
    ]


def read_documents(session: Session, grant: ExchangeGrant, signed: Sequence[Signed]) -> list[ExchangeDocument]:
    """Answer the documents with their digests, who has signed and who has not."""
    documents = documents_of(session, grant)
    digests = {kind: digest(content) for kind, content in documents.items()}
    missing = rules.missing_signatures(digests, signed)
    return [
        ExchangeDocument(
            document=kind,
            digest=digests[kind],
            content=content,
            signed=[party for party in Party if (kind, party, digests[kind]) in signed],
            missing=[party for what, party in missing if what is kind],
        )
        for kind, content in documents.items()
    ]


def standing_report(session: Session, grant: ExchangeGrant, side: ExchangeRole) -> ExchangeReport | None:
    """Answer the report of a side that was not given back."""
    return _standing(_beside(session, ExchangeReport, [grant]), side)


def _standing(reports: Sequence[ExchangeReport], side: ExchangeRole) -> ExchangeReport | None:
    standing = [one for one in reports if one.side is side and one.returned_because is None]
    return standing[-1] if standing else None


def proofs_of(session: Session, grant: ExchangeGrant) -> list[ExchangeProof]:
    """Answer the evidence, the first first."""
    return _beside(session, ExchangeProof, [grant])


def times_of(grant: ExchangeGrant) -> rules.Times:
    """Answer the dates from which the phase of an exchange follows."""
    return rules.Times(grant.state, grant.begins_on, grant.ends_on, civil_date(grant.created_at), grant.due_on)


def waits_for(
    grant: ExchangeGrant, phase: GrantPhase, documents: Sequence[ExchangeDocument], papers: Papers
) -> str | None:
    """Answer what an exchange waits for today, and of whom."""
    if phase is GrantPhase.BUILDING:
        if not documents:
            return "The plan, of visitor and host."
        missing = sorted({party.value.upper() for one in documents for party in one.missing})
        return f"Signatures of {', '.join(missing)}." if missing else "The agreement, of the VOP."
    if phase is GrantPhase.REPORTING:
        if _standing(papers.reports, ExchangeRole.VISITOR) is None:
            return "The closing report, of the VO."
        if grant.agreed_cents and not papers.proofs:
            return "Evidence, of the VO."
        return "The validation, of the VOP."
    return "The payment, of the VOP." if phase is GrantPhase.VALIDATED else None


def allowed_moves(session: Session, actor: Actor, grant: ExchangeGrant, phase: GrantPhase) -> list[str]:
    """Answer what the caller can do with an exchange now."""
    parties = parties_of(session, actor, grant)
    verbs = {move.verb for move in LIFE.moves_from(grant.state)} - BY_BANK
    if grant.state is GrantState.AGREED:
        begun = phase is not GrantPhase.AGREED
        verbs -= {"cancel", "revise"} if begun else {"report", "return", "abort", "validate"}
    if Party.VOP not in parties:
        verbs -= OF_OFFICE
    if not parties & {Party.VO, Party.HO}:
        verbs -= {"report", "revise"}
    return sorted(verbs) if parties else []


def read_exchange(session: Session, actor: Actor, grant: ExchangeGrant) -> ExchangeRead:
    """Answer an exchange as its parties see it."""
    return read_exchanges(session, actor, [grant])[0]


def read_exchanges(session: Session, actor: Actor, grants: Sequence[ExchangeGrant]) -> list[ExchangeRead]:
    """Answer exchanges as their parties see them, in as many statements as for one."""
    held, papers = _taking_part(session, grants), papers_of(session, grants)
    found = [_read(session, actor, one, papers[one.id]) for one in grants]
    del held  # until here, so that nobody was asked for one by one
    return found


def _read(session: Session, actor: Actor, grant: ExchangeGrant, papers: Papers) -> ExchangeRead:
    phase = rules.phase_on(times_of(grant), actor.today)
    documents = read_documents(session, grant, papers.signed)
    return ExchangeRead(
        id=UUID(grant.id),
        number=grant.number,
        match_id=UUID(grant.match_id),
        round=grant.round,
        visitor_id=UUID(grant.visitor_id),
        host_id=UUID(grant.host_id),
        visitor_partnership_id=UUID(grant.visitor_partnership_id),
        host_partnership_id=UUID(grant.host_partnership_id),
        mode=grant.mode,
        begins_on=grant.begins_on,
        ends_on=grant.ends_on,
        goals=grant.goals,
        agenda=[AgendaDay(day=date.fromisoformat(day), text=text) for day, text in sorted(grant.agenda.items())],
        amount=amount_of(session, grant),
        agreed_cents=grant.agreed_cents,
        payable_cents=grant.payable_cents,
        currency="EUR",
        documents=_told(session, actor, grant, documents),
        reports=[ExchangeReportRead.model_validate(one, from_attributes=True) for one in papers.reports],
        proofs=[ProofRead.model_validate(one, from_attributes=True) for one in papers.proofs],
        done_until=grant.done_until,
        validated_on=grant.validated_on,
        certificate_sha256=papers.certificate_sha256,
        due_on=grant.due_on,
        paid_on=grant.paid_on,
        is_overdue=rules.is_overdue(times_of(grant), actor.today, terms(actor.today)),
        waits_for=waits_for(grant, phase, documents, papers),
        reason=grant.reason,
        state=phase,
        version=grant.version,
        allowed_moves=allowed_moves(session, actor, grant, phase),
    )


def _told(
    session: Session, actor: Actor, grant: ExchangeGrant, documents: Sequence[ExchangeDocument]
) -> list[ExchangeDocument]:
    # The account of the visitor is nothing for the host: the financial agreement is of two.
    knows = parties_of(session, actor, grant) & {Party.VO, Party.VOP} or actor.can(Permission.EXCHANGES_READ_ALL)
    return [one for one in documents if knows or one.document is DocumentKind.COMMITMENT]


def _in_phase(phase: GrantPhase, today: date) -> sa.ColumnElement[bool]:
    agreed = G.state == GrantState.AGREED
    dated: Mapping[GrantPhase, sa.ColumnElement[bool]] = {
        GrantPhase.AGREED: sa.and_(agreed, G.begins_on > today),
        GrantPhase.ONGOING: sa.and_(agreed, G.begins_on <= today, G.ends_on >= today),
        GrantPhase.REPORTING: sa.and_(agreed, G.ends_on < today),
    }
    return dated[phase] if phase in dated else G.state == GrantState(phase.value)


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), SCHEME_ZONE)


def _late(today: date) -> sa.ColumnElement[bool]:
    days = terms(today)
    building_since = today - timedelta(days=days[rules.BUILD_DAYS])
    return sa.or_(
        sa.and_(G.state == GrantState.BUILDING, G.created_at < _morning(building_since)),
        sa.and_(G.state == GrantState.AGREED, G.ends_on < today - timedelta(days=days[rules.REPORT_DAYS])),
        sa.and_(G.state == GrantState.VALIDATED, G.due_on < today),
    )


def exchanges_page(session: Session, actor: Actor, query: ExchangeQuery) -> Page[ExchangeRead]:
    """Answer a page of exchanges of which the caller may know, in the order in which they were built."""
    must_see_some(actor)
    statement = sa.select(G).where(_visible(actor))
    if query.state is not None:
        statement = statement.where(_in_phase(query.state, actor.today))
    for asked, columns in (
        (query.partnership_id, (G.visitor_partnership_id, G.host_partnership_id)),
        (query.participant_id, (G.visitor_id, G.host_id)),
    ):
        if asked is not None:
            statement = statement.where(sa.or_(*(column == str(asked) for column in columns)))
    if query.overdue is not None:
        late = _late(actor.today)
        statement = statement.where(late if query.overdue else sa.not_(sa.func.coalesce(late, sa.false())))
    shown, cursor = keyed_page(session, statement, G.id, query, of="exchange-grants", view=actor.view)
    return Page(items=read_exchanges(session, actor, shown), next=cursor)
