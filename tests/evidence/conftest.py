"""The worlds of these tests are those of assessments."""

from tests.assessments.conftest import gold, silver

__all__ = ["gold", "silver"]
