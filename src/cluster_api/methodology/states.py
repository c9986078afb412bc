"""The life of a methodology, its kinds, and the words of prices."""

from enum import StrEnum

from cluster_api.foundation.workflow import Move, Workflow


class MethodologyKind(StrEnum):
    """What a methodology is about."""

    INDICATOR_SET = "indicator_set"
    QUESTIONNAIRE = "questionnaire"
    ELIGIBILITY_SET = "eligibility_set"
    RULE_SET = "rule_set"
    PRICE_LIST = "price_list"


FORMS = (MethodologyKind.INDICATOR_SET, MethodologyKind.QUESTIONNAIRE, MethodologyKind.ELIGIBILITY_SET)
"""Kinds that are filled in."""


class MethodologyState(StrEnum):
    """Where a version of a methodology stands; once published it is sealed."""

    DRAFT = "draft"
    IN_CONSULTATION = "in_consultation"
    PUBLISHED = "published"
    RETIRED = "retired"


LIFE = Workflow(
    name="The methodology",
    column="state",
    moves=(
        Move(MethodologyState.DRAFT, "consult", MethodologyState.IN_CONSULTATION, "methodologies:write"),
        Move(MethodologyState.IN_CONSULTATION, "revise", MethodologyState.DRAFT, "methodologies:write"),
        Move(
            MethodologyState.IN_CONSULTATION,
            "publish",
            MethodologyState.PUBLISHED,
            "methodologies:write",
            "applies from a day to come, after the version before",
        ),
        Move(
            MethodologyState.PUBLISHED,
            "retire",
            MethodologyState.RETIRED,
            "methodologies:write",
            "reasons are given",
        ),
    ),
)

VISIBLE = (MethodologyState.IN_CONSULTATION, MethodologyState.PUBLISHED, MethodologyState.RETIRED)
"""What the public may know of: everything but drafts."""
OPEN = (MethodologyState.DRAFT, MethodologyState.IN_CONSULTATION)
"""What is still being made: one version of a code at a time."""
SEALED = (MethodologyState.PUBLISHED, MethodologyState.RETIRED)
"""What nobody changes any more."""


class CaseKind(StrEnum):
    """Whether a case is about a first label or renews one."""

    FIRST = "first"
    RENEWAL = "renewal"


class VisitMode(StrEnum):
    """Where the interview or the assessment takes place."""

    ON_SITE = "on_site"
    VIDEO = "video"
