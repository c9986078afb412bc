"""What can go wrong with files of evidence."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Forbidden, NotFound, Problem, UnsupportedMedia


class EvidenceNotFound(NotFound):
    """There is no such file of evidence in this assessment."""


class EvidenceTypeRefused(UnsupportedMedia):
    """A file of this type is not taken as evidence.

    Taken are PDF, PNG, JPEG, and documents, tables and slides in Office Open XML or OpenDocument without macros. What
    counts is the content, not the ending of the name.
    """


class EvidenceKnown(Conflict):
    """This file is in the case already.

    `evidence_id` names it.
    """


class EvidenceOfOthers(Forbidden):
    """This file was sent by the other side.

    What the cluster sent the assessors cannot take out of the case, and what they sent the cluster cannot.
    """


class EvidenceFull(Conflict):
    """The case has as many files of evidence as it may have."""


class EvidenceQuarantined(Conflict):
    """The file waits for its check, or was refused by it.

    Only what was released is given out; `state` and `findings` say how it stands.
    """


class EvidenceDamaged(Conflict):
    """The file is not what was sent.

    Its content on the disk has another digest than the one recorded, or is missing. It is not given out; whoever runs
    the service restores it from a backup.
    """


class EvidenceNamed(Conflict):
    """A sheet names this file; take it out of the sheet first."""


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_evidence_content": EvidenceKnown,
    "evidence.assessment_id, evidence.sha256": EvidenceKnown,
}
