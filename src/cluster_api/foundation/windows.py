"""Counts of many names over the last minute, in bounded memory and without forgetting whoever is active."""

from dataclasses import dataclass, field

MINUTE = 60
MOST_NAMES = 100_000
SHARED_PLACES = 4096


@dataclass(slots=True)
class Minute:
    """The counts of one minute."""

    number: int
    counts: dict[str, int] = field(default_factory=dict)


class Window:
    """A sliding window of two minutes: the present one, and the one before as far as it lies in the last 60 seconds.

    One number a name, no thread, and at most a few per cent off the exact count. Older minutes fall away as a whole.
    When a minute is full, names that are new in it share places, chosen by a hash that nobody outside can foresee: who
    floods the service with names makes the newcomers share counts, and never resets the count of anybody.
    """

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        """Know at most this many names of a minute apart."""
        self._most_names = most_names
        self.present = Minute(0)
        self.before = Minute(-1)

    def turn(self, now: float) -> None:
        """Begin the minute of this instant, a number of seconds that only grows, if it is a new one."""
        number = int(now // MINUTE)
        if number > self.present.number:
            self.before = self.present if number == self.present.number + 1 else Minute(number - 1)
            self.present = Minute(number)

    def place_of(self, name: str) -> str:
        """Answer under which name a name is counted in the present minute."""
        counts = self.present.counts
        return name if name in counts or len(counts) < self._most_names else f"shared {hash(name) % SHARED_PLACES}"

    def add(self, name: str, now: float) -> None:
        """Count one."""
        self.turn(now)
        place = self.place_of(name)
        self.present.counts[place] = self.present.counts.get(place, 0) + 1

    def count(self, name: str, now: float) -> float:
        """Answer how many were counted of a name in the last minute."""
        self.turn(now)
        return self._sum(name, self.place_of(name), now)

    def own_count(self, name: str, now: float) -> float:
        """Answer how many were certainly of this name, without what is counted in a shared place."""
        self.turn(now)
        return self._sum(name, name, now)

    def _sum(self, name: str, place: str, now: float) -> float:
        before = self.before.counts.get(name, 0) * (1 - now % MINUTE / MINUTE)
        return self.present.counts.get(place, 0) + before

    def put(self, name: str, number: int, count: int) -> None:
        """Set the count of a name in a minute, if that is still remembered."""
        for minute in (self.present, self.before):
            if minute.number == number:
                minute.counts[name] = count
