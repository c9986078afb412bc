"""What one can do with methodologies: draft, change, consult, publish, retire.

Every verb asks whether the caller may, changes one version, and writes one journal line. What is published is sealed:
the seal is computed here, and the database refuses whatever would break it.
"""

from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.indicators.rules import faults_of
from cluster_api.journal.actions import record
from cluster_api.methodology import rules
from cluster_api.methodology.errors import DocumentInvalid, MethodologyNotPossible, MethodologySealed, VersionOpen
from cluster_api.methodology.models import Methodology
from cluster_api.methodology.queries import DOCUMENTS, Edition, edition_of, editions, find_row, form_of
from cluster_api.methodology.schemas import MethodologyCreate, MethodologyUpdate
from cluster_api.methodology.states import FORMS, LIFE, OPEN, MethodologyKind, MethodologyState


def create(session: Session, actor: Actor, given: MethodologyCreate) -> Methodology:
    """Draft a new methodology, or the next version of one that exists, and answer it.

    Raises:
        MethodologyNotPossible: the code belongs to another kind.
        VersionOpen: the version before is not published yet.
    """
    actor.must(Permission.METHODOLOGIES_WRITE)
    before = editions(session, code=given.code)
    kind = MethodologyKind(given.document.kind)
    if before and before[-1].kind is not kind:
        detail = f"{given.code} is a {before[-1].kind.value}; its versions stay of this kind."
        raise MethodologyNotPossible(detail, faults=[Fault("/body/document/kind", "other_kind", detail)])
    if before and before[-1].state in OPEN:
        raise VersionOpen(f"Version {before[-1].version} of {given.code} is {before[-1].state.value}.")
    row = Methodology(
        id=str(uuid7()),
        code=given.code,
        version=before[-1].version + 1 if before else 1,
        kind=kind,
        state=MethodologyState.DRAFT,
        applies_from=None,
        retired_on=None,
        retirement_reason=None,
        document=given.document.model_dump(mode="json"),
        digest=None,
        revision=1,
        created_at=actor.now,
        updated_at=actor.now,
    )
    _must_compile(row)
    session.add(row)
    session.flush()
    _tell(session, actor, row, "methodology.drafted")
    return row


def update(session: Session, actor: Actor, row: Methodology, patch: MethodologyUpdate) -> None:
    """Change a draft by a merge patch; one that changes nothing leaves it as it is.

    Raises:
        MethodologySealed: it is not a draft.
        DocumentInvalid: what would come out is no document, naming every place.
    """
    actor.must(Permission.METHODOLOGIES_WRITE)
    if row.state is not MethodologyState.DRAFT:
        raise MethodologySealed(f"{row.code}, version {row.version}, is {row.state.value}.")
    document = _valid(rules.merged(row.document, patch.document), row.kind)
    changed = sorted(name for name in {*document, *row.document} if document.get(name) != row.document.get(name))
    if not changed:
        return
    row.document = document
    _must_compile(row)
    _changed(session, actor, row)
    _tell(session, actor, row, "methodology.updated", changed=changed)


def taken_up(session: Session, actor: Actor, edition: Edition) -> Methodology:
    """Answer the row of a version, made now if the version only stands in the package: its state can change then."""
    actor.must(Permission.METHODOLOGIES_WRITE)
    found = find_row(session, edition)
    if found is not None:
        return found
    row = Methodology(
        id=str(uuid7()),
        code=edition.code,
        version=edition.version,
        kind=edition.kind,
        state=edition.state,
        applies_from=edition.applies_from,
        retired_on=None,
        retirement_reason=None,
        document=edition.document.model_dump(mode="json"),
        digest=edition.digest,
        revision=edition.revision,
        created_at=actor.now,
        updated_at=actor.now,
    )
    session.add(row)
    session.flush()
    return row


def consult(session: Session, actor: Actor, row: Methodology) -> None:
    """Put a draft to consultation: everybody can read it, nobody can change it; raise MoveNotAllowed."""
    _move(session, actor, row, "consult", "methodology.put_to_consultation")


def revise(session: Session, actor: Actor, row: Methodology) -> None:
    """Take a version in consultation back to a draft; raise MoveNotAllowed."""
    _move(session, actor, row, "revise", "methodology.revised")


def publish(session: Session, actor: Actor, row: Methodology, *, applies_from: date) -> None:
    """Publish a version after its consultation: from now on it is sealed, from that day on it applies.

    Raises:
        MoveNotAllowed: it is not in consultation.
        MethodologyNotPossible: the day is past, or not after the day of the version before.
    """
    actor.must(Permission.METHODOLOGIES_WRITE)
    LIFE.find(row.state, "publish")
    before = [one.applies_from for one in editions(session, code=row.code) if one.applies_from is not None]
    if applies_from < actor.today:
        raise _day_refused("applies_from", "in_past", "A methodology applies from today or a day to come.")
    if before and applies_from <= max(before):
        raise _day_refused("applies_from", "before_predecessor", f"The version before applies from {max(before)}.")
    row.applies_from = applies_from
    row.digest = rules.seal(row.code, row.version, applies_from, row.document)
    _move(session, actor, row, "publish", "methodology.published")


def retire(session: Session, actor: Actor, row: Methodology, *, reason: str, retired_on: date) -> None:
    """Retire a published version after a day; what it was bound to keeps it.

    Raises:
        MoveNotAllowed: it is not published.
        MethodologyNotPossible: the day lies before it applies.
    """
    actor.must(Permission.METHODOLOGIES_WRITE)
    LIFE.find(row.state, "retire")
    if row.applies_from is not None and retired_on < row.applies_from:
        raise _day_refused("retired_on", "before_start", f"It applies from {row.applies_from}.")
    row.retired_on, row.retirement_reason = retired_on, reason
    _move(session, actor, row, "retire", "methodology.retired", reason=reason)


def _day_refused(member: str, code: str, detail: str) -> MethodologyNotPossible:
    return MethodologyNotPossible(detail, faults=[Fault(f"/body/{member}", code, detail)])


def _valid(document: dict[str, Any], kind: MethodologyKind) -> dict[str, Any]:
    if document.get("kind") != kind.value:
        detail = f"The kind stays {kind.value}."
        raise DocumentInvalid(detail, faults=[Fault("/body/document/kind", "other_kind", detail)])
    try:
        found: dict[str, Any] = DOCUMENTS.validate_python(document).model_dump(mode="json")
    except ValidationError as error:
        faults = [
            Fault(fault.pointer.replace(f"/{kind.value}", "", 1), fault.code, fault.detail)
            for fault in faults_of(error, "/body/document")
        ]
        raise DocumentInvalid(f"{len(faults)} place(s) of the document are wrong.", faults=faults) from error
    return found


def _must_compile(row: Methodology) -> None:
    if row.kind in FORMS:
        form_of(edition_of(row))


def _move(
    session: Session, actor: Actor, row: Methodology, verb: str, event: str, *, reason: str | None = None
) -> None:
    actor.must(Permission.METHODOLOGIES_WRITE)
    LIFE.apply(row, verb)
    _changed(session, actor, row)
    _tell(session, actor, row, event, reason=reason)


def _changed(session: Session, actor: Actor, row: Methodology) -> None:
    row.revision += 1
    row.updated_at = actor.now
    session.flush()


def _tell(
    session: Session, actor: Actor, row: Methodology, event: str, *, reason: str | None = None, **more: Any
) -> None:
    details = {"code": row.code, "version": row.version, "digest": row.digest, **more}
    record(session, actor.author, event, ("methodology", row.id), reason=reason, details=details)
