"""The kinds of training, and what came of attending one."""

from enum import StrEnum


class TrainingKind(StrEnum):
    """What a training is for (labels, 6)."""

    INITIAL = "initial"
    """Makes somebody an assessor by this version of the methodology."""
    REFRESHER = "refresher"
    """Keeps one: a qualification is renewed by it."""


class AttendanceResult(StrEnum):
    """What came of attending."""

    REGISTERED = "registered"
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
