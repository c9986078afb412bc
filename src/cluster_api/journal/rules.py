"""The rules of the journal: how each line is tied to the line before, how a day is sealed, how tampering shows.

A line is a mapping of the names in ``CHAINED`` to values. Its digest is the SHA-256 (FIPS 180-4) of its canonical JSON
(RFC 8785), in 64 hexadecimal digits; since the digest of the line before is one of its members, whoever changes,
removes, inserts or moves a line must compute every later line anew, which the signed checkpoints and every copy of a
digest outside of the database then contradict.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import orjson
import rfc8785

from cluster_api.foundation.schema import instant_text

Line = Mapping[Any, Any]
Facts = Mapping[str, Any]

CHAINED = (
    "position",
    "id",
    "occurred_at",
    "day",
    "author",
    "client_id",
    "person_id",
    "organisation_id",
    "event",
    "subject_kind",
    "subject_id",
    "before_digest",
    "after_digest",
    "request_id",
    "note_digest",
    "previous",
)
"""The members of a line that its digest covers; free text only through ``note_digest``, so that it can be erased."""

NO_DIGEST = "0" * 64
"""What the first line names as the digest of the line before it."""

NOTES_ERASED = "journal.notes_erased"
"""The event of the line that accounts for notes which are gone; its details list their positions."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stands: its last position, the digest of that line, and the day to which it belongs."""

    position: int = 0
    digest: str = NO_DIGEST
    day: date = date.min


@dataclass(frozen=True, slots=True)
class Seal:
    """What is said of the chain elsewhere: by a checkpoint, by a copy of one, or by a digest somebody wrote down.

    A digest that was written down has neither day, number of lines nor signature.
    """

    last_position: int
    digest: str
    day: date | None = None
    lines: int | None = None
    signature: str | None = None
    key_id: str | None = None

    @property
    def name(self) -> str:
        """Answer how sentences call it."""
        return "The head kept outside" if self.day is None else f"The checkpoint of {self.day}"


class Breach(StrEnum):
    """What can be wrong with a journal."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    NOTE_CHANGED = "note_changed"
    NOTE_MISSING = "note_missing"
    CHECKPOINT_DISAGREES = "checkpoint_disagrees"
    CHECKPOINT_MISSING = "checkpoint_missing"
    SIGNATURE_BAD = "checkpoint_signature_bad"


@dataclass(frozen=True, slots=True)
class Broken:
    """The position at which a journal is broken, what was done there, and a sentence about it."""

    position: int
    breach: Breach
    sentence: str


def canonical(value: Any) -> bytes:
    """Answer the canonical JSON of a value (RFC 8785).

    Raises:
        ValueError: it has no such form, such as a number that JSON cannot hold exactly.
    """
    return rfc8785.dumps(value)


def plain(value: Any) -> Any:
    """Answer a JSON value as a database gives it back, so that its digest can be computed again.

    Raises:
        ValueError: it has no canonical form, or one that would not be read as the same value.
    """
    text = canonical(value)
    kept = orjson.loads(text)
    if canonical(kept) != text:
        raise ValueError("A number beyond the exact range of JSON must be written as text.")
    return kept


def digest_of_facts(facts: Facts | None) -> str | None:
    """Answer the digest by which facts can be recognised later without being kept; None for no facts."""
    return None if facts is None else hashlib.sha256(canonical(facts)).hexdigest()


def note_digest(salt: str, reason: str | None, details: Any) -> str:
    """Answer the digest of a note: SHA-256 of 16 random bytes (``salt``, in hexadecimal) and its canonical JSON.

    Without the salt, which is erased together with the note, the digest tells nothing of what the note said.
    """
    return hashlib.sha256(bytes.fromhex(salt) + canonical({"reason": reason, "details": details})).hexdigest()


def line_digest(line: Line) -> str:
    """Answer the digest of a line: of all its chained members, among them the digest of the line before."""
    return hashlib.sha256(canonical_line(line)).hexdigest()


def canonical_line(line: Line) -> bytes:
    """Answer the canonical JSON (RFC 8785) of the chained members of a line."""
    # Flat, with names of ASCII letters and no fractions: there sorted compact JSON is canonical, as a test shows, and
    # ten times faster to write. Lines are written while everybody who wants to commit waits.
    return orjson.dumps({name: told(line[name]) for name in CHAINED}, option=orjson.OPT_SORT_KEYS)


def told(value: Any) -> Any:
    """Answer how a digest spells a value: instants and days as text (RFC 3339), all else as it is."""
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value


def chained(head: Head, deeds: Iterable[Facts], *, first_open_day: date = date.min) -> Iterator[dict[str, Any]]:
    """Answer the lines that continue a chain after ``head``, one a deed, each with its position, day and digest.

    A deed holds the chained members but those given here. Its day is that of its instant in UTC, but never before the
    day of the line before, and never one that was sealed already (before ``first_open_day``).
    """
    for deed in deeds:
        day = max(deed["occurred_at"].astimezone(UTC).date(), head.day, first_open_day)
        line = {**deed, "position": head.position + 1, "day": day, "previous": head.digest}
        line["digest"] = line_digest(line)
        head = Head(line["position"], line["digest"], day)
        yield line


def seal_payload(day: date, last_position: int, lines: int, digest: str) -> bytes:
    """Answer what the signature of a checkpoint is about: day, last position, lines of the day, digest of the last."""
    told = {"day": day.isoformat(), "last_position": last_position, "lines": lines, "digest": digest}
    return canonical(told)


def is_whole(line: Line) -> bool:
    """Answer whether a line still has the digest that was computed when it was written."""
    return bool(line_digest(line) == line["digest"])


def was_written_as(line: Line, position: int) -> bool:
    """Answer whether a line, wherever it stands now, was written at this position."""
    return is_whole({**line, "position": position})


def origin_of(line: Line, *, reach: int) -> int | None:
    """Answer the position at which a line was written, looked for this far from where it stands; None if unknown."""
    here = int(line["position"])
    near = (here + step for distance in range(reach + 1) for step in {distance, -distance})
    return next((place for place in near if place > 0 and was_written_as(line, place)), None)


def broken_at(expected: int, line: Line, *, origin: int | None, elsewhere: int | None, linked: bool) -> Broken:
    """Answer what was done to the journal, if this line is the first that does not continue the chain.

    ``expected`` is the position that comes next; ``origin`` where this line was written, if that is found;
    ``elsewhere`` where the line written at ``expected`` stands now, if it is found. All lines before are in order.
    """
    here = int(line["position"])
    ahead = max(here, origin or 0) - expected
    if here < expected:
        return Broken(here, Breach.INSERTED, f"Line {here} was inserted: positions begin at 1.")
    if ahead and elsewhere is not None:
        return Broken(expected, Breach.REORDERED, f"Line {expected} was moved: it stands at position {elsewhere}.")
    if ahead:
        return Broken(expected, Breach.REMOVED, f"{_lines(expected, ahead)} removed.")
    if origin is not None and origin < expected:
        sentence = f"{_lines(origin, expected - origin)} inserted: line {here} was written as line {origin}."
        return Broken(origin, Breach.INSERTED, sentence)
    if elsewhere is not None:
        sentence = f"Line {here} was inserted: the line written in its place stands at position {elsewhere}."
        return Broken(here, Breach.INSERTED, sentence)
    # A line that is whole names the digest that the line before had when it was written.
    changed = here - 1 if origin == here and not linked and here > 1 else here
    sentence = f"Line {changed} was changed: it no longer has the digest with which it was written."
    return Broken(changed, Breach.CHANGED, sentence)


def came_late(line: Line) -> Broken:
    """Answer that a line continues the chain but bears a day that was sealed before it came."""
    sentence = f"Line {line['position']} was inserted: it bears a day that was sealed before."
    return Broken(line["position"], Breach.INSERTED, sentence)


def _lines(first: int, count: int) -> str:
    return f"Line {first} was" if count == 1 else f"Lines {first} to {first + count - 1} were"


def seal_broken(seal: Seal, digest: str, lines: int) -> Broken | None:
    """Answer what is wrong if the chain differs from what is said of it elsewhere.

    ``digest`` is that of the line at the last position of the seal, ``lines`` how many the chain has of its day.
    """
    if seal.digest != digest:
        sentence = f"{seal.name} names another digest of line {seal.last_position}: the chain was written anew."
    elif seal.lines is not None and seal.lines != lines:
        sentence = f"{seal.name} counts {seal.lines} lines of the day, the journal has {lines}."
    else:
        return None
    return Broken(seal.last_position, Breach.CHECKPOINT_DISAGREES, sentence)


def cut_off(last: int, seal: Seal) -> Broken:
    """Answer that the end of the journal is missing, since ``seal`` knows of a line after the last one."""
    sentence = f"{_lines(last + 1, seal.last_position - last)} removed: {seal.name[0].lower()}{seal.name[1:]} knows it."
    return Broken(last + 1, Breach.REMOVED, sentence)


def note_broken(line: Line, *, salt: str | None, reason: str | None, details: Any) -> Breach | None:
    """Answer what is wrong with the note of a line, given without salt if it is gone, whether erased or not."""
    if salt is None:
        return None if line["note_digest"] is None else Breach.NOTE_MISSING
    try:
        found = note_digest(salt, reason, details)
    except ValueError:
        return Breach.NOTE_CHANGED
    return None if found == line["note_digest"] else Breach.NOTE_CHANGED


def erased_positions(details: Any) -> Sequence[int]:
    """Answer the positions whose notes an erasure accounts for, as its details list them."""
    listed = details.get("positions") if isinstance(details, dict) else None
    return [position for position in listed if isinstance(position, int)] if isinstance(listed, list) else []
