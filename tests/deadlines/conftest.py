"""The world of these tests."""

from tests.interviews.conftest import bronze

__all__ = ["bronze"]
