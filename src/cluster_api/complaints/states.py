"""What complaints are about, the life of one, and what came of it."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow

HANDLE = "complaints:handle"


class Matter(StrEnum):
    """What a complaint is about."""

    LABEL = "label"
    CLUSTER = "cluster"
    ASSESSOR = "assessor"
    PROCESS = "process"


class ComplaintState(StrEnum):
    """Where a complaint stands (labels, 11.3)."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    IN_REVIEW = "in_review"
    ANSWERED = "answered"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of a complaint."""

    FOUNDED = "founded"
    UNFOUNDED = "unfounded"
    PARTLY = "partly"


class Deadline(StrEnum):
    """What has to be done in time."""

    FILE = "file"
    """By whoever complains about an assessor."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"


S = ComplaintState

LIFE = Workflow(
    name="The complaint",
    column="state",
    moves=(
        Move(S.RECEIVED, "acknowledge", S.ACKNOWLEDGED, HANDLE),
        Move(S.ACKNOWLEDGED, "assign", S.IN_REVIEW, HANDLE, "to somebody outside the case"),
        Move(S.IN_REVIEW, "assign", S.IN_REVIEW, HANDLE, "to somebody outside the case"),
        Move(S.IN_REVIEW, "answer", S.ANSWERED, HANDLE, "by the person it is assigned to"),
        Move(S.ANSWERED, "close", S.CLOSED, HANDLE),
    ),
)
