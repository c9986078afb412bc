"""Whether a label can be awarded and for how long, and whether it may be suspended or withdrawn now. Pure.

Sources: domain invariants 1 to 5 (validity, renewal, chains), and section 4.3 for hearings (proposed by this project).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cluster_api.clusters.states import Level
from cluster_api.foundation.errors import Fault
from cluster_api.labels.rules import LabelFacts, Validity, first_validity, label_spans, may_renew, renewal_validity
from cluster_api.labels.states import LabelEventKind, LabelKind, RenewalCode, Standing
from cluster_api.methodology.schemas import RuleSet


@dataclass(frozen=True, slots=True)
class Renewed:
    """The label that an award renews, as the rules look at it; ``standing`` is of the day of the award."""

    facts: LabelFacts
    cluster_id: str
    standing: Standing
    has_successor: bool


@dataclass(frozen=True, slots=True)
class Award:
    """What was decided: which level, for whom, after an assessment on which day, under which rules."""

    cluster_id: str
    level: Level
    kind: LabelKind
    assessed_on: date
    awarded_on: date
    rule_set: RuleSet


def validity_of(award: Award, renewed: Renewed | None) -> Validity:
    """Answer the days of the new label: from the assessment, or seamlessly from the end of the renewed one."""
    if award.kind is LabelKind.RENEWAL and renewed is not None:
        return renewal_validity(renewed.facts.valid_until, award.rule_set)
    return first_validity(award.assessed_on, award.rule_set)


def award_faults(award: Award, renewed: Renewed | None, beside: Iterable[LabelFacts]) -> list[Fault]:
    """Answer why a label cannot be awarded so; nothing if it can. ``beside`` are all labels of the holder."""
    found = [Fault("/assessed_on", "after_award", "An award follows its assessment.")]
    faults = found if award.assessed_on > award.awarded_on else []
    if award.kind is LabelKind.RENEWAL:
        return [*faults, *_renewal_faults(award, renewed)]
    if renewed is not None:
        faults.append(Fault("/previous", "first_has_none", "A first label continues no other."))
    validity = first_validity(award.assessed_on, award.rule_set)
    return [*faults, *_overlap_faults(award.level, validity, beside)]


def _renewal_faults(award: Award, renewed: Renewed | None) -> Iterator[Fault]:
    if renewed is None:
        yield Fault("/previous", "missing", "A renewal names the label that it continues.")
        return
    facts = renewed.facts
    if renewed.cluster_id != award.cluster_id:
        yield Fault("/cluster_id", "other_holder", f"{facts.number} belongs to another organisation.")
    if facts.level is not award.level:
        yield Fault("/level", "other_level", f"The level of {facts.number} is {facts.level}.")
    if renewed.has_successor:
        yield Fault("/previous", "already_renewed", f"{facts.number} has been renewed already.")
    withdrawn = any(event.kind is LabelEventKind.WITHDRAWN for event in facts.events)
    if withdrawn or renewed.standing is Standing.SUSPENDED:
        what = "withdrawn" if withdrawn else "suspended"
        yield Fault("/previous", what, f"{facts.number} is {what}; only a valid or expired label is renewed.")
    answer = may_renew(facts.valid_until, award.assessed_on, award.assessed_on, award.rule_set)
    if answer.code is not RenewalCode.ALLOWED:
        yield Fault("/assessed_on", answer.code.value, answer.sentence)


def _overlap_faults(level: Level, validity: Validity, beside: Iterable[LabelFacts]) -> Iterator[Fault]:
    held = [label for label in beside if label.level is level]
    for number, end in ((label.number, _held_until(label)) for label in held):
        if end is not None and end >= validity.valid_from:
            detail = f"{number} is held until {end}: a label of the same level renews it, or begins after it."
            yield Fault("/assessed_on", "overlap", detail)


def _held_until(label: LabelFacts) -> date | None:
    """Answer the last day on which a label can count: its end, the day before its withdrawal, or never."""
    if not label_spans([label]).get(label.number):
        return None
    withdrawals = [event.effective_on for event in label.events if event.kind is LabelEventKind.WITHDRAWN]
    return min([label.valid_until, *(day - timedelta(days=1) for day in withdrawals)])


def superseded_by(award: Award, valid_from: date, beside: Iterable[LabelFacts]) -> list[str]:
    """Answer the numbers of lower labels that are valid when the new one begins, and are not shown from then on."""
    lower = [label for label in beside if label.level.rank < award.level.rank]
    spans = label_spans(lower)
    return [
        label.number
        for label in lower
        if any(span.valid_from <= valid_from <= span.valid_until for span in spans.get(label.number, ()))
    ]


def reason_of_change(kind: str, number: str, level: Level, valid_from: date) -> str:
    """Answer in words why another label takes the place of one: it renews it, or is of a higher level."""
    if kind == "renewed":
        return f"{number} follows it without a gap, from {valid_from} on."
    return f"{number} is of the higher level {level.value} and is shown instead from {valid_from} on."


def hearing_ends_on(noticed_on: date, hearing_days: int) -> date:
    """Answer the last day on which the holder can answer."""
    return noticed_on + timedelta(days=hearing_days)
