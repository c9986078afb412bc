"""What a row means for the record: which facts it brings, which label it tells of, and for which days.

Functions of values only. What the row says wins over nothing on record; what it does not say takes nothing away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from cluster_api.clusters.rules import Facts, committed_total
from cluster_api.clusters.schemas import ClusterCreate, ClusterUpdate
from cluster_api.clusters.states import Level
from cluster_api.files.rules import pointer_to
from cluster_api.files.schemas import ClusterRow, LabelRow, Row
from cluster_api.foundation.errors import Fault
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


def refusal(line: int, reason: RowRefused) -> Finding:
    """Answer the finding of a refused row."""
    return Finding(
        RowOutcome.REFUSED, line, pointer_to(line, *filter(None, [reason.place])), reason.code, reason.sentence
    )


def fault_finding(fault: Fault, line: int, outcome: RowOutcome = RowOutcome.REFUSED) -> Finding:
    """Answer the finding of a row, or a file, that could not be read."""
    return Finding(outcome, line, fault.pointer, fault.code, fault.detail)
