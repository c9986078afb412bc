"""What a row means for the record: which facts it brings, which label it tells of, and for which days.

Functions of values only. What the row says wins over nothing on record; what it does not say takes nothing away.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from pydantic import ValidationError

from cluster_api.clusters.rules import Facts, committed_total
from cluster_api.clusters.schemas import ClusterCreate, ClusterUpdate
from cluster_api.clusters.states import IMPORTED, Level
from cluster_api.files.rules import pointer_to
from cluster_api.files.schemas import ClusterRow, LabelRow, Row
from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.errors import Fault
from cluster_api.foundation.identifiers import is_well_formed, normalised_number, uuid7
from cluster_api.foundation.registrynumbers import checked_number
from cluster_api.intake.errors import RowRefused
from cluster_api.jobs.schemas import Finding
from cluster_api.jobs.states import RowOutcome
from cluster_api.labels.rules import Validity, first_validity, renewal_validity
from cluster_api.labels.states import LabelKind
from cluster_api.methodology.rules import add_months
from cluster_api.methodology.schemas import RuleSet

Number = tuple[str, str]

TOLD = ("portfolio", "kind", "assessed_on", "awarded_on", "source")
"""What a row may tell of a recorded label and no import corrects."""
OWN_REGISTRY = "source"
"""The registry of an external identifier whose registry nobody names: the file or system the row was taken from."""
_BESIDES_FACTS = {"line", "identifiers", "registry_code", "external_id", "committed_members"}


def numbers_of(row: Row, checks: Mapping[str, str], *, own: bool) -> frozenset[Number]:
    """Answer the numbers by which other registries know the organisation of a row, in the form of each registry.

    ``own`` says that ``external_id`` is one of them (of a cluster it is; that of a label names the label). Raises
    RowRefused for a number with wrong check digits and for an unknown registry.
    """
    told = list(row.identifiers.items())
    if own and row.external_id is not None:
        told.append((row.registry_code or OWN_REGISTRY, row.external_id))
    found = set()
    for registry, value in told:
        place = "external_id" if value == row.external_id else f"identifiers/{registry}"
        check = checks.get(registry)
        if check is None:
            raise RowRefused(
                "registry_code",
                "registry_unknown",
                f"{registry} is no registry; known are {', '.join(sorted(checks))}.",
            )
        try:
            found.add((registry, checked_number(check, value, row.country)))
        except ValueError as error:
            raise RowRefused(place, "number_not_valid", str(error)) from None
    return frozenset(found)


def patch_of(row: ClusterRow) -> dict[str, Any]:
    """Answer the facts that a row tells of a cluster, as a merge patch; identifiers are left out."""
    told = row.model_dump(mode="json", exclude=_BESIDES_FACTS, exclude_unset=True)
    if "staff_fte" in told:
        told["staff_fte"] = float(told["staff_fte"])
    return told


def checked_patch(patch: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """Answer the patch in the form in which it is recorded; raise RowRefused for what the record does not take."""
    kind: type[ClusterCreate | ClusterUpdate] = ClusterCreate if new else ClusterUpdate
    try:
        return kind.model_validate(patch).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = "/".join(str(part) for part in wrong["loc"])
        raise RowRefused(place, wrong["type"], f"{wrong['msg']}.") from None


def members_faults(row: ClusterRow, facts: Facts) -> str | None:
    """Answer why the total of committed members in a row cannot be kept, or None if it is what the parts sum to.

    The record holds committed members by kind; a total alone says nothing of kinds. Raises RowRefused if the row gives
    both and they differ.
    """
    if row.committed_members is None:
        return None
    total = committed_total(facts["members"])
    if row.committed_members == total:
        return None
    if row.members:
        detail = f"The kinds of member sum to {total}, not to {row.committed_members}."
        raise RowRefused("committed_members", "members_do_not_sum", detail)
    return f"The {row.committed_members} committed members are not kept: they are recorded by kind, and none is told."


def contradicts(numbers: Iterable[Number], others: Iterable[Number]) -> bool:
    """Answer whether two sets of numbers cannot belong to one organisation: one registry, and none in common.

    The numbers of files do not count, because each file has its own.
    """
    mine, theirs = set(numbers), set(others)
    shared = {registry for registry, _ in mine} & {registry for registry, _ in theirs} - {OWN_REGISTRY}
    return any(
        {value for name, value in mine if name == registry}.isdisjoint(
            value for name, value in theirs if name == registry
        )
        for registry in shared
    )


Name = tuple[str, str]

ALIKE_BY = frozenset({"legal_name", "short_name", "names", "website", "country"})
"""The facts by which one organisation looks like another."""
TELL_APART = frozenset({"legal_name", "country", "identifiers"})
"""The facts by which two organisations of one name are told apart."""


def twice(line: int) -> RowRefused:
    """Answer the refusal of a row that tells of what an earlier line tells of."""
    return RowRefused("", "row_twice", f"Line {line} already tells of this; leave one of them out.")


@dataclass(slots=True)
class Said:
    """What the rows of a file said of organisations, so that the same file changes nothing when it comes again.

    A row that was refused, or found by its name alone, could mean another organisation once a later row has given that
    one its number or its name; and a row that was refused because of a record could be taken once a later row has
    changed that record. Such later rows are refused. ``rests`` gives, for record and fact, the line refused for it.
    """

    numbers: dict[Number, int] = field(default_factory=dict)
    names: dict[Name, list[tuple[int, frozenset[Number]]]] = field(default_factory=lambda: defaultdict(list))
    rests: dict[tuple[str, str], int] = field(default_factory=dict)

    def keep(self, line: int, numbers: Iterable[Number]) -> None:
        """Remember the numbers of a row that are not on record."""
        for number in numbers:
            self.numbers.setdefault(number, line)

    def keep_name(self, line: int, name: Name, numbers: frozenset[Number]) -> None:
        """Remember the name of a row by which alone it is found, and its numbers."""
        self.names[name].append((line, numbers))

    def rest_on(self, records: Iterable[str], facts: Iterable[str], line: int) -> None:
        """Remember that what became of a row depends on these facts of these records."""
        for key in product(records, facts):
            self.rests.setdefault(key, line)

    def refuse_again(self, line: int, name: Name, numbers: Iterable[Number], held: Iterable[Number]) -> None:
        """Raise RowRefused if an organisation of this name and numbers held would be meant by an earlier line."""
        for number in sorted(numbers):
            if self.numbers.get(number, line) != line:
                raise twice(self.numbers[number])
        for other, said in self.names.get(name, ()):
            if other != line and not contradicts(said, held):
                raise twice(other)

    def refuse_unsettled(self, record: str, changed: Iterable[str]) -> None:
        """Raise RowRefused if an earlier line was refused because of one of these facts of a record."""
        for fact in sorted(changed):
            if (line := self.rests.get((record, fact))) is not None:
                detail = f"Line {line} was refused because of this organisation; settle that line first."
                raise RowRefused("", "refusal_rests_on_it", detail)


@dataclass(frozen=True, slots=True)
class HeldLabel:
    """A label on record, as far as rows are compared with it."""

    id: str
    number: str
    cluster_id: str
    level: Level
    kind: LabelKind
    valid_from: date
    valid_until: date
    previous_label_id: str | None = None
    is_withdrawn: bool = False
    external: Number | None = None
    told: Mapping[str, Any] | None = None

    def covers(self, validity: Validity) -> bool:
        """Answer whether it is valid on any of these days, as far as its dates say."""
        return self.valid_from <= validity.valid_until and validity.valid_from <= self.valid_until


def held_of(label: Mapping[str, Any]) -> HeldLabel:
    """Answer a label that is about to be recorded as rows after it see it; it has no number yet."""
    external = None if label["external_id"] is None else (label["registry_code"], label["external_id"])
    return HeldLabel(
        id=label["id"],
        number=label["number"] or label["id"],
        cluster_id=label["cluster_id"],
        level=label["level"],
        kind=label["kind"],
        valid_from=label["valid_from"],
        valid_until=label["valid_until"],
        previous_label_id=label["previous_label_id"],
        external=external,
        told={name: label[name] for name in TOLD},
    )


def label_told(row: LabelRow, held: Sequence[HeldLabel]) -> HeldLabel | None:
    """Answer the label of this holder that a row without an identifier of its own tells of: same level, same days.

    The first day decides if the row has it, otherwise the last.
    """
    for label in held:
        if label.level is not row.level:
            continue
        if row.valid_from is not None:
            same = label.valid_from == row.valid_from
        elif row.valid_until is not None:
            same = label.valid_until == row.valid_until
        else:
            same = row.assessed_on in {label.valid_from, (label.told or {}).get("assessed_on")}
        if same:
            return label
    return None


def corrected_validity(row: LabelRow, label: HeldLabel) -> Validity:
    """Answer the validity of a recorded label after what a row says of it."""
    return Validity(row.valid_from or label.valid_from, row.valid_until or label.valid_until)


def breaks_chain(label: HeldLabel, validity: Validity, held: Iterable[HeldLabel]) -> bool:
    """Answer whether other days of a label would part it from the one it renews or the one that renews it."""
    parted = label.previous_label_id is not None and validity.valid_from != label.valid_from
    followed = any(other.previous_label_id == label.id for other in held)
    return parted or (followed and validity.valid_until != label.valid_until)


def predecessor(held: Iterable[HeldLabel], level: Level, valid_from: date) -> HeldLabel | None:
    """Answer the label that one of this level beginning on this day would renew: it ends on the day before."""
    followed = {label.previous_label_id for label in held}
    for label in held:
        seamless = label.valid_until + timedelta(days=1) == valid_from
        if label.level is level and seamless and label.id not in followed and not label.is_withdrawn:
            return label
    return None


def validity_told(row: LabelRow, held: Sequence[HeldLabel], rule_sets: Sequence[RuleSet]) -> tuple[Validity, bool]:
    """Answer the validity of a new label and whether a day of it was inferred from the dated rules.

    A row that gives both days is taken at its word. With the end alone, the beginning is the day after a label of the
    same level whose renewal ends so, else the day of the assessment, else the day from which the rules in force would
    give that end. With the beginning alone, the rules give the end. Raises RowRefused if they give none.
    """
    if row.valid_from is not None and row.valid_until is not None:
        return Validity(row.valid_from, row.valid_until), False
    found = _ended(row, held, rule_sets) if row.valid_until is None else _begun(row, row.valid_until, held, rule_sets)
    if found is None:
        detail = "The rules of no time give these days; state valid_from and valid_until."
        raise RowRefused("valid_until", "validity_unknown", detail)
    return found, True


def _ended(row: LabelRow, held: Sequence[HeldLabel], rule_sets: Sequence[RuleSet]) -> Validity | None:
    day = row.assessed_on or row.valid_from
    rules = None if day is None else _in_force(day, rule_sets)
    if day is None or rules is None:
        return None
    before = predecessor(held, row.level, row.valid_from) if row.valid_from is not None else None
    if row.kind is LabelKind.RENEWAL or (row.kind is None and before is not None):
        return None if before is None else renewal_validity(before.valid_until, rules)
    return first_validity(row.valid_from or day, rules)


def _begun(
    row: LabelRow, valid_until: date, held: Sequence[HeldLabel], rule_sets: Sequence[RuleSet]
) -> Validity | None:
    for label in held if row.kind is not LabelKind.FIRST else ():
        rules = _in_force(row.assessed_on or label.valid_until, rule_sets)
        if label.level is row.level and rules and renewal_validity(label.valid_until, rules).valid_until == valid_until:
            return Validity(label.valid_until + timedelta(days=1), valid_until)
    if row.assessed_on is not None and row.kind is not LabelKind.RENEWAL and row.assessed_on <= valid_until:
        return Validity(row.assessed_on, valid_until)
    kinds = (LabelKind.FIRST, LabelKind.RENEWAL) if row.kind is None else (row.kind,)
    return next((found for kind in kinds if (found := _backwards(kind, valid_until, rule_sets))), None)


def _backwards(kind: LabelKind, valid_until: date, rule_sets: Sequence[RuleSet]) -> Validity | None:
    for rules in reversed(rule_sets):
        if kind is LabelKind.FIRST:
            day = add_months(valid_until, -rules.first_validity_months)
            # Rules that count from the month give one end to all its days: the first of them is taken.
            for start in (day.replace(day=1), day):
                if rules.applies_on(start) and first_validity(start, rules).valid_until == valid_until:
                    return Validity(start, valid_until)
        else:
            old = add_months(valid_until, -rules.renewal_validity_months)
            if rules.applies_on(old) and renewal_validity(old, rules).valid_until == valid_until:
                return Validity(old + timedelta(days=1), valid_until)
    return None


def _in_force(day: date, rule_sets: Iterable[RuleSet]) -> RuleSet | None:
    return next((rules for rules in rule_sets if rules.applies_on(day)), None)


def kept_apart(row: LabelRow, told: Mapping[str, Any]) -> list[str]:
    """Answer the fields in which a row differs from a recorded label and which no import corrects."""
    return [
        name
        for name in TOLD
        if getattr(row, name) is not None and told.get(name) is not None and getattr(row, name) != told[name]
    ]


def names_of_label(row: LabelRow) -> list[str]:
    """Answer the texts by which a label may be known: the identifier of its row, and that as a number of ours."""
    if row.external_id is None:
        return []
    ours = normalised_number(row.external_id)
    return [row.external_id, ours] if is_well_formed(ours) and ours != row.external_id else [row.external_id]


def label_of(
    row: LabelRow,
    holder_id: str,
    validity: Validity,
    before: HeldLabel | None,
    now: datetime,
    rule_sets: Sequence[RuleSet],
) -> dict[str, Any]:
    """Answer the label that a row tells of as it is recorded, without number and portfolio.

    Raises RowRefused if it was awarded on a day to come, or before there were rules.
    """
    today = civil_date(now)
    kind = row.kind or (LabelKind.FIRST if before is None else LabelKind.RENEWAL)
    awarded_on = row.awarded_on or row.assessed_on or min(validity.valid_from, today)
    assessed_on = row.assessed_on or min(validity.valid_from, awarded_on)
    if awarded_on > today:
        raise RowRefused("awarded_on", "in_future", "A label cannot have been awarded on a day to come.")
    dated = next((one for one in rule_sets if one.applies_on(assessed_on)), None)
    if dated is None:
        raise RowRefused("assessed_on", "before_rules", f"No rules were in force on {assessed_on}.")
    external = None if row.external_id is None else row.registry_code or OWN_REGISTRY
    return {
        "id": str(uuid7()),
        "number": "",
        "cluster_id": holder_id,
        "level": row.level,
        "kind": kind,
        "rule_set": dated.code,
        "previous_label_id": before.id if before is not None and kind is LabelKind.RENEWAL else None,
        "assessed_on": assessed_on,
        "awarded_on": awarded_on,
        "valid_from": validity.valid_from,
        "valid_until": validity.valid_until,
        "country": row.country,
        "registry_code": external,
        "external_id": row.external_id,
        "source": row.source,
        "is_synthetic": False,
        "recorded_at": now,
        "version": 1,
    }


def refusal(line: int, reason: RowRefused) -> Finding:
    """Answer the finding of a refused row."""
    return Finding(
        RowOutcome.REFUSED, line, pointer_to(line, *filter(None, [reason.place])), reason.code, reason.sentence
    )


def fault_finding(fault: Fault, line: int, outcome: RowOutcome = RowOutcome.REFUSED) -> Finding:
    """Answer the finding of a row, or a file, that could not be read."""
    return Finding(outcome, line, fault.pointer, fault.code, fault.detail)


def edited_here(line: int, changes: Iterable[str], versions: Iterable[tuple[str, Iterable[str]]]) -> list[Finding]:
    """Answer that facts a row replaces were last changed here, and by no import (programme, invariant 29).

    ``versions`` are the changes after the first record, each with its event, the earliest first.
    """
    last = {name: event for event, names in versions for name in names}
    names = ", ".join(sorted(name for name in changes if last.get(name, IMPORTED) != IMPORTED))
    sentence = f"What was changed here gives way to the row, and stays in the history: {names}."
    return [Finding(RowOutcome.NOTED, line, pointer_to(line), "edited_here", sentence)] if names else []
