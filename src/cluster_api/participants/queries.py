"""What one can ask about participants: the own, those one looks after, and the catalogue of the validated."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import Cluster
from cluster_api.clusters.states import VISIBLE
from cluster_api.foundation.paging import Page
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.ledger.queries import held_in
from cluster_api.ledger.states import Account
from cluster_api.participants import rules
from cluster_api.participants.errors import ParticipantNotFound
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.schemas import ParticipantInside, ParticipantQuery, ParticipantRead
from cluster_api.participants.states import LIFE, LOOK_AFTER, ParticipantState
from cluster_api.partnerships.models import Partner, Partnership
from cluster_api.partnerships.states import PartnershipState
from cluster_api.pool.queries import keyed_page
from cluster_api.rounds.queries import check, get_round
from cluster_api.rounds.rules import HOLDS
from cluster_api.rounds.schemas import AdmissibilityRead, ParticipantFacts
from cluster_api.rounds.states import ExchangeRole

X = ExchangeParticipant
SEEING = (Permission.EXCHANGES_TAKE_PART, Permission.EXCHANGES_LOOK_AFTER, Permission.EXCHANGES_READ_ALL)


def must_see_some(actor: Actor) -> None:
    """Raise CredentialsRequired or PermissionMissing to a caller for whom there can be no participants."""
    actor.must_any(*SEEING)


def looked_after(actor: Actor) -> sa.Select[str]:
    """Answer the partnerships whose office the caller runs."""
    return sa.select(Partnership.id).where(
        Partnership.organisation_id.in_(actor.where(Permission.EXCHANGES_LOOK_AFTER))
    )


def inside(actor: Actor) -> sa.ColumnElement[bool]:
    """Answer the condition under which the caller sees all of a participant: the own, one looked after, or all."""
    if actor.can(Permission.EXCHANGES_READ_ALL):
        return sa.true()
    own = X.organisation_id.in_(actor.where(Permission.EXCHANGES_TAKE_PART))
    kept = sa.and_(X.partnership_id.in_(looked_after(actor)), X.state != ParticipantState.DRAFT)
    return sa.or_(own, kept)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.or_(inside(actor), X.state == ParticipantState.VALIDATED)


def get_participant(session: Session, actor: Actor, key: str, *, for_change: bool = False) -> ExchangeParticipant:
    """Answer a participant of which the caller may know, locked if it is to be changed; raise ParticipantNotFound."""
    must_see_some(actor)
    statement = sa.select(X).where(X.id == key, _visible(actor))
    if for_change:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise ParticipantNotFound
    return found


def is_own(actor: Actor, one: ExchangeParticipant) -> bool:
    """Answer whether the caller acts for the organisation."""
    return actor.can(Permission.EXCHANGES_TAKE_PART, within=one.organisation_id)


def office_of(session: Session, one: ExchangeParticipant) -> str:
    """Answer the organisation that runs the partnership which looks after a participant, or nobody."""
    if one.partnership_id is None:
        return "nobody"
    return session.get_one(Partnership, one.partnership_id).organisation_id


def looks_after(session: Session, actor: Actor, one: ExchangeParticipant) -> bool:
    """Answer whether the caller runs the partnership that looks after a participant."""
    return actor.can(Permission.EXCHANGES_LOOK_AFTER, within=office_of(session, one))


def facts_of(session: Session, one: ExchangeParticipant, role: ExchangeRole, on: date) -> ParticipantFacts:
    """Answer what the rules ask about a participant in a role on a day."""
    cluster = None if one.cluster_id is None else session.get(Cluster, one.cluster_id)
    belonging = rules.belonging_of(
        one.kind,
        is_in_published_cluster=cluster is not None and cluster.profile_state in VISIBLE,
        is_in_network=one.is_in_network,
    )
    return ParticipantFacts.model_validate(
        {
            "role": role, "kind": one.kind, "country": one.country, "on": on, "belonging": belonging,
            "is_approved": one.is_approved, "headcount": one.headcount, "turnover_cents": one.turnover_cents,
            "balance_sheet_cents": one.balance_sheet_cents, "is_national": one.is_national,
            "residence_days": one.residence_days, "has_business": one.has_business,
        }
    )  # fmt: skip


def eligibility_of(session: Session, one: ExchangeParticipant, on: date) -> list[AdmissibilityRead]:
    """Answer for each role that a participant takes whether it may on a day, rule by rule."""
    round_ = get_round(one.round)
    roles = ((ExchangeRole.VISITOR, one.is_visitor), (ExchangeRole.HOST, one.is_host))
    return [check(round_, facts_of(session, one, role, on)) for role, is_taken in roles if is_taken]


def not_met(found: Sequence[AdmissibilityRead]) -> list[tuple[str, str]]:
    """Answer code and sentence of every rule that is not met, or of which something is not known."""
    return [
        (f"{one.role.value}_{rule.code}", rule.sentence)
        for one in found
        for rule in one.rules
        if HOLDS[rule.outcome] is not True
    ]


def offices(session: Session, today: date) -> list[rules.Office]:
    """Answer the partnerships that can look after participants today, with what they have left."""
    P = Partnership  # noqa: N806 - one word for the table
    running = session.execute(
        sa.select(P.id, P.ecosystems).where(
            P.state == PartnershipState.ACTIVE, P.begins_on <= today, P.ends_on >= today
        )
    ).all()
    ids = [row.id for row in running]
    countries: dict[str, set[str]] = {one: set() for one in ids}
    for key, country in session.execute(
        sa.select(Partner.partnership_id, Partner.country).where(
            Partner.partnership_id.in_(ids), Partner.left_on.is_(None)
        )
    ):
        countries[key].add(country)
    held = held_in(session, ids)
    return [
        rules.Office(row.id, frozenset(row.ecosystems), frozenset(countries[row.id]), held[row.id][Account.AVAILABLE])
        for row in running
    ]


def read_participants(
    session: Session, actor: Actor, shown: Sequence[ExchangeParticipant], *, told: bool = False
) -> list[ParticipantRead]:
    """Answer participants as this caller may see them; eligibility only where one is shown (``told``)."""
    named = session.execute(
        sa.select(Organisation.id, Organisation.name).where(Organisation.id.in_([one.organisation_id for one in shown]))
    )
    names = {row.id: row.name for row in named}
    seen = set(session.scalars(sa.select(X.id).where(X.id.in_([one.id for one in shown]), inside(actor))))
    run = set(session.scalars(looked_after(actor)))
    found = []
    for one in shown:
        own, looks = is_own(actor, one), one.partnership_id in run
        moves = [move for move in LIFE.moves_from(one.state) if (looks if move.permission == LOOK_AFTER else own)]
        fields = {name: getattr(one, name) for name in ParticipantRead.model_fields if hasattr(one, name)}
        fields |= {"name": names[one.organisation_id], "allowed_moves": [move.verb for move in moves]}
        fields["inside"] = _inside(session, actor, one, told=told) if one.id in seen else None
        found.append(ParticipantRead.model_validate(fields))
    return found


def _inside(session: Session, actor: Actor, one: ExchangeParticipant, *, told: bool) -> ParticipantInside:
    fields = {name: getattr(one, name) for name in ParticipantInside.model_fields if hasattr(one, name)}
    return ParticipantInside(**fields, eligibility=eligibility_of(session, one, actor.today) if told else [])


def read_participant(session: Session, actor: Actor, one: ExchangeParticipant) -> ParticipantRead:
    """Answer a participant as this caller may see it, with its eligibility to who may know."""
    return read_participants(session, actor, [one], told=True)[0]


def _filters(query: ParticipantQuery) -> list[sa.ColumnElement[bool]]:
    asked = query.model_dump(include={"round", "state", "country", "kind", "is_visitor", "is_host"}, exclude_none=True)
    found = [getattr(X, name) == value for name, value in asked.items()]
    if query.ecosystem is not None:
        found.append(sa.type_coerce(X.ecosystems, sa.Text).contains(f"|{query.ecosystem}|", autoescape=True))
    if query.partnership_id is not None:
        found.append(X.partnership_id == str(query.partnership_id))
    return found


def participants_page(session: Session, actor: Actor, query: ParticipantQuery) -> Page[ParticipantRead]:
    """Answer a page of participants of which the caller may know, in the order in which they registered."""
    must_see_some(actor)
    statement = sa.select(X).where(_visible(actor), *_filters(query))
    shown, cursor = keyed_page(session, statement, X.id, query, of="exchange-participants", view=actor.view)
    return Page(items=read_participants(session, actor, shown), next=cursor)
