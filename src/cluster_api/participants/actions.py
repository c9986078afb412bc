"""What one can do with participants: register, change, submit, validate, reject, approve, suspend, withdraw."""

from typing import Any

from sqlalchemy.orm import Session

from cluster_api.clusters.errors import ClusterNotFound
from cluster_api.clusters.queries import get_cluster
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.participants import rules
from cluster_api.participants.errors import (
    ExchangeOpen,
    NotEligible,
    ParticipantFixed,
    ParticipantIncomplete,
    PartnershipNotActive,
)
from cluster_api.participants.models import ExchangeParticipant
from cluster_api.participants.queries import eligibility_of, is_own, looks_after, not_met, offices
from cluster_api.participants.schemas import ParticipantCreate, ParticipantUpdate
from cluster_api.participants.states import CHANGEABLE, LIFE, ParticipantState
from cluster_api.rounds.queries import get_round
from cluster_api.rounds.states import ParticipantKind
from cluster_api.vocabularies.queries import find_region


def register(session: Session, actor: Actor, given: ParticipantCreate) -> ExchangeParticipant:
    """Register an own organisation in a round, as a draft.

    Raises:
        PermissionMissing: the caller acts for no such organisation.
        RoundNotFound: there is no such round.
        ParticipantIncomplete: parts do not fit together; each is named.
        ParticipantTaken: the organisation is in the round.
    """
    wanted = given.organisation_id and str(given.organisation_id)
    organisation_id = wanted or actor.organisation_id
    if organisation_id is None:
        actor.must(Permission.EXCHANGES_TAKE_PART)
        detail = "You act for several organisations: name the one that takes part."
        raise ParticipantIncomplete(detail, faults=[Fault("/body/organisation_id", "missing", detail)])
    actor.must(Permission.EXCHANGES_TAKE_PART, within=organisation_id)
    round_ = get_round(given.round)
    organisation = session.get_one(Organisation, organisation_id)
    values = given.model_dump(exclude={"round", "organisation_id"})
    participant = ExchangeParticipant(
        id=str(uuid7()),
        round=round_.code,
        organisation_id=organisation.id,
        country=organisation.country,
        state=ParticipantState.DRAFT,
        is_approved=False,
        is_assigned=False,
        open_exchanges=0,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
        **_stored(values),
    )
    _must_fit(session, actor, participant)
    session.add(participant)
    session.flush()
    record(session, actor.author, "exchange_participant.registered", _subject(participant))
    return participant


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(values[name]) for name in ("cluster_id", "partnership_id") if values.get(name) is not None}
    return values | texts


def _must_fit(session: Session, actor: Actor, one: ExchangeParticipant) -> None:
    faults = []
    region = None if one.region is None else find_region(one.region)
    if region is not None and region.country != one.country:
        faults.append(Fault("/body/region", "other_country", f"{one.region} is a region of {region.country}."))
    if (one.latitude is None) is not (one.longitude is None):
        faults.append(Fault("/body/latitude", "missing", "Latitude and longitude come together."))
    if (one.kind is ParticipantKind.SCALEUP_SUPPORT) is (one.support_type is None):
        faults.append(Fault("/body/support_type", "not_fitting", "It is named of scale-up support organisations."))
    if one.available_from and one.available_until and one.available_until < one.available_from:
        faults.append(Fault("/body/available_until", "too_early", "It does not come before available_from."))
    if not (one.is_visitor or one.is_host):
        faults.append(Fault("/body/is_visitor", "no_role", "It visits, hosts, or both."))
    faults += _cluster_faults(session, actor, one)
    if faults:
        raise ParticipantIncomplete(" ".join(fault.detail for fault in faults), faults=faults)


def _cluster_faults(session: Session, actor: Actor, one: ExchangeParticipant) -> list[Fault]:
    is_cluster = one.kind is ParticipantKind.CLUSTER_ORGANISATION
    if one.cluster_id is None:
        detail = "A cluster organisation names itself as the register knows it."
        return [Fault("/body/cluster_id", "missing", detail)] if is_cluster else []
    try:
        cluster = get_cluster(session, actor, one.cluster_id)
    except ClusterNotFound:
        return [Fault("/body/cluster_id", "unknown", "The register does not know it.")]
    if is_cluster and cluster.owner_id != one.organisation_id:
        return [Fault("/body/cluster_id", "not_own", "It belongs to another organisation.")]
    return []


def update(session: Session, actor: Actor, one: ExchangeParticipant, patch: ParticipantUpdate) -> ExchangeParticipant:
    """Change a registration before it is submitted; raise ParticipantFixed afterwards."""
    _must_own(actor, one)
    if one.state not in CHANGEABLE:
        raise ParticipantFixed
    for name, value in _stored(patch.model_dump(exclude_unset=True)).items():
        setattr(one, name, value)
    with session.no_autoflush:
        _must_fit(session, actor, one)
    _changed(session, actor, one, "exchange_participant.updated")
    return one


def submit(session: Session, actor: Actor, one: ExchangeParticipant) -> None:
    """Submit a registration to the partnership that was chosen, or to the one that is assigned.

    Raises:
        MoveNotAllowed: it was submitted.
        ParticipantIncomplete: CV, ecosystems or aims are missing.
        PartnershipNotActive: the partnership is not active, or there is none.
    """
    _must_own(actor, one)
    LIFE.find(one.state, "submit")
    wanted = {"cv_sha256": one.cv_sha256, "ecosystems": one.ecosystems, "aims": one.aims, "activities": one.activities}
    faults = [Fault(f"/body/{name}", "missing", f"{name} is missing.") for name, value in wanted.items() if not value]
    if faults:
        raise ParticipantIncomplete(" ".join(fault.detail for fault in faults), faults=faults)
    running = offices(session, actor.today)
    if one.partnership_id is None:
        one.partnership_id = rules.assigned(one.ecosystems, one.country, running)
        one.is_assigned = True
    if one.partnership_id not in {office.partnership_id for office in running}:
        raise PartnershipNotActive
    LIFE.apply(one, "submit")
    _changed(session, actor, one, "exchange_participant.submitted", partnership_id=one.partnership_id)


def validate(session: Session, actor: Actor, one: ExchangeParticipant) -> None:
    """Validate a participant as the partnership that looks after it; raise NotEligible with each rule not met."""
    _must_look_after(session, actor, one)
    LIFE.find(one.state, "validate")
    missing = not_met(eligibility_of(session, one, actor.today))
    if missing:
        faults = [Fault("/", code, sentence) for code, sentence in missing]
        raise NotEligible(" ".join(sentence for _, sentence in missing), faults=faults)
    LIFE.apply(one, "validate")
    one.reason = None
    _changed(session, actor, one, "exchange_participant.validated")


def judge(session: Session, actor: Actor, one: ExchangeParticipant, verb: str, *, reason: str) -> None:
    """Reject a participant, ask it for changes, or suspend it, with the reason; raise MoveNotAllowed.

    The support office suspends whoever it must; the rest is done by the partnership that looks after it.
    """
    if verb != "suspend" or not actor.can(Permission.EXCHANGES_SUPPORT):
        _must_look_after(session, actor, one)
    LIFE.apply(one, verb)
    one.reason = reason
    event = {"reject": "rejected", "request-changes": "sent_back", "suspend": "suspended"}[verb]
    _changed(session, actor, one, f"exchange_participant.{event}", reason=reason)


def approve(session: Session, actor: Actor, one: ExchangeParticipant, *, reason: str) -> None:
    """Record that the agency has approved an organisation as a host that needs it (programme, 1.2)."""
    actor.must(Permission.EXCHANGES_SUPPORT)
    one.is_approved, one.approved_because = True, reason
    _changed(session, actor, one, "exchange_participant.approved", reason=reason)


def withdraw(session: Session, actor: Actor, one: ExchangeParticipant) -> None:
    """Withdraw from a round; raise MoveNotAllowed, or ExchangeOpen while an exchange is open."""
    _must_own(actor, one)
    LIFE.find(one.state, "withdraw")
    if one.open_exchanges:
        raise ExchangeOpen
    LIFE.apply(one, "withdraw")
    _changed(session, actor, one, "exchange_participant.withdrawn")


def _must_own(actor: Actor, one: ExchangeParticipant) -> None:
    if not is_own(actor, one):
        actor.refuse(Permission.EXCHANGES_TAKE_PART)


def _must_look_after(session: Session, actor: Actor, one: ExchangeParticipant) -> None:
    if not looks_after(session, actor, one):
        actor.refuse(Permission.EXCHANGES_LOOK_AFTER)


def _changed(
    session: Session, actor: Actor, one: ExchangeParticipant, event: str, *, reason: str | None = None, **details: Any
) -> None:
    one.version += 1
    one.updated_at = actor.now
    session.flush()
    record(session, actor.author, event, _subject(one), reason=reason, details=details)


def _subject(one: ExchangeParticipant) -> tuple[str, str]:
    return "exchange_participant", one.id
