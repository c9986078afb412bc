"""The states of a qualification, what it needs, and the reasons for and against an assessor."""

from enum import StrEnum


class QualificationState(StrEnum):
    """What a qualification is on a day: it follows from dates alone and is not stored."""

    COMING = "coming"
    VALID = "valid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class QualificationMove(StrEnum):
    """What needs something."""

    GRANT = "grant"
    RENEW = "renew"


class Need(StrEnum):
    """What can be needed for a qualification (labels, 6); all are counts of what is recorded here."""

    TRAINING = "training"
    REFRESHER = "refresher"
    ASSIGNMENT = "assignment"
    BENCHMARK = "benchmark"
    SILVER_AUDIT = "silver_audit"
    GOLD_VISIT = "gold_visit"
    OBSERVED_INTERVIEW = "observed_interview"
    OBSERVED_GOLD_VISIT = "observed_gold_visit"


class ReasonCode(StrEnum):
    """Why an assessor is proposed or cannot be."""

    NOT_ACTIVE = "not_active"
    UNAVAILABLE = "unavailable"
    NOT_QUALIFIED = "not_qualified"
    NOT_TRAINED = "not_trained"
    CODE_NOT_ACCEPTED = "code_not_accepted"
    CONFLICT = "conflict"
    NO_COMMON_LANGUAGE = "no_common_language"
    SAME_EMPLOYER = "same_employer"
    NO_FOREIGNER = "no_foreigner"
    EXCLUDED = "excluded"
    SPEAKS = "speaks"
    KNOWS_PORTFOLIO = "knows_portfolio"
    FROM_ABROAD = "from_abroad"
    RECENT_CASES = "recent_cases"
