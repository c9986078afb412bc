"""Taking in a batch of rows: each is found on record or is new, and becomes a record, a change, or a refusal.

A batch asks the record a handful of questions for all its rows at once, and writes what is new in bulk; only what
changes goes through the verbs one by one, because each change is a version of its own.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from cluster_api.clusters import actions as clusters
from cluster_api.clusters import rules as cluster_rules
from cluster_api.clusters.models import Cluster
from cluster_api.clusters.schemas import ClusterUpdate
from cluster_api.files.rules import pointer_to, typed_row
from cluster_api.files.schemas import ClusterRow, LabelRow, RawRow, Row
from cluster_api.files.states import RowKind
from cluster_api.foundation.errors import Conflict, Fault
from cluster_api.foundation.identifiers import uuid7
from cluster_api.identity.access import Actor
from cluster_api.intake import rules
from cluster_api.intake.errors import RowRefused
from cluster_api.intake.queries import (
    Known,
    KnownLabels,
    Lookalikes,
    clusters_of,
    edits_of,
    facts_of,
    finders,
    known_among,
    known_labels,
    lookalikes_of,
)
from cluster_api.intake.rules import HeldLabel, Number
from cluster_api.jobs.schemas import Finding
from cluster_api.jobs.states import RowOutcome
from cluster_api.journal.actions import record
from cluster_api.labels.actions import correct_validity, insert_labels, take_numbers
from cluster_api.labels.models import Label
from cluster_api.labels.rules import Validity
from cluster_api.labels.states import LabelEventKind
from cluster_api.methodology.queries import rule_sets
from cluster_api.vocabularies.queries import find_region

TOTALS = "totals_row"


@dataclass(slots=True)
class Intake:
    """One file as it is taken in: for whom, how, and what its rows have told of so far.

    ``told`` gives the line that first told of each record: a file that speaks twice of one thing contradicts itself,
    or will one day. ``said`` keeps what the rows said, refused ones too: see ``rules.Said``.
    """

    actor: Actor
    kind: RowKind
    allow_duplicates: bool = False
    told: dict[str, int] = field(default_factory=dict)
    said: rules.Said = field(default_factory=rules.Said)

    def tell(self, record_id: str, line: int) -> None:
        """Remember that this line tells of a record; raise RowRefused if another line did."""
        first = self.told.setdefault(record_id, line)
        if first != line:
            raise rules.twice(first)


def take(session: Session, intake: Intake, rows: Sequence[RawRow | Fault]) -> list[Finding]:
    """Take in a batch of rows and answer what became of each, in the order of the rows."""
    typed, findings = _typed(intake.kind, rows)
    batch = (_Clusters if intake.kind is RowKind.CLUSTER else _Labels)(session, intake, typed)
    for row in batch.rows:
        try:
            findings += batch.one(row)
        except RowRefused as reason:
            findings.append(rules.refusal(row.line, reason))
        batch.keep_said(row)
    batch.write()
    return sorted([*findings, *batch.refused], key=lambda finding: finding.row)


def recall(session: Session, intake: Intake, rows: Sequence[RawRow | Fault]) -> None:
    """Remember what these rows told of and said when they were taken in, without taking them in again."""
    typed, _ = _typed(intake.kind, rows)
    batch = (_Clusters if intake.kind is RowKind.CLUSTER else _Labels)(session, intake, typed)
    for row in batch.rows:
        for record_id in batch.meant(row):
            intake.told.setdefault(record_id, row.line)
        batch.keep_said(row)


def _typed(kind: RowKind, rows: Sequence[RawRow | Fault]) -> tuple[list[Any], list[Finding]]:
    typed: list[Row] = []
    findings: list[Finding] = []
    for raw in rows:
        found = raw if isinstance(raw, Fault) else typed_row(raw, kind, finders())
        if isinstance(found, Row):
            typed.append(found)
            continue
        for fault in (found,) if isinstance(found, Fault) else found:
            # A row of totals is no row of the register: it is left out, and nobody need correct it.
            outcome = RowOutcome.NOTED if fault.code == TOTALS else RowOutcome.REFUSED
            findings.append(rules.fault_finding(fault, int(fault.pointer.split("/")[2]), outcome))
    return typed, findings


def _finding(outcome: RowOutcome, line: int, sentence: str, *, code: str | None = None) -> Finding:
    return Finding(outcome, line, pointer_to(line), code or outcome.value, sentence)


class _Batch:
    """What the rows of a batch share: which organisation each of them means."""

    own_numbers = True

    def __init__(self, session: Session, intake: Intake, rows: Sequence[Any]) -> None:
        self.session = session
        self.intake = intake
        self.refused: list[Finding] = []
        self.numbers: dict[int, frozenset[Number]] = {}
        for row in rows:
            try:
                self.numbers[row.line] = rules.numbers_of(row, cluster_rules.registry_checks(), own=self.own_numbers)
            except RowRefused as reason:
                self.refused.append(rules.refusal(row.line, reason))
        self.rows = [row for row in rows if row.line in self.numbers]
        names = {self._name(row) for row in self.rows}
        self.known: Known = known_among(session, chain.from_iterable(self.numbers.values()), names)
        unknown = [row for row in self.rows if not self.organisations(row)]
        self.parties = {row.line: self._party(row) for row in unknown}
        self.noise = cluster_rules.likeness_limits().noise
        self.keys = {line: cluster_rules.likeness_keys(party, self.noise) for line, party in self.parties.items()}
        self.alike: Lookalikes = lookalikes_of(session, chain.from_iterable(self.keys.values()))
        self.records: dict[str, Cluster] = clusters_of(
            session, (one for row in self.rows for one in self.organisations(row))
        )

    @staticmethod
    def _name(row: Row) -> tuple[str, str]:
        return row.country, cluster_rules.sort_name(row.legal_name)

    @staticmethod
    def _party(row: Row) -> cluster_rules.Party:
        names = [row.legal_name]
        if isinstance(row, ClusterRow):
            names += [name for name in (row.short_name, *row.names.values()) if name]
        return cluster_rules.Party(tuple(names), row.country, row.website)

    def organisations(self, row: Row) -> list[str]:
        """Answer the recorded organisations that a row means: by a number, else by country and whole legal name."""
        numbers = self.numbers[row.line]
        if found := {self.known.by_number[number] for number in numbers if number in self.known.by_number}:
            return sorted(found)
        named = self.known.by_name.get(self._name(row), ())
        return [one for one in named if not rules.contradicts(numbers, self.known.numbers[one])]

    def organisation(self, row: Row) -> str | None:
        """Answer the one organisation that a row means, or None; raise RowRefused if it could mean several."""
        found = self.organisations(row)
        if len(found) > 1:
            detail = f"{len(found)} recorded organisations could be meant; give the row an identifier of one of them."
            raise RowRefused("", "several_meant", detail)
        return found[0] if found else None

    def keep_said(self, row: Any) -> None:
        """Remember what a row said that was looked at, whatever became of it; of labels there is nothing to keep."""

    def _alike(self, row: Row) -> list[tuple[float, str, str]]:
        if row.line not in self.parties:
            # It was on record when the batch began; since then a row before it has given that one another name.
            self.parties[row.line] = self._party(row)
            self.keys[row.line] = cluster_rules.likeness_keys(self.parties[row.line], self.noise)
            self.alike.join(lookalikes_of(self.session, self.keys[row.line]))
        return self.alike.of(self.parties[row.line], self.keys[row.line])

    def looks_like(self, row: Row) -> str | None:
        """Answer in words which recorded organisations look like that of a row, or None."""
        found, told = self._alike(row)[:3], self.intake.told
        # What this file made has no lasting identifier yet: a rehearsal would name another one.
        where = {one: f"line {told[one]}" if one in told else one for _, _, one in found}
        return "; ".join(f"{name} ({score}, {where[one]})" for score, name, one in found) or None


class _Clusters(_Batch):
    """A batch of cluster organisations."""

    def __init__(self, session: Session, intake: Intake, rows: Sequence[ClusterRow]) -> None:
        super().__init__(session, intake, rows)
        self.created: list[dict[str, Any]] = []

    def meant(self, row: ClusterRow) -> list[str]:
        found = self.organisations(row)
        return found if len(found) == 1 else []

    def keep_said(self, row: ClusterRow) -> None:
        said, numbers, found = self.intake.said, self.numbers[row.line], self.organisations(row)
        unknown = numbers - self.known.by_number.keys()
        said.keep(row.line, unknown)
        if unknown < numbers:
            # A number on record says for ever which organisation is meant.
            return
        said.keep_name(row.line, self._name(row), numbers)
        if len(found) > 1:
            said.rest_on(found, rules.TELL_APART, row.line)
        elif not found and not self.intake.allow_duplicates:
            said.rest_on([one for _, _, one in self._alike(row)], rules.ALIKE_BY, row.line)

    def one(self, row: ClusterRow) -> list[Finding]:
        cluster_id = self.organisation(row)
        return self._new(row) if cluster_id is None else self._known(row, cluster_id)

    def _new(self, row: ClusterRow) -> list[Finding]:
        if not self.intake.allow_duplicates and (alike := self.looks_like(row)):
            detail = f"It looks like {alike}. Give it that one's identifier, or allow duplicates."
            raise RowRefused("", "likely_duplicate", detail)
        patch = rules.checked_patch(rules.patch_of(row), new=True)
        facts = cluster_rules.merged(cluster_rules.EMPTY, patch)
        note = self._possible(row, facts)
        numbers, cluster_id = self.numbers[row.line], str(uuid7())
        self.intake.said.refuse_again(row.line, self._name(row), numbers, numbers)
        about = {"id": cluster_id, "created_at": self.intake.actor.now, "identifiers": sorted(numbers)}
        self.created.append(facts | about)
        self.intake.tell(cluster_id, row.line)
        self.known.add(cluster_id, self._name(row), numbers)
        self.alike.add(cluster_id, self.parties[row.line], self.keys[row.line])
        return [_finding(RowOutcome.CREATED, row.line, f"{row.legal_name} ({row.country}) is new."), *note]

    def _known(self, row: ClusterRow, cluster_id: str) -> list[Finding]:
        self.intake.tell(cluster_id, row.line)
        cluster, held = self.records[cluster_id], self.known.numbers[cluster_id]
        before = facts_of(cluster, held)
        patch = rules.checked_patch(rules.patch_of(row), new=False)
        if new := self.numbers[row.line] - held:
            patch["identifiers"] = [{"registry": one, "value": value} for one, value in sorted(held | new)]
        after = cluster_rules.merged(before, patch)
        note = self._possible(row, after)
        changes = cluster_rules.changed(before, after)
        if not changes:
            return [_finding(RowOutcome.LEFT, row.line, f"{cluster.legal_name} has all this on record."), *note]
        self.intake.said.refuse_again(row.line, self._name(row), new, held | new)
        self.intake.said.refuse_unsettled(cluster_id, changes)
        note += rules.edited_here(row.line, changes, edits_of(self.session, cluster_id))
        update = ClusterUpdate.model_validate(patch)
        try:
            clusters.update_by_import(self.session, self.intake.actor, cluster, update)
        except Conflict as problem:
            raise RowRefused("", problem.slug().replace("-", "_"), problem.detail) from None
        self.known.rename(cluster_id, self._name(row), new)
        self._look_anew(cluster)
        return [_finding(RowOutcome.CHANGED, row.line, f"{cluster.legal_name}: {', '.join(sorted(changes))}."), *note]

    def _look_anew(self, cluster: Cluster) -> None:
        # Rows after this one are compared with what it is called now, as they will be when the file comes again.
        party = cluster_rules.Party(
            (cluster.legal_name, *cluster_rules.names_in(cluster.search_text)), cluster.country, cluster.website
        )
        self.alike.add(cluster.id, party, cluster_rules.likeness_keys(party, self.noise))

    def _possible(self, row: ClusterRow, facts: cluster_rules.Facts) -> list[Finding]:
        region = find_region(facts["region"]) if facts["region"] else None
        today, country = self.intake.actor.today, region.country if region else None
        for fault in cluster_rules.contradictions(facts, today=today, region_country=country):
            raise RowRefused(fault.pointer.removeprefix("/body/"), fault.code, fault.detail)
        note = rules.members_faults(row, facts)
        return [] if note is None else [_finding(RowOutcome.NOTED, row.line, note, code="members_without_kinds")]

    def write(self) -> None:
        if self.created:
            clusters.insert_clusters(self.session, self.created, author=self.intake.actor.author)


class _Labels(_Batch):
    """A batch of labels; their holders must be on record."""

    own_numbers = False

    def __init__(self, session: Session, intake: Intake, rows: Sequence[LabelRow]) -> None:
        super().__init__(session, intake, rows)
        self.created: list[dict[str, Any]] = []
        externals = {text for row in rows for text in rules.names_of_label(row)}
        self.labels: KnownLabels = known_labels(session, self.records, externals)

    def meant(self, row: LabelRow) -> list[str]:
        holders = self.organisations(row)
        found = self._label(row, holders[0]) if len(holders) == 1 else None
        return [] if found is None else [found.id]

    def one(self, row: LabelRow) -> list[Finding]:
        holder = self.organisation(row)
        if holder is None:
            alike = self.looks_like(row)
            hint = f" It looks like {alike}." if alike else ""
            raise RowRefused("", "holder_unknown", f"The holder is not on record; import the organisation first.{hint}")
        label = self._label(row, holder)
        return self._new(row, self.records[holder]) if label is None else self._known(row, holder, label)

    def _label(self, row: LabelRow, holder: str) -> HeldLabel | None:
        for text in rules.names_of_label(row):
            named = (row.registry_code or rules.OWN_REGISTRY, text)
            if found := self.labels.by_number.get(text) or self.labels.by_external.get(named):
                return found
        held = [label for label in self.labels.by_holder[holder] if not (row.external_id and label.external)]
        return rules.label_told(row, held)

    def _known(self, row: LabelRow, holder: str, label: HeldLabel) -> list[Finding]:
        if label.cluster_id != holder or label.level is not row.level:
            detail = f"{label.number} is a {label.level.value} label of {self._holder_name(label)}; it cannot change."
            raise RowRefused("external_id", "label_of_other", detail)
        self.intake.tell(label.id, row.line)
        apart = rules.kept_apart(row, label.told or {})
        detail = f"{label.number} is kept as recorded in: {', '.join(apart)}."
        note = [_finding(RowOutcome.NOTED, row.line, detail, code="kept_as_recorded")] if apart else []
        validity = rules.corrected_validity(row, label)
        if validity == Validity(label.valid_from, label.valid_until):
            return [_finding(RowOutcome.LEFT, row.line, f"{label.number} is on record so."), *note]
        if validity.valid_from > validity.valid_until:
            raise RowRefused("valid_until", "ends_before_it_starts", f"{label.number} begins {validity.valid_from}.")
        self._refuse_overlap(row, holder, validity, but=label.id)
        if rules.breaks_chain(label, validity, self.labels.by_holder[holder]):
            raise RowRefused("", "chain_broken", f"{label.number} is joined to another label of its chain there.")
        correct_validity(
            self.session,
            self.intake.actor.author,
            self.session.get_one(Label, label.id),
            valid_from=validity.valid_from,
            valid_until=validity.valid_until,
        )
        self.labels.add(replace(label, valid_from=validity.valid_from, valid_until=validity.valid_until))
        detail = f"{label.number}: valid {validity.valid_from} to {validity.valid_until}."
        return [_finding(RowOutcome.CHANGED, row.line, detail), *note]

    def _holder_name(self, label: HeldLabel) -> str:
        known = self.records.get(label.cluster_id)
        return label.cluster_id if known is None else known.legal_name

    def _refuse_overlap(self, row: LabelRow, holder: str, validity: Validity, *, but: str | None = None) -> None:
        for other in self.labels.by_holder[holder]:
            if other.id != but and other.level is row.level and not other.is_withdrawn and other.covers(validity):
                days = f"{other.valid_from} to {other.valid_until}"
                detail = f"The holder has a {other.level.value} label for {days} already; is it the same one?"
                raise RowRefused("valid_from", "label_overlaps", detail)

    def _new(self, row: LabelRow, holder: Cluster) -> list[Finding]:
        if row.country != holder.country:
            raise RowRefused("country", "country_differs", f"{holder.legal_name} is on record in {holder.country}.")
        if row.external_id is not None and row.registry_code not in {None, *cluster_rules.registry_checks()}:
            raise RowRefused("registry_code", "registry_unknown", f"{row.registry_code} is no registry.")
        portfolio = row.portfolio or holder.portfolio
        if portfolio is None:
            raise RowRefused("portfolio", "portfolio_missing", "Neither the row nor its holder has a portfolio.")
        held = self.labels.by_holder[holder.id]
        validity, inferred = rules.validity_told(row, held, rule_sets())
        if inferred and validity.valid_from > self.intake.actor.today:
            detail = f"By the rules it would begin on {validity.valid_from}, a day to come; state valid_from."
            raise RowRefused("valid_until", "validity_unknown", detail)
        self._refuse_overlap(row, holder.id, validity)
        before = rules.predecessor(held, row.level, validity.valid_from)
        label = rules.label_of(row, holder.id, validity, before, self.intake.actor.now, rule_sets()) | {
            "portfolio": portfolio
        }
        self.intake.tell(label["id"], row.line)
        self.created.append(label)
        self.labels.add(rules.held_of(label))
        name = f"{row.level.value} label of {holder.legal_name}, {validity.valid_from} to {validity.valid_until}"
        note = [_finding(RowOutcome.NOTED, row.line, f"{name}: by the rules.", code="validity_inferred")]
        return [_finding(RowOutcome.CREATED, row.line, f"{name}, is new."), *(note if inferred else [])]

    def write(self) -> None:
        if not self.created:
            return
        author = self.intake.actor.author
        by_year: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for label in self.created:
            by_year[label["awarded_on"].year].append(label)
        for year, labels in sorted(by_year.items()):
            for label, number in zip(labels, take_numbers(self.session, year, len(labels)), strict=True):
                label["number"] = number
        insert_labels(self.session, self.created, [self._award(label) for label in self.created])
        about = {"count": len(self.created)}
        record(self.session, author, "labels.inserted", ("label", self.created[0]["id"]), details=about)

    def _award(self, label: Mapping[str, Any]) -> dict[str, Any]:
        # Without the days of its time, a later correction would be told as if it had always been known.
        return {
            "id": str(uuid7()),
            "label_id": label["id"],
            "kind": LabelEventKind.AWARDED,
            "effective_on": label["awarded_on"],
            "valid_from": label["valid_from"],
            "valid_until": label["valid_until"],
            "reason": None,
            "recorded_at": label["recorded_at"],
            "author": self.intake.actor.name,
        }
