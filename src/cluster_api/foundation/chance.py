"""What looks like chance and is the same on every machine: for data that is invented and must be foreseeable."""

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TypeVar

from cluster_api.foundation.identifiers import uuid7_of

T = TypeVar("T")


class Chance:
    """What looks like chance and is always the same.

    Of Python's generator only ``random`` and ``getrandbits`` are used: the rest may change between versions.
    """

    def __init__(self, *names: object) -> None:
        """Begin the one course of chance that these names have."""
        seed = sha256("/".join(str(name) for name in names).encode()).digest()
        self._source = random.Random(int.from_bytes(seed, "big"))  # noqa: S311 - must be foreseeable

    def between(self, low: int, high: int) -> int:
        """Answer a whole number from low to high, both included."""
        return low + int(self._source.random() * (high - low + 1))

    def pick(self, things: Sequence[T]) -> T:
        """Answer one of these things, each as often as the others."""
        return things[self.between(0, len(things) - 1)]

    def weighted(self, things: Sequence[T], weight: Callable[[T], int]) -> T:
        """Answer one of these things, each as often as its weight."""
        point = self.between(1, sum(weight(thing) for thing in things))
        for thing in things:
            point -= weight(thing)
            if point <= 0:
                return thing
        raise ValueError("Nothing to choose from has a weight.")

    def amount(self, points: Sequence[tuple[float, int]]) -> int:
        """Answer a quantity whose share of values below each point is the point's; straight lines between points."""
        share = self._source.random()
        after = bisect_right(points, (share, 1 << 62))
        (low_share, low), (high_share, high) = points[after - 1], points[after]
        return low + int((high - low) * (share - low_share) / (high_share - low_share) + 0.5)

    def identifier(self, at: datetime) -> str:
        """Answer a UUIDv7 of an instant."""
        return str(uuid7_of(int(at.timestamp()) * 1000, self._source.getrandbits(74)))


def noon(day: date) -> datetime:
    """Answer the instant at which things of a day are recorded: noon, UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
