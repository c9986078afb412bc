"""Stub, replaced by the real one."""


class Failures:
    """Counts failures."""

    def add(self, key: str, now: float) -> None:
        return None

    def wait_of(self, key: str, now: float) -> float:
        return 0.0

    def is_blocked(self, address: str, now: float) -> bool:
        return False
