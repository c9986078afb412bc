"""Recording labels, and keeping what follows from them: shown levels, holders, and figures.

Everything that follows from the labels of a holder is computed anew from all of them and written in the transaction of
the change, so that no reader ever sees one without the other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters.models import LevelPeriod
from cluster_api.foundation.identifiers import numbered, uuid7
from cluster_api.foundation.numbers import take_serials
from cluster_api.journal.actions import record
from cluster_api.journal.schemas import Author
from cluster_api.labels.models import Label, LabelEvent, LabelHolder
from cluster_api.labels.queries import facts_of_holders
from cluster_api.labels.rules import LabelFacts, first_held, highest_held_steps, label_spans, level_periods
from cluster_api.labels.states import LabelEventKind
from cluster_api.tallies.actions import add_changes, clear
from cluster_api.tallies.queries import kept_rows
from cluster_api.tallies.rules import Change, CountedLabel, changes_of_holder, difference, rows_of

PREFIX = "LB"
HOLDERS_A_BATCH = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A label with what is needed to count it."""

    id: str
    facts: LabelFacts
    country: str
    portfolio: str


Holders = Mapping[str, Sequence[Held]]


def insert_labels(session: Session, labels: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]) -> None:
    """Record labels and their events in bulk (columns of ``Label`` and ``LabelEvent``) and what follows from them."""
    holders = sorted({str(label["cluster_id"]) for label in labels})
    before = _counted(_holders(session, holders))
    withdrawn: dict[str, date] = {}
    for event in events:
        if event["kind"] == LabelEventKind.WITHDRAWN:
            day = event["effective_on"]
            withdrawn[event["label_id"]] = min(day, withdrawn.get(event["label_id"], day))
    if labels:
        rows = [{**label, "withdrawn_on": withdrawn.get(label["id"])} for label in labels]
        session.execute(sa.insert(Label), rows)
    if events:
        session.execute(sa.insert(LabelEvent), list(events))
    refresh(session, holders, before)


def add_event(session: Session, label: Label, event: LabelEvent) -> None:
    """Add what happened to a label, and write anew what follows; nothing that was on record is changed by it.

    The caller holds a lock on the label's holder, so that the labels of one holder are changed one after the other.
    """
    before = _counted(_holders(session, [label.cluster_id]))
    session.add(event)
    if event.kind is LabelEventKind.WITHDRAWN:
        label.withdrawn_on = min(event.effective_on, label.withdrawn_on or event.effective_on)
    label.version += 1
    session.flush()
    refresh(session, [label.cluster_id], before)


def correct_validity(session: Session, author: Author, label: Label, *, valid_from: date, valid_until: date) -> None:
    """Correct the validity of a label from an import; what could be known before stays told by the events."""
    before = _counted(_holders(session, [label.cluster_id]))
    session.add(
        LabelEvent(
            id=str(uuid7()),
            label_id=label.id,
            kind=LabelEventKind.CORRECTED,
            effective_on=valid_from,
            valid_from=valid_from,
            valid_until=valid_until,
            reason="corrected by an import",
            recorded_at=author.at,
            author=author.name,
        )
    )
    old = {"valid_from": str(label.valid_from), "valid_until": str(label.valid_until)}
    label.valid_from, label.valid_until = valid_from, valid_until
    label.version += 1
    session.flush()
    refresh(session, [label.cluster_id], before)
    new = {"valid_from": str(valid_from), "valid_until": str(valid_until)}
    told = {"before": old, "after": new}
    record(session, author, "label.corrected", ("label", label.id), details=told, before=old, after=new)


def take_numbers(session: Session, year: int, count: int, *, prefix: str = PREFIX) -> list[str]:
    """Answer this many new numbers of a year, of labels or of what else has this prefix; none is ever given twice.

    They belong to the transaction: after a failure they are free again, so that a series has no gaps.
    """
    return [numbered(prefix, year, serial) for serial in take_serials(session, prefix, year, count)]


def refresh(session: Session, holders: Sequence[str], before: Iterable[tuple[Change, int]]) -> None:
    """Write anew what follows from the labels of these holders; ``before`` is what they counted for until now."""
    after = _holders(session, holders)
    add_changes(session, difference(before, _counted(after)))
    for start in range(0, len(holders), HOLDERS_A_BATCH):
        batch = holders[start : start + HOLDERS_A_BATCH]
        session.execute(sa.delete(LevelPeriod).where(LevelPeriod.cluster_id.in_(batch)))
        session.execute(sa.delete(LabelHolder).where(LabelHolder.cluster_id.in_(batch)))
        if periods := [row for holder in batch for row in _period_rows(holder, after[holder])]:
            session.execute(sa.insert(LevelPeriod), periods)
        if summaries := [row for holder in batch for row in _holder_rows(holder, after[holder])]:
            session.execute(sa.insert(LabelHolder), summaries)


def recount(session: Session) -> None:
    """Count all figures anew from the labels; the repair for what ``tally_faults`` finds."""
    clear(session)
    add_changes(session, _all_changes(session))


def tally_faults(session: Session) -> list[str]:
    """Answer a sentence for every kept figure that differs from what the labels say; none if all is well."""
    counted = rows_of(_all_changes(session))
    kept = kept_rows(session)
    wrong = sorted(row for row in counted.keys() | kept.keys() if counted.get(row, 0) != kept.get(row, 0))
    return [
        f"{'/'.join(str(part) for part in row)}: kept {kept.get(row, 0)}, counted {counted.get(row, 0)}"
        for row in wrong
    ]


def _all_changes(session: Session) -> dict[Change, int]:
    holders = list(session.scalars(sa.select(Label.cluster_id).distinct().order_by(Label.cluster_id)))
    total: Counter[Change] = Counter()
    for start in range(0, len(holders), HOLDERS_A_BATCH):
        batch = _holders(session, holders[start : start + HOLDERS_A_BATCH])
        total.update(difference((), _counted(batch)))
        session.expunge_all()
    return total


def _holders(session: Session, holders: Sequence[str]) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    for label, facts in facts_of_holders(session, holders):
        found[label.cluster_id].append(Held(label.id, facts, label.country, label.portfolio))
    return found


def _counted(holders: Holders) -> list[tuple[Change, int]]:
    changes: list[tuple[Change, int]] = []
    for held in holders.values():
        facts = [label.facts for label in held]
        spans = label_spans(facts)
        counted = [
            CountedLabel(
                label.facts.number,
                label.facts.level,
                label.country,
                label.portfolio,
                tuple((span.valid_from, span.valid_until) for span in spans[label.facts.number]),
            )
            for label in held
        ]
        shown = [(period.number, period.starts_on, period.ends_on) for period in level_periods(facts)]
        changes += changes_of_holder(counted, shown)
    return changes


def _period_rows(holder: str, held: Sequence[Held]) -> list[dict[str, Any]]:
    return [
        {
            "cluster_id": holder,
            "starts_on": period.starts_on,
            "ends_on": period.ends_on,
            "level": period.level,
            "label_number": period.number,
        }
        for period in level_periods([label.facts for label in held])
    ]


def _holder_rows(holder: str, held: Sequence[Held]) -> list[dict[str, Any]]:
    facts = [label.facts for label in held]
    steps = highest_held_steps(facts)
    if not steps:
        return []
    highest = steps[-1][1]
    spans = label_spans(facts)
    longest = max(
        (label for label in held if label.facts.level is highest and spans[label.facts.number]),
        key=lambda label: (label.facts.valid_until, label.facts.number),
    )
    first = min(first_held(facts).values())
    return [{"cluster_id": holder, "highest_level": highest, "first_held_on": first, "label_id": longest.id}]
