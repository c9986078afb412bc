"""Which notice is due on a day. Pure; the days before the end are data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


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
