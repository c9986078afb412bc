"""What one can do with files of evidence: send, check, remove, and read again.

A file is written to the store before the transaction commits: a row never names a file that is not there. A file that
no row names, because the transaction failed, does no harm: it is found by its digest only.
"""

from collections.abc import Callable, Sequence
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.actions import must_stand
from cluster_api.assessments.errors import CaseNotOpen
from cluster_api.assessments.models import Assessment, Evidence
from cluster_api.assessments.queries import must
from cluster_api.assessments.states import ENDED, EVIDENCE, FROM_REPORT_ON, EvidenceSide, EvidenceState
from cluster_api.evidence import rules
from cluster_api.evidence.errors import (
    EvidenceDamaged,
    EvidenceFull,
    EvidenceKnown,
    EvidenceNamed,
    EvidenceOfOthers,
    EvidenceQuarantined,
    EvidenceTypeRefused,
)
from cluster_api.evidence.queries import find_same, is_named, side_of
from cluster_api.evidence.schemas import EvidenceGiven
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.filestore import FileMissing, FileStore, digest_and_size
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.identity.permissions import Permission
from cluster_api.journal.actions import record

Checker = Callable[[BinaryIO, str, str], Sequence[str]]
"""Looks at a file, its name and its media type, and answers what it found, as codes; nothing releases the file."""


def send(  # noqa: PLR0913 - the world of an upload: who, to which case, what, and where it is kept
    session: Session,
    actor: Actor,
    case: Assessment,
    asked: EvidenceGiven,
    file: BinaryIO,
    store: FileStore | None,
    *,
    most: int,
) -> Evidence:
    """Take a file into the quarantine of a case and answer it; without a store (a rehearsal) nothing is written.

    Raises:
        CaseNotOpen, ClusterNotActive: nothing is added any more.
        EvidenceTypeRefused: by its content it is nothing that is taken, or not what it is said to be.
        EvidenceKnown, EvidenceFull: it is there already, or there are too many.
    """
    side = _must_send(session, actor, case)
    media_type = rules.type_of(file)
    if media_type is None or asked.media_type not in {None, media_type}:
        detail = f"By its content this is {media_type or 'of no type that is taken'}."
        raise EvidenceTypeRefused(detail, faults=[Fault("/body", "type_refused", detail)])
    digest, size = digest_and_size(file)
    same = find_same(session, case, digest)
    if same is not None:
        raise EvidenceKnown(members={"evidence_id": same.id})
    counted = sa.select(sa.func.count()).where(
        Evidence.assessment_id == case.id, Evidence.state != EvidenceState.REMOVED
    )
    if (session.scalar(counted) or 0) >= most:
        raise EvidenceFull(f"{most} files are the most.")
    if store is not None:
        store.keep(file)
    evidence = Evidence(
        id=str(uuid7()),
        assessment_id=case.id,
        name=asked.name,
        media_type=media_type,
        size=size,
        sha256=digest,
        side=side,
        state=EvidenceState.QUARANTINED,
        findings=[],
        version=1,
        created_at=actor.now,
    )
    session.add(evidence)
    session.flush()
    _tell(session, actor, evidence, case.id, "evidence.sent")
    return evidence


def check(
    session: Session,
    actor: Actor,
    case: Assessment,
    evidence: Evidence,
    store: FileStore,
    checker: Checker = rules.findings_in,
) -> None:
    """Check a file that waits in quarantine: release it, or refuse it with what was found; raise MoveNotAllowed."""
    must(session, actor, case, Permission.ASSESSMENTS_RUN)
    _must_be_open(case)
    EVIDENCE.find(evidence.state, "release")
    _judge(session, actor, evidence, store, checker)


def check_waiting(
    session: Session, actor: Actor, store: FileStore, checker: Checker = rules.findings_in, *, most: int = 100
) -> int:
    """Check what waits in quarantine, the first sent first, and answer how many files that were."""
    actor.must(Permission.ASSESSMENTS_RUN)
    # What belongs to a sealed report or to an ended case stays as it is.
    is_open = Assessment.state.not_in((*FROM_REPORT_ON, *ENDED))
    statement = (
        sa.select(Evidence)
        .join(Assessment, Assessment.id == Evidence.assessment_id)
        .where(Evidence.state == EvidenceState.QUARANTINED, is_open)
        .order_by(Evidence.id)
        .limit(most)
    )
    waiting = session.scalars(statement.with_for_update(of=Evidence, skip_locked=True)).all()
    for evidence in waiting:
        _judge(session, actor, evidence, store, checker)
    return len(waiting)


def _judge(session: Session, actor: Actor, evidence: Evidence, store: FileStore, checker: Checker) -> None:
    try:
        with store.open(evidence.sha256) as file:
            found = list(checker(file, evidence.name, evidence.media_type))
            if digest_and_size(file) != (evidence.sha256, evidence.size):
                found.append("other_content")
    except FileMissing:
        found = ["other_content"]
    EVIDENCE.apply(evidence, "refuse" if found else "release")
    evidence.findings, evidence.checked_at = found, actor.now
    evidence.version += 1
    session.flush()
    _tell(session, actor, evidence, evidence.assessment_id, f"evidence.{evidence.state.value}")


def remove(session: Session, actor: Actor, case: Assessment, evidence: Evidence) -> None:
    """Take a file out of a case.

    Raises:
        EvidenceOfOthers: the other side sent it.
        EvidenceNamed: a sheet names it.
        CaseNotOpen, MoveNotAllowed: nothing is removed any more.
    """
    if _must_send(session, actor, case) is not evidence.side:
        raise EvidenceOfOthers
    EVIDENCE.find(evidence.state, "remove")
    if is_named(session, case, evidence):
        raise EvidenceNamed
    EVIDENCE.apply(evidence, "remove")
    evidence.version += 1
    session.flush()
    _tell(session, actor, evidence, case.id, "evidence.removed")


def opened(evidence: Evidence, store: FileStore) -> BinaryIO:
    """Answer the content of a released file, to be closed by the caller.

    Raises:
        EvidenceQuarantined: it waits for its check, was refused or removed.
        EvidenceDamaged: what is kept is not what was sent.
    """
    if evidence.state is not EvidenceState.RELEASED:
        raise EvidenceQuarantined(f"It is {evidence.state.value}.")
    try:
        return store.open(evidence.sha256)
    except FileMissing as error:
        raise EvidenceDamaged(f"It was sent with the digest {evidence.sha256}.") from error


def _must_send(session: Session, actor: Actor, case: Assessment) -> EvidenceSide:
    side = side_of(session, actor, case)
    if side is None:
        actor.refuse(Permission.ASSESSMENTS_WRITE)
    must_stand(case)
    _must_be_open(case)
    return side


def _must_be_open(case: Assessment) -> None:
    if case.state in {*FROM_REPORT_ON, *ENDED}:
        raise CaseNotOpen("The report is sealed, or the case has ended: its evidence stays as it is.")


def _tell(session: Session, actor: Actor, evidence: Evidence, assessment_id: str, event: str) -> None:
    told = {"evidence": evidence.id, "sha256": evidence.sha256, "size": evidence.size, "findings": evidence.findings}
    told["side"] = evidence.side.value
    record(session, actor.author, event, ("assessment", assessment_id), details=told)
