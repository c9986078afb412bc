"""What one can do with the pool: take somebody in, change, suspend, reinstate, retire; declare employers and the code.

Everything recorded about an assessor, in the areas above too, raises the version of the assessor, whose entity tag
guards it, while the row of the assessor is locked.
"""

from datetime import date, datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.models import Organisation, Person
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record
from cluster_api.pool.errors import CodeAccepted, DatesNotPossible, PersonInPool, ReferenceUnknown
from cluster_api.pool.models import Assessor, CodeAcceptance, Employment
from cluster_api.pool.queries import is_self, may_declare
from cluster_api.pool.rules import employer_key
from cluster_api.pool.schemas import AssessorCreate, AssessorUpdate, EmploymentCreate
from cluster_api.pool.states import LIFE, AssessorState


class Declared(Protocol):
    """Something that an assessor declared, and that can end."""

    @property
    def ended_on(self) -> date | None:
        """Answer the last day, if it is known."""

    @property
    def recorded_at(self) -> datetime:
        """Answer when it was declared."""


OWN_TO_CHANGE = frozenset({"languages", "unavailable_until"})


def create(session: Session, actor: Actor, given: AssessorCreate) -> Assessor:
    """Take a person into the pool and answer the assessor.

    Raises:
        PermissionMissing: the caller is not the secretariat.
        ReferenceUnknown: there is no such person, or it is erased, or no such employer.
        PersonInPool: the person is an assessor already.
    """
    actor.must(Permission.ASSESSORS_WRITE)
    person = session.get(Person, str(given.person_id))
    if person is None or person.erased_at is not None:
        raise unknown("/body/person_id", "There is no such person.")
    if session.scalar(sa.select(Assessor.id).where(Assessor.person_id == person.id)) is not None:
        raise PersonInPool
    assessor = Assessor(
        id=str(uuid7()),
        person_id=person.id,
        country=given.country,
        languages=given.languages,
        portfolios=given.portfolios,
        state=AssessorState.ACTIVE,
        version=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(assessor)
    session.flush()
    record(session, actor.author, "assessor.created", subject_of(assessor), after=_facts(assessor))
    if given.employment is not None:
        employ(session, actor, assessor, given.employment)
    return assessor


def update(session: Session, actor: Actor, assessor: Assessor, patch: AssessorUpdate) -> Assessor:
    """Change an assessor by a merge patch; oneself changes languages and absences only. No difference, no version."""
    wanted = patch.model_dump(exclude_unset=True)
    changes = {name: value for name, value in wanted.items() if value != getattr(assessor, name)}
    if not is_self(actor, assessor) or not changes.keys() <= OWN_TO_CHANGE:
        actor.must(Permission.ASSESSORS_WRITE)
    if not changes:
        return assessor
    before = _facts(assessor)
    for name, value in changes.items():
        setattr(assessor, name, value)
    touch(session, actor, assessor)
    told, after = {"changed": sorted(changes)}, _facts(assessor)
    record(session, actor.author, "assessor.updated", subject_of(assessor), details=told, before=before, after=after)
    return assessor


def suspend(session: Session, actor: Actor, assessor: Assessor, *, reason: str) -> Assessor:
    """Give an assessor no work for a while; raise MoveNotAllowed from another state than active."""
    return _move(session, actor, assessor, "suspend", reason)


def reinstate(session: Session, actor: Actor, assessor: Assessor, *, reason: str) -> Assessor:
    """Give a suspended or retired assessor work again; raise MoveNotAllowed if active."""
    return _move(session, actor, assessor, "reinstate", reason)


def retire(session: Session, actor: Actor, assessor: Assessor, *, reason: str) -> Assessor:
    """Let an assessor leave the pool; what was done and declared stays. Raise MoveNotAllowed if retired."""
    return _move(session, actor, assessor, "retire", reason)


EVENTS = {"suspend": "assessor.suspended", "reinstate": "assessor.reinstated", "retire": "assessor.retired"}


def _move(session: Session, actor: Actor, assessor: Assessor, verb: str, reason: str) -> Assessor:
    actor.must(Permission(LIFE.permission_of(verb)))
    before = _facts(assessor)
    LIFE.apply(assessor, verb)
    touch(session, actor, assessor)
    after = _facts(assessor)
    record(session, actor.author, EVENTS[verb], subject_of(assessor), reason=reason, before=before, after=after)
    return assessor


def employ(session: Session, actor: Actor, assessor: Assessor, given: EmploymentCreate) -> Employment:
    """Record for whom an assessor works or worked, as declared by the assessor or the secretariat.

    Raises:
        PermissionMissing, ReferenceUnknown: as named.
        DatesNotPossible: it ends before it begins.
    """
    must_declare(actor, assessor)
    must_follow(given.began_on, given.ended_on)
    organisation_id = None if given.organisation_id is None else str(given.organisation_id)
    must_be_organisation(session, organisation_id)
    employment = Employment(
        id=str(uuid7()),
        assessor_id=assessor.id,
        person_id=assessor.person_id,
        kind=given.kind,
        organisation_id=organisation_id,
        name=given.name,
        key=None if given.name is None else employer_key(given.name),
        began_on=given.began_on,
        ended_on=given.ended_on,
        recorded_at=actor.now,
        author=actor.name,
    )
    session.add(employment)
    touch(session, actor, assessor)
    # For whom somebody works is personal and erased with the person: the journal names the row only.
    details = {"employment_id": employment.id}
    record(session, actor.author, "employment.declared", subject_of(assessor), details=details)
    return employment


def end_employment(
    session: Session, actor: Actor, assessor: Assessor, employment: Employment, *, ended_on: date
) -> Employment:
    """Say when an employment ended.

    Raises:
        PermissionMissing: the caller may not.
        DatesNotPossible: before it began, on a day to come, or other than what the assessor has said before.
    """
    must_declare(actor, assessor)
    must_follow(employment.began_on, ended_on)
    must_end_honestly(actor, employment, ended_on)
    employment.ended_on = ended_on
    touch(session, actor, assessor)
    details = {"employment_id": employment.id, "ended_on": ended_on.isoformat()}
    record(session, actor.author, "employment.ended", subject_of(assessor), details=details)
    return employment


def accept_code(session: Session, actor: Actor, assessor: Assessor, version: str) -> CodeAcceptance:
    """Record that an assessor accepted a version of the code of conduct; raise CodeAccepted the second time."""
    must_declare(actor, assessor)
    if session.get(CodeAcceptance, (assessor.id, version)) is not None:
        raise CodeAccepted
    accepted = CodeAcceptance(
        assessor_id=assessor.id,
        code_version=version,
        accepted_on=actor.today,
        recorded_at=actor.now,
        author=actor.name,
    )
    session.add(accepted)
    touch(session, actor, assessor)
    record(session, actor.author, "code_of_conduct.accepted", subject_of(assessor), details={"version": version})
    return accepted


def touch(session: Session, actor: Actor, assessor: Assessor) -> None:
    """Raise the version of an assessor and flush."""
    assessor.version += 1
    assessor.updated_at = actor.now
    session.flush()


def must_declare(actor: Actor, assessor: Assessor) -> None:
    """Raise PermissionMissing unless the caller may declare about this assessor."""
    if not may_declare(actor, assessor):
        actor.refuse(Permission.ASSESSORS_DECLARE, Permission.ASSESSORS_WRITE)


def must_end_honestly(actor: Actor, one: Declared, ended_on: date) -> None:
    """Raise DatesNotPossible unless a declared fact may end on this day.

    Nobody clears oneself: what an assessor ends cannot have ended before it was declared, nor end twice. The
    secretariat, which has seen papers, may say otherwise.
    """
    if ended_on > actor.today:
        raise impossible("/body/ended_on", "An end to come is declared when it has come.")
    if actor.can(Permission.ASSESSORS_WRITE):
        return
    if one.ended_on is not None or ended_on < civil_date(one.recorded_at):
        raise impossible(
            "/body/ended_on", "Only the secretariat ends something before the day it was declared, or anew."
        )


def must_follow(began_on: date | None, ended_on: date | None) -> None:
    """Raise DatesNotPossible if something ends before it begins."""
    if began_on is not None and ended_on is not None and ended_on < began_on:
        raise impossible("/body/ended_on", "It cannot end before it begins.")


def must_be_organisation(session: Session, organisation_id: str | None) -> None:
    """Raise ReferenceUnknown unless the organisation is known, open or closed."""
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise unknown("/body/organisation_id", "There is no such organisation.")


def unknown(pointer: str, detail: str) -> ReferenceUnknown:
    """Answer the refusal of a name that means nothing here."""
    return ReferenceUnknown(detail, faults=[Fault(pointer, "unknown", detail)])


def impossible(pointer: str, detail: str) -> DatesNotPossible:
    """Answer the refusal of a day that cannot be."""
    return DatesNotPossible(detail, faults=[Fault(pointer, "impossible", detail)])


def subject_of(assessor: Assessor) -> tuple[str, str]:
    """Answer how the journal names an assessor."""
    return "assessor", assessor.id


def _facts(assessor: Assessor) -> dict[str, object]:
    # Digests of facts cannot be erased: residence and languages say too much about a person to be among them.
    absent = assessor.unavailable_until
    return {"state": assessor.state.value, "unavailable_until": absent and absent.isoformat()}
