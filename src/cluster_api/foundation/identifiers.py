"""Identifiers: UUIDv7 for machines, numbers with check digits for people.

They stand together because everything that is recorded gets one of the first and often one of the second, never reused.
"""

import re
import secrets
import threading
from uuid import UUID

from cluster_api.foundation.clock import Clock, SystemClock

# RFC 9562, 6.2, method 1: a counter in front of random bits keeps the order of identifiers made in one millisecond.
_COUNTER_BITS = 42
_TAIL_BITS = 32

_SEPARATORS = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2212\u200b\ufeff]+")
_NUMBER = re.compile(r"([A-Z]{2,4})([0-9]{4})([0-9]{6}|[1-9][0-9]{6,8})([0-9]{2})")
_PREFIX = re.compile(r"[A-Z]{2,4}")
_PAYLOAD = re.compile(r"[0-9A-Z]+")


def uuid7_of(unix_ms: int, random_bits: int) -> UUID:
    """Answer the UUIDv7 of an instant (milliseconds since 1970) and 74 random bits; layout of RFC 9562, 5.7.

    Raises:
        ValueError: the instant is outside 48 bits or the random part outside 74 bits.
    """
    if not 0 <= unix_ms < 1 << 48 or not 0 <= random_bits < 1 << 74:
        raise ValueError("A UUIDv7 holds 48 bits of time and 74 bits of chance.")
    high, low = divmod(random_bits, 1 << 62)
    return UUID(int=unix_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


class Uuid7Source:
    """Makes UUIDv7 that grow strictly, also when the clock stands still or is set back; safe to share by threads."""

    def __init__(self, clock: Clock) -> None:
        """Take the time from this clock."""
        self._clock = clock
        self._lock = threading.Lock()
        self._unix_ms = -1
        self._counter = 0

    def next(self) -> UUID:
        """Answer an identifier greater than every one answered before."""
        unix_ms = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            if unix_ms > self._unix_ms:
                self._unix_ms, self._counter = unix_ms, _fresh_counter()
            else:
                self._counter += 1
            if self._counter >> _COUNTER_BITS:
                self._unix_ms, self._counter = self._unix_ms + 1, _fresh_counter()
            return uuid7_of(self._unix_ms, self._counter << _TAIL_BITS | secrets.randbits(_TAIL_BITS))


def _fresh_counter() -> int:
    # The highest bit starts at zero, so that a counter has room for two million million steps.
    return secrets.randbits(_COUNTER_BITS - 1)


_source = Uuid7Source(SystemClock())


def uuid7() -> UUID:
    """Answer a new UUIDv7 (RFC 9562), greater than every one this process answered before."""
    return _source.next()


def check_digits(payload: str) -> str:
    """Answer the two check digits of ISO 7064 MOD 97-10 for digits and capital letters (A counts 10, Z counts 35).

    Raises:
        ValueError: the payload is empty or holds another character.
    """
    if not _PAYLOAD.fullmatch(payload):
        raise ValueError("Check digits are for digits and capital letters only.")
    figures = "".join(str(int(character, 36)) for character in payload)
    return f"{98 - int(figures) * 100 % 97:02d}"


def numbered(prefix: str, year: int, serial: int) -> str:
    """Answer the public number of a thing, such as ``LB-2019-000123-09``; the check covers ``LB2019000123``.

    A serial above 999,999 makes the number longer rather than ambiguous.

    Raises:
        ValueError: not two to four capital letters, a year of four digits, and a serial of one to nine digits.
    """
    if not _PREFIX.fullmatch(prefix) or not 1000 <= year <= 9999 or not 1 <= serial < 10**9:
        raise ValueError("A number has two to four capital letters, a year of four digits, and a serial from 1.")
    payload = f"{prefix}{year}{serial:06d}"
    return f"{prefix}-{year}-{serial:06d}-{check_digits(payload)}"


def normalised_number(text: str) -> str:
    """Answer a number as it is printed, however it was typed: case, spaces and dashes do not matter.

    What has not the shape of a number comes back in capitals without spaces and dashes, so that it can still be shown.
    """
    compact = _SEPARATORS.sub("", text).upper()
    parts = _NUMBER.fullmatch(compact)
    return "-".join(parts.groups()) if parts else compact


def is_well_formed(number: str) -> bool:
    """Answer whether a number, however typed, has the right shape and check digits; whether it exists is not asked."""
    parts = _NUMBER.fullmatch(normalised_number(number).replace("-", ""))
    return parts is not None and check_digits("".join(parts.groups()[:3])) == parts[4]
