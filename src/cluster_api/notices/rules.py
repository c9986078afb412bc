"""Which notice is due on a day, what it says, and when its sending is tried again. Pure; days and texts are data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A notice that is made so many days before the last day of a label, and the key of its text."""

    kind: str
    days: int
    text: str
    since: date


@dataclass(frozen=True, slots=True)
class Window:
    """The last days of labels for which a kind of notice is the one to make today, first and last included."""

    kind: NoticeKind
    first: date
    last: date


def kinds_on(kinds: Sequence[NoticeKind], day: date) -> list[NoticeKind]:
    """Answer the kinds of notices that apply on a day, the last before the end first: those of the latest version."""
    since = max((one.since for one in kinds if one.since <= day), default=None)
    return sorted((one for one in kinds if one.since == since), key=lambda one: one.days)


def windows(kinds: Sequence[NoticeKind], today: date) -> list[Window]:
    """Answer for each kind the ends of labels it is due for today.

    A notice whose time has passed is overtaken by the next one: nobody gets three notices on the day on which a label
    is taken into the register or the service runs again after a long stop.
    """
    found, nearer = [], -1
    for kind in kinds_on(kinds, today):
        found.append(Window(kind, today + timedelta(days=nearer + 1), today + timedelta(days=kind.days)))
        nearer = kind.days
    return found


WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 20, 80, 320, 1280))
"""How long is waited after the first attempt that failed for now, after the second, and so on; then it is given up."""

IN_HAND = timedelta(minutes=15)
"""A delivery that a process took longer ago was lost with the process: sending takes a minute at most."""


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Answer when a delivery is tried again after so many attempts; never, if it was tried often enough."""
    return now + WAITS[attempts - 1] if attempts <= len(WAITS) else None


_ADDRESS = re.compile(r"""[^\s@<>,;:"()\[\]\\\x00-\x1f\x7f-\x9f]{1,64}@[^\s@<>,;:"()\[\]\\\x00-\x1f\x7f-\x9f]{1,255}""")


def is_address(text: str) -> bool:
    """Answer whether this is one address of mail and nothing else: providers of identities say what they like."""
    return _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice tells: about which label, of whom, until when, and where to look."""

    number: str
    level: str
    holder: str
    ends_on: date
    link: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and text of a kind of notice, with names in braces for what it tells."""

    text: str
    since: date
    subject: str
    body: str

    def of(self, told: Told) -> tuple[str, str]:
        """Answer subject and text as they are sent; neither has room for what could break a message."""
        values = {
            "number": told.number,
            "level": told.level,
            "holder": told.holder,
            "ends_on": told.ends_on.isoformat(),
            "link": told.link,
        }
        return self.subject.format_map(values), self.body.format_map(values)


def wording_on(known: Sequence[Wording], text: str, day: date) -> Wording:
    """Answer the wording of a text on a day.

    Raises:
        ValueError: there is none.
    """
    return max((one for one in known if one.text == text and one.since <= day), key=lambda one: one.since)
